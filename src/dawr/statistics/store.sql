-- name: beat
with extended as (
    update statistics.heartbeat set beat_at = greatest(beat_at, %(now)s)
    where process_id = %(process_id)s and beat_at >= %(silent_since)s
    returning process_id
)
insert into statistics.heartbeat (part, process_id, began_at, beat_at)
select %(part)s, %(process_id)s, %(now)s, %(now)s
where not exists (select from extended)
on conflict (process_id, began_at) do nothing;

-- name: stretches
select part, began_at, beat_at
from statistics.heartbeat
where beat_at >= %(since)s
order by began_at;

-- name: forget_beats
delete from statistics.heartbeat
where beat_at < %(before)s;
