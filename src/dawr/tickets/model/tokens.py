"""The number that is called in a hall."""

from collections.abc import Iterable
from dataclasses import dataclass

from dawr.catalogue.model import Service
from dawr.kernel.identifiers import ServiceId

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which are read as digits; behind the last service's letter they begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is called in the hall: the service's letter, and a number that an office gives once a day."""

    letter: str
    number: int

    def __str__(self) -> str:
        return f"{self.letter}{self.number}"


def token_letter(service_id: ServiceId, *, services: Iterable[Service]) -> str:
    """The letter of a service at an office: by the order in which people count the services' codes."""
    codes = sorted({service.service_id for service in services} | {service_id}, key=lambda each: (len(each), each))
    return LETTERS[codes.index(service_id) % len(LETTERS)]
