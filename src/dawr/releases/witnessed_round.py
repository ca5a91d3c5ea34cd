"""Whether a beacon round may draw a frozen list, or be given up, by the witnesses' clocks alone; pure."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedRound:
    """A round that is due at `draws_at`, and since when a quorum has known of two statements; None for not yet.

    `announced_at` is that of the statement which announced the round; `frozen_at` that of the frozen list.
    """

    draws_at: datetime
    lead_seconds: int
    announced_at: datetime | None
    frozen_at: datetime | None

    @property
    def is_announced_in_time(self) -> bool:
        """Whether the round was chosen while nobody could know it."""
        return self.announced_at is not None and self.announced_at < self.draws_at

    @property
    def is_frozen_in_time(self) -> bool:
        """Whether the list was fixed the whole lead before anybody could know the round (draw.md, step 3)."""
        return self.frozen_at is not None and self._seconds_after(self.frozen_at) >= self.lead_seconds

    @property
    def may_draw(self) -> bool:
        """Whether what the round says decides over the list."""
        return self.is_announced_in_time and self.is_frozen_in_time

    def is_lost(self, *, now: datetime) -> bool:
        """Whether it can never draw any more, even if every witness that is still missing signed now."""
        hoped_for = replace(self, announced_at=self.announced_at or now, frozen_at=self.frozen_at or now)
        return not hoped_for.may_draw

    def may_be_void(self, *, voided_at: datetime | None) -> bool:
        """Whether nobody gains by giving it up.

        Before it is due nobody knows what it will say. Afterwards who gave it up may have looked, and only a round
        that could not draw, whatever it said, is given up without choosing.
        """
        return (voided_at is not None and voided_at < self.draws_at) or not self.may_draw

    def _seconds_after(self, instant: datetime) -> float:
        return (self.draws_at - instant).total_seconds()
