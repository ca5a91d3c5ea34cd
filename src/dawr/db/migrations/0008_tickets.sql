-- Tickets and the gate. What belongs to a ticket is keyed by service_id, so that Citus may spread it; what belongs to a
-- hall (scans, the queue) is keyed by office_id: it is as large as the people who stand there.
set local role dawr_owner;

create schema tickets;

-- Each generation's private half is derived from the root secret, which the database never sees; the newest one signs.
create table tickets.signing_key (
    key_id bytea constraint one_signing_key_per_id primary key,
    generation integer not null,
    public_key bytea not null,
    published_at timestamptz not null,
    log_entry_id bigint not null,
    constraint one_signing_key_per_generation unique (generation),
    constraint generations_are_counted_from_one check (generation >= 1),
    constraint key_id_is_eight_bytes check (octet_length(key_id) = 8),
    constraint public_key_is_two_coordinates check (octet_length(public_key) = 64)
);

create table tickets.revoked_key (
    key_id bytea constraint a_key_is_revoked_once primary key,
    reason text not null,
    revoked_at timestamptz not null,
    log_entry_id bigint not null,
    constraint only_a_published_key_is_revoked foreign key (key_id) references tickets.signing_key,
    constraint who_revokes_a_key_says_why check (char_length(btrim(reason)) between 1 and 200)
);

-- How many places of an office's status list of one day have been given; which they are, a keyed shuffle says.
create table tickets.status_list (
    office_id text not null,
    day_on date not null,
    given integer not null,
    constraint one_status_list_per_office_and_day primary key (office_id, day_on),
    constraint given_places_are_counted check (given > 0)
);

-- Who comes in a person's place: declared by that person, one at a time, and taken back until the gate opens for the turn.
create table tickets.delegation (
    service_id text not null,
    booking_id uuid not null,
    number integer not null,
    person_id uuid not null,
    proxy_id uuid not null,
    proxy_name text not null,
    acts_as text not null,
    declared_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    revoked_at timestamptz,
    revoked_log_entry_id bigint,
    revoked_log_salt bytea,
    constraint delegations_of_a_booking_are_counted primary key (service_id, booking_id, number),
    constraint a_delegation_names_its_proxy unique (service_id, booking_id, number, proxy_id),
    constraint five_proxies_of_a_booking_at_most check (number between 1 and 5),
    constraint nobody_is_his_own_proxy check (proxy_id <> person_id),
    constraint a_proxy_has_a_name check (char_length(proxy_name) between 1 and 200),
    constraint a_proxy_acts_as_somebody check (acts_as in ('sponsor', 'employer', 'guardian', 'delegate')),
    constraint a_delegation_is_taken_back_in_the_log check (
        (revoked_at is null) = (revoked_log_entry_id is null) and (revoked_at is null) = (revoked_log_salt is null)
    )
);
create unique index one_proxy_per_booking on tickets.delegation (service_id, booking_id) where revoked_at is null;

-- The bearer is whose card opens the gate and the counter: the person himself, or the proxy of a delegation.
create table tickets.ticket (
    service_id text not null,
    ticket_id bytea not null,
    booking_id uuid not null,
    person_id uuid not null,
    bearer_id uuid not null,
    delegation integer,
    office_id text not null,
    day_on date not null,
    starts_at timestamptz not null,
    status smallint not null default 0,
    status_index integer not null,
    sequence integer not null,
    code text not null,
    key_id bytea not null,
    issued_at timestamptz not null,
    constraint ticket_is_known_once primary key (service_id, ticket_id),
    constraint ticket_is_signed_with_a_published_key foreign key (key_id) references tickets.signing_key,
    constraint ticket_id_is_ten_bytes check (octet_length(ticket_id) = 10),
    constraint ticket_status_is_known check (status between 0 and 3),
    constraint ticket_code_is_a_code check (code like 'DW1:%' and char_length(code) <= 600),
    constraint tickets_of_a_booking_are_counted unique (service_id, booking_id, sequence),
    constraint one_ticket_per_status_index unique (service_id, office_id, day_on, status_index),
    constraint a_ticket_names_its_bearer unique (service_id, ticket_id, person_id, bearer_id),
    constraint who_comes_is_the_person_or_his_proxy check ((delegation is null) = (bearer_id = person_id)),
    constraint a_proxy_comes_by_a_delegation
    foreign key (service_id, booking_id, delegation, bearer_id) references tickets.delegation (service_id, booking_id, number, proxy_id)
);
create index ticket_by_office_and_day on tickets.ticket (office_id, day_on);
create index valid_ticket_by_key on tickets.ticket (key_id, starts_at) where status = 0;
create unique index one_live_ticket_per_booking on tickets.ticket (service_id, booking_id) where status <> 1;

