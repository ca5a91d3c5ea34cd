"""The verbs of the catalogue: load it, look things up, and give a quota order."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from dawr.catalogue import calendars, store, views
from dawr.catalogue.calendars import Calendar, calendar_of
from dawr.catalogue.changes import Act, Change, LoadReport, changes_between, fields_of
from dawr.catalogue.folder import country, read_folder
from dawr.catalogue.model import (
    Authority,
    Department,
    Fact,
    Noun,
    Office,
    Service,
    ServiceClosed,
    is_offered,
    items_in_force,
    serves,
)
from dawr.catalogue.quota import (
    AuthorityKey,
    AuthorityKeyDiffers,
    QuotaOrder,
    check_new_order,
    check_orders,
    check_promises,
    order_in_force,
    signed,
)
from dawr.catalogue.records import Fault
from dawr.catalogue.search import matching
from dawr.db.pool import Asked, Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.kernel.periods import Period
from dawr.kernel.refusal import NotFound
from dawr.kernel.signing import SigningKey
from dawr.people import actions as people
from dawr.people.model import Officer, Role, RoleMissing, SignedIn
from dawr.settings import Settings
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON

DAYS_AHEAD = 120
"""How far the pages look for holidays and closures."""


async def load_folder(tx: Transaction, folder: Path, *, dry_run: bool, now: datetime) -> LoadReport:
    """Make the catalogue of one country what the record files of `folder` say.

    Loading twice changes nothing the second time. With a fault anywhere, or as a dry run, nothing is changed; the
    report says what is wrong or what would be done.
    """
    nouns, faults = read_folder(_record_files(folder))
    if faults:
        return LoadReport(faults=tuple(faults), changes=(), noun_count=len(nouns), is_dry_run=dry_run)
    await store.wait_for_other_loads(tx)
    standing = await store.nouns_of_country(tx, country=country(nouns))
    changes = changes_between(standing, nouns)
    lost = tuple(_lost(change.noun) for change in changes if change.act is Act.REMOVED and _is_lasting(change.noun))
    if not (lost or dry_run):
        await _make(tx, changes, nouns=nouns, now=now)
    return LoadReport(faults=lost, changes=() if lost else tuple(changes), noun_count=len(nouns), is_dry_run=dry_run)


async def service(tx: Transaction, service_id: ServiceId) -> Service:
    return await store.service(tx, service_id)


async def services(tx: Transaction) -> list[Service]:
    return await store.services(tx)


async def authorities(tx: Transaction) -> list[Authority]:
    return await store.authorities(tx)


async def authority(tx: Transaction, authority_id: AuthorityId) -> Authority:
    """Raises NotFound."""
    for found in await store.authorities(tx):
        if found.authority_id == authority_id:
            return found
    raise NotFound


async def office(tx: Transaction, office_id: OfficeId) -> Office:
    return await store.office(tx, office_id)


async def offices(tx: Transaction) -> list[Office]:
    return await store.offices(tx)


async def offices_serving(tx: Transaction, service_id: ServiceId, *, governorate: str | None = None) -> list[Office]:
    """The offices of a service: for people who live in `governorate` where residence decides, else all."""
    wanted = await store.service(tx, service_id)
    offices = await store.offices_of_department(tx, wanted.department_id)
    return [each for each in offices if serves(each, wanted, governorate=governorate)]


async def services_at(tx: Transaction, office_id: OfficeId) -> list[Service]:
    """What an office offers."""
    return await store.services_of_department(tx, (await store.office(tx, office_id)).department_id)


async def ask_services(tx: Transaction, service_ids: Sequence[ServiceId]) -> Asked[dict[ServiceId, Service]]:
    return await store.ask_services(tx, service_ids)


async def require_offered(tx: Transaction, wanted: Service, *, day_on: date) -> None:
    """Refuses a service that people may not use on `day_on`, or that waits for its decision."""
    openings = views.openings_of(wanted, await store.openings(tx)) if wanted.opened_by else []
    if not is_offered(wanted, openings=openings, day_on=day_on):
        raise ServiceClosed(service=wanted.service_id)


async def calendar(tx: Transaction, office_id: OfficeId) -> Calendar:
    """All that decides when the office is open; `catalogue.calendars` reads it."""
    return calendar_of(
        await store.office(tx, office_id),
        hours=await store.hours_of_office(tx, office_id),
        closures=await store.closures_of_office(tx, office_id),
    )


async def opening_periods(tx: Transaction, office_id: OfficeId, *, day_on: date) -> list[Period]:
    """When the office is open on one of its own days; none on a holiday or by a decision."""
    return calendars.opening_periods(await calendar(tx, office_id), day_on=day_on)


async def working_days(tx: Transaction, office_id: OfficeId, *, from_on: date, until_on: date) -> list[date]:
    """The days on which the office opens, from `from_on` up to but not including `until_on`."""
    return calendars.working_days(await calendar(tx, office_id), from_on=from_on, until_on=until_on)


async def quota_orders(tx: Transaction, service_id: ServiceId) -> list[QuotaOrder]:
    """Every order of the service, oldest first; raises QuotaOrderBroken unless each one is the authority's own."""
    orders = await store.quota_orders(tx, service_id)
    if orders:
        check_orders(orders, key=await store.authority_key(tx, _authority_id(service_id)))
    return orders


