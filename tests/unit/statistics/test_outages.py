"""From beats to an honest account of downtime."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from dawr.statistics.model import SILENCE, Outage, Part, Stretch, down_now, outages

NOON = datetime(2027, 2, 4, 12, 0, tzinfo=UTC)
SINCE = NOON - timedelta(days=30)


def stretch(began: int, ended: int, *, part: Part = Part.WEB) -> Stretch:
    """From `began` to `ended` minutes after noon."""
    return Stretch(part=part, began_at=NOON + timedelta(minutes=began), beat_at=NOON + timedelta(minutes=ended))


def found(*stretches: Stretch, now: int) -> list[Outage]:
    return outages(stretches, part=Part.WEB, since=SINCE, now=NOON + timedelta(minutes=now))


def test_a_silence_between_two_stretches_is_an_outage() -> None:
    assert found(stretch(0, 60), stretch(75, 100), now=100) == [
        Outage(part=Part.WEB, starts_at=NOON + timedelta(minutes=60), ends_at=NOON + timedelta(minutes=75))
    ]


def test_another_process_that_was_heard_meanwhile_means_no_outage() -> None:
    assert found(stretch(0, 60), stretch(50, 80), stretch(75, 100), now=100) == []


def test_a_long_stretch_covers_a_short_one_within_it() -> None:
    assert found(stretch(0, 100), stretch(10, 20), now=100) == []


def test_a_restart_is_no_outage() -> None:
    quick = Stretch(part=Part.WEB, began_at=NOON + timedelta(seconds=25), beat_at=NOON + timedelta(minutes=5))
    assert found(stretch(-60, 0), quick, now=5) == []


def test_a_silence_that_lasts_has_no_end_and_means_down() -> None:
    lasting = found(stretch(0, 60), now=70)
    assert lasting == [Outage(part=Part.WEB, starts_at=NOON + timedelta(minutes=60), ends_at=None)]
    assert down_now(lasting) == (Part.WEB,)
    assert lasting[0].lasted(now=NOON + timedelta(minutes=70)) == timedelta(minutes=10)


def test_the_worker_is_not_heard_for_the_web() -> None:
    assert len(found(stretch(0, 60), stretch(60, 70, part=Part.WORKER), now=70)) == 1


def test_nothing_is_claimed_of_the_time_before_the_first_beat() -> None:
    assert found(now=10) == []
    assert found(stretch(0, 10), now=10) == []


def test_an_outage_that_reaches_back_too_far_is_shown_from_where_the_page_begins() -> None:
    days = 24 * 60
    [outage] = found(stretch(-40 * days, -35 * days), stretch(-10 * days, 0), now=0)
    assert outage.starts_at == SINCE


@given(
    minutes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 300)), max_size=30),
    now=st.integers(0, 2500),
)
@example(minutes=[(0, 0), (1, 0)], now=2)
def test_every_instant_is_either_near_a_beat_or_in_one_outage(minutes: list[tuple[int, int]], now: int) -> None:
    stretches = [stretch(began, began + length) for began, length in minutes if began + length <= now]
    known = found(*stretches, now=now)
    # A process that was heard once stands between two outages that touch.
    assert all(earlier.ends_at and earlier.ends_at <= later.starts_at for earlier, later in pairwise(known))
    for minute in range(min((each[0] for each in minutes), default=0), now + 1, 7):
        at = NOON + timedelta(minutes=minute)
        heard = [each for each in stretches if each.began_at <= at <= each.beat_at + SILENCE]
        silent = [each for each in known if each.starts_at + SILENCE < at and (not each.ends_at or at < each.ends_at)]
        assert len(silent) <= 1
        if silent:
            assert not heard
