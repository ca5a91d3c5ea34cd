-- name: publish_key
insert into tickets.signing_key (key_id, generation, public_key, published_at, log_entry_id)
values (%(key_id)s, %(generation)s, %(public_key)s, %(now)s, %(log_entry_id)s);

-- name: signing_keys
select
    signing_key.generation, signing_key.public_key, signing_key.published_at, signing_key.log_entry_id,
    revoked_key.reason, revoked_key.revoked_at, revoked_key.log_entry_id as revoked_entry_id
from tickets.signing_key
left join tickets.revoked_key
    on signing_key.key_id = revoked_key.key_id
order by signing_key.generation;

-- name: revoke_key
insert into tickets.revoked_key (key_id, reason, revoked_at, log_entry_id)
values (%(key_id)s, %(reason)s, %(now)s, %(log_entry_id)s);

-- name: tickets_under_revoked_keys
select
    ticket.service_id, ticket.ticket_id, ticket.booking_id, ticket.person_id, ticket.bearer_id, ticket.delegation,
    ticket.office_id, ticket.starts_at, ticket.status, ticket.status_index, ticket.sequence, ticket.code, ticket.issued_at
from tickets.ticket
inner join tickets.revoked_key
    on ticket.key_id = revoked_key.key_id
where ticket.status = 0 and ticket.starts_at >= %(since)s
order by ticket.starts_at
limit %(count_max)s;

-- name: ticket_before
select
    service_id, ticket_id, booking_id, person_id, bearer_id, delegation, office_id, starts_at, status, status_index,
    sequence, code, issued_at
from tickets.ticket
where service_id = %(service_id)s and booking_id = %(booking_id)s and sequence < %(sequence)s
order by sequence desc
limit 1;

-- name: lock_key_publication
select pg_advisory_xact_lock(hashtext('tickets.signing_key'));

-- name: count_ticket
insert into tickets.status_list (office_id, day_on, given)
values (%(office_id)s, %(day_on)s, 1)
on conflict (office_id, day_on) do update set given = tickets.status_list.given + 1
returning given - 1 as counted_before;

-- name: listed_tickets
select service_id, booking_id, status_index, status
from tickets.ticket
where office_id = %(office_id)s and day_on = %(day_on)s
order by status_index;

-- name: add_ticket
insert into tickets.ticket
(
    service_id, ticket_id, booking_id, person_id, bearer_id, delegation, office_id, day_on, starts_at, status_index,
    sequence, code, key_id, issued_at
)
values
(
    %(service_id)s, %(ticket_id)s, %(booking_id)s, %(person_id)s, %(bearer_id)s, %(delegation)s, %(office_id)s,
    %(day_on)s, %(starts_at)s, %(status_index)s, %(sequence)s, %(code)s, %(key_id)s, %(now)s
);

-- name: newest_ticket
select
    service_id, ticket_id, booking_id, person_id, bearer_id, delegation, office_id, starts_at, status, status_index,
    sequence, code, issued_at
from tickets.ticket
where service_id = %(service_id)s and booking_id = %(booking_id)s
order by sequence desc
limit 1;

-- name: ticket
select
    service_id, ticket_id, booking_id, person_id, bearer_id, delegation, office_id, starts_at, status, status_index,
    sequence, code, issued_at
from tickets.ticket
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: lock_ticket
select 1 as locked
from tickets.ticket
where service_id = %(service_id)s and ticket_id = %(ticket_id)s
for update;

-- name: set_status
-- A ticket that let somebody in stays used.
update tickets.ticket set status = %(status)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and status <> 2;

-- name: add_scan
insert into tickets.gate_scan (office_id, guard_id, scanned_at, service_id, ticket_id)
values (%(office_id)s, %(guard_id)s, %(now)s, %(service_id)s, %(ticket_id)s)
returning scan_id;

-- name: add_device_scan
insert into tickets.gate_scan (office_id, scan_id, guard_id, scanned_at, service_id, ticket_id, device_id)
values
(%(office_id)s, %(scan_id)s, %(guard_id)s, %(scanned_at)s, %(service_id)s, %(ticket_id)s, %(device_id)s);

