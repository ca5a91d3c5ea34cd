-- Statistics: when the parts of the platform were up.
set local role dawr_owner;

create schema statistics;

-- One row for each stretch of time in which a process said every few seconds that it is alive and reaches the database.
-- A process that was silent for too long begins a new stretch, so that the gap stays to be seen.
create table statistics.heartbeat (
    part text not null,
    process_id uuid not null,
    began_at timestamptz not null,
    beat_at timestamptz not null,
    constraint one_stretch_per_process_and_beginning primary key (process_id, began_at),
    constraint part_is_known check (part in ('web', 'worker')),
    constraint a_stretch_ends_after_it_begins check (beat_at >= began_at)
) with (fillfactor = 50);
create index heartbeat_by_end on statistics.heartbeat (part, beat_at);

grant usage on schema statistics to dawr_app, dawr_reader;
grant select, insert, update (beat_at), delete on statistics.heartbeat to dawr_app;

reset role;
