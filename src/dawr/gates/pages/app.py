"""The gate's page that works with no network: its shell, its manifest, its service worker, and who is signed in."""

from functools import cache
from hashlib import sha256
from typing import Any

from litestar import MediaType, Response, get
from markupsafe import Markup

from dawr.db.pool import Pool, transaction
from dawr.people import actions as people
from dawr.web.page import asset, assets_in, environment
from dawr.web.session import Language, Visitor

SCOPE = "/gate/app"
LANGUAGES: tuple[Language, ...] = ("ar", "en")
# What anybody may cache says nothing about who asked for it.
OUTSIDE = {"skip_session": True, "exclude_from_csrf": True}
KEPT = {"Cache-Control": "public, max-age=60"}
FONT = "fonts/IBMPlexSansArabic-Regular.woff2"
INK, PAPER = "#0c4a5b", "#f6f3ec"


@get(SCOPE, opt=OUTSIDE)
async def show_app() -> Response[str]:
    """The page itself, the same for everybody and in both languages; its entity tag is its version."""
    return Response(shell(), media_type=MediaType.HTML, headers=KEPT | {"ETag": f'"{_version()}"'})


@get(f"{SCOPE}.webmanifest", opt=OUTSIDE)
async def describe_app() -> Response[dict[str, Any]]:
    """What an installed page is called and looks like."""
    icon = {"src": asset("gates/gate/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}
    described = {
        "id": SCOPE,
        "name": "بوابة دَور – Dawr gate",
        "short_name": "بوابة دَور",
        "lang": "ar",
        "dir": "rtl",
        "start_url": SCOPE,
        "scope": SCOPE,
        "display": "standalone",
        "theme_color": INK,
        "background_color": PAPER,
        "icons": [icon],
    }
    return Response(described, media_type="application/manifest+json", headers=KEPT)


@get("/gate/sw.js", opt=OUTSIDE)
async def send_worker() -> Response[str]:
    """The service worker, which names every file of this version."""
    text = environment("ar", "western").get_template("gates/app_worker.js").render(version=_version(), files=_files())
    return Response(text, media_type="text/javascript", headers=KEPT | {"Service-Worker-Allowed": SCOPE})


@get("/gate/officer")
async def show_officer(pool: Pool, visitor: Visitor) -> Response[dict[str, Any]]:
    """Who would begin a shift now, so that nobody begins one in the name of whoever was here before him."""
    if visitor.person_id is None:
        return Response({"name": None}, headers={"Cache-Control": "no-store"})
    async with transaction(pool) as tx:
        person = await people.person(tx, visitor.person_id)
    return Response({"name": {"ar": person.name_ar, "en": person.name_latin}}, headers={"Cache-Control": "no-store"})


@cache
def shell() -> str:
    """The page itself, with its screens in both languages."""
    screens = {language: Markup(_rendered(language, "gates/app_screens.html")) for language in LANGUAGES}  # noqa: S704
    modules = [address for address in assets_in("gates/gate") if address.endswith(".js")]
    return _rendered("ar", "gates/app.html", languages=screens, modules=modules)


@cache
def _version() -> str:
    return sha256("\n".join([shell(), *_files()]).encode()).hexdigest()[:16]


@cache
def _files() -> list[str]:
    """Every file that the page needs; their names carry their hashes."""
    return [asset("gate.css"), asset(FONT), *assets_in("gates/gate"), *assets_in("zxing")]


def _rendered(language: Language, template: str, **facts: Any) -> str:
    return environment(language, "western").get_template(template).render(facts)


routes = [show_app, describe_app, send_worker, show_officer]
