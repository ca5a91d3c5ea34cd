"""The demonstration's waiting line, on a database with the repository's catalogue."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from dawr.db.pool import Pool, transaction
from dawr.demo.lines import CROWD, OPENS_AFTER, gather_line
from dawr.kernel.identifiers import PersonId
from dawr.lines import actions
from dawr.lines.model import Stage, stage_of
from dawr.settings import Settings
from tests.store.catalogue.officials import load_kuwait


async def test_it_gathers_at_once_opens_in_minutes_and_calls_people(pool: Pool, settings: Settings) -> None:
    async with transaction(pool) as tx:
        await load_kuwait(tx)
    began_at = datetime.now(UTC)
    await gather_line(pool, [PersonId(uuid4()) for _ in range(CROWD + 50)], settings=settings)
    async with transaction(pool) as tx:
        [line] = await actions.all_lines(tx)
    assert stage_of(line, now=datetime.now(UTC)) is Stage.GATHERING
    await actions.advance_lines(pool, now=began_at + OPENS_AFTER + timedelta(minutes=1))
    async with transaction(pool) as tx:
        opened = await actions.line(tx, line.service_id, line.line_id)
        view = await actions.view_line(tx, line.service_id, line.line_id, now=opened.rules.opens_at)
        now = await actions.now_serving(tx, opened, now=opened.rules.opens_at + OPENS_AFTER)
    assert (opened.gathered, len(view.offices)) == (CROWD, 3)
    assert now.serving == opened.rules.inside_max
