"""The tip line's pages over Kuwait's catalogue, and officers who read tips."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId
from dawr.people import actions as people
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import BRANCH_ROLES, Country, Role
from dawr.settings import Settings
from dawr.tips import pages
from tests.pages.conftest import Browser, BrowserFor
from tests.store.catalogue.officials import HAWALLI, MOI

ReaderAs = Callable[..., Awaitable[Browser]]


@pytest.fixture
def template(with_kuwait: str) -> str:
    return with_kuwait


@pytest.fixture
def visitor(browser_for: BrowserFor) -> Browser:
    """Somebody of whom nothing is known."""
    return browser_for(pages.routes)


@pytest.fixture
def officer_as(browser_for: BrowserFor, opened_pool: Pool, settings: Settings) -> ReaderAs:
    """A browser in which somebody in this role has signed in."""
    numbers = iter(range(100))

    async def signed_in(role: Role, *, authority_id: AuthorityId = MOI, office_id: OfficeId = HAWALLI) -> Browser:
        now = datetime.now(UTC)
        async with transaction(opened_pool) as tx:
            person_id: PersonId = await people.register_person(
                tx,
                civil_number=invented_kuwaiti_number(now.date().replace(year=1985), next(numbers)),
                country=Country.KUWAIT,
                name_ar="موظف مخترع",
                name_latin="INVENTED OFFICER",
                settings=settings,
                now=now,
            )
            await people.grant_role(
                tx,
                person_id=person_id,
                role=role,
                authority_id=authority_id,
                office_id=office_id if role in BRANCH_ROLES else None,
                granted_by=None,
                now=now,
            )
        browser = browser_for(pages.routes)
        await browser.sign_in(person_id)
        return browser

    return signed_in
