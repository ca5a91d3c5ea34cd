-- First-come releases: their waiting lines, the places in them, and the waves that let people in.
set local role dawr_owner;

create schema lines;

create table lines.line (
    service_id text not null,
    line_id text not null,
    gathers_at timestamptz not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    act_seconds integer not null,
    extend_seconds integer not null,
    inside_max integer not null,
    seats integer not null,
    slots_sha256 text not null,
    -- Orders those who are there at the opening; its hash is published with the rules, the key itself at the opening.
    key bytea not null,
    rules_entry_id bigint not null,
    opened_at timestamptz,
    gathered integer,
    gathered_root text,
    opened_entry_id bigint,
    -- The number that was given last.
    last_number integer not null default 0,
    closed_at timestamptz,
    closed_entry_id bigint,
    constraint line_id_is_used_once primary key (service_id, line_id),
    constraint line_gathers_before_it_opens check (gathers_at <= opens_at),
    constraint line_closes_after_it_opens check (closes_at > opens_at),
    constraint line_gives_time_to_act check (act_seconds > 0 and extend_seconds >= 0),
    constraint line_lets_somebody_in check (inside_max > 0),
    constraint line_has_seats check (seats > 0),
    constraint line_key_has_32_bytes check (octet_length(key) = 32),
    constraint an_opened_line_says_who_was_there
    check (
        (opened_at is null) = (gathered is null) and (opened_at is null) = (gathered_root is null)
        and (opened_at is null) = (opened_entry_id is null)
    ),
    constraint a_line_opens_on_time check (opened_at >= opens_at),
    constraint numbers_follow_the_opening check (last_number = 0 or opened_at is not null),
    constraint a_closed_line_was_opened check (closed_at is null or opened_at is not null),
    constraint a_closed_line_is_logged check ((closed_at is null) = (closed_entry_id is null))
);
create index line_by_end on lines.line (opens_at) where closed_at is null;

-- What the line gives out.
create table lines.slot (
    service_id text not null,
    line_id text not null,
    slot_id text collate "C" not null,
    seats integer not null,
    constraint slot_stands_once_in_a_line primary key (service_id, line_id, slot_id),
    constraint slot_is_of_a_line foreign key (service_id, line_id) references lines.line
);

-- One row per person and line. The number is null until the line opens; who misses his turn may take a later one.
create table lines.place (
    service_id text not null,
    line_id text not null,
    person_id uuid not null,
    label text collate "C" not null,
    joined_at timestamptz not null,
    number integer,
    extended_at timestamptz,
    acted_at timestamptz,
    booking_id uuid,
    -- Of the request that took the seat, so that the same one sent again gets the same answer.
    asked_key bytea,
    constraint one_place_per_person_and_line primary key (person_id, service_id, line_id),
    constraint number_begins_at_one check (number > 0),
    constraint who_acted_has_a_booking
    check (
        (acted_at is null) = (booking_id is null) and (acted_at is null) = (asked_key is null)
        and (acted_at is null or number is not null)
    ),
    constraint place_is_of_a_line foreign key (service_id, line_id) references lines.line
-- Room beside each row for the seat that its person takes, which no index is about.
) with (fillfactor = 60);
-- Two partial indexes: neither can be mistaken for the way to one person's place by a statement that was planned while
-- the table was empty.
create unique index number_is_given_once on lines.place (service_id, line_id, number) where number is not null;
create index place_without_number on lines.place (service_id, line_id) where number is null;

-- The labels of those who were there at the opening, sorted, one a line: what the logged root is the root of. Nobody
-- may change or remove it, and it outlives whatever links a label to a person.
create table lines.gathered (
    service_id text not null,
    line_id text not null,
    labels text not null,
    constraint line_is_gathered_once primary key (service_id, line_id),
    constraint gathered_are_of_a_line foreign key (service_id, line_id) references lines.line
);
-- Compressing random labels would cost more than it saves.
alter table lines.gathered alter column labels set storage external;

-- Whoever has a number up to `up_to_number` was let in by the first wave that says so; nothing is written per person.
create table lines.wave (
    service_id text not null,
    line_id text not null,
    up_to_number integer not null,
    at timestamptz not null,
    constraint wave_is_known_once primary key (service_id, line_id, up_to_number),
    constraint wave_is_of_a_line foreign key (service_id, line_id) references lines.line
);

