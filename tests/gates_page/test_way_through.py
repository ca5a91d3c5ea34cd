"""The way of a ticket through the gate: every history of presses and reloads, walked in the browser itself."""

from typing import Any, cast

import pytest
from playwright.sync_api import Page

WALK = "(gate) => import('/asking/walking.js').then(({ walked }) => walked(gate))"


def walked(page: Page, gate: str) -> dict[str, Any]:
    return cast(dict[str, Any], page.evaluate(WALK, gate))


def test_nobody_is_admitted_but_by_the_whole_way_and_no_mismatch_ever_disappears(gate_page: Page) -> None:
    found = walked(gate_page, "ours")
    assert found["faults"] == []
    assert found["situations"] > 1_000
    assert found["admissions"] > 100


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        ("takes any digits", "admitted, but never answered"),
        ("forgets tries", "more than two tries each for the digits and the second look of a round"),
        ("lets mismatches pass", "admitted over a mismatch that nobody overruled"),
    ],
)
def test_a_gate_that_is_altered_is_found_out(gate_page: Page, gate: str, fault: str) -> None:
    assert fault in walked(gate_page, gate)["faults"]


def test_the_second_officer_is_asked_other_places_than_the_guard(gate_page: Page) -> None:
    asked = gate_page.evaluate(
        """() => import("/gate/gate.js").then(({ roundAsked }) => ["digits", "second"].flatMap((at) =>
             ["first", "other"].map((round) => [at, round, roundAsked({ at, standing: { round } })])))"""
    )
    assert asked == [
        ["digits", "first", "first"],
        ["digits", "other", "other"],
        ["second", "first", "other"],
        ["second", "other", "first"],
    ]
