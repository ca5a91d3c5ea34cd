"""A crowd of invented people, the same on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import islice, product

from dawr.people.civil_number import invented_kuwaiti_number

GIVEN = (
    ("أمل", "Amal"), ("باسم", "Basem"), ("تهاني", "Tahani"), ("جابر", "Jaber"), ("حنان", "Hanan"), ("خلود", "Kholoud"),
    ("راشد", "Rashed"), ("زينب", "Zainab"), ("سامي", "Sami"), ("شهد", "Shahad"), ("صالح", "Saleh"), ("عبير", "Abeer"),

    ("غانم", "Ghanem"), ("فاطمة", "Fatima"), ("قاسم", "Qasem"), ("لطيفة", "Latifa"), ("منصور", "Mansour"),
    ("نادية", "Nadia"),
    ("هاني", "Hani"), ("وليد", "Waleed"),
)  # fmt: skip
FATHERS = (
    ("أنور", "Anwar"), ("بدر", "Bader"), ("جاسم", "Jassim"), ("حسين", "Hussain"), ("داود", "Dawood"), ("سعد", "Saad"),
    ("طلال", "Talal"), ("عيسى", "Essa"), ("كمال", "Kamal"), ("ماجد", "Majed"),
)  # fmt: skip
FAMILIES = (
    ("المرساة", "Al-Mirsat"), ("الشراع", "Al-Shira"), ("النخيل", "Al-Nakheel"), ("الصدف", "Al-Sadaf"),
    ("البوصلة", "Al-Bousala"), ("الموج", "Al-Mawj"), ("السدرة", "Al-Sidra"), ("الغيم", "Al-Ghaim"),
    ("القنديل", "Al-Qandeel"), ("الهدهد", "Al-Hudhud"),
)  # fmt: skip
SERIAL_FIRST, SERIAL_STEP = 104_772_398, 31_337
FIRST_BIRTHDAY = date(1960, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """One of the crowd; `taste` is 32 bytes from which his wishes follow."""

    civil_number: str
    card_serial: str
    name_ar: str
    name_latin: str
    taste: bytes


def invented_crowd(count: int) -> list[Stranger]:
    """The first `count` of two thousand invented people."""
    return list(islice(_strangers(), count))


def _strangers() -> Iterator[Stranger]:
    for number, (family, father, given) in enumerate(product(FAMILIES, FATHERS, GIVEN)):
        born_on = FIRST_BIRTHDAY + timedelta(days=number * 9)
        # People.json begins at ordinal 0 of other birthdays; 40 keeps clear of it whatever the day.
        yield Stranger(
            civil_number=invented_kuwaiti_number(born_on, 40 + number % 7),
            card_serial=str(SERIAL_FIRST + number * SERIAL_STEP),
            name_ar=f"{given[0]} {father[0]} {family[0]}",
            name_latin=f"{given[1]} {father[1]} {family[1]}",
            taste=sha256(b"taste %d" % number).digest(),
        )
