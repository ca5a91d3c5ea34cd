"""What a witness cosigns, and the status that c2sp.org/tlog-witness gives to all else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import SigningKey
from dawr.transparency.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root
from dawr.transparency.note import (
    Note,
    TreeHead,
    log_key,
    parse_signature,
    sign,
    verified,
    witness_key,
)
from dawr.transparency.witness import NOTHING, Remembered, Request, Verdict, judge, parse_request

LOG = SigningKey.from_seed(b"l" * 32)
WITNESS = SigningKey.from_seed(b"w" * 32)
ORIGIN = "dawr.example/log"
NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
HASHES = [leaf_hash(bytes([number])) for number in range(10)]


def checkpoint(size: int, *, origin: str = ORIGIN, key: SigningKey = LOG, top: bytes | None = None) -> Note:
    head = TreeHead(origin=origin, size=size, root=top or root(HASHES[:size]))
    return Note(text=head.text, signatures=(sign(head.text, name=origin, key=key),))


def request(old_size: int, size: int) -> Request:
    proof = consistency_proof(HASHES[:size], old_size) if old_size else []
    return Request(old_size=old_size, proof=tuple(proof), checkpoint=checkpoint(size))


def remembered(size: int) -> Remembered:
    return Remembered(size=size, root=root(HASHES[:size]))


def asked(text: object, *, state: Remembered = NOTHING) -> Verdict:
    log = log_key(ORIGIN, key=LOG)
    return judge(str(text), remembered=state, log=log, name="audit.example/w", key=WITNESS, now=NOW)


def test_the_first_tree_is_cosigned_and_remembered() -> None:
    verdict = asked(request(0, 3))
    assert (verdict.status, verdict.remember) == (200, remembered(3))
    note = Note(text=checkpoint(3).text, signatures=(parse_signature(verdict.body.strip()),))
    assert verified(note, witness_key("audit.example/w", key=WITNESS)).cosigned_at == NOW


@pytest.mark.parametrize(("old_size", "size"), [(1, 2), (3, 7), (4, 8), (7, 10)])
def test_a_tree_that_extends_the_remembered_one_is_cosigned(old_size: int, size: int) -> None:
    verdict = asked(request(old_size, size), state=remembered(old_size))
    assert (verdict.status, verdict.remember) == (200, remembered(size))


def test_the_same_tree_is_cosigned_again() -> None:
    same = Request(old_size=5, proof=(), checkpoint=checkpoint(5))
    assert asked(same, state=remembered(5)).status == 200


def test_another_tree_of_the_same_size_is_a_conflict() -> None:
    fork = Request(old_size=5, proof=(), checkpoint=checkpoint(5, top=b"f" * 32))
    verdict = asked(fork, state=remembered(5))
    assert (verdict.status, verdict.remember) == (409, None)


@pytest.mark.parametrize("old_size", [0, 2, 7])
def test_a_request_from_another_size_is_told_the_remembered_one(old_size: int) -> None:
    verdict = asked(request(old_size, 9), state=remembered(5))
    assert (verdict.status, verdict.body, verdict.content_type) == (409, "5\n", "text/x.tlog.size")
    assert verdict.remember is None


def test_a_proof_that_does_not_hold_is_unprocessable() -> None:
    good = request(3, 7)
    for bad in (
        replace(good, proof=good.proof[:-1]),
        replace(good, proof=(*good.proof, b"x" * 32)),
        replace(good, proof=(b"x" * 32, *good.proof[1:])),
        replace(good, proof=(good.proof[0][:-1], *good.proof[1:])),
        replace(good, checkpoint=checkpoint(7, top=b"f" * 32)),
    ):
        verdict = asked(bad, state=remembered(3))
        assert (verdict.status, verdict.remember) == (422, None)


def test_a_proof_where_none_is_due_is_unprocessable() -> None:
    assert asked(replace(request(0, 3), proof=(b"x" * 32,))).status == 422


def test_an_empty_tree_with_a_root_of_its_own_is_a_conflict() -> None:
    assert asked(Request(old_size=0, proof=(), checkpoint=checkpoint(0, top=b"x" * 32))).status == 409
    assert asked(Request(old_size=0, proof=(), checkpoint=checkpoint(0, top=EMPTY_ROOT))).status == 200


def test_another_log_is_not_found() -> None:
    other = Request(old_size=0, proof=(), checkpoint=checkpoint(3, origin="other.example/log"))
    assert asked(other).status == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden() -> None:
    stranger = Request(old_size=0, proof=(), checkpoint=checkpoint(3, key=WITNESS))
    assert asked(stranger).status == 403
    good = checkpoint(3)
    forged = Note(text=checkpoint(4).text, signatures=good.signatures)
    assert asked(Request(old_size=0, proof=(), checkpoint=forged)).status == 403


def test_a_tree_that_shrinks_is_a_bad_request() -> None:
    shrinking = Request(old_size=5, proof=(), checkpoint=checkpoint(3))
    assert asked(shrinking, state=remembered(5)).status == 400


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text.replace("old 3", "old 03"),
        lambda text: text.replace("old 3", "new 3"),
        lambda text: text.replace("\n\n", "\n", 1),
        lambda text: text.replace("old 3\n", "old 3\n" + "AAAA\n" * 64),
        lambda text: text.replace("old 3\n", "old 3\n?\n"),
        lambda text: text + "trailing",
    ],
)
def test_a_request_in_any_other_form_is_a_bad_request(spoil: object) -> None:
    assert callable(spoil)
    assert asked(spoil(str(request(3, 7))), state=remembered(3)).status == 400


@given(st.text())
def test_any_text_gets_an_answer_and_no_cosignature(text: str) -> None:
    verdict = asked(text)
    assert verdict.status == 400
    assert verdict.remember is None


@given(st.integers(0, 10), st.integers(0, 10))
def test_requests_read_back_as_they_were_written(old_size: int, size: int) -> None:
    if old_size <= size:
        assert parse_request(str(request(old_size, size))) == request(old_size, size)


def test_a_request_without_a_checkpoint_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_request("old 0\n\n")