-- name: add_device_answer
insert into tickets.device_answer
(
    office_id, scan_id, round, attempt, service_id, ticket_id, guard_id, is_right, answer_ms, answered_at
)
values
(
    %(office_id)s, %(scan_id)s, %(round)s, %(attempt)s, %(service_id)s, %(ticket_id)s, %(guard_id)s, %(is_right)s,
    %(answer_ms)s, %(now)s
)
on conflict (office_id, scan_id, round, attempt) do nothing;

-- name: is_mismatched
select exists (
    select from tickets.standing_mismatch
    where service_id = %(service_id)s and ticket_id = %(ticket_id)s and decided_at <= %(at)s
) as is_mismatched;

-- name: scan
select
    gate_scan.office_id, gate_scan.scan_id, gate_scan.guard_id, gate_scan.scanned_at, gate_scan.service_id,
    gate_scan.ticket_id, gate_outcome.verdict
from tickets.gate_scan
left join tickets.gate_outcome
    on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
where gate_scan.office_id = %(office_id)s and gate_scan.scan_id = %(scan_id)s;

-- name: refused_scans
select
    gate_scan.office_id, gate_scan.scan_id, gate_scan.scanned_at, gate_scan.service_id, gate_outcome.verdict
from json_to_recordset(%(asked)s::json) as asked (service_id text, booking_id uuid)
inner join tickets.ticket on ticket.service_id = asked.service_id and ticket.booking_id = asked.booking_id
inner join tickets.gate_scan
    on gate_scan.service_id = ticket.service_id and gate_scan.ticket_id = ticket.ticket_id
inner join tickets.gate_outcome
    on gate_outcome.office_id = gate_scan.office_id and gate_outcome.scan_id = gate_scan.scan_id
where
    gate_scan.scanned_at > %(after)s and gate_outcome.verdict <> 'admit'
    and not exists (
        select from tickets.admission
        where admission.service_id = ticket.service_id and admission.ticket_id = ticket.ticket_id
    )
order by gate_scan.scanned_at desc
limit 20;

-- name: add_outcome
insert into tickets.gate_outcome (office_id, scan_id, verdict, decided_at, log_entry_id, log_salt)
values (%(office_id)s, %(scan_id)s, %(verdict)s, %(now)s, %(log_entry_id)s, %(log_salt)s);

-- name: add_challenge
insert into tickets.challenge
(service_id, ticket_id, round, positions, serial_positions, answer_hash, chosen_at, allowed_by, reason, reason_key)
values
(
    %(service_id)s, %(ticket_id)s, %(round)s, %(positions)s, %(serial_positions)s, %(answer_hash)s, %(now)s,
    %(allowed_by)s, %(reason)s, %(reason_key)s
);

-- name: newest_challenge
select
    challenge.round, challenge.positions, challenge.serial_positions, challenge.answer_hash,
    (
        select count(*)
        from tickets.gate_answer
        where
            gate_answer.service_id = challenge.service_id and gate_answer.ticket_id = challenge.ticket_id
            and gate_answer.round = challenge.round and not gate_answer.is_right
    )
    -- A mismatch at a device has spent the round that stood then.
    + 2 * (
        select count(*)
        from tickets.gate_scan
        inner join tickets.gate_outcome
            on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
        where
            gate_scan.service_id = challenge.service_id and gate_scan.ticket_id = challenge.ticket_id
            and gate_scan.device_id is not null and gate_outcome.verdict = 'identity_mismatch'
            and (challenge.round = 1 or gate_outcome.decided_at > challenge.chosen_at)
    ) as wrong_tries
from tickets.challenge
where challenge.service_id = %(service_id)s and challenge.ticket_id = %(ticket_id)s
order by challenge.round desc
limit 1;

