"""The folders of the tests' own servers, most of them in memory, which nobody else clears away."""

from pathlib import Path

import pytest

import tests
from tests import database_folder

PREFIX = "dawr-test-"


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder in the place of the machine's memory, with room enough."""
    monkeypatch.setattr(tests, "MEMORY", tmp_path)
    monkeypatch.setattr(tests, "MEMORY_BYTES_MIN", 0)
    return tmp_path


def test_what_a_killed_run_left_is_cleared_away(memory: Path) -> None:
    left = memory / f"{PREFIX}left" / "pg"
    left.mkdir(parents=True)
    with database_folder(PREFIX) as folder:
        assert list(memory.iterdir()) == [folder]


def test_what_a_living_run_uses_stays(memory: Path) -> None:
    with database_folder(PREFIX) as first:
        (first / "pg").mkdir()
        with database_folder(PREFIX) as second:
            assert {*memory.iterdir()} == {first, second}
    assert not list(memory.iterdir())


def test_a_folder_that_is_about_to_be_taken_stays(memory: Path) -> None:
    new = memory / f"{PREFIX}new"
    new.mkdir()
    with database_folder(PREFIX):
        assert new.exists()


def test_without_room_in_memory_the_folder_is_elsewhere(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests, "MEMORY_BYTES_MIN", 2**80)
    with database_folder(PREFIX) as folder:
        assert folder.parent != memory
