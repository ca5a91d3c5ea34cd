"""The keys of an office's day at its gate: derived, so that every process has the same and none is stored."""

from datetime import date

from dawr.gates.model.shifts import OPENING_CODE_LENGTH, ShiftId
from dawr.kernel.identifiers import OfficeId, code_from_bytes
from dawr.kernel.signing import keyed_hash
from dawr.settings import Settings


def lane_key_of(office_id: OfficeId, *, day_on: date, settings: Settings) -> bytes:
    """The key that sends each ticket of the day to its lane."""
    return _of_day("gate lanes", office_id, day_on=day_on, settings=settings)


def rota_key_of(office_id: OfficeId, *, day_on: date, settings: Settings) -> bytes:
    """The key that gives each guard of the day his lane."""
    return _of_day("gate rota", office_id, day_on=day_on, settings=settings)


def decoy_key_of(office_id: OfficeId, *, day_on: date, settings: Settings) -> bytes:
    """The key that puts the day's invented names together."""
    return _of_day("gate decoy names", office_id, day_on=day_on, settings=settings)


def opening_code_of(shift_id: ShiftId, *, settings: Settings) -> str:
    """The code that opens a shift's packs: the same however often it is asked for."""
    return code_from_bytes(keyed_hash(settings.key_for("gate opening codes"), shift_id.bytes)[:OPENING_CODE_LENGTH])


def _of_day(purpose: str, office_id: OfficeId, *, day_on: date, settings: Settings) -> bytes:
    return keyed_hash(settings.key_for(purpose), f"{office_id}|{day_on.isoformat()}".encode())
