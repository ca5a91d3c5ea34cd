"""Who may come in a person's place, by the service's own rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dawr.booking.model import BookingState
from dawr.catalogue.model import Actor
from dawr.tickets.model import (
    EARLY,
    ProxyExcluded,
    may_change_who_comes,
    only_choice,
    proxies_of,
    require_proxy_allowed,
)
from tests.unit.tickets.appointments import appointment


@pytest.mark.parametrize(
    ("may", "may_not", "expected"),
    [
        ({Actor.SELF}, set(), ()),
        ({Actor.SELF, Actor.DELEGATE}, set(), (Actor.DELEGATE,)),
        ({Actor.DELEGATE, Actor.SPONSOR, Actor.SELF}, set(), (Actor.SPONSOR, Actor.DELEGATE)),
        ({Actor.DELEGATE, Actor.SELF}, {Actor.DELEGATE}, ()),
    ],
)
def test_a_proxy_comes_as_what_the_service_allows(
    may: set[Actor], may_not: set[Actor], expected: tuple[Actor, ...]
) -> None:
    service = replace(appointment().service, may_act=frozenset(may), may_not_act=frozenset(may_not))
    assert proxies_of(service) == expected
    for actor in Actor:
        if actor not in expected:
            with pytest.raises(ProxyExcluded):
                require_proxy_allowed(service, acts_as=actor)


@pytest.mark.parametrize(
    ("state", "is_suspended", "second", "expected"),
    [
        (BookingState.CONFIRMED, False, -1, True),
        (BookingState.CONFIRMED, False, 0, False),
        (BookingState.CONFIRMED, True, -1, False),
        (BookingState.ATTENDED, False, -1, False),
        (BookingState.OFFERED, False, -1, False),
    ],
)
def test_who_comes_is_settled_when_the_gate_opens_for_the_turn(
    state: BookingState, *, is_suspended: bool, second: int, expected: bool
) -> None:
    held = replace(appointment().booking, state=state)
    opens_at = held.starts_at - EARLY
    now = opens_at + timedelta(seconds=second)
    assert may_change_who_comes(held, opens_at=opens_at, is_suspended=is_suspended, now=now) is expected


def test_one_choice_is_not_asked() -> None:
    assert only_choice((Actor.DELEGATE,)) is Actor.DELEGATE
    assert only_choice((Actor.DELEGATE, Actor.SPONSOR)) is None
    assert only_choice(()) is None
