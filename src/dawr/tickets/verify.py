"""Verifying a ticket from outside: its code, the issuer's published keys and status list, and nothing else."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx

from dawr.kernel.refusal import Malformed, Refusal
from dawr.tickets.keys import KeySet, parse_jwk_set, revoked_keys
from dawr.tickets.model import TicketStatus
from dawr.tickets.payload import Claims, Flag, key_id_in
from dawr.tickets.status_list import PACKED_BYTES_MAX, StatusListToken, read_token
from dawr.tickets.verdict import is_fresh, prove

KEYS_BYTES_MAX = 100_000
FETCH_SECONDS_MAX = 15


class NotProven(Refusal):
    """No key of the set signed this code, or the code cannot be read."""

    code = "tickets.not_proven"
    status = 422


class KeyRevoked(Refusal):
    """The code names a key that its issuer has revoked."""

    code = "tickets.key_revoked"
    status = 422


class KeysUnreachable(Refusal):
    """The key set is not where it should be."""

    code = "tickets.keys_unreachable"
    status = 502


class StatusListUnreachable(Refusal):
    """The status list is not where it should be."""

    code = "tickets.status_list_unreachable"
    status = 502


def verify_ticket(code: str, *, keys: str, now: datetime, status_list: str | None = None) -> list[str]:
    """What a ticket proves, a line for each claim; `keys` is the address or the file of the issuer's JSON Web Key Set.

    `status_list` is where the list of its office and day is; without it nothing is said of a cancelled or used ticket.
    Refuses with NotProven, and with KeyRevoked what names a key that the set says is revoked.
    """
    published = _published(keys)
    key_set = parse_jwk_set(published)
    finding = prove(code.strip("\t\r\n"), keys=key_set)
    if finding.claims is None:
        _refuse_revoked(code, published=published)
        raise NotProven(verdict=finding.verdict.value)
    lines = ["ok   signed by a key of this set, and unaltered", *_lines(finding.claims)]
    if status_list is not None:
        lines += _worth(finding.claims, token=read_status_list(status_list, keys=key_set), now=now)
    return lines


def _published(where: str) -> str:
    """The issuer's key set at an http(s) address or in a file, as text."""
    try:
        text = _content(where).decode()
    except (httpx.HTTPError, OSError, UnicodeDecodeError) as error:
        raise KeysUnreachable(where=where) from error
    if len(text) > KEYS_BYTES_MAX:
        raise KeysUnreachable(where=where)
    return text


def _refuse_revoked(code: str, *, published: str) -> None:
    """A code that names a revoked key is told so; whether that key signed it, nobody can say who has it no more."""
    with suppress(Malformed):
        revoked = revoked_keys(published).get(key_id_in(code.strip("\t\r\n")))
        if revoked is not None:
            raise KeyRevoked(**revoked)


def read_status_list(where: str, *, keys: KeySet) -> StatusListToken:
    """The status list at an http(s) address or in a file, proven by one of `keys`."""
    try:
        message = _content(where)
    except (httpx.HTTPError, OSError) as error:
        raise StatusListUnreachable(where=where) from error
    if len(message) > PACKED_BYTES_MAX:
        raise StatusListUnreachable(where=where)
    return read_token(message, keys=keys)


def _content(where: str) -> bytes:
    if not where.startswith(("http://", "https://")):
        return Path(where).read_bytes()
    return httpx.get(where, timeout=FETCH_SECONDS_MAX, follow_redirects=True).raise_for_status().content


def _lines(claims: Claims) -> list[str]:
    who = "the holder's proxy" if Flag.PROXY in claims.flags else "the holder"
    said = {
        "issuer": claims.issuer,
        "service": claims.service_id,
        "office": claims.office_id,
        "starts": f"{claims.starts_at.isoformat()}, {claims.minutes} minutes",
        "admits": f"from {claims.not_before_at.isoformat()} until {claims.expires_at.isoformat()}",
        "name": f"{claims.name} ({who})",
        "ticket": claims.ticket_id.hex(),
        "status": f"place {claims.status_index} in the list of that office and day",
    }
    return [f"     {name:8} {text}" for name, text in said.items()]


def _worth(claims: Claims, *, token: StatusListToken, now: datetime) -> list[str]:
    """The line of its status; the list is named, so that everybody sees whose and how old it is."""
    words = {known.value: known.name.lower() for known in TicketStatus}
    status = token.statuses.status_at(claims.status_index)
    word = "not in the list" if status is None else words.get(status, f"status {status}")
    said = f"     {'worth':8} {word}, says {token.subject} as of {token.issued_at.isoformat()}"
    return [said] if is_fresh(token.issued_at, now=now) else [said, _not_fresh(token, now=now)]


def _not_fresh(token: StatusListToken, *, now: datetime) -> str:
    if token.issued_at > now:
        return "note the list is from the future: this machine's clock is wrong, or the list is not to be believed"
    return "note the list is older than two hours: fetch the newest before you rely on it"
