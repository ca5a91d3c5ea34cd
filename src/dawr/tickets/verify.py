"""Verifying a ticket from outside: its code, the issuer's published keys, and nothing else."""

from pathlib import Path

import httpx

from dawr.kernel.refusal import Refusal
from dawr.tickets.keys import KeySet, parse_jwk_set
from dawr.tickets.payload import Claims, Flag
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


def verify_ticket(code: str, *, keys: str) -> list[str]:
    """What a ticket proves, a line for each claim; `keys` is the address or the file of the issuer's JSON Web Key Set.

    Refuses with NotProven. Whether the ticket is cancelled or used is known to the issuer alone and not said here.
    """
    finding = prove(code.strip("\t\r\n"), keys=read_keys(keys))
    if finding.claims is None:
        raise NotProven(verdict=finding.verdict.value)
    return ["ok   signed by a key of this set, and unaltered", *_lines(finding.claims)]


def read_keys(where: str) -> KeySet:
    """The key set at an http(s) address or in a file."""
    try:
        text = _fetched(where) if where.startswith(("http://", "https://")) else Path(where).read_text(encoding="utf-8")
    except (httpx.HTTPError, OSError, UnicodeDecodeError) as error:
        raise KeysUnreachable(where=where) from error
    if len(text) > KEYS_BYTES_MAX:
        raise KeysUnreachable(where=where)
    return parse_jwk_set(text)


def _fetched(address: str) -> str:
    return httpx.get(address, timeout=FETCH_SECONDS_MAX, follow_redirects=True).raise_for_status().text


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
