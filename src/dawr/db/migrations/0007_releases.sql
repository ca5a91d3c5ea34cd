-- Releases: a draw's rules, its entrants, its result and the offers that follow.
set local role dawr_owner;

create schema releases;

create table releases.release (
    service_id text not null,
    draw_id text not null,
    rules jsonb not null,
    places_csv text not null,
    opens_at timestamptz not null,
    freezes_at timestamptz not null,
    moves_until timestamptz not null,
    rules_entry_id bigint not null,
    demand jsonb not null default '{}',
    frozen_at timestamptz,
    freeze_entry_id bigint,
    list_root text,
    -- The tree hash of each part of the frozen list, so that a proof of one line costs one part.
    part_roots bytea [],
    entrants integer,
    entrants_by_class jsonb,
    drawn_at timestamptz,
    randomness text,
    signature text,
    seed text,
    result_entry_id bigint,
    offered_at timestamptz,
    -- Places that nobody on the waiting list wants; since that list only shrinks, nobody need be asked again.
    unwanted_places text [] not null default '{}',
    closed_at timestamptz,
    constraint draw_id_is_used_once primary key (service_id, draw_id),
    constraint release_freezes_after_it_opens check (freezes_at > opens_at),
    constraint release_moves_after_its_freeze check (moves_until > freezes_at),
    constraint a_frozen_list_has_its_root
    check ((frozen_at is null) = (list_root is null) and (frozen_at is null) = (freeze_entry_id is null)),
    constraint a_draw_follows_its_freeze check (drawn_at is null or frozen_at is not null),
    constraint a_drawn_release_has_its_seed check ((drawn_at is null) = (seed is null)),
    constraint offers_follow_a_draw check (offered_at is null or drawn_at is not null)
);
create index release_by_stage on releases.release (freezes_at) where closed_at is null;

-- The rounds announced for a draw; a later one replaces an earlier one that came too soon for the witnesses.
create table releases.round (
    service_id text not null,
    draw_id text not null,
    round bigint not null,
    announced_at timestamptz not null,
    entry_id bigint not null,
    constraint round_is_announced_once primary key (service_id, draw_id, round),
    constraint round_is_of_a_release foreign key (service_id, draw_id) references releases.release
);

-- An entry of a drawn release stays live until its person enters the next one, so that a draw need not touch a
-- million of them.
create table releases.entrant (
    service_id text not null,
    draw_id text not null,
    person_id uuid not null,
    label text collate "C" not null,
    line text not null,
    -- Which of the label's receipts stands: the first, or the one after as many changes.
    version integer not null default 1,
    entered_at timestamptz not null,
    is_live boolean not null default true,
    -- Of the request that entered, so that the same one sent again gets the same answer; no second person can know it.
    asked_key bytea,
    constraint asked_key_has_16_bytes check (octet_length(asked_key) = 16),
    constraint one_entrant_per_person_and_draw primary key (person_id, service_id, draw_id),
    -- The draw first, alone: of two indexes that begin with the same columns the planner, while it knows nothing of a
    -- new table, may take the wrong one and read a whole draw for one person.
    constraint label_is_used_once_per_draw unique (draw_id, label, service_id),
    constraint line_begins_with_its_label check (split_part(line, e'\t', 1) = label),
    constraint entrant_is_of_a_release foreign key (service_id, draw_id) references releases.release
);
create unique index one_live_entrant_per_person_and_service on releases.entrant (service_id, person_id)
where is_live;

-- Receipts that no longer stand, because the holder changed his line or left the draw; it does not say who he was. A
-- label that was withdrawn is not given to anybody else.
create table releases.ended_receipt (
    service_id text not null,
    draw_id text not null,
    label text collate "C" not null,
    version integer not null,
    receipt_sha256 text not null,
    is_withdrawal boolean not null,
    ended_at timestamptz not null,
    entry_id bigint not null,
    constraint receipt_ends_once primary key (service_id, draw_id, label, version),
    constraint ended_receipt_is_of_a_release foreign key (service_id, draw_id) references releases.release
);

