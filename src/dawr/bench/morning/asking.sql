-- name: places
select person_id, number, booking_id is not null as has_booking
from lines.place
where line_id = %(line_id)s;

-- name: bookings
select count(*) as bookings, count(distinct person_id) as people
from booking.booking
where state = 'confirmed';

-- name: oversold
select coalesce(sum(greatest(taken - seats, 0)), 0)::bigint as seats
from booking.slot;

-- name: stopped
select reason, sum(requests)::bigint as requests
from flood.stopped
group by reason
order by requests desc;
