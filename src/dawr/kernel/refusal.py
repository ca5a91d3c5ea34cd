"""The one root of everything anticipated."""

from typing import ClassVar


class Refusal(Exception):
    """A rule said no: a stable code, and the facts that its sentences name.

    The sentences live in the message catalogues of the feature that owns the code:
    `code` says what happened and why, `code + ".next"` what the person can do next.
    `status` is the HTTP status that `web` answers with.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}({named})"


class NotFound(Refusal):
    """What was asked for does not exist, or is not this person's to see."""

    code = "kernel.not_found"
    status = 404


class Malformed(Refusal):
    """The input cannot be read; `reason` is a short English phrase for the engineer."""

    code = "kernel.malformed"
    status = 400
