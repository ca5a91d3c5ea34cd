"""A morning at the gate in a browser that really has no network: nobody gets by, and nothing is lost."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dawr.db.pool import Transaction
from dawr.tickets.model import Ticket
from tests.gate_app.conftest import Hands
from tests.gate_app.ground import Ground, this_minute
from tests.gate_app.hand import Hand
from tests.store.tickets.invented_office import STARTS_AT


def admissions_of(ground: Ground, ticket: Ticket) -> int:
    """How often the books let this ticket in."""

    async def counting(tx: Transaction) -> int:
        found = await tx.execute(
            "select count(*) as times from tickets.admission where ticket_id = %(ticket)s", {"ticket": ticket.ticket_id}
        )
        row = await found.fetchone()
        assert row is not None
        return int(row["times"])

    return ground.written(counting)


def is_sent(held: Hand) -> None:
    """Nothing waits on the device any more."""
    expect(held.page.locator(".bar__fact", has_text=held.say("To send:"))).to_have_count(0)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_whole_outage_from_the_sign_in_to_the_books(hand: Hands, ground: Ground, language: str) -> None:
    now = this_minute()
    honest, lent = ground.ticket(starts_at=now), ground.ticket(starts_at=now)
    tested = ground.ticket_that(lambda decoy, second: decoy and not second, starts_at=now)
    looked = ground.ticket_that(lambda decoy, second: second and not decoy, starts_at=now)
    held = hand(language).starts_a_shift()
    held.waits_until_installed()
    held.loses_the_network()

    held.admits(honest)
    held.scans(honest.code)
    held.at("told-used")

    held.scans(tested.code)
    expect(held.page.locator(".name")).not_to_have_text("نورة عبدالله سالم العتيق")
    held.presses("Yes, this name")
    held.sees("The name before was a test and stands on no card. This is the signed one: look again.")
    expect(held.page.locator(".name")).to_have_text("نورة عبدالله سالم العتيق")
    held.answers(tested)
    held.at("told-admit")

    held.scans(looked.code)
    held.presses("Yes, this name")
    held.answers(looked)
    held.at("officers")
    assert held.page.locator("[data-value]").count() == 2, "whoever works here, but never the guard himself"
    held.chooses("other guard")
    held.signed_by("other guard")
    held.answers(looked)
    held.at("told-admit")

    held.scans(lent.code)
    held.presses("Yes, this name")
    held.answers(lent, rightly=False)
    held.sees("These are not the digits on the right card. Read the card itself once more: one try is left.")
    held.page.reload()
    held.reopens()
    held.scans(honest.code)
    held.at("told-used")
    held.scans(lent.code)
    held.presses("Yes, this name")
    held.answers(lent, rightly=False)
    held.at("told-identity_mismatch")
    held.page.reload()
    held.reopens()
    held.scans(lent.code)
    held.at("told-identity_mismatch")
    held.presses("Branch head: another round")
    held.signed_by("head")
    held.presses("Yes, this name")
    held.answers(lent)
    held.at("told-admit")
    assert [admissions_of(ground, each) for each in (honest, tested, looked, lent)] == [0, 0, 0, 0]

    held.has_a_network_again()
    is_sent(held)
    assert [admissions_of(ground, each) for each in (honest, tested, looked, lent)] == [1, 1, 1, 1]
    kinds = [(record["kind"], record.get("what") or record.get("missed")) for record in held.records()]
    assert ("decoy_answered", True) in kinds
    assert ("overruled", "another_round") in kinds


def test_with_a_network_each_record_is_sent_at_once_and_the_end_says_so(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket(starts_at=this_minute())
    held = hand("en").starts_a_shift()
    held.scans_with_pressed_keys(ticket.code)
    held.presses("Yes, this name")
    held.answers(ticket)
    held.at("told-admit")
    is_sent(held)
    assert admissions_of(ground, ticket) == 1
    held.ends_the_shift()
    held.sees("Everything that was decided has been sent. Nothing waits on this device.")
    held.presses("Go on")
    held.at("start")
    expect(held.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_a_shift_that_ends_in_the_outage_says_what_is_still_here_and_sends_it_later(
    hand: Hands, ground: Ground
) -> None:
    ticket = ground.ticket(starts_at=this_minute())
    held = hand("en").starts_a_shift()
    held.waits_until_installed()
    held.loses_the_network()
    held.admits(ticket)
    held.ends_the_shift()
    expect(held.page.locator(".large")).to_have_text(f"Still on this device: {len(held.records()) - 1}")
    held.page.reload()
    held.at("start")
    held.sees("Records of an earlier shift are still on this device. They are sent as soon as there is a network.")
    held.has_a_network_again()
    is_sent(held)
    assert admissions_of(ground, ticket) == 1


def test_a_reference_alone_finds_its_ticket_with_no_network(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("ar").lives_at(STARTS_AT).opens_a_file()
    reference = ground.reference_of(ticket)
    held.types(f"{reference[:4]}-{reference[4:]}".lower())
    held.at("name")
    held.presses("Yes, this name")
    held.at("digits")
    held.types_digits(held.digits_asked(ticket), arabic=True)
    held.page.keyboard.press("Enter")
    held.at("told-admit")
    assert [record["via"] for record in held.records() if record["kind"] == "scanned"] == ["reference"]
    held.presses("Next person")
    held.types("ZZZZZZ")
    held.at("told-damaged_code")


def test_a_scanner_behind_an_arabic_keyboard_is_understood(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("ar").lives_at(STARTS_AT).opens_a_file()
    held.page.locator("#shown").focus()
    held.scans(ticket.code, in_arabic=True)
    held.at("name")
    assert [record["via"] for record in held.records() if record["kind"] == "scanned"] == ["wedge"]


def test_a_scan_in_the_middle_of_another_waits_its_turn_and_types_nothing(hand: Hands, ground: Ground) -> None:
    first, second = ground.ticket(), ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(first.code)
    held.presses("Yes, this name")
    held.at("digits")
    held.keys("12")
    held.scans_with_pressed_keys(second.code)
    held.sees("Finish with this person first.")
    held.at("digits")
    assert held.page.locator("#digits").input_value() == "12"
    held.presses("The visitor left")
    held.at("ready")
    assert held.kinds() == ["shift_opened", "scanned", "name_answered", "decided"]


def test_a_ticket_of_another_lane_goes_on_only_with_the_branch_heads_code(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(STARTS_AT)
    held.opens_the_page()
    held.enrols()
    ground.opens_lanes(2)
    elsewhere = ground.ticket_of_lane(2)
    held.waits_until_installed()
    held.loses_the_network()
    held.takes_the_file()
    held.scans(elsewhere.code)
    held.at("blocked-other_lane")
    expect(held.page.locator(".large")).to_have_text("Lane 2")
    held.presses("Branch head: go on here")
    held.signed_by("head")
    held.presses("Yes, this name")
    held.answers(elsewhere)
    held.at("told-admit")
    facts = [(record["kind"], record.get("found") or record.get("what")) for record in held.records()]
    assert ("scanned", "other_lane") in facts
    assert ("overruled", "other_lane") in facts


def test_a_code_for_a_stale_list_holds_for_an_hour(hand: Hands, ground: Ground) -> None:
    first, second, third = ground.ticket(), ground.ticket(), ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.later(hours=2, seconds=1)
    held.scans(first.code)
    held.at("blocked-stale_list")
    held.presses("Branch head: go on here")
    held.signed_by("head")
    held.presses("Yes, this name")
    held.answers(first)
    held.at("told-admit")
    held.scans(second.code)
    held.at("name")
    held.presses("The visitor left")
    held.later(hours=3, seconds=2)
    held.scans(third.code)
    held.at("blocked-stale_list")


def test_a_clock_that_is_turned_stops_the_gate_until_somebody_looked_at_it(hand: Hands, ground: Ground) -> None:
    early = ground.ticket(starts_at=STARTS_AT.replace(hour=9))
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(early.code)
    held.at("told-too_early")
    held.turns_the_clock(hours=2)
    held.at("clock")
    held.scans(early.code)
    held.at("clock")
    held.presses("Ask for the time")
    held.sees("The server does not answer. Check the network and try again.")
    held.presses("Branch head: the time is right")
    held.signed_by("head")
    held.at("told-too_early")
    facts = [(record["kind"], record.get("what")) for record in held.records()]
    assert facts[-2:] == [("clock_moved", None), ("overruled", "clock")]
    held.turns_the_clock(hours=0)
    held.at("clock")


def test_codes_are_asked_in_their_order_and_each_once(hand: Hands, ground: Ground) -> None:
    first, second = ground.ticket(), ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    numbers = []
    for ticket in (first, second):
        held.scans(ticket.code)
        held.presses("Yes, this name")
        held.answers(ticket, rightly=False)
        held.answers(ticket, rightly=False)
        held.presses("Branch head: another round")
        numbers.append(held.page.locator(".number").inner_text())
        for _ in range(2):
            held.enters("000000")
            held.sees("That is not the code of this number. Look at the number once more.")
        held.signed_by("head")
        held.at("digits")
        held.presses("The visitor left")
    assert numbers == ["1", "2"]
    held.page.reload()
    held.reopens()
    held.scans(first.code)
    held.presses("Yes, this name")
    held.answers(first, rightly=False)
    held.answers(first, rightly=False)
    held.at("told-identity_mismatch")
    expect(held.button("Branch head: another round")).to_have_count(0)


def test_a_code_guessed_wrongly_three_times_is_spent(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(ticket.code)
    held.presses("Yes, this name")
    held.answers(ticket, rightly=False)
    held.answers(ticket, rightly=False)
    held.presses("Branch head: another round")
    for number in ("1", "1", "1", "2"):
        expect(held.page.locator(".number")).to_have_text(number)
        held.enters("000000")
        held.page.locator("p.fault").wait_for()
    refused = [(record["number"], record["what"]) for record in held.records() if record["kind"] == "code_refused"]
    assert refused == [(1, "another_round")] * 3 + [(2, "another_round")]


def test_a_true_name_that_is_denied_is_asked_once_more_and_each_answer_recorded(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(ticket.code)
    held.presses("No, another name")
    held.sees("This is the name that was signed. Look at the card once more.")
    held.at("name")
    held.presses("No, another name")
    held.answers(ticket)
    held.at("told-admit")
    said = [record["on_card"] for record in held.records() if record["kind"] == "name_answered"]
    assert said == [False, False]


def test_a_mismatch_found_elsewhere_needs_the_branch_heads_code_here(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    ground.written(lambda tx: ground.office.mismatched(tx, ground.officers["other guard"], ticket))
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.scans(ticket.code)
    held.at("told-identity_mismatch")
    held.presses("Branch head: another round")
    held.signed_by("head")
    held.presses("Yes, this name")
    held.answers(ticket)
    held.at("told-admit")


def test_a_clock_wound_back_while_the_page_was_closed_stops_the_gate(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.later(hours=1)
    held.scans("DW1:BROKEN")
    held.at("told-damaged_code")
    held.turns_the_clock(minutes=-30)
    held.page.reload()
    held.at("reopen")
    held.page.locator("#code").fill(held.opening_code)
    held.presses("Open the gate")
    held.at("clock")


def test_a_clock_that_the_server_sets_right_is_recorded(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(this_minute()).starts_a_shift()
    held.turns_the_clock(hours=-2)
    held.page.reload()
    held.presses("I do not have the code")
    held.keeps_the_code()
    [moved] = [record["moved_ms"] for record in held.records() if record["kind"] == "clock_moved"]
    assert abs(moved - 2 * 3_600_000) < 600_000


def test_the_next_days_pack_forgets_nothing_of_this_one(hand: Hands, ground: Ground) -> None:
    used, lent = ground.ticket(), ground.ticket()
    held = hand("en").lives_at(STARTS_AT)
    held.opens_the_page()
    held.enrols()
    held.at("start")
    held.waits_until_installed()
    today = held.pack_made(at=STARTS_AT)
    tomorrow = held.pack_made(at=STARTS_AT + timedelta(days=1), who="other guard")
    held.loses_the_network()
    held.takes(*today)
    held.admits(used)
    held.scans(lent.code)
    held.presses("Yes, this name")
    held.answers(lent, rightly=False)
    held.answers(lent, rightly=False)
    held.presses("Branch head: another round")
    held.signed_by("head")
    held.answers(lent)
    held.at("told-admit")
    held.ends_the_shift()
    held.presses("Go on")
    held.later(days=1)
    held.takes(*tomorrow)
    known = {standing["ticket"]: standing for standing in held.stored("standings")}
    assert len(known) == 2
    assert all(standing["admittedMs"] for standing in known.values())
    kept = [set(codes["spent"]) for codes in held.stored("facts") if isinstance(codes, dict) and "spent" in codes]
    assert {str(ground.officers["head"].person_id)} in kept


def test_what_lies_on_the_device_names_nobody(hand: Hands, ground: Ground) -> None:
    ticket = ground.ticket()
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    held.admits(ticket)
    kept = json.dumps([held.stored(store) for store in ("records", "standings", "photographs")], ensure_ascii=False)
    assert ground.office.numbers[ticket.person_id] not in kept
    assert "نورة" not in kept
    assert held.opening_code.replace("-", "") not in kept + json.dumps(held.stored("facts"))


def test_a_second_window_does_not_write_a_second_chain(hand: Hands, ground: Ground) -> None:
    held = hand("en").lives_at(STARTS_AT).opens_a_file()
    other = Hand(page=held.page.context.new_page(), ground=ground, language="en")
    other.opens_the_page()
    other.at("elsewhere")
    held.page.close()
    other.presses("Go on here")
    other.at("reopen")
