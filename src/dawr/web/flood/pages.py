"""The way past a crowded address: a solved challenge, or a wait that is over, becomes a pass."""

from datetime import UTC, datetime

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from dawr.db.pool import Pool, transaction
from dawr.settings import Settings
from dawr.web.flood import store
from dawr.web.flood.proofs import PASS_SECONDS, PAYLOAD_LENGTH_MAX, Earned, Proofs
from dawr.web.flood.reading import PASS_COOKIE
from dawr.web.flood.refusals import ProofNotTaken
from dawr.web.forms import Form
from dawr.web.page import redirect
from dawr.web.wiring import local_path

PATH_LENGTH_MAX = 4000
OUTSIDE = {"skip_session": True, "exclude_from_csrf": True}
"""Whoever waits has no form of ours yet, and a pass gives nobody anything that is somebody else's."""


@post("/proof", opt=OUTSIDE)
async def take_work(pool: Pool, settings: Settings, form: Form) -> Redirect:
    """A solved challenge; a page of ours sends it by itself."""
    now = datetime.now(UTC)
    proofs = Proofs(settings)
    earned = proofs.worked(form.raw("payload", length_max=PAYLOAD_LENGTH_MAX), at=int(now.timestamp()))
    wanted = form.raw("next", length_max=PATH_LENGTH_MAX)
    return await _give_pass(pool, earned, proofs=proofs, wanted=wanted, settings=settings, now=now)


@get("/proof/waited", opt=OUTSIDE)
async def take_wait(pool: Pool, settings: Settings, ticket: str = "", next: str = "/") -> Redirect:  # noqa: A002
    """A wait that is over; the page goes here by itself, with JavaScript or without."""
    now = datetime.now(UTC)
    proofs = Proofs(settings)
    earned = proofs.waited(ticket[:PAYLOAD_LENGTH_MAX], at=int(now.timestamp()))
    return await _give_pass(pool, earned, proofs=proofs, wanted=next, settings=settings, now=now)


async def _give_pass(
    pool: Pool, earned: Earned | None, *, proofs: Proofs, wanted: str, settings: Settings, now: datetime
) -> Redirect:
    if earned is None:
        raise ProofNotTaken
    async with transaction(pool) as tx:
        if not await store.spend(tx, name=earned.name, expires_at=earned.expires_at):
            raise ProofNotTaken
    answer = redirect(local_path(wanted))
    answer.set_cookie(
        Cookie(
            key=PASS_COOKIE.decode(),
            value=proofs.make_pass(earned, at=int(now.timestamp())),
            max_age=PASS_SECONDS,
            httponly=True,
            secure=settings.public_url.startswith("https:"),
            samesite="lax",
        )
    )
    return answer


routes = [take_work, take_wait]
