"""At which office an officer works now: his only one, or the one that he chose."""

from datetime import datetime

from litestar import Response

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.people import actions as people
from dawr.people.model import NoRole, Officer, Role
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor


async def officer_at(tx: Transaction, visitor: Visitor, *, role: Role, office: str, now: datetime) -> Officer:
    """The visitor in this role at the office that a form or an address names; refuses everybody else."""
    authority, _, _ = office.partition("/")
    return await people.acting_officer(
        tx, visitor, role=role, authority_id=AuthorityId(authority), office_id=OfficeId(office), now=now
    )


async def places_of_work(tx: Transaction, visitor: Visitor, *, role: Role) -> list[Office]:
    """The offices where the visitor holds the role; refuses who holds it nowhere."""
    found = await people.offices_of(tx, visitor.require_person(), role=role)
    if not found:
        raise NoRole
    return [await catalogue.office(tx, office_id) for office_id in found]


def choose_place(request: AnyRequest, offices: list[Office], *, path: str) -> Response[str]:
    """Which of his offices an officer of several works at today."""
    return page(request, "tickets/workplace.html", offices=offices, target=path)
