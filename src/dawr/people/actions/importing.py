"""Taking over what the register says of the cards of people whom we know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Refusal
from dawr.people.actions.cards import record_card
from dawr.people.actions.persons import find_by_civil_number
from dawr.people.civil_number import parse_civil_number
from dawr.people.model import Country
from dawr.people.photograph import parse_photograph
from dawr.people.register_file import RegisterRow
from dawr.settings import Settings

ROWS_AT_ONCE = 200

Photographs = Callable[[str], bytes]
"""The content of a named photograph; refuses one that is not there."""

Told = Callable[[int], None]
"""Is told how many rows were read since the last time."""


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """How many cards were taken over, how many people are unknown here, and what was wrong in which line."""

    taken: int = 0
    unknown: int = 0
    faults: list[tuple[int, Refusal]] = field(default_factory=list)


async def import_cards(
    pool: Pool, rows: Iterable[RegisterRow], *, photographs: Photographs, settings: Settings, told: Told
) -> ImportReport:
    """Record each row's card, some rows in a transaction; done again, it comes to the same.

    Who never signed in here is passed over, so that nothing is kept of people who do not use this. A faulty row is
    reported by its line, never by its number, and the others are taken.
    """
    report, waiting = ImportReport(), iter(rows)
    while batch := list(islice(waiting, ROWS_AT_ONCE)):
        async with transaction(pool) as tx:
            for row in batch:
                await _take(tx, row, photographs=photographs, settings=settings, report=report)
        told(len(batch))
    return report


async def _take(
    tx: Transaction, row: RegisterRow, *, photographs: Photographs, settings: Settings, report: ImportReport
) -> None:
    try:
        parse_civil_number(row.civil_number, country=Country(settings.sign_in.country))
        serial, name = row.checked_serial(), row.photograph_name()
        photograph = parse_photograph(photographs(name)) if name else None
    except Refusal as fault:
        report.faults.append((row.line, fault))
        return
    person_id = await find_by_civil_number(tx, row.civil_number, settings=settings, even_unnamed=True)
    if person_id is None:
        report.unknown += 1
        return
    await record_card(tx, person_id, settings=settings, serial=serial, photograph=photograph)
    report.taken += 1
