"""The wishes of an entrant as the form asks for them: up to three, each an office, a day and a part of the day."""

from collections.abc import Sequence
from dataclasses import dataclass

from dawr.kernel.refusal import Refusal
from dawr.releases.assignment import Place
from dawr.releases.entry_line import read_entry_line
from dawr.releases.model import ClassUnknown, Entry, NoSuchPlace, TooManyPlaces, Wish, preferences_of, wishes_of
from dawr.web.forms import Form

WISHES_MAX = 3
NO_WISH = "none"
ANYTHING = Wish(office_id="", day="", part="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody has typed into the form of wishes; every wish but the first may be missing."""

    wishes: tuple[Wish | None, ...]
    draw_class: str

    @property
    def wanted(self) -> list[Wish]:
        """The wishes as the draw takes them: none at all where anything will do."""
        if self.wishes[0] == ANYTHING:
            return []
        return [wish for wish in self.wishes if wish is not None]

    @property
    def fields(self) -> dict[str, str]:
        """Name and value of every field, for hidden inputs and for the way back to the form."""
        named = {"class": self.draw_class}
        for number, wish in enumerate(self.wishes, 1):
            named[f"office-{number}"] = NO_WISH if wish is None else wish.office_id
            if wish is not None:
                named |= {f"day-{number}": wish.day, f"part-{number}": wish.part}
        return named

    def wish(self, number: int) -> Wish:
        return self.wishes[number - 1] or Wish(office_id=NO_WISH, day="", part="")


def read_asking(form: Form) -> Asking:
    """What was typed; a wish after the first is only there where its office was chosen."""
    return Asking(
        wishes=tuple(_read_wish(form, number) for number in range(1, WISHES_MAX + 1)),
        draw_class=form.text("class", length_max=32),
    )


def asking_of(entry: Entry | None, *, places: Sequence[Place]) -> Asking:
    """The form filled in as the entry stands; empty without one."""
    if entry is None:
        return Asking(wishes=(ANYTHING, None, None), draw_class="")
    entrant = read_entry_line(entry.line.encode())
    wishes = wishes_of(entrant.preferences, places=places, count_max=WISHES_MAX) or (ANYTHING,)
    missing = (None,) * (WISHES_MAX - len(wishes))
    return Asking(wishes=(*wishes, *missing), draw_class=entrant.draw_class)


def faults_of(asking: Asking, *, places: Sequence[Place], classes: Sequence[str]) -> dict[str, Refusal]:
    """What cannot be taken as it is, by the field that it is said beside."""
    faults: dict[str, Refusal] = {}
    for number, wish in enumerate(asking.wishes, 1):
        if wish is None or (number == 1 and wish == ANYTHING):
            continue
        try:
            preferences_of([wish], places=places)
        except (NoSuchPlace, TooManyPlaces) as refusal:
            faults[f"office-{number}"] = refusal
    if not faults:
        try:
            preferences_of(asking.wanted, places=places)
        except TooManyPlaces as refusal:
            faults["office-1"] = refusal
    if asking.draw_class and asking.draw_class not in classes:
        faults["class"] = ClassUnknown()
    return faults


def _read_wish(form: Form, number: int) -> Wish | None:
    office = form.text(f"office-{number}", length_max=64)
    if number > 1 and (office == NO_WISH or not form.choices(f"office-{number}")):
        return None
    return Wish(office_id=office, day=form.text(f"day-{number}"), part=form.text(f"part-{number}"))
