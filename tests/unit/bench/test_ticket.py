"""A few tickets are issued, verified and printed against the clock."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dawr.__main__ import main
from dawr.bench.gate_page import percentiles
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
    figures, shown = bench(tmp_path, monkeypatch, capsys, "--shown=0")
    for step in ("issue", "verify", "render"):
        assert step in shown.out
        assert f"{figures[f'{step}_per_s']:,}" in shown.out


def test_where_there_is_no_browser_the_command_says_so_and_gives_the_other_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DAWR_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    figures, shown = bench(tmp_path, monkeypatch, capsys, "--shown=1")
    assert "no Chromium" in shown.err
    assert "DAWR_BROWSER" in shown.err
    assert shown.out.count("not measured") == 2
    assert figures["verify_per_s"] > 0


def test_a_browser_that_does_not_start_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAWR_BROWSER", str(tmp_path / "chromium"))
    _, shown = bench(tmp_path, monkeypatch, capsys, "--shown=1")
    assert "no Chromium" in shown.err


def bench(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str
) -> tuple[dict[str, float], Any]:
    file = folder / "ticket.json"
    monkeypatch.setattr(sys, "argv", ["dawr", "bench", "ticket", "--tickets=3", "--prints=1", option, f"--json={file}"])
    assert main() == 0
    figures = json.loads(file.read_text())
    assert list(figures) == ["issue_per_s", "verify_per_s", "render_per_s", "page_p50_ms", "page_p95_ms"]
    return figures, capsys.readouterr()


def test_the_percentiles_are_by_nearest_rank() -> None:
    assert percentiles([float(number) for number in range(100, 0, -1)]) == {"page_p50_ms": 50.0, "page_p95_ms": 95.0}
    assert percentiles([7.04]) == {"page_p50_ms": 7.0, "page_p95_ms": 7.0}
