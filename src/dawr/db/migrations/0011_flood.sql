-- Flood: what the web processes must agree on. Everything else about a flood lives in each of them and may be lost.
set local role dawr_owner;

create schema flood;

-- A proof of work, or a wait, is worth one pass.
create table flood.spent_challenge (
    name bytea not null,
    expires_at timestamptz not null,
    constraint a_challenge_is_spent_once primary key (name),
    constraint a_challenge_has_16_bytes check (octet_length(name) = 16)
);
create index spent_challenge_by_end on flood.spent_challenge (expires_at);

-- Requests stopped, by day (UTC) and reason; added up by every process, about once a second.
create table flood.stopped (
    day_on date not null,
    reason text not null,
    requests bigint not null,
    constraint stopped_is_counted_once_per_day_and_reason primary key (day_on, reason),
    constraint stopped_requests_are_some check (requests > 0)
) with (fillfactor = 50);

grant usage on schema flood to dawr_app, dawr_reader;
grant select, insert, delete on flood.spent_challenge to dawr_app;
grant select, insert, update on flood.stopped to dawr_app;
revoke all on flood.spent_challenge from dawr_reader;
grant select on flood.stopped to dawr_reader;

reset role;
