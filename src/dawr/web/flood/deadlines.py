"""Ends what takes too long; a timer of its own for each request would cost more than the rest of the guard."""

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.25
"""So much later than its time something may be ended."""

End = Callable[[], None]


class Deadlines:
    """What must be over by when, of one loop; nothing is looked for while there is nothing to look for."""

    def __init__(self) -> None:
        self._by: dict[End, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._by)

    def allow(self, end: End, *, seconds: float) -> None:
        """Call `end` when so many seconds are over, unless it is forgotten or allowed anew before."""
        loop = asyncio.get_running_loop()
        self._by[end] = loop.time() + seconds
        if self._timer is None:
            self._timer = loop.call_later(LOOK_SECONDS, self._look)

    def forget(self, end: End) -> None:
        """It is over."""
        self._by.pop(end, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for end in [end for end, by in self._by.items() if by <= now]:
            del self._by[end]
            end()
        self._timer = loop.call_later(LOOK_SECONDS, self._look) if self._by else None
