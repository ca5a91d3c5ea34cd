"""Many entries at once: what is known of the people, and what they bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.rows import DictRow

from dawr.db.pool import Transaction, many, run
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.releases.entry_line import CREDIT_MAX
from dawr.releases.model import DrawId, Entry, WatchedEntry
from dawr.releases.store.rows import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands of a person before one draw: his entry there, and his entries of the service elsewhere.

    `has_past_entry` where an entry of a draw that is over still counts as live.
    """

    entry: Entry | None
    asked_key: bytes | None
    is_in_another_draw: bool
    has_past_entry: bool
    has_entered_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a person brings to a draw of a service: the reserved classes that were granted to him, and his credit.

    `losses` are the draws of the service lost since the last success, CREDIT_MAX at most.
    """

    classes: Sequence[str]
    losses: int


NO_CREDENTIALS = Credentials(classes=(), losses=0)

Key = tuple[ServiceId, DrawId, PersonId]


async def hold_open_all(tx: Transaction, draws: Sequence[tuple[ServiceId, DrawId]]) -> None:
    """No freeze of these draws before the end of the transaction."""
    await run(
        tx,
        SQL["hold_open_all"],
        service_ids=[service_id for service_id, _ in draws],
        draw_ids=[draw_id for _, draw_id in draws],
    )


async def standings(tx: Transaction, keys: Sequence[Key]) -> list[Standing]:
    """One for each key, in their order."""
    rows = await many(
        tx,
        SQL["standings"],
        service_ids=[service_id for service_id, _, _ in keys],
        draw_ids=[draw_id for _, draw_id, _ in keys],
        person_ids=[person_id for _, _, person_id in keys],
    )
    return [
        Standing(
            entry=_entry(key, row) if row["label"] else None,
            asked_key=row["asked_key"],
            is_in_another_draw=row["is_in_another_draw"],
            has_past_entry=row["has_past_entry"],
            has_entered_before=row["has_entered_before"],
        )
        for key, row in zip(keys, rows, strict=True)
    ]


async def credentials(
    tx: Transaction, people: Sequence[tuple[ServiceId, PersonId]], *, day_on: date
) -> list[Credentials]:
    """One for each person and service, in their order."""
    rows = await many(
        tx,
        SQL["credentials"],
        service_ids=[service_id for service_id, _ in people],
        person_ids=[person_id for _, person_id in people],
        day_on=day_on,
        credit_max=CREDIT_MAX,
    )
    return [Credentials(**row) for row in rows]


async def watched(tx: Transaction, keys: Sequence[Key]) -> list[WatchedEntry | None]:
    """One for each key, in their order; None where the person has not entered."""
    rows = await many(
        tx,
        SQL["watched"],
        service_ids=[service_id for service_id, _, _ in keys],
        draw_ids=[draw_id for _, draw_id, _ in keys],
        person_ids=[person_id for _, _, person_id in keys],
    )
    return [WatchedEntry(**row) if row["label"] else None for row in rows]


async def end_past_entries(tx: Transaction, keys: Sequence[Key]) -> None:
    await run(
        tx,
        SQL["end_past_entries"],
        service_ids=[service_id for service_id, _, _ in keys],
        person_ids=[person_id for _, _, person_id in keys],
    )


async def insert_entrants(tx: Transaction, new: Sequence[tuple[Entry, bytes]]) -> frozenset[tuple[DrawId, str]]:
    """Put entries there, each with the key of its request; draw and label of those that stand now.

    A label or a person that was there before is left out.
    """
    rows = await many(
        tx,
        SQL["insert_entrants"],
        service_ids=[entry.service_id for entry, _ in new],
        draw_ids=[entry.draw_id for entry, _ in new],
        person_ids=[entry.person_id for entry, _ in new],
        labels=[entry.label for entry, _ in new],
        lines=[entry.line for entry, _ in new],
        entered_at=[entry.entered_at for entry, _ in new],
        asked_keys=[asked_key for _, asked_key in new],
    )
    return frozenset((DrawId(row["draw_id"]), row["label"]) for row in rows)


def _entry(key: Key, row: DictRow) -> Entry:
    service_id, draw_id, person_id = key
    return Entry(
        service_id=service_id,
        draw_id=draw_id,
        person_id=person_id,
        label=row["label"],
        line=row["line"],
        version=row["version"],
        entered_at=row["entered_at"],
        is_live=True,
    )
