"""A turn as a text message for a telephone that shows nothing else: one part, no link, no civil number, free."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from dawr.catalogue.model import Office
from dawr.kernel.identifiers import grouped

ARABIC_MAX = 70
"""Characters of one part in Arabic (UCS-2); in English (GSM 03.38) they are ENGLISH_MAX."""
ENGLISH_MAX = 160

WEEKDAYS_AR = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SAYS_LITTLE = frozenset({"الإدارة", "العامة", "إدارة", "فرع", "مكتب", "مركز", "شؤون", "لشؤون", "محافظة"})
"""Words of an office's name that tell nobody where to go."""


def turn_by_text(*, starts_at: datetime, office: Office, reference: str, language: Literal["ar", "en"] = "ar") -> str:
    """When, where and under which reference; of a name too long, the words go that say least."""
    local = starts_at.astimezone(ZoneInfo(office.timezone))
    day, clock = f"{local.day}/{local.month}", f"{local.hour}:{local.minute:02}"
    if language == "en":
        begins = f"Your turn: {WEEKDAYS_EN[local.weekday()]} {day} at {clock}"
        ends = f". Reference {grouped(reference)}. Bring your card. It is free"
        return _first_within(ENGLISH_MAX, (f"{begins}, {place}{ends}" for place in _shorter_en(office.name_en)))
    weekday, ends = WEEKDAYS_AR[local.weekday()], f". رقم {grouped(reference)}. مجاني"
    return _first_within(
        ARABIC_MAX,
        (
            f"موعدك: {weekday} {day} {at}{clock} {place}{ends}"
            for place in _shorter_ar(office.name_ar)
            for at in ("الساعة ", "")
        ),
    )


def _first_within(length_max: int, texts: Iterator[str]) -> str:
    return next(text for text in texts if len(text) <= length_max)


def _shorter_ar(name: str) -> Iterator[str]:
    """The name, shorter each time: what the office does gives way word by word, then where it is."""
    what, where = _parted(name)
    for count in range(len(what), -1, -1):
        yield " ".join([*what[:count], *where])
    for count in range(len(where) - 1, -1, -1):
        yield " ".join(where[:count])


def _shorter_en(name: str) -> Iterator[str]:
    words = name.split()
    return (" ".join(words[:count]) for count in range(len(words), -1, -1))


def _parted(name: str) -> tuple[list[str], list[str]]:
    """What an office does and where it is: after a dash, or from a word that begins with "in"."""
    does, dash, lies = name.partition(" – ")
    words = does.split()
    if not dash:
        at = next((number for number, word in enumerate(words) if number > 1 and word.startswith("ب")), len(words))
        words, lies = words[:at], " ".join(words[at:])
    told = [word for word in words if word not in SAYS_LITTLE]
    if told and told[0] != words[0]:
        told[0] = _without_to(told[0])
    return told, [word for word in lies.split() if word not in SAYS_LITTLE]


def _without_to(word: str) -> str:
    """A word that leaned on the one before it stands alone: "of the nationality" becomes "the nationality"."""
    if word.startswith("لل"):
        return "ال" + word[2:]
    return word
