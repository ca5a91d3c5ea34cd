"""The citizen's script needs Python and nothing else, and agrees with Dawr."""

import subprocess
import sys
from pathlib import Path

import pytest

from dawr.releases import citizen_check
from tests.unit.releases.draws import (
    DRAW_1,
    ENTRANTS_1,
    PLACES_1,
    RANKS_1,
    RESULTS_2,
    SIGNATURE,
    SIGNED_BEACON,
    draw,
)

SCRIPT = Path(citizen_check.__file__)


def run(bundle: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(bundle)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_it_prints_the_ranks_of_the_first_vector(tmp_path: Path) -> None:
    done = run(draw(tmp_path, entrants=ENTRANTS_1, places=PLACES_1, draw_id=DRAW_1).out)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:4] == [f"{rank} {label}" for rank, label in enumerate(RANKS_1, 1)]
    assert done.stderr == "The beacon's signature was not given: unchecked\n"


def test_it_prints_the_ranks_of_the_second_vector(tmp_path: Path) -> None:
    done = run(draw(tmp_path).out)
    expected = [row.split(",")[:2] for row in RESULTS_2.splitlines()[1:]]
    assert done.stdout.splitlines() == [" ".join(row) for row in expected]


def test_it_checks_the_signature_of_a_signed_round(tmp_path: Path) -> None:
    done = run(draw(tmp_path, beacon=SIGNED_BEACON).out)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("entrants.txt", "7QK2M9XA\t\t0", "7QK2M9XA\t\t3", "entrants.txt is not the list that was frozen"),
        ("entrants.txt", "7QK2M9XA", "7QK2M9XB", "entrants.txt is not the list that was frozen"),
        ("draw.json", SIGNATURE[-4:], "ffff", "the randomness does not come from the beacon's signature"),
        ("draw.json", '"round": 42', '"round": 43', "the seed does not come from the list and the beacon"),
        ("draw.json", '"seed": "', '"seed": "0', "the seed does not come from the list and the beacon"),
    ],
)
def test_it_says_what_is_wrong(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    bundle = draw(tmp_path, beacon=SIGNED_BEACON).out
    text = (bundle / name).read_text()
    assert old in text
    (bundle / name).write_text(text.replace(old, new, 1))
    done = run(bundle)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"WRONG: {said}\n")


def test_an_emptied_list_is_wrong(tmp_path: Path) -> None:
    bundle = draw(tmp_path).out
    (bundle / "entrants.txt").write_text("")
    assert run(bundle).returncode == 1
