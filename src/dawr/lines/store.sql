-- name: insert_line
insert into lines.line (
    service_id, line_id, gathers_at, opens_at, closes_at, act_seconds, extend_seconds, inside_max, seats,
    slots_sha256, key, rules_entry_id
)
values (
    %(service_id)s, %(line_id)s, %(gathers_at)s, %(opens_at)s, %(closes_at)s, %(act_seconds)s, %(extend_seconds)s,
    %(inside_max)s, %(seats)s, %(slots_sha256)s, %(key)s, %(rules_entry_id)s
);

-- name: insert_slots
insert into lines.slot (service_id, line_id, slot_id, seats)
select %(service_id)s, %(line_id)s, offered.slot_id, offered.seats
from unnest(%(slot_ids)s::text [], %(seats)s::integer []) as offered (slot_id, seats);

-- name: slots
select slot_id, seats
from lines.slot
where service_id = %(service_id)s and line_id = %(line_id)s
order by slot_id;

-- name: line
select
    service_id, line_id, gathers_at, opens_at, closes_at, act_seconds, extend_seconds, inside_max, seats, slots_sha256,
    encode(sha256(key), 'hex') as key_sha256, case when opened_at is not null then key end as key, rules_entry_id,
    opened_at, gathered, gathered_root, opened_entry_id, last_number, closed_at, closed_entry_id
from lines.line
where service_id = %(service_id)s and line_id = %(line_id)s;

-- name: lines
select
    service_id, line_id, gathers_at, opens_at, closes_at, act_seconds, extend_seconds, inside_max, seats, slots_sha256,
    encode(sha256(key), 'hex') as key_sha256, case when opened_at is not null then key end as key, rules_entry_id,
    opened_at, gathered, gathered_root, opened_entry_id, last_number, closed_at, closed_entry_id
from lines.line
where (%(service_id)s = '' or service_id = %(service_id)s)
order by opens_at desc, line_id
limit 200;

-- name: committed_key
select key
from lines.line
where service_id = %(service_id)s and line_id = %(line_id)s;

-- name: due_lines
select service_id, line_id
from lines.line
where opens_at <= %(now)s and closed_at is null
order by opens_at, service_id, line_id
limit 1000;

-- name: lock_line
select line_id
from lines.line
where service_id = %(service_id)s and line_id = %(line_id)s
for no key update;

-- name: lock_line_alone
select line_id
from lines.line
where service_id = %(service_id)s and line_id = %(line_id)s
for update;

-- name: lock_lines
select line_id
from lines.line
where (service_id, line_id) in (
    select asked.service_id, asked.line_id
    from json_to_recordset(%(lines)s::json) as asked (service_id text, line_id text)
)
order by service_id, line_id
for no key update;

-- name: hold_lines
select line_id
from lines.line
where (service_id, line_id) in (
    select asked.service_id, asked.line_id
    from json_to_recordset(%(lines)s::json) as asked (service_id text, line_id text)
)
order by service_id, line_id
for key share;

-- name: lock_places
select person_id
from lines.place
where (service_id, line_id, person_id) in (
    select asked.service_id, asked.line_id, asked.person_id
    from json_to_recordset(%(asked)s::json) as asked (service_id text, line_id text, person_id uuid)
)
order by service_id, line_id, person_id
for no key update;

-- name: join
with asked as (
    select distinct on (each.service_id, each.line_id, each.person_id)
        each.service_id, each.line_id, each.person_id, each.label, each.nth
    from json_to_recordset(%(asked)s::json)
        as each (nth integer, service_id text, line_id text, person_id uuid, label text)
    order by each.service_id, each.line_id, each.person_id, each.nth
),
joining as (
    select
        asked.service_id, asked.line_id, asked.person_id, asked.label, line.opened_at is not null as is_open,
        line.last_number
        + row_number() over (partition by asked.service_id, asked.line_id order by asked.nth) as next_number
    from asked
    inner join lines.line on line.service_id = asked.service_id and line.line_id = asked.line_id
    -- One look by key for each, however large the table has become since the statement was planned.
    left join lateral (
        select standing.person_id, standing.booking_id, standing.turn_ends_at
        from lines.standing
        where
            standing.service_id = asked.service_id and standing.line_id = asked.line_id
            and standing.person_id = asked.person_id
        order by standing.person_id
        limit 1
    ) as had on true
    where
        line.gathers_at <= %(now)s and line.closes_at > %(now)s and line.closed_at is null
        -- Who missed his turn may take a later number; everybody else keeps what he has.
        and (had.person_id is null or had.booking_id is null and had.turn_ends_at <= %(now)s)
),
counted as (
    update lines.line set last_number = newest.next_number
    from (
        select joining.service_id, joining.line_id, max(joining.next_number) as next_number
        from joining
        where joining.is_open
        group by joining.service_id, joining.line_id
    ) as newest
    where line.service_id = newest.service_id and line.line_id = newest.line_id
)
insert into lines.place (service_id, line_id, person_id, label, joined_at, number)
select
    joining.service_id, joining.line_id, joining.person_id, joining.label, %(now)s,
    case when joining.is_open then joining.next_number end
from joining
on conflict (person_id, service_id, line_id) do update
    set joined_at = excluded.joined_at, number = excluded.number, extended_at = null;

-- name: places
select
    line.gathers_at, line.closes_at, line.closed_at, had.service_id, had.line_id, had.person_id, had.label,
    had.joined_at, had.number, had.extended_at, had.let_in_at, had.turn_ends_at, had.booking_id, had.asked_key
