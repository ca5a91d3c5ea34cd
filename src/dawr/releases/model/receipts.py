"""What an entrant holds against us."""

from datetime import datetime
from hashlib import sha256

from dawr.kernel.signing import SigningKey
from dawr.releases.model.nouns import DrawId, Entry, Receipt


def receipt_message(*, draw_id: DrawId, line: str, version: int, entered_at: datetime) -> bytes:
    """The bytes that a receipt signs."""
    return f"dawr-receipt-v1\n{draw_id}\n{line}\n{version}\n{entered_at.isoformat()}\n".encode()


def receipt_of(entry: Entry, *, key: SigningKey) -> Receipt:
    """The signed receipt of an entry; the same entry always has the same receipt (Ed25519 is deterministic)."""
    message = receipt_message(
        draw_id=entry.draw_id, line=entry.line, version=entry.version, entered_at=entry.entered_at
    )
    return Receipt(
        draw_id=entry.draw_id,
        label=entry.label,
        line=entry.line,
        version=entry.version,
        entered_at=entry.entered_at,
        key=key.public.hex(),
        signature=key.sign(message),
    )


def receipt_text(receipt: Receipt) -> str:
    """The receipt as a file to keep: one field a line."""
    fields = {
        "draw": receipt.draw_id,
        "line": receipt.line,
        "version": receipt.version,
        "entered_at": receipt.entered_at.isoformat(),
        "key": receipt.key,
        "signature": receipt.signature,
    }
    return "dawr-receipt-v1\n" + "".join(f"{name}: {value}\n" for name, value in fields.items())


def receipt_sha256(receipt: Receipt) -> str:
    """The hash of the receipt as a file; the signature in it is known to its holder alone, so it gives nothing away."""
    return sha256(receipt_text(receipt).encode()).hexdigest()
