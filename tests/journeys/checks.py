"""What every page of ours owes its reader."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
FAULT_LINES = "(fault) => `${fault.id}: ${fault.help}: ${fault.nodes.map((node) => node.html).join(' | ')}`"
NARROW: ViewportSize = {"width": 320, "height": 640}
PAGE_BYTES_MAX = 50_000
# Every file of the page but the font and the camera's decoder, as they travelled.
BYTES = """performance.getEntries()
  .filter((entry) => entry.encodedBodySize && !/woff2|zxing/.test(entry.name))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def check_page(page: Page) -> None:
    """Everything of `check_layout`, and no fault that axe-core sees, wide or on a phone; needs scripts."""
    found = violations(page)
    with on_a_phone(page):
        found += violations(page)
    assert not found, f"{page.url}:\n" + "\n".join(found)
    check_layout(page)


def check_layout(page: Page) -> None:
    """A language, a title and one heading; few bytes; nothing beside a phone's screen. Holds without scripts too."""
    assert page.locator("html[lang=ar][dir=rtl], html[lang=en][dir=ltr]").count() == 1, f"{page.url}: lang and dir"
    assert page.locator("h1").count() == 1, f"{page.url} needs one h1"
    assert page.title().strip(" –"), f"{page.url} needs a title"
    sent = in_page(page, BYTES)
    assert sent <= PAGE_BYTES_MAX, f"{page.url} weighs {sent} bytes"
    with on_a_phone(page):
        overflow = in_page(page, OVERFLOW)
    assert overflow <= 0, f"{page.url} is {overflow} pixels wider than a phone"


@contextmanager
def on_a_phone(page: Page) -> Iterator[None]:
    """The same page on a screen of 320 pixels."""
    usual = page.viewport_size
    page.set_viewport_size(NARROW)
    yield
    if usual:
        page.set_viewport_size(usual)


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line each."""
    in_page(page, f"window.axe ? 0 : ({AXE.rstrip().rstrip(';')}, 0)")
    lines: list[str] = in_page(
        page, f"axe.run(document, {json.dumps(AXE_OPTIONS)}).then((found) => found.violations.map({FAULT_LINES}))"
    )
    return lines


def in_page(page: Page, expression: str) -> Any:
    """The value of `expression`, put in through the debugger, so that the page's own script policy stays in force."""
    debugger = page.context.new_cdp_session(page)
    answer = debugger.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    if "exceptionDetails" in answer:
        raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
    return answer["result"].get("value")
