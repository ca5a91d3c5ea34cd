"""The nouns of the catalogue: what an authority offers, where, when, for how much, and who decided so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import ClassVar, NewType, TypeVar

from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.money import Money
from dawr.kernel.refusal import Refusal

SourceId = NewType("SourceId", str)
DepartmentId = NewType("DepartmentId", str)


class SourceKind(StrEnum):
    DECISION = "decision"
    CIRCULAR = "circular"
    REPORT = "report"
    DEMONSTRATION = "demonstration"


class Channel(StrEnum):
    ONLINE = "online"
    IN_PERSON = "in_person"
    BOTH = "both"


class FirstTime(StrEnum):
    """How the first transaction of a kind is done: paper originals cannot be seen through a screen."""

    AS_USUAL = "as_usual"
    IN_PERSON_WITH_ORIGINALS = "in_person_with_originals"


class ServedAt(StrEnum):
    ANY = "any"
    RESIDENCE = "residence"


class Tier(StrEnum):
    NORMAL = "normal"
    INSTANT = "instant"


class Actor(StrEnum):
    """Who comes or applies: the person, or one who may stand in."""

    SELF = "self"
    SPONSOR = "sponsor"
    EMPLOYER = "employer"
    GUARDIAN = "guardian"
    DELEGATE = "delegate"


class Shift(StrEnum):
    MORNING = "morning"
    EVENING = "evening"


class Weekday(StrEnum):
    """In the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class DocumentForm(StrEnum):
    ORIGINAL = "original"
    COPY = "copy"


class Needed(StrEnum):
    ALWAYS = "always"
    FIRST_TIME = "first_time"


class Effect(StrEnum):
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which decision a fact rests on; `issuer` is the short name of the body whose decision it is."""

    noun: ClassVar[str] = "source"
    source_id: SourceId
    issuer: str
    issuer_ar: str
    issuer_en: str
    title_ar: str
    title_en: str
    issued_on: date
    kind: SourceKind

    @property
    def key(self) -> tuple[str, ...]:
        return (self.source_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What holds from `from_on` up to but not including `until_on`, by the decision `source_id`."""

    noun: ClassVar[str]
    from_on: date
    until_on: date | None
    source_id: SourceId

    def is_in_force(self, day_on: date) -> bool:
        return self.from_on <= day_on and (self.until_on is None or day_on < self.until_on)

    @property
    def last_on(self) -> date | None:
        """The last day on which it holds, as people say it."""
        return self.until_on - timedelta(days=1) if self.until_on else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Fact):
    noun: ClassVar[str] = "authority"
    authority_id: AuthorityId
    name_ar: str
    name_en: str
    country_ar: str
    country_en: str
    site: str
    timezone: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.authority_id,)

    @property
    def country(self) -> str:
        return country_of(self.authority_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department(Fact):
    """A part of an authority; its offices offer its services."""

    noun: ClassVar[str] = "department"
    department_id: DepartmentId
    authority_id: AuthorityId
    name_ar: str
    name_en: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.department_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office(Fact):
    """A place that people go to; at most `hall_limit` of them in any hour.

    Its place on the map and its hall limit may rest on another decision than the office itself: `figures_source_id`.
    """

    noun: ClassVar[str] = "office"
    office_id: OfficeId
    authority_id: AuthorityId
    department_id: DepartmentId
    code: str
    name_ar: str
    name_en: str
    place_ar: str
    place_en: str
    governorate: str
    governorate_ar: str
    governorate_en: str
    timezone: str
    latitude: float
    longitude: float
    hall_limit: int
    figures_source_id: SourceId

    @property
    def key(self) -> tuple[str, ...]:
        return (self.office_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Fact):
    """One shift of an office, in its local time; no `weekdays` means each working day of the country."""

    noun: ClassVar[str] = "hours"
    office_id: OfficeId
    shift: Shift
    weekdays: frozenset[Weekday]
    opens: time
    closes: time

    @property
    def key(self) -> tuple[str, ...]:
        return (self.office_id, self.shift, self.from_on.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Fact):
    """A public service offered at an office or online.

    `opened_by` names the body whose decision must open it: without one the service is ready, but closed.
    `done_within_days` counts working days, 0 being the same day. `has_restriction_check` means that an outside
    register is asked, yes or no, whether the person is under a restriction. Minutes, days and times a year rest on
    `figures_source_id`.
    """

    noun: ClassVar[str] = "service"
    service_id: ServiceId
    authority_id: AuthorityId
    department_id: DepartmentId
    code: str
    name_ar: str
    name_en: str
    summary_ar: str
    summary_en: str
    channel: Channel
    first_time: FirstTime
    served_at: ServedAt
    tier: Tier
    minutes_per_visit: int
    done_within_days: int
    times_a_year_max: int | None
    may_act: frozenset[Actor]
    may_not_act: frozenset[Actor]
    has_restriction_check: bool
    opened_by: str | None
    figures_source_id: SourceId

    @property
    def key(self) -> tuple[str, ...]:
        return (self.service_id,)

    @property
    def needs_appointment(self) -> bool:
        return self.channel is not Channel.ONLINE or self.first_time is FirstTime.IN_PERSON_WITH_ORIGINALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Fact):
    """The decision that opens a service which waits for one."""

    noun: ClassVar[str] = "opening"
    service_id: ServiceId

    @property
    def key(self) -> tuple[str, ...]:
        return (self.service_id, self.from_on.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee(Fact):
    noun: ClassVar[str] = "fee"
    service_id: ServiceId
    item: str
    name_ar: str
    name_en: str
    amount_minor: int
    currency: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.service_id, self.item, self.from_on.isoformat())

    @property
    def money(self) -> Money:
        return Money(minor=self.amount_minor, currency=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Fact):
    noun: ClassVar[str] = "document"
    service_id: ServiceId
    item: str
    name_ar: str
    name_en: str
    form: DocumentForm
    needed: Needed

    @property
    def key(self) -> tuple[str, ...]:
        return (self.service_id, self.item, self.from_on.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Fact):
    """A decision on top of the calendar; `scope` is a country, an authority or an office."""

    noun: ClassVar[str] = "closure"
    scope: str
    effect: Effect
    name_ar: str
    name_en: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.scope, self.from_on.isoformat())

    def covers(self, office: Office) -> bool:
        return self.scope in {country_of(office.office_id), office.authority_id, office.office_id}


