-- name: register_person
insert into people.person (
    person_id, country, civil_number_hash, civil_number_sealed, civil_number_tail, name_ar, name_latin, registered_at
) values (
    %(person_id)s, %(country)s, %(civil_number_hash)s, %(civil_number_sealed)s, %(civil_number_tail)s,
    %(name_ar)s, %(name_latin)s, %(now)s
)
on conflict (civil_number_hash) do update
set
    name_ar = coalesce(nullif(excluded.name_ar, ''), person.name_ar),
    name_latin = coalesce(nullif(excluded.name_latin, ''), person.name_latin)
returning person_id;

-- name: person
select person_id, country, civil_number_tail, name_ar, name_latin
from people.person
where person_id = %(person_id)s;

-- name: person_with_civil_number
select person_id
from people.person
where civil_number_hash = %(civil_number_hash)s and (name_ar <> '' or %(even_unnamed)s);

-- name: sealed_civil_number
select civil_number_sealed
from people.person
where person_id = %(person_id)s;

-- name: sealed_card
select civil_number_sealed, card_serial_sealed, photograph_sealed
from people.person
where person_id = %(person_id)s;

-- name: save_card
update people.person
set
    card_serial_sealed = coalesce(%(card_serial_sealed)s, card_serial_sealed),
    photograph_sealed = coalesce(%(photograph_sealed)s, photograph_sealed)
where person_id = %(person_id)s;

-- name: record_look
insert into people.look_up (person_id, looked_by, reason, looked_at)
values (%(person_id)s, %(looked_by)s, %(reason)s, %(now)s);

-- name: looks_at
with look as (
    select look_up_id, looked_at, looked_by, reason
    from people.look_up
    where person_id = %(person_id)s
    order by looked_at desc, look_up_id desc
    limit %(count_max)s
)
select
    look.looked_at,
    look.looked_by,
    look.reason,
    coalesce(held.roles, '{}') as roles,
    coalesce(held.authority_ids, '{}') as authority_ids,
    coalesce(held.office_ids, '{}') as office_ids
from look
left join lateral (
    select
        array_agg(officer_role.role order by officer_role.officer_role_id) as roles,
        array_agg(officer_role.authority_id order by officer_role.officer_role_id) as authority_ids,
        array_agg(officer_role.office_id order by officer_role.officer_role_id) as office_ids
    from people.officer_role
    where
        officer_role.person_id = look.looked_by
        and officer_role.starts_at <= look.looked_at
        and (officer_role.ends_at is null or look.looked_at < officer_role.ends_at)
) as held on true
order by look.looked_at desc, look.look_up_id desc;

-- name: grant_role
insert into people.officer_role (person_id, role, authority_id, office_id, granted_by, starts_at)
values (%(person_id)s, %(role)s, %(authority_id)s, %(office_id)s, %(granted_by)s, %(now)s);

-- name: revoke_role
update people.officer_role
set ends_at = %(now)s, revoked_by = %(revoked_by)s
where
    person_id = %(person_id)s
    and officer_role_id = %(officer_role_id)s
    and ends_at is null
returning person_id, role, authority_id, office_id;

-- name: live_role
select person_id, role, authority_id, office_id
from people.officer_role
where
    person_id = %(person_id)s
    and officer_role_id = %(officer_role_id)s
    and ends_at is null;

-- name: roles_of
select person_id, role, authority_id, office_id
from people.officer_role
where
    person_id = %(person_id)s
    and starts_at <= %(now)s
    and (ends_at is null or %(now)s < ends_at)
order by authority_id, office_id, role;

-- name: offices_of
select office_id
from people.officer_role
where
    person_id = %(person_id)s
    and role = %(role)s
    and office_id is not null
    and ends_at is null
order by office_id;

-- name: live_roles_at
with held as (
    select person_id, officer_role_id, role, authority_id, office_id, starts_at
    from people.officer_role
    where
        authority_id = %(authority_id)s
        and (%(office_id)s::text is null or office_id = %(office_id)s)
        and ends_at is null
)
select
    held.person_id,
    held.officer_role_id,
    held.role,
    held.authority_id,
    held.office_id,
    held.starts_at,
    person.name_ar,
    person.name_latin
from held
inner join people.person on held.person_id = person.person_id
order by coalesce(held.office_id, ''), held.role, held.starts_at
limit %(count_max)s;

-- name: spend_sign_in
insert into people.spent_sign_in (state_hash, spent_at)
values (%(state_hash)s, %(now)s);

-- name: forget_spent_sign_ins
delete from people.spent_sign_in
where spent_at < %(before)s;
