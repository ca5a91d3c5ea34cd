"""Rows in, nouns out."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import LiteralString

from psycopg.rows import DictRow

from dawr.booking.model import (
    MOVES_MAX,
    Booking,
    BookingId,
    BookingState,
    DayQuota,
    Move,
    MovedTooOften,
    QuotaBelowGiven,
    QuotaExceeded,
    Seat,
    SeatsSpokenFor,
    SeatWaitedFor,
    Slot,
    SlotFull,
    SlotId,
    TurnHeld,
    Wanted,
)
from dawr.db.pool import Asked, Transaction, as_json, ask, constraint_refusals, many, maybe_one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.transparency.model import Sealed

SQL = load_statements(__package__)


async def publish_slots(tx: Transaction, *, slots: Sequence[Slot], now: datetime) -> None:
    rows = [
        {
            "service_id": slot.service_id,
            "slot_id": slot.slot_id,
            "office_id": slot.office_id,
            "day_on": slot.day_on,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "seats": slot.seats,
            "now": now,
        }
        for slot in sorted(slots, key=lambda slot: (slot.service_id, slot.slot_id))
    ]
    refusals = {"slot_never_overfilled": SeatsSpokenFor(), "slot_keeps_its_promise": SeatsSpokenFor()}
    with constraint_refusals(refusals):
        async with tx.cursor() as cursor:
            await cursor.executemany(SQL["publish_slot"], rows)


async def slot(tx: Transaction, *, service_id: ServiceId, slot_id: SlotId) -> Slot:
    row = await maybe_one(tx, SQL["slot"], service_id=service_id, slot_id=slot_id)
    if row is None:
        raise NotFound
    return Slot(**row)


async def slots(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> list[Slot]:
    return [Slot(**row) for row in await many(tx, SQL["slots"], service_id=service_id, slot_ids=list(slot_ids))]


async def slots_between(
    tx: Transaction, *, service_id: ServiceId, starts_at: datetime, ends_at: datetime
) -> list[Slot]:
    rows = await many(tx, SQL["slots_between"], service_id=service_id, starts_at=starts_at, ends_at=ends_at)
    return [Slot(**row) for row in rows]


async def left_over(tx: Transaction, *, service_id: ServiceId, after: datetime, until: datetime) -> list[Slot]:
    rows = await many(tx, SQL["left_over"], service_id=service_id, after=after, until=until)
    return [Slot(**row) for row in rows]


async def withdraw_slots(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> None:
    refusals = {"slot_never_overfilled": SeatsSpokenFor(), "slot_keeps_its_promise": SeatsSpokenFor()}
    with constraint_refusals(refusals):
        await run(tx, SQL["withdraw_slots"], service_id=service_id, slot_ids=list(slot_ids))


async def days_with_slots(tx: Transaction, *, service_id: ServiceId, from_on: date) -> list[date]:
    return [row["day_on"] for row in await many(tx, SQL["days_with_slots"], service_id=service_id, from_on=from_on)]


async def lock_slots(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> list[date]:
    """Hold the slots until the end of the transaction; the days that they are on."""
    rows = await many(tx, SQL["lock_slots"], service_id=service_id, slot_ids=sorted(set(slot_ids)))
    return sorted({row["day_on"] for row in rows})


async def lock_slots_of_days(tx: Transaction, *, service_id: ServiceId, days_on: Sequence[date]) -> None:
    await run(tx, SQL["lock_slots_of_days"], service_id=service_id, days_on=list(days_on))


async def lock_quotas(tx: Transaction, *, service_id: ServiceId, days_on: Sequence[date]) -> None:
    await run(tx, SQL["lock_quotas"], service_id=service_id, days_on=list(days_on))


async def promise_seats(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> None:
    await run(tx, SQL["promise_seats"], service_id=service_id, slot_ids=list(slot_ids))


async def end_promise(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> None:
    await run(tx, SQL["end_promise"], service_id=service_id, slot_ids=list(slot_ids))


async def seats_spoken_for(tx: Transaction, *, service_id: ServiceId, days_on: Sequence[date]) -> dict[date, int]:
    rows = await many(tx, SQL["seats_spoken_for"], service_id=service_id, days_on=list(days_on))
    return {row["day_on"]: row["seats"] for row in rows}


async def references_used(tx: Transaction, *, service_id: ServiceId, references: Collection[str]) -> set[str]:
    rows = await many(tx, SQL["references_used"], service_id=service_id, new_references=sorted(references))
    return {row["reference"] for row in rows}


async def offer_seats(
    tx: Transaction,
    *,
    service_id: ServiceId,
    seats: Sequence[Seat],
    until: datetime,
    before_start: timedelta,
    now: datetime,
) -> list[DictRow]:
    refusals = {"slot_never_overfilled": SlotFull(), "quota_never_exceeded": QuotaExceeded()}
    with constraint_refusals(refusals):
        return await many(
            tx,
            SQL["offer_seats"],
            service_id=service_id,
            person_ids=[seat.person_id for seat in seats],
            slot_ids=[seat.slot_id for seat in seats],
            new_references=[seat.reference for seat in seats],
            until=until,
            before_start=before_start,
            now=now,
        )


async def take_seats(
    tx: Transaction, *, wanted: Sequence[Wanted], references: Sequence[str], now: datetime
) -> list[DictRow]:
    """An outcome for each who asked, in their order."""
    asked = [
        {
            "number": number,
            "service_id": each.service_id,
            "person_id": each.person_id,
            "slot_id": each.slot_id,
            "reference": reference,
            "asked_key": each.asked_key,
        }
        for number, (each, reference) in enumerate(zip(wanted, references, strict=True))
    ]
    return await many(tx, SQL["take_seats"], asked=as_json(asked), now=now)


async def take_unlogged(tx: Transaction, *, count_max: int) -> list[DictRow]:
    """Bookings that the log does not have, taken out of the queue for it."""
    return await many(tx, SQL["take_unlogged"], count_max=count_max)


async def record_log_entries(tx: Transaction, *, bookings: Sequence[DictRow], sealed: Sequence[Sealed]) -> None:
    logged = [
        {
            "service_id": row["service_id"],
            "booking_id": row["booking_id"],
            "entry_id": each.entry_id,
            "salt": each.salt,
        }
        for row, each in zip(bookings, sealed, strict=True)
    ]
    await run(tx, SQL["record_log_entries"], logged=as_json(logged))


async def give_back_seats(tx: Transaction, *, service_id: ServiceId, slot_ids: Sequence[SlotId]) -> None:
    await run(tx, SQL["give_back_seats"], service_id=service_id, slot_ids=list(slot_ids))


async def booking(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId) -> Booking:
    row = await maybe_one(tx, SQL["booking"], service_id=service_id, booking_id=booking_id)
    if row is None:
        raise NotFound
    return _booking(row)


async def lock_booking(tx: Transaction, *, service_id: ServiceId, booking_id: BookingId) -> None:
    await run(tx, SQL["lock_booking"], service_id=service_id, booking_id=booking_id)


async def bookings_by_reference(tx: Transaction, *, office_id: OfficeId, reference: str) -> list[Booking]:
    rows = await many(tx, SQL["bookings_by_reference"], office_id=office_id, reference=reference)
    return [_booking(row) for row in rows]


async def bookings_of(tx: Transaction, *, person_id: PersonId) -> list[Booking]:
    return [_booking(row) for row in await many(tx, SQL["bookings_of"], person_id=person_id)]


async def bookings_at(tx: Transaction, *, office_id: OfficeId, day_on: date) -> list[Booking]:
    return [_booking(row) for row in await many(tx, SQL["bookings_at"], office_id=office_id, day_on=day_on)]


async def turns_held(tx: Transaction, *, service_id: ServiceId, person_id: PersonId) -> list[TurnHeld]:
    return [TurnHeld(**row) for row in await many(tx, SQL["turns_held"], service_id=service_id, person_id=person_id)]


async def ask_turns_held_by(
    tx: Transaction, people: Sequence[tuple[ServiceId, PersonId]]
) -> Asked[dict[tuple[ServiceId, PersonId], list[TurnHeld]]]:
    def read(rows: Sequence[DictRow]) -> dict[tuple[ServiceId, PersonId], list[TurnHeld]]:
        held: dict[tuple[ServiceId, PersonId], list[TurnHeld]] = {each: [] for each in people}
        for row in rows:
            held[row["service_id"], row["person_id"]].append(TurnHeld(day_on=row["day_on"], is_live=row["is_live"]))
        return held

    asked = [{"service_id": service_id, "person_id": person_id} for service_id, person_id in people]
    return await ask(tx, SQL["turns_held_by"], read=read, asked=as_json(asked))


async def seats_kept_among(
    tx: Transaction, *, service_id: ServiceId, booking_ids: Sequence[BookingId]
) -> frozenset[BookingId]:
    rows = await many(tx, SQL["seats_kept_among"], service_id=service_id, booking_ids=list(booking_ids))
    return frozenset(BookingId(row["booking_id"]) for row in rows)


async def states_of(
    tx: Transaction, bookings: Collection[tuple[ServiceId, BookingId]]
) -> dict[tuple[ServiceId, BookingId], BookingState]:
    asked = [{"service_id": service_id, "booking_id": booking_id} for service_id, booking_id in bookings]
    rows = await many(tx, SQL["states_of"], asked=as_json(asked))
    return {(row["service_id"], row["booking_id"]): BookingState(row["state"]) for row in rows}


async def change_state(tx: Transaction, *, booking: Booking, state: BookingState, now: datetime) -> None:
    await run(
        tx,
        SQL["change_state"],
        service_id=booking.service_id,
        booking_id=booking.booking_id,
        state=state,
        now=now,
    )


async def move_seat(tx: Transaction, *, booking: Booking, to_slot_id: SlotId, now: datetime) -> None:
    refusals = {"slot_never_overfilled": SlotFull(), "quota_never_exceeded": QuotaExceeded()}
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["move_seat"],
            service_id=booking.service_id,
            booking_id=booking.booking_id,
            from_slot_id=booking.slot_id,
            to_slot_id=to_slot_id,
            now=now,
        )


async def add_move(tx: Transaction, *, booking: Booking, move: Move) -> None:
    refusals = {
        "a_booking_moves_three_times_at_most": MovedTooOften(times_max=MOVES_MAX),
        "a_booking_moves_to_a_seat_left_over": SeatWaitedFor(),
    }
    with constraint_refusals(refusals):
        await run(
            tx,
            SQL["add_move"],
            service_id=booking.service_id,
            booking_id=booking.booking_id,
            number=move.number,
            from_slot_id=move.from_slot_id,
            to_slot_id=move.to_slot_id,
            moved_at=move.moved_at,
            log_entry_id=move.log_entry_id,
            log_salt=move.log_salt,
        )


async def moves_of(tx: Transaction, *, booking: Booking) -> list[Move]:
    rows = await many(tx, SQL["moves_of"], service_id=booking.service_id, booking_id=booking.booking_id)
    return [Move(**row) for row in rows]


async def record_log_entry(tx: Transaction, *, booking: Booking, sealed: Sealed) -> None:
    await _record(tx, SQL["record_log_entry"], booking=booking, sealed=sealed)


async def record_cancel_entry(tx: Transaction, *, booking: Booking, sealed: Sealed) -> None:
    await _record(tx, SQL["record_cancel_entry"], booking=booking, sealed=sealed)


async def services_with_offers_past_their_end(tx: Transaction, *, now: datetime) -> list[ServiceId]:
    rows = await many(tx, SQL["services_with_offers_past_their_end"], now=now)
    return [ServiceId(row["service_id"]) for row in rows]


async def offers_past_their_end(
    tx: Transaction, *, service_id: ServiceId, now: datetime, count_max: int
) -> list[DictRow]:
    return await many(tx, SQL["offers_past_their_end"], service_id=service_id, now=now, count_max=count_max)


async def lapse(
    tx: Transaction, *, service_id: ServiceId, booking_ids: Sequence[BookingId], now: datetime
) -> list[SlotId]:
    rows = await many(tx, SQL["lapse"], service_id=service_id, booking_ids=list(booking_ids), now=now)
    return [SlotId(row["slot_id"]) for row in rows]


async def mark_missed(tx: Transaction, *, before_on: date, now: datetime) -> int:
    return await run(tx, SQL["mark_missed"], before_on=before_on, now=now)


async def set_daily_quota(tx: Transaction, *, service_id: ServiceId, day_on: date, quota: int) -> None:
    with constraint_refusals({"quota_never_exceeded": QuotaBelowGiven(day_on=day_on, quota=quota)}):
        await run(tx, SQL["set_daily_quota"], service_id=service_id, day_on=day_on, quota=quota)


async def daily_quotas(tx: Transaction, *, service_id: ServiceId, days_on: Sequence[date]) -> list[DictRow]:
    return await many(tx, SQL["daily_quotas"], service_id=service_id, days_on=list(days_on))


async def quotas_on(tx: Transaction, *, days_on: Sequence[date]) -> list[DayQuota]:
    return [DayQuota(**row) for row in await many(tx, SQL["quotas_on"], days_on=list(days_on))]


async def _record(tx: Transaction, statement: LiteralString, *, booking: Booking, sealed: Sealed) -> None:
    await run(
        tx,
        statement,
        service_id=booking.service_id,
        booking_id=booking.booking_id,
        entry_id=sealed.entry_id,
        salt=sealed.salt,
    )


def _booking(row: DictRow) -> Booking:
    return Booking(**row | {"state": BookingState(row["state"])})
