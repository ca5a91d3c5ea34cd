"""Many entries at once: what is known of the people, and what they bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from psycopg.rows import DictRow

from dawr.db.pool import Asked, Transaction, as_json, ask, many, run
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.releases.entry_line import CREDIT_MAX
from dawr.releases.model import DrawId, Entry, Release, WatchedEntry
from dawr.releases.store.releases import release_of_row
from dawr.releases.store.rows import SQL


class Standing(msgspec.Struct, frozen=True, kw_only=True):
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


async def ask_held_open(
    tx: Transaction, draws: Sequence[tuple[ServiceId, DrawId]]
) -> Asked[dict[tuple[ServiceId, DrawId], Release]]:
    """These draws, as far as they exist; none of them is frozen before the end of the transaction."""
    return await ask(
        tx,
        SQL["hold_open"],
        read=_releases,
        service_ids=[service_id for service_id, _ in draws],
        draw_ids=[draw_id for _, draw_id in draws],
    )


async def ask_standings(tx: Transaction, keys: Sequence[Key]) -> Asked[list[Standing]]:
    """One for each key, in their order."""
    return await ask(tx, SQL["standings"], read=lambda rows: _standings(keys, rows), asking=_asking(keys))


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
    rows = await many(tx, SQL["watched"], asking=_asking(keys))
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
    asking = [
        {
            "service_id": entry.service_id,
            "draw_id": entry.draw_id,
            "person_id": entry.person_id,
            "label": entry.label,
            "line": entry.line,
            "entered_at": entry.entered_at,
            "asked_key": asked_key,
        }
        for entry, asked_key in new
    ]
    rows = await many(tx, SQL["insert_entrants"], asking=as_json(asking))
    return frozenset((DrawId(row["draw_id"]), row["label"]) for row in rows)


def _asking(keys: Sequence[Key]) -> str:
    return as_json(
        [
            {"number": number, "service_id": service_id, "draw_id": draw_id, "person_id": person_id}
            for number, (service_id, draw_id, person_id) in enumerate(keys)
        ]
    )


def _releases(rows: Sequence[DictRow]) -> dict[tuple[ServiceId, DrawId], Release]:
    return {(release.service_id, release.draw_id): release for release in map(release_of_row, rows)}


def _standings(keys: Sequence[Key], rows: Sequence[DictRow]) -> list[Standing]:
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
