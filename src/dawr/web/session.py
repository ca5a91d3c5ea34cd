"""Who is at the other end: read from a sealed cookie, without a query."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from litestar import Request
from litestar.middleware.session.client_side import CookieBackendConfig

from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.settings import Settings

Language = Literal["ar", "en"]
Digits = Literal["arabic", "western"]

SESSION_LIFE = timedelta(hours=8)


class SignInNeeded(Refusal):
    """The page is for a person who has signed in; `next_path` is where he wanted to go."""

    code = "web.sign_in_needed"
    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
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


def session_config(settings: Settings) -> CookieBackendConfig:
    """The session cookie: sealed with AES-GCM, out of reach of scripts, the same in every process."""
    return CookieBackendConfig(
        secret=settings.key_for("session cookie"),
        key="dawr",
        max_age=int(SESSION_LIFE.total_seconds()),
        secure=settings.public_url.startswith("https:"),
        samesite="lax",
    )


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """The visitor of this request; a session past its life is nobody's."""
    kept = request.session or {} if "session" in request.scope else {}  # an unrouted path meets no session
    at = kept.get("at")
    authenticated_at = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None
    if authenticated_at is not None and datetime.now(UTC) - authenticated_at > SESSION_LIFE:
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


def _preferences(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in (request.session or {}).items() if name in {"language", "digits"}}
