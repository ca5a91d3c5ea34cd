"""An opening: some enter a draw, others take seats of a line, all at once; and what they were told is counted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count, cycle, zip_longest
from uuid import UUID, uuid4

from dawr.bench.openings import OpenDraw, OpenLine, open_line_of
from dawr.kernel.identifiers import PersonId
from tests.faults.counting import CLEAN, Held, Tally, tallied
from tests.faults.load import Answer, Load
from tests.faults.site import Site

SLOTS = 10
SEATS = 40
NUMBERS = count(1)
ACKNOWLEDGED = 201


@dataclass(slots=True, kw_only=True)
class Rush:
    """People with one request each, and the answers of everybody so far."""

    site: Site
    line: OpenLine
    people: Sequence[PersonId]
    requests: Sequence[bytes]
    answers: list[Answer] = field(default_factory=list)

    @contextmanager
    def under_way(self, *, copies: int = 1, rate: float = 0) -> Iterator[Load]:
        """Everybody sends `copies` of his request until each is answered; the first answer is what he goes by."""
        requests = [request for request in self.requests for _ in range(copies)]
        with Load(self.site.addresses, requests, rate=rate) as load:
            yield load
        self.answers = self.answers or load.in_order[::copies]

    def acknowledged(self) -> set[Held]:
        return {held for held in map(_held, self.people, self.answers) if held is not None}

    def require_everybody_right(self) -> None:
        """Each has what he was told, the seats are given to the last one, and asking again changes nothing."""
        self._require_counted()
        with self.under_way() as again:
            pass
        for before, after in zip(self.answers, again.in_order, strict=True):
            require_same(before, after)
        self._require_counted()
        assert self.site.bugs() == []

    def _require_counted(self) -> None:
        assert set(refusals(self.answers)) <= {"booking.slot_full", "lines.closed"}
        assert self.tally() == CLEAN
        assert self.taken() == dict.fromkeys(self.line.slot_ids, SEATS)

    def tally(self) -> Tally:
        """What these people were told against what the database has of them."""
        return tallied(self.acknowledged(), self.stored(), seats=dict.fromkeys(self.line.slot_ids, SEATS))

    def stored(self) -> list[Held]:
        entered = "select person_id, label from releases.entrant where person_id = any(%(people)s)"
        booked = "select person_id, booking_id, slot_id from booking.booking where person_id = any(%(people)s)"
        people: list[UUID] = list(self.people)
        return [
            *(Held(person, label) for person, label in self.site.asked(entered, people=people)),
            *(Held(person, str(booking), slot) for person, booking, slot in self.site.asked(booked, people=people)),
        ]

    def taken(self) -> dict[str, int]:
        """What each slot itself says is taken."""
        slots = "select slot_id, taken from booking.slot where slot_id = any(%(slots)s)"
        return dict(self.site.asked(slots, slots=list(self.line.slot_ids)))


def rush_to(site: Site, draw: OpenDraw, *, entering: int = 1500, taking: int = SLOTS * SEATS * 3 // 2) -> Rush:
    """`entering` people for the draw, and `taking` people who all have their turn in a line that has fewer seats."""
    now = datetime.now(UTC)
    entrants, takers = invented(entering), invented(taking)
    line = open_line_of(
        site.server.url,
        name=f"2027-02-01-{next(NUMBERS):04}",
        people=takers,
        slots=SLOTS,
        seats=SEATS,
        settings=site.settings,
        now=now,
    )
    entries = site.requests(draw.path, people=entrants, bodies=cycle(draw.bodies))
    wanted = ({"slot": slot_id} for slot_id in cycle(line.slot_ids))
    seats = site.requests(line.booking_path, people=takers, bodies=wanted)
    asking = [*zip(entrants, entries, strict=True)], [*zip(takers, seats, strict=True)]
    mixed = [each for each in chain(*zip_longest(*asking)) if each is not None]
    people, requests = zip(*mixed, strict=True)
    return Rush(site=site, line=line, people=people, requests=requests)


def invented(count: int) -> list[PersonId]:
    """People whom nobody knows."""
    return [PersonId(uuid4()) for _ in range(count)]


def require_same(before: Answer, after: Answer) -> None:
    """The same thing acknowledged in the same words; or refused again, in whatever words fit by now."""
    assert before.status == after.status
    assert before == after or before.status != ACKNOWLEDGED


def refusals(answers: Sequence[Answer]) -> Counter[str]:
    """How often each refusal was said."""
    return Counter(json.loads(answer.body)["type"] for answer in answers if answer.status != ACKNOWLEDGED)


def _held(person_id: PersonId, answer: Answer) -> Held | None:
    if answer.status != ACKNOWLEDGED:
        return None
    said = json.loads(answer.body)
    return Held(person_id, said["booking"], said["slot"]) if "booking" in said else Held(person_id, said["label"])