-- name: add_answer
insert into tickets.gate_answer
(service_id, ticket_id, round, attempt, office_id, scan_id, guard_id, is_right, answered_at)
values
(
    %(service_id)s, %(ticket_id)s, %(round)s, %(attempt)s, %(office_id)s, %(scan_id)s, %(guard_id)s, %(is_right)s, %(now)s
);

-- name: who_typed
select guard_id
from tickets.gate_answer
where service_id = %(service_id)s and ticket_id = %(ticket_id)s
union
select guard_id
from tickets.device_answer
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: who_allowed
select distinct allowed_by
from tickets.challenge
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and allowed_by is not null;

-- name: admit
insert into tickets.admission (service_id, ticket_id, office_id, scan_id, guard_id, admitted_at)
values (%(service_id)s, %(ticket_id)s, %(office_id)s, %(scan_id)s, %(guard_id)s, %(now)s)
on conflict (service_id, ticket_id) do nothing;

-- name: admitted_by
select guard_id
from tickets.admission
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: admitted_at
select admitted_at
from tickets.admission
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: next_token_number
insert into tickets.hall_day (office_id, day_on, given)
values (%(office_id)s, %(day_on)s, 1)
on conflict (office_id, day_on) do update set given = tickets.hall_day.given + 1
returning given as token_number;

-- name: add_visit
insert into tickets.visit
(
    service_id, ticket_id, booking_id, person_id, bearer_id, office_id, day_on, token_letter, token_number, guard_id,
    starts_at, admitted_at
)
values
(
    %(service_id)s, %(ticket_id)s, %(booking_id)s, %(person_id)s, %(bearer_id)s, %(office_id)s, %(day_on)s,
    %(token_letter)s, %(token_number)s, %(guard_id)s, %(starts_at)s, %(now)s
);

-- name: visit_of
select
    visit.service_id, visit.ticket_id, visit.booking_id, visit.person_id, visit.bearer_id, visit.office_id,
    visit.token_letter, visit.token_number, visit.guard_id, visit.starts_at, visit.admitted_at, visit.state,
    visit.calls, visit.wrong_cards, visit.clerk_id, visit.desk, visit.ticket_seen_at, visit.closed_at, visit.outcome,
    visit.outcome_number
from tickets.visit
where visit.service_id = %(service_id)s and visit.ticket_id = %(ticket_id)s
for update;

-- name: token_of
select token_letter, token_number
from tickets.visit
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: call_next
with next_in_line as (
    select service_id, ticket_id
    from tickets.visit
    where
        office_id = %(office_id)s and state = 'waiting' and admitted_at >= %(since)s
        and %(clerk_id)s not in (guard_id, person_id, bearer_id)
    order by calls, starts_at, admitted_at, token_number
    limit 1
    for update skip locked
)
update tickets.visit
set state = 'called', calls = visit.calls + 1, clerk_id = %(clerk_id)s, desk = %(desk)s, called_at = %(now)s
from next_in_line
where visit.service_id = next_in_line.service_id and visit.ticket_id = next_in_line.ticket_id
returning
    visit.service_id, visit.ticket_id, visit.booking_id, visit.person_id, visit.bearer_id, visit.office_id,
    visit.token_letter, visit.token_number, visit.guard_id, visit.starts_at, visit.admitted_at, visit.state,
    visit.calls, visit.wrong_cards, visit.clerk_id, visit.desk, visit.ticket_seen_at, visit.closed_at, visit.outcome,
    visit.outcome_number;

-- name: recall
update tickets.visit set calls = calls + 1, called_at = %(now)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: add_call
insert into tickets.call (service_id, ticket_id, number, clerk_id, desk, called_at)
values (%(service_id)s, %(ticket_id)s, %(number)s, %(clerk_id)s, %(desk)s, %(now)s);

-- name: visit_in_hand
select
    visit.service_id, visit.ticket_id, visit.booking_id, visit.person_id, visit.bearer_id, visit.office_id,
    visit.token_letter, visit.token_number, visit.guard_id, visit.starts_at, visit.admitted_at, visit.state,
    visit.calls, visit.wrong_cards, visit.clerk_id, visit.desk, visit.ticket_seen_at, visit.closed_at, visit.outcome,
    visit.outcome_number
