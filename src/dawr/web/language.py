"""Message catalogues of every feature, merged once per language."""

from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dawr.kernel.refusal import Refusal
from dawr.web.session import Language


@cache
def translations(language: Language) -> GNUTranslations:
    """What all features say in `language`; an untranslated sentence stands in English."""
    merged = Catalog(locale=language)
    for feature in sorted(files("dawr").iterdir(), key=lambda entry: entry.name):
        file = feature.joinpath("locale", f"{language}.po")
        if file.is_file():
            for message in read_po(BytesIO(file.read_bytes()), locale=language):
                if message.id:
                    merged[cast(str, message.id)] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def sentence(refusal: Refusal, *, language: Language) -> str:
    """What happened and why, for the person who was refused."""
    return _interpolated(refusal.code, refusal=refusal, language=language)


def next_step(refusal: Refusal, *, language: Language) -> str:
    """What the refused person can do next."""
    return _interpolated(f"{refusal.code}.next", refusal=refusal, language=language)


def _interpolated(message: str, *, refusal: Refusal, language: Language) -> str:
    return translations(language).gettext(message) % refusal.facts
