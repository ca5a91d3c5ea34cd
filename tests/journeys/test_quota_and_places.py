"""Who may do what: the operator and the daily number, the authority and its order, officers of another office."""

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from dawr.demo.draws import KUWAIT
from tests.journeys.conftest import Visit
from tests.journeys.demonstration import sign_in
from tests.journeys.steps import is_at, is_sound, press, say, sees, typed

SERVICE = "KW-MOI/COMPANY"
ORDER = f"/staff/quota/{SERVICE}"
PEOPLE_A_DAY = {"ar": "120", "en": "130"}
DECISION = {"ar": "قرار مخترع 12 لسنة 2027", "en": "Invented decision 12 of 2027"}
POSTED_BY_HAND = """([address, people, today]) => {
  const form = document.querySelector("form[action='/sign-out']").cloneNode(true);
  const [year, month, day] = today.split("-");
  const from = {"from-year": year, "from-month": month, "from-day": day};
  const fields = {step: "order", people_a_day: people, decision: "-", ...from};
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
  }
  form.action = address;
  document.body.append(form);
  form.submit();
}"""


@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_operator_cannot_raise_the_daily_number_even_by_hand(visit: Visit, language: str) -> None:
    page = visit(language)
    sign_in(page, person="operator", path="/staff")
    is_at(page, "Your work")
    expect(page.locator("main a[href^='/staff/quota']")).to_have_count(0)
    for path in ("/staff/quota", ORDER):
        is_refused(page, path)
    sign_in(page, person="operator", path="/staff", assurance="high")
    page.evaluate(POSTED_BY_HAND, [ORDER, "9999", today()])
    is_at(page, "This did not go through")
    sees(page, "people.role_missing.next")
    page.goto(f"/services/{SERVICE}")
    expect(page.locator("main")).not_to_contain_text("9999")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_authority_gives_an_order_and_everybody_reads_it(visit: Visit, language: str) -> None:
    page = visit(language)
    sign_in(page, person="authority", path="/staff")
    is_at(page, "Your work")
    page.locator("main a[href='/staff/quota']").click()
    is_at(page, "Daily numbers")
    page.locator(f"main a[href='{ORDER}']").click()
    page.locator("button[name=person][value=authority]").click()

    is_at(page, "Order on the daily number")
    press(page, "Continue")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    is_sound(page)
    page.locator("#people_a_day").fill(typed(page, PEOPLE_A_DAY[language]))
    for name, part in zip(("year", "month", "day"), today().split("-"), strict=True):
        page.locator(f"input[name=from-{name}]").fill(typed(page, part))
    page.locator("#decision").fill(DECISION[language])
    press(page, "Continue")
    is_at(page, "Check the order")
    press(page, "Change")
    expect(page.locator("#decision")).to_have_value(DECISION[language])
    press(page, "Continue")
    press(page, "Sign and give the order")
    expect(page.locator(".govuk-notification-banner--success")).to_be_visible()
    is_sound(page)

    anybody = visit(language, path=f"/services/{SERVICE}")
    newest = anybody.locator("tr", has_text=DECISION[language]).first
    expect(newest).to_contain_text(PEOPLE_A_DAY[language])
    is_sound(anybody)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_officer_is_refused_at_another_office_and_in_another_role(visit: Visit, language: str) -> None:
    for person, own, others in (
        ("clerk-elsewhere", "/counter", ["/counter?office=KW-MOI/HAW-R", "/gate", "/gate?office=KW-MOI/FAR-R"]),
        ("guard", "/gate", ["/gate?office=KW-MOI/FAR-R", "/counter", "/gate/mismatches"]),
        ("citizen", "/my", ["/staff", "/gate", "/counter", "/staff/capacity", "/staff/releases", "/staff/roles"]),
    ):
        page = visit(language)
        sign_in(page, person=person, path=own)
        is_sound(page)
        for path in others:
            is_refused(page, path)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(
    ("person", "path"),
    [("branch-head", "/staff/capacity"), ("branch-head", "/staff/roles"), ("authority", "/staff/releases"),
     ("clerk", "/staff/classes"), ("citizen", "/my/looks"), ("auditor", "/staff"), ("inspector", "/staff"),
     ("investigator", "/staff")],
)  # fmt: skip
def test_every_page_of_work_is_sound(visit: Visit, person: str, path: str, language: str) -> None:
    page = visit(language)
    sign_in(page, person=person, path=path)
    assert page.url.endswith(path)
    is_sound(page)


def is_refused(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 403, path
    expect(page.locator("h1")).to_have_text(say(page, "This did not go through"))
    is_sound(page)


def today() -> str:
    return datetime.now(KUWAIT).date().isoformat()
