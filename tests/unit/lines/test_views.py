"""What a page of a line works out by itself."""

from datetime import UTC, datetime

import pytest

from dawr.lines.model import NowServing
from dawr.lines.views import minutes_to_wait


@pytest.mark.parametrize(
    ("number", "per_minute", "minutes"), [(130, 10, 3), (131, 10, 4), (100, 10, 0), (99, 10, 0), (130, 0, None)]
)
def test_the_wait_is_rounded_up_and_unknown_without_a_pace(number: int, per_minute: int, minutes: int | None) -> None:
    at = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
    serving = NowServing(serving=100, per_minute=per_minute, is_open=True, is_closed=False, at=at)
    assert minutes_to_wait(number, serving=serving) == minutes
