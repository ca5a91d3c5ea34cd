"""Whoever tells is protected: nothing kept, written down or answered ties a tip to a person, a session, an address."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import psycopg
import pytest
import structlog
from prometheus_client import generate_latest
from psycopg import sql

from dawr.db.pool import Pool, transaction
from dawr.gates import pages as gates
from dawr.kernel.identifiers import PersonId
from dawr.people import actions as people
from dawr.people.civil_number import invented_kuwaiti_number
from dawr.people.model import Country
from dawr.settings import Settings
from dawr.tips import pages
from dawr.web.flood.middleware import Flood, guarded
from dawr.web.metrics import REGISTRY
from dawr.web.wiring import make_application
from tests.pages.conftest import Browser, show_token, sign_in_as
from tests.pages.tips.steps import ANSWERS, hidden, sent

ADDRESS, NETWORK = "203.0.113.77", "203.0.113"
SECRET = "رأيته قرب النافذة"
TOLD = ANSWERS | {"words": {"words": SECRET}}


@pytest.fixture
def everything(database_url: str) -> Iterator["Everything"]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Everything(connection)


class Everything:
    """All rows of all our tables, as their owner sees them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, *, schema: str = "%") -> dict[str, list[str]]:
        """The text of each row by its table."""
        tables = self._connection.execute(
            "select schemaname, tablename from pg_tables where tableowner = 'dawr_owner' and schemaname like %s",
            [schema],
        ).fetchall()
        return {
            f"{folder}.{table}": sorted(
                row[0]
                for row in self._connection.execute(
                    sql.SQL("select t::text from {} as t").format(sql.Identifier(folder, table))
                )
            )
            for folder, table in tables
        }


@pytest.fixture
async def signed_in(visitor: Browser, opened_pool: Pool, settings: Settings) -> tuple[Browser, PersonId]:
    """The same browser, but somebody has signed in with it."""
    now = datetime.now(UTC)
    async with transaction(opened_pool) as tx:
        person_id = await people.register_person(
            tx,
            civil_number=invented_kuwaiti_number(now.date().replace(year=1980), 1),
            country=Country.KUWAIT,
            name_ar="نورة المخترعة",
            name_latin="INVENTED NOURA",
            settings=settings,
            now=now,
        )
    await visitor.sign_in(person_id)
    return visitor, person_id


async def test_a_tip_changes_nothing_but_its_own_tables_whoever_is_signed_in(
    signed_in: tuple[Browser, PersonId], everything: Everything
) -> None:
    browser, _ = signed_in
    before = everything.rows()
    await sent(browser, TOLD)
    after = everything.rows()
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"tips.tip"}


async def test_no_row_of_a_tip_names_a_person_an_address_the_words_the_receipt_or_the_minute(
    signed_in: tuple[Browser, PersonId], everything: Everything
) -> None:
    browser, person_id = signed_in
    browser.client.headers["X-Forwarded-For"] = ADDRESS
    began = time.time()
    receipt = await sent(browser, TOLD)
    rows = "\n".join(row for told in everything.rows(schema="tips").values() for row in told)
    assert rows
    for trace in (str(person_id), person_id.hex, ADDRESS, NETWORK, SECRET, receipt, receipt.replace("-", "")):
        assert trace not in rows
        assert trace.encode().hex() not in rows
    instants = {datetime.fromtimestamp(began + second, UTC).strftime("%H:%M:%S") for second in range(-5, 60)}
    assert not [instant for instant in instants - {"00:00:00"} if not instant.endswith("00:00") and instant in rows]


async def test_no_answer_hands_out_more_than_the_forms_own_token(visitor: Browser) -> None:
    await sent(visitor, TOLD)
    assert {cookie.name for cookie in visitor.client.cookies.jar} <= {"csrftoken"}


async def test_no_page_of_the_line_is_kept_or_named_to_the_next(visitor: Browser) -> None:
    receipt = await sent(visitor, TOLD)
    answers = [
        await visitor.get("/tips"),
        await visitor.get("/tips/report"),
        await visitor.get("/tips/follow"),
        await visitor.post("/tips/follow", receipt=receipt),
        await visitor.post("/tips/follow/words", receipt=receipt, words=SECRET),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_no_line_and_no_figure_tells_of_whoever_tells(opened_pool: Pool, settings: Settings) -> None:
    site = make_application(settings=settings, pool=opened_pool, routes=[*pages.routes, sign_in_as, show_token])
    behind = guarded(site, flood=Flood(settings, clock=time.time))
    transport = httpx.ASGITransport(behind, client=(ADDRESS, 4000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with structlog.testing.capture_logs() as said:
            browser = Browser(client)
            receipt = await sent(browser, TOLD)
            await browser.post("/tips/follow", receipt=receipt)
            await browser.post("/tips/follow/words", receipt=receipt, words=" ")
    assert [line for line in said if line.get("route") != "/test/token"] == []
    figures = generate_latest(REGISTRY).decode()
    assert 'route="/tips"' in figures
    assert 'route="/tips/' not in figures, "not even which of its pages"


async def test_a_tip_that_is_told_wrongly_leaves_nothing_behind(visitor: Browser, everything: Everything) -> None:
    before = everything.rows()
    await visitor.post("/tips/report", question="words", kind="other", words="")
    await visitor.post("/tips/send", kind="", words=SECRET)
    await visitor.post("/tips/follow", receipt="2222-2222-2222")
    assert everything.rows() == before


async def test_what_is_posted_by_another_site_is_not_taken(visitor: Browser, everything: Everything) -> None:
    answer = await visitor.client.post("/tips/send", data=hidden("") | {"kind": "seller", "place": "x"})
    assert answer.status_code == 403
    assert everything.rows(schema="tips")["tips.tip"] == []


async def test_no_line_tells_when_a_refused_visitor_told_either(opened_pool: Pool, settings: Settings) -> None:
    site = make_application(settings=settings, pool=opened_pool, routes=[*gates.routes])
    behind = guarded(site, flood=Flood(settings, clock=time.time))
    transport = httpx.ASGITransport(behind, client=(ADDRESS, 4000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with structlog.testing.capture_logs() as said:
            for what in ("paid", "give"):
                await client.post(f"/refused/KW-TST/HAW/{uuid4()}/{what}")
    assert [line["route"].rpartition("/")[2] for line in said if "route" in line] == ["give"]