from json_to_recordset(%(asked)s::json) as asked (nth integer, service_id text, line_id text, person_id uuid)
left join lines.line on line.service_id = asked.service_id and line.line_id = asked.line_id
-- As in `join`.
left join lateral (
    select
        standing.service_id, standing.line_id, standing.person_id, standing.label, standing.joined_at, standing.number,
        standing.extended_at, standing.let_in_at, standing.turn_ends_at, standing.booking_id, standing.asked_key
    from lines.standing
    where
        standing.service_id = asked.service_id and standing.line_id = asked.line_id
        and standing.person_id = asked.person_id
    order by standing.person_id
    limit 1
) as had on true
order by asked.nth;

-- name: places_of
select
    service_id, line_id, person_id, label, joined_at, number, extended_at, let_in_at, turn_ends_at, booking_id,
    asked_key
from lines.standing
where person_id = %(person_id)s
order by joined_at desc
limit 50;

-- name: slots_asked
select slot.line_id is not null as is_offered
from json_to_recordset(%(asked)s::json) as asked (nth integer, service_id text, line_id text, slot_id text)
left join lines.slot
    on slot.service_id = asked.service_id and slot.line_id = asked.line_id and slot.slot_id = asked.slot_id
order by asked.nth;

-- name: mark_acted
update lines.place
set acted_at = %(now)s, booking_id = taken.booking_id, asked_key = decode(taken.asked_key, 'base64')
from json_to_recordset(%(taken)s::json)
    as taken (service_id text, line_id text, person_id uuid, booking_id uuid, asked_key text)
where
    place.service_id = taken.service_id and place.line_id = taken.line_id and place.person_id = taken.person_id;

-- name: extend
update lines.place set extended_at = %(now)s
where service_id = %(service_id)s and line_id = %(line_id)s and person_id = %(person_id)s;

-- name: leave
delete from lines.place
where service_id = %(service_id)s and line_id = %(line_id)s and person_id = %(person_id)s;

-- name: gathered_labels
select label
from lines.place
where
    service_id = %(service_id)s and line_id = %(line_id)s and number is null and joined_at < %(opens_at)s
order by label;

-- name: number_everybody
with ordered as (
    select
        place.person_id,
        row_number() over (
            order by
                place.joined_at >= %(opens_at)s,
                case when place.joined_at < %(opens_at)s then sha256(%(key)s::bytea || convert_to(place.label, 'UTF8')) end,
                case when place.joined_at >= %(opens_at)s then place.joined_at end,
                place.label, place.person_id
        ) as number
    from lines.place
    where place.service_id = %(service_id)s and place.line_id = %(line_id)s and place.number is null
)
update lines.place set number = ordered.number
from ordered
where
    place.service_id = %(service_id)s and place.line_id = %(line_id)s and place.person_id = ordered.person_id;

-- name: insert_gathered
insert into lines.gathered (service_id, line_id, labels)
values (%(service_id)s, %(line_id)s, %(labels)s);

-- name: gathered
select labels
from lines.gathered
where service_id = %(service_id)s and line_id = %(line_id)s;

-- name: save_opening
update lines.line
set
    opened_at = %(now)s, gathered = %(gathered)s, gathered_root = %(gathered_root)s, opened_entry_id = %(entry_id)s,
    last_number = %(last_number)s
where service_id = %(service_id)s and line_id = %(line_id)s;

-- name: save_closing
update lines.line set closed_at = %(now)s, closed_entry_id = %(entry_id)s
where service_id = %(service_id)s and line_id = %(line_id)s;

-- name: waves
select
    coalesce(max(wave.up_to_number), 0) as let_in,
    coalesce(max(wave.up_to_number) filter (where wave.at + make_interval(secs => line.act_seconds) <= %(now)s), 0)
        as ended,
    coalesce(
        max(wave.up_to_number)
        filter (where wave.at + make_interval(secs => line.act_seconds + line.extend_seconds) <= %(now)s),
        0
    ) as surely_ended,
    coalesce(max(wave.up_to_number) filter (where wave.at <= %(before)s), 0) as before
from lines.line
left join lines.wave on wave.service_id = line.service_id and wave.line_id = line.line_id
where line.service_id = %(service_id)s and line.line_id = %(line_id)s;

-- name: inside
select count(*) as people
from lines.standing
where
    service_id = %(service_id)s and line_id = %(line_id)s and number > %(after)s and number <= %(up_to)s
    and booking_id is null and turn_ends_at > %(now)s;

-- name: acted_among
select count(*) as people
from lines.place
where
    service_id = %(service_id)s and line_id = %(line_id)s and number > %(after)s and number <= %(up_to)s
    and booking_id is not null;

-- name: number_of_next
select max(following.number) as number
from (
    select number
    from lines.place
    where service_id = %(service_id)s and line_id = %(line_id)s and number > %(after)s
    order by number
    limit %(count)s
) as following;

-- name: insert_wave
insert into lines.wave (service_id, line_id, up_to_number, at)
select
    %(service_id)s, %(line_id)s, %(up_to_number)s,
    -- Never earlier than the wave before, whatever the clock of this machine says.
    greatest(%(now)s::timestamptz, max(wave.at))
from lines.wave
where wave.service_id = %(service_id)s and wave.line_id = %(line_id)s;
