"""Forged, edited and lent tickets, each at the gate that finds out."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from dawr.booking.model import Booking
from dawr.demo.draws import Plan
from dawr.kernel.identifiers import CODE_ALPHABET
from dawr.tickets import base45
from dawr.tickets.payload import PREFIX
from tests.journeys.arranged import (
    AT_ONCE,
    HAWALLI,
    confirmed,
    invented,
    open_draws,
    require_time_before_midnight,
    wait_until_offered,
)
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, sign_in
from tests.journeys.steps import digits_asked, is_at, is_sound, press, sees, typed

FORGED = {"ar": "elder", "en": "driver"}
LENT = {"ar": "nurse", "en": "employer"}
HOLDERS = (*FORGED.values(), *LENT.values())
INVENTED_NAME = "راجي بن ساعي المنتظر"


@pytest.fixture(scope="module")
def turns(demonstration: Demonstration) -> dict[str, Booking]:
    """A confirmed turn for each of the holders."""
    require_time_before_midnight()
    plan = Plan(
        service="KW-MOI/14", offices=(HAWALLI,), times=1, seats=4, crowd=0, invented=HOLDERS, freezes_after=AT_ONCE
    )
    [draw] = open_draws(demonstration, plan)
    wait_until_offered(demonstration, draw)
    return confirmed(demonstration, draw, hints=HOLDERS)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_altered_code_is_not_ours_and_an_edited_picture_shows_the_signed_name(
    visit: Visit, turns: dict[str, Booking], language: str
) -> None:
    turn, holder = turns[FORGED[language]], visit(language)
    sign_in(holder, person=FORGED[language], path=ticket_path(turn))
    is_at(holder, "Your ticket")
    code = edited_picture(holder)
    guard = visit(language)
    sign_in(guard, person="guard", path="/gate")

    shows(guard, altered_signature(code))
    is_at(guard, "tickets.verdict.not_ours")
    sees(guard, "tickets.verdict.not_ours.next")
    expect(guard.locator(".gate__name")).to_have_count(0)
    shows(guard, altered_reference(turn.reference))
    is_at(guard, "tickets.verdict.not_ours")
    shows(guard, code[: len(code) // 2])
    is_at(guard, "tickets.verdict.damaged_code")

    shows(guard, code)
    is_at(guard, "Check the card")
    expect(guard.locator(".gate__name")).to_have_text(invented(FORGED[language]).name_ar)
    expect(guard.locator("main")).not_to_contain_text(INVENTED_NAME)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_stranger_with_a_lent_ticket_is_found_by_the_card_and_the_branch_head_hears_of_it(
    visit: Visit, turns: dict[str, Booking], language: str
) -> None:
    turn, guard = turns[LENT[language]], visit(language)
    sign_in(guard, person="guard", path="/gate")
    shows(guard, turn.reference)
    is_at(guard, "Check the card")
    answers_wrongly(guard, person=LENT[language])
    sees(guard, "These are not the digits on the right card. Read the card itself once more: one try is left.")
    is_sound(guard)
    answers_wrongly(guard, person=LENT[language])
    is_at(guard, "tickets.verdict.identity_mismatch")
    shows(guard, turn.reference)
    is_at(guard, "tickets.verdict.identity_mismatch")

    head = visit(language)
    sign_in(head, person="branch-head", path="/staff")
    is_at(head, "Your work")
    head.locator("main a[href='/gate/mismatches']").click()
    is_at(head, "Cards that did not match today")
    own = invented("guard")
    found = head.locator(".slip").filter(has_text=own.name_ar if language == "ar" else own.name).first
    found.get_by_role("button").click()
    expect(head.locator(".govuk-error-summary")).to_be_visible()
    is_sound(head)
    found.locator("input[name=reason]").fill("رأيت البطاقة بنفسي" if language == "ar" else "I saw the card myself")
    found.get_by_role("button").click()
    shows(guard, turn.reference)
    is_at(guard, "Check the card")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_somebody_elses_turn_is_not_there(visit: Visit, turns: dict[str, Booking], language: str) -> None:
    turn, stranger = turns["nurse"], visit(language)
    sign_in(stranger, person="student", path="/my")
    booking_path = f"/my/bookings/{turn.service_id}/{turn.booking_id}"
    for path in (ticket_path(turn), booking_path, f"{booking_path}/cancel"):
        answer = stranger.goto(path)
        assert answer is not None
        assert answer.status == 404
        is_sound(stranger)
    for path in (f"{ticket_path(turn)}/ticket-a5.pdf", f"{ticket_path(turn)}/appointment.ics", f"{booking_path}/proof"):
        assert stranger.request.get(path).status == 404


def ticket_path(turn: Booking) -> str:
    return f"/my/tickets/{turn.service_id}/{turn.booking_id}"


def edited_picture(page: Page) -> str:
    """The code in a picture of the ticket on which a forger wrote another name."""
    name = page.locator(".ticket .govuk-summary-list__value").first
    name.evaluate("(place, written) => { place.textContent = written }", INVENTED_NAME)
    expect(page.locator(".ticket")).to_contain_text(INVENTED_NAME)
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.locator(".ticket").screenshot())))
    return found.text


def altered_signature(code: str) -> str:
    """The same ticket, its signature off by its last bit."""
    message = base45.decode(code.removeprefix(PREFIX))
    return PREFIX + base45.encode(message[:-1] + bytes([message[-1] ^ 1]))


def altered_reference(reference: str) -> str:
    return reference[:-1] + CODE_ALPHABET[(CODE_ALPHABET.index(reference[-1]) + 1) % len(CODE_ALPHABET)]


def shows(guard: Page, code: str) -> None:
    guard.goto("/gate")
    guard.locator("#code").fill(code)
    press(guard, "Check")


def answers_wrongly(guard: Page, *, person: str) -> None:
    """With the digits of a card that is one off at every place."""
    right = digits_asked(guard, person=person)
    guard.locator("#digits").fill(typed(guard, "".join(str((int(digit) + 1) % 10) for digit in right)))
    press(guard, "Let in")
