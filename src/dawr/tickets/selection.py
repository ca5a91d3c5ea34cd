"""What the keys of an office's day choose for a ticket: its lane, a second look, a decoy.

Each choice is HMAC-SHA256 (RFC 2104) of a purpose in ASCII, "|" and the ten bytes of the ticket id, so that a browser
and an auditor come to the same. The lane's key stays in the day pack. The day's secret is 32 bytes of its own, from
which nothing else is derived: its commitment is published before the day's first ticket is issued, so that nobody can
fit the one to the other, and the secret itself on the day after.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from dawr.kernel.refusal import Refusal
from dawr.kernel.signing import keyed_hash, same_bytes
from dawr.tickets.model import TicketId

SECOND_LOOK_BELOW = 214_748_365
"""Five in a hundred of 2**32, rounded up."""
DECOY_BELOW = 42_949_673
"""One in a hundred of 2**32, rounded up."""


class NotTheCommittedSecret(Refusal):
    """The secret is not the one whose commitment was published before the day."""

    code = "tickets.not_the_committed_secret"
    status = 422


def lane_of(lane_key: bytes, ticket_id: TicketId, *, lanes_open: int) -> int:
    """The lane, counted from 1, that an arriving ticket is sent to; without the key nobody can tell beforehand.

    HMAC(lane key, "lane|" + ticket id), its 32 bytes read as one big-endian number, modulo `lanes_open`, plus 1.
    """
    if lanes_open < 1:
        raise ValueError("a gate has at least one open lane")
    return _number(lane_key, purpose=b"lane", ticket_id=ticket_id) % lanes_open + 1


def has_second_look(secret: bytes, ticket_id: TicketId) -> bool:
    """Whether another officer looks at the card too, after the verdict: five tickets in a hundred.

    HMAC(secret, "second-look|" + ticket id): its first 4 bytes as a big-endian number are below 214,748,365.
    """
    return _number(secret, purpose=b"second-look", ticket_id=ticket_id, size=4) < SECOND_LOOK_BELOW


def has_decoy(secret: bytes, ticket_id: TicketId) -> bool:
    """Whether the screen shows a wrong name first: one ticket in a hundred.

    HMAC(secret, "decoy|" + ticket id): its first 4 bytes as a big-endian number are below 42,949,673.
    """
    return _number(secret, purpose=b"decoy", ticket_id=ticket_id, size=4) < DECOY_BELOW


def decoy_name(secret: bytes, ticket_id: TicketId, *, signed_name: str, names: Sequence[str]) -> str | None:
    """The wrong name that the screen shows first; None where it shows the signed one.

    The name is that one of the day pack's invented `names`, in their order and without the signed one, whose place
    from 0 is HMAC(secret, "decoy-name|" + ticket id), 32 bytes as a big-endian number, modulo how many they are.
    """
    others = [name for name in names if name != signed_name]
    if not others or not has_decoy(secret, ticket_id):
        return None
    return others[_number(secret, purpose=b"decoy-name", ticket_id=ticket_id) % len(others)]


def commitment_to(secret: bytes) -> bytes:
    """What is published of the day's secret beforehand: SHA-256 of "day-secret|" and the secret, 32 bytes."""
    return sha256(b"day-secret|" + secret).digest()


def second_looks(secret: bytes, ticket_ids: Iterable[TicketId], *, commitment: bytes) -> tuple[TicketId, ...]:
    """Which of a day's tickets had to have a second look, in the order given: an auditor's recomputation.

    Refuses with NotTheCommittedSecret a revealed secret that is not the one committed to.
    """
    if not same_bytes(commitment_to(secret), commitment):
        raise NotTheCommittedSecret
    return tuple(ticket_id for ticket_id in ticket_ids if has_second_look(secret, ticket_id))


def _number(key: bytes, *, purpose: bytes, ticket_id: TicketId, size: int = 32) -> int:
    return int.from_bytes(keyed_hash(key, purpose + b"|" + ticket_id)[:size])
