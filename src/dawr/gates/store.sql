-- name: add_device
insert into gates.device
(office_id, name, lane, added_by, added_at, code_lookup, code_hash, code_ends_at)
values
(
    %(office_id)s, %(name)s, %(lane)s, %(added_by)s, %(now)s, %(code_lookup)s, %(code_hash)s, %(code_ends_at)s
)
returning device_id;

-- name: renew_code
update gates.device
set code_lookup = %(code_lookup)s, code_hash = %(code_hash)s, code_ends_at = %(code_ends_at)s, code_tries = 0
where
    device_id = %(device_id)s and revoked_at is null
    and not exists (select from gates.device_key where device_key.device_id = device.device_id);

-- name: code_candidates
select device_id, code_hash
from gates.device
where
    code_lookup = %(code_lookup)s and code_ends_at > %(now)s and code_tries < %(tries_max)s
    and revoked_at is null
order by device_id
limit 10
for update;

-- name: count_code_try
update gates.device set code_tries = code_tries + 1
where device_id = %(device_id)s;

-- name: spend_code
update gates.device
set code_lookup = null, code_hash = null, code_ends_at = null, last_seen_at = %(now)s
where device_id = %(device_id)s;

-- name: add_device_key
insert into gates.device_key (device_id, signing_key, agreement_key, enrolled_at, log_entry_id)
values (%(device_id)s, %(signing_key)s, %(agreement_key)s, %(now)s, %(log_entry_id)s);

-- name: device
select
    device.device_id, device.office_id, device.name, device.lane, device.added_at, device_key.signing_key,
    device_key.agreement_key, device_key.enrolled_at, device.code_ends_at, device.last_seen_at,
    device.records_waiting, device.revoked_at
from gates.device
left join gates.device_key on device.device_id = device_key.device_id
where device.device_id = %(device_id)s;

-- name: devices_at
select
    device.device_id, device.office_id, device.name, device.lane, device.added_at, device_key.signing_key,
    device_key.agreement_key, device_key.enrolled_at, device.code_ends_at, device.last_seen_at,
    device.records_waiting, device.revoked_at
from gates.device
left join gates.device_key on device.device_id = device_key.device_id
where device.office_id = %(office_id)s
order by device.revoked_at nulls first, device.lane, device.added_at
limit 200;

-- name: lock_device
select 1 as locked
from gates.device
where device_id = %(device_id)s
for update;

-- name: see_device
update gates.device
set last_seen_at = %(now)s, records_waiting = coalesce(%(records_waiting)s, records_waiting)
where device_id = %(device_id)s;

-- name: move_device
update gates.device set lane = %(lane)s
where device_id = %(device_id)s and revoked_at is null;

-- name: revoke_device
update gates.device
set revoked_at = %(now)s, code_lookup = null, code_hash = null, code_ends_at = null
where device_id = %(device_id)s and revoked_at is null;

-- name: offices_with_devices
select distinct device.office_id
from gates.device
inner join gates.device_key on device.device_id = device_key.device_id
where device.revoked_at is null
order by device.office_id
limit 1000;

-- name: add_override
insert into gates.override
(office_id, head_id, what, device_id, reason, reason_key, log_entry_id, made_at)
values
(
    %(office_id)s, %(head_id)s, %(what)s, %(device_id)s, %(reason)s, %(reason_key)s, %(log_entry_id)s, %(now)s
)
returning override_id;

-- name: overrides_at
select head_id, what, device_id, reason, made_at
from gates.override
where office_id = %(office_id)s and made_at >= %(since)s
order by made_at desc
limit 100;

-- name: newest_lane_plan
select office_id, day_on, revision, lanes_open, made_at
from gates.lane_plan
where office_id = %(office_id)s and day_on = %(day_on)s
order by revision desc
limit 1;

-- name: add_lane_plan
insert into gates.lane_plan (office_id, day_on, revision, lanes_open, made_at, override_id)
values (%(office_id)s, %(day_on)s, %(revision)s, %(lanes_open)s, %(now)s, %(override_id)s)
on conflict (office_id, day_on, revision) do nothing;

