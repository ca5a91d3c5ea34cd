"""One invented office, its people, and bookings made the way that releases make them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dawr.booking import actions as booking
from dawr.booking.model import Booking, Slot, SlotId
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId, ServiceId
from dawr.people import actions as people
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Country, Officer, Photograph, Role
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.model import Scan, Ticket

AUTHORITY = AuthorityId("KW-TST")
OFFICE = OfficeId("KW-TST/HAW")
OTHER_OFFICE = OfficeId("KW-TST/AHM")
SERVICE = ServiceId("KW-TST/18")
OTHER_SERVICE = ServiceId("KW-TST/20")
STARTS_AT = datetime(2027, 2, 3, 6, 30, tzinfo=UTC)
"""Half past nine on a Wednesday in Kuwait."""

CATALOGUE = """
%rec: Source

source: KW/invented-1
issuer: tester
issuer_ar: المختبر
issuer_en: The tester
title_ar: قرار مخترع
title_en: An invented decision
issued: 2020-01-01
kind: demonstration

%rec: Authority

authority: KW-TST
name_ar: وزارة الاختبار
name_en: Ministry of Tests
country_ar: الكويت
country_en: Kuwait
site: tests.example
timezone: Asia/Kuwait
from: 2020-01-01
by: KW/invented-1

%rec: Department

department: KW-TST/residency
name_ar: شؤون الإقامة
name_en: Residency
from: 2020-01-01
by: KW/invented-1

%rec: Office

{offices}
%rec: Hours

office: KW-TST/HAW KW-TST/AHM
shift: morning
opens: 07:30
closes: 13:30
from: 2020-01-01
by: KW/invented-1

%rec: Service

{services}
%rec: Document

