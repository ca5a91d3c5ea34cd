"""A proof of work or a wait earns one pass, and nothing else does."""

import base64
import json
import time
from dataclasses import replace

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.settings import Settings, read_settings
from dawr.web.flood.proofs import CHALLENGE_SECONDS, COUNTER_MAX, PASS_SECONDS, Earned, Proofs

NOW = int(time.time()) + 3600
"""Ahead of the machine's own clock, at which the library looks too, however late in a long run these tests come."""
PROOFS = Proofs(read_settings({"DAWR_ROOT_SECRET": "22" * 32}))
EARNED = Earned(name=b"n" * 16, expires_at=NOW + 60)


def solved(challenge: altcha.Challenge) -> str:
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    assert solution.counter < COUNTER_MAX
    return altcha.Payload(challenge, solution).to_base64()


def test_a_solved_challenge_has_earned_a_pass() -> None:
    challenge = PROOFS.challenge(at=NOW)
    earned = PROOFS.worked(solved(challenge), at=NOW)
    assert earned == Earned(name=bytes.fromhex(challenge.parameters.nonce), expires_at=NOW + CHALLENGE_SECONDS)


def test_a_challenge_is_not_taken_after_its_time() -> None:
    assert PROOFS.worked(solved(PROOFS.challenge(at=NOW)), at=NOW + CHALLENGE_SECONDS + 1) is None
    assert PROOFS.worked(solved(PROOFS.challenge(at=NOW - CHALLENGE_SECONDS - 10)), at=NOW) is None


def test_a_challenge_of_another_house_or_made_easier_is_not_taken(settings: Settings) -> None:
    other = Proofs(replace(settings, root_secret=b"x" * 32))
    assert PROOFS.worked(solved(other.challenge(at=NOW)), at=NOW) is None
    easier = PROOFS.challenge(at=NOW)
    easier.parameters.key_prefix = ""
    assert PROOFS.worked(solved(easier), at=NOW) is None


def test_a_guess_is_not_taken() -> None:
    challenge = PROOFS.challenge(at=NOW)
    guess = altcha.Payload(challenge, altcha.Solution(1, challenge.parameters.key_prefix + "00" * 16))
    assert PROOFS.worked(guess.to_base64(), at=NOW) is None


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda some: base64.b64encode(some).decode()))
def test_no_payload_breaks_the_reading(text: str) -> None:
    assert PROOFS.worked(text, at=NOW) is None
    assert PROOFS.waited(text, at=NOW) is None
    assert PROOFS.pass_name(text, at=NOW) is None


@given(changed=st.dictionaries(st.sampled_from(["counter", "derivedKey"]), st.none() | st.integers() | st.text()))
def test_no_solution_of_another_type_breaks_the_reading(changed: dict[str, object]) -> None:
    challenge = PROOFS.challenge(at=NOW).to_dict()
    solution = {"counter": 1, "derivedKey": "00"} | changed
    payload = base64.b64encode(json.dumps({"challenge": challenge, "solution": solution}).encode()).decode()
    assert PROOFS.worked(payload, at=NOW) is None


def test_a_wait_is_worth_a_pass_once_its_seconds_are_over() -> None:
    challenge = PROOFS.challenge(at=NOW)
    ticket = PROOFS.ticket(challenge, ready_at=NOW + 7)
    assert PROOFS.waited(ticket, at=NOW + 6) is None
    earned = PROOFS.waited(ticket, at=NOW + 7)
    assert earned is not None
    assert earned.name == bytes.fromhex(challenge.parameters.nonce)
    assert PROOFS.waited(ticket, at=NOW + CHALLENGE_SECONDS + 1) is None


def test_a_pass_names_itself_for_ten_minutes() -> None:
    made = PROOFS.make_pass(EARNED, at=NOW)
    assert PROOFS.pass_name(made, at=NOW + PASS_SECONDS) == EARNED.name
    assert PROOFS.pass_name(made, at=NOW + PASS_SECONDS + 1) is None


@pytest.mark.parametrize("position", [0, 20, 33, 40, -1])
def test_a_changed_pass_is_none(position: int) -> None:
    made = list(PROOFS.make_pass(EARNED, at=NOW))
    made[position] = "1" if made[position] == "0" else "0"
    assert PROOFS.pass_name("".join(made), at=NOW) is None


def test_a_wait_ticket_is_no_pass_and_a_pass_no_ticket() -> None:
    ticket = PROOFS.ticket(PROOFS.challenge(at=NOW), ready_at=NOW)
    assert PROOFS.pass_name(ticket, at=NOW) is None
    assert PROOFS.waited(PROOFS.make_pass(EARNED, at=NOW), at=NOW) is None
