"""Rows in, nouns out."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import DictRow

from dawr.booking.model import BookingId
from dawr.db.pool import Asked, Transaction, as_json, ask, constraint_refusals, many, maybe_one, one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import NotFound
from dawr.lines.model import (
    FirstCome,
    JoinAsk,
    LineAlreadyAnnounced,
    LineId,
    LineTimes,
    OfferedSlot,
    Place,
    Rules,
    StatusAsk,
    TakeAsk,
    Waves,
)

SQL = load_statements(__package__)

PlaceAsk = JoinAsk | StatusAsk | TakeAsk

RULE_COLUMNS = (
    "service_id",
    "line_id",
    "gathers_at",
    "opens_at",
    "closes_at",
    "act_seconds",
    "extend_seconds",
    "inside_max",
    "seats",
    "slots_sha256",
    "key_sha256",
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What an ask met: the times of its line, None where there is no such line, and the person's place, if any."""

    times: LineTimes | None
    place: Place | None


async def insert_line(
    tx: Transaction, *, rules: Rules, slots: Sequence[OfferedSlot], key: bytes, rules_entry_id: int
) -> None:
    with constraint_refusals({"line_id_is_used_once": LineAlreadyAnnounced(line_id=rules.line_id)}):
        await run(
            tx,
            SQL["insert_line"],
            service_id=rules.service_id,
            line_id=rules.line_id,
            gathers_at=rules.gathers_at,
            opens_at=rules.opens_at,
            closes_at=rules.closes_at,
            act_seconds=rules.act_seconds,
            extend_seconds=rules.extend_seconds,
            inside_max=rules.inside_max,
            seats=rules.seats,
            slots_sha256=rules.slots_sha256,
            key=key,
            rules_entry_id=rules_entry_id,
        )
    await run(
        tx,
        SQL["insert_slots"],
        service_id=rules.service_id,
        line_id=rules.line_id,
        slot_ids=[slot.slot_id for slot in slots],
        seats=[slot.seats for slot in slots],
    )


async def line(tx: Transaction, *, service_id: ServiceId, line_id: LineId) -> FirstCome:
    row = await maybe_one(tx, SQL["line"], service_id=service_id, line_id=line_id)
    if row is None:
        raise NotFound
    return _line(row)


async def lines(tx: Transaction, *, service_id: str) -> list[FirstCome]:
    return [_line(row) for row in await many(tx, SQL["lines"], service_id=service_id)]


async def slots(tx: Transaction, *, line: FirstCome) -> list[OfferedSlot]:
    rows = await many(tx, SQL["slots"], service_id=line.service_id, line_id=line.line_id)
    return [OfferedSlot(**row) for row in rows]


async def committed_key(tx: Transaction, *, line: FirstCome) -> bytes:
    row = await one(tx, SQL["committed_key"], service_id=line.service_id, line_id=line.line_id)
    return bytes(row["key"])


async def due_lines(tx: Transaction, *, now: datetime) -> list[tuple[ServiceId, LineId]]:
    rows = await many(tx, SQL["due_lines"], now=now)
    return [(ServiceId(row["service_id"]), LineId(row["line_id"])) for row in rows]


async def lock_line(tx: Transaction, *, service_id: ServiceId, line_id: LineId) -> None:
    """Nobody joins, opens, lets in or closes until the end of the transaction; whose turn it is acts on."""
    await run(tx, SQL["lock_line"], service_id=service_id, line_id=line_id)


async def lock_line_alone(tx: Transaction, *, service_id: ServiceId, line_id: LineId) -> None:
    """Alone with the line: nobody joins, acts or leaves until the end of the transaction."""
    await run(tx, SQL["lock_line_alone"], service_id=service_id, line_id=line_id)


async def lock_lines(tx: Transaction, asks: Sequence[JoinAsk]) -> None:
    """Nobody else joins these lines, and none opens or closes, until the end of the transaction."""
    await run(tx, SQL["lock_lines"], lines=_lines_of(asks))


async def hold_lines(tx: Transaction, asks: Sequence[PlaceAsk]) -> None:
    """None of these lines opens or closes until the end of the transaction."""
    await run(tx, SQL["hold_lines"], lines=_lines_of(asks))


async def lock_places(tx: Transaction, asks: Sequence[PlaceAsk]) -> None:
    await run(tx, SQL["lock_places"], asked=as_json([_key_of(each) for each in asks]))


async def join(tx: Transaction, *, asks: Sequence[JoinAsk], now: datetime) -> None:
    """A place for everybody who has none, or whose turn went by, in lines that take people."""
    asked = [{**_key_of(each), "nth": nth, "label": each.label} for nth, each in enumerate(asks)]
    await run(tx, SQL["join"], asked=as_json(asked), now=now)


async def ask_places(tx: Transaction, asks: Sequence[PlaceAsk]) -> Asked[list[Found]]:
    """What each ask meets, in order."""
    asked = [{**_key_of(each), "nth": nth} for nth, each in enumerate(asks)]
    return await ask(tx, SQL["places"], read=lambda rows: [_found(row) for row in rows], asked=as_json(asked))


async def places_of(tx: Transaction, *, person_id: PersonId) -> list[Place]:
    return [Place(**row) for row in await many(tx, SQL["places_of"], person_id=person_id)]