from tickets.visit
where visit.clerk_id = %(clerk_id)s and visit.state in ('called', 'opened')
for update;

-- name: last_closed
select
    visit.service_id, visit.ticket_id, visit.booking_id, visit.person_id, visit.bearer_id, visit.office_id,
    visit.token_letter, visit.token_number, visit.guard_id, visit.starts_at, visit.admitted_at, visit.state,
    visit.calls, visit.wrong_cards, visit.clerk_id, visit.desk, visit.ticket_seen_at, visit.closed_at, visit.outcome,
    visit.outcome_number
from tickets.visit
where visit.clerk_id = %(clerk_id)s and visit.office_id = %(office_id)s and visit.state = 'closed'
order by visit.closed_at desc, visit.token_number desc
limit 1
for update;

-- name: count_waiting
select count(*) as waiting, count(*) filter (where %(clerk_id)s in (guard_id, person_id, bearer_id)) as not_for_clerk
from tickets.visit
where office_id = %(office_id)s and state = 'waiting' and admitted_at >= %(since)s;

-- name: coming
select token_letter, token_number
from tickets.visit
where
    office_id = %(office_id)s and state = 'waiting' and admitted_at >= %(since)s
    and %(clerk_id)s not in (guard_id, person_id, bearer_id)
order by calls, starts_at, admitted_at, token_number
limit 5;

-- name: called_now
select token_letter, token_number, desk, calls
from tickets.visit
where office_id = %(office_id)s and state in ('called', 'opened') and called_at >= %(since)s
order by called_at desc, token_number desc
limit %(count_max)s;

-- name: was_served_before
select exists (
    select from tickets.visit
    where
        service_id = %(service_id)s and person_id = %(person_id)s and outcome = 'served' and ticket_id <> %(ticket_id)s
) as was_served;

-- name: put_back
update tickets.visit
set state = 'waiting', clerk_id = null, desk = null, called_at = null, ticket_seen_at = null
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: see_ticket
update tickets.visit set ticket_seen_at = %(now)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and ticket_seen_at is null;

-- name: open_visit
update tickets.visit set state = 'opened', opened_at = %(now)s, card_of = %(card_of)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: count_wrong_card
update tickets.visit set wrong_cards = wrong_cards + 1
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: add_counter_outcome
insert into tickets.counter_outcome
(
    service_id, ticket_id, number, outcome, reason, originals_asked, originals_seen, clerk_id, decided_at, log_entry_id,
    log_salt
)
values
(
    %(service_id)s, %(ticket_id)s, %(number)s, %(outcome)s, %(reason)s, %(originals_asked)s, %(originals_seen)s,
    %(clerk_id)s, %(now)s, %(log_entry_id)s, %(log_salt)s
);

-- name: end_visit
update tickets.visit
set state = 'closed', outcome = %(outcome)s, outcome_number = %(number)s, closed_at = coalesce(closed_at, %(now)s)
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: services_of_day
select
    visit.service_id, count(*) as came,
    count(*) filter (where visit.outcome = 'served') as served,
    count(*) filter (where visit.outcome = 'not_served') as not_served,
    count(*) filter (where visit.outcome = 'not_there') as not_there,
    count(*) filter (where visit.outcome = 'identity_mismatch') as identity_mismatch,
    percentile_cont(0.5) within group (order by extract(epoch from (call.called_at - visit.admitted_at)))
    as wait_median_seconds,
    percentile_cont(0.9) within group (order by extract(epoch from (call.called_at - visit.admitted_at)))
    as wait_ninth_decile_seconds
from tickets.visit
left join tickets.call
    on visit.service_id = call.service_id and visit.ticket_id = call.ticket_id and call.number = 1
where visit.office_id = %(office_id)s and visit.day_on = %(day_on)s
group by visit.service_id
order by visit.service_id;

