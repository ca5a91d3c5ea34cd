"""Naming who comes in one's place: on the person's own pages, and nowhere else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from dawr.booking.model import Booking
from dawr.catalogue.model import Actor
from dawr.db.pool import Pool, transaction
from dawr.tickets import actions
from tests.pages.tickets.test_gate_pages import post
from tests.store.tickets.invented_office import OTHER_SERVICE, Office

PROXY = "سالم عبدالله العتيق"


@pytest.fixture
def starts_at() -> datetime:
    """Tomorrow, when it is not settled yet who comes."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
async def held(site: httpx.AsyncClient, pool: Pool, office: Office, starts_at: datetime) -> Booking:
    """The turn of the person who is signed in."""
    async with transaction(pool) as tx:
        confirmed = await office.confirmed(tx, starts_at=starts_at)
    await site.get(f"/test/sign-in/{confirmed.person_id}")
    return confirmed


@pytest.fixture
async def number(pool: Pool, office: Office) -> str:
    """Somebody's who signed in before."""
    async with transaction(pool) as tx:
        return office.numbers[await office.person(tx, "فاطمة يوسف الكندري")]


def path_of(held: Booking) -> str:
    return f"/my/bookings/{held.service_id}/{held.booking_id}/proxy"


async def declare(site: httpx.AsyncClient, held: Booking, **typed: str) -> httpx.Response:
    return await post(site, path_of(held), after=await site.get(path_of(held)), **typed)


async def test_a_proxy_is_named_shown_on_the_ticket_and_taken_back(
    site: httpx.AsyncClient, held: Booking, number: str
) -> None:
    ticket = f"/my/tickets/{held.service_id}/{held.booking_id}"
    assert path_of(held) in (await site.get(ticket)).text, "the way there"
    named = await declare(site, held, name=PROXY, number=number)
    assert PROXY in named.text
    assert number not in named.text, "only its tail"
    assert number[-3:] in named.text
    assert "فاطمة" not in named.text, "whoever types a number learns no name"
    assert PROXY in (await site.get(ticket)).text
    assert (await site.get(f"{ticket}/ticket-a5.pdf")).content.startswith(b"%PDF")
    back = await post(site, f"{path_of(held)}/take-back", after=named)
    assert PROXY not in back.text
    assert "تحضر بنفسك" in back.text
    assert PROXY not in (await site.get(ticket)).text


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "تبقى الزيارة لك"), ("en", "The visit stays yours: what is done at the counter")]
)
async def test_the_page_says_what_it_means_before_anything_is_typed(
    site: httpx.AsyncClient, held: Booking, language: str, words: str
) -> None:
    shown = await site.get(f"/language/{language}", params={"back": path_of(held)})
    assert words in shown.text
    assert "<script" not in shown.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "number": "NUMBER"}, "name"),
        ({"name": "س" * 121, "number": "NUMBER"}, "name"),
        ({"name": PROXY, "number": "288020122597"}, "number"),
        ({"name": PROXY, "number": "OWN"}, "number"),
    ],
)
async def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(
    site: httpx.AsyncClient, office: Office, held: Booking, number: str, *, typed: dict[str, str], field: str
) -> None:
    meant = {"NUMBER": number, "OWN": office.numbers[held.person_id]}
    answer = await declare(site, held, **{name: meant.get(value, value) for name, value in typed.items()})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{typed["name"]}"' in answer.text or not typed["name"]


async def test_a_service_for_the_person_himself_has_no_form_and_says_what_else(
    site: httpx.AsyncClient, pool: Pool, office: Office, number: str, *, starts_at: datetime
) -> None:
    async with transaction(pool) as tx:
        own = await office.confirmed(tx, starts_at=starts_at, service_id=OTHER_SERVICE)
    await site.get(f"/test/sign-in/{own.person_id}")
    shown = await site.get(path_of(own))
    assert "هذه الخدمة لصاحبها نفسه" in shown.text
    assert 'name="number"' not in shown.text
    token = site.cookies.get("csrftoken") or ""
    fields = {"name": PROXY, "number": number, "acts_as": "delegate", "_csrf_token": token}
    refused = await site.post(path_of(own), data=fields)
    assert refused.status_code == 409
    assert "أعد الدور ليأخذه غيرك" in refused.text


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "يُحسم من يحضر قبل الموعد بنصف ساعة"), ("en", "settled half an hour before the turn")]
)
async def test_from_half_an_hour_before_the_turn_it_is_settled_who_comes(
    site: httpx.AsyncClient, pool: Pool, office: Office, number: str, *, language: str, words: str
) -> None:
    soon = datetime.now(UTC).replace(second=0, microsecond=0)
    async with transaction(pool) as tx:
        own, proxied = [await office.confirmed(tx, starts_at=soon) for _ in range(2)]
        await actions.declare_proxy(
            tx,
            service_id=proxied.service_id,
            booking_id=proxied.booking_id,
            person_id=proxied.person_id,
            civil_number=number,
            name=PROXY,
            acts_as=Actor.DELEGATE,
            settings=office.settings,
            now=soon - timedelta(days=1),
        )
    for held, act in ((own, ""), (proxied, "/take-back")):
        await site.get(f"/test/sign-in/{held.person_id}")
        shown = await site.get(f"/language/{language}", params={"back": path_of(held)})
        assert words in shown.text
        assert f'action="{path_of(held)}' not in shown.text
        token = site.cookies.get("csrftoken") or ""
        fields = {"name": PROXY, "number": number, "acts_as": "delegate", "_csrf_token": token}
        assert (await site.post(path_of(held) + act, data=fields)).status_code == 409
    assert PROXY in shown.text


@pytest.mark.parametrize("act", ["", "/take-back"])
async def test_somebody_elses_turn_does_not_exist(
    site: httpx.AsyncClient, held: Booking, number: str, act: str
) -> None:
    await site.get(f"/test/sign-in/{uuid4()}")
    assert (await site.get(path_of(held))).status_code == 404
    token = site.cookies.get("csrftoken") or ""
    fields = {"name": PROXY, "number": number, "acts_as": "delegate", "_csrf_token": token}
    assert (await site.post(path_of(held) + act, data=fields)).status_code == 404


async def test_who_has_not_signed_in_is_asked_to(site: httpx.AsyncClient, held: Booking) -> None:
    site.cookies.clear()
    answer = await site.get(path_of(held), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?")


@pytest.mark.parametrize("act", ["", "/take-back"])
async def test_a_sign_in_of_yesterday_or_too_weak_names_nobody(
    site: httpx.AsyncClient, held: Booking, number: str, act: str
) -> None:
    for query in ("age=36000&assurance=3", "age=0&assurance=1"):
        await site.get(f"/test/sign-in/{held.person_id}?{query}")
        token = site.cookies.get("csrftoken") or ""
        fields = {"name": PROXY, "number": number, "_csrf_token": token}
        answer = await site.post(path_of(held) + act, data=fields, follow_redirects=False)
        assert answer.status_code in {303, 401}
    await site.get(f"/test/sign-in/{held.person_id}")
    assert PROXY not in (await site.get(path_of(held))).text


@pytest.mark.parametrize("path", ["/my/bookings/KW-TST/%00/{}/proxy", "/my/bookings/KW-TST/18/not-a-uuid/proxy"])
async def test_an_address_that_names_nothing_is_not_found(site: httpx.AsyncClient, held: Booking, path: str) -> None:
    assert (await site.get(path.format(uuid4()))).status_code == 404
