"""What a load would change: the nouns of a folder against the nouns that stand."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from dawr.catalogue.model import Noun
from dawr.catalogue.records import Fault


class Act(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One noun as it was and as it becomes; None where there is none."""

    act: Act
    was: Noun | None
    became: Noun | None

    @property
    def noun(self) -> Noun:
        found = self.became or self.was
        assert found is not None
        return found

    def __str__(self) -> str:
        name = f"{self.noun.noun} {' '.join(self.noun.key)}"
        if self.was is None or self.became is None:
            return f"{self.act} {name}"
        was, became = asdict(self.was), asdict(self.became)
        fields = (f"{field}: {was[field]} -> {became[field]}" for field in was if was[field] != became[field])
        return f"{self.act} {name} ({'; '.join(fields)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeChange:
    """A change as the catalogue remembers it; `subject` is the service, office, ... that it is about."""

    made_at: datetime
    noun: str
    fact_key: str
    subject: str
    act: Act
    was: Mapping[str, Any] | None
    became: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load found and did; with faults, or as a dry run, it did nothing."""

    faults: tuple[Fault, ...]
    changes: tuple[Change, ...]
    noun_count: int
    is_dry_run: bool

    @property
    def is_sound(self) -> bool:
        return not self.faults

    def lines(self) -> list[str]:
        """The report as the command line prints it."""
        if self.faults:
            return [*map(str, self.faults), f"{_counted(len(self.faults), 'fault')}; nothing was loaded"]
        if not self.changes:
            return [f"{self.noun_count} facts stand already as they are written; nothing to change"]
        done = "would be made by this load; nothing was changed" if self.is_dry_run else "made"
        return [*map(str, self.changes), f"{_counted(len(self.changes), 'change')} {done}"]


def changes_between(standing: Sequence[Noun], wanted: Sequence[Noun]) -> list[Change]:
    """What to remove, change and add, so that `standing` becomes `wanted`."""
    before = {(noun.noun, noun.key): noun for noun in standing}
    after = {(noun.noun, noun.key): noun for noun in wanted}
    removed = [noun for key, noun in before.items() if key not in after]
    added = [noun for key, noun in after.items() if key not in before]
    changed = [(before[key], noun) for key, noun in after.items() if key in before and before[key] != noun]
    return [
        *(Change(act=Act.REMOVED, was=noun, became=None) for noun in removed),
        *(Change(act=Act.CHANGED, was=was, became=became) for was, became in changed),
        *(Change(act=Act.ADDED, was=None, became=noun) for noun in added),
    ]


def fields_of(noun: Noun) -> dict[str, Any]:
    """A noun's fields as plain values, sets in order, so that equal nouns are equal text."""
    plain: dict[str, Any] = msgspec.to_builtins(noun, order="deterministic")
    return plain


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
