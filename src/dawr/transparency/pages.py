"""The log for people and the log for programs, under /log; the latter are the files of c2sp.org/tlog-tiles."""

import json
from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, PathParameter, QueryParameter

from dawr.db.pool import Pool, Transaction, transaction
from dawr.kernel.refusal import Malformed, NotFound, Refusal
from dawr.settings import Settings
from dawr.transparency import actions
from dawr.transparency.leaf import Statement, read_leaf
from dawr.transparency.merkle import leaf_hash
from dawr.transparency.model import Checkpoint
from dawr.transparency.note import VerifierKey
from dawr.transparency.policy import WITNESSES_MAX, Quorum
from dawr.transparency.tiles import Tile, parse_tile
from dawr.web.page import page

ENTRIES_SHOWN = 25
INDEX_MAX = 1 << 62
FOR_A_SECOND = {"Cache-Control": "public, max-age=1"}
FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

AnyRequest = Request[Any, Any, Any]
Index = Annotated[int, PathParameter(ge=0, le=INDEX_MAX)]
Before = Annotated[int | None, QueryParameter(ge=0, le=INDEX_MAX)]
Witnesses = Annotated[list[str] | None, QueryParameter(max_items=WITNESSES_MAX)]
Count = Annotated[int | None, QueryParameter(ge=1, le=WITNESSES_MAX)]


@get("/log")
async def show_log(
    request: AnyRequest, pool: NamedDependency[Pool], *, settings: NamedDependency[Settings], before: Before = None
) -> Response[str]:
    """What the log is, where it stands, who watches it, how to check it, and its entries, newest first."""
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
        size = checkpoint.size if checkpoint else 0
        end = size if before is None else min(before, size)
        entries = await actions.entries_before(tx, end, count=ENTRIES_SHOWN)
        witnesses = await actions.latest_cosignatures(tx, settings=settings)
    return page(
        request,
        "transparency/log.html",
        checkpoint=checkpoint,
        entries=[(entry.index, read_leaf(entry.leaf)) for entry in entries],
        witnesses=witnesses,
        policy=actions.policy_of(settings),
        older=end - ENTRIES_SHOWN if end > ENTRIES_SHOWN else None,
        newer=min(end + ENTRIES_SHOWN, size) if end < size else None,
    )


@get("/log/entry/{index:int}")
async def show_entry(request: AnyRequest, pool: NamedDependency[Pool], *, index: Index) -> Response[str]:
    """One entry: what it says, its bytes, its hash, and where its receipt is."""
    async with transaction(pool) as tx:
        size = (await _checkpoint(tx)).size
        entry = await actions.entry_at(tx, index)
    statement = read_leaf(entry.leaf)
    return page(
        request,
        "transparency/entry.html",
        index=index,
        size=size,
        statement=statement,
        facts=_as_text(statement),
        leaf=entry.leaf.decode(),
        hashed=leaf_hash(entry.leaf).hex(),
    )


@get("/entry/{index:int}/receipt")
async def send_receipt(
    pool: NamedDependency[Pool],
    *,
    settings: NamedDependency[Settings],
    index: Index,
    witness: Witnesses = None,
    quorum: Count = None,
) -> Response[str]:
    """The entry's tlog-proof, under the checkpoint that a quorum cosigned first where there is one yet.

    The quorum is that of the policy, or as many as `quorum` says of the witnesses whose keys are given.
    """
    asked = actions.policy_of(settings).enough
    if witness or quorum is not None:
        keys = [VerifierKey.parse(key) for key in witness or ()]
        asked = Quorum.of(keys, count=len(keys) if quorum is None else quorum)
    async with transaction(pool) as tx:
        await actions.entry_at(tx, index)
        receipt = await actions.best_proof_at(tx, index, quorum=asked)
    name = {"Content-Disposition": f'attachment; filename="dawr-{index}.tlog-proof"'}
    return Response(receipt, media_type=MediaType.TEXT, headers=FOR_A_SECOND | name)


@get("/checkpoint")
async def send_checkpoint(pool: NamedDependency[Pool]) -> Response[str]:
    """The newest signed tree head with its cosignatures."""
    async with transaction(pool) as tx:
        checkpoint = await _checkpoint(tx)
    return Response(checkpoint.text, media_type=MediaType.TEXT, headers=FOR_A_SECOND)


@get("/tile/{rest:path}")
async def send_tile(pool: NamedDependency[Pool], rest: FromPath[str]) -> Response[bytes]:
    """A tile of hashes or a bundle of entries; what once stood at such an address stands there for ever."""
    tile = _tile(rest.removeprefix("/"))
    async with transaction(pool) as tx:
        content = await actions.tile_content(tx, tile, size=(await _checkpoint(tx)).size)
    return Response(content, media_type="application/octet-stream", headers=FOR_EVER)


@get("/vkey")
async def send_vkey(settings: NamedDependency[Settings]) -> Response[str]:
    """The log's public key, as a verifier key of c2sp.org/signed-note."""
    return Response(f"{actions.policy_of(settings).log}\n", media_type=MediaType.TEXT, headers=FOR_AN_HOUR)


@get("/policy")
async def send_policy(settings: NamedDependency[Settings]) -> Response[str]:
    """Log, witnesses and quorum in the form of c2sp.org/tlog-policy."""
    return Response(str(actions.policy_of(settings)), media_type=MediaType.TEXT, headers=FOR_AN_HOUR)


async def _checkpoint(tx: Transaction) -> Checkpoint:
    checkpoint = await actions.latest_checkpoint(tx)
    if checkpoint is None:
        raise NotFound
    return checkpoint


def _tile(path: str) -> Tile:
    try:
        return parse_tile(path)
    except Malformed as error:
        raise NotFound from error


def _as_text(statement: Statement) -> dict[str, str]:
    """Facts as they are shown: words as they are, all else as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in statement.facts.items()
    }


def _answer_in_words(_: AnyRequest, error: Exception) -> Response[str]:
    """Programs read these files, so what is refused is refused in a line of text."""
    status = error.status if isinstance(error, Refusal) else getattr(error, "status_code", 500)
    return Response(f"{status}\n", status_code=status, media_type=MediaType.TEXT)


files = Router(
    path="/log",
    route_handlers=[send_checkpoint, send_tile, send_receipt, send_vkey, send_policy],
    # Whatever may be kept by caches that many people share must never carry a visitor's cookie.
    opt={"skip_session": True, "exclude_from_csrf": True},
    exception_handlers={Refusal: _answer_in_words, HTTPException: _answer_in_words},
)

routes = [show_log, show_entry, files]
