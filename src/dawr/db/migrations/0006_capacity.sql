set local role dawr_owner;

create schema capacity;

-- What a branch head decided for a day, and all that the number of people an hour was worked out from.
create table capacity.plan (
    service_id text not null,
    office_id text not null,
    day_on date not null,
    revision integer not null,
    staff_on_roster integer not null,
    share_percent integer not null,
    minutes_per_visit integer not null,
    hall_limit integer not null,
    hall_taken integer not null,
    department_view integer,
    quota_left integer,
    people_per_hour integer not null,
    seats integer not null,
    reason text not null,
    set_by uuid not null,
    set_at timestamptz not null,
    constraint one_plan_per_revision primary key (service_id, office_id, day_on, revision),
    constraint plan_revisions_start_at_one check (revision > 0),
    constraint share_is_a_percentage check (share_percent between 0 and 100),
    constraint people_per_hour_never_negative check (people_per_hour >= 0),
    constraint people_per_hour_never_above_the_hall check (people_per_hour <= hall_limit - hall_taken),
    constraint people_per_hour_never_above_the_departments_view check (people_per_hour <= department_view),
    constraint seats_never_above_the_quota check (seats between 0 and quota_left),
    constraint plan_says_why check (reason <> '')
);

create index plan_by_office on capacity.plan (office_id, day_on);

-- What all offices together have published of a service for a day; quota null where the authority has set none.
create table capacity.day_total (
    service_id text not null,
    day_on date not null,
    quota integer,
    seats integer not null default 0,
    constraint one_total_per_service_and_day primary key (service_id, day_on),
    constraint published_never_exceeds_quota check (seats between 0 and coalesce(quota, seats))
);

-- People an hour whom all services of an office together have asked to one hall.
create table capacity.hall_day (
    office_id text not null,
    day_on date not null,
    hall_limit integer not null,
    people_per_hour integer not null default 0,
    constraint one_hall_per_office_and_day primary key (office_id, day_on),
    constraint hall_never_overcrowded check (people_per_hour between 0 and hall_limit)
);

grant usage on schema capacity to dawr_app, dawr_reader;
grant select on all tables in schema capacity to dawr_app, dawr_reader;
grant insert on capacity.plan to dawr_app;
grant insert, update on capacity.day_total, capacity.hall_day to dawr_app;

reset role;
