"""The parts of an address that name a service and what it publishes: AUTHORITY/SERVICE/WHICH."""

from dawr.kernel.identifiers import ServiceId
from dawr.kernel.refusal import NotFound

PART_LENGTH_MAX = 40


def asked_service(authority: str, code: str) -> ServiceId:
    """The service that two parts of an address name; refuses what no service is called."""
    return ServiceId(f"{plain_part(authority)}/{plain_part(code)}")


def typed_service(text: str) -> ServiceId:
    """The service that a parameter or a hidden field names, AUTHORITY/SERVICE."""
    authority, _, code = text.partition("/")
    return asked_service(authority, code)


def plain_part(part: str) -> str:
    """A part that could be a name.

    No database needs to be asked for a name that could never be given, or cannot even be sent to it.
    """
    if not (0 < len(part) <= PART_LENGTH_MAX and part.isascii() and part.isprintable()):
        raise NotFound
    return part