-- name: visits_of_day
select
    visit.token_letter, visit.token_number, visit.service_id, visit.starts_at, visit.admitted_at, call.called_at,
    visit.calls, visit.desk, visit.opened_at, visit.closed_at, visit.outcome, counter_outcome.reason,
    coalesce(visit.outcome_number > 1, false) as is_corrected, visit.bearer_id <> visit.person_id as has_proxy
from tickets.visit
left join tickets.call
    on visit.service_id = call.service_id and visit.ticket_id = call.ticket_id and call.number = 1
left join tickets.counter_outcome
    on
        visit.service_id = counter_outcome.service_id and visit.ticket_id = counter_outcome.ticket_id
        and visit.outcome_number = counter_outcome.number
where visit.office_id = %(office_id)s and visit.day_on = %(day_on)s
order by visit.token_number desc
limit %(count_max)s;

-- name: recurrences
select
    count(distinct visit.person_id) as people, count(*) as entries, count(distinct visit.office_id) as offices
from tickets.visit
where
    visit.day_on = %(day_on)s
    and visit.bearer_id in (
        select here.bearer_id
        from tickets.visit as here
        where here.office_id = %(office_id)s and here.day_on = %(day_on)s
    )
group by visit.bearer_id
having count(*) > 1
order by people desc, entries desc, offices desc;

-- name: add_delegation
insert into tickets.delegation
(
    service_id, booking_id, number, person_id, proxy_id, proxy_name, acts_as, declared_at, log_entry_id, log_salt
)
select
    %(service_id)s, %(booking_id)s, 1 + coalesce(max(delegation.number), 0), %(person_id)s, %(proxy_id)s,
    %(proxy_name)s, %(acts_as)s, %(now)s, %(log_entry_id)s, %(log_salt)s
from tickets.delegation
where delegation.service_id = %(service_id)s and delegation.booking_id = %(booking_id)s;

-- name: delegation
select service_id, booking_id, number, person_id, proxy_id, proxy_name, acts_as, declared_at
from tickets.delegation
where service_id = %(service_id)s and booking_id = %(booking_id)s and revoked_at is null;

-- name: revoke_delegation
update tickets.delegation
set revoked_at = %(now)s, revoked_log_entry_id = %(log_entry_id)s, revoked_log_salt = %(log_salt)s
where
    service_id = %(service_id)s and booking_id = %(booking_id)s and number = %(number)s and revoked_at is null;

-- name: gate_mismatches
with mismatch as (
    select
        gate_scan.service_id, gate_scan.ticket_id, max(gate_scan.scanned_at) as last_at,
        (array_agg(gate_scan.scan_id order by gate_scan.scanned_at desc, gate_scan.scan_id))[1] as scan_id
    from tickets.gate_scan
    inner join tickets.gate_outcome
        on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
    -- An altered device can name a ticket that never was.
    inner join tickets.ticket
        on gate_scan.service_id = ticket.service_id and gate_scan.ticket_id = ticket.ticket_id
    where
        gate_scan.office_id = %(office_id)s and gate_scan.scanned_at >= %(since)s
        and gate_outcome.verdict = 'identity_mismatch'
    group by gate_scan.service_id, gate_scan.ticket_id
    order by last_at desc
    limit 100
)
select
    mismatch.service_id, mismatch.ticket_id, mismatch.scan_id, mismatch.last_at, tried.wrong_tries, tried.guard_ids,
    admission.admitted_at
from mismatch
cross join lateral (
    select
        count(*) filter (where not answer.is_right) as wrong_tries,
        coalesce(array_agg(distinct answer.guard_id), '{}') as guard_ids
    from (
        select gate_answer.is_right, gate_answer.guard_id
        from tickets.gate_answer
        where gate_answer.service_id = mismatch.service_id and gate_answer.ticket_id = mismatch.ticket_id
        union all
        select device_answer.is_right, device_answer.guard_id
        from tickets.device_answer
        where device_answer.service_id = mismatch.service_id and device_answer.ticket_id = mismatch.ticket_id
    ) as answer
) as tried
left join tickets.admission
    on mismatch.service_id = admission.service_id and mismatch.ticket_id = admission.ticket_id
