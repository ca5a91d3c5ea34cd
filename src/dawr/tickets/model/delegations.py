"""Who comes in a person's place: declared by that person before the visit, and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dawr.booking.model import Booking, BookingId, BookingState
from dawr.catalogue.model import Actor, Service
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A declared proxy; his name as the person wrote it, of his civil number the last three digits."""

    service_id: ServiceId
    booking_id: BookingId
    number: int
    person_id: PersonId
    proxy_id: PersonId
    proxy_name: str
    acts_as: Actor
    declared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whose card opens the gate and the counter for a booking: the person, or the proxy of `delegation`."""

    person_id: PersonId
    name: str
    delegation: int | None

    @property
    def is_proxy(self) -> bool:
        return self.delegation is not None


class ProxyExcluded(Refusal):
    """The service is done by the person himself."""

    code = "tickets.proxy_excluded"


class ProxyTooLate(Refusal):
    """Who comes is settled before anybody may arrive, and is not changed while the ticket is suspended."""

    code = "tickets.proxy_too_late"


class ProxyDeclared(Refusal):
    """A booking has one proxy at a time."""

    code = "tickets.proxy_declared"


class ProxiesSpent(Refusal):
    """Who comes may be changed a few times; a turn that goes from hand to hand is not for sale."""

    code = "tickets.proxies_spent"


class OwnProxy(Refusal):
    """Nobody is his own proxy."""

    code = "tickets.own_proxy"
    status = 422


def proxies_of(service: Service) -> tuple[Actor, ...]:
    """As what somebody may come in the person's place, in the catalogue's order; empty where nobody may."""
    allowed = service.may_act - service.may_not_act - {Actor.SELF}
    return tuple(actor for actor in Actor if actor in allowed)


def require_proxy_allowed(service: Service, *, acts_as: Actor) -> None:
    """Refuses a proxy of a service whose rules name none, or none of this kind."""
    if acts_as not in proxies_of(service):
        raise ProxyExcluded


def may_change_who_comes(held: Booking, *, opens_at: datetime, is_suspended: bool, now: datetime) -> bool:
    """Whether it is still open who comes: of a turn that stands, until the gate opens for it at `opens_at`.

    A new ticket would lift the old one's suspension; and from then on another lane, another second look, and two more
    tries with another's card.
    """
    return held.state is BookingState.CONFIRMED and not is_suspended and now < opens_at


def require_other(proxy_id: PersonId, *, than: PersonId) -> None:
    """Refuses the person's own number."""
    if proxy_id == than:
        raise OwnProxy


def only_choice(actors: Sequence[Actor]) -> Actor | None:
    """The one way to stand in, which need not be asked."""
    return actors[0] if len(actors) == 1 else None
