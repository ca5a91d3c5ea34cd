-- Visitors who were not let in, and what each was given instead. Keyed by office, as all of the gates.
set local role dawr_owner;

create table gates.refused (
    office_id text not null,
    refused_id uuid not null default gen_random_uuid(),
    person_id uuid not null,
    -- Who read his card and helps him; null where he opened the page himself.
    officer_id uuid,
    reason text not null,
    service_id text,
    scan_id uuid,
    refused_at timestamptz not null,
    constraint refused_visitor_is_known_once primary key (office_id, refused_id),
    constraint reason_is_known check (reason in (
        'too_early', 'too_late', 'wrong_office', 'wrong_service', 'wrong_day', 'used', 'cancelled', 'suspended', 'not_ours',
        'damaged_code', 'identity_mismatch', 'status_list_stale', 'no_ticket'
    )),
    constraint whoever_helps_himself_was_scanned check (officer_id is not null or scan_id is not null),
    constraint no_officer_helps_himself check (officer_id <> person_id)
);
create index refused_by_person on gates.refused (person_id, refused_at);

create table gates.remedy (
    office_id text not null,
    refused_id uuid not null,
    officer_id uuid,
    scan_id uuid,
    kind text not null,
    service_id text not null,
    -- A turn has its booking; a chance has the line or the draw that it is in.
    booking_id uuid,
    release_id text,
    day_on date not null,
    -- Whoever was refused without a scan rests on the officer's word alone, so these are counted.
    unscanned_number smallint,
    given_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint one_remedy_per_refused_visitor primary key (office_id, refused_id),
    constraint remedy_is_of_a_refused_visitor foreign key (office_id, refused_id) references gates.refused,
    constraint one_remedy_per_scan unique (office_id, scan_id),
    constraint remedy_is_known check (kind in ('moved', 'given', 'in_line', 'in_draw')),
    constraint a_turn_has_a_booking check ((kind in ('moved', 'given')) = (booking_id is not null)),
    constraint a_chance_has_a_release check ((kind in ('in_line', 'in_draw')) = (release_id is not null)),
    constraint remedies_without_a_scan_are_counted unique (office_id, officer_id, day_on, unscanned_number),
    constraint twenty_remedies_a_day_without_a_scan check (unscanned_number between 1 and 20),
    constraint what_was_not_scanned_is_counted
    check ((scan_id is null) = (unscanned_number is not null) and (scan_id is not null or officer_id is not null))
);

grant select, insert on gates.refused, gates.remedy to dawr_app;
-- The reader counts; who was refused is not his to see.
revoke all on gates.refused, gates.remedy from dawr_reader;
grant select (office_id, refused_id, officer_id, reason, service_id, scan_id, refused_at) on gates.refused to dawr_reader;
grant select (
    office_id, refused_id, officer_id, scan_id, kind, service_id, release_id, day_on, unscanned_number, given_at, log_entry_id
) on gates.remedy to dawr_reader;

reset role;
