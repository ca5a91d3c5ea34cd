"""The catalogue's own schema: rows in, nouns out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar

from msgspec import convert, to_builtins
from psycopg.types.json import Jsonb

from dawr.catalogue.changes import Change, MadeChange, fields_of
from dawr.catalogue.model import (
    Authority,
    Closure,
    Department,
    DepartmentId,
    Document,
    Fee,
    Hours,
    Noun,
    Office,
    Opening,
    Service,
    Source,
    SourceId,
)
from dawr.catalogue.quota import AuthorityKey, QuotaOrder, QuotaOrderOvertaken
from dawr.db.pool import Asked, Transaction, ask, constraint_refusals, many, maybe_one, run
from dawr.db.statements import load_statements
from dawr.kernel.identifiers import AuthorityId, OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import NotFound

SQL = load_statements(__package__)
AS_THEY_ARE = (date, datetime, time, bytes)

Kind = TypeVar("Kind")

LOAD, SAVE, REMOVE = range(3)
STATEMENTS: Mapping[type[Noun], tuple[str, str, str]] = {
    Source: ("source_of_country", "save_source", "remove_source"),
    Authority: ("authority_of_country", "save_authority", "remove_authority"),
    Department: ("department_of_country", "save_department", "remove_department"),
    Office: ("office_of_country", "save_office", "remove_office"),
    Hours: ("hours_of_country", "save_hours", "remove_hours"),
    Service: ("service_of_country", "save_service", "remove_service"),
    Opening: ("opening_of_country", "save_opening", "remove_opening"),
    Fee: ("fee_of_country", "save_fee", "remove_fee"),
    Document: ("document_of_country", "save_document", "remove_document"),
    Closure: ("closure_of_country", "save_closure", "remove_closure"),
}
"""The three statements of each noun; foreign keys are checked at the end, so the order does not matter."""


async def wait_for_other_loads(tx: Transaction) -> None:
    await run(tx, SQL["wait_for_other_loads"])


async def nouns_of_country(tx: Transaction, *, country: str) -> list[Noun]:
    """Everything that a folder about `country` is compared with."""
    found: list[Noun] = []
    for kind, statements in STATEMENTS.items():
        found += _nouns(await many(tx, SQL[statements[LOAD]], country=country), kind)
    return found


async def make_change(tx: Transaction, change: Change, *, now: datetime) -> None:
    """Carry out one change and remember it."""
    statement = STATEMENTS[type(change.noun)][SAVE if change.became else REMOVE]
    await run(tx, SQL[statement], **to_builtins(change.noun, builtin_types=AS_THEY_ARE))
    await run(
        tx,
        SQL["record_change"],
        made_at=now,
        noun=change.noun.noun,
        fact_key=" ".join(change.noun.key),
        subject=change.noun.key[0],
        act=change.act,
        was=Jsonb(fields_of(change.was)) if change.was else None,
        became=Jsonb(fields_of(change.became)) if change.became else None,
    )


async def changes_about(tx: Transaction, *, subject: str) -> list[MadeChange]:
    """The newest 200 changes of one service, office, ..."""
    return _nouns(await many(tx, SQL["changes_about"], subject=subject), MadeChange)


async def authorities(tx: Transaction) -> list[Authority]:
    return _nouns(await many(tx, SQL["authorities"]), Authority)


async def departments(tx: Transaction) -> list[Department]:
    return _nouns(await many(tx, SQL["departments"]), Department)


async def services(tx: Transaction) -> list[Service]:
    return _nouns(await many(tx, SQL["services"]), Service)


async def service(tx: Transaction, service_id: ServiceId) -> Service:
    return _found(await maybe_one(tx, SQL["service"], service_id=service_id), Service)


async def ask_services(tx: Transaction, service_ids: Sequence[ServiceId]) -> Asked[dict[ServiceId, Service]]:
    def read(rows: list[dict[str, Any]]) -> dict[ServiceId, Service]:
        return {service.service_id: service for service in _nouns(rows, Service)}

    return await ask(tx, SQL["services_named"], read=read, service_ids=list(service_ids))


async def office(tx: Transaction, office_id: OfficeId) -> Office:
    return _found(await maybe_one(tx, SQL["office"], office_id=office_id), Office)


async def offices(tx: Transaction) -> list[Office]:
    return _nouns(await many(tx, SQL["offices"]), Office)


async def offices_of_department(tx: Transaction, department_id: DepartmentId) -> list[Office]:
    return _nouns(await many(tx, SQL["offices_of_department"], department_id=department_id), Office)


async def services_of_department(tx: Transaction, department_id: DepartmentId) -> list[Service]:
    return _nouns(await many(tx, SQL["services_of_department"], department_id=department_id), Service)


async def openings(tx: Transaction) -> list[Opening]:
    return _nouns(await many(tx, SQL["openings"]), Opening)


async def fees(tx: Transaction, service_id: ServiceId) -> list[Fee]:
    return _nouns(await many(tx, SQL["fees"], service_id=service_id), Fee)


async def documents(tx: Transaction, service_id: ServiceId) -> list[Document]:
    return _nouns(await many(tx, SQL["documents"], service_id=service_id), Document)


async def hours_of_office(tx: Transaction, office_id: OfficeId) -> list[Hours]:
    return _nouns(await many(tx, SQL["hours_of_office"], office_id=office_id), Hours)


async def closures_of_office(tx: Transaction, office_id: OfficeId) -> list[Closure]:
    return _nouns(await many(tx, SQL["closures_of_office"], office_id=office_id), Closure)


async def sources(tx: Transaction, *, source_ids: set[SourceId]) -> dict[SourceId, Source]:
    found = _nouns(await many(tx, SQL["sources"], source_ids=sorted(source_ids)), Source)
    return {source.source_id: source for source in found}


async def authority_key(tx: Transaction, authority_id: AuthorityId) -> AuthorityKey | None:
    row = await maybe_one(tx, SQL["authority_key"], authority_id=authority_id)
    return convert(row, AuthorityKey) if row else None


async def pin_authority_key(tx: Transaction, key: AuthorityKey) -> None:
    with constraint_refusals({"one_key_per_authority": QuotaOrderOvertaken()}):
        await run(tx, SQL["pin_authority_key"], **to_builtins(key, builtin_types=AS_THEY_ARE))


async def quota_orders(tx: Transaction, service_id: ServiceId) -> list[QuotaOrder]:
    """Every order that the service has had, oldest first."""
    return _nouns(await many(tx, SQL["quota_orders"], service_id=service_id), QuotaOrder)


async def hold_orders(tx: Transaction, service_id: ServiceId) -> None:
    """No order of the service is given until the end of the transaction; any number may hold at once."""
    await run(tx, SQL["hold_orders"], service_id=service_id)


async def lock_orders(tx: Transaction, service_id: ServiceId) -> None:
    """Wait for all who hold the service's orders, and keep them and other orders waiting."""
    await run(tx, SQL["lock_orders"], service_id=service_id)


async def save_quota_order(tx: Transaction, order: QuotaOrder, *, set_by: PersonId) -> None:
    with constraint_refusals({"one_quota_order_per_number": QuotaOrderOvertaken()}):
        await run(tx, SQL["save_quota_order"], set_by=set_by, **to_builtins(order, builtin_types=AS_THEY_ARE))


def _nouns(rows: list[dict[str, Any]], kind: type[Kind]) -> list[Kind]:
    return convert(rows, list[kind])  # type: ignore[valid-type]


def _found(row: dict[str, Any] | None, kind: type[Kind]) -> Kind:
    if row is None:
        raise NotFound
    return convert(row, kind)
