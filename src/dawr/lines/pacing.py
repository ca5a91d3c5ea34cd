"""How many are let in: closed-loop, from who is inside, who did not come, and what is left."""

from datetime import datetime, timedelta

SHOW_RATE_MIN = 0.2
"""However few came so far, nobody calls more than five times what the booking pages can serve."""

TRUSTED_COUNT = 20
"""The line begins as if so many had all come, so that the first few who stay away change little."""

LEARNT_FROM_NUMBERS = 1000
PACE_PERIOD = timedelta(minutes=5)


def show_rate(*, called: int, acted: int) -> float:
    """The share of those whose turn comes that make use of it; 1.0 before anything is known."""
    return max(SHOW_RATE_MIN, (acted + TRUSTED_COUNT) / (called + TRUSTED_COUNT))


def let_in(*, inside: int, inside_max: int, show_rate: float, seats_left: int, waiting: int) -> int:
    """How many more turns begin now.

    As many as keep the booking pages busy, counting those who will not come; but never more people inside than seats
    are left, so that nobody whose turn it is comes in vain.
    """
    served_at_once = int(inside_max / show_rate)
    return max(0, min(served_at_once - inside, seats_left - inside, waiting))


def per_minute(*, let_in: int, before: int, opened_at: datetime, now: datetime) -> int:
    """The numbers let in a minute over the last few minutes, or since the opening; `before` were let in by then."""
    minutes = max(timedelta(minutes=1), min(PACE_PERIOD, now - opened_at)) / timedelta(minutes=1)
    return round((let_in - before) / minutes)
