"""Quota orders: how many people a day a service may take, said by its authority and nobody else.

An order is a signed statement. Whoever can write a row but does not hold the authority's key can neither raise a
number nor renumber, alter or repeat an order without being found out at the next reading.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dawr.kernel.identifiers import AuthorityId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.kernel.signing import SigningKey, is_signed_by, public_key_id

FORMAT = "dawr-quota-order-v1"
PEOPLE_A_DAY_MAX = 1_000_000


class QuotaOrderBackdated(Refusal):
    """An order begins today or later: people have already relied on the days before."""

    code = "catalogue.quota_order_backdated"
    status = 422


class QuotaOrderBreaksPromise(Refusal):
    """More turns are given or promised on some days than the order allows; `begins_on` is when it may begin."""

    code = "catalogue.quota_order_breaks_promise"
    status = 422


class QuotaOrderOvertaken(Refusal):
    """Another order of this service was given at the same moment."""

    code = "catalogue.quota_order_overtaken"


class QuotaOrderBroken(Refusal):
    """A stored order is not what the authority signed, or one is missing; no number is taken from any of them."""

    code = "catalogue.quota_order_broken"
    status = 503


class AuthorityKeyDiffers(Refusal):
    """The key of this deployment is not the one that is pinned for the authority."""

    code = "catalogue.authority_key_differs"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityKey:
    """The Ed25519 key (32 bytes) under which an authority's orders are believed."""

    authority_id: AuthorityId
    public_key: bytes
    published_at: datetime

    @property
    def key_id(self) -> str:
        return public_key_id(self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaOrder:
    """The `number`-th order of a service: `people_a_day` from `from_on` up to but not including `until_on`."""

    service_id: ServiceId
    number: int
    authority_id: AuthorityId
    people_a_day: int
    from_on: date
    until_on: date | None
    decision: str
    set_at: datetime
    signature: str = ""

    def statement(self) -> bytes:
        """The bytes that are signed: JSON with sorted keys and no spaces, in UTF-8."""
        said = {
            "authority": self.authority_id,
            "decision": self.decision,
            "format": FORMAT,
            "from": self.from_on.isoformat(),
            "number": self.number,
            "people_a_day": self.people_a_day,
            "role": "authority",
            "service": self.service_id,
            "set_at": self.set_at.isoformat(),
            "until": self.until_on.isoformat() if self.until_on else None,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def is_in_force(self, day_on: date) -> bool:
        return self.from_on <= day_on and (self.until_on is None or day_on < self.until_on)

    @property
    def last_on(self) -> date | None:
        """The last day on which it holds, as people say it."""
        return self.until_on - timedelta(days=1) if self.until_on else None


def check_new_order(*, from_on: date, today_on: date) -> None:
    if from_on < today_on:
        raise QuotaOrderBackdated(today_on=today_on.isoformat())


def check_promises(order: QuotaOrder, *, orders: Sequence[QuotaOrder], spoken_for: Mapping[date, int]) -> None:
    """Refuses an order that would take back a turn: a promise is kept, and the lower number begins after it.

    `orders` are those given before, `spoken_for` the seats that people hold or that a draw was promised, by day.
    """
    over = _days_over(order, orders=orders, spoken_for=spoken_for)
    if not over:
        return
    starts = sorted(day_on + timedelta(days=1) for day_on in spoken_for if day_on >= order.from_on)
    begins_on = next(
        start for start in starts if not _days_over(replace(order, from_on=start), orders=orders, spoken_for=spoken_for)
    )
    raise QuotaOrderBreaksPromise(
        people_a_day=order.people_a_day,
        days=len(over),
        first_on=over[0].isoformat(),
        last_on=over[-1].isoformat(),
        most=max(spoken_for[day_on] for day_on in over),
        begins_on=begins_on.isoformat(),
    )


def signed(order: QuotaOrder, *, key: SigningKey) -> QuotaOrder:
    return replace(order, signature=key.sign(order.statement()))


def check_orders(orders: Sequence[QuotaOrder], *, key: AuthorityKey | None) -> None:
    """Refuses when any order is unsigned, altered, of another authority, or missing from the row of numbers."""
    for number, order in enumerate(sorted(orders, key=lambda order: order.number), start=1):
        is_sound = (
            key is not None
            and order.number == number
            and order.authority_id == key.authority_id
            and order.service_id.startswith(f"{key.authority_id}/")
            and is_signed_by(key.public_key, order.statement(), signature=order.signature)
        )
        if not is_sound:
            raise QuotaOrderBroken(service=order.service_id, number=number)


def order_in_force(orders: Sequence[QuotaOrder], *, day_on: date) -> QuotaOrder | None:
    """Of the orders that cover the day, the one that begins last; of two that begin together, the later order."""
    covering = [order for order in orders if order.is_in_force(day_on)]
    return max(covering, key=lambda order: (order.from_on, order.number), default=None)


def _days_over(order: QuotaOrder, *, orders: Sequence[QuotaOrder], spoken_for: Mapping[date, int]) -> list[date]:
    """The days that `order` would govern and on which more is spoken for than it allows."""
    return [
        day_on
        for day_on, seats in sorted(spoken_for.items())
        if seats > order.people_a_day and order_in_force([*orders, order], day_on=day_on) is order
    ]
