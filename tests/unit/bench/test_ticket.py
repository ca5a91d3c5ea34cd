"""A few tickets are issued, verified and printed against the clock."""

import json
import sys
from pathlib import Path

import pytest

from dawr.__main__ import main
from dawr.bench.ticket import ticket_figures


def test_each_step_is_told_to_its_end_and_has_a_rate() -> None:
    told: list[tuple[str, int, int]] = []
    figures = ticket_figures(tickets=60, prints=2, told=lambda *step: told.append(step))
    assert told == [("issue", 50, 60), ("issue", 60, 60), ("verify", 50, 60), ("verify", 60, 60), ("render", 2, 2)]
    assert figures.keys() == {"issue_per_s", "verify_per_s", "render_per_s"}
    assert all(rate > 0 for rate in figures.values())


def test_the_command_shows_a_table_and_writes_the_same_figures_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ticket.json"
    monkeypatch.setattr(sys, "argv", ["dawr", "bench", "ticket", "--tickets=3", "--prints=1", f"--json={file}"])
    assert main() == 0
    figures = json.loads(file.read_text())
    shown = capsys.readouterr().out
    for step in ("issue", "verify", "render"):
        assert step in shown
        assert f"{figures[f'{step}_per_s']:,}" in shown
