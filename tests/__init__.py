"""Dawr's tests; every name is a sentence."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 1_500_000_000


def vectors_folder(chapter: str) -> Path:
    """The published test vectors of one chapter; skips where they are not beside the project."""
    root = Path(os.environ.get("DAWR_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))
    if not (root / chapter).is_dir():
        pytest.skip(f"published vectors are not here: {root / chapter} (set DAWR_VECTORS)")
    return root / chapter


@contextmanager
def database_folder(prefix: str) -> Iterator[Path]:
    """A folder for a server of the tests: in memory where there is room, for to make a database is to write files.

    The server may run as another user than ours; it has to be able to reach its folder.
    """
    _clear_away(prefix)
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
    with (
        tempfile.TemporaryDirectory(
            prefix=prefix, dir=MEMORY if has_room else None, ignore_cleanup_errors=True
        ) as name,
        _taken(Path(name)),
    ):
        Path(name).chmod(0o755)
        yield Path(name)


def _clear_away(prefix: str) -> None:
    """What runs that were killed left in memory; an empty folder may be about to be taken by its run."""
    for folder in MEMORY.glob(f"{prefix}*"):
        with suppress(OSError):
            if any(folder.iterdir()):
                with _taken(folder):
                    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _taken(folder: Path) -> Iterator[None]:
    """The folder is ours as long as we live; BlockingIOError where it is another's."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
