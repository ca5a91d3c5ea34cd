-- name: source_of_country
select
    source_id, issuer, issuer_ar, issuer_en, title_ar, title_en, issued_on, kind
from catalogue.source
where starts_with(source_id, %(country)s)
order by source_id;

-- name: save_source
insert into catalogue.source (
    source_id, issuer, issuer_ar, issuer_en, title_ar, title_en, issued_on, kind
) values (
    %(source_id)s, %(issuer)s, %(issuer_ar)s, %(issuer_en)s, %(title_ar)s, %(title_en)s, %(issued_on)s,
    %(kind)s
)
on conflict (source_id) do update set
    issuer = excluded.issuer, issuer_ar = excluded.issuer_ar, issuer_en = excluded.issuer_en,
    title_ar = excluded.title_ar, title_en = excluded.title_en, issued_on = excluded.issued_on,
    kind = excluded.kind;

-- name: remove_source
delete from catalogue.source
where source_id = %(source_id)s;

-- name: authority_of_country
select
    authority_id, name_ar, name_en, country_ar, country_en, site, timezone, from_on, until_on, source_id
from catalogue.authority
where starts_with(authority_id, %(country)s)
order by authority_id;

-- name: save_authority
insert into catalogue.authority (
    authority_id, name_ar, name_en, country_ar, country_en, site, timezone, from_on, until_on, source_id
) values (
    %(authority_id)s, %(name_ar)s, %(name_en)s, %(country_ar)s, %(country_en)s, %(site)s, %(timezone)s,
    %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (authority_id) do update set
    name_ar = excluded.name_ar, name_en = excluded.name_en, country_ar = excluded.country_ar,
    country_en = excluded.country_en, site = excluded.site, timezone = excluded.timezone, from_on = excluded.from_on, until_on = excluded.until_on,
    source_id = excluded.source_id;

-- name: remove_authority
delete from catalogue.authority
where authority_id = %(authority_id)s;

-- name: department_of_country
select
    department_id, authority_id, name_ar, name_en, from_on, until_on, source_id
from catalogue.department
where starts_with(department_id, %(country)s)
order by department_id;

-- name: save_department
insert into catalogue.department (
    department_id, authority_id, name_ar, name_en, from_on, until_on, source_id
) values (
    %(department_id)s, %(authority_id)s, %(name_ar)s, %(name_en)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (department_id) do update set
    authority_id = excluded.authority_id, name_ar = excluded.name_ar, name_en = excluded.name_en,
    from_on = excluded.from_on, until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_department
delete from catalogue.department
where department_id = %(department_id)s;

-- name: office_of_country
select
    office_id, authority_id, department_id, code, name_ar, name_en, place_ar, place_en, governorate,
    governorate_ar, governorate_en, timezone, latitude, longitude, hall_limit,
    figures_source_id, from_on, until_on, source_id
from catalogue.office
where starts_with(office_id, %(country)s)
order by office_id;

-- name: save_office
insert into catalogue.office (
    office_id, authority_id, department_id, code, name_ar, name_en, place_ar, place_en, governorate,
    governorate_ar, governorate_en, timezone, latitude, longitude, hall_limit,
    figures_source_id, from_on, until_on, source_id
) values (
    %(office_id)s, %(authority_id)s, %(department_id)s, %(code)s, %(name_ar)s, %(name_en)s, %(place_ar)s,
    %(place_en)s, %(governorate)s, %(governorate_ar)s, %(governorate_en)s, %(timezone)s, %(latitude)s,
    %(longitude)s, %(hall_limit)s, %(figures_source_id)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (office_id) do update set
    authority_id = excluded.authority_id, department_id = excluded.department_id, code = excluded.code,
    name_ar = excluded.name_ar, name_en = excluded.name_en, place_ar = excluded.place_ar,
    place_en = excluded.place_en, governorate = excluded.governorate,
    governorate_ar = excluded.governorate_ar, governorate_en = excluded.governorate_en,
    timezone = excluded.timezone, latitude = excluded.latitude, longitude = excluded.longitude,
    hall_limit = excluded.hall_limit, figures_source_id = excluded.figures_source_id,
    from_on = excluded.from_on, until_on = excluded.until_on,
    source_id = excluded.source_id;

-- name: remove_office
delete from catalogue.office
where office_id = %(office_id)s;

-- name: hours_of_country
select
    office_id, shift, weekdays, opens, closes, from_on, until_on, source_id
from catalogue.hours
where starts_with(office_id, %(country)s)
order by office_id, shift, from_on;

-- name: save_hours
insert into catalogue.hours (
    office_id, shift, weekdays, opens, closes, from_on, until_on, source_id
) values (
    %(office_id)s, %(shift)s, %(weekdays)s, %(opens)s, %(closes)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (office_id, shift, from_on) do update set
    weekdays = excluded.weekdays, opens = excluded.opens, closes = excluded.closes,
    until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_hours
delete from catalogue.hours
where office_id = %(office_id)s and shift = %(shift)s and from_on = %(from_on)s;

-- name: service_of_country
select
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel,
    first_time, served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
from catalogue.service
where starts_with(service_id, %(country)s)
order by service_id;

-- name: save_service
insert into catalogue.service (
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel,
    first_time, served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
) values (
    %(service_id)s, %(authority_id)s, %(department_id)s, %(code)s, %(name_ar)s, %(name_en)s, %(summary_ar)s,
    %(summary_en)s, %(channel)s, %(first_time)s, %(served_at)s, %(tier)s, %(minutes_per_visit)s,
    %(done_within_days)s, %(times_a_year_max)s, %(may_act)s, %(may_not_act)s, %(has_restriction_check)s,
    %(opened_by)s, %(figures_source_id)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (service_id) do update set
    authority_id = excluded.authority_id, department_id = excluded.department_id, code = excluded.code,
    name_ar = excluded.name_ar, name_en = excluded.name_en, summary_ar = excluded.summary_ar,
    summary_en = excluded.summary_en, channel = excluded.channel, first_time = excluded.first_time,
    served_at = excluded.served_at, tier = excluded.tier, minutes_per_visit = excluded.minutes_per_visit,
    done_within_days = excluded.done_within_days, times_a_year_max = excluded.times_a_year_max,
    may_act = excluded.may_act, may_not_act = excluded.may_not_act,
    has_restriction_check = excluded.has_restriction_check, opened_by = excluded.opened_by,
    figures_source_id = excluded.figures_source_id,
    from_on = excluded.from_on, until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_service
delete from catalogue.service
where service_id = %(service_id)s;

-- name: opening_of_country
select
    service_id, from_on, until_on, source_id
from catalogue.opening
where starts_with(service_id, %(country)s)
order by service_id, from_on;

-- name: save_opening
insert into catalogue.opening (
    service_id, from_on, until_on, source_id
) values (
    %(service_id)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (service_id, from_on) do update set
    until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_opening
delete from catalogue.opening
where service_id = %(service_id)s and from_on = %(from_on)s;

-- name: fee_of_country
select
    service_id, item, name_ar, name_en, amount_minor, currency, from_on, until_on, source_id
from catalogue.fee
where starts_with(service_id, %(country)s)
order by service_id, item, from_on;

-- name: save_fee
insert into catalogue.fee (
    service_id, item, name_ar, name_en, amount_minor, currency, from_on, until_on, source_id
) values (
    %(service_id)s, %(item)s, %(name_ar)s, %(name_en)s, %(amount_minor)s, %(currency)s, %(from_on)s,
    %(until_on)s, %(source_id)s
)
on conflict (service_id, item, from_on) do update set
    name_ar = excluded.name_ar, name_en = excluded.name_en, amount_minor = excluded.amount_minor,
    currency = excluded.currency, until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_fee
delete from catalogue.fee
where service_id = %(service_id)s and item = %(item)s and from_on = %(from_on)s;

-- name: document_of_country
select
    service_id, item, name_ar, name_en, form, needed, from_on, until_on, source_id
from catalogue.document
where starts_with(service_id, %(country)s)
order by service_id, item, from_on;

-- name: save_document
insert into catalogue.document (
    service_id, item, name_ar, name_en, form, needed, from_on, until_on, source_id
) values (
    %(service_id)s, %(item)s, %(name_ar)s, %(name_en)s, %(form)s, %(needed)s, %(from_on)s, %(until_on)s,
    %(source_id)s
)
on conflict (service_id, item, from_on) do update set
    name_ar = excluded.name_ar, name_en = excluded.name_en, form = excluded.form, needed = excluded.needed,
    until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_document
delete from catalogue.document
where service_id = %(service_id)s and item = %(item)s and from_on = %(from_on)s;

-- name: closure_of_country
select
    scope, effect, name_ar, name_en, from_on, until_on, source_id
from catalogue.closure
where starts_with(scope, %(country)s)
order by scope, from_on;

-- name: save_closure
insert into catalogue.closure (
    scope, effect, name_ar, name_en, from_on, until_on, source_id
) values (
    %(scope)s, %(effect)s, %(name_ar)s, %(name_en)s, %(from_on)s, %(until_on)s, %(source_id)s
)
on conflict (scope, from_on) do update set
    effect = excluded.effect, name_ar = excluded.name_ar, name_en = excluded.name_en,
    until_on = excluded.until_on, source_id = excluded.source_id;

-- name: remove_closure
delete from catalogue.closure
where scope = %(scope)s and from_on = %(from_on)s;

-- name: wait_for_other_loads
select pg_advisory_xact_lock(hashtext('dawr catalogue load'));

-- name: hold_orders
select service_id
from catalogue.service
where service_id = %(service_id)s
for share;

-- name: lock_orders
select service_id
from catalogue.service
where service_id = %(service_id)s
for no key update;

-- name: record_change
insert into catalogue.change (made_at, noun, fact_key, subject, act, was, became)
values (%(made_at)s, %(noun)s, %(fact_key)s, %(subject)s, %(act)s, %(was)s, %(became)s);

-- name: changes_about
select made_at, noun, fact_key, subject, act, was, became
from catalogue.change
where subject = %(subject)s
order by change_id desc
limit 200;

-- name: authorities
select authority_id, name_ar, name_en, country_ar, country_en, site, timezone, from_on, until_on, source_id
from catalogue.authority
order by authority_id;

-- name: departments
select department_id, authority_id, name_ar, name_en, from_on, until_on, source_id
from catalogue.department
order by department_id;

-- name: services
select
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel, first_time,
    served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
from catalogue.service
order by service_id
limit 10000;

-- name: service
select
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel, first_time,
    served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
from catalogue.service
where service_id = %(service_id)s;

-- name: services_named
select
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel, first_time,
    served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
from catalogue.service
where service_id = any(%(service_ids)s);

-- name: office
select
    office_id, authority_id, department_id, code, name_ar, name_en, place_ar, place_en, governorate,
    governorate_ar, governorate_en, timezone, latitude, longitude, hall_limit,
    figures_source_id, from_on, until_on, source_id
from catalogue.office
where office_id = %(office_id)s;

-- name: offices
select
    office_id, authority_id, department_id, code, name_ar, name_en, place_ar, place_en, governorate,
    governorate_ar, governorate_en, timezone, latitude, longitude, hall_limit,
    figures_source_id, from_on, until_on, source_id
from catalogue.office
order by office_id
limit 5000;

-- name: offices_of_department
select
    office_id, authority_id, department_id, code, name_ar, name_en, place_ar, place_en, governorate,
    governorate_ar, governorate_en, timezone, latitude, longitude, hall_limit,
    figures_source_id, from_on, until_on, source_id
from catalogue.office
where department_id = %(department_id)s
order by office_id
limit 1000;

-- name: services_of_department
select
    service_id, authority_id, department_id, code, name_ar, name_en, summary_ar, summary_en, channel, first_time,
    served_at, tier, minutes_per_visit, done_within_days, times_a_year_max, may_act, may_not_act,
    has_restriction_check, opened_by, figures_source_id, from_on, until_on, source_id
from catalogue.service
where department_id = %(department_id)s
order by service_id
limit 1000;

-- name: openings
select service_id, from_on, until_on, source_id
from catalogue.opening
order by service_id, from_on
limit 10000;

-- name: fees
select service_id, item, name_ar, name_en, amount_minor, currency, from_on, until_on, source_id
from catalogue.fee
where service_id = %(service_id)s
order by item, from_on;

-- name: documents
select service_id, item, name_ar, name_en, form, needed, from_on, until_on, source_id
from catalogue.document
where service_id = %(service_id)s
order by item, from_on;

-- name: hours_of_office
select office_id, shift, weekdays, opens, closes, from_on, until_on, source_id
from catalogue.hours
where office_id = %(office_id)s
order by shift, from_on;

-- name: closures_of_office
select scope, effect, name_ar, name_en, from_on, until_on, source_id
from catalogue.closure
where scope in (left(%(office_id)s, 2), split_part(%(office_id)s, '/', 1), %(office_id)s)
order by from_on;

-- name: sources
select source_id, issuer, issuer_ar, issuer_en, title_ar, title_en, issued_on, kind
from catalogue.source
where source_id = any(%(source_ids)s);

-- name: authority_key
select authority_id, public_key, published_at
from catalogue.authority_key
where authority_id = %(authority_id)s;

-- name: pin_authority_key
insert into catalogue.authority_key (authority_id, public_key, published_at)
values (%(authority_id)s, %(public_key)s, %(published_at)s);

-- name: quota_orders
select service_id, number, authority_id, people_a_day, from_on, until_on, decision, set_at, signature
from catalogue.quota_order
where service_id = %(service_id)s
order by number;

-- name: save_quota_order
insert into catalogue.quota_order (
    service_id, number, authority_id, people_a_day, from_on, until_on, decision, set_at, set_by, signature
) values (
    %(service_id)s, %(number)s, %(authority_id)s, %(people_a_day)s, %(from_on)s, %(until_on)s, %(decision)s,
    %(set_at)s, %(set_by)s, %(signature)s
);