-- The positions are chosen once for all scans of a ticket, so that nobody scans again until they suit him.
create table tickets.challenge (
    service_id text not null,
    ticket_id bytea not null,
    round integer not null,
    positions smallint [] not null,
    -- Of the card's own serial number; none where the register does not have it.
    serial_positions smallint [] not null,
    answer_hash bytea not null,
    chosen_at timestamptz not null,
    allowed_by uuid,
    reason text,
    -- The public log holds the hash of the reason under this key, so that the reason stays out of it and cannot change.
    reason_key bytea,
    constraint one_challenge_per_round primary key (service_id, ticket_id, round),
    constraint challenge_is_of_a_ticket foreign key (service_id, ticket_id) references tickets.ticket,
    constraint challenge_asks_four_digits check (cardinality(positions) = 4),
    constraint challenge_asks_two_of_the_serial_or_none check (cardinality(serial_positions) in (0, 2)),
    constraint another_round_is_allowed_by_somebody_for_a_reason
    check (round = 1 or (round > 1 and allowed_by is not null and coalesce(reason, '') <> '' and reason_key is not null))
);

-- The challenges of a ticket's first two rounds, each chosen once, so that a gate with no network asks what the one with
-- a network would ask. A round begins with its row in tickets.challenge.
create table tickets.prepared_challenge (
    service_id text not null,
    ticket_id bytea not null,
    round integer not null,
    positions smallint [] not null,
    serial_positions smallint [] not null,
    answer_hash bytea not null,
    prepared_at timestamptz not null,
    constraint one_prepared_challenge_per_round primary key (service_id, ticket_id, round),
    constraint prepared_challenge_is_of_a_ticket foreign key (service_id, ticket_id) references tickets.ticket,
    constraint two_rounds_are_prepared check (round in (1, 2)),
    constraint prepared_challenge_asks_four_digits check (cardinality(positions) = 4),
    constraint prepared_challenge_asks_two_of_the_serial_or_none check (cardinality(serial_positions) in (0, 2))
);

-- A ticket that is shown by its reference alone, where there is no network: neither can be read without the reference.
create table tickets.offline_reference (
    service_id text not null,
    ticket_id bytea not null,
    lookup bytea not null,
    sealed_code bytea not null,
    prepared_at timestamptz not null,
    constraint one_offline_reference_per_ticket primary key (service_id, ticket_id),
    constraint offline_reference_is_of_a_ticket foreign key (service_id, ticket_id) references tickets.ticket,
    constraint lookup_is_eight_bytes check (octet_length(lookup) = 8)
);

-- Where an office's gate is kept by devices of its own, the gate that needs a network and asks for no second look is
-- shut, but for a day on which its branch head has reopened it.
create table tickets.online_gate (
    office_id text not null constraint one_online_gate_per_office primary key,
    shut_at timestamptz,
    reopened_until timestamptz
);

-- What chooses an office's second looks and decoys of one day. Nobody changes it, and it is in the log before the day's
-- first ticket; the secret itself lies here sealed, under a key that the database never sees.
create table tickets.day_secret (
    office_id text not null,
    day_on date not null,
    sealed bytea not null,
    commitment bytea not null,
    log_entry_id bigint not null,
    committed_at timestamptz not null,
    constraint one_secret_per_office_and_day primary key (office_id, day_on),
    constraint a_commitment_is_to_one_secret unique (office_id, day_on, commitment),
    constraint day_secret_is_sealed check (octet_length(sealed) > 28),
    constraint commitment_has_32_bytes check (octet_length(commitment) = 32)
);

