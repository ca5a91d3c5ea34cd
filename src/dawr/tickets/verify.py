"""Verifying a ticket from outside: its code, the issuer's published keys and status list, and nothing else."""

from pathlib import Path

import httpx

from dawr.kernel.refusal import Refusal
from dawr.tickets.keys import KeySet, parse_jwk_set
from dawr.tickets.model import TicketStatus
from dawr.tickets.payload import Claims, Flag
from dawr.tickets.status_list import PACKED_BYTES_MAX, StatusListToken, read_token
from dawr.tickets.verdict import prove

KEYS_BYTES_MAX = 100_000
FETCH_SECONDS_MAX = 15


class NotProven(Refusal):
    """No key of the set signed this code, or the code cannot be read."""

    code = "tickets.not_proven"
    status = 422


class KeysUnreachable(Refusal):
    """The key set is not where it should be."""

    code = "tickets.keys_unreachable"
    status = 502


class StatusListUnreachable(Refusal):
    """The status list is not where it should be."""

    code = "tickets.status_list_unreachable"
    status = 502


def verify_ticket(code: str, *, keys: str, status_list: str | None = None) -> list[str]:
    """What a ticket proves, a line for each claim; `keys` is the address or the file of the issuer's JSON Web Key Set.

    `status_list` is where the list of its office and day is; without it nothing is said of a cancelled or used ticket.
    Refuses with NotProven.
    """
    key_set = read_keys(keys)
    finding = prove(code.strip("\t\r\n"), keys=key_set)
    if finding.claims is None:
        raise NotProven(verdict=finding.verdict.value)
    lines = ["ok   signed by a key of this set, and unaltered", *_lines(finding.claims)]
    if status_list is not None:
        lines.append(_worth(finding.claims, token=read_status_list(status_list, keys=key_set)))
    return lines


def read_keys(where: str) -> KeySet:
    """The key set at an http(s) address or in a file."""
    try:
        text = _content(where).decode()
    except (httpx.HTTPError, OSError, UnicodeDecodeError) as error:
        raise KeysUnreachable(where=where) from error
    if len(text) > KEYS_BYTES_MAX:
        raise KeysUnreachable(where=where)
    return parse_jwk_set(text)


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


def _worth(claims: Claims, *, token: StatusListToken) -> str:
    """The line of its status; the list is named, so that everybody sees whose and how old it is."""
    words = {known.value: known.name.lower() for known in TicketStatus}
    status = token.statuses.status_at(claims.status_index)
    word = "not in the list" if status is None else words.get(status, f"status {status}")
    return f"     {'worth':8} {word}, says {token.subject} as of {token.issued_at.isoformat()}"
