"""What anybody sees of a draw, before and after."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.releases import actions
from dawr.releases.actions import drawing
from dawr.releases.actions.announcing import announce_next_round
from dawr.releases.model import Release, Wish
from dawr.settings import Settings
from tests.pages.conftest import Browser
from tests.pages.releases.invented_draw import (
    DRAW,
    FARWANIYA,
    PATH,
    SERVICE,
    drawn_draw,
    enter,
    frozen_draw,
    open_draw,
)


async def _release(pool: Pool) -> Release:
    async with transaction(pool) as tx:
        return await actions.release(tx, SERVICE, DRAW)


async def test_without_a_draw_the_list_says_so(kuwait: Pool, browser: Browser) -> None:
    assert "لا توجد قرعة مفتوحة" in await browser.page("/draws")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_open_draw_is_shown_in_both_languages(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.speak(language)
    listed, shown = await browser.page("/draws"), await browser.page(PATH)
    direction = {"ar": 'lang="ar" dir="rtl"', "en": 'lang="en" dir="ltr"'}[language]
    assert direction in listed
    assert direction in shown
    assert PATH in listed
    free = {"ar": "لا أحد يستطيع أن يبيعك", "en": "Nobody can sell you"}[language]
    assert free in shown


async def test_the_list_can_be_of_one_service(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await open_draw(kuwait, settings=settings)
    assert PATH in await browser.page("/draws", service=SERVICE)
    assert PATH not in await browser.page("/draws", service="KW-MOI/20")
    for nothing in ("\x00'", "KW-MOI", "KW-MOI/18/2027", "م" * 5000):
        assert (await browser.get("/draws", service=nothing)).status_code == 404


async def test_a_draw_says_its_rules_and_that_its_beacon_is_for_demonstration(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await open_draw(kuwait, settings=settings, seats=2, medical=1)
    await browser.speak("en")
    shown = await browser.page(PATH)
    assert "not random for anyone who runs it" in shown
    assert "medical need" in shown
    assert "audit.example/w" in shown
    assert "The time of entering gives no advantage" in shown


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Nobody enters for somebody else", "it allows 1 turn a year", "the employer, for own workers"]),
        ("ar", ["لا يشارك أحد عن غيره", "المسموح دور واحد في السنة", "أصول المستندات"]),
    ],
)
async def test_a_draw_says_who_may_enter_and_what_the_counter_asks(
    kuwait: Pool, browser: Browser, settings: Settings, language: str, said: list[str]
) -> None:
    await open_draw(kuwait, settings=settings)
    await browser.speak(language)
    shown = await browser.page(PATH)
    assert [sentence for sentence in said if sentence not in shown] == []


@pytest.mark.parametrize(
    "path",
    [
        "/draws/KW-MOI/18/2031-01-01",
        "/draws/KW-MOI/18/%00",
        "/draws/KW-MOI/18/2031-01-01/enter/check/more",
        f"/draws/KW-MOI/18/{'9' * 5000}",
        "/draws/KW-MOI/%D9%A1/2027-02-01",
        f"{PATH}/why/AAAAAAAA",
        f"{PATH}/bundle/draw.json",
        f"{PATH}/bundle/entrants.txt",
        f"{PATH}/bundle/results.csv",
        f"{PATH}/bundle/secrets.txt",
    ],
)
async def test_what_is_not_there_yet_is_not_there(
    kuwait: Pool, browser: Browser, settings: Settings, path: str
) -> None:
    await open_draw(kuwait, settings=settings)
    assert (await browser.get(path)).status_code == 404


async def test_the_result_of_a_draw_to_come_leads_to_the_draw(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await open_draw(kuwait, settings=settings)
    answer = await browser.get(f"{PATH}/result")
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert (await browser.get(f"{PATH}/result/find", label="AAAAAAAA")).headers["location"] == PATH


async def test_the_odds_follow_the_count(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await drawn_draw(kuwait, settings=settings, entrants=12)
    await browser.speak("en")
    assert "about 1 in 3" in await browser.page(PATH)


async def test_in_the_proof_window_a_label_finds_its_line_and_its_proof(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    people = await frozen_draw(kuwait, settings=settings, entrants=5)
    await browser.speak("en")
    for _, receipt in people:
        shown = await browser.page(f"{PATH}/why/{receipt.label}")
        assert "is in the sealed list" in shown
        assert f"<code>{receipt.line}</code>" in shown
    assert (await browser.get(f"{PATH}/bundle/entrants.txt")).status_code == 200
    assert (await browser.get(f"{PATH}/bundle/results.csv")).status_code == 404


async def test_a_label_that_left_or_changed_says_so_to_whoever_looks_for_it(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await open_draw(kuwait, settings=settings)
    async with transaction(kuwait) as tx:
        left, changed, stays = [await enter(tx, settings=settings, now=datetime.now(UTC)) for _ in range(3)]
        own = {"service_id": SERVICE, "draw_id": DRAW, "settings": settings, "now": datetime.now(UTC)}
        await actions.withdraw(tx, person_id=left[0], **own)  # type: ignore[arg-type]
        wish = Wish(office_id=FARWANIYA, day="", part="")
        await actions.change_entry(tx, person_id=changed[0], wishes=[wish], draw_class="", **own)  # type: ignore[arg-type]
    await browser.speak("en")
    find = f"{PATH}/result/find"
    assert (await browser.get(find, label=left[1].label.lower())).headers["location"] == f"{PATH}/why/{left[1].label}"
    for _, receipt in (changed, stays):
        assert (await browser.get(find, label=receipt.label)).headers["location"] == PATH
        assert (await browser.get(f"{PATH}/why/{receipt.label}")).status_code == 404
    freezes_at = (await _release(kuwait)).rules.freezes_at
    async with transaction(kuwait) as tx:
        await drawing.freeze(tx, service_id=SERVICE, draw_id=DRAW, now=freezes_at)
    assert "So its line is not in the sealed list." in await browser.page(f"{PATH}/why/{left[1].label}")
    assert "The line above is that of receipt 2." in await browser.page(f"{PATH}/why/{changed[1].label}")
    assert "no longer stand" not in await browser.page(f"{PATH}/why/{stays[1].label}")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_drawn_draw_shows_its_ranks_files_and_checks(
    kuwait: Pool, browser: Browser, settings: Settings, language: str
) -> None:
    people = await drawn_draw(kuwait, settings=settings, entrants=60)
    await browser.speak(language)
    shown = await browser.page(f"{PATH}/result")
    async with transaction(kuwait) as tx:
        release = await actions.release(tx, SERVICE, DRAW)
        ranked = await actions.ranked_page(tx, release, after=0, count_max=60)
    assert release.seed is not None
    assert release.seed in shown
    assert ranked[49].label in shown
    assert ranked[50].label not in shown
    assert ranked[50].label in await browser.page(f"{PATH}/result", after="50")
    assert "python3 citizen_check.py FOLDER" in shown
    assert f"dawr verify draw {settings.public_url}{PATH}" in shown
    assert "def check(folder: Path)" in shown
    assert len(people) == 60


@pytest.mark.parametrize(("after", "status"), [("7000", 200), ("-1", 400), ("x", 400), ("99999999999999999999", 400)])
async def test_a_page_of_ranks_that_is_not_there_breaks_nothing(
    kuwait: Pool, browser: Browser, settings: Settings, after: str, status: int
) -> None:
    await drawn_draw(kuwait, settings=settings, entrants=3)
    assert (await browser.get(f"{PATH}/result", after=after)).status_code == status


async def test_a_label_is_found_however_it_is_typed(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    ((_, receipt), *_) = await drawn_draw(kuwait, settings=settings, entrants=3)
    eastern = receipt.label.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed in (receipt.label, receipt.label.lower(), f" {receipt.label[:4]}-{receipt.label[4:]} ", eastern):
        answer = await browser.get(f"{PATH}/result/find", label=typed)
        assert answer.headers["location"] == f"{PATH}/why/{receipt.label}"


@pytest.mark.parametrize("typed", ["", "AAAAAAAA", "<script>", "\x00", "م" * 5000])
async def test_a_label_that_is_not_there_is_said_beside_its_field(
    kuwait: Pool, browser: Browser, settings: Settings, typed: str
) -> None:
    await drawn_draw(kuwait, settings=settings, entrants=3)
    answer = await browser.get(f"{PATH}/result/find", label=typed)
    assert answer.status_code == 404
    assert 'id="label-error"' in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")


async def test_everybody_is_told_why(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    people = await drawn_draw(kuwait, settings=settings, entrants=6)
    await browser.speak("en")
    shown = [await browser.page(f"{PATH}/why/{receipt.label}") for _, receipt in people]
    assert sum("won a place" in text for text in shown) == 4
    assert sum("on the waiting list" in text for text in shown) == 2
    assert all("Proof that it is in the list" in text for text in shown)
    assert sum("Nobody is ahead" in text for text in shown) == 1


async def test_the_bundle_draws_again_to_the_same_ranks(
    kuwait: Pool, browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    await drawn_draw(kuwait, settings=settings, entrants=9)
    files: dict[str, httpx.Response] = {
        name: await browser.get(f"{PATH}/bundle/{name}")
        for name in ("draw.json", "entrants.txt", "places.csv", "results.csv", "citizen_check.py")
    }
    assert {answer.status_code for answer in files.values()} == {200}
    assert files["draw.json"].headers["content-type"].startswith("application/json")
    assert files["entrants.txt"].headers["content-type"] == "text/plain; charset=utf-8"
    assert files["results.csv"].headers["content-type"] == "text/csv; charset=utf-8"
    assert "immutable" in files["results.csv"].headers["cache-control"]
    assert not [name for name, answer in files.items() if "set-cookie" in answer.headers]
    assert files["draw.json"].json()["entrants"] == 9
    assert len(files["entrants.txt"].content.splitlines()) == 9
    assert len(files["results.csv"].content.splitlines()) == 10
    for name, answer in files.items():
        (tmp_path / name).write_bytes(answer.content)
    command = [sys.executable, tmp_path / "citizen_check.py", tmp_path]
    ranks = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert ranks == [" ".join(row.split(",")[:2]) for row in files["results.csv"].text.splitlines()[1:]]


async def test_the_picture_of_demand_stands_beside_its_numbers(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await open_draw(kuwait, settings=settings)
    wish = Wish(office_id=FARWANIYA, day="", part="noon")
    async with transaction(kuwait) as tx:
        for wishes in ((wish,), (wish,), ()):
            await enter(tx, settings=settings, now=datetime.now(UTC), wishes=wishes)
    await actions.count_demand(kuwait, now=datetime.now(UTC))
    await browser.speak("en")
    shown = await browser.page(PATH)
    assert "First wishes and places by office" in shown
    rows = re.findall(r'<td class="chart__value">(\d+)</td>\s*<td class="chart__value">(\d+)</td>', shown)
    assert rows == [("2", "2"), ("0", "2"), ("0", "2"), ("2", "2")]
    assert "1 person said that any place suits" in shown


async def test_a_round_that_was_void_is_named(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await frozen_draw(kuwait, settings=settings, entrants=2)
    async with transaction(kuwait) as tx:
        void = await actions.release(tx, SERVICE, DRAW)
        await announce_next_round(tx, void, settings=settings, now=datetime.now(UTC))
    await browser.speak("en")
    shown = await browser.page(PATH)
    assert "Rounds that were declared void" in shown
    assert f'<bdi class="code">{void.round}</bdi>' in shown


async def test_a_draw_that_nobody_entered_is_over_without_a_result(
    kuwait: Pool, browser: Browser, settings: Settings
) -> None:
    await frozen_draw(kuwait, settings=settings, entrants=0)
    await browser.speak("en")
    assert "Nobody entered, so nothing was drawn" in await browser.page(PATH)
    assert (await browser.get(f"{PATH}/result")).headers["location"] == PATH
    assert (await browser.get(f"{PATH}/bundle/draw.json")).status_code == 404


async def test_digits_are_shown_as_the_visitor_chose(kuwait: Pool, browser: Browser, settings: Settings) -> None:
    await drawn_draw(kuwait, settings=settings, entrants=12)
    await browser.get("/digits/arabic")
    shown = await browser.page(PATH)
    assert "نحو ١ من كل ٣" in shown
    assert DRAW in shown
