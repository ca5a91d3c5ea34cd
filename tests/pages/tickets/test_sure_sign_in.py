"""An officer acts within a shift of a sure sign-in: on every route of the gate and the counter, whatever his role."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dawr.db.pool import Pool, transaction
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets import pages
from tests.pages.conftest import Browser, BrowserFor
from tests.store.tickets.invented_office import AUTHORITY, OFFICE, Office

ROUTES = [
    (Role.GUARD, "GET", "/gate"),
    (Role.GUARD, "POST", "/gate/scan"),
    (Role.GUARD, "GET", f"/gate/scan/{OFFICE}/{UUID(int=1)}"),
    (Role.GUARD, "POST", "/gate/answer"),
    (Role.BRANCH_HEAD, "GET", "/gate/mismatches"),
    (Role.BRANCH_HEAD, "POST", "/gate/mismatches"),
    (Role.CLERK, "GET", "/counter"),
    (Role.CLERK, "POST", "/counter/call"),
    (Role.CLERK, "POST", "/counter/recall"),
    (Role.CLERK, "POST", "/counter/ticket"),
    (Role.CLERK, "POST", "/counter/card"),
    (Role.CLERK, "POST", "/counter/absent"),
    (Role.CLERK, "POST", "/counter/close"),
    (Role.BRANCH_HEAD, "GET", "/counter/day"),
]
SHIFT = timedelta(hours=8)


async def asked(browser: Browser, method: str, path: str) -> str:
    """Where an officer of this office is sent on, "" where he is not."""
    if method == "GET":
        answer = await browser.get(path, office=OFFICE)
    else:
        answer = await browser.post(path, office=OFFICE, scan=str(UUID(int=1)))
    return answer.headers.get("location", "")


@pytest.mark.parametrize(("role", "method", "path"), ROUTES, ids=[f"{method} {path}" for _, method, path in ROUTES])
async def test_a_weak_or_old_sign_in_is_asked_for_again_and_a_sure_and_fresh_one_is_not(
    browser_for: BrowserFor, pool: Pool, office: Office, role: Role, method: str, path: str
) -> None:
    async with transaction(pool) as tx:
        officer = await office.officer(tx, role)
        await people.grant_role(
            tx,
            person_id=officer.person_id,
            role=role,
            authority_id=AUTHORITY,
            office_id=OFFICE,
            granted_by=None,
            now=datetime.now(UTC),
        )
    browser = browser_for([*pages.routes])
    again = "/sign-in?assurance=substantial"
    for assurance, age, is_sure in (
        (1, timedelta(0), False),
        (2, SHIFT + timedelta(minutes=1), False),
        (3, SHIFT + timedelta(minutes=1), False),
        (2, SHIFT - timedelta(minutes=1), True),
    ):
        await browser.sign_in(officer.person_id, assurance=assurance, age=age)
        assert (await asked(browser, method, path)).startswith(again) is not is_sure, (assurance, age)
