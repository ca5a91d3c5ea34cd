"""What anybody sees of a line, and the files with which he checks it."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from dawr.db.pool import Pool, transaction
from dawr.lines import actions
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.lines.invented_line import PATH, announce, gathering, opened, stranger
from tests.pages.releases.invented_draw import SERVICE


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_without_a_line_the_page_of_lines_says_so(kuwait: Pool, browser: Browser, language: str) -> None:
    await browser.speak(language)
    nothing = {"ar": "لا طابور معلَن في هذه الساعة", "en": "No waiting line is announced at this hour"}[language]
    assert nothing in await browser.page("/lines")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_lines_stand_in_both_languages(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await browser.speak(language)
    await gathering(kuwait, settings=settings)
    shown = await browser.page("/lines")
    assert {"ar": "الأرقام تُؤخذ الآن", "en": "Numbers being taken"}[language] in shown
    assert f'href="{PATH}"' in shown


@pytest.mark.parametrize(
    ("opens_in", "said"),
    [
        (timedelta(hours=5), "You can take your number from"),
        (timedelta(hours=1), "lots decide the order"),
        (-timedelta(minutes=1), "The order is being drawn"),
    ],
)
async def test_a_line_says_where_it_stands(kuwait: Pool, browser: Browser, opens_in: timedelta, said: str) -> None:
    async with transaction(kuwait) as tx:
        await announce(tx, opens_in=opens_in)
    await browser.speak("en")
    assert said in await browser.page(PATH)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_key_is_fixed_before_and_shown_after_the_opening(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await browser.speak(language)
    line = await gathering(kuwait, settings=settings)
    shown = await browser.page(PATH)
    assert line.rules.key_sha256 in shown
    assert {"ar": "المفتاح، منشوراً عند الفتح", "en": "The key, published at the opening"}[language] not in shown
    for file in ("line.json", "labels.txt"):
        assert (await browser.get(f"{PATH}/order/{file}")).status_code == 404


async def test_anybody_recomputes_the_numbers_from_the_files(
    kuwait: Pool, browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    people = [stranger() for _ in range(5)]
    line = await opened(kuwait, *people, settings=settings)
    await browser.speak("en")
    assert line.key is not None
    assert line.key.hex() in await browser.page(PATH)
    for file in ("line.json", "labels.txt", "citizen_check.py"):
        answer = await browser.get(f"{PATH}/order/{file}")
        assert "set-cookie" not in answer.headers
        (tmp_path / file).write_bytes(answer.content)
    command = [sys.executable, "-I", str(tmp_path / "citizen_check.py"), str(tmp_path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    async with transaction(kuwait) as tx:
        rows = await (await tx.execute("select number, label from lines.place order by number")).fetchall()
    assert printed == [f"{row['number']} {row['label']}" for row in rows]
    assert len(printed) == 5


async def test_the_slots_are_those_that_the_rules_name(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    line = await gathering(kuwait, settings=settings)
    answer = await browser.get(f"{PATH}/order/slots.csv")
    assert sha256(answer.content).hexdigest() == line.rules.slots_sha256


async def test_now_serving_may_be_cached_by_anybody_and_carries_no_session(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await opened(kuwait, stranger(), settings=settings)
    answer = await browser.get(f"{PATH}/now.json")
    assert answer.headers["cache-control"] == "public, max-age=2"
    assert "set-cookie" not in answer.headers
    now = json.loads(answer.content)
    assert (now["serving"], now["open"], now["closed"]) == (0, True, False)
    assert abs(datetime.fromisoformat(now["at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    await actions.advance_lines(kuwait, now=datetime.now(UTC))
    assert (await browser.get(f"{PATH}/now.json")).content == answer.content


@pytest.mark.parametrize(
    "path", ["", "/mine", "/now.json", "/order/line.json", "/order/labels.txt", "/order/slots.csv", "/leave"]
)
async def test_a_line_that_is_not_there_is_not_found(kuwait: Pool, browser: Browser, path: str) -> None:
    await browser.sign_in(stranger())
    assert (await browser.get(f"/lines/{SERVICE}/2031-01-01-0900{path}")).status_code == 404
    assert (await browser.get(f"/lines/KW-MOI/18/{'x' * 41}{path}")).status_code == 404


async def test_the_page_of_a_line_that_is_over_shows_the_next_chances(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    line = await opened(kuwait, settings=settings)
    await actions.advance_lines(kuwait, now=line.rules.closes_at)
    await browser.speak("en")
    shown = await browser.page(PATH)
    assert "The next waiting lines" in shown
    assert "Take your number" not in shown
