"""What a tip may be, how it moves, and what is published of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.identifiers import CODE_ALPHABET, OfficeId
from dawr.people.model import BRANCH_ROLES
from dawr.tips.model import (
    ANSWER_LENGTH_MAX,
    OUTSIDE,
    READERS,
    RECEIPT_LENGTH,
    StateUnchanged,
    Tip,
    TipId,
    TipKind,
    TipState,
    WordsNeeded,
    WordsTooLong,
    by_hour,
    check_step,
    is_receipt,
    published_count,
    receipt_of,
    to_the_hour,
)

TIP = Tip(
    tip_id=TipId(UUID(int=1)),
    kind=TipKind.SELLER,
    authority_id=None,
    office_id=None,
    happened_on=date(2027, 2, 3),
    hour=7,
    amount=None,
    recognised=None,
    may_be_asked=True,
    received_at=datetime(2027, 2, 3, 6, tzinfo=UTC),
    state=TipState.NEW,
)


def test_a_receipt_has_sixty_bits() -> None:
    assert len(CODE_ALPHABET) == 2**5
    assert RECEIPT_LENGTH * 5 == 60


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_form_leads_to_one_receipt_and_two_forms_to_two(one: bytes, other: bytes) -> None:
    key, contents = b"k" * 32, b"c" * 32
    receipt = receipt_of(one, contents=contents, key=key)
    assert is_receipt(receipt)
    assert receipt == receipt_of(one, contents=contents, key=key)
    assert (receipt == receipt_of(other, contents=contents, key=key)) == (one == other)
    assert receipt != receipt_of(one, contents=contents, key=b"l" * 32)
    assert receipt != receipt_of(one, contents=b"d" * 32, key=key), "what was corrected has its own"


def test_nobody_of_an_office_reads_tips() -> None:
    assert not set(READERS) & BRANCH_ROLES


def test_security_is_told_nothing_of_guards_and_clerks() -> None:
    assert TipKind.LET_IN not in OUTSIDE


@pytest.mark.parametrize("state", list(TipState))
def test_a_tip_goes_to_every_other_state_but_never_back_to_new(state: TipState) -> None:
    standing = replace(TIP, state=state)
    for wanted in TipState:
        if wanted in (state, TipState.NEW):
            with pytest.raises(StateUnchanged):
                check_step(standing, state=wanted, words="because")
        else:
            check_step(standing, state=wanted, words="because")


@pytest.mark.parametrize("state", [TipState.PASSED_ON, TipState.CLOSED])
def test_who_passes_on_or_closes_says_something(state: TipState) -> None:
    with pytest.raises(WordsNeeded):
        check_step(TIP, state=state, words=" ")
    with pytest.raises(WordsTooLong):
        check_step(TIP, state=state, words="x" * (ANSWER_LENGTH_MAX + 1))


@given(st.datetimes(timezones=st.just(UTC)))
def test_of_a_moment_its_hour_is_kept(moment: datetime) -> None:
    hour = to_the_hour(moment)
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert 0 <= (moment - hour).total_seconds() < 3600


@pytest.mark.parametrize(("count", "shown"), [(0, None), (1, None), (9, None), (10, 10), (11, 11)])
def test_a_count_below_ten_is_not_published(count: int, shown: int | None) -> None:
    assert published_count(count) == shown


def test_hours_run_from_the_first_to_the_last_without_a_gap() -> None:
    one, other = OfficeId("KW-TST/A"), OfficeId("KW-TST/B")
    hours, counts = by_hour([(one, 7, 2), (one, 9, 1), (other, 11, 4)])
    assert hours == [7, 8, 9, 10, 11]
    assert counts == {one: {7: 2, 9: 1}, other: {11: 4}}
    assert by_hour([]) == ([], {})
