"""The server that a gate's page talks to during a shift, played from memory: one device, one shift, one sealed pack."""

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from dawr.bench.ticket import DAY_KEY, KEY, OFFICE, SERVICE, STARTS_AT
from dawr.gates.decoy_names import decoy_names
from dawr.gates.model.devices import DeviceId
from dawr.gates.model.shifts import ShiftId
from dawr.gates.sealed_pack import NONCE_BYTES, SALT_BYTES, Chance, seal_pack
from dawr.gates.wire import as_text, fingerprint, public_key
from dawr.tickets.keys import jwk_set
from dawr.tickets.status_list import StatusListToken, pack, sign_token
from dawr.web.page import static_folder

DEVICE, SHIFT = DeviceId(UUID(int=1)), ShiftId(UUID(int=2))
OPENING_CODE = "7M2QK4P9"
DAY = "2027-02-04"
DAY_STARTS_AT = datetime.fromisoformat("2027-02-04T00:00+03:00")
NAME = {"ar": "حارس البوابة", "en": "Gate guard"}
HTML, JSON_TYPE = "text/html", "application/json"


@dataclass(slots=True, kw_only=True)
class PlayedGate:
    """Answers by path; `shell` is the page, `tickets` how many the day pack has."""

    shell: str
    tickets: int
    agreement_key: bytes = field(default=b"", init=False)

    def answer(self, path: str, posted: Any) -> tuple[str, bytes] | None:
        """The media type and the content; None for what is not there."""
        if path.startswith("/static/"):
            file = static_folder() / path.removeprefix("/static/")
            return mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()
        if path.startswith("/status-lists/"):
            return "application/statuslist+cwt", status_list()
        if path == "/gate/app":
            return HTML, self.shell.encode()
        answered = self._facts(path, posted)
        return None if answered is None else (JSON_TYPE, json.dumps(answered, ensure_ascii=False).encode())

    def _facts(self, path: str, posted: Any) -> Mapping[str, Any] | None:
        match path.split("/"):
            case ["", "gate", "officer"]:
                return {"name": NAME}
            case ["", "gate", "devices", "enrol"]:
                return self._enrolled(posted)
            case ["", "gate", "shifts"] | ["", "gate", "shifts", _, "pack"]:
                now_ms = _milliseconds(STARTS_AT)
                sealed = self._sealed(day_pack(self.tickets))
                return {"shift": str(SHIFT), "opening_code": OPENING_CODE, "now_ms": now_ms, "pack": sealed}
            case ["", "gate", "shifts", _, "photographs"]:
                return {"sealed": self._sealed({"photographs": []}), "last": None}
            case ["", "gate", "records"]:
                return {"taken_until": max(json.loads(text)["n"] for text, _ in posted["records"])}
        return None

    def _enrolled(self, posted: Mapping[str, Any]) -> Mapping[str, Any]:
        self.agreement_key = public_key(**posted["agreement"])
        own = fingerprint(public_key(**posted["signing"]))
        return {"device": str(DEVICE), "name": "1", "lane": 1, "office": OFFICE, "fingerprint": own}

    def _sealed(self, plain: Mapping[str, Any]) -> Mapping[str, Any]:
        ephemeral = ec.derive_private_key(2027, ec.SECP256R1())
        return seal_pack(
            json.dumps(plain, ensure_ascii=False).encode(),
            device_id=DEVICE,
            shift_id=SHIFT,
            agreement_key=self.agreement_key,
            opening_code=OPENING_CODE,
            chance=Chance(ephemeral=ephemeral, salt=bytes(SALT_BYTES), nonce=bytes(NONCE_BYTES)),
        )


def day_pack(tickets: int) -> Mapping[str, Any]:
    """A pack as docs/formats/gate.md has it, with a row and a reference for each ticket and nobody's answers."""
    rows = [[index, [_asked(index, "first"), _asked(index, "other")]] for index in range(tickets)]
    lookups = sorted(sha256(b"%d" % index).digest()[:8] for index in range(tickets))
    return {
        "version": 1,
        "pack": str(UUID(int=3)),
        "built_ms": _milliseconds(STARTS_AT),
        "device": {"device": str(DEVICE), "name": "1", "lane": 1},
        "shift": {
            "shift": str(SHIFT),
            "guard": str(UUID(int=4)),
            "name": NAME,
            "starts_ms": _milliseconds(STARTS_AT),
            "ends_ms": _milliseconds(STARTS_AT + timedelta(hours=8)),
        },
        "office": {
            "office": OFFICE,
            "name": {"ar": "إدارة شؤون الإقامة", "en": "Residency department"},
            "timezone": "Asia/Kuwait",
            "day": DAY,
            "day_starts_ms": _milliseconds(DAY_STARTS_AT),
            "day_ends_ms": _milliseconds(DAY_STARTS_AT + timedelta(days=1)),
        },
        "keys": jwk_set([KEY.public]),
        "status_list": as_text(status_list()),
        "lanes": {"open": 1, "key": as_text(DAY_KEY)},
        "secret": as_text(DAY_KEY),
        "answer_key": as_text(DAY_KEY),
        "decoy_names": decoy_names(DAY_KEY),
        "officers": [],
        "tickets": rows,
        "references": [[as_text(lookup), as_text(bytes(380))] for lookup in lookups],
        "services": {SERVICE: {"ar": "تجديد إقامة", "en": "Renewal of residence"}},
        "offices": {},
    }


def status_list() -> bytes:
    """Nobody has cancelled and nobody has come."""
    token = StatusListToken(
        subject=f"https://gate.example/status-lists/{OFFICE}/{DAY}",
        issued_at=STARTS_AT,
        expires_at=STARTS_AT + timedelta(hours=2),
        ttl_seconds=60,
        statuses=pack({}, bits=2),
    )
    return sign_token(token, key=KEY)


def _asked(index: int, round_: str) -> list[Any]:
    return [[2, 4, 8, 10], [1, 9], as_text(sha256(f"{round_} {index}".encode()).digest())]


def _milliseconds(at: datetime) -> int:
    return round(1000 * at.timestamp())
