"""The log over HTTP: pages for people in both languages, files for programs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from dawr.db.pool import Pool, make_pool, transaction
from dawr.kernel.signing import SigningKey
from dawr.settings import Settings
from dawr.transparency import actions, pages
from dawr.transparency.model import Cosignature
from dawr.transparency.note import VerifierKey, cosign, parse_note, parse_tree_head, witness_key
from dawr.transparency.policy import parse_policy
from dawr.transparency.proof import parse_receipt, verified_tree, verify_receipt
from dawr.transparency.store import save_cosignature
from dawr.transparency.tiles import split_bundle
from dawr.web.wiring import make_application

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
WITNESS = witness_key("audit.example/w", key=SigningKey.from_seed(b"w" * 32))
ENTRIES = 60
KINDS = ["draw.rules", "draw.freeze", "override", "quota.order"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, witnesses=(f"{WITNESS}=http://127.0.0.1:9",), witness_quorum=2)


@pytest.fixture
async def site(database_url: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    pool = make_pool(database_url)
    application = make_application(settings=settings, pool=pool, routes=pages.routes)
    async with pool:
        async with transaction(pool) as tx:
            for number in range(ENTRIES - 1):
                facts = {"draw_id": f"DRAW-{number}", "places": number, "offices": ["KW-MOI/HAW"]}
                await actions.append_public(tx, KINDS[number % 4], facts=facts, now=NOW)
            await actions.append_sealed(tx, "booking.made", facts={"office": "KW-MOI/HAW"}, now=NOW)
        async with transaction(pool) as tx:
            await actions.sequence(tx, settings=settings, now=NOW)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", follow_redirects=True) as client:
            yield client


@pytest.fixture
async def empty_site(database_url: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    pool = make_pool(database_url)
    application = make_application(settings=settings, pool=pool, routes=pages.routes)
    async with pool, httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
        yield client


async def test_the_log_says_in_arabic_first_what_it_is(site: httpx.AsyncClient) -> None:
    answer = await site.get("/log")
    assert answer.status_code == 200
    assert 'dir="rtl"' in answer.text
    assert "السجل العام" in answer.text
    assert "قواعد قرعة" in answer.text
    assert "audit.example/w" in answer.text
    assert "لم يوقّع بعد" in answer.text


async def test_the_log_says_in_english_what_it_is(site: httpx.AsyncClient) -> None:
    answer = await site.get("/language/en", params={"back": "/log"})
    assert "The public log" in answer.text
    assert "List of a draw sealed" in answer.text
    assert "Has not signed yet" in answer.text
    assert "dawr verify log http://localhost:8000/log" in answer.text


async def test_entries_are_newest_first_and_every_one_is_reached(site: httpx.AsyncClient) -> None:
    first = (await site.get("/log")).text
    assert "/log/entry/59" in first
    assert "/log/entry/34" not in first
    assert "/log?before=35#entries" in first
    last = (await site.get("/log?before=10")).text
    assert "/log/entry/0" in last
    assert "/log?before=35#entries" in last


async def test_a_log_without_entries_has_a_page_and_no_checkpoint(empty_site: httpx.AsyncClient) -> None:
    answer = await empty_site.get("/log")
    assert answer.status_code == 200
    assert "لم يُكتب شيء بعد" in answer.text
    for path in ("/log/checkpoint", "/log/entry/0", "/log/tile/0/000"):
        assert (await empty_site.get(path)).status_code == 404


async def test_an_entry_shows_what_it_says_and_its_neighbours(site: httpx.AsyncClient) -> None:
    text = (await site.get("/log/entry/5")).text
    assert "DRAW-5" in text
    assert "[&#34;KW-MOI/HAW&#34;]" in text
    assert "/log/entry/4" in text
    assert "/log/entry/6" in text
    assert "/log/entry/5/receipt" in text


async def test_a_sealed_entry_shows_its_seal_alone(site: httpx.AsyncClient) -> None:
    text = (await site.get("/log/entry/59")).text
    assert "هذا القيد مختوم" in text
    assert "KW-MOI/HAW" not in text
    assert "/log/entry/60" not in text


@pytest.mark.parametrize(
    "path", ["/log/entry/60", "/log/entry/99999999999999999999999", "/log/entry/-1", "/log/entry/x"]
)
async def test_an_entry_that_does_not_exist_is_not_found(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(path)).status_code in (400, 404)


async def test_the_checkpoint_is_signed_text_that_is_not_kept(site: httpx.AsyncClient, settings: Settings) -> None:
    answer = await site.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=1"
    log = VerifierKey.parse((await site.get("/log/vkey")).text.strip())
    assert verified_tree(parse_note(answer.text), log=log).size == ENTRIES


async def test_the_policy_names_log_witnesses_and_a_quorum_that_can_be_met(site: httpx.AsyncClient) -> None:
    policy = parse_policy((await site.get("/log/policy")).text)
    assert policy.witnesses == (WITNESS,)
    assert policy.quorum == 1


async def test_tiles_and_bundles_are_bytes_that_are_kept_for_ever(site: httpx.AsyncClient) -> None:
    tile = await site.get("/log/tile/0/000.p/60")
    bundle = await site.get("/log/tile/entries/000.p/60")
    for answer in (tile, bundle):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
    assert len(tile.content) == 60 * 32
    assert len(split_bundle(bundle.content)) == 60


@pytest.mark.parametrize(
    "path",
    ["0/000", "0/000.p/61", "0/000.p/0", "0/001.p/1", "1/000.p/1", "64/000", "entries/x000/000.p/1", "00/000.p/1", "0"],
)
async def test_a_tile_that_the_tree_does_not_have_is_not_found(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(f"/log/tile/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


async def test_a_receipt_proves_its_entry(site: httpx.AsyncClient, settings: Settings) -> None:
    answer = await site.get("/log/entry/7/receipt")
    assert 'filename="dawr-7.tlog-proof"' in answer.headers["content-disposition"]
    proven = verify_receipt(parse_receipt(answer.text), log=actions.policy_of(settings).log)
    assert b"DRAW-7" in proven.leaf


async def test_a_receipt_is_of_the_checkpoint_that_the_witnesses_who_are_asked_for_signed_first(
    site: httpx.AsyncClient, settings: Settings, pool: Pool
) -> None:
    other = witness_key("paper.example/w", key=SigningKey.from_seed(b"p" * 32))
    keys = {WITNESS: b"w" * 32, other: b"p" * 32}
    for by in (other, WITNESS):
        async with transaction(pool) as tx:
            checkpoint = await actions.latest_checkpoint(tx)
            assert checkpoint is not None
            line = str(
                cosign(parse_note(checkpoint.note).text, name=by.name, key=SigningKey.from_seed(keys[by]), at=NOW)
            )
            word = Cosignature(witness=str(by), cosigned_at=NOW, line=line)
            await save_cosignature(tx, word, size=checkpoint.size)
            await actions.append_public(tx, "override", facts={}, now=NOW)
        async with transaction(pool) as tx:
            await actions.sequence(tx, settings=settings, now=NOW)

    async def size_of(**asked: str | int | list[str]) -> int:
        answer = await site.get("/log/entry/7/receipt", params=asked)
        return parse_tree_head(parse_receipt(answer.text).checkpoint.text).size

    assert await size_of() == ENTRIES + 1, "the policy names the witness that came later"
    assert await size_of(witness=str(other), quorum=1) == ENTRIES
    assert await size_of(witness=[str(other), str(WITNESS)], quorum=1) == ENTRIES
    assert await size_of(witness=[str(other), str(WITNESS)]) == ENTRIES, "no checkpoint has both: the log's own"


@pytest.mark.parametrize(
    "query",
    ["quorum=1", f"witness={quote(str(WITNESS))}&quorum=2", "witness=w", f"witness={quote(str(WITNESS))}&quorum=0"],
)
async def test_a_quorum_that_cannot_be_is_refused(site: httpx.AsyncClient, query: str) -> None:
    assert (await site.get(f"/log/entry/7/receipt?{query}")).status_code == 400


@pytest.mark.parametrize("path", ["checkpoint", "vkey", "policy", "tile/0/000.p/1", "entry/0/receipt", "tile/nothing"])
async def test_no_file_that_caches_share_carries_a_visitors_cookie(site: httpx.AsyncClient, path: str) -> None:
    await site.get("/language/en", params={"back": "/log"})
    assert site.cookies
    assert "set-cookie" not in (await site.get(f"/log/{path}")).headers
