"""What somebody is told who is stopped at the door."""

from dawr.kernel.refusal import Refusal
from dawr.web.flood.guard import Admission, Layer


class TooFast(Refusal):
    """This person asks more often than anybody needs to."""

    code = "flood.too_fast"
    status = 429


class CrowdedAddress(Refusal):
    """More comes from this address than from all the people known to be behind it; a proof or a wait lets him in."""

    code = "flood.crowded_address"
    status = 429


class ProofAsked(Refusal):
    """This process is pressed, and lets in the anonymous for a proof or a wait alone."""

    code = "flood.proof_asked"
    status = 503


class TooManyPeople(Refusal):
    """This process has more to do than it can do within two seconds."""

    code = "flood.too_many_people"
    status = 503


class TooSlow(Refusal):
    """What was sent did not arrive in the time that it may take."""

    code = "flood.too_slow"
    status = 408


class ProofNotTaken(Refusal):
    """The proof was wrong, too old, or given in before."""

    code = "flood.proof_not_taken"
    status = 403


def refusal_of(admission: Admission) -> type[Refusal]:
    """The reason of `admission` as people are told it; its one fact is `seconds`."""
    if admission.refused_by is Layer.PRESSURE:
        return ProofAsked if admission.needs_proof else TooManyPeople
    return CrowdedAddress if admission.needs_proof else TooFast
