"""The two vectors of dawr-draw-v1."""

import json
from pathlib import Path

from tests.unit.releases.draws import (
    DRAW_1,
    ENTRANTS_1,
    LIST_ROOT_1,
    LIST_ROOT_2,
    PLACES_1,
    RANDOMNESS,
    RANKS_1,
    RESULTS_2,
    ROUND,
    SEED_1,
    SEED_2,
    draw,
)


def test_the_first_vector_gives_its_root_seed_and_first_four(tmp_path: Path) -> None:
    draw(tmp_path, entrants=ENTRANTS_1, places=PLACES_1, draw_id=DRAW_1)
    written = json.loads((tmp_path / "bundle" / "draw.json").read_text())
    assert (written["list_root"], written["seed"]) == (LIST_ROOT_1, SEED_1)
    assert (written["round"], written["randomness"], written["entrants"], written["seats"]) == (
        ROUND,
        RANDOMNESS,
        12,
        4,
    )
    rows = (tmp_path / "bundle" / "results.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows[:4]] == RANKS_1
    assert [row.split(",")[2] for row in rows] == ["HAW-0900"] * 4 + [""] * 8


def test_the_second_vector_gives_its_root_seed_and_every_place(tmp_path: Path) -> None:
    draw(tmp_path)
    written = json.loads((tmp_path / "bundle" / "draw.json").read_text())
    assert (written["list_root"], written["seed"]) == (LIST_ROOT_2, SEED_2)
    assert (tmp_path / "bundle" / "results.csv").read_text() == RESULTS_2