-- A place with its turn, if that has come: from its wave, for the published time, at most until the line closes.
create view lines.standing as
select
    place.service_id, place.line_id, place.person_id, place.label, place.joined_at, place.number, place.extended_at,
    place.acted_at, place.booking_id, place.asked_key, first_wave.at as let_in_at,
    case when first_wave.at is not null then
        least(
            first_wave.at + make_interval(
                secs => line.act_seconds + case when place.extended_at is null then 0 else line.extend_seconds end
            ),
            line.closes_at
        )
    end as turn_ends_at
from lines.place
inner join lines.line on line.service_id = place.service_id and line.line_id = place.line_id
left join lateral (
    select wave.at
    from lines.wave
    where wave.service_id = place.service_id and wave.line_id = place.line_id and wave.up_to_number >= place.number
    order by wave.up_to_number
    limit 1
) as first_wave on true;

-- What an opening or a closing has fixed stays fixed, and no number is given twice.
create function lines.refuse_second_opening() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'line_is_opened_once',
        message = 'a line opens once, closes once, and counts upwards';
end
$$;

create trigger line_is_opened_once before update on lines.line
for each row when (
    old.opened_at is not null
    and (old.opened_at, old.gathered, old.gathered_root, old.opened_entry_id)
    is distinct from (new.opened_at, new.gathered, new.gathered_root, new.opened_entry_id)
    or old.closed_at is not null
    and (old.closed_at, old.closed_entry_id, old.last_number)
    is distinct from (new.closed_at, new.closed_entry_id, new.last_number)
    or new.last_number < old.last_number
) execute function lines.refuse_second_opening();

-- Nobody moves forward in a line, and who has taken a seat has had his turn.
create function lines.refuse_better_place() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'nobody_moves_forward',
        message = 'a number is only given up for a later one, and a turn that was used stays used';
end
$$;

create trigger nobody_moves_forward before update on lines.place
for each row when (
    old.acted_at is not null and old is distinct from new
    or old.number is not null and (new.number is null or new.number < old.number)
    or old.number is not distinct from new.number and old.extended_at is not null
    and old.extended_at is distinct from new.extended_at
) execute function lines.refuse_better_place();

create trigger a_used_turn_stays before delete on lines.place
for each row when (old.acted_at is not null) execute function lines.refuse_better_place();

create function lines.refuse_shrinking_wave() returns trigger language plpgsql as $$
begin
    if exists (
        select from (
            select wave.up_to_number, wave.at
            from lines.wave
            where wave.service_id = new.service_id and wave.line_id = new.line_id
            order by wave.up_to_number desc
            limit 1
        ) as newest
        where newest.up_to_number >= new.up_to_number or newest.at > new.at
    ) then
        raise exception using errcode = 'check_violation', constraint = 'waves_only_grow',
            message = 'each wave comes after the one before it and lets in more';
    end if;
    return new;
end
$$;

create trigger waves_only_grow before insert on lines.wave
for each row execute function lines.refuse_shrinking_wave();

grant usage on schema lines to dawr_app, dawr_reader;
-- Rules, key and times are not among the columns: they are published once.
grant
select, insert, update (
    opened_at, gathered, gathered_root, opened_entry_id, last_number, closed_at, closed_entry_id
) on lines.line to dawr_app;
grant
select, insert, delete, update (joined_at, number, extended_at, acted_at, booking_id, asked_key)
on lines.place to dawr_app;
grant select, insert on lines.slot, lines.gathered, lines.wave to dawr_app;
grant select on lines.standing to dawr_app;
-- The reader sees what everybody may see: neither whose a label is, nor the key before it is logged.
revoke all on all tables in schema lines from dawr_reader;
grant select on lines.slot, lines.gathered, lines.wave to dawr_reader;
grant select (
    service_id, line_id, gathers_at, opens_at, closes_at, act_seconds, extend_seconds, inside_max, seats, slots_sha256,
    rules_entry_id, opened_at, gathered, gathered_root, opened_entry_id, last_number, closed_at, closed_entry_id
) on lines.line to dawr_reader;

reset role;
