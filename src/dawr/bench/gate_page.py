"""How long the gate's page takes over a ticket: from the camera's frame to the signed name on its screen.

The real page runs in Chromium on a processor slowed six times, and the server that it talks to is played. It is the
page's own thread that is slowed; a browser hashes and proves signatures on others, which is little beside the rest.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import segno

from dawr.bench.played_gate import PlayedGate
from dawr.bench.ticket import issued_code, turns_of
from dawr.gates.pages.app import shell
from dawr.kernel.refusal import Refusal
from dawr.web.page import asset

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize

SITE = "https://gate.example"
TELEPHONE: "ViewportSize" = {"width": 360, "height": 640}
SLOWED = 6
PACK_TICKETS = 2_000
BATCH = 10
WARM_UP = 10
NO_FIGURES = {"page_p50_ms": None, "page_p95_ms": None}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio")

Told = Callable[[str, int, int], None]


class NoBrowser(Refusal):
    """There is no Chromium here to run the gate's page in."""

    code = "bench.no_browser"
    status = 503


def page_figures(*, shown: int, told: Told) -> dict[str, float]:
    """The median and the 95th percentile in milliseconds over so many tickets that are new to the page.

    A few before them only warm it up. Refuses with NoBrowser.
    """
    codes = [issued_code(turn) for turn in turns_of(shown + WARM_UP)]
    with chromium() as opened:
        return percentiles(times_of(opened, codes, told=told)[WARM_UP:])


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """By nearest rank."""
    ordered = sorted(times)
    at = {name: ordered[ceil(share * len(ordered)) - 1] for name, share in (("p50", 0.5), ("p95", 0.95))}
    return {f"page_{name}_ms": round(value, 1) for name, value in at.items()}


def times_of(browser: "Browser", codes: Sequence[str], *, told: Told) -> list[float]:
    """Milliseconds for each code, in their order, in one shift of one device."""
    context = browser.new_context(viewport=TELEPHONE, service_workers="block", has_touch=True)
    try:
        page = _at_the_gate(context, gate=PlayedGate(shell=shell(), tickets=max(PACK_TICKETS, len(codes))))
        slowing = context.new_cdp_session(page)
        slowing.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        times: list[float] = []
        for first in range(0, len(codes), BATCH):
            times += _timed(page, codes[first : first + BATCH])
            told("page", len(times), len(codes))
        return times
    finally:
        context.close()


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Chromium: DAWR_BROWSER, else one on the PATH; refuses with NoBrowser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise NoBrowser from error
    program = os.environ.get("DAWR_BROWSER") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowser
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        except Error as error:
            raise NoBrowser from error
        yield opened
        opened.close()


def _at_the_gate(context: "BrowserContext", *, gate: PlayedGate) -> "Page":
    """The page with an open shift, waiting for the first ticket."""

    def answer(route: "Route") -> None:
        asked = route.request
        answered = gate.answer(urlsplit(asked.url).path, asked.post_data_json if asked.method == "POST" else None)
        if answered is None:
            route.fulfill(status=404)
        else:
            route.fulfill(content_type=answered[0], body=answered[1])

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{SITE}/gate/app")
    page.locator("#code").fill("4K7P2M9Q")
    page.locator("#code").press("Enter")
    for press in ("start", "kept"):
        page.locator(f"[data-do={press}]").click()
    page.locator("main[data-at=ready]").wait_for()
    return page


def _timed(page: "Page", codes: Sequence[str]) -> list[float]:
    addresses = {
        "decoder": asset("gates/gate/decoder.js"),
        "reader": asset("zxing/reader/index.js"),
        "wasm": asset("zxing/zxing_reader.wasm"),
    }
    timing = (files("dawr.bench") / "gate_page.js").read_text(encoding="utf-8")
    times: list[float] = page.evaluate(timing, {**addresses, "symbols": [_rows(code) for code in codes]})
    return times


def _rows(code: str) -> list[str]:
    """The symbol's modules, a text of 0 and 1 for each row."""
    symbol = segno.make(code, error="m", boost_error=False, mode="alphanumeric", micro=False)
    return ["".join(map(str, row)) for row in symbol.matrix]
