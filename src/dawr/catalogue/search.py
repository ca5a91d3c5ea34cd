"""Finding a service by the words that people type, in either language, however they spell the alef."""

import unicodedata
from collections.abc import Sequence

from dawr.catalogue.model import Service
from dawr.kernel.text import fold_digits

_SPELLINGS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": ""})


def search_key(text: str) -> str:
    """Text as it is compared: no diacritics, one spelling a letter, digits 0-9, lower case."""
    letters = unicodedata.normalize("NFKD", fold_digits(text).translate(_SPELLINGS))
    return "".join(c for c in letters if not unicodedata.combining(c)).translate(_SPELLINGS).casefold()


def matching(services: Sequence[Service], *, query: str) -> list[Service]:
    """The services that hold every word of `query`; all of them for no words."""
    words = search_key(query).split()
    return [service for service in services if all(word in _haystack(service) for word in words)]


def _haystack(service: Service) -> str:
    named = (service.code, service.name_ar, service.name_en, service.summary_ar, service.summary_en)
    return search_key(" ".join(named))
