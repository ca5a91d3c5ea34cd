"""What the bench asks of the database itself and sets in it, as its owner and never through the site."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from dawr.db.statements import load_statements

SQL = load_statements(__package__, file="counting.sql")


def count_entered(url: str, *, draw_id: str, people: Sequence[UUID]) -> DictRow:
    """`stored` entries of people whose ids follow each other, and how many more than one each (`oversold`)."""
    return _counted(url, "entered", draw_id=draw_id, first=people[0], last=people[-1])


def count_booked(url: str, *, service_id: str, slot_ids: Sequence[str]) -> DictRow:
    """`seats` of slots, their bookings (`stored`), those beyond the seats, and how far off the slots' own count is."""
    return _counted(url, "booked", service_id=service_id, slot_ids=list(slot_ids))


def add_entrants(url: str, *, service_id: str, draw_id: str, first: int, last: int, now: datetime) -> None:
    """Entrants with the numbers from `first` to `last`, to whom any place is welcome."""
    with psycopg.connect(url, options="-c synchronous_commit=off") as connection:
        connection.execute(
            SQL["add_entrants"],
            {"service_id": service_id, "draw_id": draw_id, "first": first, "last": last, "now": now},
        )


def vacuum(url: str) -> None:
    """What the server does by itself some time after its tables have grown."""
    _tell(url, "vacuum_entrants")


@contextmanager
def flushes_delayed(url: str) -> Iterator[None]:
    """Each flush of the log to disk takes two milliseconds more, as on a disk over a network."""
    _tell(url, "delay_flushes", "delay_flushes_of_everybody", "read_settings_again")
    try:
        yield
    finally:
        _tell(url, "delay_no_flush", "read_settings_again")


def _counted(url: str, name: str, **parameters: object) -> DictRow:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        row = connection.execute(SQL[name], parameters).fetchone()
    assert row is not None, "a count has a row"
    return row


def _tell(url: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute(SQL[name])
