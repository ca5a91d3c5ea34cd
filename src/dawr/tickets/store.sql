-- name: publish_key
insert into tickets.signing_key (key_id, public_key, published_at, log_entry_id)
values (%(key_id)s, %(public_key)s, %(now)s, %(log_entry_id)s)
on conflict (key_id) do nothing;

-- name: published_keys
select public_key
from tickets.signing_key
order by published_at, key_id;

-- name: lock_key_publication
select pg_advisory_xact_lock(hashtext('tickets.signing_key'));

-- name: next_status_index
insert into tickets.status_list (office_id, day_on, given)
values (%(office_id)s, %(day_on)s, 1)
on conflict (office_id, day_on) do update set given = tickets.status_list.given + 1
returning given - 1 as status_index;

-- name: listed_tickets
select service_id, booking_id, status_index, status
from tickets.ticket
where office_id = %(office_id)s and day_on = %(day_on)s
order by status_index;

-- name: add_ticket
insert into tickets.ticket
(
    service_id, ticket_id, booking_id, person_id, office_id, day_on, starts_at, status_index, sequence, code, issued_at
)
values
(
    %(service_id)s, %(ticket_id)s, %(booking_id)s, %(person_id)s, %(office_id)s, %(day_on)s, %(starts_at)s,
    %(status_index)s, %(sequence)s, %(code)s, %(now)s
)
on conflict (service_id, booking_id) where status <> 1 do nothing;

-- name: newest_ticket
select
    service_id, ticket_id, booking_id, person_id, office_id, starts_at, status, status_index, sequence, code, issued_at
from tickets.ticket
where service_id = %(service_id)s and booking_id = %(booking_id)s
order by sequence desc
limit 1;

-- name: ticket
select
    service_id, ticket_id, booking_id, person_id, office_id, starts_at, status, status_index, sequence, code, issued_at
from tickets.ticket
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: lock_ticket
select 1 as locked
from tickets.ticket
where service_id = %(service_id)s and ticket_id = %(ticket_id)s
for update;

-- name: set_status
update tickets.ticket set status = %(status)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: add_scan
insert into tickets.gate_scan (office_id, guard_id, scanned_at, service_id, ticket_id)
values (%(office_id)s, %(guard_id)s, %(now)s, %(service_id)s, %(ticket_id)s)
returning scan_id;

-- name: scan
select
    gate_scan.office_id, gate_scan.scan_id, gate_scan.guard_id, gate_scan.scanned_at, gate_scan.service_id,
    gate_scan.ticket_id, gate_outcome.verdict
from tickets.gate_scan
left join tickets.gate_outcome
    on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
where gate_scan.office_id = %(office_id)s and gate_scan.scan_id = %(scan_id)s;

-- name: add_outcome
insert into tickets.gate_outcome (office_id, scan_id, verdict, decided_at, log_entry_id, log_salt)
values (%(office_id)s, %(scan_id)s, %(verdict)s, %(now)s, %(log_entry_id)s, %(log_salt)s);

-- name: add_challenge
insert into tickets.challenge
(service_id, ticket_id, round, positions, answer_hash, chosen_at, allowed_by, reason, reason_key)
values
(
    %(service_id)s, %(ticket_id)s, %(round)s, %(positions)s, %(answer_hash)s, %(now)s, %(allowed_by)s, %(reason)s,
    %(reason_key)s
);

-- name: newest_challenge
select
    challenge.round, challenge.positions, challenge.answer_hash,
    (
        select count(*)
        from tickets.gate_answer
        where
            gate_answer.service_id = challenge.service_id and gate_answer.ticket_id = challenge.ticket_id
            and gate_answer.round = challenge.round and not gate_answer.is_right
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
select distinct guard_id
from tickets.gate_answer
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: who_allowed
select distinct allowed_by
from tickets.challenge
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and allowed_by is not null;

-- name: admit
insert into tickets.admission (service_id, ticket_id, office_id, scan_id, guard_id, admitted_at)
values (%(service_id)s, %(ticket_id)s, %(office_id)s, %(scan_id)s, %(guard_id)s, %(now)s)
on conflict (service_id, ticket_id) do nothing;

-- name: admitted_at
select admitted_at
from tickets.admission
where service_id = %(service_id)s and ticket_id = %(ticket_id)s;

-- name: add_visit
insert into tickets.visit
(service_id, ticket_id, booking_id, person_id, office_id, guard_id, starts_at, admitted_at)
values
(
    %(service_id)s, %(ticket_id)s, %(booking_id)s, %(person_id)s, %(office_id)s, %(guard_id)s, %(starts_at)s, %(now)s
);

-- name: call_next
with next_in_line as (
    select service_id, ticket_id
    from tickets.visit
    where
        office_id = %(office_id)s and state = 'waiting' and starts_at >= %(since)s and guard_id <> %(clerk_id)s
    order by calls, starts_at, admitted_at, ticket_id
    limit 1
    for update skip locked
)
update tickets.visit
set state = 'called', calls = visit.calls + 1, clerk_id = %(clerk_id)s, desk = %(desk)s, called_at = %(now)s
from next_in_line
where visit.service_id = next_in_line.service_id and visit.ticket_id = next_in_line.ticket_id
returning
    visit.service_id, visit.ticket_id, visit.booking_id, visit.person_id, visit.office_id, visit.guard_id,
    visit.starts_at, visit.admitted_at, visit.state, visit.calls, visit.wrong_cards, visit.clerk_id, visit.desk,
    visit.outcome, visit.reason;

-- name: visit_in_hand
select
    service_id, ticket_id, booking_id, person_id, office_id, guard_id, starts_at, admitted_at, state, calls,
    wrong_cards, clerk_id, desk, outcome, reason
from tickets.visit
where clerk_id = %(clerk_id)s and state in ('called', 'opened')
for update;

-- name: count_waiting
select count(*) as waiting, count(*) filter (where guard_id = %(clerk_id)s) as let_in_by_clerk
from tickets.visit
where office_id = %(office_id)s and state = 'waiting' and starts_at >= %(since)s;

-- name: put_back
update tickets.visit
set state = 'waiting', clerk_id = null, desk = null, called_at = null
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: open_visit
update tickets.visit set state = 'opened', opened_at = %(now)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: count_wrong_card
update tickets.visit set wrong_cards = wrong_cards + 1
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state = 'called';

-- name: close_visit
update tickets.visit
set
    state = 'closed', closed_at = %(now)s, outcome = %(outcome)s, reason = %(reason)s, log_entry_id = %(log_entry_id)s,
    log_salt = %(log_salt)s
where service_id = %(service_id)s and ticket_id = %(ticket_id)s and state in ('called', 'opened');

-- name: gate_mismatches
with mismatch as (
    select
        gate_scan.service_id, gate_scan.ticket_id, max(gate_scan.scanned_at) as last_at,
        (array_agg(gate_scan.scan_id order by gate_scan.scanned_at desc, gate_scan.scan_id))[1] as scan_id
    from tickets.gate_scan
    inner join tickets.gate_outcome
        on gate_scan.office_id = gate_outcome.office_id and gate_scan.scan_id = gate_outcome.scan_id
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
    select count(*) filter (where not gate_answer.is_right) as wrong_tries, array_agg(distinct gate_answer.guard_id) as guard_ids
    from tickets.gate_answer
    where gate_answer.service_id = mismatch.service_id and gate_answer.ticket_id = mismatch.ticket_id
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
