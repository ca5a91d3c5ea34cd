"""Base45 against the examples that RFC 9285 prints in its sections 4.3 and 4.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.tickets import base45

EXAMPLES = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")]


@pytest.mark.parametrize(("message", "text"), EXAMPLES)
def test_the_examples_of_the_standard_hold_both_ways(message: bytes, text: str) -> None:
    assert base45.encode(message) == text
    assert base45.decode(text) == message


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "5U", "A", "BB8A", "bb8", "BB!", "BÉ8", "٣٤٥"])
def test_what_no_encoder_writes_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        base45.decode(text)


def test_the_largest_groups_are_read() -> None:
    assert base45.decode("FGW") == b"\xff\xff"
    assert base45.decode("U5") == b"\xff"


@given(st.binary(max_size=300))
def test_any_bytes_come_back(message: bytes) -> None:
    assert base45.decode(base45.encode(message)) == message


@given(st.text(alphabet=base45.ALPHABET, max_size=60))
def test_no_two_texts_stand_for_the_same_bytes(text: str) -> None:
    try:
        message = base45.decode(text)
    except Malformed:
        return
    assert base45.encode(message) == text
