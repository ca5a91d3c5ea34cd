"""Stages, safe rules and places: the decisions of a release."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dawr.booking.model import Slot, SlotId
from dawr.releases.assignment import Place
from dawr.releases.beacon import instant_of
from dawr.releases.model.nouns import Release, Rules, Stage
from dawr.releases.model.refusals import ClassUnknown, ListFrozen, ReleaseNotOpen, RulesUnsafe, WitnessesMissing

CONFIRM_SECONDS_MIN = 600


def stage_of(release: Release, *, now: datetime) -> Stage:
    """The stage at `now`; each stage needs the facts of the one before."""
    if release.closed_at is not None:
        return Stage.CLOSED
    if release.offered_at is not None:
        return Stage.MOVING
    if release.drawn_at is not None:
        return Stage.OFFERING
    if release.frozen_at is not None:
        return Stage.FROZEN
    if now >= release.rules.freezes_at:
        return Stage.FREEZING
    return Stage.OPEN if now >= release.rules.opens_at else Stage.ANNOUNCED


def require_open(release: Release, *, now: datetime) -> None:
    """Refuses unless the release takes entries at `now`."""
    stage = stage_of(release, now=now)
    if stage is Stage.ANNOUNCED:
        raise ReleaseNotOpen(opens_at=release.rules.opens_at.isoformat())
    if stage is not Stage.OPEN:
        raise ListFrozen


def require_class(draw_class: str, *, rules: Rules, granted: Collection[str]) -> None:
    """Refuses a reserved class that the release does not have or that was not granted; "" is the open share."""
    if draw_class and not (draw_class in rules.classes and draw_class in granted):
        raise ClassUnknown


def require_safe_rules(rules: Rules, *, places: Sequence[Place], now: datetime) -> None:
    """Refuses rules under which a draw could be steered, or that nobody could make use of."""
    if rules.witness_quorum < 1 or len(set(rules.witnesses)) < rules.witness_quorum:
        raise WitnessesMissing
    draws_at = instant_of(rules.round, chain=rules.beacon)
    lead = timedelta(seconds=rules.lead_seconds)
    faults = {
        "there are no seats": rules.seats < 1,
        "it opens before its rules are published": rules.opens_at < now,
        "it freezes before it opens": rules.freezes_at <= rules.opens_at,
        "it has no lead before the beacon": rules.lead_seconds < 1 or draws_at < rules.freezes_at + lead,
        "its waiting list ends before it is drawn": rules.moves_until <= draws_at,
        "nobody has time to confirm": rules.confirm_seconds < 1 or rules.travel_seconds < 0,
        "a turn begins before its winner could come": not all(
            is_reachable(place, rules=rules, now=draws_at) for place in places
        ),
    }
    for reason, is_true in faults.items():
        if is_true:
            raise RulesUnsafe(reason=reason)


def is_reachable(place: Place, *, rules: Rules, now: datetime) -> bool:
    """Whether who is offered the place now still has time to confirm and to travel."""
    return now + timedelta(seconds=rules.travel_seconds + CONFIRM_SECONDS_MIN) <= starts_at_of(place)


def places_of(slots: Sequence[Slot], *, reserved: Mapping[SlotId, Mapping[str, int]], timezone: str) -> list[Place]:
    """A release's places, in the order of time: the seats that are still free; `reserved` names shares by slot."""
    ordered = sorted(slots, key=lambda slot: (slot.starts_at, slot.slot_id))
    return [
        Place(
            place_id=slot.slot_id,
            office=slot.office_id,
            starts_at=slot.starts_at.astimezone(ZoneInfo(timezone)).isoformat(timespec="minutes"),
            count=slot.free,
            reserved=reserved.get(slot.slot_id, {}),
        )
        for slot in ordered
        if slot.free > 0
    ]


def starts_at_of(place: Place) -> datetime:
    """When a place's turn begins, by its office's clock."""
    return datetime.fromisoformat(place.starts_at)
