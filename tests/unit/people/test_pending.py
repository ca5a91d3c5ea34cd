"""A sign-in that has begun comes back to the browser that began it, once and soon."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dawr.kernel.sealing import SealBroken, seal, unseal
from dawr.people.model import Assurance, SignInOver
from dawr.people.pending import PENDING_AGE_MAX, PendingSignIn, opened_pending, sealed_pending

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
KEY = b"k" * 32
NONCE = b"n" * 12
PENDING = PendingSignIn(
    state="state-1", nonce="nonce-1", verifier="v" * 64, next_path="/draws?x=1", assurance=Assurance.HIGH, began_at=NOW
)
COOKIE = sealed_pending(PENDING, key=KEY, seal_nonce=NONCE)


def test_the_same_pending_sign_in_comes_back() -> None:
    assert opened_pending(COOKIE, key=KEY, state="state-1", now=NOW + PENDING_AGE_MAX) == PENDING


def test_the_cookie_shows_nothing_of_what_it_holds() -> None:
    assert "nonce-1" not in COOKIE
    assert PENDING.verifier not in COOKIE


@pytest.mark.parametrize("state", ["", "state-2", "state-11", "حالة"])
def test_another_state_than_this_browsers_is_refused(state: str) -> None:
    with pytest.raises(SignInOver):
        opened_pending(COOKIE, key=KEY, state=state, now=NOW)


def test_a_sign_in_that_took_too_long_is_refused() -> None:
    with pytest.raises(SignInOver):
        opened_pending(COOKIE, key=KEY, state="state-1", now=NOW + PENDING_AGE_MAX + timedelta(seconds=1))


@pytest.mark.parametrize("cookie", ["", "x", "AAAA", "é", COOKIE[:-8], "A" * 400])
def test_a_cookie_that_we_did_not_seal_is_refused(cookie: str) -> None:
    with pytest.raises(SignInOver):
        opened_pending(cookie, key=KEY, state="state-1", now=NOW)


def test_a_cookie_sealed_with_another_key_is_refused() -> None:
    with pytest.raises(SignInOver):
        opened_pending(COOKIE, key=b"x" * 32, state="state-1", now=NOW)


def test_the_hash_of_a_state_is_its_own() -> None:
    assert len(PENDING.state_hash) == 32
    assert PENDING.state_hash != replace(PENDING, state="state-2").state_hash


def test_what_was_sealed_for_one_person_does_not_open_for_another() -> None:
    sealed = seal(KEY, b"288020122596", nonce=NONCE, belongs_to=b"one")
    assert unseal(KEY, sealed, belongs_to=b"one") == b"288020122596"
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, belongs_to=b"other")


@pytest.mark.parametrize("sealed", [b"", b"short", b"n" * 12, b"n" * 28])
def test_bytes_that_are_no_seal_do_not_open(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, belongs_to=b"one")
