"""What every answer tells the browser, an error's page included."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from dawr.settings import Settings

HTTPS_SECONDS = 31_536_000


def headers_on_every_answer(settings: Settings) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that sets them on each response as it is sent."""
    headers = security_headers(settings)

    async def add(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            sent = MutableScopeHeaders.from_message(message)
            for name, value in headers.items():
                sent.setdefault(name, value)

    return add


def security_headers(settings: Settings) -> dict[str, str]:
    """Nothing from elsewhere, no inline script or style, no frame; a form may end at the national ID."""
    provider = urlsplit(settings.sign_in.issuer)
    policy = {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": f"'self' {provider.scheme}://{provider.netloc}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    }
    if settings.public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={HTTPS_SECONDS}"
    return headers
