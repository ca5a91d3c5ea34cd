"""A Litestar application around the features' routes: sessions, CSRF, limits, headers, errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from dawr.db.pool import Pool
from dawr.kernel.refusal import NotFound, Refusal
from dawr.settings import Settings
from dawr.web.errors import answer_bug, answer_http_exception, answer_refusal, answer_unavailable
from dawr.web.forms import form_of
from dawr.web.headers import headers_on_every_answer
from dawr.web.page import redirect, static_folder
from dawr.web.session import session_config, set_preference, visitor_of

BODY_BYTES_MAX = 100_000
YEAR_SECONDS = 31_536_000

Background = Callable[[Pool], Awaitable[None]]
"""What a web process does beside answering, from its start to its end."""


def make_application(
    *,
    settings: Settings,
    pool: Pool,
    routes: Sequence[ControllerRouterHandler],
    background: Sequence[Background] = (),
) -> Litestar:
    """The ASGI application; opens `pool` and begins `background` when it starts, and ends both when it stops."""

    @asynccontextmanager
    async def open_pool(_: Litestar) -> AsyncIterator[None]:
        async with pool:
            tasks = [asyncio.ensure_future(work(pool)) for work in background]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    static = create_static_files_router(
        path="/static",
        directories=[static_folder()],
        cache_control=None,
        after_request=_keep_for_ever,
        opt={"skip_session": True, "exclude_from_csrf": True},
    )
    return Litestar(
        route_handlers=[*routes, choose_language, choose_digits, static],
        dependencies={
            "pool": Provide(lambda: pool, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "visitor": Provide(visitor_of, sync_to_thread=False),
            "form": Provide(form_of),
        },
        middleware=[session_config(settings).middleware],
        csrf_config=CSRFConfig(
            secret=settings.key_for("csrf").hex(), cookie_secure=settings.public_url.startswith("https:")
        ),
        compression_config=CompressionConfig(backend="gzip", minimum_size=1000),
        exception_handlers={
            Refusal: answer_refusal,
            HTTPException: answer_http_exception,
            OperationalError: answer_unavailable,
            PoolTimeout: answer_unavailable,
            Exception: answer_bug,
        },
        before_request=_refuse_nul,
        before_send=[headers_on_every_answer(settings)],
        request_max_body_size=BODY_BYTES_MAX,
        lifespan=[open_pool],
        state=State({"settings": settings, "pool": pool}),
        openapi_config=None,
        logging_config=None,
    )


@get("/language/{chosen:str}")
async def choose_language(request: Request[Any, Any, Any], chosen: str, back: str = "/") -> Redirect:
    """Arabic or English from now on, on the page where the visitor was."""
    set_preference(request, name="language", value="en" if chosen == "en" else "ar")
    return redirect(local_path(back))


@get("/digits/{chosen:str}")
async def choose_digits(request: Request[Any, Any, Any], chosen: str, back: str = "/") -> Redirect:
    """٠-٩ or 0-9 from now on."""
    set_preference(request, name="digits", value="arabic" if chosen == "arabic" else "western")
    return redirect(local_path(back))


def local_path(path: str) -> str:
    """`path` if it stays on this site, else the home page; no open redirect."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"


async def _refuse_nul(request: Request[Any, Any, Any]) -> None:
    """No address has a NUL in it, and PostgreSQL refuses to be asked for one."""
    if "\0" in request.scope["path"]:
        raise NotFound


async def _keep_for_ever(response: Response[Any]) -> Response[Any]:
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response
