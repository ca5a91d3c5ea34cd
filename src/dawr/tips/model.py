"""What somebody tells, what becomes of it, and what is shown of it to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from dawr.kernel.identifiers import CODE_ALPHABET, AuthorityId, OfficeId, PersonId, ServiceId, code_from_bytes
from dawr.kernel.money import Money, parse_money
from dawr.kernel.refusal import Refusal
from dawr.kernel.signing import keyed_hash
from dawr.kernel.text import fold_digits
from dawr.people.model import Role
from dawr.tickets.model import TicketId

TipId = NewType("TipId", UUID)

RECEIPT_LENGTH = 12
"""Characters of a receipt: 60 bits, in three groups of four."""

ONCE_BYTES = 16
WORDS_LENGTH_MAX = 1000
PLACE_LENGTH_MAX = 120
ANSWER_LENGTH_MAX = 500
SHOWN_LENGTH_MAX = 600
AMOUNT_LENGTH_MAX = 12
CURRENCIES = {"KW": "KWD", "SA": "SAR", "SY": "SYP"}
PHOTOGRAPHS_MAX = 3
FIGURE_MIN = 10
"""A published count below this is told as fewer than this."""

READERS = (Role.INVESTIGATOR, Role.INSPECTOR)
"""Who reads tips, the widest sight first. Never anybody of an office: he may be whom a tip is about."""


class TipKind(StrEnum):
    """What somebody saw, in the order in which he is asked."""

    ASKED_TO_PAY = "asked_to_pay"
    SELLER = "seller"
    ADVERT = "advert"
    LET_IN = "let_in"
    OTHER = "other"


OUTSIDE = frozenset({TipKind.ASKED_TO_PAY, TipKind.SELLER, TipKind.ADVERT})
"""What security may be told of; what is said about guards and clerks is not for their own colleagues."""


class TipState(StrEnum):
    """Where a tip stands; whoever told it reads the same."""

    NEW = "new"
    LOOKED_AT = "looked_at"
    PASSED_ON = "passed_on"
    CLOSED = "closed"


class CodeFinding(StrEnum):
    """What a shown code is: a ticket of ours, one that no key of ours signed, or a reference that means no one turn."""

    OURS = "ours"
    NOT_OURS = "not_ours"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one person tells. `shown` is a ticket's code or reference as he has it; `hour` is of the local clock."""

    kind: TipKind
    authority_id: AuthorityId | None = None
    office_id: OfficeId | None = None
    place: str = ""
    happened_on: date | None = None
    hour: int | None = None
    amount: Money | None = None
    shown: str = ""
    words: str = ""
    may_be_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What became of the shown code: the ticket, if it is ours; else a keyed hash of its text."""

    finding: CodeFinding
    service_id: ServiceId | None = None
    ticket_id: TicketId | None = None
    code_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A tip as it lies in its row, apart from its words; `received_at` is known to the hour alone."""

    tip_id: TipId
    kind: TipKind
    authority_id: AuthorityId | None
    office_id: OfficeId | None
    happened_on: date | None
    hour: int | None
    amount: Money | None
    recognised: Recognised | None
    may_be_asked: bool
    received_at: datetime
    state: TipState

    @property
    def happened(self) -> tuple[date | None, int | None]:
        return self.happened_on, self.hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said through the receipt; no officer means the person who holds it."""

    officer_id: PersonId | None
    words: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A tip's way onward: where it stands from here on, and what came of it in words that its author reads."""

    state: TipState
    words: str
    officer_id: PersonId
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An officer's look at a tip, or at one photograph of it."""

    officer_id: PersonId
    photograph: int | None
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """A tip's sealed entry: its number, and with which salt and facts it opens."""

    log_entry_id: int
    salt: bytes
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A tip as whoever holds its receipt sees it; `logged` is None until its hour is over."""

    tip: Tip
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    logged: LogPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A tip as an officer reads it; `same_code` counts other tips in which the very same text was shown."""

    tip: Tip
    place: str
    words: str
    photographs: int
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    looks: tuple[Look, ...]
    logged: LogPlace | None
    same_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tips an officer wants listed; None is any."""

    office_id: OfficeId | None = None
    kind: TipKind | None = None
    state: TipState | None = None


class NothingTold(Refusal):
    """There is neither a place, nor a code, nor a word to go by."""

    code = "tips.nothing_told"
    status = 422


class WordsTooLong(Refusal):
    """More than can be kept of one text."""

    code = "tips.words_too_long"
    status = 422


class WhenAhead(Refusal):
    """The day has not come yet."""

    code = "tips.when_ahead"
    status = 422


class KindMissing(Refusal):
    """Nothing was chosen of what can have happened."""

    code = "tips.kind_missing"
    status = 422


class WhenUnreadable(Refusal):
    """There is no such day."""

    code = "tips.when_unreadable"
    status = 422


class AmountUnreadable(Refusal):
    """What was typed is no amount of that currency."""

    code = "tips.amount_unreadable"
    status = 422


class TooManyPhotographs(Refusal):
    """More pictures than are kept of one tip."""

    code = "tips.too_many_photographs"
    status = 422


class ReceiptUnknown(Refusal):
    """No tip has this receipt."""

    code = "tips.receipt_unknown"
    status = 404


class NotAPhotograph(Refusal):
    """The file is none of the pictures that we read, or is damaged."""

    code = "tips.not_a_photograph"
    status = 422


class PhotographTooLarge(Refusal):
    """The picture has more points than we decode."""

    code = "tips.photograph_too_large"
    status = 422


class StateUnchanged(Refusal):
    """The tip stands there already, or never goes back there."""

    code = "tips.state_unchanged"
    status = 422


class WordsNeeded(Refusal):
    """Whoever passes a tip on, closes it, or writes to its author, says something."""

    code = "tips.words_needed"
    status = 422


class StepTaken(Refusal):
    """Somebody else took a step, or wrote, at the same moment."""

    code = "tips.step_taken"


class SaidEnough(Refusal):
    """As much has been said about this tip as is kept."""

    code = "tips.said_enough"


class NotToBeAsked(Refusal):
    """The author of this tip asked not to be asked."""

    code = "tips.not_to_be_asked"


def check_told(told: Told, *, today: date) -> None:
    """Whether there is something to go by, within what is kept; `today` is the day where it happened."""
    has_words = bool(told.words.strip())
    has_anything = has_words or told.place.strip() or told.office_id or told.shown.strip()
    if not has_anything or (told.kind is TipKind.OTHER and not has_words):
        raise NothingTold
    lengths = {"words": WORDS_LENGTH_MAX, "place": PLACE_LENGTH_MAX, "shown": SHOWN_LENGTH_MAX}
    for name, length_max in lengths.items():
        if len(getattr(told, name)) > length_max:
            raise WordsTooLong(length_max=length_max)
    if told.happened_on and told.happened_on > today:
        raise WhenAhead


def check_step(tip: Tip, *, state: TipState, words: str) -> None:
    """A tip goes on to another state, never back to new; who passes it on or closes it says what came of it."""
    if state in (tip.state, TipState.NEW):
        raise StateUnchanged
    if state is not TipState.LOOKED_AT and not words.strip():
        raise WordsNeeded
    check_words(words, length_max=ANSWER_LENGTH_MAX)


def check_words(words: str, *, length_max: int) -> None:
    if len(words) > length_max:
        raise WordsTooLong(length_max=length_max)


def receipt_of(once: bytes, *, contents: bytes, key: bytes) -> str:
    """The receipt that a form's own random number and the hash of what it tells lead to: the same twice, one receipt.

    `once` is 16 bytes; each character of the code has five bits.
    """
    return code_from_bytes(keyed_hash(key, once + contents)[:RECEIPT_LENGTH])


def once_of(text: str) -> bytes | None:
    """The random number that a form carries in hexadecimal digits; None for what no page of ours made."""
    try:
        once = bytes.fromhex(text)
    except ValueError:
        return None
    return once if len(once) == ONCE_BYTES else None


def currency_at(place: str) -> str:
    """What people pay in where an office or authority is, by the country with which its id begins."""
    return CURRENCIES.get(place[:2], "KWD")


def amount_typed(typed: str, *, currency: str) -> Money | None:
    """An amount in either kind of digits and separators; nothing, or zero, is no amount. Raises AmountUnreadable."""
    plain = fold_digits(typed).replace("٫", ".").replace("٬", "").replace(",", "").replace(" ", "")
    if not plain:
        return None
    if len(plain) > AMOUNT_LENGTH_MAX:
        raise AmountUnreadable
    try:
        amount = parse_money(plain, currency=currency)
    except ValueError as error:
        raise AmountUnreadable from error
    return amount if amount.minor else None


def is_receipt(typed: str) -> bool:
    """Whether a typed code could be one at all."""
    return len(typed) == RECEIPT_LENGTH and set(typed) <= set(CODE_ALPHABET)


def to_the_hour(instant: datetime) -> datetime:
    """What is kept of a moment in which somebody told us something."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def facts_of(tip_id: TipId, *, contents_hash: bytes) -> dict[str, str]:
    """What a tip's sealed entry in the log says."""
    return {"tip": str(tip_id), "contents": contents_hash.hex()}


def published_count(count: int) -> int | None:
    """A count as everybody may see it; None for one so small that it could point at a person."""
    return count if count >= FIGURE_MIN else None


def by_hour(counts: Sequence[tuple[OfficeId, int, int]]) -> tuple[list[int], dict[OfficeId, dict[int, int]]]:
    """Tips by office and hour out of (office, hour, count): the hours from the first to the last, and the counts."""
    hours = [hour for _, hour, _ in counts]
    found: dict[OfficeId, dict[int, int]] = {}
    for office_id, hour, count in counts:
        found.setdefault(office_id, {})[hour] = count
    return (list(range(min(hours), max(hours) + 1)) if hours else []), found