order by mismatch.last_at desc;

-- name: counter_mismatches
select guard_id, count(*) as mismatches
from tickets.visit
where office_id = %(office_id)s and outcome = 'identity_mismatch' and starts_at >= %(since)s
group by guard_id
order by mismatches desc, guard_id;

-- name: lock_preparing
select pg_advisory_xact_lock(hashtext('tickets.prepared_challenge'), hashtext(%(office_id)s || %(day_on)s::text));

-- name: unprepared_tickets
select
    service_id, ticket_id, booking_id, person_id, bearer_id, delegation, office_id, starts_at, status, status_index,
    sequence, code, issued_at
from tickets.ticket
where
    office_id = %(office_id)s and day_on = %(day_on)s and status <> 1
    and not exists (
        select from tickets.offline_reference
        where offline_reference.service_id = ticket.service_id and offline_reference.ticket_id = ticket.ticket_id
    )
order by service_id, ticket_id
limit %(count_max)s;

-- name: count_unprepared
select count(*) as unprepared
from tickets.ticket
where
    office_id = %(office_id)s and day_on = %(day_on)s and status <> 1
    and not exists (
        select from tickets.offline_reference
        where offline_reference.service_id = ticket.service_id and offline_reference.ticket_id = ticket.ticket_id
    );

-- name: add_prepared_challenge
insert into tickets.prepared_challenge
(service_id, ticket_id, round, positions, serial_positions, answer_hash, prepared_at)
values
(
    %(service_id)s, %(ticket_id)s, %(round)s, %(positions)s, %(serial_positions)s, %(answer_hash)s, %(now)s
)
on conflict (service_id, ticket_id, round) do nothing;

-- name: prepared_challenge
select round, positions, serial_positions, answer_hash, 0 as wrong_tries
from tickets.prepared_challenge
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and round = %(round)s;

-- name: add_offline_reference
insert into tickets.offline_reference (service_id, ticket_id, lookup, sealed_code, prepared_at)
values (%(service_id)s, %(ticket_id)s, %(lookup)s, %(sealed_code)s, %(now)s)
on conflict (service_id, ticket_id) do nothing;

-- name: prepared_tickets
select
    ticket.service_id, ticket.ticket_id, ticket.bearer_id, ticket.status_index, offline_reference.lookup,
    offline_reference.sealed_code, first.positions as first_positions, first.serial_positions as first_serial_positions,
    first.answer_hash as first_answer_hash, other.positions as other_positions,
    other.serial_positions as other_serial_positions, other.answer_hash as other_answer_hash,
    exists (
        select from tickets.standing_mismatch
        where
            standing_mismatch.service_id = ticket.service_id and standing_mismatch.ticket_id = ticket.ticket_id
    ) as is_mismatched
from tickets.ticket
inner join tickets.offline_reference
    on ticket.service_id = offline_reference.service_id and ticket.ticket_id = offline_reference.ticket_id
inner join tickets.prepared_challenge as first
    on ticket.service_id = first.service_id and ticket.ticket_id = first.ticket_id and first.round = 1
inner join tickets.prepared_challenge as other
    on ticket.service_id = other.service_id and ticket.ticket_id = other.ticket_id and other.round = 2
where ticket.office_id = %(office_id)s and ticket.day_on = %(day_on)s and ticket.status <> 1
order by ticket.status_index, ticket.service_id;

-- name: lock_day_secret
select pg_advisory_xact_lock(hashtext('tickets.day_secret'), hashtext(%(office_id)s || %(day_on)s::text));

-- name: day_secret
select
    day_secret.office_id, day_secret.day_on, day_secret.commitment, day_secret.log_entry_id, day_secret.committed_at,
    revealed_secret.secret, revealed_secret.log_entry_id as revealed_entry_id, revealed_secret.revealed_at
