"""The ticket on paper, or as a picture in a phone's album."""

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import typst

from dawr.catalogue.model import Office, Service
from dawr.kernel.identifiers import grouped
from dawr.tickets.fonts import fonts
from dawr.tickets.model import EARLY, Appointment, Token
from dawr.tickets.qr import qr_svg
from dawr.web.formats import filters

Paper = Literal["a4", "a5", "roll", "picture"]
PICTURE_DOTS_PER_INCH = 180


def printed_ticket(
    shown: Appointment, *, paper: Paper, public_url: str, data_dir: Path, dots_per_inch: int | None = None
) -> bytes:
    """A tagged PDF; or, so many dots an inch, a PNG for phones that keep pictures more easily than files.

    A roll is a thermal printer's, 80 mm wide and cut where the ticket ends; a picture is as wide as A5.
    """
    return typst.compile(
        files("dawr.tickets").joinpath("templates", "ticket.typ").read_bytes(),
        format="png" if dots_per_inch else "pdf",
        ppi=dots_per_inch,
        font_paths=fonts(data_dir),
        sys_inputs=_inputs(shown, paper=paper, public_url=public_url),
        pdf_standards="ua-1",
    )


def printed_token(token: Token, *, service: Service, office: Office, starts_at: datetime, data_dir: Path) -> bytes:
    """The slip that the gate gives with a hall token, as a PDF for a roll of 80 mm."""
    facts = {
        "token": str(token),
        "service_ar": service.name_ar,
        "service_en": service.name_en,
        "office_ar": office.name_ar,
        "office_en": office.name_en,
        "day_ar": filters("ar", "western")["day"](starts_at, office.timezone),
        "day_en": filters("en", "western")["day"](starts_at, office.timezone),
        "starts": f"{starts_at.astimezone(ZoneInfo(office.timezone)):%H:%M}",
    }
    return typst.compile(
        files("dawr.tickets").joinpath("templates", "token.typ").read_bytes(),
        font_paths=fonts(data_dir),
        sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
    )


def _inputs(shown: Appointment, *, paper: Paper, public_url: str) -> dict[str, str]:
    """What the template is given: every date already in words, every code already grouped."""
    office, service, booking = shown.office, shown.service, shown.booking
    zone = ZoneInfo(office.timezone)
    facts = {
        "title": f"{service.name_ar} – {grouped(booking.reference)}",
        "authority_ar": shown.authority.name_ar,
        "authority_en": shown.authority.name_en,
        "day_ar": filters("ar", "western")["day"](booking.starts_at, office.timezone),
        "day_en": filters("en", "western")["day"](booking.starts_at, office.timezone),
        "starts": f"{booking.starts_at.astimezone(zone):%H:%M}",
        "ends": f"{booking.ends_at.astimezone(zone):%H:%M}",
        "opens": f"{(booking.starts_at - EARLY).astimezone(zone):%H:%M}",
        "reference": grouped(booking.reference),
        "name": shown.bearer_name,
        "tail": shown.bearer_tail,
        "for": shown.holder.name_ar if shown.proxy else "",
        "service_ar": service.name_ar,
        "service_en": service.name_en,
        "office_ar": office.name_ar,
        "office_en": office.name_en,
        "place_ar": office.place_ar,
        "place_en": office.place_en,
        "documents": [[document.name_ar, document.name_en] for document in shown.documents],
        "site": public_url,
    }
    return {"facts": json.dumps(facts, ensure_ascii=False), "paper": paper, "qr": qr_svg(shown.ticket.code)}
