-- name: add_tip
insert into tips.tip
(
    tip_id, receipt_hash, kind, authority_id, office_id, happened_on, happened_hour, amount_minor, currency,
    code_finding, code_hash, service_id, ticket_id, words_sealed, may_be_asked, contents_hash, received_at
)
values
(
    %(tip_id)s, %(receipt_hash)s, %(kind)s, %(authority_id)s, %(office_id)s, %(happened_on)s, %(hour)s,
    %(amount_minor)s, %(currency)s, %(code_finding)s, %(code_hash)s, %(service_id)s, %(ticket_id)s, %(words_sealed)s,
    %(may_be_asked)s, %(contents_hash)s, %(received_at)s
)
on conflict (receipt_hash) do nothing;

-- name: add_photograph
insert into tips.photograph (tip_id, number, content_sealed)
values (%(tip_id)s, %(number)s, %(content_sealed)s);

-- name: tip
select
    tip_id, kind, authority_id, office_id, happened_on, happened_hour, amount_minor, currency, code_finding, code_hash,
    service_id, ticket_id, may_be_asked, received_at, state
from tips.standing
where tip_id = %(tip_id)s;

-- name: tip_of_receipt
select tip_id
from tips.tip
where receipt_hash = %(receipt_hash)s;

-- name: sealed_words
select words_sealed
from tips.tip
where tip_id = %(tip_id)s;

-- name: count_photographs
select count(*) as photographs
from tips.photograph
where tip_id = %(tip_id)s;

-- name: sealed_photograph
select content_sealed
from tips.photograph
where tip_id = %(tip_id)s and number = %(number)s;

-- name: same_code
select count(*) as tips
from tips.tip
where code_hash = %(code_hash)s and tip_id <> %(tip_id)s;

-- name: tips
select
    tip_id, kind, authority_id, office_id, happened_on, happened_hour, amount_minor, currency, code_finding, code_hash,
    service_id, ticket_id, may_be_asked, received_at, state
from tips.standing
where
    (authority_id = %(authority_id)s or authority_id is null)
    and (%(office_id)s::text is null or office_id = %(office_id)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(state)s::text is null or state = %(state)s)
order by received_at desc, tip_id
limit %(count_max)s;

-- name: incidents
select
    tip_id, kind, authority_id, office_id, happened_on, happened_hour, amount_minor, currency, code_finding, code_hash,
    service_id, ticket_id, may_be_asked, received_at, state
from tips.standing
where
    office_id = %(office_id)s and kind = any(%(kinds)s)
    and coalesce(happened_on, (received_at at time zone 'UTC')::date) >= %(from_on)s
order by happened_on desc nulls last, happened_hour nulls last, tip_id
limit %(count_max)s;

-- name: counts_by_hour
select office_id, happened_hour, count(*) as tips
from tips.tip
where
    authority_id = %(authority_id)s and office_id is not null and happened_hour is not null
    and kind = any(%(kinds)s)
    and coalesce(happened_on, (received_at at time zone 'UTC')::date) >= %(from_on)s
group by office_id, happened_hour
order by office_id, happened_hour;

-- name: counts_by_office
select office_id, count(*) as tips
from tips.tip
where office_id is not null
group by office_id;

-- name: messages
select officer_id, words_sealed, written_at
from tips.message
where tip_id = %(tip_id)s
order by number;

-- name: add_message
insert into tips.message (tip_id, number, officer_id, words_sealed, written_at)
select %(tip_id)s, coalesce(max(number), 0) + 1, %(officer_id)s, %(words_sealed)s, %(written_at)s
from tips.message
where tip_id = %(tip_id)s;

-- name: steps
select state, words, officer_id, taken_at
from tips.step
where tip_id = %(tip_id)s
order by number;

-- name: add_step
insert into tips.step (tip_id, number, state, words, officer_id, taken_at)
values (%(tip_id)s, %(number)s, %(state)s, %(words)s, %(officer_id)s, %(now)s);

-- name: add_look
insert into tips.look (tip_id, officer_id, photograph, looked_at)
values (%(tip_id)s, %(officer_id)s, %(photograph)s, %(now)s);

-- name: looks
select officer_id, photograph, looked_at
from tips.look
where tip_id = %(tip_id)s
order by looked_at desc, look_id
limit %(count_max)s;

-- name: unlogged
select tip.tip_id, tip.contents_hash
from tips.tip
where
    tip.received_at < %(before)s
    and not exists (select from tips.logged where logged.tip_id = tip.tip_id)
order by tip.tip_id
limit %(count_max)s;

-- name: lock_logging
select pg_advisory_xact_lock(hashtext('tips.logged'));

-- name: add_logged
insert into tips.logged (tip_id, log_entry_id, log_salt)
values (%(tip_id)s, %(log_entry_id)s, %(log_salt)s);

-- name: logged
select logged.log_entry_id, logged.log_salt, tip.contents_hash
from tips.logged
inner join tips.tip on tip.tip_id = logged.tip_id
where logged.tip_id = %(tip_id)s;
