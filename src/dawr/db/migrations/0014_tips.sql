-- Tips: what people tell without saying who they are. Nothing here names them, ties a tip to a session or an address, or
-- tells more of the moment than its hour; and no table is ever updated or deleted from.
set local role dawr_owner;

create schema tips;

create table tips.tip (
    tip_id uuid not null,
    -- HMAC-SHA256 of the receipt's code under a key that the database never sees.
    receipt_hash bytea not null,
    kind text not null,
    authority_id text,
    office_id text,
    happened_on date,
    happened_hour smallint,
    amount_minor bigint,
    currency text,
    -- What was shown as a ticket: ours by its id, anything else as a keyed hash of its text.
    code_finding text,
    code_hash bytea,
    service_id text,
    ticket_id bytea,
    -- AES-256-GCM, bound to the tip: the place in the person's own words, and the words.
    words_sealed bytea not null,
    may_be_asked boolean not null,
    -- HMAC-SHA256 of all that was told, photographs included, under a key that the database never sees; the log's entry
    -- rests on it.
    contents_hash bytea not null,
    received_at timestamptz not null,
    constraint tip_is_told_once primary key (tip_id),
    constraint one_tip_per_receipt unique (receipt_hash),
    constraint receipt_hash_has_32_bytes check (octet_length(receipt_hash) = 32),
    constraint tip_kind_is_known check (kind in ('asked_to_pay', 'seller', 'advert', 'let_in', 'other')),
    constraint tip_office_is_of_its_authority check (office_id is null or starts_with(office_id, authority_id || '/')),
    constraint an_office_comes_with_its_authority check (office_id is null or authority_id is not null),
    constraint hour_is_of_a_day check (happened_hour between 0 and 23),
    constraint an_amount_has_its_currency check ((amount_minor is null) = (currency is null)),
    constraint an_amount_is_more_than_nothing check (amount_minor > 0),
    constraint code_finding_is_known check (code_finding in ('ours', 'not_ours', 'unknown')),
    constraint our_ticket_is_named_by_its_id
    check (
        (code_finding is not distinct from 'ours') = (ticket_id is not null)
        and (ticket_id is null) = (service_id is null)
    ),
    constraint what_is_not_ours_is_kept_as_its_hash
    check ((code_finding in ('not_ours', 'unknown')) is true = (code_hash is not null)),
    constraint tip_words_are_sealed check (octet_length(words_sealed) > 28),
    constraint contents_hash_has_32_bytes check (octet_length(contents_hash) = 32),
    constraint a_tip_is_received_to_the_hour check (received_at = date_trunc('hour', received_at, 'UTC'))
);
create index tip_by_authority on tips.tip (authority_id, received_at);
create index tip_by_code on tips.tip (code_hash) where code_hash is not null;

create table tips.photograph (
    tip_id uuid not null,
    number smallint not null,
    -- AES-256-GCM, bound to the tip and the number: a JPEG that we encoded ourselves, without any metadata.
    content_sealed bytea not null,
    constraint one_photograph_per_number primary key (tip_id, number),
    constraint photograph_is_of_a_tip foreign key (tip_id) references tips.tip,
    constraint three_photographs_a_tip check (number between 1 and 3),
    constraint photograph_is_sealed check (octet_length(content_sealed) between 29 and 3000000)
);

-- What is said through the receipt, in turn: by staff, or by whoever holds the code.
create table tips.message (
    tip_id uuid not null,
    number smallint not null,
    officer_id uuid,
    words_sealed bytea not null,
    written_at timestamptz not null,
    constraint messages_of_a_tip_are_counted primary key (tip_id, number),
    constraint message_is_of_a_tip foreign key (tip_id) references tips.tip,
    constraint forty_messages_a_tip check (number between 1 and 40),
    constraint message_is_sealed check (octet_length(words_sealed) > 28),
    constraint a_message_is_written_to_the_hour check (written_at = date_trunc('hour', written_at, 'UTC'))
);

-- A tip is new until somebody takes a step; the last step is where it stands.
create table tips.step (
    tip_id uuid not null,
    number smallint not null,
    state text not null,
    words text not null,
    officer_id uuid not null,
    taken_at timestamptz not null,
    constraint steps_of_a_tip_are_counted primary key (tip_id, number),
    constraint step_is_of_a_tip foreign key (tip_id) references tips.tip,
    constraint step_is_counted_from_one check (number >= 1),
    constraint step_state_is_known check (state in ('looked_at', 'passed_on', 'closed')),
    constraint who_passes_on_or_closes_says_what_came_of_it
    check (state = 'looked_at' or length(btrim(words)) > 0),
    constraint step_words_are_few check (length(words) <= 500)
);

-- A tip with where it stands.
create view tips.standing as
select
    tip.tip_id, tip.kind, tip.authority_id, tip.office_id, tip.happened_on, tip.happened_hour, tip.amount_minor,
    tip.currency, tip.code_finding, tip.code_hash, tip.service_id, tip.ticket_id, tip.may_be_asked, tip.received_at,
    coalesce(last_step.state, 'new') as state
from tips.tip
left join lateral (
    select step.state
    from tips.step
    where step.tip_id = tip.tip_id
    order by step.number desc
    limit 1
) as last_step on true;

-- Which officer looked at a tip, or at one photograph of it.
create table tips.look (
    tip_id uuid not null,
    look_id uuid not null default gen_random_uuid(),
    officer_id uuid not null,
    photograph smallint,
    looked_at timestamptz not null,
    constraint look_at_a_tip_is_recorded_once primary key (tip_id, look_id),
    constraint look_is_at_a_tip foreign key (tip_id) references tips.tip
);

-- Once an hour is over, the log takes its tips in an order of chance; from then on none of them can vanish.
create table tips.logged (
    tip_id uuid not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint a_tip_is_logged_once primary key (tip_id),
    constraint logged_is_a_tip foreign key (tip_id) references tips.tip
);

grant usage on schema tips to dawr_app, dawr_reader;
grant select, insert on tips.tip, tips.photograph, tips.message, tips.step, tips.look, tips.logged to dawr_app;
grant select on tips.standing to dawr_app;

-- Whoever counts sees how many there are of which kind and whether each is in the log, and nothing that was told.
revoke all on
tips.tip, tips.photograph, tips.message, tips.step, tips.look, tips.logged, tips.standing
from dawr_reader;
grant select (tip_id, kind, authority_id, office_id, contents_hash, received_at) on tips.tip to dawr_reader;
grant select (tip_id, number, state, taken_at) on tips.step to dawr_reader;
grant select (tip_id, log_entry_id) on tips.logged to dawr_reader;

reset role;
