"""Whom to believe: the log's key, the witnesses and how many of them are enough (c2sp.org/tlog-policy)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from dawr.kernel.refusal import Malformed
from dawr.transparency.note import COSIGNATURE_V1, ED25519, VerifierKey

GROUP = "witnesses"
WITNESSES_MAX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody else's machine that cosigns; `url`, its submission prefix, says where to ask, not whom to believe."""

    key: VerifierKey
    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """One word of DAWR_WITNESSES, `NAME+HASH+KEY=http://host:port`: vkey, equals sign, submission prefix."""
        vkey, separator, rest = text.rpartition("=http")
        if not separator:
            raise Malformed(reason=f"{text!r} is not VKEY=URL")
        key = VerifierKey.parse(vkey)
        if key.algorithm != COSIGNATURE_V1:
            raise Malformed(reason=f"{vkey!r} is not a witness's key")
        return cls(key=key, url=f"http{rest}".rstrip("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """How many of which witnesses are enough; each is counted once, by its key."""

    witnesses: tuple[VerifierKey, ...]
    count: int

    @classmethod
    def of(cls, witnesses: Sequence[VerifierKey], *, count: int) -> Self:
        """Refuses witnesses that are not all different, and a count of none or of more than there are."""
        _require_different(witnesses)
        if not 1 <= count <= len(witnesses) <= WITNESSES_MAX:
            raise Malformed(reason=f"a quorum of {count} among {len(witnesses)} witnesses")
        if any(key.algorithm != COSIGNATURE_V1 for key in witnesses):
            raise Malformed(reason="a witness's key is of another kind")
        return cls(witnesses=tuple(witnesses), count=count)

    @classmethod
    def parse(cls, words: Sequence[str], *, count: int) -> Self:
        """The same of witnesses as DAWR_WITNESSES, and the rules of a draw, name them."""
        return cls.of([Witness.parse(word).key for word in words], count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A checkpoint is believed when `log` signed it and `quorum` of `witnesses` cosigned it."""

    log: VerifierKey
    witnesses: tuple[VerifierKey, ...]
    quorum: int

    @property
    def enough(self) -> Quorum | None:
        """Who has to have cosigned; None where nobody has to."""
        return Quorum(witnesses=self.witnesses, count=self.quorum) if self.quorum else None

    def __str__(self) -> str:
        """The policy file, in the one shape that Dawr writes: a log, its witnesses, one group."""
        lines = [f"log {self.log}", *(f"witness {witness.name} {witness}" for witness in self.witnesses)]
        if self.quorum:
            names = " ".join(witness.name for witness in self.witnesses)
            lines.append(f"group {GROUP} {self.quorum} {names}")
        lines.append(f"quorum {GROUP if self.quorum else 'none'}")
        return "\n".join(lines) + "\n"


def make_policy(log: VerifierKey, *, witnesses: Sequence[Witness], quorum: int) -> Policy:
    """A policy with no more cosignatures due than there are witnesses to give them."""
    keys = tuple(witness.key for witness in witnesses)
    _require_different(keys)
    return Policy(log=log, witnesses=keys, quorum=min(quorum, len(keys)))


def parse_policy(text: str) -> Policy:
    """A policy of one log and at most one group of witnesses; refuses nested groups, which Dawr does not write."""
    words = [line.split() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    logs = [VerifierKey.parse(line[1]) for line in words if line[0] == "log" and len(line) in (2, 3)]
    named = {line[1]: VerifierKey.parse(line[2]) for line in words if line[0] == "witness" and len(line) in (3, 4)}
    groups = [line[1:] for line in words if line[0] == "group" and len(line) > 3]
    quorums = [line[1] for line in words if line[0] == "quorum" and len(line) == 2]
    understood = len(logs) == 1 and len(quorums) == 1 and len(groups) <= 1 and len(named) <= WITNESSES_MAX
    if not understood or len(words) != 2 + len(named) + len(groups) or logs[0].algorithm != ED25519:
        raise Malformed(reason="the policy is not one log, its witnesses and one group")
    if any(key.algorithm != COSIGNATURE_V1 for key in named.values()):
        raise Malformed(reason="a witness's key is of another kind")
    return Policy(log=logs[0], witnesses=tuple(named.values()), quorum=_quorum(quorums[0], groups=groups, named=named))


def _require_different(witnesses: Sequence[VerifierKey]) -> None:
    names, keys = {key.name for key in witnesses}, {key.public for key in witnesses}
    if not len(names) == len(keys) == len(witnesses):
        raise Malformed(reason="a witness is named twice")


def _quorum(chosen: str, *, groups: list[list[str]], named: dict[str, VerifierKey]) -> int:
    if chosen == "none":
        return 0
    if not groups or groups[0][0] != chosen or set(groups[0][2:]) != set(named):
        raise Malformed(reason="the quorum is not the group of all witnesses")
    threshold = {"all": str(len(named)), "any": "1"}.get(groups[0][1], groups[0][1])
    if not (threshold.isascii() and threshold.isdigit() and 0 < int(threshold) <= len(named)):
        raise Malformed(reason="the quorum is not a number of witnesses")
    return int(threshold)
