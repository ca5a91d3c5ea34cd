"""What a gate makes of a code: read it, prove it, and hold it against the place, the day and the status list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import Malformed
from dawr.tickets.cose import is_signed_by
from dawr.tickets.keys import KeyId, KeySet
from dawr.tickets.model import TicketStatus, Verdict
from dawr.tickets.payload import PREFIX, Claims, read_code

STATUS_LIST_LIFE = timedelta(hours=2)
STATUS_LIST_AHEAD_MAX = timedelta(minutes=5)
"""A list from further in the future than two honest clocks are apart is not believed: one of them is wrong."""
STATUS_LIST_TTL = timedelta(minutes=1)
"""For how long whoever has a network keeps a list before he asks for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """The statuses of an office's tickets as they stood at `as_of_at`, by status index; who is absent is valid."""

    as_of_at: datetime
    statuses: Mapping[int, TicketStatus] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a code is shown; `service_ids` of None stands for a gate that serves the whole office."""

    office_id: OfficeId
    timezone: str
    now: datetime
    status_list: StatusList
    service_ids: frozenset[ServiceId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict and the claims it rests on; None where no claim is proven."""

    verdict: Verdict
    claims: Claims | None = None


def verify(code: str, *, keys: KeySet, place: Place) -> Finding:
    """The whole check of a shown code; pure, so that anybody can repeat it."""
    finding = prove(code, keys=keys)
    if finding.claims is None:
        return finding
    return Finding(verdict=judge(finding.claims, place=place), claims=finding.claims)


def prove(code: str, *, keys: KeySet) -> Finding:
    """Whether one of `keys` signed the code: ADMIT with proven claims, else NOT_OURS or DAMAGED_CODE without any."""
    if not code.startswith(PREFIX):
        return Finding(verdict=Verdict.NOT_OURS)
    try:
        message, claims = read_code(code)
    except Malformed:
        return Finding(verdict=Verdict.DAMAGED_CODE)
    key = keys.get(KeyId(message.key_id or b""))
    if key is None or not is_signed_by(key, message):
        return Finding(verdict=Verdict.NOT_OURS)
    return Finding(verdict=Verdict.ADMIT, claims=claims)


def judge(claims: Claims, *, place: Place) -> Verdict:
    """What proven claims are worth here and now; the reason that no waiting mends is named first."""
    if claims.office_id != place.office_id:
        return Verdict.WRONG_OFFICE
    match place.status_list.statuses.get(claims.status_index, TicketStatus.VALID):
        case TicketStatus.CANCELLED:
            return Verdict.CANCELLED
        case TicketStatus.SUSPENDED:
            return Verdict.SUSPENDED
        case TicketStatus.USED:
            return Verdict.USED
    if place.service_ids is not None and claims.service_id not in place.service_ids:
        return Verdict.WRONG_SERVICE
    return _in_time(claims, place=place)


def is_fresh(as_of_at: datetime, *, now: datetime) -> bool:
    """Whether a status list of that instant still, or already, says what tickets are worth."""
    return -STATUS_LIST_AHEAD_MAX <= now - as_of_at <= STATUS_LIST_LIFE


def _in_time(claims: Claims, *, place: Place) -> Verdict:
    """The ticket's own hours say when it is good, past midnight too; the calendar only says why it is not."""
    timezone = ZoneInfo(place.timezone)
    if not claims.not_before_at <= place.now < claims.expires_at:
        if claims.starts_at.astimezone(timezone).date() != place.now.astimezone(timezone).date():
            return Verdict.WRONG_DAY
        return Verdict.TOO_EARLY if place.now < claims.not_before_at else Verdict.TOO_LATE
    if not is_fresh(place.status_list.as_of_at, now=place.now):
        return Verdict.STATUS_LIST_STALE
    return Verdict.ADMIT
