-- name: entered
select count(*) as stored, count(*) - count(distinct person_id) as oversold
from releases.entrant
where draw_id = %(draw_id)s and person_id between %(first)s and %(last)s;

-- name: booked
with per_slot as (
    select slot.seats, slot.taken, count(booking.booking_id) as booked
    from booking.slot
    left join booking.booking
        on booking.service_id = slot.service_id and booking.slot_id = slot.slot_id and booking.state = 'confirmed'
    where slot.service_id = %(service_id)s and slot.slot_id = any(%(slot_ids)s)
    group by slot.slot_id, slot.seats, slot.taken
)
select
    sum(seats)::bigint as seats, sum(booked)::bigint as stored, sum(greatest(booked - seats, 0))::bigint as oversold,
    sum(abs(booked - taken))::bigint as miscounted
from per_slot;

-- name: add_entrants
insert into releases.entrant (service_id, draw_id, person_id, label, line, entered_at, asked_key)
select
    %(service_id)s, %(draw_id)s, gen_random_uuid(), named.label, named.label, %(now)s,
    uuid_send(gen_random_uuid())
from generate_series(%(first)s::bigint, %(last)s::bigint) as number
cross join lateral (
    -- A different one for each number, scattered as labels of chance are.
    select upper(lpad(to_hex((number * 618033988749) & 1099511627775), 10, '0')) as label
) as named;

-- name: delay_flushes
alter system set commit_delay = 2000;

-- name: delay_flushes_of_everybody
alter system set commit_siblings = 0;

-- name: delay_no_flush
alter system reset all;

-- name: read_settings_again
select pg_reload_conf();

-- name: vacuum_entrants
vacuum (analyze) releases.entrant;
