"""The long lists of a draw, a chunk at a time: the frozen entrants, and the results by rank and by label."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import LiteralString

from dawr.db.pool import Transaction, maybe_one, run
from dawr.releases.frozen_list import LINES_IN_PART, FrozenPart
from dawr.releases.model import Release
from dawr.releases.store.rows import SQL

PARTS_AT_ONCE = 10
ROWS_IN_CHUNK = 10_000
NULL = r"\N"

ResultRow = tuple[int, str, str | None, str, int | None]
"""Rank, label, place, the class whose share the seat is of, and without a place the number on the waiting list."""

Share = tuple[tuple[str, str], Sequence[int]]
"""A place and a class, and the ranks that got that share of its seats."""

LabelRange = tuple[str, Sequence[int]]
"""A label and the ranks of the frozen list's lines from it on."""


async def freeze_list(tx: Transaction, *, release: Release) -> None:
    """Copy the lines of all entrants, sorted bytewise, to where nobody may change them."""
    await run(
        tx,
        SQL["freeze_list"],
        service_id=release.service_id,
        draw_id=release.draw_id,
        lines_in_part=LINES_IN_PART,
    )


async def frozen_parts(tx: Transaction, *, release: Release) -> AsyncIterator[bytes]:
    """The frozen list in its order, some thousand whole lines at a time."""
    parameters = {"service_id": release.service_id, "draw_id": release.draw_id}
    async with tx.cursor("frozen_parts") as cursor:
        cursor.itersize = PARTS_AT_ONCE
        await cursor.execute(SQL["frozen_parts"], parameters)
        async for row in cursor:
            yield row["lines"].encode()


async def part_of_label(tx: Transaction, *, release: Release, label: str) -> FrozenPart | None:
    """The part in which the label's line must stand if it is listed at all."""
    row = await maybe_one(tx, SQL["part_of_label"], service_id=release.service_id, draw_id=release.draw_id, label=label)
    return FrozenPart(**row | {"lines": row["lines"].encode()}) if row else None


async def insert_results(tx: Transaction, *, release: Release, results: Iterable[ResultRow]) -> None:
    draw = _columns_of(release)
    rows = (
        f"{draw}{rank}\t{label}\t{place or NULL}\t{seat_class}\t{number or NULL}\n"
        for rank, label, place, seat_class, number in results
    )
    await _copy(tx, SQL["copy_results"], rows=rows)


async def insert_shares(tx: Transaction, *, release: Release, shares: Iterable[Share]) -> None:
    draw = _columns_of(release)
    rows = (f"{draw}{place}\t{seat_class}\t{_array(ranks)}\n" for (place, seat_class), ranks in shares)
    await _copy(tx, SQL["copy_shares"], rows=rows)


async def insert_label_ranges(tx: Transaction, *, release: Release, ranges: Iterable[LabelRange]) -> None:
    draw = _columns_of(release)
    rows = (f"{draw}{first_label}\t{_array(ranks)}\n" for first_label, ranks in ranges)
    await _copy(tx, SQL["copy_label_ranges"], rows=rows)


def _array(ranks: Sequence[int]) -> str:
    return f"{{{','.join(map(str, ranks))}}}"


def _columns_of(release: Release) -> str:
    """The columns that every row of a draw begins with; COPY's text form reads a backslash as an escape."""
    return f"{release.service_id}\t{release.draw_id}\t".replace("\\", r"\\")


async def _copy(tx: Transaction, statement: LiteralString, *, rows: Iterator[str]) -> None:
    async with tx.cursor() as cursor, cursor.copy(statement) as copy:
        while chunk := "".join(islice(rows, ROWS_IN_CHUNK)):
            await copy.write(chunk)
