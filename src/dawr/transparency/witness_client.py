"""Asking a witness for its cosignature (c2sp.org/tlog-witness)."""

import httpx

from dawr.kernel.refusal import Malformed
from dawr.transparency.model import ProofBroken
from dawr.transparency.note import Note, Signature, parse_decimal, parse_signature, verified
from dawr.transparency.policy import Witness
from dawr.transparency.witness import Request

ANSWER_SECONDS_MAX = 5
ANSWER_BYTES_MAX = 1 << 14


async def ask(witness: Witness, request: Request) -> Signature | int:
    """The witness's verified cosignature, or the size that it remembers when the request starts from another."""
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, trust_env=False) as client:
        response = await client.post(f"{witness.url}/add-checkpoint", content=str(request).encode())
    if len(response.content) > ANSWER_BYTES_MAX:
        raise Malformed(reason="the witness's answer is too long")
    if response.status_code == httpx.codes.CONFLICT:
        return parse_decimal(response.text.rstrip("\n"))
    if response.status_code != httpx.codes.OK:
        raise ProofBroken(reason=f"the witness answered {response.status_code}: {response.text[:200].strip()}")
    lines = tuple(parse_signature(line) for line in response.text.splitlines())
    return verified(Note(text=request.checkpoint.text, signatures=lines), witness.key)
