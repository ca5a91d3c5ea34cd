"""What comes to a device while there is a network, what a file may bring, and what a guard may change on the screen."""

import pytest
from playwright.sync_api import FilePayload, expect

from dawr.demo.portraits import portrait
from dawr.people.photograph import parse_photograph
from tests.gate_app.conftest import Hands
from tests.gate_app.ground import SERIAL, Ground, this_minute
from tests.store.tickets.invented_office import STARTS_AT


def test_a_turn_given_back_in_an_outage_is_known_when_the_network_returns(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket(starts_at=this_minute())
    held = hand("en").starts_a_shift()
    held.waits_until_installed()
    held.loses_the_network()
    ground.gives_back(ticket)
    held.scans(ticket.code)
    held.at("name")
    held.presses("The visitor left")
    held.has_a_network_again()
    held.scans_until(ticket.code, "told-cancelled")


def test_a_ticket_issued_after_the_pack_comes_with_the_next_one_at_once(hand: Hands, ground: Ground) -> None:
    held = hand("en").starts_a_shift()
    ticket = ground.ticket(starts_at=this_minute())
    with held.page.expect_response("**/pack") as renewed:
        held.scans(ticket.code)
    assert renewed.value.ok
    held.at("blocked-no_answers")
    held.presses("Next person")
    held.scans_until(ticket.code, "name")
    held.presses("Yes, this name")
    held.answers(ticket)
    held.at("told-admit")


def test_the_photograph_of_the_register_is_there_with_no_network_and_after_a_reload(
    hand: Hands, ground: Ground
) -> None:
    ticket = ground.ticket(starts_at=this_minute())
    ground.written(
        lambda tx: ground.office.has_card(
            tx, ticket.person_id, serial=SERIAL, photograph=parse_photograph(portrait("somebody invented"))
        )
    )
    held = hand("en").starts_a_shift()
    held.waits_until_installed()
    held.until("photographs", "(kept) => kept.length > 0")
    held.loses_the_network()
    held.page.reload()
    held.reopens()
    held.scans(ticket.code)
    held.presses("Yes, this name")
    photograph = held.page.get_by_alt_text("The photograph in the register")
    expect(photograph).to_be_visible()
    assert photograph.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")
    held.answers(ticket)
    held.at("told-admit")
    expect(photograph).to_have_count(0)


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"sealed": 1, "device": "00000000-0000-4000-8000-000000000000"}'])
def test_a_file_that_is_no_pack_of_this_device_is_refused(hand: Hands, ground: Ground, text: str) -> None:
    held = hand("en")
    held.opens_the_page()
    held.enrols()
    held.at("start")
    file: FilePayload = {"name": "pack.json", "mimeType": "application/json", "buffer": text.encode()}
    held.page.locator("#file").set_input_files(file)
    held.sees("This file is not a day pack for this device.")
    held.at("start")


def test_a_pack_is_opened_by_its_own_code_alone(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.page.reload()
    held.at("reopen")
    wrong = "2" if held.opening_code[0] != "2" else "3"
    held.page.locator("#code").fill(wrong + held.opening_code[1:])
    held.presses("Open the gate")
    held.sees("This code does not open the pack. Read it once more.")
    held.page.locator("#code").fill(f" {held.opening_code.lower()} ")
    held.presses("Open the gate")
    held.at("ready")


def test_who_has_lost_his_code_is_given_it_again_by_his_own_sign_in(hand: Hands, ground: Ground) -> None:
    held = hand("en").starts_a_shift()
    kept = held.opening_code
    held.page.reload()
    held.at("reopen")
    held.presses("I do not have the code")
    held.keeps_the_code()
    assert held.opening_code == kept
    held.signs_in("other guard")
    held.page.reload()
    held.presses("I do not have the code")
    held.page.locator("p.fault").wait_for()
    held.at("reopen")


def test_who_cannot_open_the_pack_of_another_begins_his_own_shift_when_there_is_a_network(
    hand: Hands, ground: Ground
) -> None:
    this_minute()
    held = hand("en").starts_a_shift()
    held.waits_until_installed()
    held.loses_the_network()
    held.page.reload()
    held.presses("Start another shift")
    held.sees("The server does not answer. Check the network and try again.")
    held.at("reopen")
    held.has_a_network_again()
    held.presses("Start another shift")
    held.at("start")
    held.presses("Start my shift")
    held.keeps_the_code()
    assert held.kinds() == ["shift_opened", "shift_opened"]
    expect(held.page.locator(".bar__fact", has_text="To send:")).to_have_count(0)


def test_only_a_guard_of_the_office_begins_a_shift(hand: Hands, ground: Ground) -> None:
    held = hand("en")
    held.signs_in("head")
    held.opens_the_page()
    held.enrols()
    held.presses("Start my shift")
    held.page.locator("p.fault").wait_for()
    held.at("start")
    assert held.stored("records") == []


def test_the_language_changes_in_the_middle_of_a_visitor_and_nothing_else_does(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("ar").lives_at(STARTS_AT).opens_a_file()
    held.scans(ticket.code)
    held.presses("Yes, this name")
    held.at("digits")
    asked = held.digits_asked(ticket)
    held.page.get_by_role("button", name="English", exact=True).click()
    held.language = "en"
    expect(held.page.locator("html")).to_have_attribute("dir", "ltr")
    held.sees("Read these digits off the card")
    assert held.digits_asked(ticket) == asked
    held.answers(ticket)
    held.at("told-admit")
    held.page.reload()
    held.reopens()


def test_admit_is_shut_until_every_digit_is_there(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(ticket.code)
    held.presses("Yes, this name")
    held.at("digits")
    for digit in "12345":
        expect(held.button("Admit")).to_be_disabled()
        held.keys(digit)
    expect(held.button("Admit")).to_be_disabled()
    held.keys("6")
    expect(held.button("Admit")).to_be_enabled()
    held.button("Erase one digit").click()
    expect(held.button("Admit")).to_be_disabled()
    held.page.keyboard.press("Enter")
    held.at("digits")
    assert held.kinds() == ["shift_opened", "scanned", "name_answered"]


def test_a_verdict_is_told_without_colour_and_without_movement(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.page.emulate_media(forced_colors="active", reduced_motion="reduce")
    held.types("DW1:BROKEN")
    held.at("told-damaged_code")
    panel = held.page.locator(".verdict")
    assert panel.evaluate("(panel) => getComputedStyle(panel).borderStyle") == "solid"
    assert panel.locator("svg").evaluate("(sign) => getComputedStyle(sign).animationName") == "none"
