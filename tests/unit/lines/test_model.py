"""Stages of a line, turns, and what is refused."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from dawr.booking.model import BookingId
from dawr.kernel.refusal import Malformed, Refusal
from dawr.lines.model import (
    ExtendedAlready,
    FirstCome,
    LineClosed,
    LineRulesUnsafe,
    NotGathering,
    NotYourTurn,
    Place,
    Stage,
    Standing,
    TurnMissed,
    TurnUsed,
    is_due_to_close,
    require_extendable,
    require_joinable,
    require_line_id,
    require_safe_rules,
    require_turn,
    stage_of,
    standing_of,
)
from tests.unit.lines.lines import (
    ACTING,
    ANNOUNCED,
    CLOSES_AT,
    GATHERED,
    GATHERS_AT,
    OPENED,
    OPENS_AT,
    RULES,
    WAITING,
)

SECOND = timedelta(seconds=1)
TURN_ENDS_AT = OPENS_AT + timedelta(minutes=10)
SERVED = structs.replace(ACTING, booking_id=BookingId(UUID(int=2)), asked_key=b"k" * 16)
CLOSED = replace(OPENED, closed_at=OPENS_AT + SECOND, closed_entry_id=3)


@pytest.mark.parametrize(
    ("line", "at", "stage"),
    [
        (ANNOUNCED, GATHERS_AT - SECOND, Stage.ANNOUNCED),
        (ANNOUNCED, GATHERS_AT, Stage.GATHERING),
        (ANNOUNCED, OPENS_AT - SECOND, Stage.GATHERING),
        (ANNOUNCED, OPENS_AT, Stage.OPENING),
        (ANNOUNCED, CLOSES_AT, Stage.OPENING),
        (OPENED, OPENS_AT, Stage.OPEN),
        (OPENED, CLOSES_AT - SECOND, Stage.OPEN),
        (OPENED, CLOSES_AT, Stage.CLOSED),
        (CLOSED, OPENS_AT + SECOND, Stage.CLOSED),
    ],
)
def test_a_line_is_open_from_its_opening_step_to_its_end(line: FirstCome, at: datetime, stage: Stage) -> None:
    assert stage_of(line, now=at) is stage


def test_people_join_from_the_gathering_to_the_end() -> None:
    with pytest.raises(NotGathering):
        require_joinable(ANNOUNCED.times, now=GATHERS_AT - SECOND)
    for at in (GATHERS_AT, OPENS_AT, CLOSES_AT - SECOND):
        require_joinable(ANNOUNCED.times, now=at)
    with pytest.raises(LineClosed):
        require_joinable(OPENED.times, now=CLOSES_AT)
    with pytest.raises(LineClosed):
        require_joinable(CLOSED.times, now=OPENS_AT + SECOND)


def test_a_line_ends_with_its_seats_or_its_time() -> None:
    assert not is_due_to_close(OPENED, seats_left=1, now=CLOSES_AT - SECOND)
    assert is_due_to_close(OPENED, seats_left=0, now=OPENS_AT)
    assert is_due_to_close(OPENED, seats_left=1, now=CLOSES_AT)


@pytest.mark.parametrize(
    ("place", "line", "at", "refused"),
    [
        (GATHERED, OPENED, OPENS_AT, NotYourTurn),
        (WAITING, OPENED, OPENS_AT, NotYourTurn),
        (ACTING, OPENED, TURN_ENDS_AT, TurnMissed),
        (ACTING, CLOSED, OPENS_AT + SECOND, LineClosed),
        (ACTING, OPENED, CLOSES_AT, LineClosed),
        (SERVED, OPENED, OPENS_AT, TurnUsed),
        (SERVED, CLOSED, CLOSES_AT, TurnUsed),
    ],
)
def test_nobody_acts_outside_his_turn(place: Place, line: FirstCome, at: datetime, refused: type[Refusal]) -> None:
    with pytest.raises(refused):
        require_turn(place, times=line.times, now=at)


def test_a_turn_runs_up_to_its_end_and_is_extended_once() -> None:
    require_turn(ACTING, times=OPENED.times, now=TURN_ENDS_AT - SECOND)
    require_extendable(ACTING, times=OPENED.times, now=TURN_ENDS_AT - SECOND)
    with pytest.raises(ExtendedAlready):
        require_extendable(structs.replace(ACTING, extended_at=OPENS_AT), times=OPENED.times, now=OPENS_AT)


@pytest.mark.parametrize(
    ("place", "stage", "at", "standing"),
    [
        (GATHERED, Stage.GATHERING, GATHERS_AT, Standing.GATHERED),
        (GATHERED, Stage.OPENING, OPENS_AT, Standing.GATHERED),
        (WAITING, Stage.OPEN, OPENS_AT, Standing.WAITING),
        (ACTING, Stage.OPEN, OPENS_AT, Standing.ACTING),
        (ACTING, Stage.OPEN, TURN_ENDS_AT, Standing.MISSED),
        (SERVED, Stage.CLOSED, CLOSES_AT, Standing.SERVED),
        (WAITING, Stage.CLOSED, CLOSES_AT, Standing.OVER),
        (ACTING, Stage.CLOSED, OPENS_AT, Standing.OVER),
    ],
)
def test_everybody_in_line_stands_somewhere(place: Place, stage: Stage, at: datetime, standing: Standing) -> None:
    assert standing_of(place, stage=stage, now=at) is standing


def test_safe_rules_pass_and_late_ones_do_not() -> None:
    require_safe_rules(RULES, now=GATHERS_AT)
    with pytest.raises(LineRulesUnsafe):
        require_safe_rules(RULES, now=GATHERS_AT + SECOND)


@pytest.mark.parametrize("line_id", ["", "a b", "x" * 101, "ض", "a\n"])
def test_a_line_id_is_visible_ascii(line_id: str) -> None:
    with pytest.raises(Malformed):
        require_line_id(line_id)
