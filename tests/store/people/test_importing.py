"""The register's file of cards: what it says of people whom we know is taken over, and of nobody else."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.__main__ import main
from dawr.db.pool import Pool, transaction
from dawr.demo.portraits import portrait
from dawr.kernel.refusal import Malformed
from dawr.people import actions
from dawr.people.civil_number import NotACardSerial, NotACivilNumber, invented_kuwaiti_number
from dawr.people.model import Card, Country
from dawr.people.photograph import NotAPhotograph, parse_photograph
from dawr.people.register_file import HEADER, LINE_LENGTH_MAX, RegisterRow, read_register
from dawr.settings import Settings

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
FACE = portrait("somebody invented")
FIRST = ",".join(HEADER) + "\n"


def number(ordinal: int) -> str:
    return invented_kuwaiti_number(date(1990, 1, 1), ordinal)


async def registered(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await actions.register_person(
            tx,
            civil_number=number(0),
            country=Country.KUWAIT,
            name_ar="نورة",
            name_latin="Noura",
            settings=settings,
            now=NOW,
        )


async def imported(pool: Pool, settings: Settings, *lines: str) -> actions.ImportReport:
    def content(name: str) -> bytes:
        return {"face.png": FACE, "letter.txt": b"Dear register"}[name]

    return await actions.import_cards(
        pool, read_register([FIRST, *lines]), photographs=content, settings=settings, told=lambda _: None
    )


async def card(pool: Pool, settings: Settings) -> Card:
    async with transaction(pool) as tx:
        person_id = await actions.find_by_civil_number(tx, number(0), settings=settings)
        assert person_id is not None
        return await actions.card_of(tx, person_id, settings=settings, looked_by=None, reason="why", now=NOW)


async def test_a_known_persons_card_is_taken_over_and_a_strangers_is_not(pool: Pool, settings: Settings) -> None:
    await registered(pool, settings)
    lines = [f"{number(0)},104772398,face.png\n", f"{number(1)},104772399,face.png\n"]
    for _ in range(2):
        report = await imported(pool, settings, *lines)
        assert (report.taken, report.unknown, report.faults) == (1, 1, [])
        assert await card(pool, settings) == Card(
            civil_number=number(0), serial="104772398", photograph=parse_photograph(FACE)
        )
    async with transaction(pool) as tx:
        assert await actions.find_by_civil_number(tx, number(1), settings=settings) is None


async def test_an_empty_field_leaves_what_is_known(pool: Pool, settings: Settings) -> None:
    await registered(pool, settings)
    await imported(pool, settings, f"{number(0)},104772398,face.png\n")
    await imported(pool, settings, f"{number(0)},,\n")
    assert (await card(pool, settings)).serial == "104772398"


async def test_a_faulty_line_is_named_by_its_place_and_does_not_hold_up_the_others(
    pool: Pool, settings: Settings
) -> None:
    await registered(pool, settings)
    report = await imported(
        pool,
        settings,
        "123,104772398,\n",
        f"{number(0)},abc,\n",
        f"{number(0)},,letter.txt\n",
        f"{number(0)},,../face.png\n",
        f"{number(0)},200000001,\n",
    )
    assert [(line, type(fault)) for line, fault in report.faults] == [
        (2, NotACivilNumber),
        (3, NotACardSerial),
        (4, NotAPhotograph),
        (5, Malformed),
    ]
    assert report.taken == 1
    assert (await card(pool, settings)).serial == "200000001"


async def test_more_rows_than_go_into_one_transaction_are_all_taken(pool: Pool, settings: Settings) -> None:
    await registered(pool, settings)
    told: list[int] = []
    rows = (
        RegisterRow(line=2 + each, civil_number=number(0), card_serial=str(10**8 + each), photograph="")
        for each in range(450)
    )
    report = await actions.import_cards(pool, rows, photographs=lambda _: b"", settings=settings, told=told.append)
    assert (report.taken, told) == (450, [200, 200, 50])
    assert (await card(pool, settings)).serial == str(10**8 + 449)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["number,serial,face\n"],
        [FIRST, "1,2\n"],
        [FIRST, "1,2,3,4\n"],
        [FIRST, '"1,2,3\n'],
        [FIRST, "1" * (LINE_LENGTH_MAX + 1)],
    ],
)
def test_another_file_is_refused(lines: list[str]) -> None:
    with pytest.raises(Malformed):
        list(read_register(lines))


@given(st.text())
def test_any_text_is_rows_or_refused(text: str) -> None:
    try:
        rows = list(read_register([FIRST, *text.splitlines(keepends=True)]))
    except Malformed:
        return
    assert all(isinstance(row, RegisterRow) for row in rows)


@given(st.text())
def test_no_name_of_a_photograph_leads_out_of_its_folder(name: str) -> None:
    row = RegisterRow(line=2, civil_number="", card_serial="", photograph=name)
    try:
        checked = row.photograph_name()
    except Malformed:
        return
    assert not checked or (Path("folder") / checked).parent == Path("folder")


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> pytest.CaptureFixture[str]:
    """The command as it is typed, in this folder."""
    monkeypatch.setenv("DAWR_DATABASE_URL", database_url)
    monkeypatch.setenv("DAWR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DAWR_ROOT_SECRET", "11" * 32)
    monkeypatch.setattr(sys, "argv", ["dawr", "cards", "import", str(tmp_path / "cards.csv")])
    return capsys


def test_the_command_says_what_was_taken_and_which_line_was_not(
    typed: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "cards.csv").write_text(f"{FIRST}{number(3)},104772398,\n{number(3)},,gone.png\n", encoding="utf-8")
    assert main() == 1
    said = typed.readouterr()
    assert "0 cards taken over; 1 people never signed in here" in said.out
    assert "line 3: What was sent could not be read: there is no photograph gone.png." in said.err
    assert number(3) not in said.out + said.err


async def test_the_card_of_whom_another_declared_as_his_proxy_is_taken_over_too(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        proxy_id = await actions.register_person(
            tx, civil_number=number(0), country=Country.KUWAIT, name_ar="", name_latin="", settings=settings, now=NOW
        )
    report = await imported(pool, settings, f"{number(0)},104772398,\n")
    assert (report.taken, report.unknown) == (1, 0)
    async with transaction(pool) as tx:
        card = await actions.card_of(tx, proxy_id, settings=settings, looked_by=None, reason="why", now=NOW)
    assert card.serial == "104772398"
