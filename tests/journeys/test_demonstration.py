"""The demonstration itself: what it offers, what it keeps, and that nothing of it stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from dawr.demo.draws import Plan
from dawr.demo.site import ports
from dawr.releases.model import Release
from tests.journeys.arranged import HAWALLI, open_draws
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, log_size, sign_in
from tests.journeys.steps import is_sound, press, reload_until, say

RESTART_SECONDS_MAX = 60
GONE_SECONDS_MAX = 30
OPEN_SERVICE = "KW-MOI/FIRST"
STAGES = {"KW-MOI/DL-LOST": "moving", "KW-MOI/22": "moving", "KW-MOI/PPT-DATA": "closed"}
WORDS = {"open": "Open", "moving": "Drawn, waiting list moving", "closed": "Closed"}
OPEN_AN_HOUR = Plan(
    service="KW-MOI/COMPANY", offices=(HAWALLI,), times=1, seats=4, crowd=0, freezes_after=timedelta(hours=1)
)


@pytest.fixture(scope="module")
def draw(demonstration: Demonstration) -> Release:
    [release] = open_draws(demonstration, OPEN_AN_HOUR)
    return release


def test_every_sign_in_link_leads_to_the_work_of_its_role(visit: Visit, demonstration: Demonstration) -> None:
    links = [link for link in demonstration.links if "/sign-in?as=" in link]
    assert len(links) >= 10
    for link in links:
        page = visit("en")
        page.goto(link)
        page.locator("button[name=person]").click()
        page.locator(".wordmark").wait_for()
        assert urlsplit(page.url).path == parse_qs(urlsplit(link).query)["next"][0]
        assert page.title().endswith("– Dawr")
        page.context.close()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_draws_show_what_can_happen_to_a_draw(visit: Visit, draw: Release, language: str) -> None:
    page = visit(language, path="/draws")
    for service, stage in {draw.service_id: "open", **STAGES}.items():
        reload_until(page, card(page, service).filter(has_text=say(page, WORDS[stage])))
    is_sound(page)


def test_it_answers_to_those_who_watch_it(demonstration: Demonstration) -> None:
    for path in ("/healthz", "/readyz"):
        assert httpx.get(f"{demonstration.address}{path}").status_code == 200


def test_a_busy_port_is_one_clear_sentence(demonstration: Demonstration, tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "dawr", "demo"],
        env=demonstration.environment | {"DAWR_DATA_DIR": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("dawr: ")
    assert str(demonstration.port) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "other" / "pg").exists()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_what_was_done_is_there_after_the_next_start(
    visit: Visit, demonstration: Demonstration, draw: Release, with_signal: signal.Signals
) -> None:
    person = {signal.SIGTERM: "newcomer", signal.SIGKILL: "student"}[with_signal]
    before = visit("en")
    sign_in(before, person=person, path=f"/draws/{draw.draw_id}/enter")
    press(before, "Continue")
    press(before, "Enter the draw")
    label = before.locator(".govuk-panel .code").inner_text()
    size = log_size(demonstration)

    demonstration.stop(with_signal)
    wait_until_gone(demonstration)
    began = time.monotonic()
    demonstration.start()
    assert time.monotonic() - began < RESTART_SECONDS_MAX

    after = visit("en")
    sign_in(after, person=person, path=f"/draws/{draw.draw_id}/entry")
    expect(after.locator(".govuk-panel .code")).to_have_text(label)
    assert log_size(demonstration) >= size
    page = visit("en", path="/draws")
    expect(card(page, OPEN_SERVICE).filter(has_text=WORDS["open"])).to_have_count(1)


def card(page: Page, service: str) -> Locator:
    return page.locator(".card", has=page.locator(f"a[href^='/draws/{service}/']"))


def wait_until_gone(demonstration: Demonstration) -> None:
    """Until no process of it runs and every port of its row is free."""
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while (left := processes_of(demonstration)) or busy_ports(demonstration):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def processes_of(demonstration: Demonstration) -> list[str]:
    """Command lines, the database's and the national ID's among them, that name its folder or its ports."""
    marks = {str(demonstration.data_dir), f"localhost:{demonstration.port}"}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if int(folder.name) != os.getpid() and any(mark.encode() in told for mark in marks):
            found.append(f"{folder.name} {told[:80]!r}")
    return found


def busy_ports(demonstration: Demonstration) -> list[int]:
    return [port for port in ports(demonstration.port).values() if is_listening(port)]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
