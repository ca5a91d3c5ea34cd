"""Who reads tips and what he does with them; and that nobody else does."""

import csv
from io import StringIO

import pytest

from dawr.db.pool import Pool, many, transaction
from dawr.kernel.identifiers import AuthorityId
from dawr.people.model import Role
from tests.pages.conftest import Browser
from tests.pages.tips.conftest import ReaderAs
from tests.pages.tips.steps import ANSWERS, sent
from tests.store.catalogue.officials import HAWALLI

STAFF_PATHS = (
    "/tips/inbox",
    "/tips/inbox/{tip}",
    "/tips/inbox/{tip}/photographs/1",
    "/tips/incidents",
    f"/tips/incidents/{HAWALLI}",
    f"/tips/incidents/{HAWALLI}/list.csv",
)
NOT_READERS = [role for role in Role if role not in (Role.INSPECTOR, Role.INVESTIGATOR)]


async def only_tip(pool: Pool) -> str:
    async with transaction(pool) as tx:
        [row] = await many(tx, "select tip_id from tips.tip")
    return str(row["tip_id"])


@pytest.mark.parametrize("role", NOT_READERS)
async def test_no_other_role_reads_or_moves_a_tip(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool, role: Role
) -> None:
    await sent(visitor)
    officer, tip = await officer_as(role), await only_tip(opened_pool)
    for path in STAFF_PATHS:
        assert (await officer.get(path.format(tip=tip))).status_code == 403, path
    assert (await officer.post(f"/tips/inbox/{tip}/answer", words="Who are you?")).status_code == 403
    assert (await officer.post(f"/tips/inbox/{tip}/step", tip_state="closed", outcome="-")).status_code == 403


async def test_nobody_reads_tips_without_signing_in(visitor: Browser, opened_pool: Pool) -> None:
    await sent(visitor)
    tip = await only_tip(opened_pool)
    for path in STAFF_PATHS:
        answer = await visitor.get(path.format(tip=tip))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


async def test_another_authoritys_tip_does_not_exist_for_an_inspector(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool
) -> None:
    await sent(visitor)
    stranger = await officer_as(Role.INSPECTOR, authority_id=AuthorityId("KW-MOFA"))
    tip = await only_tip(opened_pool)
    assert (await stranger.get(f"/tips/inbox/{tip}")).status_code == 404
    assert (await stranger.get("/tips/inbox", authority="KW-MOI")).status_code == 403
    assert tip not in await stranger.page("/tips/inbox")


async def test_a_tip_that_names_no_place_is_read_by_every_authority(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool
) -> None:
    await sent(visitor, ANSWERS | {"place": {"where": "", "place": "شارع تونس"}})
    tip = await only_tip(opened_pool)
    for authority in ("KW-MOI", "KW-MOFA"):
        inspector = await officer_as(Role.INSPECTOR, authority_id=AuthorityId(authority))
        assert "شارع تونس" in await inspector.page(f"/tips/inbox/{tip}")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_inbox_is_narrowed_by_office_kind_and_state(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool, language: str
) -> None:
    inspector = await officer_as(Role.INSPECTOR)
    await inspector.speak(language)
    assert (await inspector.page("/tips/inbox")).count('class="card__title"') == 0
    await sent(visitor)
    for found, narrowed in [
        (1, {}),
        (1, {"office": HAWALLI, "kind": "asked_to_pay", "tip_state": "new"}),
        (0, {"office": "KW-MOI/FAR-R"}),
        (0, {"kind": "seller"}),
        (0, {"tip_state": "closed"}),
        (1, {"kind": "nonsense"}),
    ]:
        assert (await inspector.page("/tips/inbox", **narrowed)).count('class="card__title"') == found, narrowed


async def test_each_look_at_a_tip_is_kept(visitor: Browser, officer_as: ReaderAs, opened_pool: Pool) -> None:
    await sent(visitor)
    inspector, tip = await officer_as(Role.INSPECTOR), await only_tip(opened_pool)
    assert (await inspector.page(f"/tips/inbox/{tip}")).count("INVENTED OFFICER ·") == 1
    async with transaction(opened_pool) as tx:
        [look] = await many(tx, "select tip_id, photograph from tips.look")
    assert (str(look["tip_id"]), look["photograph"]) == (tip, None)


async def test_whoever_closes_a_tip_says_what_came_of_it_and_nobody_leads_it_back_to_new(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool
) -> None:
    await sent(visitor)
    inspector, tip = await officer_as(Role.INSPECTOR), await only_tip(opened_pool)
    silent = await inspector.post(f"/tips/inbox/{tip}/step", tip_state="closed", outcome=" ")
    assert silent.status_code == 422
    assert 'id="outcome-error"' in silent.text
    for state in ("new", "", "nonsense"):
        back = await inspector.post(f"/tips/inbox/{tip}/step", tip_state=state, outcome="-")
        assert back.status_code == 422
        assert 'id="tip_state-error"' in back.text


async def test_who_wished_not_to_be_asked_is_not_asked(
    visitor: Browser, officer_as: ReaderAs, opened_pool: Pool
) -> None:
    await sent(visitor, ANSWERS | {"asked": {"asked": "no"}})
    inspector, tip = await officer_as(Role.INSPECTOR), await only_tip(opened_pool)
    assert f'action="/tips/inbox/{tip}/answer"' not in await inspector.page(f"/tips/inbox/{tip}")
    assert (await inspector.post(f"/tips/inbox/{tip}/answer", words="Who?")).status_code == 422


async def test_the_list_for_security_has_hours_and_no_words_and_nothing_of_guards(
    visitor: Browser, officer_as: ReaderAs
) -> None:
    await sent(visitor, ANSWERS | {"words": {"words": "=1+1 كلام"}})
    await sent(visitor, ANSWERS | {"kind": {"kind": "let_in"}})
    inspector = await officer_as(Role.INSPECTOR)
    text = await inspector.page(f"/tips/incidents/{HAWALLI}")
    assert "08:00" in text
    assert "كلام" not in text
    answer = await inspector.get(f"/tips/incidents/{HAWALLI}/list.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    heading, *rows = csv.reader(StringIO(answer.text))
    assert heading == ["office", "day", "hour", "kind", "amount", "currency", "state"]
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [(HAWALLI, "08:00", "asked_to_pay", "15.500")]


async def test_the_heat_shows_an_office_by_its_hours(visitor: Browser, officer_as: ReaderAs) -> None:
    inspector = await officer_as(Role.INSPECTOR)
    assert "<table" not in await inspector.page("/tips/incidents")
    for hour in ("7", "9"):
        await sent(visitor, ANSWERS | {"when": {"when": "yesterday", "hour": hour}})
    text = await inspector.page("/tips/incidents")
    assert [f'<th scope="col">{hour}</th>' in text for hour in ("07", "08", "09", "10")] == [True, True, True, False]


async def test_the_list_of_another_authoritys_office_is_refused(officer_as: ReaderAs) -> None:
    inspector = await officer_as(Role.INSPECTOR)
    assert (await inspector.get("/tips/incidents/KW-MOFA/CERT")).status_code == 403
    assert (await inspector.get("/tips/incidents/KW-MOI/NOWHERE")).status_code == 404


async def test_everybody_sees_counts_and_no_count_below_ten(visitor: Browser) -> None:
    await visitor.speak("en")
    assert "Nobody has told anything" in await visitor.page("/tips/figures")
    for _ in range(9):
        await sent(visitor)
    assert "fewer than 10" in await visitor.page("/tips/figures")
    await sent(visitor)
    text = await visitor.page("/tips/figures")
    assert "fewer than 10" not in text
    assert ">10</td>" in text