create table tickets.revealed_secret (
    office_id text not null,
    day_on date not null,
    commitment bytea not null,
    secret bytea not null,
    log_entry_id bigint not null,
    revealed_at timestamptz not null,
    constraint a_secret_is_revealed_once primary key (office_id, day_on),
    constraint what_is_revealed_was_committed_to
    foreign key (office_id, day_on, commitment) references tickets.day_secret (office_id, day_on, commitment),
    constraint what_is_revealed_is_the_secret check (commitment = sha256('day-secret|'::bytea || secret)),
    -- A day everywhere on earth ends between these hours; the office's own midnight is looked to before.
    constraint a_secret_is_revealed_after_its_day
    check (revealed_at >= (day_on + 1)::timestamp at time zone 'UTC' - interval '14 hours')
);

create table tickets.gate_scan (
    office_id text not null,
    scan_id uuid not null default gen_random_uuid(),
    guard_id uuid not null,
    scanned_at timestamptz not null,
    service_id text,
    ticket_id bytea,
    -- Null at the gate that has a network.
    device_id uuid,
    constraint scan_is_known_once primary key (office_id, scan_id),
    constraint a_ticket_is_named_with_its_service check ((service_id is null) = (ticket_id is null))
);
create index scan_by_time on tickets.gate_scan (office_id, scanned_at);
create index scan_by_ticket on tickets.gate_scan (service_id, ticket_id, scanned_at);
create index device_scan_by_ticket on tickets.gate_scan (service_id, ticket_id) where device_id is not null;

create table tickets.gate_answer (
    service_id text not null,
    ticket_id bytea not null,
    round integer not null,
    attempt smallint not null,
    office_id text not null,
    scan_id uuid not null,
    guard_id uuid not null,
    is_right boolean not null,
    answered_at timestamptz not null,
    constraint each_try_counted_once primary key (service_id, ticket_id, round, attempt),
    constraint two_tries_per_round check (attempt between 1 and 2),
    constraint answer_is_to_a_challenge
    foreign key (service_id, ticket_id, round) references tickets.challenge
);

-- Whoever allows another round types no digits for that ticket, neither before nor after.
create function tickets.refuse_own_round() returns trigger language plpgsql as $$
begin
    if exists (
        select from tickets.challenge
        inner join tickets.gate_answer using (service_id, ticket_id)
        where
            challenge.service_id = new.service_id and challenge.ticket_id = new.ticket_id
            and challenge.allowed_by = gate_answer.guard_id
    ) then
        raise exception using errcode = 'check_violation', constraint = 'nobody_allows_himself_another_round',
            message = 'who allows another round types no digits for that ticket';
    end if;
    return null;
end
$$;

create trigger nobody_allows_himself_another_round after insert on tickets.challenge
for each row when (new.allowed_by is not null) execute function tickets.refuse_own_round();

create trigger nobody_types_in_a_round_that_he_allowed after insert on tickets.gate_answer
for each row when (new.round > 1) execute function tickets.refuse_own_round();

create index answer_by_scan on tickets.gate_answer (office_id, scan_id);

-- A try at a device that had no network: two devices may both have asked for one ticket.
create table tickets.device_answer (
    office_id text not null,
    scan_id uuid not null,
    round integer not null,
    attempt smallint not null,
    service_id text not null,
    ticket_id bytea not null,
    guard_id uuid not null,
    is_right boolean not null,
    answer_ms integer not null,
    answered_at timestamptz not null,
    constraint each_try_at_a_device_counted_once primary key (office_id, scan_id, round, attempt),
    constraint two_tries_per_round_at_a_device check (attempt between 1 and 2),
    constraint an_answer_takes_time check (answer_ms >= 0),
    constraint device_answer_is_of_a_scan foreign key (office_id, scan_id) references tickets.gate_scan
);
create index device_answer_by_ticket on tickets.device_answer (service_id, ticket_id);

create table tickets.gate_outcome (
    office_id text not null,
    scan_id uuid not null,
    verdict text not null,
    decided_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint one_outcome_per_scan primary key (office_id, scan_id),
    constraint outcome_is_of_a_scan foreign key (office_id, scan_id) references tickets.gate_scan,
    constraint verdict_is_known check (verdict in (
        'admit', 'too_early', 'too_late', 'wrong_office', 'wrong_service', 'wrong_day', 'used', 'cancelled', 'suspended',
        'not_ours', 'damaged_code', 'identity_mismatch', 'status_list_stale'
    ))
);

