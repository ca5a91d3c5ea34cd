-- Gates that work with no network: their devices, lanes and shifts, and the day packs that were made for them. All of it
-- is keyed by office: it is as large as the people who work there.
set local role dawr_owner;

create schema gates;

create table gates.device (
    device_id uuid not null default gen_random_uuid() constraint device_is_added_once primary key,
    office_id text not null,
    name text not null,
    lane smallint not null,
    added_by uuid not null,
    added_at timestamptz not null,
    -- Half of the enrolment code finds the device, the other half proves it; both stand here as hashes under a key that
    -- the database never sees.
    code_lookup bytea,
    code_hash bytea,
    code_ends_at timestamptz,
    code_tries smallint not null default 0,
    last_seen_at timestamptz,
    -- As the device last said; null where it has not.
    records_waiting integer,
    revoked_at timestamptz,
    constraint device_has_a_name check (char_length(name) between 1 and 40),
    constraint lanes_are_counted_from_one check (lane between 1 and 20),
    constraint an_enrolment_code_is_whole
    check ((code_lookup is null) = (code_hash is null) and (code_lookup is null) = (code_ends_at is null)),
    constraint an_enrolment_code_is_hashed check (octet_length(code_lookup) = 32 and octet_length(code_hash) = 32),
    constraint an_enrolment_code_is_tried_five_times check (code_tries between 0 and 5),
    constraint records_that_wait_are_counted check (records_waiting >= 0)
);
create unique index one_live_device_per_lane on gates.device (office_id, lane) where revoked_at is null;
create unique index one_live_device_per_name on gates.device (office_id, name) where revoked_at is null;
create index device_by_code on gates.device (code_lookup) where code_lookup is not null;

-- The public halves of the keys that a device made for itself: once, and for its whole life.
create table gates.device_key (
    device_id uuid not null constraint a_device_is_enrolled_once primary key,
    signing_key bytea not null,
    agreement_key bytea not null,
    enrolled_at timestamptz not null,
    log_entry_id bigint not null,
    constraint device_key_is_of_a_device foreign key (device_id) references gates.device,
    constraint device_keys_are_two_coordinates
    check (octet_length(signing_key) = 64 and octet_length(agreement_key) = 64),
    constraint one_key_signs_and_another_agrees check (signing_key <> agreement_key),
    constraint a_key_is_of_one_device unique (signing_key)
);

create function gates.refuse_revival() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'a_revoked_device_stays_revoked',
        message = 'a revoked device stays revoked';
end
$$;

create trigger a_revoked_device_stays_revoked before update on gates.device
for each row when (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
execute function gates.refuse_revival();

-- What a branch head did against the usual course, and why. The public log holds the reason's hash under its key.
create table gates.override (
    office_id text not null,
    override_id uuid not null default gen_random_uuid(),
    head_id uuid not null,
    what text not null,
    device_id uuid,
    reason text not null,
    reason_key bytea not null,
    log_entry_id bigint not null,
    made_at timestamptz not null,
    constraint override_is_made_once primary key (office_id, override_id),
    constraint override_is_known
    check (what in ('device_revoked', 'device_moved', 'lanes_changed', 'shift_ended', 'online_gate_reopened')),
    constraint override_has_a_reason check (char_length(reason) between 1 and 200),
    constraint override_reason_has_a_key check (octet_length(reason_key) = 32),
    constraint override_is_about_a_device foreign key (device_id) references gates.device
);
create index override_by_time on gates.override (office_id, made_at);

-- How many lanes are open on an office's day: fixed with the day's first pack, changed afterwards by an override alone.
create table gates.lane_plan (
    office_id text not null,
    day_on date not null,
    revision smallint not null,
    lanes_open smallint not null,
    made_at timestamptz not null,
    override_id uuid,
    constraint one_lane_plan_per_revision primary key (office_id, day_on, revision),
    constraint a_gate_has_open_lanes check (lanes_open between 1 and 20),
    constraint lanes_change_by_an_override_alone check (revision > 0 and (revision = 1) = (override_id is null)),
    constraint lanes_change_for_a_reason foreign key (office_id, override_id) references gates.override
);

create table gates.shift (
    shift_id uuid not null default gen_random_uuid() constraint shift_is_opened_once primary key,
    office_id text not null,
    day_on date not null,
    device_id uuid not null,
    guard_id uuid not null,
    lane smallint not null,
    -- The lane that the day's rota gave the guard; null for whoever was not in it.
    lane_proposed smallint,
    opens_at timestamptz not null,
    ends_at timestamptz not null,
    closed_at timestamptz,
    constraint shift_is_on_a_device foreign key (device_id) references gates.device,
    constraint shift_ends_after_it_opens check (ends_at > opens_at and closed_at >= opens_at),
    constraint shift_is_within_a_day check (ends_at <= opens_at + interval '26 hours')
);
create unique index one_open_shift_per_device on gates.shift (device_id, day_on) where closed_at is null;
create unique index one_open_shift_per_guard on gates.shift (guard_id, day_on) where closed_at is null;
create index shift_by_day on gates.shift (office_id, day_on);

create table gates.pack (
    pack_id uuid not null default gen_random_uuid() constraint pack_is_made_once primary key,
    shift_id uuid not null,
    office_id text not null,
    device_id uuid not null,
    day_on date not null,
    lanes_open smallint not null,
    tickets integer not null,
    built_at timestamptz not null,
    constraint pack_is_for_a_shift foreign key (shift_id) references gates.shift,
    constraint tickets_of_a_pack_are_counted check (tickets >= 0 and lanes_open > 0)
);
create index pack_by_shift on gates.pack (shift_id, built_at);

grant usage on schema gates to dawr_app, dawr_reader;
grant select, insert on
gates.device, gates.device_key, gates.override, gates.lane_plan, gates.shift, gates.pack
to dawr_app;
grant update (
    lane, code_lookup, code_hash, code_ends_at, code_tries, last_seen_at, records_waiting, revoked_at
) on gates.device to dawr_app;
grant update (closed_at) on gates.shift to dawr_app;

revoke all on all tables in schema gates from dawr_reader;
-- An auditor sees which devices there are, who was on shift and what was overridden; no code of theirs, nor its hash.
grant select (
    device_id, office_id, name, lane, added_by, added_at, last_seen_at, records_waiting, revoked_at
) on gates.device to dawr_reader;
grant select on gates.device_key, gates.override, gates.lane_plan, gates.shift, gates.pack to dawr_reader;

reset role;
