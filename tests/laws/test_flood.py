"""What holds for every flood: nobody gets more than his limit, nobody pays for his neighbour, memory is bounded."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dawr.web.flood.addresses import Addresses, Proxies
from dawr.web.flood.buckets import Buckets, Limit, Neighbours
from dawr.web.flood.guard import ADDRESS, PERSON, SESSION, Asking, FloodGuard, Layer
from dawr.web.flood.pressure import Level, Pressure

PAUSES = st.lists(st.floats(0, 3), min_size=1, max_size=200)
LIMIT = Limit(burst=5, rate=2)
NAT = "203.0.113.7"


def guard(*, keys_max: int = 1000, level: Level = Level.CALM) -> FloodGuard:
    pressure = Pressure()
    pressure.level = level
    return FloodGuard(pressure=pressure, addresses=Addresses(), keys_max=keys_max)


def instants(pauses: Sequence[float]) -> list[float]:
    at, found = 100.0, []
    for pause in pauses:
        at += pause
        found.append(at)
    return found


@settings(deadline=None)
@given(pauses=PAUSES, cost=st.sampled_from([1.0, 3.0]))
def test_no_key_ever_spends_more_than_its_burst_and_its_rate(pauses: list[float], cost: float) -> None:
    buckets = Buckets(LIMIT, keys_max=10)
    spent: list[tuple[float, float]] = []
    for at in instants(pauses):
        if buckets.wait_seconds("key", cost=cost, at=at) == 0:
            buckets.spend("key", cost=cost, at=at)
            spent.append((at, cost))
    for first, (begins, _) in enumerate(spent):
        for last in range(first, len(spent)):
            seconds = spent[last][0] - begins
            total = sum(paid for _, paid in spent[first : last + 1])
            assert total <= LIMIT.burst + LIMIT.rate * seconds + 1e-6


@given(pauses=PAUSES)
def test_who_waits_the_stated_seconds_is_let_in(pauses: list[float]) -> None:
    buckets = Buckets(LIMIT, keys_max=10)
    for at in instants(pauses):
        wait = buckets.wait_seconds("key", cost=1, at=at)
        assert buckets.wait_seconds("key", cost=1, at=at + wait + 1e-6) == 0
        if wait == 0:
            buckets.spend("key", cost=1, at=at)


@given(keys=st.lists(st.integers(0, 40), max_size=200), keys_max=st.integers(1, 20))
def test_memory_is_bounded_and_the_key_used_last_is_never_forgotten(keys: list[int], keys_max: int) -> None:
    buckets = Buckets(LIMIT, keys_max=keys_max)
    for key in keys:
        buckets.spend(key, cost=LIMIT.burst, at=0)
        assert len(buckets) <= keys_max
        assert buckets.wait_seconds(key, cost=1, at=0) > 0


@given(seen=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=300))
def test_the_count_of_neighbours_is_bounded(seen: list[tuple[int, int]]) -> None:
    neighbours = Neighbours(addresses_max=5, people_max=7, window_seconds=10)
    for address, person in seen:
        neighbours.see(address, person, at=0)
        assert len(neighbours) <= 5
        assert 1 <= neighbours.people(address, at=0) <= 7
        assert neighbours.people(address, at=11) == 0


@settings(deadline=None)
@given(asks=st.integers(1, 400), pause=st.floats(0, 0.2))
def test_a_signed_in_flooder_takes_nothing_from_his_neighbours(asks: int, pause: float) -> None:
    flooded = guard()
    at = 100.0
    for _ in range(asks):
        at += pause
        flooded.admit(Asking(address=NAT, session=b"s", person=b"flooder", kind="write"), at=at)
    assert flooded.admit(Asking(address=NAT, session=b"t", person=b"honest"), at=at).is_admitted
    assert flooded.admit(Asking(address=NAT), at=at).is_admitted
    assert flooded.admit(Asking(address=NAT, kind="sign_in"), at=at).is_admitted


@settings(deadline=None)
@given(asks=st.integers(1, 600))
def test_an_anonymous_flood_stops_nobody_who_is_signed_in(asks: int) -> None:
    flooded = guard()
    for _ in range(asks):
        flooded.admit(Asking(address=NAT), at=100)
    assert flooded.admit(Asking(address=NAT, session=b"t", person=b"honest"), at=100).is_admitted
    assert flooded.admit(Asking(address=NAT, kind="sign_in"), at=100).is_admitted


@settings(deadline=None)
@given(level=st.sampled_from([Level.CALM, Level.PRESSED, Level.OVERLOADED]), asks=st.integers(1, 300))
def test_a_signed_in_person_is_never_asked_for_a_proof(level: Level, asks: int) -> None:
    pressed = guard(level=level)
    answers = [pressed.admit(Asking(address=NAT, session=b"s", person=b"p"), at=100) for _ in range(asks)]
    assert not any(answer.needs_proof for answer in answers)
    assert answers[0].is_admitted
    assert {answer.refused_by for answer in answers} <= {None, Layer.SESSION, Layer.PERSON}


@settings(deadline=None)
@given(sessions=st.integers(1, 30), asks=st.integers(1, 30))
def test_many_sessions_do_not_make_one_person_many(sessions: int, asks: int) -> None:
    judged = guard()
    admitted = sum(
        judged.admit(Asking(address=NAT, session=bytes([session]), person=b"p"), at=100).is_admitted
        for _ in range(asks)
        for session in range(sessions)
    )
    assert admitted == min(sessions * min(asks, int(SESSION.burst)), int(PERSON.burst))


@settings(deadline=None)
@given(people=st.integers(0, 12))
def test_the_budget_of_an_address_grows_with_the_people_behind_it(people: int) -> None:
    judged = guard(keys_max=10_000)
    for person in range(people):
        judged.admit(Asking(address=NAT, person=bytes([person])), at=100)
    budget = int(ADDRESS.burst) * (1 + people)
    assert all(judged.admit(Asking(address=NAT), at=100).is_admitted for _ in range(budget))
    last = judged.admit(Asking(address=NAT), at=100)
    assert last.refused_by is Layer.ADDRESS
    assert last.needs_proof


@given(address=st.ip_addresses())
def test_an_address_and_its_folded_forms_are_one_key(address: object) -> None:
    origin = Addresses().origin(str(address))
    again = origin.key.partition("/")[0]
    assert Addresses().origin(again).key == origin.key
    assert Addresses().origin(f"{address}%eth0").key == origin.key


@given(text=st.text(max_size=60))
def test_no_text_in_a_header_breaks_the_reading_of_addresses(text: str) -> None:
    proxies = Proxies(["10.0.0.0/8"])
    found = proxies.client("10.0.0.1", forwarded_for=text, real_ip=text)
    assert Addresses().origin(found).key
    assert proxies.client("203.0.113.9", forwarded_for=text, real_ip=text) == "203.0.113.9"
