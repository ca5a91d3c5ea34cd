"""`dawr keys`, as it is typed."""

import sys
from pathlib import Path

import pytest

from dawr.__main__ import main


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    monkeypatch.setenv("DAWR_DATABASE_URL", database_url)
    monkeypatch.setenv("DAWR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DAWR_ROOT_SECRET", "11" * 32)


def dawr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code, and what was said on both streams."""
    monkeypatch.setattr(sys, "argv", ["dawr", *words])
    code = main()
    said = capsys.readouterr()
    return code, said.out + said.err


def test_keys_are_rotated_listed_and_revoked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dawr(monkeypatch, capsys, "keys", "list") == (0, "")
    for _ in range(2):
        assert dawr(monkeypatch, capsys, "keys", "rotate")[0] == 0
    _, listed = dawr(monkeypatch, capsys, "keys", "list")
    first, second = listed.splitlines()
    assert first.endswith("still proves earlier tickets")
    assert second.endswith("signs now")
    name = second.split()[1]
    code, said = dawr(monkeypatch, capsys, "keys", "revoke", name, "--reason", "It was copied.")
    assert code == 0
    assert name in said
    _, listed = dawr(monkeypatch, capsys, "keys", "list")
    first, second, third = listed.splitlines()
    assert first.endswith("still proves earlier tickets")
    assert second.endswith(": It was copied.")
    assert third.endswith("signs now")


def test_a_key_that_is_not_there_is_said_to_be_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = dawr(monkeypatch, capsys, "keys", "revoke", "no-such-key", "--reason", "why")
    assert code == 1
    assert "No key of the name no-such-key" in told
    assert "dawr keys list" in told


def test_a_key_is_not_revoked_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dawr(monkeypatch, capsys, "keys", "rotate")
    name = dawr(monkeypatch, capsys, "keys", "list")[1].split()[1]
    code, told = dawr(monkeypatch, capsys, "keys", "revoke", name, "--reason", " ")
    assert code == 1
    assert "for a reason" in told