-- name: add_shift
insert into gates.shift
(office_id, day_on, device_id, guard_id, lane, lane_proposed, opens_at, ends_at)
values
(
    %(office_id)s, %(day_on)s, %(device_id)s, %(guard_id)s, %(lane)s, %(lane_proposed)s, %(opens_at)s, %(ends_at)s
)
returning shift_id;

-- name: shift
select shift_id, office_id, day_on, device_id, guard_id, lane, lane_proposed, opens_at, ends_at, closed_at
from gates.shift
where shift_id = %(shift_id)s;

-- name: open_shifts_on
select shift_id, office_id, day_on, device_id, guard_id, lane, lane_proposed, opens_at, ends_at, closed_at
from gates.shift
where office_id = %(office_id)s and day_on = %(day_on)s and closed_at is null
order by lane, opens_at
limit 200;

-- name: end_overdue_shifts
update gates.shift set closed_at = ends_at
where office_id = %(office_id)s and closed_at is null and ends_at <= %(now)s;

-- name: close_shift
-- One that was prepared for a day to come may be ended before it opens.
update gates.shift set closed_at = greatest(%(now)s, opens_at)
where shift_id = %(shift_id)s and closed_at is null;

-- name: close_shifts_of_device
update gates.shift set closed_at = least(greatest(%(now)s, opens_at), ends_at)
where device_id = %(device_id)s and closed_at is null;

-- name: add_pack
insert into gates.pack (shift_id, office_id, device_id, day_on, lanes_open, tickets, built_at)
values (%(shift_id)s, %(office_id)s, %(device_id)s, %(day_on)s, %(lanes_open)s, %(tickets)s, %(now)s)
returning pack_id;

-- name: pack
select pack_id, shift_id, device_id, office_id, day_on, lanes_open, tickets, built_at
from gates.pack
where pack_id = %(pack_id)s;

-- name: chain
select n as taken_until, hash as head
from gates.record
where device_id = %(device_id)s
order by n desc
limit 1;

-- name: record_text
select text
from gates.record
where device_id = %(device_id)s and n = %(n)s;

-- name: add_record
insert into gates.record
(
    device_id, n, text, signature, previous, office_id, shift_id, guard_id, scan_id, kind, facts, happened_at, taken_at
)
values
(
    %(device_id)s, %(n)s, %(text)s, %(signature)s, %(previous)s, %(office_id)s, %(shift_id)s, %(guard_id)s,
    %(scan_id)s, %(kind)s, convert_from(%(text)s, 'UTF8')::jsonb, %(happened_at)s, %(now)s
);

-- name: add_fork
insert into gates.fork (device_id, n, text, signature, seen_at)
values (%(device_id)s, %(n)s, %(text)s, %(signature)s, %(now)s)
on conflict (device_id, n) do nothing;

-- name: next_unmerged
select record.device_id, record.n, record.office_id, record.shift_id, record.guard_id, record.happened_at, record.text
from gates.record
where
    record.device_id = %(device_id)s
    and record.n = (select coalesce(max(merged.n), 0) + 1 from gates.merged where merged.device_id = %(device_id)s);

-- name: devices_with_unmerged
select device.device_id
from gates.device
where (
    select coalesce(max(record.n), 0) from gates.record
    where record.device_id = device.device_id
) > (
    select coalesce(max(merged.n), 0) from gates.merged
    where merged.device_id = device.device_id
)
order by device.device_id
limit 1000;

-- name: texts_of_scan
select text
from gates.record
where device_id = %(device_id)s and scan_id = %(scan_id)s and n <= %(until)s
order by n
limit 100;

