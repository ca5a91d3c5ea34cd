"""What a gate with no network needs of a day's tickets, made ahead, because a hash that is cheap is cheap to guess."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from dawr.booking import actions as booking
from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.identifiers import OfficeId
from dawr.people import actions as people
from dawr.people.model import Card
from dawr.settings import Settings
from dawr.tickets import store
from dawr.tickets.challenge import challenge_on
from dawr.tickets.model import PREPARED_ROUNDS, Challenge, PreparedTicket, Ticket
from dawr.tickets.offline import sealed_reference
from dawr.tickets.payload import day_key

CHANCE_BYTES = 32
PREPARED_AT_ONCE = 50
"""Tickets in a transaction: half a second of hashing, and all that is lost when the process is killed."""

Told = Callable[[int], None]
"""Is told how many tickets have been prepared so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    ticket: Ticket
    card: Card
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    ticket: Ticket
    rounds: tuple[Challenge, ...]
    lookup: bytes
    sealed_code: bytes


def answer_key_of(office_id: OfficeId, *, day_on: date, settings: Settings) -> bytes:
    """The key under which an office's day keeps the answers to its challenges, with a network and without."""
    return day_key(settings.key_for("gate challenge"), office_id, day_on=day_on)


async def prepare_day(
    pool: Pool, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime, told: Told = lambda _: None
) -> None:
    """Prepare every ticket of an office's day that is not yet, some at a time; killed, it goes on where it was."""
    done, has_more = 0, True
    while has_more:
        async with transaction(pool) as tx:
            prepared = await prepare_some(tx, office_id, day_on=day_on, settings=settings, now=now)
        done, has_more = done + prepared, prepared == PREPARED_AT_ONCE
        told(done)


async def prepare_some(tx: Transaction, office_id: OfficeId, *, day_on: date, settings: Settings, now: datetime) -> int:
    """Prepare up to PREPARED_AT_ONCE tickets of an office's day; how many they were. Each is one recorded look."""
    await store.lock_preparing(tx, office_id=office_id, day_on=day_on)
    waiting = await store.unprepared_tickets(tx, office_id=office_id, day_on=day_on, count_max=PREPARED_AT_ONCE)
    asked = [await _ask(tx, ticket, settings=settings, now=now) for ticket in waiting]
    key = answer_key_of(office_id, day_on=day_on, settings=settings)
    for made in await asyncio.to_thread(lambda: [_prepare(each, key=key) for each in asked]):
        for challenge in made.rounds:
            await store.add_prepared_challenge(tx, ticket=made.ticket, challenge=challenge, now=now)
        await store.add_offline_reference(
            tx, ticket=made.ticket, lookup=made.lookup, sealed_code=made.sealed_code, now=now
        )
    return len(waiting)


async def count_unprepared(tx: Transaction, office_id: OfficeId, *, day_on: date) -> int:
    """How many tickets of an office's day are not prepared yet."""
    return await store.count_unprepared(tx, office_id=office_id, day_on=day_on)


async def prepared_tickets(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[PreparedTicket]:
    """What has been prepared of an office's day, by the tickets' places in its status list."""
    return await store.prepared_tickets(tx, office_id=office_id, day_on=day_on)


async def chosen_round(
    tx: Transaction, ticket: Ticket, *, card: Card, round_: int, key: bytes, now: datetime
) -> Challenge:
    """A ticket's challenge on its holder's card, chosen by chance; of the prepared rounds, the one that came first."""
    chosen = _challenge(ticket, card=card, key=key, round_=round_)
    if round_ > PREPARED_ROUNDS:
        return chosen
    await store.add_prepared_challenge(tx, ticket=ticket, challenge=chosen, now=now)
    standing = await store.prepared_challenge(tx, ticket=ticket, round_=round_)
    assert standing is not None, "a challenge was just prepared, or stood already"
    return standing


async def _ask(tx: Transaction, ticket: Ticket, *, settings: Settings, now: datetime) -> _Asked:
    card = await people.card_of(
        tx, ticket.bearer_id, settings=settings, looked_by=None, reason="tickets.look.day_pack", now=now
    )
    held = await booking.booking(tx, ticket.service_id, ticket.booking_id)
    return _Asked(ticket=ticket, card=card, reference=held.reference)


def _prepare(asked: _Asked, *, key: bytes) -> _Prepared:
    lookup, sealed_code = sealed_reference(key, asked.reference, code=asked.ticket.code)
    return _Prepared(
        ticket=asked.ticket,
        rounds=tuple(
            _challenge(asked.ticket, card=asked.card, key=key, round_=round_)
            for round_ in range(1, PREPARED_ROUNDS + 1)
        ),
        lookup=lookup,
        sealed_code=sealed_code,
    )


def _challenge(ticket: Ticket, *, card: Card, key: bytes, round_: int) -> Challenge:
    return challenge_on(
        card, chance=secrets.token_bytes(CHANCE_BYTES), key=key, ticket_id=ticket.ticket_id, round_=round_
    )
