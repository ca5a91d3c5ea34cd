"""Codes that are ours and unaltered: honest ones, edited prints, and those shown elsewhere, again, or another time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dawr.kernel.identifiers import AuthorityId, OfficeId, ServiceId
from dawr.tickets.model import TicketId, TicketStatus, Verdict
from dawr.tickets.payload import Flag
from dawr.tickets.verdict import Place, StatusList
from tests.forgeries.items import KHALED, LAST_YEARS_KEY, NOURA, Item, gate, issued, signed
from tests.unit.tickets.appointments import STARTS_AT, claims

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
DAY = 24 * HOUR
CANCELLED = TicketStatus.CANCELLED
NEW_NAME = "نورة عبدالله سالم الغيم"
FIVE_NAMES = "عبدالرحمن عبدالعزيز عبدالمحسن عبداللطيف البوصلة"
OTHER_OFFICE, OTHER_SERVICE = OfficeId("KW-MOI/AHM-R"), ServiceId("KW-MOI/20")


def honest() -> Iterator[Item]:
    """Without these, a reader that refuses everything would pass."""

    def item(name: str, done: str, code: str, *, holder: str = NOURA, **other: Any) -> Item:
        return Item(name=name, done=done, code=code, verdict=Verdict.ADMIT, holder=holder, **other)

    yield item("honest", "nothing", issued())
    yield item("gate just opened", "came 30 minutes early", issued(), place=gate(now=STARTS_AT - 30 * MINUTE))
    yield item("last second", "came at the end of the day", issued(), place=gate(now=STARTS_AT + 4 * HOUR - SECOND))
    yield item("list just fresh", "the list is two hours old", issued(), place=gate(listed_ago=2 * HOUR))
    yield item("list of a fast clock", "its clock is five minutes ahead", issued(), place=gate(listed_ago=-5 * MINUTE))
    yield item("listed as valid", "the list names it, as valid", issued(), place=gate(status=TicketStatus.VALID))
    yield item("its own service", "at a gate for it", issued(), place=gate(service_ids={ServiceId("KW-MOI/18")}))
    yield item("last year's key", "issued before the keys changed", issued(key=LAST_YEARS_KEY))
    yield item("with a companion", "the companion's bit is set", issued(flags=Flag.COMPANION))
    yield item("by proxy", "holds the proxy's name", issued(name=KHALED, flags=Flag.PROXY), holder=KHALED)
    yield item("other bit of the list", "a neighbour's is cancelled", issued(), place=_listing({13: CANCELLED}))
    yield item(
        "five long names",
        "a name longer than a code can hold: its middle is left out",
        issued(name=FIVE_NAMES),
        holder="عبدالرحمن عبدالعزيز البوصلة",
        printed={"name": FIVE_NAMES},
    )


def edited_prints() -> Iterator[Item]:
    """The words on the paper were changed and the code kept: the screen shows what was signed."""
    edits = {
        "another name": {"name": KHALED},
        "another civil number": {"tail": "456"},
        "another time": {"starts": "12:00", "ends": "12:30"},
        "another service": {"service_ar": "إصدار جواز سفر", "service_en": "A passport"},
        "another office": {"office_ar": "إدارة شؤون إقامة الأحمدي", "office_en": "Ahmadi residency department"},
        "another reference": {"reference": "9XYZ-AB"},
    }
    for what, printed in edits.items():
        yield Item(
            name=f"printed: {what}",
            done=f"{what} painted over the printed one, the square code kept",
            code=issued(),
            verdict=Verdict.ADMIT,
            holder=NOURA,
            printed=printed,
        )
    yield Item(
        name="printed: another time, too early",
        done="an earlier time painted on the paper of a later turn",
        code=issued(),
        verdict=Verdict.TOO_EARLY,
        holder=NOURA,
        printed={"starts": "08:00", "ends": "08:30"},
        place=gate(now=STARTS_AT - 90 * MINUTE),
    )


def misused() -> Iterator[Item]:
    """An honest code shown where, when or as often as it should not be."""
    elsewhere = gate(office_id=OTHER_OFFICE)
    tries: list[tuple[str, str, Verdict, Place]] = [
        ("used", "shown a second time", Verdict.USED, gate(status=TicketStatus.USED)),
        ("cancelled", "its booking was given back", Verdict.CANCELLED, gate(status=CANCELLED)),
        ("suspended", "something is being looked at", Verdict.SUSPENDED, gate(status=TicketStatus.SUSPENDED)),
        ("other office", "shown at another office", Verdict.WRONG_OFFICE, elsewhere),
        ("other service", "shown for another service", Verdict.WRONG_SERVICE, gate(service_ids={OTHER_SERVICE})),
        ("gate of no service", "the gate serves nothing today", Verdict.WRONG_SERVICE, gate(service_ids=frozenset())),
        ("day before", "shown a day early", Verdict.WRONG_DAY, gate(now=STARTS_AT - DAY)),
        ("day after", "shown a day late", Verdict.WRONG_DAY, gate(now=STARTS_AT + DAY)),
        ("year after", "shown on the same day a year later", Verdict.WRONG_DAY, gate(now=STARTS_AT + 365 * DAY)),
        ("before midnight", "the office's day has not begun", Verdict.WRONG_DAY, _at_midnight(-SECOND)),
        ("at midnight", "the office's day begins, its gate is shut", Verdict.TOO_EARLY, _at_midnight(0 * SECOND)),
        ("too early", "a second before its gate", Verdict.TOO_EARLY, gate(now=STARTS_AT - 30 * MINUTE - SECOND)),
        ("too late", "when the office has closed", Verdict.TOO_LATE, gate(now=STARTS_AT + 4 * HOUR)),
        ("stale list", "the list is too old to say", Verdict.STATUS_LIST_STALE, gate(listed_ago=2 * HOUR + SECOND)),
        ("list from the future", "a clock is wrong", Verdict.STATUS_LIST_STALE, gate(listed_ago=-5 * MINUTE - SECOND)),
    ]
    for name, done, verdict, place in tries:
        yield Item(name=name, done=done, code=issued(), verdict=verdict, holder=NOURA, place=place)


def misused_twice() -> Iterator[Item]:
    """Two things at once are wrong: the one that no waiting mends is named, and another office learns no status."""
    used = TicketStatus.USED
    late, early = STARTS_AT + DAY, STARTS_AT - HOUR
    tries = [
        ("used, other office", Verdict.WRONG_OFFICE, gate(status=used, office_id=OTHER_OFFICE)),
        ("cancelled, day after", Verdict.CANCELLED, gate(status=CANCELLED, now=late)),
        ("cancelled, stale list", Verdict.CANCELLED, gate(status=CANCELLED, listed_ago=DAY)),
        ("used, other service", Verdict.USED, gate(status=used, service_ids={OTHER_SERVICE})),
        ("other service, day after", Verdict.WRONG_SERVICE, gate(service_ids={OTHER_SERVICE}, now=late)),
        ("too early, stale list", Verdict.TOO_EARLY, gate(now=early, listed_ago=DAY)),
    ]
    for name, verdict, place in tries:
        yield Item(name=name, done="both", code=issued(), verdict=verdict, holder=NOURA, place=place)


def other_tickets() -> Iterator[Item]:
    """Unaltered tickets that were issued for something else, or to somebody whose name has changed since."""
    anew = _listing({12: CANCELLED, 13: TicketStatus.VALID})
    abroad = issued(issuer=AuthorityId("SY-MOI"), service_id=ServiceId("SY-MOI/18"), office_id=OfficeId("SY-MOI/HAW-R"))
    yield Item(
        name="same office code of another authority",
        done="shown where only the authority differs",
        code=abroad,
        verdict=Verdict.WRONG_OFFICE,
        holder=NOURA,
    )
    yield Item(
        name="name changed since",
        done="the register has another family name by now; the card's number is the same, and the guard asks for it",
        code=issued(),
        verdict=Verdict.ADMIT,
        holder=NOURA,
        printed={"name": NEW_NAME},
    )
    yield Item(
        name="name changed, ticket issued anew: the old one",
        done="kept the ticket with the former name",
        code=issued(),
        verdict=Verdict.CANCELLED,
        holder=NOURA,
        place=anew,
    )
    yield Item(
        name="name changed, ticket issued anew: the new one",
        done="nothing",
        code=issued(name=NEW_NAME, ticket_id=TicketId(b"9876543210"), status_index=13),
        verdict=Verdict.ADMIT,
        holder=NEW_NAME,
        place=anew,
    )
    yield Item(
        name="last year's key, revoked",
        done="signed with a key that was stolen and has been revoked",
        code=issued(key=LAST_YEARS_KEY),
        verdict=Verdict.NOT_OURS,
        key_set="after a revocation",
    )


def extremes() -> Iterator[Item]:
    """Honest tickets at the ends of what a ticket can say: a reader that is too strict shuts out a person."""
    lists = {"the first": 0, "the last": 2**32 - 1}
    for what, index in lists.items():
        done = f"{what} place in a list"
        yield Item(name=done, done="nothing", code=issued(status_index=index), verdict=Verdict.ADMIT, holder=NOURA)
    names = {
        "of one letter": "ن",
        "in Latin letters, with an apostrophe": "Noura O'Alateeq-Alsalem",
        "with both kinds of digit": "نورة ٣ 4",
        "with a vowel mark": "نُورَة العتيق",
    }
    for what, name in names.items():
        yield Item(name=f"a name {what}", done="nothing", code=issued(name=name), verdict=Verdict.ADMIT, holder=name)
    widest = signed(replace(claims(), name="ن" * 30))
    yield Item(name="a name of 60 bytes", done="nothing", code=widest, verdict=Verdict.ADMIT, holder="ن" * 30)
    long = issued(starts_at=STARTS_AT - 2 * HOUR, minutes=1439, not_before_at=STARTS_AT - 2 * HOUR)
    yield Item(name="a turn of nearly a day", done="nothing", code=long, verdict=Verdict.ADMIT, holder=NOURA)
    both = issued(name=KHALED, flags=Flag.PROXY | Flag.COMPANION)
    yield Item(name="a proxy with a companion", done="nothing", code=both, verdict=Verdict.ADMIT, holder=KHALED)


def past_midnight() -> Iterator[Item]:
    """Turns of an office that works at night: the ticket's own hours are good on both sides of midnight."""
    midnight = STARTS_AT.replace(hour=21, minute=0)
    tries = [
        ("a turn after midnight, its gate open before", 10 * MINUTE, -20 * MINUTE, Verdict.ADMIT),
        ("a turn after midnight, a second before its gate", 10 * MINUTE, -20 * MINUTE - SECOND, Verdict.WRONG_DAY),
        ("a turn before midnight, shown after", -10 * MINUTE, 5 * MINUTE, Verdict.ADMIT),
        ("a turn before midnight, its office closed", -10 * MINUTE, HOUR, Verdict.WRONG_DAY),
    ]
    for name, starts, shown, verdict in tries:
        starts_at = midnight + starts
        gate_hours = {"not_before_at": starts_at - 30 * MINUTE, "expires_at": midnight + HOUR}
        yield Item(
            name=name,
            done="nothing",
            code=issued(starts_at=starts_at, **gate_hours),
            verdict=verdict,
            holder=NOURA,
            place=gate(now=midnight + shown),
        )