-- Cards that a gate found to be another's, and no branch head has allowed another round since.
create view tickets.standing_mismatch as
select gate_scan.service_id, gate_scan.ticket_id, gate_outcome.decided_at
from tickets.gate_scan
inner join tickets.gate_outcome
    on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
where
    gate_scan.ticket_id is not null and gate_outcome.verdict = 'identity_mismatch'
    and not exists (
        select from tickets.challenge
        where
            challenge.service_id = gate_scan.service_id and challenge.ticket_id = gate_scan.ticket_id
            and challenge.allowed_by is not null and challenge.chosen_at >= gate_outcome.decided_at
    );

create table tickets.admission (
    service_id text not null,
    ticket_id bytea not null,
    office_id text not null,
    scan_id uuid not null,
    guard_id uuid not null,
    admitted_at timestamptz not null,
    constraint one_admission_per_ticket primary key (service_id, ticket_id),
    constraint admission_is_of_a_ticket foreign key (service_id, ticket_id) references tickets.ticket
);
create index admission_by_time on tickets.admission (office_id, admitted_at);

-- How many tokens an office's hall has given on a day.
create table tickets.hall_day (
    office_id text not null,
    day_on date not null,
    given integer not null,
    constraint one_count_per_hall_and_day primary key (office_id, day_on),
    constraint given_tokens_are_counted check (given > 0)
);

create table tickets.visit (
    service_id text not null,
    ticket_id bytea not null,
    booking_id uuid not null,
    person_id uuid not null,
    bearer_id uuid not null,
    office_id text not null,
    day_on date not null,
    token_letter text not null,
    token_number integer not null,
    guard_id uuid not null,
    starts_at timestamptz not null,
    admitted_at timestamptz not null,
    state text not null default 'waiting',
    calls smallint not null default 0,
    wrong_cards smallint not null default 0,
    clerk_id uuid,
    desk text,
    called_at timestamptz,
    ticket_seen_at timestamptz,
    card_of uuid,
    opened_at timestamptz,
    closed_at timestamptz,
    outcome text,
    outcome_number smallint,
    constraint one_visit_per_ticket primary key (service_id, ticket_id),
    constraint one_visit_per_booking unique (service_id, booking_id),
    constraint a_visit_begins_with_an_admission foreign key (service_id, ticket_id) references tickets.admission,
    constraint a_visit_is_its_tickets_bearers
    foreign key (service_id, ticket_id, person_id, bearer_id) references tickets.ticket (service_id, ticket_id, person_id, bearer_id),
    constraint one_visit_per_token unique (office_id, day_on, token_number),
    constraint tokens_begin_at_one check (token_number > 0),
    constraint a_token_has_a_letter check (token_letter ~ '^[A-Z]$'),
    constraint visit_state_is_known check (state in ('waiting', 'called', 'opened', 'closed')),
    constraint nobody_calls_whom_he_let_in check (clerk_id <> guard_id),
    constraint nobody_is_served_by_himself check (clerk_id <> person_id and clerk_id <> bearer_id),
    constraint outcome_is_known check (outcome in ('served', 'not_served', 'not_there', 'identity_mismatch')),
    constraint who_is_called_has_a_clerk_and_a_desk
    check (state = 'waiting' or (clerk_id is not null and desk is not null and called_at is not null)),
    constraint three_calls_at_most check (calls between 0 and 3),
    constraint two_tries_with_the_card check (wrong_cards between 0 and 2),
    constraint only_the_bearers_card_opens check (card_of = bearer_id),
    constraint an_opened_visit_has_its_card_and_its_time
    check ((state <> 'opened' or opened_at is not null) and (opened_at is null) = (card_of is null)),
    constraint only_an_opened_visit_is_served
    check (outcome is null or outcome not in ('served', 'not_served') or card_of is not null),
    constraint a_mismatch_is_two_wrong_cards check (outcome is distinct from 'identity_mismatch' or wrong_cards = 2),
    constraint a_closed_visit_has_an_outcome check (
        (state = 'closed') = (outcome is not null) and (state = 'closed') = (outcome_number is not null)
        and (state = 'closed') = (closed_at is not null)
    )
);
create index visit_queue on tickets.visit (office_id, calls, starts_at, admitted_at, token_number) where state = 'waiting';
create index visit_called on tickets.visit (office_id, called_at) where state in ('called', 'opened');
create unique index one_visit_in_hand_per_clerk on tickets.visit (clerk_id) where state in ('called', 'opened');
create index visit_closed_by_clerk on tickets.visit (clerk_id, closed_at) where state = 'closed';
create index visit_served on tickets.visit (service_id, person_id) where outcome = 'served';
create index visit_by_bearer on tickets.visit (day_on, bearer_id);
create index mismatch_by_guard on tickets.visit (office_id, guard_id) where outcome = 'identity_mismatch';

