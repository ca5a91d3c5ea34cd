"""The digits that a guard reads off the card: which are asked, what is kept of the answer, what a try decides.

Six digits are a million answers, and a device must be able to tell the right one with no network. So whoever has
opened a stolen device's day pack shall lack something, and whoever has all shall need long. The ticket id is hashed
in, and the pack names no ticket id (its rows lie by status index): until the ticket itself is shown, 80 random bits
are missing. And each guess costs ten thousand hashes: a million take a core more than an hour, for one ticket.
"""

from collections.abc import Sequence
from hashlib import pbkdf2_hmac

from dawr.kernel.signing import keyed_hash, same_bytes
from dawr.kernel.text import clean_code
from dawr.people.model import Card
from dawr.tickets.model import CHALLENGE_TRIES_MAX, Challenge, TicketId, Verdict

NUMBER_DIGITS_ASKED = 4
SERIAL_DIGITS_ASKED = 2
HASHES_PER_GUESS = 10_000


def challenge_on(card: Card, *, chance: bytes, key: bytes, ticket_id: TicketId, round_: int = 1) -> Challenge:
    """The challenge that `chance`, 32 random bytes, chooses on a card; without a serial its number alone is asked."""
    number, serial = clean_code(card.civil_number), clean_code(card.serial)
    positions = chosen_positions(chance, part=b"number", length=len(number), count=NUMBER_DIGITS_ASKED)
    serial_positions = chosen_positions(
        chance, part=b"serial", length=len(serial), count=SERIAL_DIGITS_ASKED if serial else 0
    )
    answer = digits_at(number, positions) + digits_at(serial, serial_positions)
    return Challenge(
        round=round_,
        positions=positions,
        serial_positions=serial_positions,
        answer_hash=answer_hash(key, ticket_id=ticket_id, answer=answer),
        wrong_tries=0,
    )


def chosen_positions(chance: bytes, *, part: bytes, length: int, count: int) -> tuple[int, ...]:
    """Which `count` of `length` places are asked, ascending from 1; each choice is as likely as any other.

    The places are put in the order of HMAC-SHA256(chance, part + "|" + place as one byte) and the first taken.
    """
    if length < count:
        raise ValueError(f"{count} places cannot be chosen among {length}")
    shuffled = sorted(range(1, length + 1), key=lambda place: keyed_hash(chance, part + b"|" + bytes([place])))
    return tuple(sorted(shuffled[:count]))


def digits_at(number: str, positions: Sequence[int]) -> str:
    """What stands at `positions`, counted from 1 on the left."""
    return "".join(number[position - 1] for position in positions)


def answer_hash(key: bytes, *, ticket_id: TicketId, answer: str) -> bytes:
    """What is kept of an answer (the civil number's digits, then the serial's): 32 bytes.

    PBKDF2-HMAC-SHA256 (RFC 8018) with the answer as password, HMAC-SHA256(key, "challenge|" + ticket id) as salt and
    HASHES_PER_GUESS iterations; WebCrypto has both.
    """
    salt = keyed_hash(key, b"challenge|" + ticket_id)
    return pbkdf2_hmac("sha256", answer.encode(), salt, HASHES_PER_GUESS)


def is_right(challenge: Challenge, *, key: bytes, ticket_id: TicketId, typed: str) -> bool:
    """Whether the typed digits are the card's; both kinds of digit and any spacing will do."""
    return same_bytes(challenge.answer_hash, answer_hash(key, ticket_id=ticket_id, answer=clean_code(typed)))


def decided_by_try(challenge: Challenge, *, is_right: bool) -> Verdict | None:
    """What one more try makes of a ticket: ADMIT, IDENTITY_MISMATCH after the last wrong one, None while one is left.

    A spent challenge stays a mismatch, whatever is typed.
    """
    if is_right and not challenge.is_spent:
        return Verdict.ADMIT
    return Verdict.IDENTITY_MISMATCH if challenge.wrong_tries + 1 >= CHALLENGE_TRIES_MAX else None
