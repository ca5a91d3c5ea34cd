"""Which rounds may draw and which may be given up, by the witnesses' clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.releases.witnessed_round import WitnessedRound

SECOND = timedelta(seconds=1)
LEAD = timedelta(hours=1)
DRAWS_AT = datetime(2027, 2, 1, 11, 0, tzinfo=UTC)
LONG_BEFORE = DRAWS_AT - timedelta(days=3)


def witnessed(
    *, announced_at: datetime | None = LONG_BEFORE, frozen_at: datetime | None = LONG_BEFORE
) -> WitnessedRound:
    return WitnessedRound(draws_at=DRAWS_AT, lead_seconds=3600, announced_at=announced_at, frozen_at=frozen_at)


def test_the_list_is_witnessed_a_whole_lead_before_the_round() -> None:
    assert witnessed(frozen_at=DRAWS_AT - LEAD).may_draw
    assert not witnessed(frozen_at=DRAWS_AT - LEAD + SECOND).may_draw
    assert not witnessed(frozen_at=None).may_draw


def test_a_round_is_announced_while_nobody_knows_it() -> None:
    assert witnessed(announced_at=DRAWS_AT - SECOND).may_draw
    assert not witnessed(announced_at=DRAWS_AT).may_draw
    assert not witnessed(announced_at=None).may_draw


def test_a_round_is_lost_once_no_witness_could_be_in_time() -> None:
    last = DRAWS_AT - LEAD
    assert not witnessed(frozen_at=None).is_lost(now=last)
    assert witnessed(frozen_at=None).is_lost(now=last + SECOND)
    assert witnessed(frozen_at=last + SECOND).is_lost(now=last + SECOND)
    assert not witnessed(frozen_at=last).is_lost(now=DRAWS_AT + LEAD)
    assert not witnessed(announced_at=None).is_lost(now=DRAWS_AT - SECOND)
    assert witnessed(announced_at=None).is_lost(now=DRAWS_AT)


@pytest.mark.parametrize("voided_at", [DRAWS_AT, DRAWS_AT + LEAD, None])
def test_a_round_that_could_have_drawn_is_not_given_up_once_it_is_known(voided_at: datetime | None) -> None:
    assert not witnessed().may_be_void(voided_at=voided_at)


def test_a_round_that_nobody_knows_may_be_given_up() -> None:
    assert witnessed().may_be_void(voided_at=DRAWS_AT - SECOND)


@pytest.mark.parametrize("late", [{"frozen_at": DRAWS_AT}, {"frozen_at": None}, {"announced_at": DRAWS_AT}])
def test_a_round_that_could_not_have_drawn_may_be_given_up_at_any_time(late: dict[str, datetime | None]) -> None:
    assert witnessed(**late).may_be_void(voided_at=DRAWS_AT + LEAD)


instants = st.integers(-2 * 3600, 3600).map(lambda seconds: DRAWS_AT + timedelta(seconds=seconds))


@given(now=instants, announced_at=st.none() | instants, frozen_at=st.none() | instants)
def test_a_lost_round_never_draws_whatever_is_witnessed_later(
    now: datetime, announced_at: datetime | None, frozen_at: datetime | None
) -> None:
    known_now = witnessed(
        announced_at=announced_at if announced_at and announced_at <= now else None,
        frozen_at=frozen_at if frozen_at and frozen_at <= now else None,
    )
    in_the_end = witnessed(announced_at=announced_at, frozen_at=frozen_at)
    if known_now.is_lost(now=now):
        assert not in_the_end.may_draw
        assert in_the_end.may_be_void(voided_at=None), "whoever gives up a lost round is believed"


@given(now=instants, announced_at=st.none() | instants, frozen_at=st.none() | instants)
def test_no_round_is_both_lost_and_drawn(
    now: datetime, announced_at: datetime | None, frozen_at: datetime | None
) -> None:
    found = witnessed(announced_at=announced_at, frozen_at=frozen_at)
    assert not (found.is_lost(now=now) and found.may_draw)