-- entrants.txt as it was frozen, some thousand lines a part: what is hashed, published and drawn from. Nobody may
-- change or remove a row, and it outlives whatever links a label to a person.
create table releases.frozen_list (
    service_id text not null,
    draw_id text not null,
    part integer not null,
    first_label text collate "C" not null,
    lines text not null,
    constraint part_is_frozen_once primary key (service_id, draw_id, part),
    constraint label_begins_one_part unique (service_id, draw_id, first_label),
    constraint frozen_list_is_of_a_release foreign key (service_id, draw_id) references releases.release
);
-- Compressing a million lines would cost more than it saves.
alter table releases.frozen_list alter column lines set storage external;

-- What the draw gave: append-only, one row per rank, written in the order of its only large index.
create table releases.result (
    service_id text not null,
    draw_id text not null,
    rank integer not null,
    label text collate "C" not null,
    place text,
    seat_class text not null default '',
    waiting_number integer,
    constraint rank_is_given_once primary key (service_id, draw_id, rank),
    constraint a_place_or_a_waiting_number check ((place is null) = (waiting_number is not null)),
    constraint only_a_place_has_a_class check (place is not null or seat_class = '')
);

-- Which ranks got the seats of a place, share by share, in the order of rank; the empty class is the open share.
create table releases.share (
    service_id text not null,
    draw_id text not null,
    place text not null,
    seat_class text not null,
    ranks integer [] not null,
    constraint share_is_given_once primary key (service_id, draw_id, place, seat_class),
    constraint share_is_of_a_release foreign key (service_id, draw_id) references releases.release
);

-- The ranks of some hundred labels that are neighbours in the frozen list: how a label finds its rank. An index by
-- label on the results would cost a large draw more than everything else together.
create table releases.label_range (
    service_id text not null,
    draw_id text not null,
    first_label text collate "C" not null,
    ranks integer [] not null,
    constraint label_range_is_known_once primary key (service_id, draw_id, first_label),
    constraint label_range_is_of_a_release foreign key (service_id, draw_id) references releases.release
);

-- Every offer that followed; nobody is offered twice in one draw.
create table releases.offer (
    service_id text not null,
    draw_id text not null,
    rank integer not null,
    place text not null,
    seat_class text not null default '',
    person_id uuid not null,
    booking_id uuid,
    -- Of whom the waiting list brought it to; null for a winner.
    waiting_number integer,
    offered_at timestamptz not null,
    constraint one_offer_per_rank primary key (service_id, draw_id, rank),
    constraint one_offer_per_person_and_draw unique (person_id, service_id, draw_id),
    constraint offer_follows_a_result foreign key (service_id, draw_id, rank) references releases.result
);
create index offer_from_waiting_list on releases.offer (service_id, draw_id, waiting_number)
where waiting_number is not null;
create index offer_of_reserved_place on releases.offer (service_id, draw_id) where seat_class <> '';

-- Who may draw on a reserved share, on which evidence, granted by which officer of which office.
create table releases.class_grant (
    service_id text not null,
    grant_id uuid not null,
    person_id uuid not null,
    office_id text not null,
    draw_class text not null,
    evidence text not null,
    granted_by uuid not null,
    granted_at timestamptz not null,
    until_on date not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint class_grant_is_known_once primary key (service_id, grant_id),
    constraint a_class_is_granted_on_evidence check (evidence <> ''),
    constraint nobody_grants_a_class_to_himself check (granted_by <> person_id)
);
create index class_grant_by_person on releases.class_grant (service_id, person_id);
create index class_grant_by_office on releases.class_grant (office_id, granted_at);

-- A grant that was taken back: who, when and why stand beside it.
create table releases.class_revocation (
    service_id text not null,
    grant_id uuid not null,
    reason text not null,
    revoked_by uuid not null,
    revoked_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint a_grant_is_revoked_once primary key (service_id, grant_id),
    constraint revocation_is_of_a_grant foreign key (service_id, grant_id) references releases.class_grant,
    constraint a_grant_is_revoked_for_a_reason check (reason <> '')
);

