"""A release's stages, its safe rules, wishes and receipts, decided without a server."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.booking.model import Slot, SlotId
from dawr.catalogue.model import Actor, FirstTime, ServedAt
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.signing import SigningKey, is_signed_by
from dawr.releases.assignment import Place
from dawr.releases.beacon import Chain, instant_of
from dawr.releases.model import (
    PREFERENCES_MAX,
    DrawId,
    Eligibility,
    Entry,
    ListFrozen,
    NoSuchPlace,
    Release,
    ReleaseNotOpen,
    Rules,
    RulesUnsafe,
    Stage,
    TooManyPlaces,
    Wish,
    WitnessesMissing,
    is_reachable,
    part_of_day,
    places_of,
    preferences_of,
    receipt_message,
    receipt_of,
    receipt_sha256,
    receipt_text,
    require_open,
    require_safe_rules,
    stage_of,
    wishes_of,
)

SECOND = timedelta(seconds=1)
OPENS_AT = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
FREEZES_AT = OPENS_AT + timedelta(hours=4)
LEAD = timedelta(hours=1)
MOVES_UNTIL = OPENS_AT + timedelta(days=9)
CHAIN = Chain(public_key="", genesis_seconds=0, period_seconds=3, is_demonstration=True)
ROUND = int((FREEZES_AT + LEAD).timestamp()) // 3 + 1
ONCE_A_YEAR = Eligibility(
    times_a_year_max=1,
    may_act=(Actor.EMPLOYER, Actor.SELF),
    may_not_act=(),
    first_time=FirstTime.IN_PERSON_WITH_ORIGINALS,
    served_at=ServedAt.ANY,
    has_restriction_check=True,
)
RULES = Rules(
    draw_id=DrawId("KW-MOI/18/2027-02-01"),
    service_id=ServiceId("KW-MOI/18"),
    eligible=ONCE_A_YEAR,
    opens_at=OPENS_AT,
    freezes_at=FREEZES_AT,
    moves_until=MOVES_UNTIL,
    round=ROUND,
    beacon_url="http://beacon.invalid",
    beacon=CHAIN,
    lead_seconds=3600,
    confirm_seconds=6 * 3600,
    travel_seconds=2 * 3600,
    classes=(),
    witnesses=("audit", "paper"),
    witness_quorum=2,
    places_sha256="",
    seats=2,
    receipt_key="",
)
ANNOUNCED = Release(
    rules=RULES,
    round=ROUND,
    rules_entry_id=1,
    frozen_at=None,
    freeze_entry_id=None,
    list_root=None,
    entrants=None,
    entrants_by_class={},
    drawn_at=None,
    randomness=None,
    signature=None,
    seed=None,
    result_entry_id=None,
    offered_at=None,
    unwanted_places=(),
    closed_at=None,
)
DRAWS_AT = FREEZES_AT + LEAD
PLACES = [
    Place(place_id="HAW-0900", office="HAW", starts_at="2027-02-10T09:00+03:00", count=1),
    Place(place_id="FAR-1030", office="FAR", starts_at="2027-02-10T10:30+03:00", count=1),
    Place(place_id="HAW-1100", office="HAW", starts_at="2027-02-10T11:00+03:00", count=1),
    Place(place_id="HAW-NEXT", office="HAW", starts_at="2027-02-11T00:30+03:00", count=1),
]


def test_each_stage_follows_from_instants_and_facts() -> None:
    frozen = replace(ANNOUNCED, frozen_at=FREEZES_AT)
    drawn = replace(frozen, drawn_at=DRAWS_AT)
    offered = replace(drawn, offered_at=DRAWS_AT)
    assert stage_of(ANNOUNCED, now=OPENS_AT - SECOND) is Stage.ANNOUNCED
    assert stage_of(ANNOUNCED, now=OPENS_AT) is Stage.OPEN
    assert stage_of(ANNOUNCED, now=FREEZES_AT - SECOND) is Stage.OPEN
    assert stage_of(ANNOUNCED, now=FREEZES_AT) is Stage.FREEZING
    assert stage_of(frozen, now=OPENS_AT) is Stage.FROZEN
    assert stage_of(drawn, now=DRAWS_AT) is Stage.OFFERING
    assert stage_of(offered, now=DRAWS_AT) is Stage.MOVING
    assert stage_of(replace(offered, closed_at=DRAWS_AT), now=DRAWS_AT) is Stage.CLOSED
    assert stage_of(replace(ANNOUNCED, closed_at=OPENS_AT), now=OPENS_AT) is Stage.CLOSED


def test_entries_are_taken_while_open_and_at_no_other_time() -> None:
    require_open(ANNOUNCED, now=OPENS_AT)
    with pytest.raises(ReleaseNotOpen):
        require_open(ANNOUNCED, now=OPENS_AT - SECOND)
    with pytest.raises(ListFrozen):
        require_open(ANNOUNCED, now=FREEZES_AT)
    with pytest.raises(ListFrozen):
        require_open(replace(ANNOUNCED, frozen_at=FREEZES_AT), now=OPENS_AT)


def test_a_release_draws_when_its_round_is_due() -> None:
    assert ANNOUNCED.draws_at == instant_of(ROUND, chain=CHAIN) == DRAWS_AT


def test_safe_rules_pass_up_to_the_moment_of_opening() -> None:
    require_safe_rules(RULES, places=PLACES, now=OPENS_AT)


@pytest.mark.parametrize(
    "changed",
    [
        replace(RULES, seats=0),
        replace(RULES, opens_at=OPENS_AT - SECOND),
        replace(RULES, freezes_at=OPENS_AT),
        replace(RULES, lead_seconds=0),
        replace(RULES, round=ROUND - 1),
        replace(RULES, lead_seconds=3601),
        replace(RULES, moves_until=DRAWS_AT),
        replace(RULES, confirm_seconds=0),
        replace(RULES, travel_seconds=-1),
        replace(RULES, travel_seconds=9 * 86400),
    ],
)
def test_unsafe_rules_are_refused(changed: Rules) -> None:
    with pytest.raises(RulesUnsafe):
        require_safe_rules(changed, places=PLACES, now=OPENS_AT)


@pytest.mark.parametrize(
    "changed",
    [
        replace(RULES, witness_quorum=0),
        replace(RULES, witness_quorum=3),
        replace(RULES, witnesses=()),
        replace(RULES, witnesses=("audit", "audit")),
    ],
)
def test_a_draw_without_enough_different_witnesses_is_refused(changed: Rules) -> None:
    with pytest.raises(WitnessesMissing):
        require_safe_rules(changed, places=PLACES, now=OPENS_AT)


def test_a_place_is_reachable_while_there_is_time_to_confirm_and_travel() -> None:
    last = datetime(2027, 2, 10, 6, 0, tzinfo=UTC) - timedelta(hours=2, minutes=10)
    assert is_reachable(PLACES[0], rules=RULES, now=last)
    assert not is_reachable(PLACES[0], rules=RULES, now=last + SECOND)


def test_places_are_the_free_seats_in_the_order_of_time() -> None:
    def slot(slot_id: str, *, hour: int, seats: int, taken: int = 0) -> Slot:
        starts_at = datetime(2027, 2, 10, hour, 0, tzinfo=UTC)
        return Slot(
            service_id=RULES.service_id,
            slot_id=SlotId(slot_id),
            office_id=OfficeId("KW-MOI/HAW"),
            day_on=date(2027, 2, 10),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            seats=seats,
            taken=taken,
        )

    slots = [slot("B", hour=7, seats=3, taken=1), slot("FULL", hour=6, seats=2, taken=2), slot("A", hour=6, seats=4)]
    places = places_of(slots, reserved={SlotId("A"): {"medical": 1}}, timezone="Asia/Kuwait")
    assert [(place.place_id, place.count, place.starts_at) for place in places] == [
        ("A", 4, "2027-02-10T09:00+03:00"),
        ("B", 2, "2027-02-10T10:00+03:00"),
    ]
    assert [place.reserved for place in places] == [{"medical": 1}, {}]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], ()),
        ([("", "", "")], ("HAW-0900", "FAR-1030", "HAW-1100", "HAW-NEXT")),
        ([("HAW", "", "")], ("HAW-0900", "HAW-1100", "HAW-NEXT")),
        ([("", "2027-02-11", "")], ("HAW-NEXT",)),
        ([("HAW", "2027-02-10", "noon")], ("HAW-1100",)),
        ([("", "", "morning")], ("HAW-0900", "FAR-1030", "HAW-NEXT")),
        ([("FAR", "", ""), ("", "2027-02-10", "")], ("FAR-1030", "HAW-0900", "HAW-1100")),
    ],
)
def test_wishes_mean_places_first_wish_first(wishes: list[tuple[str, str, str]], expected: tuple[str, ...]) -> None:
    meant = [Wish(office_id=office, day=day, part=part) for office, day, part in wishes]
    assert preferences_of(meant, places=PLACES) == expected


OFFICES, DAYS, PARTS = ("", "HAW", "FAR"), ("", "2027-02-10", "2027-02-11"), ("", "morning", "noon")


@given(
    st.lists(
        st.builds(Wish, office_id=st.sampled_from(OFFICES), day=st.sampled_from(DAYS), part=st.sampled_from(PARTS)),
        max_size=3,
    )
)
def test_places_lead_back_to_wishes_that_mean_them(wishes: list[Wish]) -> None:
    try:
        meant = preferences_of(wishes, places=PLACES)
    except NoSuchPlace:
        return
    found = wishes_of(meant, places=PLACES, count_max=3)
    assert found is not None
    assert len(found) <= len(wishes)
    assert preferences_of(found, places=PLACES) == meant


def test_wishes_are_led_back_to_with_their_office_and_else_as_open_as_they_can_be() -> None:
    in_farwaniya = Wish(office_id="FAR", day="", part="")
    assert wishes_of(["FAR-1030"], places=PLACES, count_max=1) == (in_farwaniya,)
    rest = Wish(office_id="HAW", day="", part="")
    assert wishes_of(["FAR-1030", "HAW-0900", "HAW-1100", "HAW-NEXT"], places=PLACES, count_max=2) == (
        in_farwaniya,
        rest,
    )
    assert wishes_of([], places=PLACES, count_max=3) == ()


@pytest.mark.parametrize("preferences", [["HAW-1100", "FAR-1030", "HAW-0900"], ["NOWHERE"]])
def test_places_that_few_wishes_cannot_say_lead_back_to_none(preferences: list[str]) -> None:
    assert wishes_of(preferences, places=PLACES, count_max=2) is None


def test_a_wish_that_no_place_fulfils_is_refused() -> None:
    with pytest.raises(NoSuchPlace):
        preferences_of([Wish(office_id="FAR", day="", part="noon")], places=PLACES)


def test_a_line_does_not_hold_more_places_than_it_may() -> None:
    places = [replace(PLACES[0], place_id=f"P{number}") for number in range(PREFERENCES_MAX + 1)]
    everything = [Wish(office_id="HAW", day="", part="")]
    assert len(preferences_of(everything, places=places[:-1])) == PREFERENCES_MAX
    with pytest.raises(TooManyPlaces):
        preferences_of(everything, places=places)


def test_the_part_of_the_day_is_by_the_offices_clock() -> None:
    assert [part_of_day(place) for place in PLACES] == ["morning", "morning", "noon", "morning"]


def test_a_receipt_is_signed_over_all_that_it_says_and_is_always_the_same() -> None:
    key = SigningKey.from_seed(b"k" * 32)
    entry = Entry(
        service_id=RULES.service_id,
        draw_id=RULES.draw_id,
        person_id=PersonId(UUID(int=1)),
        label="7QK2M9XA",
        line="7QK2M9XA\t\t1\tHAW-0900",
        version=2,
        entered_at=OPENS_AT,
        is_live=True,
    )
    receipt = receipt_of(entry, key=key)
    assert receipt == receipt_of(entry, key=key)
    said = {"draw_id": entry.draw_id, "line": entry.line, "version": 2, "entered_at": OPENS_AT}
    changes = {"draw_id": "another", "line": entry.line + " X", "version": 1, "entered_at": OPENS_AT + SECOND}
    assert is_signed_by(bytes.fromhex(receipt.key), receipt_message(**said), signature=receipt.signature)  # type: ignore[arg-type]
    for name, other in changes.items():
        message = receipt_message(**said | {name: other})  # type: ignore[arg-type]
        assert not is_signed_by(bytes.fromhex(receipt.key), message, signature=receipt.signature), name
    text = receipt_text(receipt)
    assert text.startswith("dawr-receipt-v1\n")
    assert receipt.line in text
    assert "version: 2\n" in text
    assert receipt.signature in text
    assert receipt_sha256(receipt) == sha256(text.encode()).hexdigest()
