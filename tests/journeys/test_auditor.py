"""An auditor who believes nothing: a draw, the log and a ticket checked from outside, and one byte altered."""

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from dawr.db.embedded import server_url
from dawr.demo.site import demonstration_environment
from dawr.releases.verify import fetch_bundle
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, sign_in
from tests.journeys.steps import follow, is_at, is_sound

DRAWN = "KW-MOI/DL-LOST"
TOO_FEW_ENTRANTS = "KW-MOI/PPT-DATA"
"""Everybody who entered this one has a turn."""
PARTS = ("draw.json", "entrants.txt", "places.csv", "results.csv")
SCRIPT = "citizen_check.py"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_auditor_draws_the_lots_again_from_files_alone(visit: Visit, tmp_path: Path, language: str) -> None:
    page = visit(language)
    sign_in(page, person="auditor", path="/log")
    page.goto("/draws")
    is_sound(page)
    page.locator(f"main a[href^='/draws/{DRAWN}/']").first.click()
    page.goto(f"{page.url}/result")
    is_sound(page)
    checked = run(command_shown(page, "dawr verify draw"))
    assert checked.returncode == 0, checked.stdout
    assert "FAIL" not in checked.stdout
    assert "logged result" in checked.stdout

    for name in (*PARTS, SCRIPT):
        with page.expect_download() as downloading:
            page.locator(f"main a[href$='/bundle/{name}']").click()
        downloading.value.save_as(tmp_path / name)
    by_the_citizen = subprocess.run(
        [sys.executable, "-I", SCRIPT, "."], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ranks = [line.split() for line in by_the_citizen.stdout.splitlines()]
    published = [line.split(",")[:2] for line in (tmp_path / "results.csv").read_text().splitlines()[1:]]
    assert ranks == published


@pytest.mark.parametrize("part", PARTS)
def test_one_altered_byte_of_a_bundle_is_caught(demonstration: Demonstration, tmp_path: Path, part: str) -> None:
    fetch_bundle(drawn_address(demonstration), into=tmp_path)
    log = f"{demonstration.address}/log"
    assert dawr("verify", "draw", tmp_path, "--log", log).returncode == 0
    content = bytearray((tmp_path / part).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / part).write_bytes(content)
    checked = dawr("verify", "draw", tmp_path, "--log", log)
    assert checked.returncode == 1
    assert "FAIL" in checked.stdout


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_log_is_verified_at_its_address_and_as_files(
    visit: Visit, demonstration: Demonstration, tmp_path: Path, language: str
) -> None:
    page = visit(language, path="/log")
    is_sound(page)
    vkey = httpx.get(f"{demonstration.address}/log/vkey").text.strip()
    from_outside = run([*command_shown(page, "dawr verify log"), "--vkey", vkey])
    assert from_outside.returncode == 0, from_outside.stdout
    assert from_outside.stdout.count("cosigned it at") == 2
    page.locator("main a[href^='/log/entry/']").first.click()
    is_sound(page)

    folder = tmp_path / "log"
    url = server_url(demonstration.data_dir / "pg")
    own = demonstration_environment(port=demonstration.port, data_dir=demonstration.data_dir, database_url=url)
    exported = dawr("log", "export", folder, environment=os.environ | own)
    assert exported.returncode == 0, exported.stderr
    assert dawr("verify", "log", folder, "--vkey", vkey).returncode == 0
    entries = next(file for file in (folder / "tile" / "entries").rglob("*") if file.is_file())
    content = bytearray(entries.read_bytes())
    content[len(content) // 2] ^= 1
    entries.write_bytes(content)
    assert dawr("verify", "log", folder, "--vkey", vkey).returncode == 1


def test_a_ticket_is_verified_with_published_keys_alone(
    visit: Visit, demonstration: Demonstration, tmp_path: Path
) -> None:
    page = visit("en")
    sign_in(page, person="mother", path="/my")
    page.locator(f"main a[href^='/my/tickets/{TOO_FEW_ENTRANTS}/']").click()
    is_at(page, "Your ticket")
    with page.expect_download() as downloading:
        follow(page, "As a picture")
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(downloading.value.path().read_bytes())))
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(httpx.get(f"{demonstration.address}/tickets/keys").json()), encoding="utf-8")
    for where in (f"{demonstration.address}/tickets/keys", str(keys)):
        proven = dawr("verify", "ticket", found.text, "--keys", where)
        assert proven.returncode == 0, proven.stderr
        assert "ok   signed by a key of this set" in proven.stdout
    refused = dawr("verify", "ticket", found.text[:-6] + "000000", "--keys", str(keys))
    assert refused.returncode == 1
    assert refused.stderr.startswith("dawr: ")


def command_shown(page: Page, beginning: str) -> list[str]:
    """The command that the page offers to whoever wants to check."""
    return shlex.split(page.locator("pre", has_text=beginning).first.inner_text())


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    assert command[0] == "dawr"
    return dawr(*command[1:])


def dawr(*words: str | Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command line, as the auditor types it on a machine of her own."""
    command = [sys.executable, "-m", "dawr", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def drawn_address(demonstration: Demonstration) -> str:
    """Of the draw whose result everybody can see."""
    listed = httpx.get(f"{demonstration.address}/draws", params={"service": DRAWN}).raise_for_status().text
    return f"{demonstration.address}/draws/{DRAWN}/" + listed.partition(f'href="/draws/{DRAWN}/')[2].partition('"')[0]