def short_day() -> Iterator[Item]:
    """A day that is not of 24 hours."""
    springs = STARTS_AT.replace(month=3, day=28)  # Beirut's clocks go from midnight to one o'clock
    code = issued(starts_at=springs, not_before_at=springs - 30 * MINUTE, expires_at=springs + 4 * HOUR)
    tries = [
        (
            "the last second of the day before",
            springs.replace(day=27, hour=21, minute=59, second=59),
            Verdict.WRONG_DAY,
        ),
        ("its first second", springs.replace(day=27, hour=22, minute=0), Verdict.TOO_EARLY),
        ("its last second", springs.replace(hour=20, minute=59, second=59), Verdict.TOO_LATE),
        ("the first second of the day after", springs.replace(hour=21, minute=0), Verdict.WRONG_DAY),
    ]
    for when, now, verdict in tries:
        yield Item(
            name=f"a day of 23 hours: {when}",
            done="shown where the clocks went forward at midnight",
            code=code,
            verdict=verdict,
            holder=NOURA,
            place=gate(now=now, timezone="Asia/Beirut"),
        )


def _listing(statuses: Mapping[int, TicketStatus]) -> Place:
    return replace(gate(), status_list=StatusList(as_of_at=STARTS_AT, statuses=statuses))


def _at_midnight(later: timedelta) -> Place:
    """Kuwait's 4 February begins at 21:00 UTC on the third."""
    return gate(now=STARTS_AT.replace(day=3, hour=21, minute=0) + later)