create table tickets.call (
    service_id text not null,
    ticket_id bytea not null,
    number smallint not null,
    clerk_id uuid not null,
    desk text not null,
    called_at timestamptz not null,
    constraint each_call_counted_once primary key (service_id, ticket_id, number),
    constraint a_call_is_of_a_visit foreign key (service_id, ticket_id) references tickets.visit,
    constraint calls_are_three_at_most check (number between 1 and 3)
);

-- What a clerk decided. A correction is a second row and a second entry of the log; the first stays as it was.
create table tickets.counter_outcome (
    service_id text not null,
    ticket_id bytea not null,
    number smallint not null,
    outcome text not null,
    reason text,
    originals_asked text [] not null,
    originals_seen text [] not null,
    clerk_id uuid not null,
    decided_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint outcomes_of_a_visit_are_counted primary key (service_id, ticket_id, number),
    constraint an_outcome_is_named_with_its_number unique (service_id, ticket_id, number, outcome),
    constraint outcome_is_of_a_visit foreign key (service_id, ticket_id) references tickets.visit,
    constraint an_outcome_is_corrected_once check (number between 1 and 2),
    constraint only_served_or_not_is_corrected check (number = 1 or outcome in ('served', 'not_served')),
    constraint counter_outcome_is_known
    check (outcome in ('served', 'not_served', 'not_there', 'identity_mismatch')),
    constraint who_is_not_served_hears_why check (outcome <> 'not_served' or coalesce(reason, '') <> ''),
    constraint nobody_is_served_before_his_originals_were_seen
    check (outcome <> 'served' or originals_seen @> originals_asked)
);
alter table tickets.visit add constraint a_visit_ends_as_the_log_says
foreign key (service_id, ticket_id, outcome_number, outcome) references tickets.counter_outcome (service_id, ticket_id, number, outcome);

grant usage on schema tickets to dawr_app, dawr_reader;
grant select, insert on
tickets.signing_key, tickets.revoked_key, tickets.challenge, tickets.gate_scan, tickets.gate_answer, tickets.device_answer, tickets.gate_outcome, tickets.admission
to dawr_app;
grant select on tickets.standing_mismatch to dawr_app;
grant select, insert on
tickets.prepared_challenge, tickets.offline_reference, tickets.day_secret, tickets.revealed_secret
to dawr_app;
grant select, insert, update on tickets.online_gate to dawr_app;
grant select, insert on tickets.ticket to dawr_app;
grant update (status) on tickets.ticket to dawr_app;
grant select, insert, update on tickets.status_list to dawr_app;
grant select, insert, update on tickets.hall_day to dawr_app;
grant select, insert on tickets.delegation, tickets.visit, tickets.call, tickets.counter_outcome to dawr_app;
grant update (revoked_at, revoked_log_entry_id, revoked_log_salt) on tickets.delegation to dawr_app;
grant update (
    state, calls, wrong_cards, clerk_id, desk, called_at, ticket_seen_at, card_of, opened_at, closed_at, outcome,
    outcome_number
) on tickets.visit to dawr_app;

revoke all on all tables in schema tickets from dawr_reader;
-- An auditor looks at scans and outcomes; the codes themselves and the hashes of answers are not his to see.
grant select on
tickets.signing_key, tickets.revoked_key, tickets.gate_scan, tickets.gate_answer, tickets.device_answer, tickets.gate_outcome, tickets.admission, tickets.visit,
tickets.call, tickets.counter_outcome
to dawr_reader;
-- Of a day's secret he sees what is published: the commitment, and the secret once its day is over.
grant select (office_id, day_on, commitment, log_entry_id, committed_at) on tickets.day_secret to dawr_reader;
grant select on tickets.revealed_secret to dawr_reader;

reset role;
