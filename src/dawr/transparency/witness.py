"""What a witness decides: whether to cosign a checkpoint (c2sp.org/tlog-witness); pure, its state is kept elsewhere."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dawr.kernel.refusal import Malformed, NotFound, Refusal
from dawr.kernel.signing import SigningKey
from dawr.transparency.merkle import EMPTY_ROOT, verify_consistency
from dawr.transparency.model import ProofBroken
from dawr.transparency.note import (
    Note,
    TreeHead,
    VerifierKey,
    cosign,
    decode_base64,
    parse_decimal,
    parse_note,
    parse_tree_head,
    verified,
)

PROOF_HASHES_MAX = 63
REQUEST_BYTES_MAX = 1 << 16
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The latest tree that the witness cosigned; it never cosigns one that does not extend it."""

    size: int
    root: bytes


NOTHING = Remembered(size=0, root=EMPTY_ROOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The body of POST /add-checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.old_size}\n{hashes}\n{self.checkpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer; `remember` is what must be on disk before it is given."""

    status: int
    body: str
    content_type: str = TEXT
    remember: Remembered | None = None


def parse_request(text: str) -> Request:
    """Refuses all but the exact form of the protocol."""
    head, blank, checkpoint = text.partition("\n\n")
    first, *hashes = head.split("\n")
    if not blank or not first.startswith("old ") or len(hashes) > PROOF_HASHES_MAX:
        raise Malformed(reason="a request is `old N`, hashes, an empty line and a checkpoint")
    return Request(
        old_size=parse_decimal(first.removeprefix("old ")),
        proof=tuple(decode_base64(line) for line in hashes),
        checkpoint=parse_note(checkpoint),
    )


def judge(text: str, *, remembered: Remembered, log: VerifierKey, name: str, key: SigningKey, now: datetime) -> Verdict:
    """Cosign what extends the remembered tree; any other request gets the status that the protocol gives it."""
    try:
        request = parse_request(text)
        tree = parse_tree_head(request.checkpoint.text)
        if tree.origin != log.name:
            raise NotFound
        verified(request.checkpoint, log)
        if request.old_size > tree.size:
            raise Malformed(reason="the old tree is larger than the new one")
        if not _is_current(request.old_size, tree, remembered=remembered):
            return Verdict(status=409, body=f"{remembered.size}\n", content_type=SIZE)
        _require_growth(request.proof, old=remembered, new=tree)
    except Refusal as refusal:
        return Verdict(status=refusal.status, body=f"{refusal}\n")
    signature = cosign(request.checkpoint.text, name=name, key=key, at=now)
    return Verdict(status=200, body=f"{signature}\n", remember=Remembered(size=tree.size, root=tree.root))


def _is_current(old_size: int, tree: TreeHead, *, remembered: Remembered) -> bool:
    """Whether the request starts from the remembered tree, and does not show another tree of the same size."""
    return old_size == remembered.size and (tree.size != remembered.size or tree.root == remembered.root)


def _require_growth(proof: Sequence[bytes], *, old: Remembered, new: TreeHead) -> None:
    if old.size == 0:
        if proof:
            raise ProofBroken(reason="nothing comes before the first tree")
        return
    verify_consistency(proof, old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root)
