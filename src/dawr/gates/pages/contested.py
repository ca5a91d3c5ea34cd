"""For the branch head: what devices recorded that does not stand by itself, and what to do about each line."""

from datetime import UTC, datetime, timedelta

from litestar import Response, get

from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, transaction
from dawr.gates import actions
from dawr.gates.pages.workplace import choose_among, officer_among, places_among
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.tickets.model import office_of
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor

SHOWN = timedelta(days=28)
HEADS = (Role.BRANCH_HEAD,)


@get("/gate/contested")
async def show_contested(request: AnyRequest, pool: Pool, visitor: Visitor, office: str = "") -> Response[str]:
    """Admissions, codes and steps of the last four weeks, the newest first; and devices that told two stories."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        offices = await places_among(tx, visitor, roles=HEADS, now=now)
        if not office and len(offices) > 1:
            return choose_among(request, offices, path="/gate/contested")
        head = await officer_among(tx, visitor, roles=HEADS, office=office or offices[0].office_id, now=now)
        lines = await actions.contested_at(tx, office_of(head), since=now - SHOWN)
        named = {each.guard_id for each in lines}
        return page(
            request,
            "gates/contested.html",
            office=await catalogue.office(tx, office_of(head)),
            lines=lines,
            forks=await actions.forks_at(tx, office_of(head)),
            guards={person_id: await people.person(tx, person_id) for person_id in named},
        )


routes = [show_contested]
