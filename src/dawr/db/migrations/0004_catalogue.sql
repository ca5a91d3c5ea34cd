set local role dawr_owner;

create schema catalogue;

-- Every fact says since when, until when (that day excluded) and by which decision.
create table catalogue.source (
    source_id text constraint one_source_per_id primary key,
    issuer text not null,
    issuer_ar text not null,
    issuer_en text not null,
    title_ar text not null,
    title_en text not null,
    issued_on date not null,
    kind text not null,
    constraint source_kind_is_known check (kind in ('decision', 'circular', 'report', 'demonstration'))
);

create table catalogue.authority (
    authority_id text constraint one_authority_per_id primary key,
    name_ar text not null,
    name_en text not null,
    country_ar text not null,
    country_en text not null,
    site text not null,
    timezone text not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint authority_has_a_source references catalogue.source deferrable initially deferred,
    constraint authority_id_is_short check (char_length(authority_id) between 4 and 8),
    constraint authority_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.department (
    department_id text constraint one_department_per_id primary key,
    authority_id text not null
    constraint department_belongs_to_an_authority references catalogue.authority deferrable initially deferred,
    name_ar text not null,
    name_en text not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint department_has_a_source references catalogue.source deferrable initially deferred,
    constraint department_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.office (
    office_id text constraint one_office_per_id primary key,
    authority_id text not null
    constraint office_belongs_to_an_authority references catalogue.authority deferrable initially deferred,
    department_id text not null
    constraint office_belongs_to_a_department references catalogue.department deferrable initially deferred,
    code text not null,
    name_ar text not null,
    name_en text not null,
    place_ar text not null,
    place_en text not null,
    governorate text not null,
    governorate_ar text not null,
    governorate_en text not null,
    timezone text not null,
    latitude double precision not null,
    longitude double precision not null,
    hall_limit integer not null,
    figures_source_id text not null
    constraint office_figures_have_a_source references catalogue.source deferrable initially deferred,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint office_has_a_source references catalogue.source deferrable initially deferred,
    constraint office_id_names_its_authority_and_code check (office_id = authority_id || '/' || code),
    constraint office_is_on_earth check (latitude between -90 and 90 and longitude between -180 and 180),
    constraint hall_holds_somebody check (hall_limit > 0),
    constraint office_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.hours (
    office_id text not null
    constraint hours_belong_to_an_office references catalogue.office deferrable initially deferred,
    shift text not null,
    weekdays text [] not null,
    opens time not null,
    closes time not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint hours_have_a_source references catalogue.source deferrable initially deferred,
    constraint one_set_of_hours_per_shift_and_day primary key (office_id, shift, from_on),
    constraint shift_is_known check (shift in ('morning', 'evening')),
    constraint hours_close_after_they_open check (closes > opens),
    constraint hours_end_after_they_start check (until_on > from_on)
);

create table catalogue.service (
    service_id text constraint one_service_per_id primary key,
    authority_id text not null
    constraint service_belongs_to_an_authority references catalogue.authority deferrable initially deferred,
    department_id text not null
    constraint service_belongs_to_a_department references catalogue.department deferrable initially deferred,
    code text not null,
    name_ar text not null,
    name_en text not null,
    summary_ar text not null,
    summary_en text not null,
    channel text not null,
    first_time text not null,
    served_at text not null,
    tier text not null,
    minutes_per_visit integer not null,
    done_within_days integer not null,
    times_a_year_max integer,
    may_act text [] not null,
    may_not_act text [] not null,
    has_restriction_check boolean not null,
    opened_by text,
    figures_source_id text not null
    constraint service_figures_have_a_source references catalogue.source deferrable initially deferred,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint service_has_a_source references catalogue.source deferrable initially deferred,
    constraint service_id_names_its_authority_and_code check (service_id = authority_id || '/' || code),
    constraint service_code_is_short check (char_length(code) between 1 and 12),
    constraint service_channel_is_known check (channel in ('online', 'in_person', 'both')),
    constraint service_first_time_is_known check (first_time in ('as_usual', 'in_person_with_originals')),
    constraint service_place_is_known check (served_at in ('any', 'residence')),
    constraint service_tier_is_known check (tier in ('normal', 'instant')),
    constraint visit_takes_time check (minutes_per_visit between 1 and 480),
    constraint service_is_not_done_before_it_starts check (done_within_days >= 0),
    constraint service_may_be_used_at_least_once check (times_a_year_max > 0),
    constraint nobody_both_may_and_may_not_act check (not may_act && may_not_act),
    constraint somebody_may_act check (cardinality(may_act) > 0),
    constraint service_ends_after_it_starts check (until_on > from_on)
);

-- A service that needs a decision before it opens is closed on every day that no opening covers.
create table catalogue.opening (
    service_id text not null
    constraint opening_is_of_a_service references catalogue.service deferrable initially deferred,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint opening_has_a_source references catalogue.source deferrable initially deferred,
    constraint one_opening_per_service_and_day primary key (service_id, from_on),
    constraint opening_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.fee (
    service_id text not null
    constraint fee_is_of_a_service references catalogue.service deferrable initially deferred,
    item text not null,
    name_ar text not null,
    name_en text not null,
    amount_minor bigint not null,
    currency text not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint fee_has_a_source references catalogue.source deferrable initially deferred,
    constraint one_fee_per_item_and_day primary key (service_id, item, from_on),
    constraint fee_is_not_negative check (amount_minor >= 0),
    constraint fee_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.document (
    service_id text not null
    constraint document_is_for_a_service references catalogue.service deferrable initially deferred,
    item text not null,
    name_ar text not null,
    name_en text not null,
    form text not null,
    needed text not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint document_has_a_source references catalogue.source deferrable initially deferred,
    constraint one_document_per_item_and_day primary key (service_id, item, from_on),
    constraint document_form_is_known check (form in ('original', 'copy')),
    constraint document_need_is_known check (needed in ('always', 'first_time')),
    constraint document_ends_after_it_starts check (until_on > from_on)
);

-- A decision on top of the calendar: it closes working days, or works on days that the calendar closes.
create table catalogue.closure (
    scope text not null,
    effect text not null,
    name_ar text not null,
    name_en text not null,
    from_on date not null,
    until_on date,
    source_id text not null
    constraint closure_has_a_source references catalogue.source deferrable initially deferred,
    constraint one_closure_per_scope_and_day primary key (scope, from_on),
    constraint closure_effect_is_known check (effect in ('closed', 'open')),
    constraint closure_ends_after_it_starts check (until_on > from_on)
);

create table catalogue.change (
    change_id bigint generated always as identity constraint one_change_per_id primary key,
    made_at timestamptz not null,
    noun text not null,
    fact_key text not null,
    subject text not null,
    act text not null,
    was jsonb,
    became jsonb,
    constraint change_act_is_known check (act in ('added', 'changed', 'removed')),
    constraint change_says_what_was_and_what_became check (
        (was is null) = (act = 'added') and (became is null) = (act = 'removed')
    )
);

create index change_by_subject on catalogue.change (subject, change_id);

-- Pinned: an authority's orders are believed under this key alone, whoever can write a row.
create table catalogue.authority_key (
    authority_id text constraint one_key_per_authority primary key,
    public_key bytea not null,
    published_at timestamptz not null,
    constraint authority_key_is_ed25519 check (octet_length(public_key) = 32)
);

create table catalogue.quota_order (
    service_id text not null,
    number integer not null,
    authority_id text not null,
    people_a_day integer not null,
    from_on date not null,
    until_on date,
    decision text not null,
    set_at timestamptz not null,
    set_by uuid not null,
    signature text not null,
    constraint one_quota_order_per_number primary key (service_id, number),
    constraint quota_order_numbers_start_at_one check (number > 0),
    constraint quota_is_not_negative check (people_a_day >= 0),
    constraint quota_order_is_by_the_services_own_authority check (starts_with(service_id, authority_id || '/')),
    constraint quota_order_ends_after_it_starts check (until_on > from_on),
    constraint quota_order_names_its_decision check (decision <> '')
);

grant usage on schema catalogue to dawr_app, dawr_reader;
grant select on all tables in schema catalogue to dawr_app, dawr_reader;
grant insert, update, delete on
catalogue.source, catalogue.authority, catalogue.department, catalogue.office, catalogue.hours, catalogue.service,
catalogue.opening, catalogue.fee, catalogue.document, catalogue.closure
to dawr_app;
grant insert on catalogue.change, catalogue.authority_key, catalogue.quota_order to dawr_app;

reset role;
