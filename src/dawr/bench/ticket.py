"""How many tickets one core signs, checks and prints in a second."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from time import process_time
from typing import TypeVar
from uuid import UUID

from dawr.bench.site import CATALOGUE
from dawr.booking.model import Booking, BookingId, BookingState, SlotId
from dawr.catalogue.folder import read_folder
from dawr.catalogue.model import Authority, Document, Noun, Office, Service
from dawr.demo.crowd import Stranger, invented_crowd
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId, ServiceId, code_from_bytes
from dawr.people.model import Country, Person
from dawr.tickets.keys import key_set, ticket_key
from dawr.tickets.model import EARLY, Appointment, Ticket, TicketId, TicketStatus, Verdict
from dawr.tickets.paper import printed_ticket
from dawr.tickets.payload import Claims, identity_commitment, ticket_code
from dawr.tickets.verdict import Place, StatusList, verify

AUTHORITY, SERVICE, OFFICE = AuthorityId("KW-MOI"), ServiceId("KW-MOI/18"), OfficeId("KW-MOI/HAW-R")
STARTS_AT = datetime(2027, 2, 4, 6, 30, tzinfo=UTC)
KEY = ticket_key(bytes(32))
KEYS = key_set([KEY.public])
DAY_KEY = bytes(32)
PLACE = Place(office_id=OFFICE, timezone="Asia/Kuwait", now=STARTS_AT, status_list=StatusList(as_of_at=STARTS_AT))
PEOPLE_MAX = 2_000
BATCH = 50

Told = Callable[[str, int, int], None]
Turn = tuple[int, Stranger]
Item = TypeVar("Item")
Made = TypeVar("Made")


def ticket_figures(*, tickets: int, prints: int, told: Told) -> dict[str, int]:
    """Tickets a second of one core: issued and verified as text, and rendered as a PDF of A5 with its square code.

    Every ticket is another one, so that nothing can be taken from a cache. Counted in processor seconds, all threads
    together: neighbours on the machine do not show.
    """
    turns = turns_of(max(tickets, prints) + 1)
    issued, codes = _rate(issued_code, turns, step="issue", told=told)
    verified, _ = _rate(_verified, codes, step="verify", told=told)
    with tempfile.TemporaryDirectory(prefix="dawr-bench-") as folder:
        shown = _appointments(turns[: prints + 1], codes)
        drawn = partial(printed_ticket, paper="a5", public_url="https://turns.example", data_dir=Path(folder))
        rendered, _ = _rate(drawn, shown, step="render", told=told)
    return {"issue_per_s": round(issued), "verify_per_s": round(verified), "render_per_s": round(rendered)}


def turns_of(count: int) -> list[Turn]:
    """Invented holders, each with his place in the status list."""
    return list(enumerate(islice(cycle(invented_crowd(PEOPLE_MAX)), count)))


def _rate(work: Callable[[Item], Made], items: Sequence[Item], *, step: str, told: Told) -> tuple[float, list[Made]]:
    """How often `work` is done in a processor second, and what it made; the first item only warms it up."""
    made = [work(items[0])]
    seconds = 0.0
    for first in range(1, len(items), BATCH):
        started = process_time()
        made += [work(item) for item in items[first : first + BATCH]]
        seconds += process_time() - started
        told(step, len(made) - 1, len(items) - 1)
    return (len(items) - 1) / max(seconds, 1e-9), made


def issued_code(turn: Turn) -> str:
    """The ticket of a turn of STARTS_AT, whose place in the status list is its number."""
    number, holder = turn
    claims = Claims(
        issuer=AUTHORITY,
        not_before_at=STARTS_AT - EARLY,
        expires_at=STARTS_AT + timedelta(hours=4),
        ticket_id=_ticket_id(number),
        service_id=SERVICE,
        office_id=OFFICE,
        starts_at=STARTS_AT,
        minutes=30,
        identity=identity_commitment(DAY_KEY, holder.civil_number),
        name=holder.name_ar,
        status_index=number,
    )
    return ticket_code(claims, key=KEY)


def _verified(code: str) -> None:
    assert verify(code, keys=KEYS, place=PLACE).verdict is Verdict.ADMIT, "an honest ticket is admitted"


def _appointments(turns: Sequence[Turn], codes: Sequence[str]) -> list[Appointment]:
    nouns, faults = read_folder({file.name: file.read_bytes() for file in CATALOGUE.glob("*.rec")})
    assert not faults, "the catalogue of this tree is sound"
    return [_appointment(turn, code=code, nouns=nouns) for turn, code in zip(turns, codes, strict=False)]


def _appointment(turn: Turn, *, code: str, nouns: Sequence[Noun]) -> Appointment:
    number, holder = turn
    booking_id, person_id = BookingId(UUID(int=number)), PersonId(UUID(int=number))
    return Appointment(
        ticket=Ticket(
            service_id=SERVICE,
            ticket_id=_ticket_id(number),
            booking_id=booking_id,
            person_id=person_id,
            bearer_id=person_id,
            delegation=None,
            office_id=OFFICE,
            starts_at=STARTS_AT,
            status=TicketStatus.VALID,
            status_index=number,
            sequence=0,
            code=code,
            issued_at=STARTS_AT,
        ),
        booking=Booking(
            service_id=SERVICE,
            booking_id=booking_id,
            person_id=person_id,
            slot_id=SlotId("HAW-R-20270204-0930"),
            office_id=OFFICE,
            starts_at=STARTS_AT,
            ends_at=STARTS_AT + timedelta(minutes=30),
            state=BookingState.CONFIRMED,
            reference=code_from_bytes(holder.taste[:6]),
            offered_until=None,
            made_at=STARTS_AT,
        ),
        holder=Person(
            person_id=person_id,
            country=Country.KUWAIT,
            civil_number_tail=holder.civil_number[-3:],
            name_ar=holder.name_ar,
            name_latin=holder.name_latin,
        ),
        service=next(each for each in nouns if isinstance(each, Service) and each.service_id == SERVICE),
        office=next(each for each in nouns if isinstance(each, Office) and each.office_id == OFFICE),
        authority=next(each for each in nouns if isinstance(each, Authority) and each.authority_id == AUTHORITY),
        documents=tuple(each for each in nouns if isinstance(each, Document) and each.service_id == SERVICE),
    )


def _ticket_id(number: int) -> TicketId:
    return TicketId(number.to_bytes(10))