async def quota_on(tx: Transaction, service_id: ServiceId, *, day_on: date) -> int | None:
    """How many people the authority allows on that day; None where it has not said. Raises QuotaOrderBroken."""
    order = order_in_force(await quota_orders(tx, service_id), day_on=day_on)
    return order.people_a_day if order else None


async def hold_quotas(tx: Transaction, service_id: ServiceId, *, days_on: Iterable[date]) -> dict[date, int]:
    """The authority's number for each day that has one; no order changes it until the end of the transaction.

    Whoever promises seats reads the numbers here, before any slot is locked. Raises QuotaOrderBroken.
    """
    await store.hold_orders(tx, service_id)
    orders = await quota_orders(tx, service_id)
    in_force = {day_on: order_in_force(orders, day_on=day_on) for day_on in days_on}
    return {day_on: order.people_a_day for day_on, order in in_force.items() if order is not None}


async def begin_quota_order(
    tx: Transaction, visitor: SignedIn, *, service_id: ServiceId, from_on: date, now: datetime
) -> None:
    """From here to the end of the transaction nobody promises seats of the service, so that they can be counted.

    Raises people.RoleMissing and QuotaOrderBackdated.
    """
    officer = await _orderer(tx, visitor, service_id=service_id, now=now)
    check_new_order(from_on=from_on, today_on=_day(now, (await authority(tx, officer.authority_id)).timezone))
    await store.lock_orders(tx, service_id)


async def draft_quota_order(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    people_a_day: int,
    from_on: date,
    until_on: date | None,
    decision: str,
    spoken_for: Mapping[date, int],
    now: datetime,
) -> QuotaOrder:
    """The order as it would be given, unsigned; raises what `order_quota` raises."""
    officer = await _orderer(tx, visitor, service_id=service_id, now=now)
    before = await quota_orders(tx, service_id)
    order = QuotaOrder(
        service_id=service_id,
        number=len(before) + 1,
        authority_id=officer.authority_id,
        people_a_day=people_a_day,
        from_on=from_on,
        until_on=until_on,
        decision=decision,
        set_at=now,
    )
    check_new_order(from_on=from_on, today_on=_day(now, (await authority(tx, officer.authority_id)).timezone))
    check_promises(order, orders=before, spoken_for=spoken_for)
    return order