async def ask_slots_asked(tx: Transaction, asks: Sequence[TakeAsk]) -> Asked[list[bool]]:
    """Whether its line gives out the slot, for each ask."""
    asked = [{**_line_key_of(each), "nth": nth, "slot_id": each.slot_id} for nth, each in enumerate(asks)]
    return await ask(
        tx, SQL["slots_asked"], read=lambda rows: [row["is_offered"] for row in rows], asked=as_json(asked)
    )


async def mark_acted(tx: Transaction, *, taken: Sequence[tuple[TakeAsk, BookingId]], now: datetime) -> None:
    acted = [{**_key_of(each), "booking_id": booking_id, "asked_key": each.asked_key} for each, booking_id in taken]
    await run(tx, SQL["mark_acted"], taken=as_json(acted), now=now)


async def extend(tx: Transaction, *, place: Place, now: datetime) -> None:
    await run(tx, SQL["extend"], **_key_of(place), now=now)


async def leave(tx: Transaction, *, place: Place) -> None:
    await run(tx, SQL["leave"], **_key_of(place))


async def gathered_labels(tx: Transaction, *, line: FirstCome) -> list[str]:
    """The labels of those who joined before the opening, sorted."""
    rows = await many(
        tx,
        SQL["gathered_labels"],
        service_id=line.service_id,
        line_id=line.line_id,
        opens_at=line.rules.opens_at,
    )
    return [row["label"] for row in rows]


async def number_everybody(tx: Transaction, *, line: FirstCome, key: bytes) -> int:
    """First who was there at the opening, by the key, then by arrival; how many that are."""
    return await run(
        tx,
        SQL["number_everybody"],
        service_id=line.service_id,
        line_id=line.line_id,
        opens_at=line.rules.opens_at,
        key=key,
    )


async def save_opening(
    tx: Transaction,
    *,
    line: FirstCome,
    labels: Sequence[str],
    gathered_root: str,
    last_number: int,
    entry_id: int,
    now: datetime,
) -> None:
    key = {"service_id": line.service_id, "line_id": line.line_id}
    await run(tx, SQL["insert_gathered"], **key, labels="".join(f"{label}\n" for label in labels))
    await run(
        tx,
        SQL["save_opening"],
        **key,
        gathered=len(labels),
        gathered_root=gathered_root,
        last_number=last_number,
        entry_id=entry_id,
        now=now,
    )


async def gathered(tx: Transaction, *, line: FirstCome) -> str:
    """labels.txt; NotFound before the opening."""
    row = await maybe_one(tx, SQL["gathered"], service_id=line.service_id, line_id=line.line_id)
    if row is None:
        raise NotFound
    return str(row["labels"])


async def save_closing(tx: Transaction, *, line: FirstCome, entry_id: int, now: datetime) -> None:
    await run(tx, SQL["save_closing"], service_id=line.service_id, line_id=line.line_id, entry_id=entry_id, now=now)


async def waves(tx: Transaction, *, line: FirstCome, before: datetime, now: datetime) -> Waves:
    row = await one(tx, SQL["waves"], service_id=line.service_id, line_id=line.line_id, before=before, now=now)
    return Waves(**row)


async def inside(tx: Transaction, *, line: FirstCome, waves: Waves, now: datetime) -> int:
    """How many have a turn that runs."""
    row = await one(
        tx,
        SQL["inside"],
        service_id=line.service_id,
        line_id=line.line_id,
        after=waves.surely_ended,
        up_to=waves.let_in,
        now=now,
    )
    return int(row["people"])


async def acted_among(tx: Transaction, *, line: FirstCome, after: int, up_to: int) -> int:
    row = await one(tx, SQL["acted_among"], service_id=line.service_id, line_id=line.line_id, after=after, up_to=up_to)
    return int(row["people"])


async def number_of_next(tx: Transaction, *, line: FirstCome, after: int, count: int) -> int | None:
    """The highest number among the next `count` people in line; None where nobody waits."""
    row = await one(
        tx, SQL["number_of_next"], service_id=line.service_id, line_id=line.line_id, after=after, count=count
    )
    return None if row["number"] is None else int(row["number"])


async def insert_wave(tx: Transaction, *, line: FirstCome, up_to_number: int, now: datetime) -> None:
    await run(
        tx,
        SQL["insert_wave"],
        service_id=line.service_id,
        line_id=line.line_id,
        up_to_number=up_to_number,
        now=now,
    )


def _line(row: DictRow) -> FirstCome:
    rules = Rules(**{name: row.pop(name) for name in RULE_COLUMNS})
    return FirstCome(**row, rules=rules)


def _found(row: DictRow) -> Found:
    times = {name: row.pop(name) for name in ("gathers_at", "closes_at", "closed_at")}
    return Found(
        times=LineTimes(**times) if times["closes_at"] else None, place=Place(**row) if row["person_id"] else None
    )


def _lines_of(asks: Sequence[PlaceAsk]) -> str:
    """Each line once: there are few of them, however many ask."""
    keys = sorted({(each.service_id, each.line_id) for each in asks})
    return as_json([{"service_id": service_id, "line_id": line_id} for service_id, line_id in keys])


def _line_key_of(of: PlaceAsk | Place) -> dict[str, object]:
    return {"service_id": of.service_id, "line_id": of.line_id}


def _key_of(of: PlaceAsk | Place) -> dict[str, object]:
    return {"service_id": of.service_id, "line_id": of.line_id, "person_id": of.person_id}
