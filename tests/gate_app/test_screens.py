"""Every screen of the gate's page in both languages: sound for who cannot see it, and whole on a small telephone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.gate_app.conftest import Hands
from tests.gate_app.ground import Ground
from tests.gate_app.hand import Hand
from tests.journeys.checks import OVERFLOW, in_page, on_a_phone, violations
from tests.store.tickets.invented_office import OTHER_OFFICE, STARTS_AT

TWO = pytest.mark.parametrize("language", ["ar", "en"])

Look = Callable[[str], None]


def looking(held: Hand) -> Look:
    def look(at: str) -> None:
        held.at(at)
        with on_a_phone(held.page):
            assert not violations(held.page)
            assert in_page(held.page, OVERFLOW) <= 0, f"{at} is wider than a phone"
        assert held.page.locator("h1").count() == 1

    return look


@TWO
def test_the_way_in(hand: Hands, ground: Ground, language: str) -> None:
    held = hand(language)
    look = looking(held)
    held.opens_the_page()
    look("enrol")
    held.page.locator("#code").fill("2222-2222")
    held.presses("Add the device")
    held.page.locator("p.fault").wait_for()
    look("enrol")
    held.enrols()
    look("start")
    held.signs_in()
    held.opens_the_page()
    look("start")
    held.presses("Start my shift")
    look("code")
    held.keeps_the_code()
    look("ready")
    held.presses("Check")
    held.page.locator(".notice").wait_for()
    look("ready")
    held.opens_the_page()
    look("reopen")
    held.page.locator("#code").fill("2222-2222")
    held.presses("Open the gate")
    held.page.locator("p.fault").wait_for()
    look("reopen")
    held.reopens()
    held.presses("End the shift")
    look("end")
    held.presses("Back to the gate")
    held.ends_the_shift()
    look("ended")


@TWO
def test_the_way_of_a_visitor(hand: Hands, ground: Ground, language: str) -> None:
    plain, other = ground.ticket(), ground.ticket()
    tested = ground.ticket_that(lambda decoy, second: decoy and not second)
    looked = ground.ticket_that(lambda decoy, second: second and not decoy)
    elsewhere = ground.ticket(office_id=OTHER_OFFICE)
    tomorrow = ground.ticket(starts_at=STARTS_AT + timedelta(days=1))
    held = hand(language).lives_at(STARTS_AT).opens_a_file()
    look = looking(held)
    held.scans(plain.code)
    look("name")
    held.presses("Yes, this name")
    look("digits")
    held.answers(plain, rightly=False)
    held.page.locator("p.fault").wait_for()
    look("digits")
    held.answers(plain)
    look("told-admit")
    for shown, verdict in (
        (plain.code, "used"),
        ("https://elsewhere.example/ticket", "not_ours"),
        ("DW1:BROKEN", "damaged_code"),
        (elsewhere.code, "wrong_office"),
        (tomorrow.code, "wrong_day"),
    ):
        held.presses("Next person")
        held.types(shown)
        look(f"told-{verdict}")
    held.scans(tested.code)
    look("name")
    held.presses("No, another name")
    look("digits")
    held.presses("The visitor left")
    held.scans(looked.code)
    held.presses("No, another name")
    held.sees("This is the name that was signed. Look at the card once more.")
    look("name")
    held.presses("No, another name")
    look("digits")
    held.answers(looked)
    look("officers")
    held.chooses("head")
    look("officer")
    held.enters("000000")
    held.page.locator("p.fault").wait_for()
    look("officer")
    held.signed_by("head")
    look("digits")
    held.answers(looked)
    held.at("told-admit")
    held.scans(other.code)
    held.presses("Yes, this name")
    held.answers(other, rightly=False)
    held.answers(other, rightly=False)
    look("told-identity_mismatch")
    held.presses("Branch head: another round")
    look("officer")


@TWO
def test_what_stops_a_gate(hand: Hands, ground: Ground, language: str) -> None:
    early = ground.ticket(starts_at=STARTS_AT + timedelta(hours=2))
    plain = ground.ticket()
    held = hand(language).lives_at(STARTS_AT).opens_a_file()
    look = looking(held)
    held.scans(early.code)
    look("told-too_early")
    late = ground.ticket()
    held.scans(late.code)
    look("blocked-no_answers")
    held.presses("Next person")
    held.later(hours=2, minutes=1)
    held.scans(plain.code)
    look("blocked-stale_list")
    held.presses("Next person")
    held.later(hours=6)
    held.scans(plain.code)
    look("told-too_late")
    held.turns_the_clock(minutes=2)
    look("clock")
    held.turns_the_clock(minutes=0)
    held.presses("Ask for the time")
    held.at("told-too_late")
    held.later(hours=30)
    look("over")
