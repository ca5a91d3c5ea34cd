"""An invented appointment, complete enough to be printed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from dawr.booking.model import Booking, BookingId, BookingState, SlotId
from dawr.catalogue.model import (
    Actor,
    Authority,
    Channel,
    DepartmentId,
    Document,
    DocumentForm,
    FirstTime,
    Needed,
    Office,
    ServedAt,
    Service,
    SourceId,
    Tier,
)
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId, ServiceId
from dawr.people.model import Country, Person
from dawr.tickets.keys import ticket_key
from dawr.tickets.model import EARLY, Appointment, Ticket, TicketId, TicketStatus
from dawr.tickets.payload import Claims, ticket_code

KEY = ticket_key(b"\x05" * 32)
STARTS_AT = datetime(2027, 2, 4, 6, 30, tzinfo=UTC)
AUTHORITY = AuthorityId("KW-MOI")
SERVICE = ServiceId("KW-MOI/18")
OFFICE = OfficeId("KW-MOI/HAW-R")
BOOKING = BookingId(UUID("00000000-0000-4000-8000-000000000018"))
PERSON = PersonId(UUID("00000000-0000-4000-8000-000000000001"))
DATED = {"from_on": date(2020, 1, 1), "until_on": None, "source_id": SourceId("KW/invented")}


def claims(name: str = "نورة عبدالله سالم العتيق") -> Claims:
    return Claims(
        issuer=AUTHORITY,
        not_before_at=STARTS_AT - EARLY,
        expires_at=STARTS_AT + timedelta(hours=4),
        ticket_id=TicketId(b"0123456789"),
        service_id=SERVICE,
        office_id=OFFICE,
        starts_at=STARTS_AT,
        minutes=30,
        identity=bytes(16),
        name=name,
        status_index=12,
    )


def appointment(
    *,
    status: TicketStatus = TicketStatus.VALID,
    sequence: int = 0,
    documents: int = 2,
    place_ar: str = "حولي، شارع تونس، مقابل المجمع",
) -> Appointment:
    return Appointment(
        ticket=Ticket(
            service_id=SERVICE,
            ticket_id=TicketId(b"0123456789"),
            booking_id=BOOKING,
            person_id=PERSON,
            bearer_id=PERSON,
            delegation=None,
            office_id=OFFICE,
            starts_at=STARTS_AT,
            status=status,
            status_index=12,
            sequence=sequence,
            code=ticket_code(claims(), key=KEY),
            issued_at=STARTS_AT - timedelta(days=3),
        ),
        booking=Booking(
            service_id=SERVICE,
            booking_id=BOOKING,
            person_id=PERSON,
            slot_id=SlotId("HAW-R-20270204-0930"),
            office_id=OFFICE,
            starts_at=STARTS_AT,
            ends_at=STARTS_AT + timedelta(minutes=30),
            state=BookingState.CONFIRMED,
            reference="4K7P2M",
            offered_until=None,
            made_at=STARTS_AT - timedelta(days=4),
        ),
        holder=Person(
            person_id=PERSON,
            country=Country.KUWAIT,
            civil_number_tail="123",
            name_ar="نورة عبدالله سالم العتيق",
            name_latin="NOURA ALATEEQ",
        ),
        service=service(),
        office=office(place_ar),
        authority=Authority(
            authority_id=AUTHORITY,
            name_ar="وزارة الداخلية",
            name_en="Ministry of Interior",
            country_ar="الكويت",
            country_en="Kuwait",
            site="moi.example",
            timezone="Asia/Kuwait",
            **DATED,
        ),
        documents=tuple(document(number) for number in range(documents)),
    )


def service() -> Service:
    return Service(
        service_id=SERVICE,
        authority_id=AUTHORITY,
        department_id=DepartmentId("KW-MOI/residency"),
        code="18",
        name_ar="تجديد إقامة مادة 18 للعاملين في القطاع الأهلي",
        name_en="Renewal of residence under article 18",
        summary_ar="",
        summary_en="",
        channel=Channel.IN_PERSON,
        first_time=FirstTime.AS_USUAL,
        served_at=ServedAt.ANY,
        tier=Tier.NORMAL,
        minutes_per_visit=10,
        done_within_days=0,
        times_a_year_max=None,
        may_act=frozenset({Actor.SELF}),
        may_not_act=frozenset(),
        has_restriction_check=False,
        opened_by=None,
        figures_source_id=SourceId("KW/invented"),
        **DATED,
    )


def office(place_ar: str) -> Office:
    return Office(
        office_id=OFFICE,
        authority_id=AUTHORITY,
        department_id=DepartmentId("KW-MOI/residency"),
        code="HAW-R",
        name_ar="إدارة شؤون إقامة حولي",
        name_en="Hawalli residency department",
        place_ar=place_ar,
        place_en="Hawalli, Tunis Street",
        governorate="HAW",
        governorate_ar="حولي",
        governorate_en="Hawalli",
        timezone="Asia/Kuwait",
        latitude=29.33,
        longitude=48.02,
        hall_limit=40,
        figures_source_id=SourceId("KW/invented"),
        **DATED,
    )


def document(number: int) -> Document:
    return Document(
        service_id=SERVICE,
        item=f"paper-{number}",
        name_ar=f"صورة من عقد العمل رقم {number}",
        name_en=f"Copy of work contract {number}",
        form=DocumentForm.COPY,
        needed=Needed.ALWAYS,
        **DATED,
    )
