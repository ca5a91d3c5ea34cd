"""When people come on the day of an opening."""

from bisect import bisect_left
from itertools import pairwise

CURVE = ((0, 0.0), (1, 0.05), (2, 0.26), (10, 0.62), (60, 0.86), (240, 0.91), (600, 0.97), (1440, 1.0))
"""By which minute which share of a day's demand had come: 5 % in the first minute, 21 % in the second, 62 % within
ten, 86 % within the hour, the rest over the day.

From what Indian Railways (IRCTC) published in June 2025 about Tatkal tickets in air-conditioned classes: of 108,000 a
day 5,615 were booked in the first minute, 22,827 in the second, 67,159 within ten and 92,861 within the hour; then
4.7 % until the fourth hour, 6.2 % until the tenth, 3 % later.
"""


def minute_of(share: float) -> float:
    """The minute by which that share, 0 to 1, of all had come; even between the published marks."""
    after = max(1, bisect_left([mark for _, mark in CURVE], share))
    (minute, mark), (next_minute, next_mark) = CURVE[after - 1], CURVE[after]
    return minute + (share - mark) / (next_mark - mark) * (next_minute - minute)


def share_by(minute: float) -> float:
    """The share of all who had come by then."""
    for (before, mark), (after, next_mark) in pairwise(CURVE):
        if minute <= after:
            return mark + (max(minute, 0) - before) / (after - before) * (next_mark - mark)
    return 1.0


def arrival_minutes(people: int) -> list[float]:
    """The minute of each arrival, in order."""
    return [minute_of((nth + 0.5) / people) for nth in range(people)]
