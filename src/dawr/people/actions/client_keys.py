"""By what the national ID knows us."""

from typing import Any

from joserfc.jwk import ECKey

from dawr.people import openid
from dawr.settings import Settings


def client_key(settings: Settings) -> ECKey:
    """The key by which the national ID knows us, the same in every process."""
    halves = (settings.key_for(f"people: sign-in client {half}") for half in (1, 2))
    return openid.client_key(b"".join(halves))


def public_keys(settings: Settings) -> dict[str, Any]:
    """What the national ID needs to know us by (RFC 7517)."""
    return openid.public_key_set(client_key(settings))


def return_url(settings: Settings) -> str:
    """Where the national ID sends the browser back to; the only address that is registered with it."""
    return f"{settings.public_url}/sign-in/return"
