"""Invented officers, signed in, and the Kuwait catalogue that they work on."""

from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import structs

from dawr.catalogue import actions
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.people import actions as people
from dawr.people.model import Assurance, Country, Role
from dawr.settings import Settings
from dawr.web.session import Visitor

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "data"
MOI = AuthorityId("KW-MOI")
ARTICLE_18 = ServiceId("KW-MOI/18")
ARTICLE_20 = ServiceId("KW-MOI/20")
HAWALLI = OfficeId("KW-MOI/HAW-R")
FARWANIYA = OfficeId("KW-MOI/FAR-R")
THURSDAY = date(2027, 2, 4)
NOBODY = Visitor(person_id=None, authenticated_at=None, assurance=0, language="ar", digits="western")


async def load_kuwait(tx: Transaction) -> None:
    report = await actions.load_folder(tx, DATA / "kuwait", dry_run=False, now=NOW)
    assert report.is_sound, report.lines()


async def officer(
    tx: Transaction,
    role: Role,
    *,
    settings: Settings,
    authority_id: AuthorityId = MOI,
    office_id: OfficeId | None = None,
    civil_number: str = "288020122596",
    now: datetime = NOW,
) -> Visitor:
    """A person who has just signed in and holds one role."""
    person_id = await people.register_person(
        tx,
        civil_number=civil_number,
        country=Country.KUWAIT,
        name_ar="منيرة الصالح",
        name_latin="Munira Alsaleh",
        settings=settings,
        now=now,
    )
    await people.grant_role(
        tx,
        person_id=person_id,
        role=role,
        authority_id=authority_id,
        office_id=office_id,
        granted_by=None,
        now=now,
    )
    return structs.replace(NOBODY, person_id=person_id, authenticated_at=now, assurance=Assurance.HIGH)
