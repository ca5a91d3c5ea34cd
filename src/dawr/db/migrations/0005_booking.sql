-- Slots and bookings. Every key holds service_id, so that Citus may spread them by it.
set local role dawr_owner;

create schema booking;

create table booking.slot (
    service_id text not null,
    slot_id text not null,
    office_id text not null,
    day_on date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- None any more: the slot was withdrawn while nobody held or was promised a seat of it.
    seats integer not null,
    taken integer not null default 0,
    -- What an announced draw may fill this slot up to; 0 while no draw has it.
    promised integer not null default 0,
    -- A draw or a line had these seats and can give what is free of them to nobody any more.
    is_left_over boolean not null default false,
    published_at timestamptz not null,
    constraint slot_is_known_once primary key (service_id, slot_id),
    constraint slot_has_countable_seats check (seats between 0 and 100000),
    constraint slot_never_overfilled check (taken between 0 and seats),
    constraint slot_keeps_its_promise check (promised between 0 and seats),
    constraint what_is_promised_is_not_left_over check (promised = 0 or not is_left_over),
    constraint slot_ends_after_it_starts check (ends_at > starts_at)
);
-- The day first: of two indexes that begin with the same column the planner, while it knows nothing of a new table, may
-- take this one for a slot's key and read every slot of a service for each seat.
create index slot_by_day on booking.slot (day_on, service_id);
create index slot_by_office_and_day on booking.slot (office_id, day_on);
create index slot_left_over on booking.slot (service_id, starts_at) where is_left_over;

-- What a quota order allows on one day and what has been given of it (D2.04, D2.05).
create table booking.daily_quota (
    service_id text not null,
    day_on date not null,
    quota integer not null,
    taken integer not null default 0,
    constraint quota_is_set_once_per_day primary key (service_id, day_on),
    constraint quota_never_exceeded check (taken between 0 and quota)
);

create table booking.booking (
    service_id text not null,
    booking_id uuid not null default gen_random_uuid(),
    person_id uuid not null,
    slot_id text not null,
    state text not null,
    reference text not null,
    offered_until timestamptz,
    -- Of a seat that its person took himself: the key of his request, so that the same one sent again is not another.
    asked_key bytea,
    made_at timestamptz not null,
    changed_at timestamptz not null,
    log_entry_id bigint,
    log_salt bytea,
    cancel_entry_id bigint,
    cancel_salt bytea,
    constraint booking_is_known_once primary key (service_id, booking_id),
    constraint booking_has_a_slot foreign key (service_id, slot_id) references booking.slot,
    constraint booking_state_is_known
    check (state in ('offered', 'confirmed', 'attended', 'cancelled', 'lapsed', 'missed')),
    constraint an_offer_has_an_end check (state <> 'offered' or offered_until is not null),
    constraint asked_key_has_16_bytes check (octet_length(asked_key) = 16),
    -- The reference first: a gate looks it up without knowing the service. Two services of one office may give the same
    -- one; the gate then asks which is meant.
    constraint reference_is_used_once unique (reference, service_id)
-- Half of each page is left for the place in the log that every row gets a moment later: written beside the old row it
-- touches no index, and six of them would cost more space than the page.
) with (fillfactor = 50);
create unique index one_live_booking_per_person_and_service on booking.booking (person_id, service_id)
where state in ('offered', 'confirmed');
-- The way to a person's bookings too; where nobody asked, the key is null and nothing is the same.
create unique index one_booking_per_request on booking.booking (person_id, service_id, asked_key);
create index booking_by_slot on booking.booking (service_id, slot_id);
create index offers_by_end on booking.booking (offered_until) where state = 'offered';

-- Bookings that the log does not have yet; the worker adds them within a second or so.
create table booking.unlogged (
    service_id text not null,
    made_at timestamptz not null,
    booking_id uuid not null,
    constraint booking_waits_once_for_the_log primary key (service_id, made_at, booking_id)
);

