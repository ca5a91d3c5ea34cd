"""At which office, and in which of several roles, an officer looks at the gate."""

from collections.abc import Collection, Sequence
from datetime import datetime

from litestar import Response

from dawr.catalogue import actions as catalogue
from dawr.catalogue.model import Office
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId
from dawr.people import actions as people
from dawr.people.model import BRANCH_ROLES, NoRole, Officer, Role, RoleMissing
from dawr.web.page import AnyRequest, page
from dawr.web.session import Visitor


async def officer_among(
    tx: Transaction, visitor: Visitor, *, roles: Sequence[Role], office: str, now: datetime
) -> Officer:
    """The visitor in the first of these roles that he holds at the office, or for its whole authority."""
    authority_id = AuthorityId(office.partition("/")[0])
    for role in roles[:-1]:
        try:
            return await _officer(tx, visitor, role=role, authority_id=authority_id, office=office, now=now)
        except RoleMissing:
            continue
    return await _officer(tx, visitor, role=roles[-1], authority_id=authority_id, office=office, now=now)


async def places_among(tx: Transaction, visitor: Visitor, *, roles: Collection[Role], now: datetime) -> list[Office]:
    """The offices where the visitor holds one of these roles, by itself or for the authority; refuses who has none."""
    held = [each for each in await people.roles_of(tx, visitor.require_person(), now=now) if each.role in roles]
    if not held:
        raise NoRole
    own = {each.office_id for each in held}
    authorities = {each.authority_id for each in held if each.office_id is None}
    offices = await catalogue.offices(tx)
    return [each for each in offices if each.office_id in own or each.authority_id in authorities]


def choose_among(request: AnyRequest, offices: list[Office], *, path: str) -> Response[str]:
    """Which of his offices he means."""
    return page(request, "gates/choose_office.html", offices=offices, target=path)


async def _officer(
    tx: Transaction, visitor: Visitor, *, role: Role, authority_id: AuthorityId, office: str, now: datetime
) -> Officer:
    if role in BRANCH_ROLES:
        return await people.officer_at(tx, visitor, role=role, office=office, now=now)
    return await people.acting_officer(tx, visitor, role=role, authority_id=authority_id, now=now)
