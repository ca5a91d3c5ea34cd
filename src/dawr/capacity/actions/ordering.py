"""The authority's daily number: an order keeps every promise made before it, and binds each day that it governs.

The service's orders are locked first, then its slots, then its quotas; whoever promises seats keeps to that order too.
"""

from collections.abc import Mapping
from datetime import date, datetime

from dawr.booking import actions as booking
from dawr.catalogue import actions as catalogue
from dawr.catalogue.quota import QuotaOrder
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.people.model import SignedIn
from dawr.settings import Settings


async def preview_quota_order(
    tx: Transaction,
    visitor: SignedIn,
    *,
    service_id: ServiceId,
    people_a_day: int,
    from_on: date,
    decision: str,
    now: datetime,
) -> tuple[QuotaOrder, Mapping[date, int]]:
    """The order to be looked at first, and the turns already given or promised by day; raises what giving it raises."""
    await catalogue.begin_quota_order(tx, visitor, service_id=service_id, from_on=from_on, now=now)
    spoken_for = await booking.hold_days(tx, service_id, from_on=from_on)
    draft = await catalogue.draft_quota_order(
        tx,
        visitor,
        service_id=service_id,
        people_a_day=people_a_day,
        from_on=from_on,
        until_on=None,
        decision=decision,
        spoken_for=spoken_for,
        now=now,
    )
    return draft, {day_on: seats for day_on, seats in spoken_for.items() if seats}


async def order_quota(
    tx: Transaction,
    visitor: SignedIn,
    *,
    settings: Settings,
    service_id: ServiceId,
    people_a_day: int,
    from_on: date,
    until_on: date | None = None,
    decision: str,
    now: datetime,
) -> QuotaOrder:
    """Give the order, and bind with it every day that has slots already.

    Raises people.RoleMissing, QuotaOrderBackdated, QuotaOrderBreaksPromise and QuotaOrderOvertaken.
    """
    await catalogue.begin_quota_order(tx, visitor, service_id=service_id, from_on=from_on, now=now)
    spoken_for = await booking.hold_days(tx, service_id, from_on=from_on)
    order = await catalogue.order_quota(
        tx,
        visitor,
        settings=settings,
        service_id=service_id,
        people_a_day=people_a_day,
        from_on=from_on,
        until_on=until_on,
        decision=decision,
        spoken_for=spoken_for,
        now=now,
    )
    quotas = await catalogue.hold_quotas(tx, service_id, days_on=spoken_for)
    await booking.bind_days(tx, service_id, quotas=quotas)
    return order
