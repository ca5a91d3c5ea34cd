"""What a gate with no network is given of a ticket, and the secret that chooses its second looks."""

from dataclasses import dataclass
from datetime import date, datetime

from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.tickets.model.gate import Challenge
from dawr.tickets.model.tickets import TicketId

PREPARED_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTicket:
    """A ticket's first two challenges, and how its code is found by its reference alone.

    `is_mismatched`: a gate found another's card, and no branch head has allowed another round since.
    """

    service_id: ServiceId
    ticket_id: TicketId
    bearer_id: PersonId
    status_index: int
    first: Challenge
    other: Challenge
    lookup: bytes
    sealed_code: bytes
    is_mismatched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySecret:
    """What the public knows of the secret of an office's day, with its places in the log; None until it is revealed."""

    office_id: OfficeId
    day_on: date
    commitment: bytes
    log_entry_id: int
    committed_at: datetime
    secret: bytes | None
    revealed_entry_id: int | None
    revealed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedTicket:
    """A ticket that a gate let in: a device's, or the one that needs a network."""

    service_id: ServiceId
    ticket_id: TicketId
    admitted_at: datetime
    is_at_device: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineGate:
    """The gate that needs a network: shut since its office has devices, open again until `reopened_until`."""

    shut_at: datetime | None = None
    reopened_until: datetime | None = None

    def is_open(self, *, now: datetime) -> bool:
        return self.shut_at is None or (self.reopened_until is not None and now < self.reopened_until)


class GateOnDevices(Refusal):
    """The office's gate is kept by devices; what they ask for is not to be walked round."""

    code = "tickets.gate_on_devices"
