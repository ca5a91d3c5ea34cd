"""Bytes and keys as they travel: one spelling of each, and no point that is not on the curve."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from dawr.gates.wire import as_bytes, as_text, fingerprint, jwk, public_key
from dawr.kernel.refusal import Malformed
from dawr.tickets.keys import public_bytes

KEY = public_bytes(ec.derive_private_key(7, ec.SECP256R1()).public_key())


@given(st.binary(max_size=80))
def test_bytes_come_back_as_they_went(value: bytes) -> None:
    assert as_bytes(as_text(value)) == value


@given(st.text(max_size=20))
def test_any_text_is_the_one_spelling_of_its_bytes_or_refused(text: str) -> None:
    with suppress(Malformed):
        assert as_text(as_bytes(text)) == text


@pytest.mark.parametrize("text", ["AA==", "A", "AB", "A B", "AA\n", "+/", "é"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        as_bytes(text)


def test_a_public_key_comes_back_from_its_jwk() -> None:
    assert public_key(**jwk(KEY)) == KEY


@given(st.integers(min_value=0, max_value=63), st.integers(min_value=1, max_value=255))
def test_a_point_off_the_curve_is_refused(place: int, change: int) -> None:
    moved = bytearray(KEY)
    moved[place] ^= change
    with pytest.raises(Malformed):
        public_key(**jwk(bytes(moved)))


@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y"]), st.text(max_size=50), min_size=1))
def test_whatever_is_no_key_is_refused_and_never_a_fault(changes: dict[str, str]) -> None:
    asked = jwk(KEY) | changes
    if asked != jwk(KEY):
        with pytest.raises(Malformed):
            public_key(**asked)


def test_the_fingerprint_is_the_beginning_of_the_keys_hash() -> None:
    assert fingerprint(bytes(64)) == "f5a5fd42"
