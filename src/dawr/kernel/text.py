"""Arabic text and digits as people type them."""

import unicodedata

ARABIC_INDIC = "٠١٢٣٤٥٦٧٨٩"
EXTENDED_ARABIC_INDIC = "۰۱۲۳۴۵۶۷۸۹"
WESTERN = "0123456789"

_TO_WESTERN = str.maketrans(ARABIC_INDIC + EXTENDED_ARABIC_INDIC, WESTERN * 2)
_TO_ARABIC_INDIC = str.maketrans(WESTERN, ARABIC_INDIC)
_SEPARATORS = {" ", "-", "\N{ARABIC TATWEEL}", "\N{NO-BREAK SPACE}"}


def fold_digits(text: str) -> str:
    """Both kinds of Arabic digit (U+0660-0669, U+06F0-06F9) as 0-9."""
    return text.translate(_TO_WESTERN)


def arabic_digits(text: str) -> str:
    """0-9 as Arabic-Indic digits, for people who asked for them."""
    return text.translate(_TO_ARABIC_INDIC)


def clean_code(text: str) -> str:
    """A typed code or number without spaces, hyphens and invisible characters, upper case, digits 0-9."""
    kept = (c for c in fold_digits(text) if c not in _SEPARATORS and not _is_invisible(c))
    return "".join(kept).upper()


def clean_line(text: str) -> str:
    """One line of typed text: NFC, no invisible or control characters, single spaces."""
    kept = "".join(
        " " if c.isspace() else c for c in unicodedata.normalize("NFC", text) if c.isspace() or not _is_invisible(c)
    )
    return " ".join(kept.split())


def clean_text(text: str) -> str:
    """Several lines of typed text, each one cleaned; at most one empty line in a row, none at the ends."""
    lines = [clean_line(line) for line in text.splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip("\n")


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cf", "Cc", "Cs", "Co", "Cn"}
