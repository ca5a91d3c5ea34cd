-- Persons, who looked at their numbers, and the roles that officers hold.
set local role dawr_owner;

create schema people;
grant usage on schema people to dawr_app, dawr_reader;

create table people.person (
    person_id uuid not null,
    country text not null,
    -- HMAC-SHA256 under a key that the database never sees: it finds a person and reveals nothing.
    civil_number_hash bytea not null,
    -- AES-256-GCM: 12 bytes of nonce, the ciphertext, 16 bytes of tag; bound to person_id.
    civil_number_sealed bytea not null,
    civil_number_tail text not null,
    -- What else stands on the card, sealed in the same way; null where the register does not say.
    card_serial_sealed bytea,
    photograph_sealed bytea,
    -- Empty for whom only another person has named so far, as his proxy: a name that another wrote is not his.
    name_ar text not null,
    name_latin text not null,
    registered_at timestamptz not null,
    constraint person_is_registered_once primary key (person_id),
    constraint civil_number_belongs_to_one_person unique (civil_number_hash),
    constraint country_is_two_letters check (country ~ '^[A-Z]{2}$'),
    constraint civil_number_hash_has_32_bytes check (octet_length(civil_number_hash) = 32),
    constraint civil_number_is_sealed check (octet_length(civil_number_sealed) > 28),
    constraint card_serial_is_sealed check (octet_length(card_serial_sealed) between 34 and 48),
    constraint photograph_is_sealed_and_small check (octet_length(photograph_sealed) between 29 and 20508),
    constraint civil_number_tail_is_three_digits check (civil_number_tail ~ '^[0-9]{3}$'),
    constraint person_has_both_names_or_none
    check ((name_ar = '') = (name_latin = '') and length(name_ar) <= 200 and length(name_latin) <= 200)
);

create table people.look_up (
    person_id uuid not null,
    look_up_id uuid not null default gen_random_uuid(),
    -- Null where Dawr itself looked, to print a ticket for instance.
    looked_by uuid,
    reason text not null,
    looked_at timestamptz not null,
    constraint look_up_is_recorded_once primary key (person_id, look_up_id),
    constraint look_up_is_at_a_registered_person foreign key (person_id) references people.person (person_id),
    constraint look_up_has_a_reason check (length(btrim(reason)) between 1 and 200)
);

create table people.officer_role (
    person_id uuid not null,
    officer_role_id uuid not null default gen_random_uuid(),
    role text not null,
    authority_id text not null,
    office_id text,
    -- Null where the installation itself granted it.
    granted_by uuid,
    starts_at timestamptz not null,
    ends_at timestamptz,
    revoked_by uuid,
    constraint role_is_granted_once primary key (person_id, officer_role_id),
    constraint role_is_held_by_a_registered_person foreign key (person_id) references people.person (person_id),
    constraint role_is_known check (
        role in ('clerk', 'guard', 'branch_head', 'authority', 'operator', 'investigator', 'auditor', 'inspector')
    ),
    constraint branch_role_names_its_office check (
        (role in ('clerk', 'guard', 'branch_head')) = (office_id is not null)
    ),
    constraint office_is_of_the_authority check (office_id is null or starts_with(office_id, authority_id || '/')),
    constraint nobody_grants_to_himself check (granted_by <> person_id),
    constraint nobody_revokes_his_own check (revoked_by <> person_id),
    constraint role_ends_after_it_starts check (ends_at >= starts_at),
    constraint only_an_ended_role_was_revoked check (revoked_by is null or ends_at is not null)
);

create unique index role_is_held_once_at_a_time
on people.officer_role (person_id, role, authority_id, office_id) nulls not distinct
where ends_at is null;

create index officer_role_by_place on people.officer_role (authority_id, office_id) where ends_at is null;

-- A state that came back from the provider is spent, whatever came of it; kept longer than any pending sign-in lives.
create table people.spent_sign_in (
    state_hash bytea not null,
    spent_at timestamptz not null,
    constraint sign_in_is_finished_once primary key (state_hash),
    constraint state_hash_has_32_bytes check (octet_length(state_hash) = 32)
);

create index spent_sign_in_by_age on people.spent_sign_in (spent_at);

grant select, insert, update (name_ar, name_latin, card_serial_sealed, photograph_sealed) on people.person to dawr_app;
grant select, insert on people.look_up to dawr_app;
grant select, insert, update (ends_at, revoked_by) on people.officer_role to dawr_app;
grant select, insert, delete on people.spent_sign_in to dawr_app;

-- The reader counts people and roles; names and numbers are not his to see.
revoke all on people.person, people.look_up, people.officer_role, people.spent_sign_in from dawr_reader;
grant select (person_id, country, registered_at) on people.person to dawr_reader;
grant select (person_id, look_up_id, looked_at) on people.look_up to dawr_reader;
grant select on people.officer_role to dawr_reader;

reset role;
