"""What the day's keys choose: nobody can tell before, everybody can recompute after, and the shares are kept."""

from collections import Counter
from fractions import Fraction
from hashlib import sha256

import pytest

from dawr.gates.binomial import chance_of_at_least
from dawr.tickets.model import TicketId
from dawr.tickets.selection import (
    DECOY_BELOW,
    SECOND_LOOK_BELOW,
    NotTheCommittedSecret,
    commitment_to,
    decoy_name,
    has_second_look,
    lane_of,
    second_looks,
)

LANE_KEY = sha256(b"an office's lane key of one day").digest()
SECRET = sha256(b"an office's secret of one day").digest()
NAMES = ["سالم ناصر", "نورة فهد", "خالد عيسى", "مريم جاسم", "يوسف علي"]
TICKETS = [TicketId(sha256(b"ticket %d" % number).digest()[:10]) for number in range(20_000)]


def is_decoy(ticket_id: TicketId) -> bool:
    return decoy_name(SECRET, ticket_id, signed_name=NAMES[0], names=NAMES) is not None


def is_plausible(found: int, *, of: int, rate: Fraction) -> bool:
    """Whether chance alone gives as many, and as few, more often than once in a hundred."""
    tails = (chance_of_at_least(found, of=of, rate=rate), chance_of_at_least(of - found, of=of, rate=1 - rate))
    return min(tails) > Fraction(1, 100)


def test_the_published_thresholds_are_five_and_one_in_a_hundred_to_nine_places() -> None:
    assert 0 <= Fraction(SECOND_LOOK_BELOW, 2**32) - Fraction(5, 100) < Fraction(1, 10**9)
    assert 0 <= Fraction(DECOY_BELOW, 2**32) - Fraction(1, 100) < Fraction(1, 10**9)


def test_of_twenty_thousand_tickets_five_in_a_hundred_have_a_second_look_and_one_a_decoy() -> None:
    looked = sum(has_second_look(SECRET, ticket_id) for ticket_id in TICKETS)
    decoys = sum(map(is_decoy, TICKETS))
    both = sum(has_second_look(SECRET, ticket_id) for ticket_id in TICKETS if is_decoy(ticket_id))
    assert (looked, decoys, both) == (987, 176, 11)
    assert is_plausible(looked, of=len(TICKETS), rate=Fraction(5, 100))
    assert is_plausible(decoys, of=len(TICKETS), rate=Fraction(1, 100))
    assert is_plausible(both, of=decoys, rate=Fraction(5, 100))


def test_lanes_share_the_tickets_evenly_and_second_looks_do_not_follow_them() -> None:
    tickets = Counter(lane_of(LANE_KEY, ticket_id, lanes_open=4) for ticket_id in TICKETS)
    looked = Counter(
        lane_of(LANE_KEY, ticket_id, lanes_open=4) for ticket_id in TICKETS if has_second_look(SECRET, ticket_id)
    )
    assert [tickets[lane] for lane in (1, 2, 3, 4)] == [4964, 4982, 5079, 4975]
    assert [looked[lane] for lane in (1, 2, 3, 4)] == [250, 237, 246, 254]
    assert all(is_plausible(found, of=len(TICKETS), rate=Fraction(1, 4)) for found in tickets.values())
    assert all(is_plausible(looked[lane], of=tickets[lane], rate=Fraction(5, 100)) for lane in tickets)


def test_another_day_sends_the_same_tickets_elsewhere() -> None:
    other_key = sha256(b"the key of the next day").digest()
    stayed = sum(
        lane_of(LANE_KEY, ticket_id, lanes_open=4) == lane_of(other_key, ticket_id, lanes_open=4)
        for ticket_id in TICKETS
    )
    assert is_plausible(stayed, of=len(TICKETS), rate=Fraction(1, 4))


def test_a_gate_without_an_open_lane_sends_nobody_anywhere() -> None:
    with pytest.raises(ValueError, match="open lane"):
        lane_of(LANE_KEY, TICKETS[0], lanes_open=0)


def test_a_decoy_is_never_the_signed_name() -> None:
    decoys = [ticket_id for ticket_id in TICKETS if is_decoy(ticket_id)]
    for signed in NAMES:
        shown = {decoy_name(SECRET, ticket_id, signed_name=signed, names=NAMES) for ticket_id in decoys}
        assert shown == set(NAMES) - {signed}


def test_without_another_name_there_is_no_decoy() -> None:
    decoy = next(filter(is_decoy, TICKETS))
    assert decoy_name(SECRET, decoy, signed_name=NAMES[0], names=NAMES[:1]) is None
    assert decoy_name(SECRET, decoy, signed_name=NAMES[0], names=[]) is None


def test_an_auditor_recomputes_the_second_looks_from_the_revealed_secret_alone() -> None:
    expected = tuple(ticket_id for ticket_id in TICKETS if has_second_look(SECRET, ticket_id))
    assert second_looks(SECRET, TICKETS, commitment=commitment_to(SECRET)) == expected


def test_a_secret_other_than_the_committed_one_is_refused() -> None:
    other = sha256(b"a secret that spares a friend").digest()
    with pytest.raises(NotTheCommittedSecret):
        second_looks(other, TICKETS, commitment=commitment_to(SECRET))
