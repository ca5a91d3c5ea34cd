"""Who is at the other end: read from a sealed cookie, without a query."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from litestar import Request
from litestar.exceptions import SerializationException
from litestar.middleware.session.client_side import ClientSideSessionBackend, CookieBackendConfig

from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.settings import Settings

Language = Literal["ar", "en"]
Digits = Literal["arabic", "western"]

COOKIE = b"dawr"
SESSION_LIFE = timedelta(hours=8)


class SignInNeeded(Refusal):
    """The page is for a person who has signed in; `next_path` is where he wanted to go."""

    code = "web.sign_in_needed"
    status = 401


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """The person at the other end as far as the cookie knows; rights are looked up where they are needed."""

    person_id: PersonId | None
    authenticated_at: datetime | None
    assurance: int
    language: Language
    digits: Digits

    def require_person(self) -> PersonId:
        if self.person_id is None:
            raise SignInNeeded
        return self.person_id


class SealedCookie(ClientSideSessionBackend):
    """The framework's sealed cookie, for which whatever was not sealed by us is an empty session and no fault."""

    def load_data(self, data: list[bytes]) -> dict[str, Any]:
        try:
            return super().load_data(data)
        except (InvalidTag, ValueError, LookupError, TypeError, SerializationException):
            return {}


class SealedCookieConfig(CookieBackendConfig):
    _backend_class = SealedCookie


def session_config(settings: Settings) -> CookieBackendConfig:
    """The session cookie: sealed with AES-GCM, out of reach of scripts, the same in every process."""
    return SealedCookieConfig(
        secret=settings.key_for("session cookie"),
        key=COOKIE.decode(),
        max_age=int(SESSION_LIFE.total_seconds()),
        secure=settings.public_url.startswith("https:"),
        samesite="lax",
    )


def session_reader(settings: Settings) -> Callable[[bytes], Mapping[str, Any]]:
    """Reads the value of a session cookie; what was not sealed by us, or has ended, is an empty session."""
    backend = SealedCookie(config=session_config(settings))
    return lambda cookie: backend.load_data([cookie])


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """The visitor of this request; a session past its life is nobody's."""
    if "session" in request.scope:
        return visitor_from(request.session or {}, now=datetime.now(UTC))
    # An address without a route meets no session: whoever is lost is told so in his language, by what the guard read.
    read = request.scope.get("dawr.visitor")
    return read if isinstance(read, Visitor) else visitor_from({}, now=datetime.now(UTC))


def visitor_from(kept: Mapping[str, Any], *, now: datetime) -> Visitor:
    """The visitor that a session tells of."""
    at = kept.get("at")
    authenticated_at = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None
    if authenticated_at is not None and now - authenticated_at > SESSION_LIFE:
        authenticated_at = None
    return Visitor(
        person_id=PersonId(UUID(kept["person"])) if authenticated_at and "person" in kept else None,
        authenticated_at=authenticated_at,
        assurance=int(kept.get("assurance", 0)),
        language="en" if kept.get("language") == "en" else "ar",
        digits="arabic" if kept.get("digits") == "arabic" else "western",
    )


def set_visitor(
    request: Request[Any, Any, Any], *, person_id: PersonId, authenticated_at: datetime, assurance: int
) -> None:
    """Signed in: the new session keeps nothing of the old one but the language and the digits."""
    request.set_session(
        _preferences(request)
        | {"person": str(person_id), "at": int(authenticated_at.timestamp()), "assurance": assurance}
    )


def clear_visitor(request: Request[Any, Any, Any]) -> None:
    """Signed out."""
    request.set_session(_preferences(request))


def set_preference(request: Request[Any, Any, Any], *, name: Literal["language", "digits"], value: str) -> None:
    """Remember a choice of the visitor's in his own cookie."""
    request.set_session(dict(request.session or {}) | {name: value})


def keep_draft(request: Request[Any, Any, Any], *, path: str, fields: Mapping[str, str]) -> None:
    """Remember what was typed into a form at `path` and is not sent yet; it stays in the visitor's own cookie.

    The next form takes its place, and whoever signs in or out begins without one.
    """
    request.set_session(dict(request.session or {}) | {"draft": {"path": path, "fields": dict(fields)}})


def draft_of(request: Request[Any, Any, Any], *, path: str) -> dict[str, str] | None:
    """What was typed into the form at `path` and not sent yet."""
    draft = (request.session or {}).get("draft", {})
    return dict(draft["fields"]) if draft.get("path") == path else None


def forget_draft(request: Request[Any, Any, Any]) -> None:
    """What was typed has been sent."""
    request.set_session({name: value for name, value in (request.session or {}).items() if name != "draft"})


def _preferences(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in (request.session or {}).items() if name in {"language", "digits"}}