-- name: round_allowed_before
select exists (
    select from gates.record as overruled
    inner join gates.record as scanned
        on overruled.device_id = scanned.device_id and overruled.scan_id = scanned.scan_id and scanned.kind = 'scanned'
    where
        overruled.device_id = %(device_id)s and overruled.n < %(n)s and overruled.kind = 'overruled'
        and overruled.facts ->> 'what' = 'another_round' and scanned.facts ->> 'ticket' = %(ticket)s
        and not exists (
            select from gates.record as decided
            inner join gates.record as seen
                on decided.device_id = seen.device_id and decided.scan_id = seen.scan_id and seen.kind = 'scanned'
            where
                decided.device_id = overruled.device_id and decided.n > overruled.n and decided.n < %(n)s
                and decided.kind = 'decided' and decided.facts ->> 'verdict' = 'identity_mismatch'
                and seen.facts ->> 'ticket' = %(ticket)s
        )
) as is_allowed;

-- name: add_merged
insert into gates.merged
(device_id, n, office_id, contested, ticket_lane, is_second_look_due, is_decoy_due, merged_at)
values
(
    %(device_id)s, %(n)s, %(office_id)s, %(contested)s, %(ticket_lane)s, %(is_second_look_due)s, %(is_decoy_due)s,
    %(now)s
);

-- name: use_code
insert into gates.code_use (office_id, day_on, officer_id, number, guard_id, device_id, n, scan_id)
values
(
    %(office_id)s, %(day_on)s, %(officer_id)s, %(number)s, %(guard_id)s, %(device_id)s, %(n)s, %(scan_id)s
)
on conflict (office_id, day_on, officer_id, number) do nothing;

-- name: code_use
select device_id, scan_id
from gates.code_use
where office_id = %(office_id)s and day_on = %(day_on)s and officer_id = %(officer_id)s and number = %(number)s;

-- name: used_numbers
select number
from gates.code_use
where office_id = %(office_id)s and day_on = %(day_on)s and officer_id = %(officer_id)s
order by number;

-- name: contested_at
select
    merged.device_id, device.name as device_name, shift.lane, merged.n, record.kind, record.guard_id,
    (record.facts ->> 'officer')::uuid as officer_id, (record.facts ->> 'number')::integer as number,
    scanned.facts ->> 'service' as service_id, scanned.facts ->> 'ticket' as ticket, merged.contested as why,
    record.happened_at, merged.merged_at
from gates.merged
inner join gates.record on merged.device_id = record.device_id and merged.n = record.n
inner join gates.device on merged.device_id = device.device_id
inner join gates.shift on record.shift_id = shift.shift_id
left join lateral (
    select scan.facts
    from gates.record as scan
    where scan.device_id = record.device_id and scan.scan_id = record.scan_id and scan.kind = 'scanned'
    order by scan.n
    limit 1
) as scanned on true
where merged.office_id = %(office_id)s and merged.merged_at >= %(since)s and merged.contested is not null
order by merged.merged_at desc, merged.device_id, merged.n desc
limit 200;

-- name: forks_at
select fork.device_id, device.name as device_name, fork.n, fork.seen_at
from gates.fork
inner join gates.device on fork.device_id = device.device_id
where device.office_id = %(office_id)s
order by fork.seen_at desc, fork.n
limit 200;

-- name: chains_at
select
    device.device_id, coalesce(last.n, 0) as taken_until, last.taken_at as last_at,
    coalesce(last.n, 0) - (
        select coalesce(max(merged.n), 0) from gates.merged
        where merged.device_id = device.device_id
    ) as unmerged,
    (
        select count(*) from gates.fork
        where fork.device_id = device.device_id
    ) as forks
from gates.device
left join lateral (
    select record.n, record.taken_at
    from gates.record
    where record.device_id = device.device_id
    order by record.n desc
    limit 1
) as last on true
where device.office_id = %(office_id)s
order by device.device_id
limit 200;

-- name: add_refused
insert into gates.refused (office_id, person_id, officer_id, reason, service_id, scan_id, refused_at)
values (%(office_id)s, %(person_id)s, %(officer_id)s, %(reason)s, %(service_id)s, %(scan_id)s, %(now)s)
returning refused_id;

