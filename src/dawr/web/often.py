"""A line that would be written for each request of a rush, written once a second instead, with how many there were."""

from collections.abc import Hashable

APART_SECONDS = 1.0


class Often:
    """Counts what is alike, and says when it is worth a line: the first at once, then at most one line a second.

    A kind is made of words of our own (a route, a status) and never of what somebody sent, so that there are few.
    """

    def __init__(self, *, apart_seconds: float = APART_SECONDS) -> None:
        self._apart_seconds = apart_seconds
        self._written: dict[Hashable, float] = {}
        self._times: dict[Hashable, int] = {}

    def times(self, kind: Hashable, *, at: float) -> int:
        """How many of `kind` the line now stands for, this one and all since its last line; 0 for no line yet.

        `at` is in seconds, of a clock that only goes forward.
        """
        times = self._times.get(kind, 0) + 1
        written = self._written.get(kind)
        if written is not None and at - written < self._apart_seconds:
            self._times[kind] = times
            return 0
        self._written[kind] = at
        self._times[kind] = 0
        return times
