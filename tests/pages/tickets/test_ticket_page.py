"""The holder's ticket: on a screen without JavaScript, on paper, in a calendar; and nobody else's."""

import json
from datetime import datetime
from io import BytesIO
from uuid import uuid4

import httpx
import pytest
import zxingcpp
from PIL import Image

from dawr.booking import actions as booking
from dawr.booking.model import Booking
from dawr.db.pool import Pool, transaction
from dawr.tickets import actions as tickets
from dawr.tickets.keys import parse_jwk_set
from dawr.tickets.model import Verdict
from dawr.tickets.verdict import prove
from tests.store.tickets.invented_office import Office

FILES = ["ticket-a4.pdf", "ticket-a5.pdf", "ticket-80mm.pdf", "ticket.png", "appointment.ics"]


@pytest.fixture
async def held(pool: Pool, office: Office, starts_at: datetime) -> Booking:
    async with transaction(pool) as tx:
        return await office.confirmed(tx, starts_at=starts_at)


def path_of(held: Booking) -> str:
    return f"/my/tickets/{held.service_id}/{held.booking_id}"


async def sign_in(site: httpx.AsyncClient, held: Booking) -> None:
    await site.get(f"/test/sign-in/{held.person_id}")


async def test_the_page_shows_code_reference_place_and_that_it_is_free(site: httpx.AsyncClient, held: Booking) -> None:
    await sign_in(site, held)
    answer = await site.get(path_of(held))
    assert answer.status_code == 200
    for words in (
        "<svg",
        f"{held.reference[:4]}-{held.reference[4:]}",
        "نورة عبدالله سالم العتيق",
        "مجاناً",
        "جواز السفر",
        "حولي، شارع تونس",
    ):
        assert words in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert len(answer.content) < 50_000


async def test_every_file_is_linked_from_the_page_in_both_languages(site: httpx.AsyncClient, held: Booking) -> None:
    await sign_in(site, held)
    for language, words in (("ar", "ورق الإيصالات"), ("en", "receipt printer")):
        answer = await site.get(f"/language/{language}", params={"back": path_of(held)})
        assert words in answer.text
        for name in FILES:
            assert f'href="{path_of(held)}/{name}"' in answer.text


async def test_the_page_speaks_english_too(site: httpx.AsyncClient, held: Booking) -> None:
    await sign_in(site, held)
    answer = await site.get("/language/en", params={"back": path_of(held)})
    for words in ("Your ticket", "Free of charge", "Renewal under article 18", "Passport"):
        assert words in answer.text


@pytest.mark.parametrize("name", ["", *(f"/{file}" for file in FILES)])
async def test_somebody_elses_ticket_does_not_exist(site: httpx.AsyncClient, held: Booking, name: str) -> None:
    await site.get(f"/test/sign-in/{uuid4()}")
    assert (await site.get(path_of(held) + name)).status_code == 404


async def test_without_sign_in_one_is_asked_to(site: httpx.AsyncClient, held: Booking) -> None:
    answer = await site.get(path_of(held), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?assurance=substantial&next=")


async def test_the_picture_holds_the_code_that_the_published_keys_prove(site: httpx.AsyncClient, held: Booking) -> None:
    await sign_in(site, held)
    picture = await site.get(f"{path_of(held)}/ticket.png")
    [found] = zxingcpp.read_barcodes(Image.open(BytesIO(picture.content)), formats=zxingcpp.BarcodeFormat.QRCode)
    keys = parse_jwk_set(json.dumps((await site.get("/tickets/keys")).json()))
    assert prove(found.text, keys=keys).verdict is Verdict.ADMIT


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("ticket-a4.pdf", b"%PDF"),
        ("ticket-a5.pdf", b"%PDF"),
        ("ticket-80mm.pdf", b"%PDF"),
        ("ticket.png", b"\x89PNG"),
        ("appointment.ics", b"BEGIN:VCALENDAR"),
    ],
)
async def test_each_file_is_what_its_name_says(site: httpx.AsyncClient, held: Booking, name: str, start: bytes) -> None:
    await sign_in(site, held)
    answer = await site.get(f"{path_of(held)}/{name}")
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_file_of_another_name_does_not_exist(site: httpx.AsyncClient, held: Booking) -> None:
    await sign_in(site, held)
    assert (await site.get(f"{path_of(held)}/ticket.exe")).status_code == 404


async def test_a_cancelled_ticket_shows_no_code_and_leaves_the_calendar(
    site: httpx.AsyncClient, pool: Pool, held: Booking, office: Office
) -> None:
    await sign_in(site, held)
    await site.get(path_of(held))
    async with transaction(pool) as tx:
        await booking.cancel(
            tx,
            service_id=held.service_id,
            booking_id=held.booking_id,
            person_id=held.person_id,
            now=held.made_at,
        )
    shown = await site.get(path_of(held))
    assert "ticket__qr" not in shown.text
    assert b"STATUS:CANCELLED" in (await site.get(f"{path_of(held)}/appointment.ics")).content


async def test_an_offer_that_is_not_confirmed_has_no_ticket_page(
    site: httpx.AsyncClient, pool: Pool, office: Office, starts_at: datetime
) -> None:
    async with transaction(pool) as tx:
        offer = await office.offered(tx, starts_at=starts_at)
    await sign_in(site, offer)
    assert (await site.get(path_of(offer))).status_code == 409


async def test_looking_twice_shows_the_same_code(
    site: httpx.AsyncClient, pool: Pool, held: Booking, office: Office
) -> None:
    await sign_in(site, held)
    first, second = [(await site.get(path_of(held))).text for _ in range(2)]
    assert first.split("<svg")[-1] == second.split("<svg")[-1]
    async with transaction(pool) as tx:
        assert len(await tickets.published_keys(tx)) == 1