-- name: refused
select office_id, refused_id, person_id, officer_id, reason, service_id, scan_id, refused_at
from gates.refused
where office_id = %(office_id)s and refused_id = %(refused_id)s;

-- name: count_refused_of
select count(*) as n
from gates.refused
where person_id = %(person_id)s and refused_at > %(after)s;

-- name: lock_remedies_of
select pg_advisory_xact_lock(hashtext('gates.remedy'), hashtext(%(officer_id)s::text));

-- name: add_remedy
insert into gates.remedy
(
    office_id, refused_id, officer_id, scan_id, kind, service_id, booking_id, release_id, day_on, unscanned_number, given_at,
    log_entry_id, log_salt
)
values (
    %(office_id)s, %(refused_id)s, %(officer_id)s, %(scan_id)s, %(kind)s, %(service_id)s, %(booking_id)s,
    %(release_id)s, %(day_on)s,
    case when %(scan_id)s::uuid is null then (
        select coalesce(max(remedy.unscanned_number), 0) + 1
        from gates.remedy
        where
            remedy.office_id = %(office_id)s and remedy.officer_id = %(officer_id)s and remedy.day_on = %(day_on)s
    ) end,
    %(given_at)s, %(log_entry_id)s, %(log_salt)s
);

-- name: remedy
select kind, service_id, booking_id, release_id, given_at
from gates.remedy
where office_id = %(office_id)s and refused_id = %(refused_id)s;

-- name: measures_in
with within as (
    select record.device_id, record.n, record.scan_id, record.office_id, record.guard_id, record.shift_id, record.kind, record.facts
    from gates.record
    where
        record.happened_at >= %(starts_at)s and record.happened_at < %(ends_at)s
        and (%(office_id)s::text is null or record.office_id = %(office_id)s)
),

counted as (
    select office_id, guard_id, 'decoys_missed' as measure, (facts ->> 'missed')::boolean as is_found
    from within
    where kind = 'decoy_answered'
    union all
    select
        office_id, guard_id, 'second_looks_failed' as measure,
        bool_or(facts ->> 'attempt' = '2' and not (facts ->> 'right')::boolean) as is_found
    from within
    where kind = 'second_look'
    group by office_id, guard_id, device_id, scan_id
    union all
    select
        within.office_id, within.guard_id, 'second_looks_left_out' as measure,
        not exists (
            select from gates.record as looked
            where
                looked.device_id = within.device_id and looked.scan_id = within.scan_id and looked.kind = 'second_look'
        ) as is_found
    from within
    inner join gates.merged on within.device_id = merged.device_id and within.n = merged.n
    where within.kind = 'decided' and merged.is_second_look_due
    union all
    select
        within.office_id, within.guard_id, 'names_denied' as measure,
        bool_or(not (within.facts ->> 'on_card')::boolean) as is_found
    from within
    where within.kind = 'name_answered'
    group by within.office_id, within.guard_id, within.device_id, within.scan_id
    union all
    select
        within.office_id, within.guard_id, 'decoys_left_out' as measure,
        not exists (
            select from gates.record as shown
            inner join gates.record as own
                on
                    own.device_id = within.device_id and own.scan_id = within.scan_id and own.kind = 'scanned'
                    and own.facts ->> 'ticket' = shown.facts ->> 'ticket'
            inner join gates.record as noticed
                on
                    shown.device_id = noticed.device_id and shown.scan_id = noticed.scan_id
                    and noticed.kind = 'decoy_answered' and noticed.n < within.n
            where shown.device_id = within.device_id and shown.kind = 'scanned'
        ) as is_found
    from within
    inner join gates.merged on within.device_id = merged.device_id and within.n = merged.n
    where within.kind = 'decided' and merged.is_decoy_due
    union all
    select
        within.office_id, within.guard_id, 'visitors_left' as measure,
        bool_and(within.facts ->> 'verdict' = 'left') as is_found
    from within
    inner join gates.shift on within.shift_id = shift.shift_id
    inner join gates.record as scanned
        on
            within.device_id = scanned.device_id and within.scan_id = scanned.scan_id and scanned.kind = 'scanned'
    inner join gates.merged
        on scanned.device_id = merged.device_id and scanned.n = merged.n and merged.ticket_lane = shift.lane
    where within.kind = 'decided'
    group by within.office_id, within.guard_id, within.device_id, within.scan_id
    union all
    select
        within.office_id, within.guard_id, 'out_of_lane' as measure, shift.lane <> merged.ticket_lane as is_found
    from within
    inner join gates.shift on within.shift_id = shift.shift_id
    inner join gates.merged on within.device_id = merged.device_id and within.n = merged.n
    where
        within.kind = 'scanned' and merged.ticket_lane is not null
        and exists (
            select from gates.record as answered
            where
                answered.device_id = within.device_id and answered.scan_id = within.scan_id
                and answered.kind = 'answered'
        )
)

