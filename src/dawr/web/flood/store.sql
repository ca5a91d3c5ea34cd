-- name: spend_challenge
insert into flood.spent_challenge (name, expires_at)
values (%(name)s, %(expires_at)s)
on conflict (name) do nothing;

-- name: forget_expired
delete from flood.spent_challenge
where expires_at < %(now)s;

-- name: add_stopped
insert into flood.stopped (day_on, reason, requests)
select %(day_on)s, counted.reason, counted.requests
from unnest(%(reasons)s::text [], %(requests)s::bigint []) as counted (reason, requests)
order by counted.reason
on conflict (day_on, reason) do update set requests = stopped.requests + excluded.requests;

-- name: stopped_on
select reason, requests
from flood.stopped
where day_on = %(day_on)s
order by requests desc, reason;

-- name: without_waiting_for_the_disk
select set_config('synchronous_commit', 'off', true);
