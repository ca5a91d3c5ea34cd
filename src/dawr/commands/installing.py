"""`dawr catalogue` and `dawr officer`: what only the installation gives."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from dawr.commands.screen import add_command, now, out, with_database
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.people.model import NotRegistered, Role


def add(commands: Any) -> None:
    """The commands that install."""
    catalogue = commands.add_parser("catalogue", help="authorities, offices and services from readable files")
    load = add_command(catalogue.add_subparsers(required=True), "load", command=load_catalogue, what="load a folder")
    load.add_argument("folder", type=Path)
    load.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    officer = commands.add_parser("officer", help="the roles that only the installation gives")
    grant = add_command(
        officer.add_subparsers(required=True), "grant", command=grant_officer, what="give a person a role"
    )
    grant.add_argument("--civil-number", required=True, help="of a person who has signed in once")
    grant.add_argument("--role", required=True, choices=[role.value for role in Role])
    grant.add_argument("--authority", required=True, help="such as KW-MOI")
    grant.add_argument("--office", help="such as KW-MOI/HAW-R, for clerks, guards and branch heads")


def load_catalogue(arguments: argparse.Namespace) -> int:
    from dawr.catalogue.actions import load_folder
    from dawr.db.pool import make_pool, transaction

    async def load() -> Any:
        async with make_pool(with_database().database_url, size_max=1) as pool, transaction(pool) as tx:
            return await load_folder(tx, arguments.folder, dry_run=arguments.dry_run, now=now())

    report = asyncio.run(load())
    for line in report.lines():
        out.print(line, markup=False, soft_wrap=True)
    return 1 if report.faults else 0


def grant_officer(arguments: argparse.Namespace) -> int:
    from dawr.db.pool import make_pool, transaction
    from dawr.people import actions as people

    settings = with_database()

    async def grant() -> None:
        async with make_pool(settings.database_url, size_max=1) as pool, transaction(pool) as tx:
            person_id = await people.find_by_civil_number(tx, arguments.civil_number, settings=settings)
            if person_id is None:
                raise NotRegistered
            await people.grant_role(
                tx,
                person_id=person_id,
                role=Role(arguments.role),
                authority_id=AuthorityId(arguments.authority),
                office_id=OfficeId(arguments.office) if arguments.office else None,
                granted_by=None,
                now=now(),
            )

    asyncio.run(grant())
    out.print("Granted; the public log says so, without a name.")
    return 0