select office_id, guard_id, measure, count(*) as total, count(*) filter (where is_found) as found
from counted
group by grouping sets ((office_id, guard_id, measure), (office_id, measure))
order by office_id, guard_id nulls first, measure;

-- name: lanes_in
select record.guard_id, shift.lane, count(*) as tickets
from gates.record
inner join gates.shift on record.shift_id = shift.shift_id
where
    record.happened_at >= %(starts_at)s and record.happened_at < %(ends_at)s and record.office_id = %(office_id)s
    and record.kind = 'scanned'
    and exists (
        select from gates.record as answered
        where
            answered.device_id = record.device_id and answered.scan_id = record.scan_id and answered.kind = 'answered'
    )
group by record.guard_id, shift.lane
order by record.guard_id, shift.lane;

-- name: shifts_in
select
    guard_id, count(*) as shifts,
    count(*) filter (where lane_proposed is not null) as proposed,
    count(*) filter (where lane_proposed is not null and lane <> lane_proposed) as elsewhere
from gates.shift
where opens_at >= %(starts_at)s and opens_at < %(ends_at)s and office_id = %(office_id)s
group by guard_id
order by guard_id;

-- name: lock_reviews
select pg_advisory_xact_lock(hashtext('gates.review'), hashtext(%(office_id)s || %(guard_id)s::text));

-- name: add_review
insert into gates.review (office_id, guard_id, measure, starts_at, ends_at, found, total, odds, begun_at)
values
(
    %(office_id)s, %(guard_id)s, %(measure)s, %(starts_at)s, %(ends_at)s, %(found)s, %(total)s, %(odds)s, %(now)s
)
returning review_id;

-- name: review
select review_id, office_id, guard_id, measure, starts_at, ends_at, found, total, odds, begun_at
from gates.review
where review_id = %(review_id)s;

-- name: reviews_at
select review_id, office_id, guard_id, measure, starts_at, ends_at, found, total, odds, begun_at
from gates.review
where office_id = %(office_id)s and begun_at >= %(since)s
order by begun_at desc, review_id
limit 200;

-- name: reviews_of
select review_id, office_id, guard_id, measure, starts_at, ends_at, found, total, odds, begun_at
from gates.review
where guard_id = %(guard_id)s
order by begun_at desc, review_id
limit 50;

-- name: add_opinion
insert into gates.opinion
(review_id, place, reviewer_id, guard_id, is_upheld, reason, given_at, log_entry_id, log_salt)
values
(
    %(review_id)s, %(place)s, %(reviewer_id)s, %(guard_id)s, %(is_upheld)s, %(reason)s, %(now)s, %(log_entry_id)s,
    %(log_salt)s
);

-- name: opinions_of
select review_id, reviewer_id, is_upheld, reason, given_at
from gates.opinion
where review_id = any(%(review_ids)s)
order by review_id, place;

-- name: add_guard_answer
insert into gates.guard_answer (review_id, place, guard_id, words, answered_at)
values (%(review_id)s, %(place)s, %(guard_id)s, %(words)s, %(now)s);

