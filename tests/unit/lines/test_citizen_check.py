"""The citizen's script needs Python and nothing else, and agrees with Dawr."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from dawr.lines import citizen_check
from dawr.lines.order import commitment, label_of, labels_root, ordered

SCRIPT = Path(citizen_check.__file__)
KEY = bytes(range(32))
LABELS = [label_of("KW-MOI/18/2027-02-01-0900", UUID(int=number), key=b"d" * 32) for number in range(25)]


def folder(at: Path, labels: list[str]) -> Path:
    record = {
        "key": KEY.hex(),
        "key_sha256": commitment(KEY),
        "gathered": len(labels),
        "gathered_root": labels_root(labels),
    }
    (at / "line.json").write_text(json.dumps(record))
    (at / "labels.txt").write_text("".join(f"{label}\n" for label in sorted(labels)))
    return at


def run(at: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(at)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("count", [0, 1, 2, 25])
def test_it_prints_the_numbers_that_dawr_gives(tmp_path: Path, count: int) -> None:
    done = run(folder(tmp_path, LABELS[:count]))
    expected = [f"{number} {label}" for number, label in enumerate(ordered(LABELS[:count], key=KEY), start=1)]
    assert (done.returncode, done.stdout.splitlines(), done.stderr) == (0, expected, "")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("line.json", '"key": "00', '"key": "01', "this is not the key that the rules committed to"),
        ("labels.txt", LABELS[0], "22222222", "labels.txt is not the list of those who were there"),
        ("labels.txt", f"{LABELS[0]}\n", "", "labels.txt is not the list of those who were there"),
    ],
)
def test_it_says_what_is_wrong(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    at = folder(tmp_path, LABELS)
    text = (at / name).read_text()
    assert old in text
    (at / name).write_text(text.replace(old, new, 1))
    done = run(at)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"WRONG: {said}\n")
