"""The few things of a request's headers that the guard and the door look at, read in one pass."""

from collections.abc import Iterable
from dataclasses import dataclass

from dawr.web.session import COOKIE

PASS_COOKIE = b"dawr_pass"
CSRF_COOKIE = b"csrftoken"


@dataclass(slots=True)
class Reading:
    """Empty where a header is absent; a repeated list is joined, as it grows on its right side."""

    session: bytes = b""
    earned: str = ""
    accept: bytes = b""
    forwarded_for: str = ""
    real_ip: str = ""
    csrf_cookie: bytes = b""
    csrf_header: bytes = b""
    key: bytes = b""
    has_body: bool = False
    is_forwarded: bool = False


def read_headers(headers: Iterable[tuple[bytes, bytes]]) -> Reading:
    reading = Reading()
    for name, value in headers:
        if name == b"cookie":
            _read_cookies(reading, value)
        elif name == b"accept":
            reading.accept = value
        elif name == b"x-csrftoken":
            reading.csrf_header = value
        elif name == b"idempotency-key":
            reading.key = value
        elif name == b"x-forwarded-for":
            reading.forwarded_for += f",{value.decode('latin-1')}"
            reading.is_forwarded = True
        elif name == b"x-real-ip":
            reading.real_ip = value.decode("latin-1")
            reading.is_forwarded = True
        elif name == b"forwarded":
            reading.is_forwarded = True
        elif name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            reading.has_body = True
    return reading


def _read_cookies(reading: Reading, value: bytes) -> None:
    for pair in value.split(b";"):
        name, _, held = pair.strip().partition(b"=")
        if name == COOKIE:
            reading.session = held
        elif name == CSRF_COOKIE:
            reading.csrf_cookie = held
        elif name == PASS_COOKIE:
            reading.earned = held.decode("latin-1")
