-- name: open_day
insert into capacity.day_total (service_id, day_on)
values (%(service_id)s, %(day_on)s)
on conflict (service_id, day_on) do nothing;

-- name: lock_day
select seats
from capacity.day_total
where service_id = %(service_id)s and day_on = %(day_on)s
for update;

-- name: change_day
update capacity.day_total
set seats = %(seats)s, quota = %(quota)s
where service_id = %(service_id)s and day_on = %(day_on)s;

-- name: give_day_back
update capacity.day_total
set seats = seats - %(seats)s
where service_id = %(service_id)s and day_on = %(day_on)s;

-- name: give_hall_back
update capacity.hall_day
set people_per_hour = people_per_hour - %(people_per_hour)s
where office_id = %(office_id)s and day_on = %(day_on)s;

-- name: open_hall
insert into capacity.hall_day (office_id, day_on, hall_limit)
values (%(office_id)s, %(day_on)s, %(hall_limit)s)
on conflict (office_id, day_on) do nothing;

-- name: lock_hall
select people_per_hour
from capacity.hall_day
where office_id = %(office_id)s and day_on = %(day_on)s
for update;

-- name: change_hall
update capacity.hall_day
set people_per_hour = %(people_per_hour)s, hall_limit = %(hall_limit)s
where office_id = %(office_id)s and day_on = %(day_on)s;

-- name: newest_plan
select
    service_id, office_id, day_on, revision, staff_on_roster, share_percent, minutes_per_visit, hall_limit,
    hall_taken, department_view, quota_left, people_per_hour, seats, reason, set_by, set_at
from capacity.plan
where service_id = %(service_id)s and office_id = %(office_id)s and day_on = %(day_on)s
order by revision desc
limit 1;

-- name: newest_plans_of_office
select distinct on (day_on, service_id)
    service_id, office_id, day_on, revision, staff_on_roster, share_percent, minutes_per_visit, hall_limit,
    hall_taken, department_view, quota_left, people_per_hour, seats, reason, set_by, set_at
from capacity.plan
where office_id = %(office_id)s and day_on >= %(from_on)s
order by day_on asc, service_id asc, revision desc
limit 1000;

-- name: save_plan
insert into capacity.plan (
    service_id, office_id, day_on, revision, staff_on_roster, share_percent, minutes_per_visit, hall_limit,
    hall_taken, department_view, quota_left, people_per_hour, seats, reason, set_by, set_at
) values (
    %(service_id)s, %(office_id)s, %(day_on)s, %(revision)s, %(staff_on_roster)s, %(share_percent)s,
    %(minutes_per_visit)s, %(hall_limit)s, %(hall_taken)s, %(department_view)s, %(quota_left)s,
    %(people_per_hour)s, %(seats)s, %(reason)s, %(set_by)s, %(set_at)s
);
