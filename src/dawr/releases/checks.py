"""One thing that was checked, and what was found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was checked, whether it held, and what was found, in a sentence."""

    name: str
    passed: bool
    found: str


def same(name: str, stated: object, *, worked_out: object, where: str) -> Check:
    """Whether what stands at `where` is what was worked out."""
    if stated == worked_out:
        return Check(name=name, passed=True, found=str(worked_out))
    return Check(name=name, passed=False, found=f"{where} says {stated}; worked out is {worked_out}")
