"""The README's pictures, docs/pictures/*.png, taken from a demonstration that this program starts for itself."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dawr.booking.model import Booking  # noqa: E402
from dawr.demo.draws import Plan  # noqa: E402
from tests.journeys import browser as browsers  # noqa: E402
from tests.journeys.arranged import HAWALLI, confirmed, open_draws, wait_until_offered  # noqa: E402
from tests.journeys.demonstration import Demonstration, running_demonstration, sign_in  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 900
BYTES_MAX = 200_000
COLOURS = 128
HOLDER = "citizen"
ONE_TURN = Plan(service="KW-MOI/18", offices=(HAWALLI,), times=1, seats=1, crowd=0, invented=(HOLDER,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One page as one visitor sees it; `arrive` brings him there, told of the turn that HOLDER has."""

    name: str
    language: str
    arrive: Callable[[Page, Booking], None]


def open_draw(page: Page, _: Booking) -> None:
    page.goto("/")
    page.locator("main a[href^='/draws/']:not([href='/draws'])").first.click()


def result(page: Page, _: Booking) -> None:
    page.goto("/draws?service=KW-MOI/DL-LOST")
    page.locator("main a[href^='/draws/KW-MOI/DL-LOST/']").first.click()
    page.locator("main a[href$='/result']").click()


def ticket(page: Page, turn: Booking) -> None:
    sign_in(page, person=HOLDER, path=f"/my/tickets/{turn.service_id}/{turn.booking_id}")


def gate(page: Page, turn: Booking) -> None:
    sign_in(page, person="guard", path="/gate")
    page.locator("#code").fill(turn.reference)
    page.locator("main form button[type=submit]").click()


def log(page: Page, _: Booking) -> None:
    page.goto("/log")


TAKEN = (
    Picture(name="draw-ar", language="ar", arrive=open_draw),
    Picture(name="result-ar", language="ar", arrive=result),
    Picture(name="result-en", language="en", arrive=result),
    Picture(name="ticket-ar", language="ar", arrive=ticket),
    Picture(name="gate-ar", language="ar", arrive=gate),
    Picture(name="log-en", language="en", arrive=log),
)


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demonstration() as demonstration, browsers.running(browsers.obtain()) as browser:
        turn = confirmed_turn(demonstration)
        for picture in TAKEN:
            file = take(picture, browser=browser, demonstration=demonstration, turn=turn)
            print(f"{file.relative_to(ROOT)} {file.stat().st_size:,} bytes", flush=True)  # noqa: T201
    return 0


def confirmed_turn(demonstration: Demonstration) -> Booking:
    [release] = open_draws(demonstration, ONE_TURN)
    wait_until_offered(demonstration, release)
    return confirmed(demonstration, release, hints=[HOLDER])[HOLDER]


def take(picture: Picture, *, browser: Browser, demonstration: Demonstration, turn: Booking) -> Path:
    """The picture's file, written anew: the first screenful, in few colours, so that a clone stays small."""
    context = browser.new_context(base_url=demonstration.address, viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    page.goto(f"/language/{picture.language}")
    picture.arrive(page, turn)
    page.evaluate("document.fonts.ready.then(() => true)")
    file = PICTURES / f"{picture.name}.png"
    page.screenshot(path=file)
    Image.open(file).quantize(COLOURS).save(file, optimize=True)
    context.close()
    assert file.stat().st_size < BYTES_MAX, f"{file} is larger than {BYTES_MAX} bytes"
    return file


if __name__ == "__main__":
    sys.exit(main())
