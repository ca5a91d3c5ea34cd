"""The receipt: a text file that proves offline that an entry is in the log and was witnessed (c2sp.org/tlog-proof)."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from dawr.kernel.refusal import Malformed
from dawr.transparency.merkle import leaf_hash, verify_inclusion
from dawr.transparency.model import ProofBroken
from dawr.transparency.note import (
    Note,
    TreeHead,
    VerifierKey,
    decode_base64,
    is_signed_under,
    parse_decimal,
    parse_note,
    parse_tree_head,
    verified,
)
from dawr.transparency.policy import Quorum

FIRST_LINE = "c2sp.org/tlog-proof@v1"
PROOF_HASHES_MAX = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An entry, its place and path, and the checkpoint that covers it, cosignatures included."""

    leaf: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        """The file; its extra line carries the leaf, so that nothing else is needed to check it."""
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.proof)
        return f"{FIRST_LINE}\nextra {b64encode(self.leaf).decode()}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a receipt was found to show: the entry, the tree it is in, and who cosigned that tree when."""

    leaf: bytes
    index: int
    tree: TreeHead
    cosigned: tuple[tuple[str, datetime], ...]


def parse_receipt(text: str) -> Receipt:
    """Refuses all but the exact form that Receipt writes."""
    lines = iter(text.split("\n"))
    if next(lines) != FIRST_LINE:
        raise Malformed(reason=f"a receipt begins with {FIRST_LINE}")
    leaf = decode_base64(_after("extra ", next(lines, "")))
    index = parse_decimal(_after("index ", next(lines, "")))
    proof = tuple(decode_base64(line) for line in takewhile(bool, lines))
    if len(proof) > PROOF_HASHES_MAX:
        raise Malformed(reason="the proof is longer than any tree is high")
    return Receipt(leaf=leaf, index=index, proof=proof, checkpoint=parse_note("\n".join(lines)))


def verify_receipt(
    receipt: Receipt, *, log: VerifierKey, witnesses: Sequence[VerifierKey] = (), quorum: int = 0
) -> Proven:
    """Refuses unless `log` signed the checkpoint, `quorum` witnesses cosigned it, and the entry is under its root."""
    tree = verified_tree(receipt.checkpoint, log=log)
    cosigned = verified_cosignatures(receipt.checkpoint, witnesses=witnesses)
    if len(cosigned) < quorum:
        raise ProofBroken(reason=f"{len(cosigned)} witnesses cosigned where {quorum} are due")
    hashed = leaf_hash(receipt.leaf)
    verify_inclusion(hashed, index=receipt.index, size=tree.size, proof=receipt.proof, root=tree.root)
    return Proven(leaf=receipt.leaf, index=receipt.index, tree=tree, cosigned=cosigned)


def verified_tree(checkpoint: Note, *, log: VerifierKey) -> TreeHead:
    """The tree head that `log` signed; refuses another signer and another log's origin."""
    verified(checkpoint, log)
    tree = parse_tree_head(checkpoint.text)
    if tree.origin != log.name:
        raise Malformed(reason=f"the checkpoint is of the log {tree.origin}")
    return tree


def verified_cosignatures(checkpoint: Note, *, witnesses: Sequence[VerifierKey]) -> tuple[tuple[str, datetime], ...]:
    """Which of `witnesses` cosigned, and when; refuses a line in a witness's name that is not its own."""
    present = [witness for witness in witnesses if is_signed_under(checkpoint, witness)]
    return tuple((witness.name, verified(checkpoint, witness).cosigned_at) for witness in present)


def quorum_at(checkpoint: Note, quorum: Quorum) -> datetime | None:
    """When the last witness that the quorum needs cosigned, by the witnesses' own clocks; None while too few have."""
    instants = sorted(at for _, at in verified_cosignatures(checkpoint, witnesses=quorum.witnesses))
    return instants[quorum.count - 1] if len(instants) >= quorum.count else None


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise Malformed(reason=f"a line should begin with {prefix.strip()}")
    return line.removeprefix(prefix)
