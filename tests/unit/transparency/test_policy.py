"""Whom to believe, in the form of c2sp.org/tlog-policy."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.kernel.refusal import Malformed
from dawr.kernel.signing import SigningKey
from dawr.transparency.note import log_key, witness_key
from dawr.transparency.policy import Policy, Quorum, Witness, make_policy, parse_policy

LOG = log_key("dawr.example/log", key=SigningKey.from_seed(b"l" * 32))
AUDIT = witness_key("audit.example/w", key=SigningKey.from_seed(b"a" * 32))
PAPER = witness_key("paper.example/w", key=SigningKey.from_seed(b"p" * 32))


def test_a_witness_is_a_vkey_an_equals_sign_and_a_url() -> None:
    for url in ("http://127.0.0.1:9001", "https://audit.example/witness"):
        assert Witness.parse(f"{AUDIT}={url}") == Witness(key=AUDIT, url=url)
    assert Witness.parse(f"{AUDIT}=https://audit.example/").url == "https://audit.example"


@pytest.mark.parametrize(
    "text", ["", str(AUDIT), f"{AUDIT}=ftp://a", f"{LOG}=http://a", f"x{AUDIT}=http://a", "=http://a"]
)
def test_a_witness_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Witness.parse(text)


@pytest.mark.parametrize("quorum", [0, 1, 2])
def test_a_policy_reads_back_as_it_was_written(quorum: int) -> None:
    policy = Policy(log=LOG, witnesses=(AUDIT, PAPER), quorum=quorum)
    assert parse_policy(str(policy)) == policy


def test_a_policy_has_the_text_of_the_standard() -> None:
    text = str(Policy(log=LOG, witnesses=(AUDIT, PAPER), quorum=2))
    assert text.splitlines() == [
        f"log {LOG}",
        f"witness audit.example/w {AUDIT}",
        f"witness paper.example/w {PAPER}",
        "group witnesses 2 audit.example/w paper.example/w",
        "quorum witnesses",
    ]


def test_comments_blanks_urls_and_words_for_thresholds_are_understood() -> None:
    text = f"# ours\n\nlog {LOG} https://dawr.example/log\n\twitness a {AUDIT} http://a\nwitness p {PAPER}\n"
    assert parse_policy(text + "group g all a p\nquorum g\n").quorum == 2
    assert parse_policy(text + "group g any a p\nquorum g\n").quorum == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [f"log {LOG}"],
        ["quorum none"],
        [f"log {LOG}", f"log {LOG}", "quorum none"],
        [f"log {AUDIT}", "quorum none"],
        [f"log {LOG}", f"witness a {LOG}", "quorum none"],
        [f"log {LOG}", f"witness a {AUDIT}", "quorum g"],
        [f"log {LOG}", f"witness a {AUDIT}", "group g 2 a", "quorum g"],
        [f"log {LOG}", f"witness a {AUDIT}", "group g 0 a", "quorum g"],
        [f"log {LOG}", f"witness a {AUDIT}", "group g ² a", "quorum g"],
        [f"log {LOG}", f"witness a {AUDIT}", f"witness p {PAPER}", "group g 1 a", "quorum g"],
        [f"log {LOG}", "mirror x", "quorum none"],
        [f"log {LOG}", "quorum none", "quorum none"],
    ],
)
def test_a_policy_that_we_do_not_understand_is_refused(lines: list[str]) -> None:
    with pytest.raises(Malformed):
        parse_policy("".join(f"{line}\n" for line in lines))


@given(
    st.text()
    | st.lists(st.sampled_from(["log", "witness", "group", "quorum", "none", "a", str(LOG), str(AUDIT), "\n"])).map(
        " ".join
    )
)
def test_the_policy_parser_refuses_or_understands(text: str) -> None:
    with suppress(Malformed):
        parse_policy(text)


def test_a_quorum_larger_than_the_witnesses_is_lowered_to_them() -> None:
    one = Witness(key=AUDIT, url="http://a")
    assert make_policy(LOG, witnesses=[one], quorum=2).quorum == 1
    assert make_policy(LOG, witnesses=[], quorum=2).quorum == 0


def test_one_witness_does_not_count_twice() -> None:
    same_key = witness_key("other.example/w", key=SigningKey.from_seed(b"a" * 32))
    same_name = witness_key(AUDIT.name, key=SigningKey.from_seed(b"b" * 32))
    for twin in (AUDIT, same_key, same_name):
        with pytest.raises(Malformed):
            make_policy(
                LOG, witnesses=[Witness(key=AUDIT, url="http://a"), Witness(key=twin, url="http://b")], quorum=2
            )


def test_a_quorum_is_some_of_different_witnesses() -> None:
    words = [f"{AUDIT}=http://a", f"{PAPER}=http://p"]
    assert Quorum.parse(words, count=2) == Quorum.of([AUDIT, PAPER], count=2)
    for count in (-1, 0, 3):
        with pytest.raises(Malformed):
            Quorum.parse(words, count=count)


def test_a_quorum_counts_no_witness_twice_and_no_other_kind_of_key() -> None:
    same_key = witness_key("other.example/w", key=SigningKey.from_seed(b"a" * 32))
    same_name = witness_key(AUDIT.name, key=SigningKey.from_seed(b"b" * 32))
    for other in (AUDIT, same_key, same_name, LOG):
        with pytest.raises(Malformed):
            Quorum.of([AUDIT, other], count=1)


def test_a_policy_without_a_quorum_asks_nobody() -> None:
    assert Policy(log=LOG, witnesses=(AUDIT,), quorum=0).enough is None
    assert Policy(log=LOG, witnesses=(AUDIT, PAPER), quorum=1).enough == Quorum.of([AUDIT, PAPER], count=1)
