"""Reserved shares, as typed and as spread over the slots."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.booking.model import Slot, SlotId
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.releases.shares import Share, ShareUnreadable, read_share, reserve

NINE = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)


def slots(*seats: int) -> list[Slot]:
    return [
        Slot(
            service_id=ServiceId("KW-MOI/18"),
            slot_id=SlotId(f"HAW-{number}"),
            office_id=OfficeId("KW-MOI/HAW"),
            day_on=date(2027, 2, 4),
            starts_at=NINE + timedelta(hours=number),
            ends_at=NINE + timedelta(hours=number + 1),
            seats=count,
        )
        for number, count in enumerate(seats)
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", None),
        ("  ", None),
        ("0", None),
        ("0%", None),
        ("2", Share(number=2, is_percent=False)),
        ("10%", Share(number=10, is_percent=True)),
        (" ١٠ ٪ ", Share(number=10, is_percent=True)),
        ("100%", Share(number=100, is_percent=True)),
    ],
)
def test_a_share_is_seats_or_a_percentage(typed: str, expected: Share | None) -> None:
    assert read_share(typed) == expected


@pytest.mark.parametrize("typed", ["101%", "2.5", "two", "%", "12345", "²", "1e3"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(ShareUnreadable):
        read_share(typed)


@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_share_or_a_refusal(typed: str) -> None:
    try:
        share = read_share(typed)
    except ShareUnreadable:
        return
    assert share is None or 0 < share.number <= 9999


def test_seats_are_kept_of_each_slot_and_never_more_than_it_has() -> None:
    kept = reserve(slots(3, 1), shares={"medical": Share(number=2, is_percent=False)})
    assert kept == {"HAW-0": {"medical": 2}, "HAW-1": {"medical": 1}}


def test_a_percentage_is_carried_from_slot_to_slot() -> None:
    kept = reserve(slots(2, 2, 2, 2, 2), shares={"medical": Share(number=10, is_percent=True)})
    assert kept == {"HAW-4": {"medical": 1}}


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=20),
    st.dictionaries(st.sampled_from(["medical", "elderly", "expiring"]), st.integers(1, 100), max_size=3),
)
def test_no_slot_keeps_more_than_it_has_and_no_class_more_than_its_part(
    seats: list[int], percents: dict[str, int]
) -> None:
    shares = {name: Share(number=number, is_percent=True) for name, number in percents.items()}
    made = slots(*seats)
    kept = reserve(made, shares=shares)
    for slot in made:
        assert sum(kept.get(slot.slot_id, {}).values()) <= slot.seats
    for name, number in percents.items():
        assert sum(by_class.get(name, 0) for by_class in kept.values()) <= sum(seats) * number // 100