-- name: guard_answers_of
select review_id, words, answered_at
from gates.guard_answer
where review_id = any(%(review_ids)s)
order by review_id, place;

-- name: second_looks_between
select scanned.facts ->> 'ticket' as ticket, bool_or((look.facts ->> 'right')::boolean) as is_right
from gates.record as look
inner join gates.record as scanned
    on look.device_id = scanned.device_id and look.scan_id = scanned.scan_id and scanned.kind = 'scanned'
where
    look.office_id = %(office_id)s and look.kind = 'second_look'
    and look.happened_at >= %(since)s and look.happened_at < %(until)s
    and scanned.facts ->> 'ticket' is not null
group by scanned.facts ->> 'ticket';

-- name: behind_measure
select record.happened_at, shift.lane, scanned.facts ->> 'ticket' as ticket
from gates.record
inner join gates.shift on record.shift_id = shift.shift_id
inner join gates.record as scanned
    on record.device_id = scanned.device_id and record.scan_id = scanned.scan_id and scanned.kind = 'scanned'
where
    record.happened_at >= %(starts_at)s and record.happened_at < %(ends_at)s
    and record.office_id = %(office_id)s and record.guard_id = %(guard_id)s
    and case %(measure)s
        when 'decoys_missed' then record.kind = 'decoy_answered' and record.facts ->> 'missed' = 'true'
        when 'second_looks_failed' then
            record.kind = 'second_look' and record.facts ->> 'attempt' = '2' and record.facts ->> 'right' = 'false'
        when 'names_denied' then
            record.kind = 'name_answered' and record.facts ->> 'on_card' = 'false'
            and not exists (
                select from gates.record as denied
                where
                    denied.device_id = record.device_id and denied.scan_id = record.scan_id and denied.n < record.n
                    and denied.kind = 'name_answered' and denied.facts ->> 'on_card' = 'false'
            )
        when 'decoys_left_out' then
            record.kind = 'decided'
            and exists (
                select from gates.merged
                where merged.device_id = record.device_id and merged.n = record.n and merged.is_decoy_due
            )
            and not exists (
                select from gates.record as shown
                inner join gates.record as noticed
                    on
                        shown.device_id = noticed.device_id and shown.scan_id = noticed.scan_id
                        and noticed.kind = 'decoy_answered' and noticed.n < record.n
                where
                    shown.device_id = record.device_id and shown.kind = 'scanned'
                    and shown.facts ->> 'ticket' = scanned.facts ->> 'ticket'
            )
        when 'visitors_left' then
            record.kind = 'decided' and record.facts ->> 'verdict' = 'left'
            and exists (
                select from gates.merged
                where
                    merged.device_id = scanned.device_id and merged.n = scanned.n and merged.ticket_lane = shift.lane
            )
            and not exists (
                select from gates.record as otherwise
                where
                    otherwise.device_id = record.device_id and otherwise.scan_id = record.scan_id
                    and otherwise.kind = 'decided' and otherwise.facts ->> 'verdict' <> 'left'
            )
        when 'out_of_lane' then
            record.kind = 'scanned'
            and exists (
                select from gates.merged
                where
                    merged.device_id = record.device_id and merged.n = record.n and merged.ticket_lane <> shift.lane
            )
            and exists (
                select from gates.record as answered
                where
                    answered.device_id = record.device_id and answered.scan_id = record.scan_id
                    and answered.kind = 'answered'
            )
        when 'second_looks_left_out' then
            record.kind = 'decided'
            and exists (
                select from gates.merged
                where merged.device_id = record.device_id and merged.n = record.n and merged.is_second_look_due
            )
            and not exists (
                select from gates.record as looked
                where
                    looked.device_id = record.device_id and looked.scan_id = record.scan_id
                    and looked.kind = 'second_look'
            )
    end
order by record.happened_at, record.device_id, record.n
limit 100;