-- After the freeze nobody enters, changes or leaves, whatever the program says.
create function releases.refuse_change_after_freeze() returns trigger language plpgsql as $$
declare
    touched releases.entrant := coalesce(new, old);
begin
    if exists (
        select from releases.release
        where service_id = touched.service_id and draw_id = touched.draw_id and frozen_at is not null
    ) then
        raise exception using errcode = 'check_violation', constraint = 'list_is_frozen',
            message = 'the list of this draw is frozen';
    end if;
    return touched;
end
$$;

create trigger list_is_frozen before delete or update of line on releases.entrant
for each row execute function releases.refuse_change_after_freeze();

-- Of entries that come by the hundred, once for all of a statement.
create function releases.refuse_entry_after_freeze() returns trigger language plpgsql as $$
begin
    if exists (
        select from releases.release
        where
            frozen_at is not null and (service_id, draw_id) in (select entered.service_id, entered.draw_id from entered)
    ) then
        raise exception using errcode = 'check_violation', constraint = 'list_is_frozen',
            message = 'the list of this draw is frozen';
    end if;
    return null;
end
$$;

create trigger list_is_frozen_for_entries after insert on releases.entrant
referencing new table as entered
for each statement execute function releases.refuse_entry_after_freeze();

-- Before the freeze no line is changed or taken out without a trace of the receipt that it ends.
create function releases.refuse_change_without_trace() returns trigger language plpgsql as $$
begin
    if not exists (
        select from releases.ended_receipt
        where
            service_id = old.service_id and draw_id = old.draw_id and label = old.label and version = old.version
            and is_withdrawal = (tg_op = 'DELETE')
    ) or tg_op = 'UPDATE' and new.version <> old.version + 1 then
        raise exception using errcode = 'check_violation', constraint = 'no_receipt_ends_without_trace',
            message = 'a line is changed or taken out only with a trace of the receipt that this ends';
    end if;
    return coalesce(new, old);
end
$$;

create trigger no_receipt_ends_without_trace
before delete or update of line, version, entered_at on releases.entrant
for each row execute function releases.refuse_change_without_trace();

-- What a freeze or a draw has fixed stays fixed.
create function releases.refuse_second_result() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'one_result_per_draw',
        message = 'the frozen list and the result of a draw are never changed';
end
$$;

create trigger one_result_per_draw before update on releases.release
for each row when (
    old.frozen_at is not null
    and (old.frozen_at, old.freeze_entry_id, old.list_root, old.part_roots, old.entrants, old.entrants_by_class)
    is distinct from (
        new.frozen_at, new.freeze_entry_id, new.list_root, new.part_roots, new.entrants, new.entrants_by_class
    )
    or old.drawn_at is not null
    and (old.drawn_at, old.randomness, old.signature, old.seed, old.result_entry_id)
    is distinct from (new.drawn_at, new.randomness, new.signature, new.seed, new.result_entry_id)
    or old.closed_at is not null and old.closed_at is distinct from new.closed_at
) execute function releases.refuse_second_result();

grant usage on schema releases to dawr_app, dawr_reader;
-- Rules, places and times are not among the columns: they are published once.
grant
select, insert, update (
    demand, frozen_at, freeze_entry_id, list_root, part_roots, entrants, entrants_by_class, drawn_at, randomness,
    signature, seed, result_entry_id, offered_at, unwanted_places, closed_at
) on releases.release to dawr_app;
grant select, insert, delete, update (line, version, entered_at, is_live) on releases.entrant to dawr_app;
grant select, insert on
releases.round, releases.ended_receipt, releases.frozen_list, releases.result, releases.share, releases.label_range,
releases.offer, releases.class_grant, releases.class_revocation
to dawr_app;
-- The reader sees what everybody may see, and never whose a label is.
revoke all on all tables in schema releases from dawr_reader;
grant select on
releases.release, releases.round, releases.ended_receipt, releases.frozen_list, releases.result, releases.share,
releases.label_range
to dawr_reader;
grant select (service_id, draw_id, rank, place, seat_class, booking_id, offered_at) on releases.offer to dawr_reader;

reset role;
