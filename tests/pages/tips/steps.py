"""What a person does on the tip line's pages."""

import re
from collections.abc import Mapping
from html import unescape

from tests.pages.conftest import Browser
from tests.store.catalogue.officials import HAWALLI

ANSWERS = {
    "kind": {"kind": "asked_to_pay"},
    "place": {"where": HAWALLI, "place": "عند الباب"},
    "when": {"when": "yesterday", "hour": "8"},
    "amount": {"amount": "١٥٫٥", "currency": "KWD"},
    "shown": {"shown": ""},
    "words": {"words": "طلب رجل مالاً\r\nمقابل دور"},
    "asked": {"asked": "yes"},
}


def hidden(text: str) -> dict[str, str]:
    """The answers that a page carries on."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in found if name != "_csrf_token"}


async def answered(visitor: Browser, answers: Mapping[str, Mapping[str, str]] = ANSWERS) -> dict[str, str]:
    """All questions answered one after the other; what the last page carries."""
    text = await visitor.page("/tips/report")
    for question, typed in answers.items():
        carried = hidden(text)
        assert carried["question"] == question, text
        answer = await visitor.post("/tips/report", **carried, **typed)
        assert answer.status_code == 200, answer.text
        text = answer.text
    assert hidden(text)["question"] == "check"
    return hidden(text)


async def sent(visitor: Browser, answers: Mapping[str, Mapping[str, str]] = ANSWERS) -> str:
    """A tip told to its end; its receipt."""
    answer = await visitor.post("/tips/send", **await answered(visitor, answers))
    assert answer.status_code == 200, answer.text
    return receipt_in(answer.text)


def receipt_in(text: str) -> str:
    found = re.search(r'code--large">([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})<', text)
    assert found, text
    return found[1]
