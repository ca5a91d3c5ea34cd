"""What the public pages show of a service, of an office and of all services, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dawr.catalogue.calendars import Day
from dawr.catalogue.changes import MadeChange
from dawr.catalogue.model import (
    Authority,
    Department,
    Document,
    Fee,
    Hours,
    Office,
    Opening,
    Service,
    Source,
    SourceId,
    is_offered,
)
from dawr.catalogue.quota import AuthorityKey, QuotaOrder

Sources = Mapping[SourceId, Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A service in a list; closed while it waits for a decision."""

    service: Service
    is_offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The services of one department."""

    authority: Authority
    department: Department
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A service on one day: `fees` and `documents` in force, `other_fees` before and after, every quota order."""

    day_on: date
    service: Service
    authority: Authority
    department: Department
    is_offered: bool
    fees: tuple[Fee, ...]
    other_fees: tuple[Fee, ...]
    documents: tuple[Document, ...]
    offices: tuple[Office, ...]
    orders: tuple[QuotaOrder, ...]
    order: QuotaOrder | None
    key: AuthorityKey | None
    changes: tuple[MadeChange, ...]
    sources: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeView:
    """An office on one day: its hours, whether it is open at this instant, and the days off ahead."""

    day_on: date
    office: Office
    authority: Authority
    department: Department
    is_open: bool
    today: Day
    hours: tuple[Hours, ...]
    days_off: tuple[Day, ...]
    offers: tuple[Offer, ...]
    changes: tuple[MadeChange, ...]
    sources: Sources


def offers(services: Sequence[Service], *, openings: Sequence[Opening], day_on: date) -> tuple[Offer, ...]:
    """The services that exist on `day_on`, the short codes before the long ones as people count them."""
    in_order = sorted(services, key=lambda service: (len(service.code), service.code))
    return tuple(
        Offer(service=service, is_offered=is_offered(service, openings=openings_of(service, openings), day_on=day_on))
        for service in in_order
        if service.is_in_force(day_on)
    )


def openings_of(service: Service, openings: Sequence[Opening]) -> list[Opening]:
    return [opening for opening in openings if opening.service_id == service.service_id]


def listings(
    *,
    authorities: Sequence[Authority],
    departments: Sequence[Department],
    offered: Sequence[Offer],
) -> list[Listing]:
    """One listing for each department that has something to offer, in the order of the authorities."""
    named = {authority.authority_id: authority for authority in authorities}
    made = (
        Listing(
            authority=named[department.authority_id],
            department=department,
            offers=tuple(each for each in offered if each.service.department_id == department.department_id),
        )
        for department in departments
    )
    return [listing for listing in made if listing.offers]