-- A seat is given back once, because a booking ends once. A turn that counts as missed kept its seat: the records of a
-- gate that had no network may say later that its person came.
create function booking.refuse_second_end() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'an_ended_booking_stays_ended',
        message = 'this booking has ended';
end
$$;

create trigger an_ended_booking_stays_ended before update of state on booking.booking
for each row when (
    old.state not in ('offered', 'confirmed') and new.state <> old.state
    and not (old.state = 'missed' and new.state = 'attended')
)
execute function booking.refuse_second_end();

create trigger an_ended_booking_keeps_its_slot before update of slot_id on booking.booking
for each row when (old.state <> 'confirmed' and new.slot_id <> old.slot_id)
execute function booking.refuse_second_end();

-- Where a booking came from each time that it was moved, the first time first.
create table booking.move (
    service_id text not null,
    booking_id uuid not null,
    number smallint not null,
    from_slot_id text not null,
    to_slot_id text not null,
    moved_at timestamptz not null,
    log_entry_id bigint not null,
    log_salt bytea not null,
    constraint moves_of_a_booking_are_counted primary key (service_id, booking_id, number),
    constraint a_booking_moves_three_times_at_most check (number between 1 and 3),
    constraint a_move_leads_elsewhere check (to_slot_id <> from_slot_id),
    constraint a_move_is_of_a_booking foreign key (service_id, booking_id) references booking.booking,
    constraint a_move_leads_to_a_slot foreign key (service_id, to_slot_id) references booking.slot
);

-- Nobody gets ahead of a draw: a seat that anybody still waits for is not moved into.
create function booking.refuse_promised_seat() returns trigger language plpgsql as $$
begin
    if not exists (
        select from booking.slot
        where slot.service_id = new.service_id and slot.slot_id = new.to_slot_id and slot.is_left_over
    ) then
        raise exception using errcode = 'check_violation', constraint = 'a_booking_moves_to_a_seat_left_over',
            message = 'somebody may still be waiting for this seat';
    end if;
    return null;
end
$$;

create function booking.refuse_silent_move() returns trigger language plpgsql as $$
begin
    if not exists (
        select from booking.move
        where
            move.service_id = new.service_id and move.booking_id = new.booking_id
            and move.from_slot_id = old.slot_id and move.to_slot_id = new.slot_id
    ) then
        raise exception using errcode = 'check_violation', constraint = 'a_booking_changes_its_slot_by_a_move',
            message = 'a booking changes its slot by a move that is written down';
    end if;
    return null;
end
$$;

create trigger a_booking_changes_its_slot_by_a_move after update of slot_id on booking.booking
for each row when (new.slot_id <> old.slot_id) execute function booking.refuse_silent_move();

create trigger a_booking_moves_to_a_seat_left_over after insert on booking.move
for each row execute function booking.refuse_promised_seat();

grant usage on schema booking to dawr_app, dawr_reader;
grant select, insert, update (seats, taken, promised, is_left_over) on booking.slot to dawr_app;
grant select, insert on booking.move to dawr_app;
grant select, insert, update (quota, taken) on booking.daily_quota to dawr_app;
grant select, insert, update, delete on booking.unlogged to dawr_app;
grant
select, insert, update (slot_id, state, changed_at, log_entry_id, log_salt, cancel_entry_id, cancel_salt)
on booking.booking to dawr_app;
-- The reader counts; whose a booking is, and what opens its line in the log, is not his to see.
revoke all on all tables in schema booking from dawr_reader;
grant select on booking.slot, booking.daily_quota to dawr_reader;
grant select (service_id, booking_id, number, from_slot_id, to_slot_id, moved_at, log_entry_id) on booking.move
to dawr_reader;
grant select (service_id, booking_id, slot_id, state, offered_until, made_at, changed_at, log_entry_id, cancel_entry_id)
on booking.booking to dawr_reader;

reset role;
