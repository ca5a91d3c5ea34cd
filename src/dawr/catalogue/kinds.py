"""What each kind of record says: from its fields to the nouns of the catalogue."""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TypedDict

from dawr.catalogue.model import (
    Actor,
    Authority,
    Channel,
    Closure,
    Department,
    DepartmentId,
    Document,
    DocumentForm,
    Effect,
    Fee,
    FirstTime,
    Hours,
    Needed,
    Noun,
    Office,
    Opening,
    ServedAt,
    Service,
    Shift,
    Source,
    SourceId,
    SourceKind,
    Tier,
    Weekday,
)
from dawr.catalogue.reading import Reading, read_clock, read_date, read_degrees, read_timezone
from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId

CODE = r"[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])?"
AUTHORITY = r"[A-Z]{2}-[A-Z0-9]{1,5}"
SOURCE = r"[A-Z]{2}/[a-z0-9][a-z0-9-]{0,40}"
WORD = r"[a-z][a-z0-9-]{0,30}"
DAY_ZERO = date(1900, 1, 1)
MINUTES_PER_VISIT_MAX = 480


class _Dated(TypedDict):
    from_on: date
    until_on: date | None
    source_id: SourceId


def read_source(record: Reading) -> list[Noun]:
    return [
        Source(
            source_id=_source(record, "source"),
            issuer=record.match("issuer", WORD, example="cabinet"),
            issuer_ar=record.text("issuer_ar"),
            issuer_en=record.text("issuer_en"),
            title_ar=record.text("title_ar"),
            title_en=record.text("title_en"),
            issued_on=record.value("issued", read_date, stand_in=DAY_ZERO),
            kind=record.choice("kind", SourceKind),
        )
    ]


def read_authority(record: Reading) -> list[Noun]:
    return [
        Authority(
            authority_id=AuthorityId(record.match("authority", AUTHORITY, example="KW-MOI")),
            name_ar=record.text("name_ar"),
            name_en=record.text("name_en"),
            country_ar=record.text("country_ar"),
            country_en=record.text("country_en"),
            site=record.match("site", r"[a-z0-9.-]+", example="www.moi.gov.kw"),
            timezone=record.value("timezone", read_timezone, stand_in="UTC"),
            **_dated(record),
        )
    ]


def read_department(record: Reading) -> list[Noun]:
    department = record.match("department", f"{AUTHORITY}/{WORD}", example="KW-MOI/residency")
    return [
        Department(
            department_id=DepartmentId(department),
            authority_id=_authority_of(department),
            name_ar=record.text("name_ar"),
            name_en=record.text("name_en"),
            **_dated(record),
        )
    ]


def read_office(record: Reading) -> list[Noun]:
    office = record.match("office", f"{AUTHORITY}/{CODE}", example="KW-MOI/HAW-R")
    return [
        Office(
            office_id=OfficeId(office),
            authority_id=_authority_of(office),
            department_id=DepartmentId(record.text("department")),
            code=office.partition("/")[2],
            name_ar=record.text("name_ar"),
            name_en=record.text("name_en"),
            place_ar=record.text("place_ar"),
            place_en=record.text("place_en"),
            governorate=record.match("governorate", "[A-Z]{2,5}", example="HAW"),
            governorate_ar=record.text("governorate_ar"),
            governorate_en=record.text("governorate_en"),
            timezone=record.value("timezone", read_timezone, stand_in="UTC"),
            latitude=record.value("latitude", read_degrees, stand_in=0.0),
            longitude=record.value("longitude", read_degrees, stand_in=0.0),
            hall_limit=record.whole("hall_limit", least=1, most=10_000),
            figures_source_id=_source(record, "figures_by"),
            **_dated(record),
        )
    ]


def read_hours(record: Reading) -> list[Noun]:
    shift, weekdays = record.choice("shift", Shift), record.choices("weekdays", Weekday)
    opens = record.value("opens", read_clock, stand_in=time(0))
    closes = record.value("closes", read_clock, stand_in=time(23))
    if closes <= opens:
        record.fault("closes", "the office closes before it opens")
    dated = _dated(record)
    return [
        Hours(office_id=OfficeId(office), shift=shift, weekdays=weekdays, opens=opens, closes=closes, **dated)
        for office in record.words("office")
    ]


