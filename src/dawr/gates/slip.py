"""The slip that a refused visitor is handed: why, where to go, his new turn, and that all of it is free."""

import json
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import typst

from dawr.gates.actions.refused_views import RefusedView, Turn
from dawr.gates.model.refused import RemedyKind
from dawr.kernel.identifiers import grouped
from dawr.tickets.fonts import fonts
from dawr.tickets.qr import qr_svg
from dawr.web.formats import filters
from dawr.web.language import translations
from dawr.web.session import Language

LANGUAGES: tuple[Language, ...] = ("ar", "en")


def printed_slip(view: RefusedView, *, code: str | None, receipt: str, public_url: str, data_dir: Path) -> bytes:
    """A tagged PDF, 80 mm wide and cut where it ends.

    `code` is the ticket of the turn, where he has one; `receipt` is his report's, "" where he made none.
    """
    inputs = {"facts": json.dumps(_facts(view, receipt=receipt, public_url=public_url), ensure_ascii=False)}
    return typst.compile(
        files("dawr.gates").joinpath("templates", "slip.typ").read_bytes(),
        font_paths=fonts(data_dir),
        sys_inputs=inputs | {"qr": qr_svg(code) if code else ""},
        pdf_standards="ua-1",
    )


def _facts(view: RefusedView, *, receipt: str, public_url: str) -> dict[str, object]:
    reason = f"gates.refused.{view.of.reason.value}"
    return {
        "reason": [translations(language).gettext(reason) for language in LANGUAGES],
        "why": [translations(language).gettext(f"{reason}.why") for language in LANGUAGES],
        "here": [view.here.name_ar, view.here.name_en],
        "at": f"{view.of.refused_at.astimezone(ZoneInfo(view.here.timezone)):%d/%m/%Y %H:%M}",
        "service": [view.service.name_ar, view.service.name_en] if view.service else None,
        "turn": _turn(view.turn) if view.turn else None,
        "chance": _chance(view),
        "receipt": grouped(receipt) if receipt else None,
        "site": public_url,
    }


def _turn(turn: Turn) -> dict[str, object]:
    office, held = turn.office, turn.booking
    zone = ZoneInfo(office.timezone)
    return {
        "day": [str(filters(language, "western")["day"](held.starts_at, office.timezone)) for language in LANGUAGES],
        "hours": f"{held.starts_at.astimezone(zone):%H:%M} – {held.ends_at.astimezone(zone):%H:%M}",
        "reference": grouped(held.reference),
        "office": [office.name_ar, office.name_en],
        "place": [office.place_ar, office.place_en],
        "point": f"{office.latitude:.5f}, {office.longitude:.5f}",
    }


def _chance(view: RefusedView) -> list[str] | None:
    """The line or the draw that he was entered in."""
    if view.given is None or view.given.release_id is None:
        return None
    key = "gates.slip.in_line" if view.given.kind is RemedyKind.IN_LINE else "gates.slip.in_draw"
    return [*(translations(language).gettext(key) for language in LANGUAGES), view.given.release_id]
