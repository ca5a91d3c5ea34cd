"""A clerk's word that somebody may draw on a reserved share, as typed at the desk, and as it stands until it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NewType
from uuid import UUID

from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.kernel.text import clean_line
from dawr.releases.announcement import CLASSES
from dawr.releases.model import ClassUnknown
from dawr.releases.typed import Typed

ClassGrantId = NewType("ClassGrantId", UUID)

GRANTED_DAYS_MAX = 366


class EvidenceMissing(Refusal):
    """Nobody gets a reserved share without something that was seen."""

    code = "releases.evidence_missing"
    status = 422


class UntilOutOfRange(Refusal):
    """A grant ends, on a day to come and within a year."""

    code = "releases.until_out_of_range"
    status = 422


class NotServedHere(Refusal):
    """A clerk opens the shares of what his own office serves."""

    code = "releases.not_served_here"
    status = 422


class GrantRevoked(Refusal):
    """A grant is taken back once."""

    code = "releases.grant_revoked"


class RevocationUnexplained(Refusal):
    """What was granted on evidence is taken back for a reason."""

    code = "releases.revocation_unexplained"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassGrant:
    """Which class, on which evidence, up to but not including which day."""

    draw_class: str
    evidence: str
    until_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingGrant:
    """A grant that was given: to whom, for which service, by which officer of which office."""

    grant_id: ClassGrantId
    service_id: ServiceId
    person_id: PersonId
    office_id: OfficeId
    draw_class: str
    evidence: str
    until_on: date
    granted_by: PersonId
    granted_at: datetime


def read_class_grant(
    fields: Mapping[str, str], *, timezone: str, today_on: date
) -> tuple[ClassGrant, dict[str, Refusal]]:
    """The grant that the fields mean, and what is wrong with them by field; with a fault it means nothing."""
    typed = Typed(fields, timezone=timezone)
    grant = ClassGrant(
        draw_class=fields.get("class", ""),
        evidence=clean_line(fields.get("evidence", "")),
        until_on=typed.day("until"),
    )
    if grant.draw_class not in CLASSES:
        typed.faults["class"] = ClassUnknown()
    if not grant.evidence:
        typed.faults["evidence"] = EvidenceMissing()
    if not today_on < grant.until_on <= today_on + timedelta(days=GRANTED_DAYS_MAX):
        typed.faults.setdefault("until-day", UntilOutOfRange())
    return grant, typed.faults
