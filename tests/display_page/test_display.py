"""The display in a hall, in a browser: it keeps itself up to date, shows what is new, and says when it is old."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dawr.settings import read_settings
from dawr.tickets.model import Called, Token
from dawr.web.headers import security_headers
from dawr.web.page import environment, static_folder
from tests.journeys import browser as browsers
from tests.journeys.checks import check_page
from tests.unit.tickets.appointments import appointment

ADDRESS = "https://hall.example"
POLICY = security_headers(read_settings({"DAWR_ROOT_SECRET": "11" * 32}))
FIRST = Called(token=Token(letter="A", number=7), desk="4", calls=1)
SECOND = Called(token=Token(letter="B", number=12), desk="11", calls=1)
RECALLED = Called(token=Token(letter="A", number=7), desk="4", calls=2)
LOOK_MS, LOST_MS, FLASH_MS = 2_100, 12_100, 6_100

pytestmark = pytest.mark.xdist_group("display_page")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.running(browsers.obtain()) as opened:
        yield opened


class Wall:
    """A hall's display on a clock of its own; `called` is what the server knows, None while it cannot be reached."""

    def __init__(self, chromium: Browser, *, width: int = 1920, with_scripts: bool = True) -> None:
        self.called: tuple[Called, ...] | None = ()
        context = chromium.new_context(
            viewport={"width": width, "height": 1080}, java_script_enabled=with_scripts, reduced_motion="reduce"
        )
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, *called: Called) -> Page:
        self.called = called
        self.page.clock.install()
        self.page.goto(f"{ADDRESS}/display/KW-TST/HAW")
        return self.page

    def later(self, milliseconds: int) -> None:
        self.page.clock.run_for(milliseconds)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        file = static_folder() / Path(path.removeprefix("/static/"))
        if path.startswith("/static/") and file.is_file():
            route.fulfill(path=file)
        elif self.called is None:
            route.abort()
        else:
            template = environment("ar", "western").get_template("tickets/display.html")
            body = template.render(office=appointment().office, called=self.called)
            route.fulfill(content_type="text/html; charset=utf-8", body=body, headers=POLICY)


@pytest.fixture
def wall(chromium: Browser) -> Iterator[Wall]:
    made = Wall(chromium)
    yield made
    assert not [fault for fault in made.faults if "ERR_FAILED" not in fault], made.faults
    made.page.context.close()


def tokens(page: Page) -> list[str]:
    return page.locator("[data-call] th").all_inner_texts()


def test_a_new_call_comes_by_itself_and_stands_out_for_a_while(wall: Wall) -> None:
    page = wall.open(FIRST)
    assert tokens(page) == ["A7"]
    wall.called = (SECOND, FIRST)
    wall.later(LOOK_MS)
    expect(page.locator(".display__fresh th")).to_have_text("B12")
    assert tokens(page) == ["B12", "A7"]
    wall.later(FLASH_MS)
    expect(page.locator(".display__fresh")).to_have_count(0)


def test_who_is_called_once_more_stands_out_once_more(wall: Wall) -> None:
    page = wall.open(SECOND, FIRST)
    wall.called = (RECALLED, SECOND)
    wall.later(LOOK_MS)
    expect(page.locator(".display__fresh th")).to_have_text("A7")


def test_what_does_not_change_does_not_flash(wall: Wall) -> None:
    page = wall.open(FIRST)
    for _ in range(3):
        wall.later(LOOK_MS)
    assert page.locator(".display__fresh").count() == 0


def test_the_last_one_leaves_and_the_hall_is_told_so(wall: Wall) -> None:
    page = wall.open(FIRST)
    wall.called = ()
    wall.later(LOOK_MS)
    expect(page.locator(".display__empty")).to_contain_text("Nobody is called now")


def test_without_a_network_it_says_that_it_is_old_and_recovers(wall: Wall) -> None:
    page = wall.open(FIRST)
    expect(page.locator("#lost")).to_be_hidden()
    wall.called = None
    for _ in range(LOST_MS // LOOK_MS + 2):
        wall.later(LOOK_MS)
        page.wait_for_function("() => true")
    expect(page.locator("#lost")).to_be_visible()
    assert tokens(page) == ["A7"], "what was known stays"
    wall.called = (SECOND,)
    wall.later(LOOK_MS)
    expect(page.locator("[data-call] th")).to_have_text("B12")
    expect(page.locator("#lost")).to_be_hidden()


def test_sound_is_a_choice_of_whoever_stands_before_it(wall: Wall) -> None:
    page = wall.open(FIRST)
    button = page.locator("#sound")
    for pressed in ("true", "false"):
        button.click()
        expect(button).to_have_attribute("aria-pressed", pressed)


@pytest.mark.parametrize("width", [320, 1920])
def test_it_is_sound_on_a_phone_and_on_a_television(chromium: Browser, width: int) -> None:
    wall = Wall(chromium, width=width)
    check_page(wall.open(SECOND, FIRST))
    wall.page.context.close()


def test_without_scripts_everything_but_the_button_is_there(chromium: Browser) -> None:
    wall = Wall(chromium, with_scripts=False)
    wall.called = (FIRST,)
    wall.page.goto(f"{ADDRESS}/display/KW-TST/HAW")
    assert wall.page.locator("[data-call] th").inner_text() == "A7"
    assert wall.page.locator("#sound").is_hidden()
    wall.page.context.close()
