-- name: publish_slot
insert into booking.slot (service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, published_at)
values (%(service_id)s, %(slot_id)s, %(office_id)s, %(day_on)s, %(starts_at)s, %(ends_at)s, %(seats)s, %(now)s)
-- Seats that are added are no left-overs: whoever waits is asked first.
on conflict (service_id, slot_id) do update
set seats = excluded.seats, is_left_over = booking.slot.is_left_over and excluded.seats < booking.slot.seats
where booking.slot.seats <> excluded.seats;

-- name: slot
select service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, taken, promised, is_left_over
from booking.slot
where service_id = %(service_id)s and slot_id = %(slot_id)s;

-- name: slots
select service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, taken, promised, is_left_over
from booking.slot
where service_id = %(service_id)s and slot_id = any(%(slot_ids)s)
order by starts_at, slot_id;

-- name: slots_between
select service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, taken, promised, is_left_over
from booking.slot
where service_id = %(service_id)s and starts_at >= %(starts_at)s and starts_at < %(ends_at)s and seats > 0
order by starts_at, slot_id
limit 20000;

-- name: withdraw_slots
update booking.slot set seats = 0
where service_id = %(service_id)s and slot_id = any(%(slot_ids)s);

-- name: days_with_slots
select distinct day_on
from booking.slot
where service_id = %(service_id)s and day_on >= %(from_on)s
order by day_on;

-- name: lock_slots
select day_on
from booking.slot
where service_id = %(service_id)s and slot_id = any(%(slot_ids)s)
order by slot_id
for no key update;

-- name: lock_slots_of_days
select slot_id
from booking.slot
where service_id = %(service_id)s and day_on = any(%(days_on)s)
order by slot_id
for no key update;

-- name: lock_quotas
select day_on
from booking.daily_quota
where service_id = %(service_id)s and day_on = any(%(days_on)s)
order by day_on
for no key update;

-- name: promise_seats
update booking.slot set promised = seats, is_left_over = false
where service_id = %(service_id)s and slot_id = any(%(slot_ids)s);

-- name: end_promise
update booking.slot set promised = 0, is_left_over = true
where service_id = %(service_id)s and slot_id = any(%(slot_ids)s);

-- name: left_over
select service_id, slot_id, office_id, day_on, starts_at, ends_at, seats, taken, promised, is_left_over
from booking.slot
where
    slot.service_id = %(service_id)s and slot.is_left_over and slot.taken < slot.seats
    and slot.starts_at > %(after)s and slot.starts_at < %(until)s
    and not exists (
        select from booking.daily_quota
        where
            daily_quota.service_id = slot.service_id and daily_quota.day_on = slot.day_on
            and daily_quota.quota <= (
                select sum(greatest(same_day.promised, same_day.taken))
                from booking.slot as same_day
                where same_day.service_id = slot.service_id and same_day.day_on = slot.day_on
            )
    )
order by slot.starts_at, slot.slot_id
limit 1000;

-- name: seats_spoken_for
select day_on, sum(greatest(promised, taken))::integer as seats
from booking.slot
where service_id = %(service_id)s and day_on = any(%(days_on)s)
group by day_on
order by day_on;

-- name: references_used
select reference
from booking.booking
where reference = any(%(new_references)s) and service_id = %(service_id)s;

