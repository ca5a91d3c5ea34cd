"""The vectors of the gate's rules, in gate_rules.json: computed apart from this code, with WebCrypto."""

import json
from pathlib import Path
from typing import Any

import pytest

from dawr.people.model import Card
from dawr.tickets.challenge import challenge_on, digits_at, is_right
from dawr.tickets.model import TicketId
from dawr.tickets.selection import commitment_to, decoy_name, has_second_look, lane_of, second_looks

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "gate_rules.json").read_text(encoding="utf-8"))
LANE_KEY, SECRET, COMMITMENT, CHALLENGE_KEY = (
    bytes.fromhex(VECTORS[name]) for name in ("lane_key", "secret", "commitment", "challenge_key")
)


def id_in(vector: dict[str, Any]) -> TicketId:
    return TicketId(bytes.fromhex(vector["ticket_id"]))


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=lambda vector: vector["ticket_id"])
def test_each_ticket_has_the_lane_the_second_look_and_the_decoy_of_its_vector(vector: dict[str, Any]) -> None:
    ticket_id = id_in(vector)
    for lanes_open in (1, 4, 7):
        assert lane_of(LANE_KEY, ticket_id, lanes_open=lanes_open) == vector[f"lane_of_{lanes_open}"]
    assert has_second_look(SECRET, ticket_id) is vector["second_look"]
    shown = decoy_name(SECRET, ticket_id, signed_name=vector["signed_name"], names=VECTORS["names"])
    assert shown == vector["decoy_name"]


def test_the_vectors_hold_every_kind_of_ticket() -> None:
    kinds = {(vector["second_look"], vector["decoy_name"] is not None) for vector in VECTORS["tickets"]}
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


def test_an_auditor_finds_the_second_looks_of_the_vectors() -> None:
    assert commitment_to(SECRET) == COMMITMENT
    expected = tuple(id_in(vector) for vector in VECTORS["tickets"] if vector["second_look"])
    assert second_looks(SECRET, map(id_in, VECTORS["tickets"]), commitment=COMMITMENT) == expected


@pytest.mark.parametrize("vector", VECTORS["challenges"], ids=lambda vector: vector["ticket_id"])
def test_each_card_is_asked_for_the_digits_of_its_vector(vector: dict[str, Any]) -> None:
    card = Card(civil_number=vector["civil_number"], serial=vector["serial"])
    chance = bytes.fromhex(vector["chance"])
    challenge = challenge_on(card, chance=chance, key=CHALLENGE_KEY, ticket_id=id_in(vector))
    assert list(challenge.positions) == vector["positions"]
    assert list(challenge.serial_positions) == vector["serial_positions"]
    answer = digits_at(card.civil_number, challenge.positions) + digits_at(card.serial, challenge.serial_positions)
    assert answer == vector["answer"]
    assert challenge.answer_hash.hex() == vector["answer_hash"]
    assert is_right(challenge, key=CHALLENGE_KEY, ticket_id=id_in(vector), typed=vector["answer"])
