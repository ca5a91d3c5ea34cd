"""Slots: published, withdrawn, promised to a draw or a line, left over, and bound by a day's quota."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dawr.booking import model, store
from dawr.booking.model import DayQuota, QuotaExceeded, Slot, SlotId, SlotPromised
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound
from dawr.transparency import actions as transparency
from dawr.transparency.model import JSON


async def publish_slots(tx: Transaction, *, slots: Sequence[Slot], now: datetime) -> None:
    """Publish slots, or change the seats of published ones; refuses fewer seats than are taken or promised."""
    await store.publish_slots(tx, slots=slots, now=now)
    for service_id, day_on in sorted({(slot.service_id, slot.day_on) for slot in slots}):
        seats = {slot.slot_id: slot.seats for slot in slots if (slot.service_id, slot.day_on) == (service_id, day_on)}
        facts: dict[str, JSON] = {
            "service": service_id,
            "day": day_on.isoformat(),
            "seats": dict(sorted(seats.items())),
        }
        await transparency.append_public(tx, "slot.published", facts=facts, now=now)


async def withdraw_slots(
    tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId], reason: str, now: datetime
) -> list[Slot]:
    """Take published slots back, with all their seats; returns them as they were.

    Refuses a slot that is not there, and one of which anybody holds or was promised a seat.
    """
    await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    found = [slot for slot in await store.slots(tx, service_id=service_id, slot_ids=slot_ids) if slot.seats]
    if len(found) < len(set(slot_ids)):
        raise NotFound
    model.require_nobodys(found)
    await store.withdraw_slots(tx, service_id=service_id, slot_ids=slot_ids)
    for day_on in sorted({slot.day_on for slot in found}):
        facts: dict[str, JSON] = {
            "service": service_id,
            "day": day_on.isoformat(),
            "slots": sorted(slot.slot_id for slot in found if slot.day_on == day_on),
            "reason": reason,
        }
        await transparency.append_public(tx, "slot.withdrawn", facts=facts, now=now)
    return found


async def slot(tx: Transaction, service_id: ServiceId, slot_id: SlotId) -> Slot:
    return await store.slot(tx, service_id=service_id, slot_id=slot_id)


async def slots(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> list[Slot]:
    """The named slots, in order of time."""
    return await store.slots(tx, service_id=service_id, slot_ids=slot_ids)


async def slots_between(
    tx: Transaction, service_id: ServiceId, *, starts_at: datetime, ends_at: datetime
) -> list[Slot]:
    """The slots of a service that start in a half-open period, 20,000 at most."""
    return await store.slots_between(tx, service_id=service_id, starts_at=starts_at, ends_at=ends_at)


async def slots_on_days(
    tx: Transaction, service_id: ServiceId, *, from_on: date, until_on: date, timezone: str
) -> list[Slot]:
    """The slots of a service from the first of these days to the last, as the clocks of `timezone` have them."""
    starts_at, ends_at = (
        datetime.combine(day_on, time.min, tzinfo=ZoneInfo(timezone)) for day_on in (from_on, until_on + timedelta(1))
    )
    return await slots_between(tx, service_id, starts_at=starts_at, ends_at=ends_at)


async def left_over(tx: Transaction, service_id: ServiceId, *, after: datetime, until: datetime) -> list[Slot]:
    """Slots that start between these instants with a seat for which nobody waits any more, the soonest first."""
    return await store.left_over(tx, service_id=service_id, after=after, until=until)


async def promise_seats(
    tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId], quotas: Mapping[date, int]
) -> list[Slot]:
    """Keep the free seats of slots for one draw, and bind their days to `quotas`; the slots with free seats.

    Refuses a slot that is not there, one that another draw has, and a quota below what has been given. Whether all
    that is promised fits the quotas, `seats_spoken_for` says; both are locked until the end of the transaction.
    """
    asked = await store.slots(tx, service_id=service_id, slot_ids=slot_ids)
    if len(asked) < len(set(slot_ids)):
        raise NotFound
    days_on = sorted({slot.day_on for slot in asked})
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=days_on)
    for day_on, quota in sorted(quotas.items()):
        await store.set_daily_quota(tx, service_id=service_id, day_on=day_on, quota=quota)
    locked = await store.slots(tx, service_id=service_id, slot_ids=slot_ids)
    if any(slot.promised for slot in locked):
        raise SlotPromised
    free = [slot.slot_id for slot in locked if slot.free > 0]
    await store.promise_seats(tx, service_id=service_id, slot_ids=free)
    return await store.slots(tx, service_id=service_id, slot_ids=free)


async def hold_days(tx: Transaction, service_id: ServiceId, *, from_on: date) -> dict[date, int]:
    """What is given or promised on each day with slots from `from_on`; nobody changes it while we are at it."""
    days_on = await store.days_with_slots(tx, service_id=service_id, from_on=from_on)
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=days_on)
    return await store.seats_spoken_for(tx, service_id=service_id, days_on=days_on)


async def bind_days(tx: Transaction, service_id: ServiceId, *, quotas: Mapping[date, int]) -> None:
    """Nobody is given a seat past these quotas from now on; refuses one below what has been given of its day."""
    await store.lock_slots_of_days(tx, service_id=service_id, days_on=sorted(quotas))
    for day_on, quota in sorted(quotas.items()):
        await store.set_daily_quota(tx, service_id=service_id, day_on=day_on, quota=quota)


async def end_promise(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> None:
    """Whatever had these slots gives nothing of them any more; what is left over may be promised anew."""
    await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    await store.end_promise(tx, service_id=service_id, slot_ids=slot_ids)


async def seats_spoken_for(tx: Transaction, service_id: ServiceId, *, days_on: Sequence[date]) -> dict[date, int]:
    """What is given on each day, counting all that a draw may still give there."""
    return await store.seats_spoken_for(tx, service_id=service_id, days_on=days_on)


async def quota_left(tx: Transaction, service_id: ServiceId, *, days_on: Sequence[date]) -> dict[date, int]:
    """What is left of each bound day; a day without a quota is absent."""
    rows = await store.daily_quotas(tx, service_id=service_id, days_on=days_on)
    return {row["day_on"]: row["quota"] - row["taken"] for row in rows}


async def quotas_on(tx: Transaction, *, days_on: Sequence[date]) -> list[DayQuota]:
    """The bound days of every service among `days_on`."""
    return await store.quotas_on(tx, days_on=days_on)


async def lock_seats(tx: Transaction, service_id: ServiceId, *, slot_ids: Sequence[SlotId]) -> None:
    """Hold slots, and then the quotas of their days, before any booking in them is touched."""
    days_on = await store.lock_slots(tx, service_id=service_id, slot_ids=slot_ids)
    await store.lock_quotas(tx, service_id=service_id, days_on=days_on)


async def require_promises_kept(tx: Transaction, service_id: ServiceId, *, day_on: date) -> None:
    """After a seat left over was given: refuses where its day could no longer give all that it has promised.

    Nobody promises more of the day meanwhile: whoever does locks every slot of it, and one of them is ours.
    """
    quotas = await store.daily_quotas(tx, service_id=service_id, days_on=[day_on])
    spoken_for = await store.seats_spoken_for(tx, service_id=service_id, days_on=[day_on])
    if any(spoken_for.get(day_on, 0) > row["quota"] for row in quotas):
        raise QuotaExceeded
