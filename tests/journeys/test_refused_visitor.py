"""Somebody who was sold a forged ticket goes home with a real turn and a slip (D1.20, D1.27)."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from dawr.booking import actions as booking
from dawr.booking.model import Slot, SlotId
from dawr.db.pool import Pool, transaction
from dawr.demo.draws import KUWAIT
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.settings import Settings
from tests.journeys.arranged import HAWALLI, arrange, invented
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import Demonstration, sign_in
from tests.journeys.steps import follow, is_at, press, sees, typed

BUYERS = {"ar": "traveller", "en": "newcomer"}
SERVICE = ServiceId("KW-MOI/14")


@pytest.fixture(scope="module")
def left_over(demonstration: Demonstration) -> SlotId:
    """Seats of the day after tomorrow that nobody waits for any more."""

    async def publishing(pool: Pool, _: Settings) -> SlotId:
        now = datetime.now(UTC)
        starts_at = (now.astimezone(KUWAIT) + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
        slot = Slot(
            service_id=SERVICE,
            slot_id=SlotId("HAW-R-left-over"),
            office_id=OfficeId(HAWALLI),
            day_on=starts_at.date(),
            starts_at=starts_at.astimezone(UTC),
            ends_at=starts_at.astimezone(UTC) + timedelta(minutes=30),
            seats=10,
        )
        async with transaction(pool) as tx:
            await booking.publish_slots(tx, slots=[slot], now=now)
            await booking.end_promise(tx, SERVICE, slot_ids=[slot.slot_id])
        return slot.slot_id

    return arrange(demonstration, publishing)


@pytest.mark.parametrize(("language", "width"), [("ar", 320), ("en", 1280)])
def test_whoever_was_sold_a_forged_ticket_gets_a_real_turn_in_his_own_name(
    visit: Visit, left_over: SlotId, language: str, width: int
) -> None:
    buyer = visit(language, width=width)
    sign_in(buyer, person=BUYERS[language], path="/my")

    guard = visit(language, width=width)
    sign_in(guard, person="guard", path="/gate")
    guard.locator("#code").fill("https://cheap-turns.example/ticket/81723")
    press(guard, "Check")
    is_at(guard, "tickets.verdict.not_ours")
    follow(guard, "Help this visitor: a real turn, the way, a report")
    is_at(guard, "Help a visitor who was not let in")
    guard.locator("#number").fill(typed(guard, invented(BUYERS[language]).civil_number))
    guard.locator("#service").select_option(SERVICE)
    press(guard, "Continue")
    is_at(guard, "gates.refused.not_ours")
    sees(guard, "Nothing is held against you.")
    guard.locator(f"form:has(input[value='given {left_over}'])").get_by_role("button").click()
    is_at(guard, "This turn is yours")

    expect(guard.locator("#amount"), "nobody tells it to the guard").to_have_count(0)
    expect(guard.locator("main bdi.code").last).to_contain_text("/tips")
    press(guard, "Print the slip, 80 mm")

    buyer.goto("/my")
    buyer.locator(f"a[href^='/my/tickets/{SERVICE}/']").first.click()
    is_at(buyer, "Your ticket")
    expect(buyer.locator("main")).to_contain_text(invented(BUYERS[language]).name_ar)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_anybody_without_a_screen_of_his_own_reads_why_and_the_way(visit: Visit, language: str) -> None:
    page = visit(language, width=320, with_scripts=False, path="/refused")
    is_at(page, "You were not let in?")
    page.locator("summary").first.click()
    sees(page, "gates.refused.too_early.next")
    page.goto(f"/refused/way?from={HAWALLI}&to=KW-MOI/CAP-R")
    expect(page.locator(".way__sketch")).to_be_visible()
