"""What is the same for everybody is read once for all who ask within a second."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

KEPT_SECONDS = 1.0
KEPT_MAX = 1000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot(Generic[Value]):
    begun: float
    value: "asyncio.Task[Value]"


class Snapshots(Generic[Key, Value]):
    """What this process last read under each key; who asks while it is being read waits for the same snapshot.

    A snapshot is as old as the beginning of its reading: nobody is shown what had ceased to be true a second before he
    asked. Nothing of a person may stand in it. Whatever is lost with it is read again.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read = read
        self._kept: OrderedDict[Key, _Snapshot[Value]] = OrderedDict()

    async def value(self, key: Key, *, at: float) -> Value:
        """As it was at `at`, in monotonic seconds, or at most a second before."""
        kept = self._kept.get(key)
        if kept is None or at - kept.begun >= KEPT_SECONDS:
            kept = self._begin(key, at=at)
        # Shielded, so that one reader who goes away does not take the others' answer with him.
        return await asyncio.shield(kept.value)

    def _begin(self, key: Key, *, at: float) -> _Snapshot[Value]:
        begun = _Snapshot(begun=at, value=asyncio.ensure_future(self._read(key)))
        begun.value.add_done_callback(partial(self._drop_failed, key))
        self._kept.pop(key, None)
        self._kept[key] = begun
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return begun

    def _drop_failed(self, key: Key, done: "asyncio.Task[Value]") -> None:
        """A fault is told to those who waited for it and is not kept."""
        kept = self._kept.get(key)
        if (done.cancelled() or done.exception()) and kept is not None and kept.value is done:
            del self._kept[key]