-- name: offer_seats
with offered as (
    insert into booking.booking
    (service_id, person_id, slot_id, state, reference, offered_until, made_at, changed_at)
    select
        %(service_id)s, wanted.person_id, wanted.slot_id, 'offered', wanted.reference,
        least(%(until)s, slot.starts_at - %(before_start)s), %(now)s, %(now)s
    from unnest(%(person_ids)s::uuid [], %(slot_ids)s::text [], %(new_references)s::text [])
        as wanted (person_id, slot_id, reference)
    left join booking.slot on slot.service_id = %(service_id)s and slot.slot_id = wanted.slot_id
    -- In one order, so that two offers to the same people wait for each other and never in a circle.
    order by wanted.person_id
    on conflict (person_id, service_id) where state in ('offered', 'confirmed') do nothing
    returning booking_id, person_id, slot_id
),
per_slot as (
    select slot_id, count(*) as n
    from offered
    group by slot_id
),
seated as (
    update booking.slot set taken = slot.taken + per_slot.n
    from per_slot
    where slot.service_id = %(service_id)s and slot.slot_id = per_slot.slot_id
    returning slot.day_on, per_slot.n
),
per_day as (
    select day_on, sum(n) as n
    from seated
    group by day_on
),
counted as (
    update booking.daily_quota set taken = daily_quota.taken + per_day.n
    from per_day
    where daily_quota.service_id = %(service_id)s and daily_quota.day_on = per_day.day_on
)
select booking_id, person_id, slot_id
from offered;

-- name: take_seats
-- What is known of an ask is carried along from step to step: to join some hundred asks with themselves at each step
-- would cost more than all the rest.
with wanted as (
    select
        asked.service_id, asked.person_id, asked.slot_id, asked.reference, asked.asked_key, asked.number,
        had.booking_id as known_id, had.is_same_request
    from (
        select
            sent.number, sent.service_id, sent.person_id, sent.slot_id, sent.reference,
            decode(sent.asked_key, 'base64') as asked_key
        from
            json_to_recordset(%(asked)s::json) as sent (
                number integer, service_id text, person_id uuid, slot_id text, reference text, asked_key text
            )
    ) as asked
    left join lateral (
        select booking.booking_id, coalesce(booking.asked_key = asked.asked_key, false) as is_same_request
        from booking.booking
        where
            booking.service_id = asked.service_id and booking.person_id = asked.person_id
            and (booking.asked_key = asked.asked_key or booking.state in ('offered', 'confirmed'))
        order by coalesce(booking.asked_key = asked.asked_key, false) desc
        limit 1
    ) as had on true
),
held as (
    select slot.service_id, slot.slot_id, slot.day_on, slot.starts_at, slot.seats - slot.taken as free
    from booking.slot
    where (slot.service_id, slot.slot_id) in (select wanted.service_id, wanted.slot_id from wanted)
    order by slot.service_id, slot.slot_id
    for no key update
),
held_days as (
    select daily_quota.service_id, daily_quota.day_on, daily_quota.quota - daily_quota.taken as free
    from booking.daily_quota
    where (daily_quota.service_id, daily_quota.day_on) in (select held.service_id, held.day_on from held)
    order by daily_quota.service_id, daily_quota.day_on
    for no key update
),
one_each as (
    select
        wanted.service_id, wanted.person_id, wanted.slot_id, wanted.reference, wanted.asked_key, wanted.number,
        wanted.known_id, wanted.is_same_request,
        row_number() over (
            partition by wanted.service_id, wanted.person_id, wanted.known_id is null order by wanted.number
        ) as nth
    from wanted
),
placed as (
    select
        one_each.service_id, one_each.person_id, one_each.slot_id, one_each.reference, one_each.asked_key,
        one_each.number, one_each.known_id, one_each.is_same_request, one_each.nth, held.day_on, held.starts_at,
        held.free, one_each.known_id is null and one_each.nth = 1 and held.starts_at > %(now)s as is_asking
    from one_each
    left join held on held.service_id = one_each.service_id and held.slot_id = one_each.slot_id
),
in_slot as (
    select
        placed.service_id, placed.person_id, placed.slot_id, placed.reference, placed.asked_key, placed.number,
        placed.known_id, placed.is_same_request, placed.nth, placed.day_on, placed.starts_at, placed.is_asking,
        placed.free >= row_number() over (
            partition by placed.service_id, placed.slot_id, placed.is_asking order by placed.number
        ) as has_seat
    from placed
),
in_day as (
    select
        in_slot.service_id, in_slot.person_id, in_slot.slot_id, in_slot.reference, in_slot.asked_key, in_slot.number,
        in_slot.known_id, in_slot.is_same_request, in_slot.nth, in_slot.starts_at, in_slot.is_asking, in_slot.has_seat,
        held_days.free is null or held_days.free >= row_number() over (
            partition by in_slot.service_id, in_slot.day_on, in_slot.is_asking and in_slot.has_seat
            order by in_slot.number
        ) as is_within_quota
    from in_slot
    left join held_days on held_days.service_id = in_slot.service_id and held_days.day_on = in_slot.day_on
),
made as (
    insert into booking.booking
    (service_id, person_id, slot_id, state, reference, asked_key, made_at, changed_at)
    select
        in_day.service_id, in_day.person_id, in_day.slot_id, 'confirmed', in_day.reference, in_day.asked_key, %(now)s,
        %(now)s
    from in_day
    where in_day.is_asking and in_day.has_seat and in_day.is_within_quota
    order by in_day.service_id, in_day.person_id
    on conflict do nothing
    returning service_id, booking_id, person_id, slot_id
),
queued as (
    insert into booking.unlogged (service_id, made_at, booking_id)
    select made.service_id, %(now)s, made.booking_id
    from made
),
per_slot as (
    select service_id, slot_id, count(*) as n
    from made
    group by service_id, slot_id
),
seated as (
    update booking.slot set taken = slot.taken + per_slot.n
    from per_slot
    where slot.service_id = per_slot.service_id and slot.slot_id = per_slot.slot_id
    returning slot.service_id, slot.day_on, per_slot.n
),
per_day as (
    select service_id, day_on, sum(n) as n
    from seated
    group by service_id, day_on
),
counted as (
    update booking.daily_quota set taken = daily_quota.taken + per_day.n
    from per_day
    where daily_quota.service_id = per_day.service_id and daily_quota.day_on = per_day.day_on
)
select
    coalesce(in_day.known_id, made.booking_id) as booking_id,
    case
        when in_day.is_same_request then 'made'
        when in_day.known_id is not null then 'has_live_booking'
        when in_day.starts_at is null then 'no_such_slot'
        when in_day.starts_at <= %(now)s then 'begun'
        when in_day.nth > 1 then 'second_ask'
        when not in_day.has_seat then 'full'
        when not in_day.is_within_quota then 'quota_exceeded'
        when made.booking_id is null then 'ask_again'
        else 'made'
    end as outcome