def read_service(record: Reading) -> list[Noun]:
    service = record.match("service", f"{AUTHORITY}/{CODE}", example="KW-MOI/18")
    may_act, may_not_act = record.choices("may_act", Actor), record.choices("may_not_act", Actor)
    if not may_act:
        record.fault("may_act", "may_act names nobody who may use this service")
    for actor in sorted(may_act & may_not_act):
        record.fault("may_not_act", f"{actor} both may and may not act")
    return [
        Service(
            service_id=ServiceId(service),
            authority_id=_authority_of(service),
            department_id=DepartmentId(record.text("department")),
            code=service.partition("/")[2],
            name_ar=record.text("name_ar"),
            name_en=record.text("name_en"),
            summary_ar=record.text("summary_ar"),
            summary_en=record.text("summary_en"),
            channel=record.choice("channel", Channel),
            first_time=record.choice("first_time", FirstTime),
            served_at=record.choice("served_at", ServedAt),
            tier=record.choice("tier", Tier),
            minutes_per_visit=record.whole("minutes_per_visit", least=1, most=MINUTES_PER_VISIT_MAX),
            done_within_days=record.whole("done_within_days", least=0, most=3650),
            times_a_year_max=record.maybe_whole("times_a_year_max", least=1, most=366),
            may_act=may_act,
            may_not_act=may_not_act,
            has_restriction_check=record.flag("restriction_check"),
            opened_by=record.maybe("opened_by", str),
            figures_source_id=_source(record, "figures_by"),
            **_dated(record),
        )
    ]


def read_opening(record: Reading) -> list[Noun]:
    dated = _dated(record)
    return [Opening(service_id=ServiceId(service), **dated) for service in record.words("service")]


def read_fee(record: Reading) -> list[Noun]:
    item, money = record.match("item", WORD, example="each-year"), record.money("amount")
    name_ar, name_en, dated = record.text("name_ar"), record.text("name_en"), _dated(record)
    return [
        Fee(
            service_id=ServiceId(service),
            item=item,
            name_ar=name_ar,
            name_en=name_en,
            amount_minor=money.minor,
            currency=money.currency,
            **dated,
        )
        for service in record.words("service")
    ]


def read_document(record: Reading) -> list[Noun]:
    item, form = record.match("item", WORD, example="passport"), record.choice("form", DocumentForm)
    needed, dated = record.choice("needed", Needed), _dated(record)
    name_ar, name_en = record.text("name_ar"), record.text("name_en")
    return [
        Document(
            service_id=ServiceId(service),
            item=item,
            name_ar=name_ar,
            name_en=name_en,
            form=form,
            needed=needed,
            **dated,
        )
        for service in record.words("service")
    ]


def read_closure(record: Reading) -> list[Noun]:
    effect, dated = record.choice("effect", Effect), _dated(record)
    name_ar, name_en = record.text("name_ar"), record.text("name_en")
    return [
        Closure(scope=scope, effect=effect, name_ar=name_ar, name_en=name_en, **dated)
        for scope in record.words("scope")
    ]


KINDS: Mapping[str, Callable[[Reading], list[Noun]]] = {
    "Source": read_source,
    "Authority": read_authority,
    "Department": read_department,
    "Office": read_office,
    "Hours": read_hours,
    "Service": read_service,
    "Opening": read_opening,
    "Fee": read_fee,
    "Document": read_document,
    "Closure": read_closure,
}


def _dated(record: Reading) -> _Dated:
    """The three fields that every fact has: since when, until when, by which decision."""
    from_on = record.value("from", read_date, stand_in=DAY_ZERO)
    until_on = record.maybe("until", read_date)
    if until_on is not None and until_on <= from_on:
        record.fault("until", "until is the first day on which this no longer holds, so it lies after from")
    return {"from_on": from_on, "until_on": until_on, "source_id": _source(record, "by")}


def _source(record: Reading, name: str) -> SourceId:
    return SourceId(record.match(name, SOURCE, example="KW/cabinet-2020-03-12"))


def _authority_of(identifier: str) -> AuthorityId:
    return AuthorityId(identifier.partition("/")[0])
