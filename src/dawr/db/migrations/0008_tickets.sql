-- Tickets and the gate. What belongs to a ticket is keyed by service_id, so that Citus may spread it; what belongs to a
-- hall (scans, the queue) is keyed by office_id: it is as large as the people who stand there.
set local role dawr_owner;

create schema tickets;

create table tickets.signing_key (
    key_id bytea constraint one_signing_key_per_id primary key,
    public_key bytea not null,
    published_at timestamptz not null,
    log_entry_id bigint not null,
    constraint key_id_is_eight_bytes check (octet_length(key_id) = 8),
    constraint public_key_is_two_coordinates check (octet_length(public_key) = 64)
);

-- How many places of an office's status list of one day have been given.
create table tickets.status_list (
    office_id text not null,
    day_on date not null,
    given integer not null,
    constraint one_status_list_per_office_and_day primary key (office_id, day_on),
    constraint given_places_are_counted check (given > 0)
);

create table tickets.ticket (
    service_id text not null,
    ticket_id bytea not null,
    booking_id uuid not null,
    person_id uuid not null,
    office_id text not null,
    day_on date not null,
    starts_at timestamptz not null,
    status smallint not null default 0,
    status_index integer not null,
    sequence integer not null,
    code text not null,
    issued_at timestamptz not null,
    constraint ticket_is_known_once primary key (service_id, ticket_id),
    constraint ticket_id_is_ten_bytes check (octet_length(ticket_id) = 10),
    constraint ticket_status_is_known check (status between 0 and 3),
    constraint ticket_code_is_a_code check (code like 'DW1:%' and char_length(code) <= 600),
    constraint tickets_of_a_booking_are_counted unique (service_id, booking_id, sequence),
    constraint one_ticket_per_status_index unique (service_id, office_id, day_on, status_index)
);
create index ticket_by_office_and_day on tickets.ticket (office_id, day_on);
create unique index one_live_ticket_per_booking on tickets.ticket (service_id, booking_id) where status <> 1;

-- The positions are chosen once for all scans of a ticket, so that nobody scans again until they suit him.
create table tickets.challenge (
    service_id text not null,
    ticket_id bytea not null,
    round integer not null,
    positions smallint [] not null,
    answer_hash bytea not null,
    chosen_at timestamptz not null,
    allowed_by uuid,
    reason text,
    -- The public log holds the hash of the reason under this key, so that the reason stays out of it and cannot change.
    reason_key bytea,
    constraint one_challenge_per_round primary key (service_id, ticket_id, round),
    constraint challenge_is_of_a_ticket foreign key (service_id, ticket_id) references tickets.ticket,
    constraint challenge_asks_four_digits check (cardinality(positions) = 4),
    constraint another_round_is_allowed_by_somebody_for_a_reason
    check (round = 1 or (round > 1 and allowed_by is not null and coalesce(reason, '') <> '' and reason_key is not null))
);

create table tickets.gate_scan (
    office_id text not null,
    scan_id uuid not null default gen_random_uuid(),
    guard_id uuid not null,
    scanned_at timestamptz not null,
    service_id text,
    ticket_id bytea,
    constraint scan_is_known_once primary key (office_id, scan_id),
    constraint a_ticket_is_named_with_its_service check ((service_id is null) = (ticket_id is null))
);
create index scan_by_time on tickets.gate_scan (office_id, scanned_at);

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

create table tickets.visit (
    service_id text not null,
    ticket_id bytea not null,
    booking_id uuid not null,
    person_id uuid not null,
    office_id text not null,
    guard_id uuid not null,
    starts_at timestamptz not null,
    admitted_at timestamptz not null,
    state text not null default 'waiting',
    calls integer not null default 0,
    wrong_cards smallint not null default 0,
    clerk_id uuid,
    desk text,
    called_at timestamptz,
    opened_at timestamptz,
    closed_at timestamptz,
    outcome text,
    reason text,
    log_entry_id bigint,
    log_salt bytea,
    constraint one_visit_per_ticket primary key (service_id, ticket_id),
    constraint a_visit_begins_with_an_admission foreign key (service_id, ticket_id) references tickets.admission,
    constraint visit_state_is_known check (state in ('waiting', 'called', 'opened', 'closed')),
    constraint nobody_calls_whom_he_let_in check (clerk_id <> guard_id),
    constraint outcome_is_known check (outcome in ('served', 'not_served', 'not_there', 'identity_mismatch')),
    constraint who_is_called_has_a_clerk_and_a_desk
    check (state = 'waiting' or (clerk_id is not null and desk is not null and called_at is not null)),
    constraint two_tries_with_the_card check (wrong_cards between 0 and 2),
    constraint an_opened_visit_has_its_time check (state <> 'opened' or opened_at is not null),
    constraint only_an_opened_visit_is_served
    check (outcome is null or outcome not in ('served', 'not_served') or opened_at is not null),
    constraint who_is_not_served_hears_why check (outcome is distinct from 'not_served' or coalesce(reason, '') <> ''),
    constraint a_mismatch_is_two_wrong_cards check (outcome is distinct from 'identity_mismatch' or wrong_cards = 2),
    constraint a_closed_visit_has_an_outcome_in_the_log
    check ((state = 'closed') = (outcome is not null and closed_at is not null and log_entry_id is not null))
);
create index visit_queue on tickets.visit (office_id, calls, starts_at, admitted_at) where state = 'waiting';
create unique index one_visit_in_hand_per_clerk on tickets.visit (clerk_id) where state in ('called', 'opened');
create index mismatch_by_guard on tickets.visit (office_id, guard_id) where outcome = 'identity_mismatch';

grant usage on schema tickets to dawr_app, dawr_reader;
grant select, insert on
tickets.signing_key, tickets.challenge, tickets.gate_scan, tickets.gate_answer, tickets.gate_outcome, tickets.admission
to dawr_app;
grant select, insert on tickets.ticket to dawr_app;
grant update (status) on tickets.ticket to dawr_app;
grant select, insert, update on tickets.status_list to dawr_app;
grant select, insert on tickets.visit to dawr_app;
grant update (
    state, calls, wrong_cards, clerk_id, desk, called_at, opened_at, closed_at, outcome, reason, log_entry_id, log_salt
) on tickets.visit to dawr_app;

-- An auditor looks at scans and outcomes; the codes themselves and the hashes of answers are not his to see.
grant select on
tickets.signing_key, tickets.gate_scan, tickets.gate_answer, tickets.gate_outcome, tickets.admission, tickets.visit
to dawr_reader;

reset role;