from in_day
left join made on made.service_id = in_day.service_id and made.person_id = in_day.person_id and in_day.nth = 1
order by in_day.number;

-- name: take_unlogged
-- The rows first: of several workers each takes others.
with picked as (
    select unlogged.service_id, unlogged.made_at, unlogged.booking_id
    from booking.unlogged
    order by unlogged.service_id, unlogged.made_at, unlogged.booking_id
    limit %(count_max)s
    for update skip locked
),
taken as (
    delete from booking.unlogged
    using picked
    where
        unlogged.service_id = picked.service_id and unlogged.made_at = picked.made_at
        and unlogged.booking_id = picked.booking_id
    returning unlogged.service_id, unlogged.booking_id
)
select
    taken.service_id, taken.booking_id, booking.person_id, coalesce(moved.from_slot_id, booking.slot_id) as slot_id
from taken
inner join booking.booking on booking.service_id = taken.service_id and booking.booking_id = taken.booking_id
left join booking.move as moved
    on moved.service_id = taken.service_id and moved.booking_id = taken.booking_id and moved.number = 1
order by booking.made_at, taken.booking_id;


-- name: record_log_entries
update booking.booking set log_entry_id = logged.entry_id, log_salt = decode(logged.salt, 'base64')
from json_to_recordset(%(logged)s::json)
    as logged (service_id text, booking_id uuid, entry_id bigint, salt text)
where booking.service_id = logged.service_id and booking.booking_id = logged.booking_id;

