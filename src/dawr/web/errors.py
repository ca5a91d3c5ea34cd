"""The one place where a Refusal, or a bug, becomes HTTP."""

import secrets
import time
from typing import Any
from urllib.parse import quote

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.status_codes import HTTP_401_UNAUTHORIZED
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from dawr.kernel.refusal import NotFound, Refusal
from dawr.web.language import next_step, sentence
from dawr.web.often import Often
from dawr.web.page import page, redirect
from dawr.web.session import visitor_of

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5

lost = Often()


class CsrfFailed(Refusal):
    """The form did not come from our own page, or the page was too old."""

    code = "web.csrf_failed"
    status = 403


class TooLarge(Refusal):
    """More was sent than any of our forms holds."""

    code = "web.too_large"
    status = 413


class Unavailable(Refusal):
    """The database does not answer; nothing that was sent has been done."""

    code = "web.unavailable"
    status = 503


class Unexpected(Refusal):
    """A bug of ours; `reference` finds it in the log."""

    code = "web.unexpected"
    status = 500


class NotAllowed(Refusal):
    """The request was not in a form that this address takes."""

    code = "web.not_allowed"
    status = 400


def answer_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The page of a refusal: what happened, why, and what to do next; who must sign in goes there at once."""
    if "application/json" in request.headers.get("accept", ""):
        return _in_json(request, refusal)
    if refusal.status == HTTP_401_UNAUTHORIZED:
        assurance = refusal.facts.get("assurance", "substantial")
        return redirect(f"/sign-in?assurance={assurance}&next={quote(_wanted_path(request), safe='')}")
    language = visitor_of(request).language
    return page(
        request,
        "web/not_found.html" if isinstance(refusal, NotFound) else "web/error.html",
        status_code=refusal.status,
        refusal=refusal,
        sentence=sentence(refusal, language=language),
        next_step=next_step(refusal, language=language),
    )


def _in_json(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The refusal as a program reads it, with the same sentences."""
    language = visitor_of(request).language
    said = {
        "code": refusal.code,
        "sentence": sentence(refusal, language=language),
        "next": next_step(refusal, language=language),
        "facts": refusal.facts,
    }
    headers = {"Cache-Control": "no-store"}
    return Response(said, status_code=refusal.status, media_type=MediaType.JSON, headers=headers)


def answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The framework's own refusals, as ours."""
    if isinstance(error, PermissionDeniedException):
        return answer_refusal(request, CsrfFailed())
    known = {404: NotFound, 405: NotFound, 413: TooLarge}
    return answer_refusal(request, known.get(error.status_code, NotAllowed)())


def answer_unavailable(request: Request[Any, Any, Any], error: OperationalError | PoolTimeout) -> Response[Any]:
    route = _route(request)
    if times := lost.times(route, at=time.monotonic()):
        log.error("database.unavailable", reason=str(error).splitlines()[:1], route=route, times=times)
    answer = answer_refusal(request, Unavailable())
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Logged once, with a reference that the person can quote."""
    reference = secrets.token_hex(4)
    log.error("bug", reference=reference, route=_route(request), exc_info=error)
    if "text/html" not in request.headers.get("accept", "text/html"):
        return Response(f"unexpected: {reference}\n", status_code=500, media_type=MediaType.TEXT)
    return answer_refusal(request, Unexpected(reference=reference))


def _route(request: Request[Any, Any, Any]) -> str:
    """The template of the route: the address itself may name a booking or a ticket."""
    return request.scope.get("path_template", "unrouted")


def _wanted_path(request: Request[Any, Any, Any]) -> str:
    if request.method != "GET":
        return "/my"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
