"""What the server seals, a browser's own WebCrypto opens: with the device's key and the code, and by neither alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gates_page.conftest import Asked

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "day_pack.json").read_text(encoding="utf-8")
)


def opened(ask: Asked, **changes: object) -> Any:
    asked = {
        "agreement": VECTORS["agreement"],
        "sealed": VECTORS["sealed"],
        "code": VECTORS["opening_code"],
        "reference": VECTORS["reference"]["reference"],
    }
    return ask("openedPack", asked | changes)


def test_the_browser_opens_what_the_server_sealed(ask: Asked) -> None:
    assert opened(ask)["plain"] == json.loads(VECTORS["plain"])


def test_a_reference_finds_its_code_in_the_browser(ask: Asked) -> None:
    assert opened(ask)["found"] == VECTORS["reference"]["code"]
    assert opened(ask, reference="4K7P2N").get("found") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "7M2QK4P8"},
        {"agreement": VECTORS["ephemeral"]},
        {"sealed": VECTORS["sealed"] | {"device": "00000000-0000-4000-8000-000000000000"}},
        {"sealed": VECTORS["sealed"] | {"ciphertext": "A" + VECTORS["sealed"]["ciphertext"][1:]}},
    ],
    ids=["another code", "another key", "another device", "an altered pack"],
)
def test_nothing_else_opens_it(ask: Asked, changes: dict[str, object]) -> None:
    assert opened(ask, **changes) is None
