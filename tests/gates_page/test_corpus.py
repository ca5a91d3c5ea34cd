"""The corpus of forgeries before the gate's page: every item gets the very verdict that Python gives."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.forgeries.reading import CORPUS, ITEMS, found
from tests.gates_page.conftest import FOLDERS, Asked, asking, blank_page

Item = dict[str, Any]

OTHER_RULES = [
    ("verdict.js", "nowMs >= claims.expiresMs", "nowMs > claims.expiresMs", "too late"),
    ("verdict.js", "> STATUS_LIST_LIFE_MS", ">= STATUS_LIST_LIFE_MS", "list just fresh"),
    ("verdict.js", "if (!isToday)", "if (nowMs >= dayEndsMs)", "day before"),
    ("payload.js", "if (message.unprotected.size)", "if (false)", "envelope: something outside the signature"),
    ("payload.js", "if (message.signature.length !== SIGNATURE_BYTES)", "if (false)", "signature: none"),
    ("payload.js", "PRINTABLE.test(value)", "value", "claims: name turned around"),
    ("cbor.js", "if (reader.at < bytes.length)", "if (false)", "spelling: a byte after"),
    ("cbor.js", "if (number < (size === 1 ? 24 : 2 ** (4 * size)))", "if (false)", "spelling: index in two bytes"),
    ("cose.js", "if (stated !== ES256) return false;", "", "algorithm: EdDSA named, ES256 signed"),
    ("base45.js", "if (number >= 256 ** (group.length - 1))", "if (false)", "text: a group too large"),
]


def with_its_day(item: Item) -> Item:
    """The item as a day pack tells of it: when the office's own day begins and ends."""
    place = item["place"]
    timezone = ZoneInfo(place["timezone"])
    day = datetime.fromisoformat(place["now"]).astimezone(timezone).date()
    starts, ends = (datetime.combine(day + timedelta(days=days), time.min, timezone) for days in (0, 1))
    bounds = {"day_starts_ms": 1000 * int(starts.timestamp()), "day_ends_ms": 1000 * int(ends.timestamp())}
    return {**item, "place": {**place, **bounds}}


def verdicts(ask: Asked) -> list[Item]:
    given: list[Item] = ask("verdicts", {**CORPUS, "items": [with_its_day(item) for item in ITEMS]})
    return given


def by_python(item: Item) -> Item:
    finding = found(item)
    return {"verdict": finding.verdict.value, "holder": finding.claims.name if finding.claims else None}


def test_the_page_gives_every_item_the_verdict_and_the_name_that_python_gives(ask: Asked) -> None:
    given = dict(zip((item["name"] for item in ITEMS), verdicts(ask), strict=True))
    assert len(given) >= 270
    assert given == {item["name"]: by_python(item) for item in ITEMS}
    assert given == {item["name"]: item["expected"] for item in ITEMS}


@pytest.mark.parametrize(("file", "rule", "other", "finder"), OTHER_RULES, ids=lambda text: text)
def test_another_rule_in_the_page_is_found_out(
    chromium: Browser, file: str, rule: str, other: str, finder: str
) -> None:
    text = (FOLDERS["gate"] / file).read_text(encoding="utf-8")
    assert rule in text
    context = chromium.new_context()
    given = verdicts(asking(blank_page(context, changed={f"gate/{file}": text.replace(rule, other)})))
    context.close()
    assert finder in {item["name"] for item, each in zip(ITEMS, given, strict=True) if each != item["expected"]}


def test_no_keys_prove_nothing_in_the_page_either(ask: Asked) -> None:
    items = [{**with_its_day(item), "key_set": "none"} for item in ITEMS]
    given = ask("verdicts", {"key_sets": {"none": {"keys": []}}, "items": items})
    assert {each["holder"] for each in given} == {None}
    assert {each["verdict"] for each in given} == {"not_ours", "damaged_code"}
