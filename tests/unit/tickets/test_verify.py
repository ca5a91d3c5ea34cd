"""Anybody can prove a ticket with the published keys."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from dawr.kernel.refusal import Malformed
from dawr.tickets.keys import P256_ORDER, jwk_set, key_id_of, key_name, parse_jwk_set, ticket_key
from dawr.tickets.payload import ticket_code
from dawr.tickets.status_list import StatusListToken, pack, sign_token
from dawr.tickets.verify import KeyRevoked, KeysUnreachable, NotProven, StatusListUnreachable, verify_ticket
from tests.unit.tickets.appointments import KEY, STARTS_AT, claims


@pytest.fixture
def keys(tmp_path: Path) -> str:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(jwk_set([ticket_key(b"\x06" * 32).public, KEY.public])))
    return str(file)


def test_a_genuine_ticket_says_what_it_proves(keys: str) -> None:
    lines = verify_ticket(ticket_code(claims(), key=KEY) + "\n", keys=keys, now=STARTS_AT)
    assert lines[0].startswith("ok")
    assert any("KW-MOI/HAW-R" in line for line in lines)


def test_an_altered_ticket_is_refused(keys: str) -> None:
    code = ticket_code(claims(), key=KEY)
    with pytest.raises(NotProven):
        verify_ticket(code[:-3] + ("ABC" if code[-3:] != "ABC" else "ABD"), keys=keys, now=STARTS_AT)


def test_a_code_that_names_a_revoked_key_is_said_to(tmp_path: Path) -> None:
    stolen = ticket_key(b"\x15" * 32)
    revoked = [{"kid": key_name(stolen.key_id), "revoked_at": "2027-02-03T09:00:00+00:00", "reason": "It was copied."}]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({**jwk_set([KEY.public]), "revoked": revoked}))
    with pytest.raises(KeyRevoked) as refused:
        verify_ticket(ticket_code(claims(), key=stolen), keys=str(file), now=STARTS_AT)
    assert refused.value.facts["reason"] == "It was copied."
    with pytest.raises(NotProven):
        verify_ticket(ticket_code(claims(), key=ticket_key(b"\x25" * 32)), keys=str(file), now=STARTS_AT)
    assert verify_ticket(ticket_code(claims(), key=KEY), keys=str(file), now=STARTS_AT)[0].startswith("ok")


def status_list(folder: Path, statuses: dict[int, int], *, bits: int = 2) -> str:
    token = StatusListToken(
        subject="https://turns.example/status-lists/KW-MOI/HAW-R/2027-02-04",
        issued_at=STARTS_AT,
        expires_at=STARTS_AT,
        ttl_seconds=60,
        statuses=pack(statuses, bits=bits),
    )
    (folder / "list").write_bytes(sign_token(token, key=KEY))
    return str(folder / "list")


@pytest.mark.parametrize(
    ("statuses", "bits", "word"),
    [
        ({12: 0}, 2, "valid"),
        ({12: 1}, 2, "cancelled"),
        ({12: 2}, 2, "used"),
        ({12: 3, 40: 1}, 2, "suspended"),
        ({12: 200}, 8, "status 200"),
        ({}, 2, "not in the list"),
    ],
)
def test_the_status_list_tells_what_a_genuine_ticket_is_worth(
    keys: str, tmp_path: Path, statuses: dict[int, int], bits: int, word: str
) -> None:
    code, where = ticket_code(claims(), key=KEY), status_list(tmp_path, statuses, bits=bits)
    *before, said = verify_ticket(code, keys=keys, now=STARTS_AT, status_list=where)
    assert before == verify_ticket(code, keys=keys, now=STARTS_AT)
    assert said.split(maxsplit=1)[1].startswith(f"{word}, says https://turns.example/")
    assert said.endswith("2027-02-04T06:30:00+00:00")


def test_a_status_list_that_is_not_there_or_not_ours_is_said_to_be(keys: str, tmp_path: Path) -> None:
    code = ticket_code(claims(), key=KEY)
    with pytest.raises(StatusListUnreachable):
        verify_ticket(code, keys=keys, now=STARTS_AT, status_list=str(tmp_path / "none"))
    with pytest.raises(Malformed):
        verify_ticket(code, keys=keys, now=STARTS_AT, status_list=keys)


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(hours=2, seconds=1), "older than two hours"),
        (-timedelta(minutes=5, seconds=1), "from the future"),
    ],
)
def test_a_list_that_no_gate_would_rely_on_is_said_to_be_one(
    keys: str, tmp_path: Path, later: timedelta, said: str
) -> None:
    code, where = ticket_code(claims(), key=KEY), status_list(tmp_path, {12: 0})
    *before, note = verify_ticket(code, keys=keys, now=STARTS_AT + later, status_list=where)
    assert before == verify_ticket(code, keys=keys, now=STARTS_AT, status_list=where)
    assert note.startswith("note")
    assert said in note


def test_keys_that_are_not_there_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(KeysUnreachable):
        verify_ticket("DW1:", keys=str(tmp_path / "none.json"), now=STARTS_AT)


@pytest.mark.parametrize(
    "change",
    [{"kty": "RSA"}, {"crv": "P-384"}, {"alg": "none"}, {"x": "AAAA"}, {"kid": "AAAAAAAAAAA"}, {"y": None}, {"x": "!"}],
)
def test_a_key_set_of_another_shape_is_refused(change: dict[str, object]) -> None:
    [entry] = jwk_set([KEY.public])["keys"]
    with pytest.raises(Malformed):
        parse_jwk_set(json.dumps({"keys": [entry | change]}))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": 1}', '{"keys": [1]}', "null"])
def test_what_is_no_key_set_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_jwk_set(text)


def test_the_same_seed_is_the_same_key_and_another_seed_another() -> None:
    assert key_id_of(ticket_key(b"\x01" * 32).public) == ticket_key(b"\x01" * 32).key_id
    assert ticket_key(b"\x01" * 32).key_id != ticket_key(b"\x02" * 32).key_id
    scalar = ticket_key(b"\x01" * 32).private.private_numbers().private_value
    assert 0 < scalar < P256_ORDER