service: KW-TST/18
item: passport
name_ar: جواز السفر
name_en: Passport
form: original
needed: always
from: 2020-01-01
by: KW/invented-1
"""
OFFICE_RECORD = """
office: KW-TST/{code}
department: KW-TST/residency
name_ar: إدارة {name}
name_en: {code} department
place_ar: {name}، شارع تونس
place_en: {code}, Tunis Street
governorate: {code}
governorate_ar: {name}
governorate_en: {code}
timezone: Asia/Kuwait
latitude: {latitude}
longitude: 48.02
hall_limit: 40
figures_by: KW/invented-1
from: 2020-01-01
by: KW/invented-1
"""
SERVICE_RECORD = """
service: KW-TST/{code}
department: KW-TST/residency
name_ar: تجديد إقامة مادة {code}
name_en: Renewal under article {code}
summary_ar: تجديد الإقامة
summary_en: Renew a residence permit
channel: in_person
first_time: as_usual
served_at: any
tier: normal
minutes_per_visit: 10
done_within_days: 0
may_act: {actors}
restriction_check: no
figures_by: KW/invented-1
from: 2020-01-01
by: KW/invented-1
"""


@dataclass(slots=True)
class Office:
    """What a test does in the invented office."""

    settings: Settings
    numbers: dict[PersonId, str] = field(default_factory=dict)
    serials: dict[PersonId, str] = field(default_factory=dict)

    async def person(self, tx: Transaction, name: str = "نورة عبدالله سالم العتيق") -> PersonId:
        number = invented_kuwaiti_number(date(1990, 12, 25), len(self.numbers))
        person_id = await people.register_person(
            tx,
            civil_number=number,
            country=Country.KUWAIT,
            name_ar=name,
            name_latin="NOURA ALATEEQ",
            settings=self.settings,
            now=STARTS_AT,
        )
        self.numbers[person_id] = number
        return person_id

    async def has_card(
        self, tx: Transaction, person_id: PersonId, *, serial: str = "", photograph: Photograph | None = None
    ) -> None:
        """From now on the register knows this of the person's card."""
        await people.record_card(tx, person_id, settings=self.settings, serial=serial, photograph=photograph)
        self.serials[person_id] = serial

    async def officer(self, tx: Transaction, role: Role, *, office_id: OfficeId = OFFICE) -> Officer:
        person_id = await self.person(tx, "موظف مخترع")
        return Officer(person_id=person_id, role=role, authority_id=AUTHORITY, office_id=office_id)

    async def offered(
        self,
        tx: Transaction,
        *,
        starts_at: datetime = STARTS_AT,
        service_id: ServiceId = SERVICE,
        office_id: OfficeId = OFFICE,
    ) -> Booking:
        person_id = await self.person(tx)
        slot_id = SlotId(f"{office_id[-3:]}-{starts_at:%Y%m%d-%H%M}")
        slot = Slot(
            service_id=service_id,
            slot_id=slot_id,
            office_id=office_id,
            day_on=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            seats=50,
        )
        now = starts_at - timedelta(days=5)
        await booking.publish_slots(tx, slots=[slot], now=now)
        offers = await booking.offer_seats(
            tx, service_id=service_id, wanted=[(person_id, slot_id)], until=now + timedelta(days=1), now=now
        )
        return await booking.booking(tx, service_id, offers[person_id])

    async def confirmed(self, tx: Transaction, **where: object) -> Booking:
        offer = await self.offered(tx, **where)  # type: ignore[arg-type]
        return await booking.confirm(
            tx, service_id=offer.service_id, booking_id=offer.booking_id, person_id=offer.person_id, now=offer.made_at
        )

    async def ticket(self, tx: Transaction, **where: object) -> Ticket:
        held = await self.confirmed(tx, **where)
        return await tickets.issue_ticket(tx, confirmed=held, settings=self.settings, now=held.made_at)

    async def scan(self, tx: Transaction, guard: Officer, shown: str, *, now: datetime = STARTS_AT) -> Scan:
        return await tickets.scan_code(tx, guard=guard, shown=shown, service_ids=None, settings=self.settings, now=now)

    async def answer(
        self, tx: Transaction, guard: Officer, scan: Scan, *, is_right: bool = True, now: datetime = STARTS_AT
    ) -> Scan:
        shown = await tickets.shown_scan(tx, guard=guard, scan_id=scan.scan_id)
        assert shown.challenge is not None
        assert shown.ticket is not None
        number = self.numbers[shown.ticket.person_id]
        digits = "".join(number[position - 1] for position in shown.challenge.positions)
        serial = self.serials.get(shown.ticket.person_id, "")
        digits += "".join(serial[position - 1] for position in shown.challenge.serial_positions)
        typed = digits if is_right else "".join(str(9 - int(digit)) for digit in digits)
        return await tickets.answer_challenge(
            tx, guard=guard, scan_id=scan.scan_id, typed=typed, settings=self.settings, now=now
        )

    async def moved(
        self,
        tx: Transaction,
        turn: Booking | Ticket,
        *,
        starts_at: datetime = STARTS_AT + timedelta(hours=1),
        office_id: OfficeId = OFFICE,
    ) -> Booking:
        """The turn goes on in a seat that was left over."""
        slot = Slot(
            service_id=turn.service_id,
            slot_id=SlotId(f"{office_id[-3:]}-{starts_at:%Y%m%d-%H%M}-over"),
            office_id=office_id,
            day_on=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            seats=1,
        )
        now = turn.starts_at - timedelta(days=1)
        await booking.publish_slots(tx, slots=[slot], now=now)
        await booking.end_promise(tx, turn.service_id, slot_ids=[slot.slot_id])
        return await booking.move(
            tx, service_id=turn.service_id, booking_id=turn.booking_id, slot_id=slot.slot_id, now=now
        )

    async def give_back(self, tx: Transaction, ticket: Ticket) -> Booking:
        """Its person gives the turn back a minute before it begins."""
        return await booking.cancel(
            tx,
            service_id=ticket.service_id,
            booking_id=ticket.booking_id,
            person_id=ticket.person_id,
            now=STARTS_AT - timedelta(minutes=1),
        )

    async def mismatched(self, tx: Transaction, guard: Officer, ticket: Ticket, *, now: datetime = STARTS_AT) -> Scan:
        """Two wrong tries at the card's digits."""
        scan = await self.scan(tx, guard, ticket.code, now=now)
        for _ in range(2):
            scan = await self.answer(tx, guard, scan, is_right=False)
        return scan

    async def admitted(self, tx: Transaction, guard: Officer, **where: object) -> Ticket:
        ticket = await self.ticket(tx, **where)
        await self.answer(tx, guard, await self.scan(tx, guard, ticket.code))
        return ticket


async def load_office(tx: Transaction, folder: Path) -> None:
    offices = "".join(
        OFFICE_RECORD.format(code=code, name=name, latitude=latitude)
        for code, name, latitude in (("HAW", "حولي", 29.33), ("AHM", "الأحمدي", 29.08))
    )
    services = "".join(
        SERVICE_RECORD.format(code=code, actors=actors) for code, actors in (("18", "self delegate"), ("20", "self"))
    )
    (folder / "office.rec").write_text(CATALOGUE.format(offices=offices, services=services), encoding="utf-8")
    report = await catalogue.load_folder(tx, folder, dry_run=False, now=STARTS_AT - timedelta(days=30))
    assert not report.faults, report.faults