from tickets.day_secret
left join tickets.revealed_secret
    on day_secret.office_id = revealed_secret.office_id and day_secret.day_on = revealed_secret.day_on
where day_secret.office_id = %(office_id)s and day_secret.day_on = %(day_on)s;

-- name: sealed_day_secret
select sealed
from tickets.day_secret
where office_id = %(office_id)s and day_on = %(day_on)s;

-- name: add_day_secret
insert into tickets.day_secret (office_id, day_on, sealed, commitment, log_entry_id, committed_at)
values (%(office_id)s, %(day_on)s, %(sealed)s, %(commitment)s, %(log_entry_id)s, %(now)s);

-- name: secrets_to_reveal
select day_secret.office_id, day_secret.day_on
from tickets.day_secret
where
    day_secret.day_on < %(before_on)s
    and not exists (
        select from tickets.revealed_secret
        where revealed_secret.office_id = day_secret.office_id and revealed_secret.day_on = day_secret.day_on
    )
order by day_secret.day_on, day_secret.office_id
limit 500;

-- name: reveal_secret
insert into tickets.revealed_secret (office_id, day_on, commitment, secret, log_entry_id, revealed_at)
values (%(office_id)s, %(day_on)s, %(commitment)s, %(secret)s, %(log_entry_id)s, %(now)s);

-- name: days_with_secrets
select day_on
from tickets.day_secret
where office_id = %(office_id)s and day_on < %(before_on)s
order by day_on desc
limit 31;

-- name: admitted_on
select
    ticket.service_id, ticket.ticket_id, admission.admitted_at, gate_scan.device_id is not null as is_at_device
from tickets.admission
inner join tickets.ticket
    on admission.service_id = ticket.service_id and admission.ticket_id = ticket.ticket_id
left join tickets.gate_scan
    on admission.office_id = gate_scan.office_id and admission.scan_id = gate_scan.scan_id
where admission.office_id = %(office_id)s and ticket.day_on = %(day_on)s
order by admission.admitted_at, ticket.ticket_id;

-- name: shut_online_gate
insert into tickets.online_gate (office_id, shut_at)
values (%(office_id)s, %(now)s)
on conflict (office_id) do update set shut_at = coalesce(tickets.online_gate.shut_at, excluded.shut_at);

-- name: open_online_gate
update tickets.online_gate set shut_at = null, reopened_until = null
where office_id = %(office_id)s;

-- name: reopen_online_gate
update tickets.online_gate set reopened_until = %(until)s
where office_id = %(office_id)s and shut_at is not null;

-- name: online_gate
select shut_at, reopened_until
from tickets.online_gate
where office_id = %(office_id)s;

-- name: handled_in
with typed as (
    select
        gate_answer.office_id, gate_answer.guard_id,
        (array_agg(gate_answer.is_right order by gate_answer.answered_at, gate_answer.attempt))[1] as is_right_at_first,
        extract(epoch from max(gate_answer.answered_at) - gate_scan.scanned_at) as seconds
    from tickets.gate_scan
    inner join tickets.gate_answer
        on gate_scan.office_id = gate_answer.office_id and gate_scan.scan_id = gate_answer.scan_id
    where
        gate_scan.scanned_at >= %(starts_at)s and gate_scan.scanned_at < %(ends_at)s
        and (%(office_id)s::text is null or gate_scan.office_id = %(office_id)s)
    group by gate_answer.office_id, gate_answer.scan_id, gate_answer.guard_id, gate_scan.scanned_at
    union all
    select
        device_answer.office_id, device_answer.guard_id,
        (array_agg(device_answer.is_right order by device_answer.round, device_answer.attempt))[1] as is_right_at_first,
        sum(device_answer.answer_ms) / 1000.0 as seconds
    from tickets.gate_scan
    inner join tickets.device_answer
        on gate_scan.office_id = device_answer.office_id and gate_scan.scan_id = device_answer.scan_id
    where
        gate_scan.scanned_at >= %(starts_at)s and gate_scan.scanned_at < %(ends_at)s
        and (%(office_id)s::text is null or gate_scan.office_id = %(office_id)s)
    group by device_answer.office_id, device_answer.scan_id, device_answer.guard_id
)
select
    office_id, guard_id, count(*) as tickets, count(*) filter (where not is_right_at_first) as wrong_first,
    count(*) filter (where seconds < %(quick_seconds)s) as quick,
    (percentile_cont(0.5) within group (order by seconds))::double precision as seconds_median
