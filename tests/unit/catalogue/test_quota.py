"""An order and the promises before it: no turn is taken back, so the lower number begins after the last of them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.catalogue.quota import QuotaOrder, QuotaOrderBreaksPromise, check_promises, order_in_force
from dawr.kernel.identifiers import AuthorityId, ServiceId

FIRST = QuotaOrder(
    service_id=ServiceId("KW-MOI/18"),
    number=1,
    authority_id=AuthorityId("KW-MOI"),
    people_a_day=500,
    from_on=date(2027, 2, 1),
    until_on=None,
    decision="قرار 12 لسنة 2027",
    set_at=datetime(2027, 1, 20, tzinfo=UTC),
)


def february(day: int) -> date:
    return date(2027, 2, day)


def lower(people_a_day: int, *, from_on: date, number: int = 2) -> QuotaOrder:
    return replace(FIRST, number=number, people_a_day=people_a_day, from_on=from_on)


def test_an_order_below_what_is_promised_is_refused_with_the_day_on_which_it_may_begin() -> None:
    spoken_for = {february(4): 400, february(7): 300, february(8): 301, february(9): 120}
    with pytest.raises(QuotaOrderBreaksPromise) as refused:
        check_promises(lower(300, from_on=february(4)), orders=[FIRST], spoken_for=spoken_for)
    assert refused.value.facts == {
        "people_a_day": 300,
        "days": 2,
        "first_on": "2027-02-04",
        "last_on": "2027-02-08",
        "most": 400,
        "begins_on": "2027-02-09",
    }
    check_promises(lower(300, from_on=february(9)), orders=[FIRST], spoken_for=spoken_for)
    check_promises(lower(400, from_on=february(4)), orders=[FIRST], spoken_for=spoken_for)


def test_a_first_order_binds_the_seats_that_were_promised_before_there_was_any() -> None:
    with pytest.raises(QuotaOrderBreaksPromise):
        check_promises(FIRST, orders=[], spoken_for={february(4): 501})
    check_promises(FIRST, orders=[], spoken_for={february(4): 500, date(2027, 1, 31): 900})


def test_a_day_that_another_order_governs_stands_in_nobodys_way() -> None:
    later = replace(FIRST, number=2, people_a_day=700, from_on=february(10))
    check_promises(lower(300, from_on=february(4), number=3), orders=[FIRST, later], spoken_for={february(11): 650})


@given(
    spoken_for=st.dictionaries(st.integers(1, 28).map(february), st.integers(0, 20)),
    before=st.lists(st.tuples(st.integers(1, 28), st.integers(0, 20)), max_size=4),
    people_a_day=st.integers(0, 20),
    from_day=st.integers(1, 28),
)
def test_an_order_is_accepted_only_where_no_promise_breaks_and_always_on_the_day_named(
    spoken_for: dict[date, int], before: list[tuple[int, int]], people_a_day: int, from_day: int
) -> None:
    orders = [lower(people, from_on=february(day), number=n) for n, (day, people) in enumerate(before, start=1)]
    order = lower(people_a_day, from_on=february(from_day), number=len(orders) + 1)
    try:
        check_promises(order, orders=orders, spoken_for=spoken_for)
    except QuotaOrderBreaksPromise as refused:
        begins_on = date.fromisoformat(str(refused.facts["begins_on"]))
        assert begins_on > order.from_on
        check_promises(replace(order, from_on=begins_on), orders=orders, spoken_for=spoken_for)
    else:
        for day_on, seats in spoken_for.items():
            assert order_in_force([*orders, order], day_on=day_on) is not order or seats <= people_a_day