Noun = Source | Authority | Department | Office | Hours | Service | Opening | Fee | Document | Closure

AnyFact = TypeVar("AnyFact", bound=Fact)
AnyItem = TypeVar("AnyItem", Fee, Document)


class ServiceClosed(Refusal):
    """The service waits for a decision that has not been taken, or is no longer offered."""

    code = "catalogue.service_closed"


def country_of(identifier: str) -> str:
    """The ISO 3166 country with which each identifier begins."""
    return identifier[:2]


def in_force(facts: Iterable[AnyFact], *, day_on: date) -> AnyFact | None:
    """Of the facts that cover the day, the one that began last: a later decision stands over an earlier one."""
    covering = [fact for fact in facts if fact.is_in_force(day_on)]
    return max(covering, key=lambda fact: fact.from_on, default=None)


def items_in_force(facts: Sequence[AnyItem], *, day_on: date) -> list[AnyItem]:
    """Of fees or documents one for each item, in the order of the items."""
    items = dict.fromkeys(fact.item for fact in facts)
    found = (in_force((fact for fact in facts if fact.item == item), day_on=day_on) for item in items)
    return [fact for fact in found if fact is not None]


def is_offered(service: Service, *, openings: Sequence[Opening], day_on: date) -> bool:
    """Whether people can use the service that day: in force and, where it waits for a decision, opened by one."""
    if not service.is_in_force(day_on):
        return False
    return service.opened_by is None or in_force(openings, day_on=day_on) is not None


def serves(office: Office, service: Service, *, governorate: str | None) -> bool:
    """Whether the office offers the service, to people who live in `governorate` where residence decides."""
    if office.department_id != service.department_id:
        return False
    return service.served_at is ServedAt.ANY or governorate is None or office.governorate == governorate