from typed
group by grouping sets ((office_id, guard_id), (office_id))
order by office_id, guard_id nulls first;

-- name: charged_in
select
    admission.office_id, admission.guard_id, count(*) as admitted,
    count(*) filter (where visit.outcome = 'identity_mismatch') as charged
from tickets.admission
left join tickets.visit
    on admission.service_id = visit.service_id and admission.ticket_id = visit.ticket_id
where
    admission.admitted_at >= %(starts_at)s and admission.admitted_at < %(ends_at)s
    and (%(office_id)s::text is null or admission.office_id = %(office_id)s)
group by grouping sets ((admission.office_id, admission.guard_id), (admission.office_id))
order by admission.office_id, admission.guard_id nulls first;

-- name: outcomes_in
select gate_scan.office_id, gate_outcome.verdict, count(*) as scans
from tickets.gate_scan
left join tickets.gate_outcome
    on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
where
    gate_scan.scanned_at >= %(starts_at)s and gate_scan.scanned_at < %(ends_at)s
    and (%(office_id)s::text is null or gate_scan.office_id = %(office_id)s)
group by gate_scan.office_id, gate_outcome.verdict
order by gate_scan.office_id, gate_outcome.verdict;

-- name: behind_answers
with typed as (
    select
        gate_scan.scanned_at, gate_scan.ticket_id,
        (array_agg(gate_answer.is_right order by gate_answer.answered_at, gate_answer.attempt))[1] as is_right_at_first,
        extract(epoch from max(gate_answer.answered_at) - gate_scan.scanned_at) as seconds
    from tickets.gate_scan
    inner join tickets.gate_answer
        on gate_scan.office_id = gate_answer.office_id and gate_scan.scan_id = gate_answer.scan_id
    where
        gate_scan.scanned_at >= %(starts_at)s and gate_scan.scanned_at < %(ends_at)s
        and gate_scan.office_id = %(office_id)s and gate_scan.guard_id = %(guard_id)s
    group by gate_scan.scan_id, gate_scan.scanned_at, gate_scan.ticket_id
    union all
    select
        gate_scan.scanned_at, gate_scan.ticket_id,
        (array_agg(device_answer.is_right order by device_answer.round, device_answer.attempt))[1] as is_right_at_first,
        sum(device_answer.answer_ms) / 1000.0 as seconds
    from tickets.gate_scan
    inner join tickets.device_answer
        on gate_scan.office_id = device_answer.office_id and gate_scan.scan_id = device_answer.scan_id
    where
        gate_scan.scanned_at >= %(starts_at)s and gate_scan.scanned_at < %(ends_at)s
        and gate_scan.office_id = %(office_id)s and gate_scan.guard_id = %(guard_id)s
    group by gate_scan.scan_id, gate_scan.scanned_at, gate_scan.ticket_id
)
select scanned_at as happened_at, ticket_id
from typed
where (%(quick_seconds)s::numeric is null and not is_right_at_first) or seconds < %(quick_seconds)s
order by scanned_at, ticket_id
limit 100;

-- name: behind_charges
select admission.admitted_at as happened_at, admission.ticket_id
from tickets.admission
inner join tickets.visit
    on admission.service_id = visit.service_id and admission.ticket_id = visit.ticket_id
where
    admission.admitted_at >= %(starts_at)s and admission.admitted_at < %(ends_at)s
    and admission.office_id = %(office_id)s and admission.guard_id = %(guard_id)s
    and visit.outcome = 'identity_mismatch'
order by admission.admitted_at, admission.ticket_id
limit 100;