async def order_quota(
    tx: Transaction,
    visitor: SignedIn,
    *,
    settings: Settings,
    service_id: ServiceId,
    people_a_day: int,
    from_on: date,
    until_on: date | None,
    decision: str,
    spoken_for: Mapping[date, int],
    now: datetime,
) -> QuotaOrder:
    """The authority says how many people a day; nobody else can, the operator least of all (D2.06).

    `spoken_for` are the seats held or promised on each day from `from_on`, counted after `begin_quota_order`. Raises
    people.RoleMissing, QuotaOrderBackdated, QuotaOrderBreaksPromise and QuotaOrderOvertaken.
    """
    draft = await draft_quota_order(
        tx,
        visitor,
        service_id=service_id,
        people_a_day=people_a_day,
        from_on=from_on,
        until_on=until_on,
        decision=decision,
        spoken_for=spoken_for,
        now=now,
    )
    key = SigningKey.from_seed(settings.key_for(f"quota orders {draft.authority_id}"))
    await _pin(tx, draft.authority_id, key=key, now=now)
    order = signed(draft, key=key)
    await store.save_quota_order(tx, order, set_by=visitor.require_person())
    said: dict[str, JSON] = json.loads(order.statement())
    facts = said | {"signature": order.signature, "key_id": key.key_id}
    await transparency.append_public(tx, "quota.order", facts=facts, now=now)
    return order


async def services_to_order(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Service]:
    """The services whose daily number the visitor may order; raises RoleMissing where there is none."""
    officers = await people.require_any_role(tx, visitor, now=now)
    own = {officer.authority_id for officer in officers if officer.role is Role.AUTHORITY}
    if not own:
        raise RoleMissing(role=Role.AUTHORITY.value, place=officers[0].authority_id)
    return [each for each in await store.services(tx) if each.authority_id in own and each.needs_appointment]


async def services_to_announce(tx: Transaction, visitor: SignedIn, *, now: datetime) -> list[Service]:
    """The services whose seats the visitor may announce a draw or a line for; raises RoleMissing."""
    own = {officer.authority_id for officer in await people.announcers_of(tx, visitor, now=now)}
    return [each for each in await store.services(tx) if each.authority_id in own]


async def view_service_to_order(
    tx: Transaction, visitor: SignedIn, service_id: ServiceId, *, now: datetime
) -> views.ServiceView:
    """The service as its authority's officer sees it before an order; raises RoleMissing."""
    await _orderer(tx, visitor, service_id=service_id, now=now)
    return await view_service(tx, service_id, now=now)


async def list_services(tx: Transaction, *, query: str, now: datetime) -> list[views.Listing]:
    """Services by authority and department, those that hold each word of `query`."""
    authorities = await store.authorities(tx)
    found = matching(await store.services(tx), query=query)
    openings = await store.openings(tx)
    offered = [
        offer
        for each in authorities
        for offer in views.offers(
            [service for service in found if service.authority_id == each.authority_id],
            openings=openings,
            day_on=_day(now, each.timezone),
        )
    ]
    return views.listings(authorities=authorities, departments=await store.departments(tx), offered=offered)


async def view_service(tx: Transaction, service_id: ServiceId, *, now: datetime) -> views.ServiceView:
    """Everything public about one service."""
    wanted = await store.service(tx, service_id)
    of = await authority(tx, wanted.authority_id)
    department = await _department(tx, wanted)
    day_on = _day(now, of.timezone)
    all_fees, all_documents = await store.fees(tx, service_id), await store.documents(tx, service_id)
    fees, orders = items_in_force(all_fees, day_on=day_on), await quota_orders(tx, service_id)
    openings = views.openings_of(wanted, await store.openings(tx))
    return views.ServiceView(
        day_on=day_on,
        service=wanted,
        authority=of,
        department=department,
        is_offered=is_offered(wanted, openings=openings, day_on=day_on),
        fees=tuple(fees),
        other_fees=tuple(fee for fee in all_fees if fee not in fees),
        documents=tuple(items_in_force(all_documents, day_on=day_on)),
        offices=tuple(await store.offices_of_department(tx, wanted.department_id)),
        orders=tuple(orders),
        order=order_in_force(orders, day_on=day_on),
        key=await store.authority_key(tx, wanted.authority_id),
        changes=tuple(await store.changes_about(tx, subject=service_id)),
        sources=await sources_of(tx, [wanted, of, department, *all_fees, *all_documents, *openings]),
    )


