"""Half-open periods of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """From `starts_at` up to but not including `ends_at`; both aware; refuses an empty one."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("a period needs aware instants")
        if self.ends_at <= self.starts_at:
            raise ValueError("a period ends after it starts")

    def contains(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at
