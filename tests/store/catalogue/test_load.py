"""`dawr catalogue load` on the real server."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege

from dawr.catalogue import actions
from dawr.catalogue.changes import Act
from dawr.catalogue.model import Channel, ServiceClosed
from dawr.db.pool import Transaction
from dawr.kernel.identifiers import OfficeId, ServiceId
from dawr.kernel.refusal import NotFound
from tests.unit.catalogue.examples import SMALL, folder_with

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "data"
ARTICLE_18 = ServiceId("KW-MOI/18")
HAWALLI = OfficeId("KW-MOI/HAW-R")


async def load(tx: Transaction, folder: Path, *, dry_run: bool = False) -> actions.LoadReport:
    return await actions.load_folder(tx, folder, dry_run=dry_run, now=NOW)


@pytest.mark.parametrize("country", ["kuwait", "syria", "saudi"])
async def test_the_shipped_folders_load_and_a_second_load_changes_nothing(tx: Transaction, country: str) -> None:
    first = await load(tx, DATA / country)
    assert first.is_sound, first.lines()
    assert len(first.changes) == first.noun_count
    second = await load(tx, DATA / country)
    assert second.changes == ()
    assert second.lines() == [f"{first.noun_count} facts stand already as they are written; nothing to change"]


async def test_all_three_countries_live_side_by_side(tx: Transaction) -> None:
    for country in ("kuwait", "syria", "saudi"):
        await load(tx, DATA / country)
    assert [a.authority_id for a in await actions.authorities(tx)] == ["KW-MOFA", "KW-MOI", "SA-MOI", "SY-MOI"]
    assert not (await load(tx, DATA / "kuwait")).changes


async def test_a_dry_run_says_what_would_change_and_changes_nothing(tx: Transaction) -> None:
    report = await load(tx, DATA / "kuwait", dry_run=True)
    assert "added service KW-MOI/18" in report.lines()
    assert report.lines()[-1].endswith("nothing was changed")
    with pytest.raises(NotFound):
        await actions.service(tx, ARTICLE_18)


async def test_with_one_fault_nothing_is_loaded(tx: Transaction, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, SMALL.replace("amount: 10.000 KWD", "amount: 10.0000 KWD"))
    report = await load(tx, folder)
    assert [(fault.file, fault.line) for fault in report.faults] == [(str(folder / "all.rec"), 110)]
    with pytest.raises(NotFound):
        await actions.service(tx, ARTICLE_18)


async def test_a_changed_fee_is_one_change_and_is_remembered_with_what_was(tx: Transaction, tmp_path: Path) -> None:
    await load(tx, folder_with(tmp_path, SMALL))
    report = await load(tx, folder_with(tmp_path, SMALL.replace("amount: 10.000 KWD", "amount: 12.000 KWD")))
    assert [str(change) for change in report.changes] == [
        "changed fee KW-MOI/18 each-year 2027-01-01 (amount_minor: 10000 -> 12000)"
    ]
    newest = (await actions.view_service(tx, ARTICLE_18, now=NOW)).changes[0]
    assert (newest.act, newest.noun) == (Act.CHANGED, "fee")
    assert newest.was is not None
    assert newest.was["amount_minor"] == 10_000


async def test_a_fee_may_be_taken_out_but_a_service_never_vanishes(tx: Transaction, tmp_path: Path) -> None:
    await load(tx, folder_with(tmp_path, SMALL))
    without_fee = SMALL[: SMALL.index("%rec: Fee")]
    assert [change.act for change in (await load(tx, folder_with(tmp_path, without_fee))).changes] == [Act.REMOVED]
    head, tail = without_fee.split("%rec: Service")
    report = await load(tx, folder_with(tmp_path, head + tail[tail.index("%rec: Document") :]))
    assert not report.is_sound
    report = await load(tx, folder_with(tmp_path, head))
    assert [fault.sentence for fault in report.faults] == [
        "no record describes KW-MOI/18 any more; end it with an until instead"
    ]
    assert (await actions.service(tx, ARTICLE_18)).code == "18"


async def test_what_was_written_comes_back(tx: Transaction) -> None:
    await load(tx, DATA / "kuwait")
    service = await actions.service(tx, ARTICLE_18)
    assert (service.channel, service.minutes_per_visit, service.opened_by) == (Channel.BOTH, 12, None)
    office = await actions.office(tx, HAWALLI)
    assert (office.name_ar, office.hall_limit) == ("الإدارة العامة لشؤون الإقامة – محافظة حولي", 60)
    assert len(await actions.offices_serving(tx, ARTICLE_18)) == 6
    assert office in await actions.offices(tx)
    assert "KW-MOI/18" in {offered.service_id for offered in await actions.services_at(tx, HAWALLI)}


async def test_where_residence_decides_one_office_serves_a_person(tx: Transaction) -> None:
    await load(tx, DATA / "kuwait")
    offices = await actions.offices_serving(tx, ServiceId("KW-MOI/22"), governorate="HAW")
    assert [office.office_id for office in offices] == [HAWALLI]
    assert len(await actions.offices_serving(tx, ARTICLE_18, governorate="HAW")) == 6


async def test_visits_stay_closed_until_the_cabinet_decides(tx: Transaction, tmp_path: Path) -> None:
    visits, day_on = ServiceId("KW-MOI/VISIT"), date(2027, 3, 1)
    await load(tx, DATA / "kuwait")
    with pytest.raises(ServiceClosed):
        await actions.require_offered(tx, await actions.service(tx, visits), day_on=day_on)
    files = {file.name: file.read_text() for file in (DATA / "kuwait").glob("*.rec")}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    opening = "%rec: Opening\n\nservice: KW-MOI/VISIT\nfrom: 1/3/2027\nby: {}\n"
    (tmp_path / "opening.rec").write_text(opening.format("KW/moi-humanitarian-2020"))
    assert [fault.line for fault in (await load(tx, tmp_path)).faults] == [5]
    (tmp_path / "opening.rec").write_text(opening.format("KW/cabinet-visits-2020"))
    assert (await load(tx, tmp_path)).is_sound
    service = await actions.service(tx, visits)
    await actions.require_offered(tx, service, day_on=day_on)
    with pytest.raises(ServiceClosed):
        await actions.require_offered(tx, service, day_on=date(2027, 2, 28))


async def test_every_page_view_can_be_put_together(tx: Transaction) -> None:
    for country in ("kuwait", "syria", "saudi"):
        await load(tx, DATA / country)
    for listing in await actions.list_services(tx, query="", now=NOW):
        for offer in listing.offers:
            view = await actions.view_service(tx, offer.service.service_id, now=NOW)
            assert view.service.source_id in view.sources
            for office in view.offices:
                at = await actions.view_office(tx, office.office_id, now=NOW)
                assert at.hours
    found = await actions.list_services(tx, query="اقامة ١٨", now=NOW)
    assert [offer.service.service_id for listing in found for offer in listing.offers] == [ARTICLE_18]


async def test_the_database_refuses_what_the_parser_would_have_caught(tx: Transaction) -> None:
    await load(tx, DATA / "kuwait")
    attacks = [
        ("update catalogue.fee set amount_minor = -1", CheckViolation),
        ("update catalogue.office set hall_limit = 0", CheckViolation),
        ("update catalogue.service set minutes_per_visit = 0", CheckViolation),
        ("update catalogue.service set may_not_act = may_act", CheckViolation),
        ("update catalogue.service set may_act = '{}'", CheckViolation),
        ("update catalogue.service set channel = 'fax'", CheckViolation),
        ("update catalogue.service set code = '19' where code = '18'", CheckViolation),
        ("update catalogue.hours set closes = opens", CheckViolation),
        ("update catalogue.closure set until_on = from_on", CheckViolation),
        ("delete from catalogue.change", InsufficientPrivilege),
        ("update catalogue.quota_order set people_a_day = 501", InsufficientPrivilege),
        ("delete from catalogue.quota_order", InsufficientPrivilege),
        ("update catalogue.authority_key set public_key = ''", InsufficientPrivilege),
    ]
    for statement, expected in attacks:
        await tx.execute("savepoint attack")
        with pytest.raises(expected):
            await tx.execute(statement.encode())
        await tx.execute("rollback to attack")


async def test_a_fact_without_its_source_is_refused_at_the_end_of_the_transaction(tx: Transaction) -> None:
    await load(tx, DATA / "kuwait")
    await tx.execute("delete from catalogue.source where source_id = 'KW/demonstration'")
    with pytest.raises(ForeignKeyViolation):
        await tx.execute("set constraints all immediate")
