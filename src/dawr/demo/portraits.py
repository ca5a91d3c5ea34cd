"""Portraits of the invented people: drawn, never photographed, and the same on every machine."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from typing import TypeVar

import typst

BACKGROUNDS = ("#dfe7ea", "#e9e3d5", "#dce6d8", "#e6dde6")
CLOTHES = ("#0c4a5b", "#5b3a2e", "#3f4f2f", "#4a3b63", "#7a2f2f", "#2f3b4a")
SKINS = ("#e8bd97", "#d3a077", "#b98257", "#8d5c3a")
SCARVES = ("#2f3b4a", "#6b4a5e", "#4f6a63", "#8a7a63", "#1f2a33")
HAIR = ("#2b2320", "#4b3526", "#6e6a66", "#1d2430")
DOTS_PER_INCH = 102
"""160 by 200 pixels."""

Choice = TypeVar("Choice")


class Head(StrEnum):
    """What a drawn person wears on his head."""

    HAIR = "hair"
    SCARF = "scarf"
    GHUTRA = "ghutra"


def portrait(name: str, *, head: Head = Head.HAIR) -> bytes:
    """The face of this name, as a PNG of a few kilobytes."""
    return typst.compile(
        files("dawr.demo").joinpath("portrait.typ").read_bytes(),
        format="png",
        ppi=DOTS_PER_INCH,
        sys_inputs={"looks": json.dumps(_looks(name, head))},
    )


def _looks(name: str, head: Head) -> dict[str, object]:
    chance = iter(sha256(f"portrait|{name}".encode()).digest())
    return {
        "head": head.value,
        "cloth": "#f4f1ea" if head is Head.GHUTRA else _one_of(SCARVES, chance),
        "background": _one_of(BACKGROUNDS, chance),
        "clothes": _one_of(CLOTHES, chance),
        "skin": _one_of(SKINS, chance),
        "hair": _one_of(HAIR, chance),
        "width": _one_of((20, 21.5, 23), chance),
        "fringe": _one_of((9, 10, 11), chance),
        "eyes": _one_of((4.4, 4.9, 5.4), chance),
        "mouth": _one_of((6, 7.5, 9), chance),
        "glasses": _one_of((True, False, False), chance),
    }


def _one_of(choices: Sequence[Choice], chance: Iterator[int]) -> Choice:
    return choices[next(chance) % len(choices)]
