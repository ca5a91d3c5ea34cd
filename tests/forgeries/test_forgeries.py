"""Our reader against the corpus, as it is written out for every reader."""

import json
from pathlib import Path
from typing import Any

import pytest

from dawr.tickets.model import Verdict
from tests.forgeries.corpus import write_corpus
from tests.forgeries.reading import CORPUS, ITEMS, found


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["name"])
def test_the_reader_gives_the_expected_verdict_and_shows_the_signed_name_alone(item: dict[str, Any]) -> None:
    finding = found(item)
    shown = finding.claims.name if finding.claims else None
    assert {"verdict": finding.verdict.value, "holder": shown} == item["expected"]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["name"])
def test_nothing_is_proven_by_no_keys_at_all(item: dict[str, Any]) -> None:
    assert found(item, keys={}).claims is None


def test_every_verdict_that_a_code_can_have_is_in_the_corpus() -> None:
    """What the card says is found out after the code was read."""
    expected = {item["expected"]["verdict"] for item in ITEMS}
    assert expected == {verdict.value for verdict in Verdict} - {Verdict.IDENTITY_MISMATCH.value}


def test_each_item_has_a_name_of_its_own_and_says_what_was_done() -> None:
    names = [item["name"] for item in ITEMS]
    assert len(names) == len(set(names))
    assert all(item["done"] for item in ITEMS)


def test_no_two_items_are_the_same_try() -> None:
    tries = [json.dumps({**item, "name": "", "done": "", "expected": {}}, sort_keys=True) for item in ITEMS]
    doubled = {item["name"] for item, one in zip(ITEMS, tries, strict=True) if tries.count(one) > 1}
    assert not doubled


def test_the_corpus_is_the_same_bytes_each_time_it_is_written(tmp_path: Path) -> None:
    for file in ("first.json", "second.json"):
        write_corpus(tmp_path / file)
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    assert json.loads((tmp_path / "first.json").read_text()) == CORPUS


def test_the_corpus_holds_no_private_key() -> None:
    published = [key for keys in CORPUS["key_sets"].values() for key in keys["keys"]]
    assert published
    assert all(key.keys() == {"kty", "crv", "alg", "use", "kid", "x", "y"} for key in published)