-- name: give_back_seats
with per_slot as (
    select freed.slot_id, count(*) as n
    from unnest(%(slot_ids)s::text []) as freed (slot_id)
    group by freed.slot_id
),
seated as (
    update booking.slot set taken = slot.taken - per_slot.n
    from per_slot
    where slot.service_id = %(service_id)s and slot.slot_id = per_slot.slot_id
    returning slot.day_on, per_slot.n
),
per_day as (
    select day_on, sum(n) as n
    from seated
    group by day_on
)
update booking.daily_quota set taken = daily_quota.taken - per_day.n
from per_day
where daily_quota.service_id = %(service_id)s and daily_quota.day_on = per_day.day_on;

-- name: booking
select
    booking.service_id, booking.booking_id, booking.person_id, booking.slot_id, slot.office_id, slot.starts_at,
    slot.ends_at, booking.state, booking.reference, booking.offered_until, booking.made_at, booking.log_entry_id,
    booking.log_salt, booking.cancel_entry_id, booking.cancel_salt
from booking.booking
inner join booking.slot using (service_id, slot_id)
where booking.service_id = %(service_id)s and booking.booking_id = %(booking_id)s;

-- name: lock_booking
select booking_id
from booking.booking
where service_id = %(service_id)s and booking_id = %(booking_id)s
for no key update;

-- name: bookings_by_reference
select
    booking.service_id, booking.booking_id, booking.person_id, booking.slot_id, slot.office_id, slot.starts_at,
    slot.ends_at, booking.state, booking.reference, booking.offered_until, booking.made_at, booking.log_entry_id,
    booking.log_salt, booking.cancel_entry_id, booking.cancel_salt
from booking.slot
inner join booking.booking using (service_id, slot_id)
where slot.office_id = %(office_id)s and booking.reference = %(reference)s
order by slot.starts_at desc, booking.service_id
limit 100;

-- name: bookings_of
select
    booking.service_id, booking.booking_id, booking.person_id, booking.slot_id, slot.office_id, slot.starts_at,
    slot.ends_at, booking.state, booking.reference, booking.offered_until, booking.made_at, booking.log_entry_id,
    booking.log_salt, booking.cancel_entry_id, booking.cancel_salt
from booking.booking
inner join booking.slot using (service_id, slot_id)
where booking.person_id = %(person_id)s
order by slot.starts_at desc
limit 200;

-- name: bookings_at
select
    booking.service_id, booking.booking_id, booking.person_id, booking.slot_id, slot.office_id, slot.starts_at,
    slot.ends_at, booking.state, booking.reference, booking.offered_until, booking.made_at, booking.log_entry_id,
    booking.log_salt, booking.cancel_entry_id, booking.cancel_salt
from booking.slot
inner join booking.booking using (service_id, slot_id)
where slot.office_id = %(office_id)s and slot.day_on = %(day_on)s
order by slot.starts_at, booking.reference
limit 20000;

-- name: turns_held
select slot.day_on, booking.state in ('offered', 'confirmed') as is_live
from booking.booking
inner join booking.slot using (service_id, slot_id)
where
    booking.service_id = %(service_id)s and booking.person_id = %(person_id)s
    and booking.state in ('offered', 'confirmed', 'attended')
order by slot.day_on desc
limit 400;

-- name: turns_held_by
select asked.service_id, asked.person_id, turn.day_on, turn.is_live
from json_to_recordset(%(asked)s::json) as asked (service_id text, person_id uuid)
cross join lateral (
    -- Materialized, so that each person's few bookings are looked up, and then their slots; never the other way round.
    with held as materialized (
        select booking.slot_id, booking.state in ('offered', 'confirmed') as is_live
        from booking.booking
        where
            booking.service_id = asked.service_id and booking.person_id = asked.person_id
            and booking.state in ('offered', 'confirmed', 'attended')
    )
    select slot.day_on, held.is_live
    from held
    inner join booking.slot on slot.service_id = asked.service_id and slot.slot_id = held.slot_id
) as turn;

-- name: seats_kept_among
select booking.booking_id
from booking.booking
where
    booking.service_id = %(service_id)s and booking.booking_id = any(%(booking_ids)s)
    and booking.state <> 'cancelled' and booking.state <> 'lapsed'
    and not exists (
        select from booking.move
        where move.service_id = booking.service_id and move.booking_id = booking.booking_id
    );

