"""Dates of facts, offers, offices and the search."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dawr.catalogue.changes import Act, LoadReport, changes_between
from dawr.catalogue.model import (
    Fee,
    Office,
    Opening,
    ServedAt,
    Service,
    SourceId,
    in_force,
    is_offered,
    items_in_force,
    serves,
)
from dawr.catalogue.quota import QuotaOrder, check_new_order, order_in_force
from dawr.catalogue.search import matching
from dawr.kernel.identifiers import AuthorityId, ServiceId
from tests.unit.catalogue.examples import SMALL, nouns_of

NOUNS = nouns_of(SMALL)
SERVICE = next(noun for noun in NOUNS if isinstance(noun, Service))
OFFICE = next(noun for noun in NOUNS if isinstance(noun, Office))
FEE = next(noun for noun in NOUNS if isinstance(noun, Fee))


def order(number: int, people_a_day: int, from_on: date, until_on: date | None = None) -> QuotaOrder:
    return QuotaOrder(
        service_id=ServiceId("KW-MOI/18"),
        number=number,
        authority_id=AuthorityId("KW-MOI"),
        people_a_day=people_a_day,
        from_on=from_on,
        until_on=until_on,
        decision="decision",
        set_at=datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_a_fact_holds_from_its_first_day_and_not_on_its_until() -> None:
    fee = replace(FEE, from_on=date(2027, 1, 1), until_on=date(2027, 1, 3))
    assert [fee.is_in_force(date(2027, 1, n)) for n in (1, 2, 3)] == [True, True, False]
    assert not fee.is_in_force(date(2026, 12, 31))
    assert fee.last_on == date(2027, 1, 2)


def test_when_a_temporary_fee_ends_the_earlier_one_holds_again() -> None:
    fees = [FEE, replace(FEE, amount_minor=0, from_on=date(2027, 3, 1), until_on=date(2027, 4, 1))]
    held = [in_force(fees, day_on=date(2027, month, 1)) for month in (2, 3, 4)]
    assert [fee.amount_minor for fee in held if fee] == [10_000, 0, 10_000]
    assert in_force(fees, day_on=date(2026, 1, 1)) is None


def test_each_item_has_its_own_fee() -> None:
    other = replace(FEE, item="card", amount_minor=500)
    assert items_in_force([FEE, other], day_on=date(2027, 2, 1)) == [FEE, other]


def test_a_service_that_waits_is_offered_only_while_it_is_opened() -> None:
    staged = replace(SERVICE, opened_by="cabinet")
    opening = Opening(
        service_id=SERVICE.service_id,
        from_on=date(2027, 3, 1),
        until_on=date(2027, 4, 1),
        source_id=SourceId("KW/cabinet"),
    )
    offered = [is_offered(staged, openings=[opening], day_on=date(2027, month, 1)) for month in (2, 3, 4)]
    assert offered == [False, True, False]
    assert is_offered(SERVICE, openings=[], day_on=date(2027, 2, 1))
    assert not is_offered(SERVICE, openings=[], day_on=date(2019, 2, 1))


@pytest.mark.parametrize(
    ("served_at", "governorate", "expected"),
    [
        (ServedAt.ANY, "FAR", True),
        (ServedAt.RESIDENCE, "FAR", False),
        (ServedAt.RESIDENCE, "HAW", True),
        (ServedAt.RESIDENCE, None, True),
    ],
)
def test_which_office_serves_whom(served_at: ServedAt, governorate: str | None, expected: bool) -> None:
    assert serves(OFFICE, replace(SERVICE, served_at=served_at), governorate=governorate) is expected


def test_an_order_is_given_for_today_or_later() -> None:
    check_new_order(from_on=date(2027, 2, 1), today_on=date(2027, 2, 1))
    with pytest.raises(Exception, match="quota_order_backdated"):
        check_new_order(from_on=date(2027, 1, 31), today_on=date(2027, 2, 1))


def test_of_two_orders_for_the_same_day_the_later_number_stands() -> None:
    orders = [order(1, 500, date(2027, 2, 1)), order(2, 400, date(2027, 2, 1)), order(3, 600, date(2027, 1, 1))]
    found = order_in_force(orders, day_on=date(2027, 2, 2))
    assert found is not None
    assert found.people_a_day == 400
    assert order_in_force(orders, day_on=date(2026, 2, 2)) is None


def test_the_signed_statement_is_canonical_and_names_everything() -> None:
    assert order(1, 500, date(2027, 2, 1)).statement().decode() == (
        '{"authority":"KW-MOI","decision":"decision","format":"dawr-quota-order-v1","from":"2027-02-01","number":1,'
        '"people_a_day":500,"role":"authority","service":"KW-MOI/18","set_at":"2027-01-01T00:00:00+00:00","until":null}'
    )


@pytest.mark.parametrize("query", ["", "اقامة", "إقامه", "١٨", "18 residency", "تَجْديد", "Employer"])
def test_a_service_is_found_however_it_is_spelt(query: str) -> None:
    assert matching([SERVICE], query=query) == [SERVICE]


def test_every_word_must_be_there() -> None:
    assert matching([SERVICE], query="إقامة جواز") == []


def test_changes_say_what_was_and_what_becomes() -> None:
    dearer = replace(FEE, amount_minor=12_000)
    assert [str(change) for change in changes_between([FEE], [dearer])] == [
        "changed fee KW-MOI/18 each-year 2027-01-01 (amount_minor: 10000 -> 12000)"
    ]
    assert [change.act for change in changes_between([FEE], [SERVICE])] == [Act.REMOVED, Act.ADDED]
    assert changes_between(NOUNS, list(reversed(NOUNS))) == []


def test_a_report_counts_what_it_did() -> None:
    changes = tuple(changes_between([], [FEE]))
    dry = LoadReport(faults=(), changes=changes, noun_count=1, is_dry_run=True)
    assert dry.lines() == [
        "added fee KW-MOI/18 each-year 2027-01-01",
        "1 change would be made by this load; nothing was changed",
    ]