async def view_office(tx: Transaction, office_id: OfficeId, *, now: datetime) -> views.OfficeView:
    """Everything public about one office."""
    times = await calendar(tx, office_id)
    day_on = _day(now, times.office.timezone)
    department = await _department(tx, times.office)
    ahead = calendars.days_off(times, from_on=day_on, until_on=day_on + timedelta(days=DAYS_AHEAD))
    dated: list[Fact] = [times.office, department, *times.hours, *times.closures]
    return views.OfficeView(
        day_on=day_on,
        office=times.office,
        authority=await authority(tx, times.office.authority_id),
        department=department,
        is_open=calendars.is_open(times, now),
        today=calendars.day(times, day_on=day_on),
        hours=tuple(calendars.hours_on(times, day_on=day_on)),
        days_off=tuple(ahead),
        offers=views.offers(await services_at(tx, office_id), openings=await store.openings(tx), day_on=day_on),
        changes=tuple(await store.changes_about(tx, subject=office_id)),
        sources=await sources_of(tx, dated),
    )


async def sources_of(tx: Transaction, facts: Sequence[Fact]) -> views.Sources:
    """The decisions on which `facts` rest."""
    figures = {fact.figures_source_id for fact in facts if isinstance(fact, Office | Service)}
    return await store.sources(tx, source_ids=figures | {fact.source_id for fact in facts})


async def _orderer(tx: Transaction, visitor: SignedIn, *, service_id: ServiceId, now: datetime) -> Officer:
    """The visitor as an officer of the authority whose service it is; raises people.RoleMissing."""
    wanted = await store.service(tx, service_id)
    return await people.acting_officer(tx, visitor, role=Role.AUTHORITY, authority_id=wanted.authority_id, now=now)


async def _department(tx: Transaction, of: Service | Office) -> Department:
    departments = await store.departments(tx)
    return next(department for department in departments if department.department_id == of.department_id)


async def _make(tx: Transaction, changes: Sequence[Change], *, nouns: Sequence[Noun], now: datetime) -> None:
    for change in changes:
        await store.make_change(tx, change, now=now)
    if changes:
        written = json.dumps([fields_of(noun) for noun in nouns], ensure_ascii=False, sort_keys=True)
        facts: dict[str, JSON] = {
            "act": "catalogue.load",
            "country": country(nouns),
            "changes": len(changes),
            "sha256": sha256(written.encode()).hexdigest(),
        }
        await transparency.append_public(tx, "rule.order", facts=facts, now=now)


async def _pin(tx: Transaction, authority_id: AuthorityId, *, key: SigningKey, now: datetime) -> None:
    """The first order publishes the authority's key; from then on no other is believed."""
    pinned = await store.authority_key(tx, authority_id)
    if pinned is None:
        new = AuthorityKey(authority_id=authority_id, public_key=key.public, published_at=now)
        await store.pin_authority_key(tx, new)
        facts = {"authority": authority_id, "purpose": "quota orders", "public_key": key.public.hex()}
        await transparency.append_public(tx, "key.published", facts=facts, now=now)
    elif pinned.public_key != key.public:
        raise AuthorityKeyDiffers(authority=authority_id)


def _record_files(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.glob("*.rec"))}


def _is_lasting(noun: Noun) -> bool:
    return isinstance(noun, Authority | Department | Office | Service)


def _lost(noun: Noun) -> Fault:
    """People hold turns at it: it may end by a decision, but not vanish from a file."""
    name = noun.key[0]
    return Fault(file="*.rec", line=1, sentence=f"no record describes {name} any more; end it with an until instead")


def _authority_id(service_id: ServiceId) -> AuthorityId:
    return AuthorityId(service_id.partition("/")[0])


def _day(now: datetime, timezone: str) -> date:
    return now.astimezone(ZoneInfo(timezone)).date()
