"""The simulated mornings go by the rules of the house and agree with the design's arithmetic."""

import json
import sys
from pathlib import Path

import pytest

from dawr.__main__ import main
from dawr.bench.gate import BRIBED, CARELESS, GUARDS, HONEST, LANES, Plan, Watched, rounds_of
from dawr.bench.gate_figures import escape, expected_figures, gate_figures
from dawr.gates.guard_statistics import Measure
from dawr.kernel.identifiers import PersonId

SMALL = Plan(visitors=200, rounds=20)


def silent(step: str, done: int, total: int) -> None:
    """Nobody looks at the bar."""


@pytest.fixture(scope="module")
def rounds() -> list[dict[PersonId, Watched]]:
    return list(rounds_of(SMALL, told=silent))


def test_the_arithmetic_is_that_of_the_design() -> None:
    """A guard of five bought entries a day escapes 28% of the time after 5 days and 0.6% after 20."""
    expected = expected_figures(Plan())
    assert round(expected["bribed_escapes_5_days"], 2) == 0.28
    assert round(expected["bribed_escapes_20_days"], 3) == 0.006
    assert expected["careless_flagged_by_7_decoys"] == 1 - 8 / 2**7
    assert expected["honest_flagged_by_7_decoys"] < 0.01
    assert escape(0) == 1


def test_a_second_officer_looks_at_five_bought_entries_in_a_hundred(rounds: list[dict[PersonId, Watched]]) -> None:
    """Within three standard deviations; and it is the entries of all lanes' chance, the same each time."""
    looks = [look for each in rounds for look in each[BRIBED].looked_at]
    assert len(looks) == SMALL.rounds * 20 * SMALL.bought
    assert abs(sum(looks) / len(looks) - 0.05) < 3 * (0.05 * 0.95 / len(looks)) ** 0.5


def test_a_careless_guard_misses_half_of_his_decoys_and_an_honest_one_hardly_any(
    rounds: list[dict[PersonId, Watched]],
) -> None:
    def misses(*guards: PersonId) -> tuple[float, int]:
        missed = [miss for each in rounds for guard in guards for miss in each[guard].missed]
        return sum(missed) / len(missed), len(missed)

    careless, count = misses(CARELESS)
    assert abs(careless - 0.5) < 3 * 0.5 / count**0.5
    honest, count = misses(*HONEST)
    assert abs(honest - 0.02) < 3 * (0.02 * 0.98 / count) ** 0.5


def test_everybody_who_comes_is_handled_by_one_guard_at_a_lane(rounds: list[dict[PersonId, Watched]]) -> None:
    for each in rounds:
        assert {watched.days for watched in each.values()} == {20}
        handled = sum(watched.tallies[Measure.QUICK_ANSWERS].of for watched in each.values())
        assert handled == SMALL.visitors * SMALL.days
    assert len(GUARDS) * 20 == LANES * SMALL.days


def test_an_honest_counter_finds_a_bribed_guard_on_his_first_day(rounds: list[dict[PersonId, Watched]]) -> None:
    assert {each[BRIBED].flagged_on for each in rounds} == {1}
    charged = [each[BRIBED].tallies[Measure.MISMATCHES_CHARGED].found for each in rounds]
    assert min(charged) > 80, "but for the few that the second officer stopped"


def test_the_same_seeds_give_the_same_figures() -> None:
    plan = Plan(visitors=60, rounds=2)
    assert gate_figures(plan, told=silent) == gate_figures(plan, told=silent)


def test_shares_and_medians_are_of_what_happened_in_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rounds: seen at the 3rd entry, at the 30th, never; and careless with the first two decoys, or not."""
    monkeypatch.setattr("dawr.bench.gate_figures.rounds_of", lambda plan, told: iter(made()))
    figures = gate_figures(Plan(rounds=3), told=silent)
    assert figures["bribed_seen_after_entries"] == 30
    assert figures["bribed_seen_after_days"] == 6
    assert figures["bribed_escapes_5_days"] == round(2 / 3, 4)
    assert figures["bribed_escapes_20_days"] == round(1 / 3, 4)
    assert figures["bribed_flagged_after_days"] == 4
    assert figures["bribed_flagged_after_entries"] == 20
    assert figures["bribed_flagged_by_counter_after_days"] == 1
    assert figures["careless_flagged_after_decoys"] == 2
    assert figures["careless_flagged_after_days"] is None, "most rounds never came to it"
    assert figures["careless_flagged_by_7_decoys"] == round(2 / 3, 4)
    assert figures["honest_flagged_by_7_decoys"] == 0
    assert figures["honest_flagged_in_period"] == 0


def made() -> list[dict[PersonId, Watched]]:
    looks = [[number == at for number in range(100)] for at in (2, 29, 1000)]
    missed = [[True, True] + [False] * 8, [True, True, True], [False] * 9]
    return [
        {
            BRIBED: Watched(days=20, looked_at=look, flagged_on=1, flagged_at_gate_on=flagged),
            CARELESS: Watched(days=20, missed=miss, flagged_at_gate_on=None),
            **{guard: Watched(days=20, missed=[False] * 7) for guard in HONEST},
        }
        for look, miss, flagged in zip(looks, missed, (3, 4, None), strict=True)
    ]


def test_the_command_shows_both_columns_and_writes_the_same_figures_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gate.json"
    monkeypatch.setattr(sys, "argv", ["dawr", "bench", "gate", "--visitors=60", "--rounds=1", f"--json={file}"])
    assert main() == 0
    figures = json.loads(file.read_text())
    shown = capsys.readouterr().out
    assert figures["expected"] == expected_figures(Plan())
    for words in ("27.7%", "0.6%", "93.8%", f"{figures['bribed_escapes_5_days']:.1%}"):
        assert words in shown