-- name: states_of
select booking.service_id, booking.booking_id, booking.state
from json_to_recordset(%(asked)s::json) as asked (service_id text, booking_id uuid)
inner join booking.booking using (service_id, booking_id);

-- name: move_seat
with seated as (
    update booking.slot set taken = slot.taken + case when slot.slot_id = %(to_slot_id)s then 1 else -1 end
    where slot.service_id = %(service_id)s and slot.slot_id in (%(from_slot_id)s, %(to_slot_id)s)
    returning slot.day_on, case when slot.slot_id = %(to_slot_id)s then 1 else -1 end as n
),
per_day as (
    select day_on, sum(n) as n
    from seated
    group by day_on
),
counted as (
    update booking.daily_quota set taken = daily_quota.taken + per_day.n
    from per_day
    where daily_quota.service_id = %(service_id)s and daily_quota.day_on = per_day.day_on and per_day.n <> 0
)
update booking.booking set slot_id = %(to_slot_id)s, changed_at = %(now)s
where service_id = %(service_id)s and booking_id = %(booking_id)s and slot_id = %(from_slot_id)s;

-- name: add_move
insert into booking.move
(service_id, booking_id, number, from_slot_id, to_slot_id, moved_at, log_entry_id, log_salt)
values (
    %(service_id)s, %(booking_id)s, %(number)s, %(from_slot_id)s, %(to_slot_id)s, %(moved_at)s, %(log_entry_id)s,
    %(log_salt)s
);

-- name: moves_of
select number, from_slot_id, to_slot_id, moved_at, log_entry_id, log_salt
from booking.move
where service_id = %(service_id)s and booking_id = %(booking_id)s
order by number;

-- name: change_state
update booking.booking set state = %(state)s, changed_at = %(now)s
where service_id = %(service_id)s and booking_id = %(booking_id)s;

-- name: record_log_entry
update booking.booking set log_entry_id = %(entry_id)s, log_salt = %(salt)s
where service_id = %(service_id)s and booking_id = %(booking_id)s;

-- name: record_cancel_entry
update booking.booking set cancel_entry_id = %(entry_id)s, cancel_salt = %(salt)s
where service_id = %(service_id)s and booking_id = %(booking_id)s;

-- name: offers_past_their_end
select booking_id, slot_id
from booking.booking
where service_id = %(service_id)s and state = 'offered' and offered_until <= %(now)s
order by slot_id, booking_id
limit %(count_max)s;

-- name: services_with_offers_past_their_end
select distinct service_id
from booking.booking
where state = 'offered' and offered_until <= %(now)s
order by service_id;

-- name: lapse
update booking.booking set state = 'lapsed', changed_at = %(now)s
where
    service_id = %(service_id)s and booking_id = any(%(booking_ids)s) and state = 'offered' and offered_until <= %(now)s
returning slot_id;

-- name: mark_missed
update booking.booking set state = 'missed', changed_at = %(now)s
from booking.slot
where
    slot.service_id = booking.service_id and slot.slot_id = booking.slot_id and booking.state = 'confirmed'
    and slot.day_on < %(before_on)s;

-- name: set_daily_quota
insert into booking.daily_quota (service_id, day_on, quota, taken)
values (
    %(service_id)s, %(day_on)s, %(quota)s,
    (
        select coalesce(sum(slot.taken), 0)
        from booking.slot
        where slot.service_id = %(service_id)s and slot.day_on = %(day_on)s
    )
)
on conflict (service_id, day_on) do update set quota = excluded.quota;

-- name: daily_quotas
select day_on, quota, taken
from booking.daily_quota
where service_id = %(service_id)s and day_on = any(%(days_on)s)
order by day_on;

-- name: quotas_on
select service_id, day_on, quota, taken
from booking.daily_quota
where day_on = any(%(days_on)s)
order by service_id, day_on;
