"""The public keys: a page for everybody, a key set for programs, and a holder who is told why his ticket is new."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from dawr.db.pool import Pool, transaction
from dawr.settings import Settings
from dawr.tickets import actions as tickets
from dawr.tickets.keys import key_name, parse_jwk_set, revoked_keys
from dawr.tickets.model import Ticket
from tests.store.tickets.invented_office import Office

WHY = "A copy of the key was found <outside> the house."
SHOWN = "A copy of the key was found &lt;outside&gt; the house."


async def read(site: httpx.AsyncClient, language: str) -> str:
    return (await site.get(f"/language/{language}", params={"back": "/keys"})).text


async def revoked(pool: Pool, settings: Settings) -> str:
    """The name of the first key, which is revoked now."""
    async with transaction(pool) as tx:
        key = await tickets.publish_key(tx, settings=settings, now=datetime.now(UTC))
        await tickets.revoke_key(tx, name=key_name(key.key_id), reason=WHY, settings=settings, now=datetime.now(UTC))
    return key_name(key.key_id)


async def test_before_the_first_key_the_page_says_so(site: httpx.AsyncClient) -> None:
    assert "لم يُنشر مفتاح بعد" in await read(site, "ar")
    assert "No key has been published yet" in await read(site, "en")
    assert (await site.get("/tickets/keys")).json() == {"keys": [], "revoked": []}


async def test_nobody_signs_in_to_read_which_keys_sign_now_and_which_still_prove(
    site: httpx.AsyncClient, pool: Pool, settings: Settings
) -> None:
    async with transaction(pool) as tx:
        first = await tickets.publish_key(tx, settings=settings, now=datetime.now(UTC))
        second = await tickets.rotate_keys(tx, settings=settings, now=datetime.now(UTC))
    english, arabic = await read(site, "en"), await read(site, "ar")
    for text, signs, proves in (
        (english, "Signs now", "Still proves earlier tickets"),
        (arabic, "يوقّع الآن", "ما زال يثبت تذاكر سابقة"),
    ):
        newest, older = text.index(key_name(second.key_id)), text.index(key_name(first.key_id))
        assert text.index(signs) < newest < text.index(proves) < older
        assert text.count(signs) == text.count(proves) == 1


async def test_a_revoked_key_stands_there_with_its_reason_and_out_of_the_set(
    site: httpx.AsyncClient, pool: Pool, settings: Settings
) -> None:
    name = await revoked(pool, settings)
    for language, word in (("en", "Key revoked"), ("ar", "مفتاح مُبطل")):
        text = await read(site, language)
        assert name in text
        assert word in text
        assert SHOWN in text
    published = (await site.get("/tickets/keys")).text
    [key_id] = parse_jwk_set(published)
    assert key_name(key_id) != name
    [told] = revoked_keys(published).values()
    assert told["reason"] == WHY
    assert json.loads(published)["revoked"][0]["kid"] == name


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["This is a new ticket", "Your turn is unchanged", SHOWN]),
        ("ar", ["هذه تذكرة جديدة", "موعدك كما هو", SHOWN]),
    ],
)
async def test_a_holder_reads_why_his_ticket_is_a_new_one(
    site: httpx.AsyncClient, office: Office, pool: Pool, starts_at: datetime, language: str, words: list[str]
) -> None:
    async with transaction(pool) as tx:
        ticket: Ticket = await office.ticket(tx, starts_at=starts_at)
    await site.get(f"/test/sign-in/{ticket.person_id}")
    path = f"/my/tickets/{ticket.service_id}/{ticket.booking_id}"
    before = (await site.get(f"/language/{language}", params={"back": path})).text
    assert not [word for word in words if word in before]
    await revoked(pool, office.settings)
    after = (await site.get(path)).text
    assert [word for word in words if word not in after] == []
