"""`dawr gate pack` and `dawr verify second-looks`, as they are typed."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dawr.__main__ import main
from dawr.db.pool import Pool, transaction
from dawr.gates.second_looks import GateKind, SecondLooks, recomputed, written
from dawr.kernel.identifiers import OfficeId
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets.model import TicketId
from dawr.tickets.selection import commitment_to
from tests.store.gates.gate import Held, enrolled
from tests.store.gates.invented_device import granted
from tests.store.tickets.invented_office import Office

SECRET = bytes(32)
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()
"""The command asks the clock."""

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def dawr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> Typed:
    """Types a command: its exit code, and what was said on both streams."""
    monkeypatch.setenv("DAWR_DATABASE_URL", database_url)
    monkeypatch.setenv("DAWR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DAWR_ROOT_SECRET", "11" * 32)

    def type_in(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["dawr", *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_in


@pytest.fixture
async def at_the_gate(pool: Pool, standing_office: Office, settings: Settings) -> tuple[Held, str]:
    """An enrolled device, and the civil number of a guard of its office; one turn tomorrow."""
    async with transaction(pool) as tx:
        head = await granted(tx, standing_office, Role.BRANCH_HEAD)
        guard = await granted(tx, standing_office, Role.GUARD)
        held = await enrolled(tx, head, settings=settings)
        await standing_office.ticket(tx, starts_at=datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, 8, tzinfo=UTC))
    return held, standing_office.numbers[guard.person_id]


def pack_words(held: Held, number: str, *, out: Path, day: date = TOMORROW) -> list[str]:
    device = str(held.device.device_id)
    return ["gate", "pack", device, "--guard", number, "--day", day.isoformat(), "--out", str(out)]


def test_a_pack_is_written_and_its_code_is_printed(dawr: Typed, at_the_gate: tuple[Held, str], tmp_path: Path) -> None:
    held, number = at_the_gate
    code, said = dawr(*pack_words(held, number, out=tmp_path / "pack.json"))
    assert code == 0
    opening_code = said.splitlines()[0].replace("-", "")
    pack = held.open(json.loads((tmp_path / "pack.json").read_text(encoding="utf-8")), code=opening_code)
    assert pack["office"]["day"] == TOMORROW.isoformat()
    assert len(pack["tickets"]) == 1
    assert opening_code not in (tmp_path / "pack.json").read_text(encoding="utf-8")


def test_a_pack_for_nobodys_guard_or_a_day_that_is_over_says_what_to_do(
    dawr: Typed, at_the_gate: tuple[Held, str], tmp_path: Path
) -> None:
    held, number = at_the_gate
    code, said = dawr(*pack_words(held, "290122599999", out=tmp_path / "pack.json"))
    assert code == 1
    assert "Nobody with this civil number is a guard" in said
    code, said = dawr(*pack_words(held, number, out=tmp_path / "pack.json", day=TOMORROW - timedelta(days=3)))
    assert code == 1
    assert "This shift is over" in said
    assert not (tmp_path / "pack.json").exists()


def second_looks_file(folder: Path, *, secret: bytes = SECRET) -> Path:
    ids = [TicketId(bytes([number]) * 10) for number in range(100)]
    day = SecondLooks(
        office_id=OfficeId("KW-TST/HAW"),
        day_on=date(2027, 2, 3),
        commitment=commitment_to(SECRET),
        secret=secret,
        rows=recomputed(secret, [(each, GateKind.ONLINE) for each in ids], looks={}),
    )
    file = folder / "looks.csv"
    file.write_text(written(day), encoding="utf-8")
    return file


def test_second_looks_are_recomputed_from_their_file_alone(dawr: Typed, tmp_path: Path) -> None:
    file = second_looks_file(tmp_path)
    code, said = dawr("verify", "second-looks", str(file), "--commitment", commitment_to(SECRET).hex())
    assert code == 0, said
    assert said.count("ok ") == 3


def test_another_secret_than_the_promised_one_fails(dawr: Typed, tmp_path: Path) -> None:
    code, said = dawr("verify", "second-looks", str(second_looks_file(tmp_path, secret=b"\x01" * 32)))
    assert code == 1
    assert "FAIL the secret is not the one that was committed to" in said


def test_a_file_of_something_else_is_refused(dawr: Typed, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, _ = dawr("verify", "second-looks", str(tmp_path / "other.csv"))
    assert code == 1
