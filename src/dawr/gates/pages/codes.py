"""An officer's own codes for today; nobody sees another's."""

from datetime import UTC, datetime

from litestar import Response, get

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.gates import actions
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tickets.model import office_of
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

SIGNERS = (Role.BRANCH_HEAD, Role.CLERK, Role.GUARD)
"""Whoever works at an office, the widest role first."""


@get("/gate/codes")
async def show_codes(
    request: AnyRequest, pool: Pool, settings: Settings, visitor: Visitor, office: str = ""
) -> Response[str]:
    """The sheet of today, by lane, to be read or printed."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=SIGNERS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/codes")
        place = office or offices[0].office_id
        officer = await officer_among(tx, visitor, roles=SIGNERS, office=place, now=now)
        return page(
            request,
            "gates/codes.html",
            office=await catalogue.office(tx, office_of(officer)),
            officer=officer,
            holder=await people.person(tx, officer.person_id),
            sheet=await actions.sheet_of(tx, officer=officer, settings=settings, now=now),
        )


routes = [show_codes]
