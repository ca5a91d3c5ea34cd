"""The camera: a ticket held before it is a ticket shown, and a device without one says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.gate_app.film import film_of
from tests.gate_app.ground import Ground
from tests.gate_app.hand import Hand
from tests.journeys import browser as browsers
from tests.store.tickets.invented_office import STARTS_AT


@pytest.fixture
def with_camera(browser: Browser, ground: Ground, tmp_path: Path) -> Iterator[Browser]:
    """A browser whose camera sees a ticket of the ground's, the first that is made in it."""
    film = film_of(ground.ticket().code, tmp_path / "camera.y4m")
    program = browsers.obtain()
    seeing = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    opened = browser.browser_type.launch(
        executable_path=program.path,
        args=[*browsers.FLAGS, *seeing, f"--use-file-for-fake-video-capture={film}"],
        env={**os.environ, **program.environment},
    )
    yield opened
    opened.close()


def held_in(browser: Browser, ground: Ground) -> Hand:
    page = browser.new_context(base_url=ground.url, viewport={"width": 360, "height": 640}).new_page()
    return Hand(page=page, ground=ground, language="en").lives_at(STARTS_AT).opens_a_file()


def test_a_ticket_before_the_camera_is_shown_with_no_network(with_camera: Browser, ground: Ground) -> None:
    held = held_in(with_camera, ground)
    held.presses("Use the camera")
    held.at("name")
    [scanned] = [record for record in held.records() if record["kind"] == "scanned"]
    assert (scanned["via"], scanned["found"]) == ("camera", "ask")


def test_a_device_without_a_camera_says_what_else_there_is(browser: Browser, ground: Ground) -> None:
    held = held_in(browser, ground)
    held.presses("Use the camera")
    held.sees("The camera may not be used here. Use a scanner, or type the reference.")
    expect(held.button("Use the camera")).to_have_attribute("aria-pressed", "false")
