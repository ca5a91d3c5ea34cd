"""Signed notes: the example that golang.org/x/mod/sumdb/note prints, and all that is refused."""

from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import SigningKey
from dawr.transparency.model import SignatureBroken
from dawr.transparency.note import (
    Note,
    TreeHead,
    VerifierKey,
    cosign,
    is_signed_under,
    log_key,
    parse_decimal,
    parse_note,
    parse_signature,
    parse_tree_head,
    sign,
    verified,
    witness_key,
)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETERS_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_NOTE = f"""{PETERS_TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""

LOG = SigningKey.from_seed(b"l" * 32)
WITNESS = SigningKey.from_seed(b"w" * 32)
AT = datetime(2027, 2, 4, 6, 0, 7, tzinfo=UTC)
HEAD = TreeHead(origin="dawr.example/log", size=5, root=b"r" * 32)


def signed_note() -> Note:
    signatures = (
        sign(HEAD.text, name="dawr.example/log", key=LOG),
        cosign(HEAD.text, name="audit.example/w", key=WITNESS, at=AT),
    )
    return Note(text=HEAD.text, signatures=signatures)


def test_the_example_of_the_go_library_verifies_and_is_made_again() -> None:
    key = VerifierKey.parse(PETER)
    note = parse_note(PETERS_NOTE)
    assert str(verified(note, key)) == PETERS_NOTE.splitlines()[-1]
    again = sign(PETERS_TEXT, name="PeterNeumann", key=SigningKey.from_seed(PETERS_SEED))
    assert str(Note(text=PETERS_TEXT, signatures=(again,))) == PETERS_NOTE
    assert str(log_key("PeterNeumann", key=SigningKey.from_seed(PETERS_SEED))) == PETER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", ""),
        PETER[:-1],
        PETER + "=",
        PETER.replace("+AR", "+BR"),
        PETER + "\n",
    ],
)
def test_a_key_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


def test_a_checkpoint_with_its_cosignature_survives_the_journey() -> None:
    note = parse_note(str(signed_note()))
    assert note == signed_note()
    assert parse_tree_head(note.text) == HEAD
    verified(note, log_key("dawr.example/log", key=LOG))
    assert verified(note, witness_key("audit.example/w", key=WITNESS)).cosigned_at == AT


def test_the_cosigned_message_is_the_one_that_the_standard_prints() -> None:
    signature = cosign(HEAD.text, name="audit.example/w", key=WITNESS, at=AT)
    message = f"cosignature/v1\ntime {int(AT.timestamp())}\n{HEAD.text}".encode()
    WITNESS.private.public_key().verify(signature.value[8:], message)
    assert int.from_bytes(signature.value[:8], "big") == int(AT.timestamp())


def test_a_cosignature_is_not_a_log_signature_by_the_same_key() -> None:
    note = signed_note()
    assert not is_signed_under(note, log_key("audit.example/w", key=WITNESS))
    with pytest.raises(SignatureBroken):
        verified(note, log_key("audit.example/w", key=WITNESS))


def test_an_unknown_signer_is_ignored_and_does_not_count() -> None:
    stranger = witness_key("stranger.example", key=SigningKey.from_seed(b"s" * 32))
    verified(signed_note(), log_key("dawr.example/log", key=LOG))
    with pytest.raises(SignatureBroken):
        verified(signed_note(), stranger)


def test_a_second_line_in_a_signers_name_that_does_not_hold_spoils_the_note() -> None:
    good = signed_note()
    other = sign("another text\n", name="dawr.example/log", key=LOG)
    with pytest.raises(SignatureBroken):
        verified(Note(text=good.text, signatures=(*good.signatures, other)), log_key("dawr.example/log", key=LOG))


def test_a_cosignature_beyond_the_calendar_is_refused() -> None:
    name, seconds = "audit.example/w", 2**62
    value = WITNESS.private.sign(f"cosignature/v1\ntime {seconds}\n{HEAD.text}".encode())
    key = witness_key(name, key=WITNESS)
    line = f"— {name} {b64encode(key.key_id + seconds.to_bytes(8, 'big') + value).decode()}"
    with pytest.raises(SignatureBroken):
        verified(Note(text=HEAD.text, signatures=(parse_signature(line),)), key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a b\n",
        PETERS_NOTE[:-1],
        PETERS_NOTE.replace("\n\n", "\n"),
        PETERS_NOTE.replace("— Peter", "- Peter"),
        PETERS_NOTE.replace("— Peter", "—Peter"),
        PETERS_NOTE.replace("you think", "you\tthink"),
        PETERS_NOTE.replace("you think", "you\rthink"),
        PETERS_NOTE.replace("JnAM=", "JnAN="),
        PETERS_NOTE.replace("JnAM=", "JnAM"),
        PETERS_NOTE + "\n",
        PETERS_NOTE + PETERS_NOTE.splitlines(keepends=True)[-1] * 100,
    ],
)
def test_a_note_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_note(text)


ROOT = b64encode(b"r" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log\n5\n{ROOT}",
        f"log\n05\n{ROOT}\n",
        f"log\n-5\n{ROOT}\n",
        f"log\n٥\n{ROOT}\n",
        f"log\n5 \n{ROOT}\n",
        f"\n5\n{ROOT}\n",
        f"log\n5\n{ROOT}\nextension\n",
        f"log\n5\n{ROOT[:-4]}\n",
        f"log\n5\n {ROOT}\n",
        f"log\n{10**20}\n{ROOT}\n",
    ],
)
def test_a_tree_head_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_tree_head(text)


def test_decimals_have_one_form() -> None:
    assert [parse_decimal(text) for text in ("0", "7", "1024")] == [0, 7, 1024]
    for text in ("", "00", "01", "+1", "1_0", "1.0", "x"):
        with pytest.raises(Malformed):
            parse_decimal(text)


@given(st.text())
def test_the_parsers_refuse_or_give_back_what_they_read(text: str) -> None:
    for parse in (parse_note, VerifierKey.parse):
        with suppress(Malformed):
            assert str(parse(text)) == text


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_note_with_one_altered_byte_is_refused(position: int, byte: int) -> None:
    whole = bytearray(PETERS_NOTE.encode())
    position %= len(whole)
    if whole[position] == byte:
        return
    whole[position] = byte
    with pytest.raises((Malformed, SignatureBroken)):
        verified(parse_note(whole.decode(errors="replace")), VerifierKey.parse(PETER))
