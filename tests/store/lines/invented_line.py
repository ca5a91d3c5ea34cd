"""One invented line of a service in Kuwait, moved through time by the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from dawr.booking import actions as booking
from dawr.booking.model import BookingId, Slot, SlotId
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.lines import actions
from dawr.lines.actions.advancing import close_line, let_in, open_line
from dawr.lines.model import FirstCome, LineId, Place, StatusAsk, TakeAsk
from dawr.settings import Settings

SERVICE = ServiceId("KW-MOI/18")
LINE = LineId("KW-MOI/18/2027-02-01-0900")
HAWALLI = OfficeId("KW-MOI/HAW-R")
DAY = date(2027, 2, 10)
ANNOUNCED_AT = datetime(2027, 2, 1, 4, 0, tzinfo=UTC)
GATHERS_AT = ANNOUNCED_AT + timedelta(hours=1)
JOINS_AT = GATHERS_AT + timedelta(minutes=10)
OPENS_AT = GATHERS_AT + timedelta(hours=1)
CLOSES_AT = OPENS_AT + timedelta(hours=6)
ACT = timedelta(minutes=10)
EXTEND = timedelta(minutes=10)

NINE, TEN, ELEVEN = (SlotId(f"HAW-20270210-{clock}") for clock in ("0900", "1000", "1100"))


def slot(slot_id: SlotId, *, seats: int) -> Slot:
    """A slot that begins when its id says, by Kuwait's clock."""
    clock = time(int(slot_id[-4:-2]), int(slot_id[-2:]))
    starts_at = datetime.combine(DAY, clock, tzinfo=UTC) - timedelta(hours=3)
    return Slot(
        service_id=SERVICE,
        slot_id=slot_id,
        office_id=HAWALLI,
        day_on=DAY,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=seats,
    )


def person() -> PersonId:
    return PersonId(uuid4())


def asked_key() -> bytes:
    return uuid4().bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a test does with lines of the service; every step tells the time at which it is taken."""

    settings: Settings

    async def announce(
        self,
        tx: Transaction,
        seats: Mapping[SlotId, int] | None = None,
        *,
        line_id: LineId = LINE,
        **changes: object,
    ) -> FirstCome:
        """Slots published and a line before them announced."""
        given = seats or {NINE: 5}
        slots = [slot(slot_id, seats=count) for slot_id, count in given.items()]
        await booking.publish_slots(tx, slots=slots, now=ANNOUNCED_AT)
        wanted: dict[str, object] = {
            "slot_ids": list(given),
            "gathers_at": GATHERS_AT,
            "opens_at": OPENS_AT,
            "closes_at": CLOSES_AT,
            "inside_max": 10,
            "now": ANNOUNCED_AT,
        }
        return await actions.announce(tx, service_id=SERVICE, line_id=line_id, **(wanted | changes))  # type: ignore[arg-type]

    async def join_all(
        self, tx: Transaction, people: Sequence[PersonId], *, line_id: LineId = LINE, now: datetime = JOINS_AT
    ) -> list[Place | Refusal]:
        asks = [actions.join_ask(SERVICE, line_id, person_id=each, settings=self.settings) for each in people]
        return await actions.join_many(tx, asks, now=now)

    async def join(
        self, tx: Transaction, person_id: PersonId | None = None, *, line_id: LineId = LINE, now: datetime = JOINS_AT
    ) -> Place:
        """A place for somebody; raises his refusal."""
        [place] = await self.join_all(tx, [person_id or person()], line_id=line_id, now=now)
        if isinstance(place, Refusal):
            raise place
        return place

    async def place(self, tx: Transaction, person_id: PersonId) -> Place:
        [place] = await actions.status_many(tx, [StatusAsk(service_id=SERVICE, line_id=LINE, person_id=person_id)])
        if isinstance(place, Refusal):
            raise place
        return place

    async def open(self, tx: Transaction, *, now: datetime = OPENS_AT) -> FirstCome:
        return await open_line(tx, service_id=SERVICE, line_id=LINE, now=now)

    async def let_in(self, tx: Transaction, *, now: datetime = OPENS_AT) -> int | None:
        return await let_in(tx, service_id=SERVICE, line_id=LINE, now=now)

    async def close(self, tx: Transaction, *, now: datetime) -> FirstCome:
        return await close_line(tx, service_id=SERVICE, line_id=LINE, now=now)

    def take_ask(self, person_id: PersonId, slot_id: SlotId = NINE, *, key: bytes | None = None) -> TakeAsk:
        return TakeAsk(
            service_id=SERVICE, line_id=LINE, person_id=person_id, slot_id=slot_id, asked_key=key or asked_key()
        )

    async def take(
        self,
        tx: Transaction,
        person_id: PersonId,
        slot_id: SlotId = NINE,
        *,
        key: bytes | None = None,
        now: datetime = OPENS_AT,
    ) -> BookingId:
        """The booking of one who takes a seat; raises his refusal."""
        [taken] = await actions.take_many(tx, [self.take_ask(person_id, slot_id, key=key)], now=now)
        if isinstance(taken, Refusal):
            raise taken
        return taken

    async def opened_with(self, tx: Transaction, count: int) -> list[PersonId]:
        """People who are in line when it opens, in the order of their numbers."""
        people = [person() for _ in range(count)]
        await self.join_all(tx, people)
        await self.open(tx)
        numbers = {each: (await self.place(tx, each)).number or 0 for each in people}
        return sorted(people, key=lambda each: numbers[each])
