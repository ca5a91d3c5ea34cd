"""What is decided about a refused visitor: his reason, his turn, and which seats are worth offering."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.booking.model import Booking, BookingId, BookingState, Slot, SlotId
from dawr.gates.model.refused import (
    TURN_KEPT,
    NothingToGive,
    Reason,
    RemedyKind,
    chosen,
    is_missed,
    kind_of_turn,
    may_be_given_a_turn,
    reason_of,
    seats_to_offer,
    standing_turn,
)
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.tickets.model import Verdict
from dawr.web.language import translations

HERE, THERE = OfficeId("KW-TST/HAW"), OfficeId("KW-TST/AHM")
SERVICE, OTHER = ServiceId("KW-TST/18"), ServiceId("KW-TST/20")
NOW = datetime(2027, 2, 3, 6, 0, tzinfo=UTC)
TODAY = date(2027, 2, 3)
TURN = Booking(
    service_id=SERVICE,
    booking_id=BookingId(UUID(int=1)),
    person_id=PersonId(UUID(int=2)),
    slot_id=SlotId("AHM-1"),
    office_id=THERE,
    starts_at=NOW + timedelta(hours=2),
    ends_at=NOW + timedelta(hours=2, minutes=30),
    state=BookingState.CONFIRMED,
    reference="7QK2M9",
    offered_until=None,
    made_at=NOW - timedelta(days=3),
)


def slot(hours: float, *, office_id: OfficeId = HERE) -> Slot:
    starts_at = NOW + timedelta(hours=hours)
    return Slot(
        service_id=SERVICE,
        slot_id=SlotId(f"{office_id[-3:]}-{hours}"),
        office_id=office_id,
        day_on=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        seats=1,
        is_left_over=True,
    )


def offered(*left_over: Slot, own: Booking | None = None) -> list[SlotId]:
    ordered = sorted(left_over, key=lambda each: each.starts_at)
    return [each.slot_id for each in seats_to_offer(ordered, here=HERE, today=TODAY, own=own, now=NOW)]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_refusing_verdict_is_a_reason_and_no_other_is(verdict: Verdict) -> None:
    reason = reason_of(verdict, is_bearer=True)
    assert (reason is None) == (verdict is Verdict.ADMIT)
    assert reason is None or reason.value == verdict.value


@pytest.mark.parametrize("verdict", [Verdict.USED, Verdict.CANCELLED, Verdict.WRONG_OFFICE, Verdict.TOO_LATE])
def test_what_is_known_of_anothers_ticket_is_not_told_to_whoever_carries_it(verdict: Verdict) -> None:
    assert reason_of(verdict, is_bearer=False) is Reason.IDENTITY_MISMATCH


def test_a_forged_or_worn_code_is_told_as_what_it_is() -> None:
    assert reason_of(Verdict.NOT_OURS, is_bearer=False) is Reason.NOT_OURS
    assert reason_of(Verdict.DAMAGED_CODE, is_bearer=False) is Reason.DAMAGED_CODE


def test_of_several_live_turns_the_next_one_counts_and_one_that_went_by_last() -> None:
    later = replace(TURN, starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=2, hours=1))
    past = replace(TURN, starts_at=NOW - timedelta(hours=2), ends_at=NOW - timedelta(hours=1))
    ended = replace(TURN, state=BookingState.CANCELLED)
    assert standing_turn([later, past, ended, TURN], service_id=SERVICE, now=NOW) == TURN
    assert standing_turn([past, ended], service_id=SERVICE, now=NOW) == past
    assert standing_turn([TURN], service_id=OTHER, now=NOW) is None
    assert standing_turn([TURN], service_id=None, now=NOW) == TURN
    assert is_missed(past, now=NOW)
    assert not is_missed(TURN, now=NOW)


def test_whoever_has_no_turn_is_offered_the_first_seat_here_and_a_sooner_one_elsewhere() -> None:
    assert offered(slot(5), slot(3)) == ["HAW-3"]
    assert offered(slot(5), slot(3, office_id=THERE)) == ["HAW-5", "AHM-3"]
    assert offered(slot(5), slot(7, office_id=THERE)) == ["HAW-5"]
    assert offered(slot(7, office_id=THERE)) == ["AHM-7"]
    assert offered() == []


def test_whoever_has_a_turn_ahead_is_offered_a_seat_here_today_alone() -> None:
    assert offered(slot(3), own=TURN) == ["HAW-3"]
    assert offered(slot(1, office_id=THERE), own=TURN) == []
    assert offered(slot(26), own=TURN) == []
    at_here = replace(TURN, office_id=HERE)
    assert offered(slot(1), own=at_here) == ["HAW-1"]
    assert offered(slot(3), own=at_here) == [], "his own is sooner"


def test_whoever_missed_his_turn_is_offered_what_everybody_is() -> None:
    missed = replace(TURN, starts_at=NOW - timedelta(hours=2), ends_at=NOW - timedelta(hours=1))
    assert offered(slot(26), slot(3, office_id=THERE), own=missed) == ["HAW-26", "AHM-3"]


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from([HERE, THERE])), max_size=8),
    st.none() | st.integers(-5, 40),
)
def test_at_most_two_seats_are_offered_one_of_them_here(places: list[tuple[int, OfficeId]], own_in: int | None) -> None:
    own = None
    if own_in is not None:
        starts_at = NOW + timedelta(hours=own_in)
        own = replace(TURN, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
    seats = [slot(hours, office_id=office_id) for hours, office_id in places]
    found = seats_to_offer(sorted(seats, key=lambda each: each.starts_at), here=HERE, today=TODAY, own=own, now=NOW)
    assert len(found) <= 2
    assert len({each.office_id for each in found}) == len(found)
    assert all(each in seats for each in found)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_turn_that_waits_is_neither_exchanged_nor_doubled(reason: Reason) -> None:
    assert may_be_given_a_turn(reason, own=None, is_held_back=False)
    assert may_be_given_a_turn(reason, own=TURN, is_held_back=False) == (reason not in TURN_KEPT)
    assert not may_be_given_a_turn(reason, own=TURN, is_held_back=True)
    held = replace(TURN, state=BookingState.OFFERED, offered_until=NOW + timedelta(hours=1))
    assert not may_be_given_a_turn(reason, own=held, is_held_back=False)
    assert (kind_of_turn(None), kind_of_turn(TURN)) == (RemedyKind.GIVEN, RemedyKind.MOVED)


def test_a_button_names_a_kind_and_what_it_is_about() -> None:
    assert chosen("in_draw KW-MOI/18/2027-02-01").target_id == "KW-MOI/18/2027-02-01"
    for text in ("", "given", "given ", "promised HAW-1", " HAW-1"):
        with pytest.raises(NothingToGive):
            chosen(text)


@given(st.text(max_size=40))
def test_whatever_a_form_says_it_is_read_or_refused(text: str) -> None:
    with suppress(NothingToGive):
        assert chosen(text).target_id


SCOLDING = {
    "en": re.compile("must|forbidden|illegal|invalid|wrong|suspect|fraud|denied|violation|failed|punish|your fault"),
    "ar": re.compile("يجب عليك|ممنوع|مخالف|مشبوه|احتيال|خطأ|مرفوض|باطل|عقوبة|ذنب|تزوير|كذب|متهم|محتال"),
}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_is_told_with_dignity_and_says_what_comes_next(reason: Reason, language: str) -> None:
    said = translations(language)  # type: ignore[arg-type]
    keys = [f"gates.refused.{reason.value}{part}" for part in ("", ".why", ".next")]
    told = [said.gettext(key) for key in keys]
    assert told != keys
    assert all(text and not text.startswith("gates.") for text in told)
    assert not [found for text in told for found in SCOLDING[language].findall(text.lower())]
    assert len(told[0]) <= 60
    assert all(len(sentence.split()) <= 22 for text in told for sentence in text.split(". "))
