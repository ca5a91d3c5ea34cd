"""Rounds of the beacon: when they are due, how they are read, and whether they are genuine."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.releases.beacon import (
    QUICKNET,
    Beacon,
    BeaconRefused,
    Chain,
    Standing,
    check_round,
    first_round_from,
    instant_of,
    read_beacon,
    round_at,
)
from dawr.releases.beacon_source import round_url
from tests.unit.releases.draws import RANDOMNESS, ROUND, SIGNATURE, SIGNED_ROUND

GENUINE = Beacon(
    round_number=SIGNED_ROUND, signature=SIGNATURE, randomness=sha256(bytes.fromhex(SIGNATURE)).hexdigest()
)
# Round 123 of quicknet, from drand's own test cases.
ANOTHER = "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92"

instants = st.datetimes(min_value=datetime(2023, 8, 24), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))


def test_the_first_round_of_quicknet_is_its_genesis() -> None:
    assert instant_of(1, chain=QUICKNET) == datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
    assert instant_of(1001, chain=QUICKNET) == datetime(2023, 8, 23, 15, 59, 27, tzinfo=UTC)


def test_no_round_is_published_before_the_first() -> None:
    before = instant_of(1, chain=QUICKNET) - timedelta(days=1)
    assert round_at(before, chain=QUICKNET) == 0
    assert first_round_from(before, chain=QUICKNET) == 1


@given(instants)
def test_an_instant_lies_between_the_latest_round_and_the_next(instant: datetime) -> None:
    latest, due = round_at(instant, chain=QUICKNET), first_round_from(instant, chain=QUICKNET)
    assert instant_of(latest, chain=QUICKNET) <= instant < instant_of(latest + 1, chain=QUICKNET)
    assert instant_of(due - 1, chain=QUICKNET) < instant <= instant_of(due, chain=QUICKNET)


@pytest.mark.parametrize(("round_number", "signature"), [(SIGNED_ROUND, SIGNATURE), (123, ANOTHER)])
def test_a_genuine_round_of_quicknet_is_signed_by_the_chain(round_number: int, signature: str) -> None:
    beacon = read_beacon(json.dumps({"round": round_number, "signature": signature}).encode())
    assert check_round(beacon, chain=QUICKNET) is Standing.SIGNED


def test_a_round_without_a_signature_is_unchecked() -> None:
    assert check_round(Beacon(round_number=ROUND, randomness=RANDOMNESS), chain=QUICKNET) is Standing.UNCHECKED


@pytest.mark.parametrize(
    "forged",
    [
        Beacon(round_number=SIGNED_ROUND + 1, randomness=GENUINE.randomness, signature=SIGNATURE),
        Beacon(round_number=SIGNED_ROUND, randomness=RANDOMNESS, signature=SIGNATURE),
        Beacon(round_number=SIGNED_ROUND, randomness=sha256(bytes(48)).hexdigest(), signature="00" * 48),
        Beacon(round_number=SIGNED_ROUND, randomness=sha256(bytes(64)).hexdigest(), signature="00" * 64),
        Beacon(round_number=SIGNED_ROUND, randomness=sha256(bytes(1)).hexdigest(), signature="00"),
        Beacon(round_number=SIGNED_ROUND, randomness=sha256(bytes.fromhex(ANOTHER)).hexdigest(), signature=ANOTHER),
    ],
)
def test_a_forged_round_is_refused(forged: Beacon) -> None:
    with pytest.raises(BeaconRefused):
        check_round(forged, chain=QUICKNET)


def test_a_round_of_one_chain_is_refused_under_the_key_of_another() -> None:
    demonstration = Chain(public_key="11" * 32, genesis_seconds=0, period_seconds=3, is_demonstration=True)
    with pytest.raises(BeaconRefused):
        check_round(GENUINE, chain=demonstration)


def test_both_forms_of_drands_api_are_read() -> None:
    second = {"round": SIGNED_ROUND, "signature": SIGNATURE}
    first = {**second, "randomness": GENUINE.randomness, "previous_signature": ""}
    assert read_beacon(json.dumps(first).encode()) == read_beacon(json.dumps(second).encode()) == GENUINE


def test_capital_hexadecimal_digits_are_the_same_round() -> None:
    text = json.dumps({"round": ROUND, "randomness": RANDOMNESS.upper(), "signature": None}).encode()
    assert read_beacon(text) == Beacon(round_number=ROUND, randomness=RANDOMNESS)


@pytest.mark.parametrize(
    "document",
    [
        {"round": True, "randomness": RANDOMNESS},
        {"round": 1.0, "randomness": RANDOMNESS},
        {"round": "1", "randomness": RANDOMNESS},
        {"round": 0, "randomness": RANDOMNESS},
        {"round": 2**53 + 1, "randomness": RANDOMNESS},
        {"round": 1, "randomness": 5},
        {"round": 1, "randomness": "0x" + RANDOMNESS[2:]},
        {"round": 1, "randomness": RANDOMNESS, "signature": "zz"},
        {"round": 1, "randomness": RANDOMNESS, "signature": 7},
        {"round": 1, "randomness": RANDOMNESS, "signature": "00" * 1000},
        {"round": 1},
        [],
        None,
    ],
)
def test_what_is_no_round_is_refused(document: object) -> None:
    with pytest.raises(Malformed):
        read_beacon(json.dumps(document).encode())


@given(st.binary(max_size=100))
def test_bytes_of_any_kind_are_no_round(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_beacon(text)


def test_a_round_has_its_address_in_either_api() -> None:
    assert (
        round_url("https://api.drand.sh/v2/beacons/quicknet", 7) == "https://api.drand.sh/v2/beacons/quicknet/rounds/7"
    )
    assert round_url("https://api.drand.sh/52db9ba7/", 7) == "https://api.drand.sh/52db9ba7/public/7"
