"""The hall between the gate and the counters: a token for each who comes in, the display, and a day's history."""

from datetime import date, datetime

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId
from dawr.people.model import Officer
from dawr.tickets import store
from dawr.tickets.model import HALL_SPAN, Called, HallDay, Ticket, Token, day_of, office_of, token_letter

SHOWN_MAX = 8
"""Lines of a display: what can be read across a hall."""
HISTORY_MAX = 3_000
"""More visits than any office's day has."""


async def begin_visit(
    tx: Transaction, *, ticket: Ticket, office_id: OfficeId, guard_id: PersonId, now: datetime
) -> Token:
    """The visit of a ticket whose bearer was let in, and the token that he waits with.

    Whoever is let in next at this office waits for this transaction: numbers have neither gaps nor twins.
    """
    office = await catalogue.office(tx, office_id)
    day_on = day_of(now, timezone=office.timezone)
    letter = token_letter(ticket.service_id, services=await catalogue.services_at(tx, office_id))
    token = Token(letter=letter, number=await store.next_token_number(tx, office_id=office_id, day_on=day_on))
    await store.add_visit(
        tx, ticket=ticket, office_id=office_id, day_on=day_on, token=token, guard_id=guard_id, now=now
    )
    return token


async def called_now(tx: Transaction, office_id: OfficeId, *, now: datetime) -> tuple[Called, ...]:
    """What the display in the hall shows: tokens and desks, nobody's name, the newest call first."""
    return await store.called_now(tx, office_id=office_id, since=now - HALL_SPAN, count_max=SHOWN_MAX)


async def hall_day(tx: Transaction, *, head: Officer, day_on: date) -> HallDay:
    """What became of everybody who came in on a day, for the head of that office; without names."""
    office_id = office_of(head)
    return HallDay(
        day_on=day_on,
        by_service=await store.services_of_day(tx, office_id=office_id, day_on=day_on),
        visits=await store.visits_of_day(tx, office_id=office_id, day_on=day_on, count_max=HISTORY_MAX),
        recurrences=await store.recurrences(tx, office_id=office_id, day_on=day_on),
    )
