"""The order in which the layers decide."""

import pytest

from dawr.web.flood.addresses import Addresses
from dawr.web.flood.guard import ADDRESS, CARRIER_SCALE, EARNED, ENTRANCE, SESSION, Asking, FloodGuard, Kind, Layer
from dawr.web.flood.pressure import Level, Pressure

HOME, CARRIER = "203.0.113.7", "100.64.3.3"
ANONYMOUS = Asking(address=HOME)
PERSON = Asking(address=HOME, session=b"s", person=b"p")


def guard(level: Level = Level.CALM) -> FloodGuard:
    pressure = Pressure()
    pressure.level = level
    return FloodGuard(pressure=pressure, addresses=Addresses())


def admitted(judged: FloodGuard, asking: Asking, *, times: int, at: float = 100.0) -> int:
    return sum(judged.admit(asking, at=at).is_admitted for _ in range(times))


def test_an_anonymous_flood_is_asked_for_a_proof_and_told_how_long_to_wait() -> None:
    judged = guard()
    assert admitted(judged, ANONYMOUS, times=1000) == ADDRESS.burst
    refused = judged.admit(ANONYMOUS, at=100)
    assert (refused.refused_by, refused.status, refused.needs_proof) == (Layer.ADDRESS, 429, True)
    assert 1 <= refused.retry_after_seconds <= 60


def test_a_pass_lets_in_where_the_address_is_spent_and_is_spent_in_its_turn() -> None:
    judged = guard()
    admitted(judged, ANONYMOUS, times=1000)
    earned = Asking(address=HOME, proof=b"n" * 16)
    assert admitted(judged, earned, times=1000) == EARNED.burst
    refused = judged.admit(earned, at=100)
    assert (refused.refused_by, refused.needs_proof) == (Layer.EARNED, False)


@pytest.mark.parametrize("kind", ["sign_in", "proof", "status"])
def test_the_way_round_has_a_budget_of_its_own(kind: Kind) -> None:
    judged = guard()
    admitted(judged, ANONYMOUS, times=1000)
    assert judged.admit(Asking(address=HOME, kind=kind), at=100).is_admitted
    admitted(judged, Asking(address=HOME, kind=kind), times=int(ENTRANCE.burst))
    assert judged.admit(Asking(address=HOME, kind=kind), at=100).refused_by is Layer.ENTRANCE


def test_a_carriers_address_has_a_carriers_budget() -> None:
    assert admitted(guard(), Asking(address=CARRIER), times=20_000) == ADDRESS.burst * CARRIER_SCALE


def test_a_session_is_stopped_before_its_person() -> None:
    judged = guard()
    assert admitted(judged, PERSON, times=200) == SESSION.burst
    assert judged.admit(PERSON, at=100).refused_by is Layer.SESSION
    assert judged.admit(Asking(address=HOME, session=b"other", person=b"p"), at=100).is_admitted


def test_a_shared_device_is_stopped_after_its_people_together() -> None:
    judged = guard()
    for person in range(3):
        admitted(judged, Asking(address=HOME, session=bytes([person]), person=bytes([person]), device="d"), times=80)
    refused = judged.admit(Asking(address=HOME, session=b"new", person=b"new", device="d"), at=100)
    assert refused.refused_by is Layer.DEVICE


def test_writing_costs_more_than_reading() -> None:
    write = Asking(address=HOME, session=b"s", person=b"p", kind="write")
    assert admitted(guard(), write, times=200) < admitted(guard(), PERSON, times=200)


def test_under_pressure_the_anonymous_need_a_proof_and_the_others_do_not() -> None:
    judged = guard(Level.PRESSED)
    refused = judged.admit(ANONYMOUS, at=100)
    assert (refused.refused_by, refused.status, refused.needs_proof) == (Layer.PRESSURE, 503, True)
    assert judged.admit(Asking(address=HOME, proof=b"n" * 16), at=100).is_admitted
    assert judged.admit(PERSON, at=100).is_admitted


def test_overloaded_only_people_who_are_signed_in_or_signing_in_are_let_in() -> None:
    judged = guard(Level.OVERLOADED)
    refused = judged.admit(Asking(address=HOME, proof=b"n" * 16), at=100)
    assert (refused.refused_by, refused.needs_proof) == (Layer.PRESSURE, False)
    assert judged.admit(PERSON, at=100).is_admitted
    assert judged.admit(Asking(address=HOME, kind="sign_in"), at=100).is_admitted


def test_full_is_full() -> None:
    judged = guard(Level.FULL)
    assert judged.admit(PERSON, at=100).status == 503
    assert judged.admit(ANONYMOUS, at=100).status == 503


def test_what_was_stopped_is_counted_once() -> None:
    judged = guard()
    admitted(judged, ANONYMOUS, times=int(ADDRESS.burst) + 7)
    assert judged.take_stopped() == {Layer.ADDRESS: 7}
    assert judged.take_stopped() == {}
