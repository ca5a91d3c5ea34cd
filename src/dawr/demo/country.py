"""The seed: a catalogue from the repository's files, invented people, and draws in every state."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, make_pool, transaction
from dawr.demo.crowd import Stranger, invented_crowd
from dawr.demo.draws import KUWAIT, Plan, announce, enter, hurried, until_offered
from dawr.demo.national_id import InventedPerson, invented_people
from dawr.kernel.identifiers import PersonId, ServiceId
from dawr.people import actions as people
from dawr.people.model import Assurance, Country
from dawr.releases import actions as releases
from dawr.releases.model import AlreadyEntered, HasTurnAlready, ListFrozen, Release, Stage, stage_of
from dawr.settings import Settings
from dawr.web.session import Visitor

CATALOGUE = Path(__file__).parents[3] / "data"
OPEN_FOR = timedelta(minutes=5)
CROWD = 800
AT_ONCE = 100
QUOTA = 500
QUOTA_SERVICES = ("KW-MOI/FIRST", "KW-MOI/DL-LOST", "KW-MOI/22", "KW-MOI/PPT-DATA")


RESIDENCY = tuple(f"KW-MOI/{code}-R" for code in ("HAW", "CAP", "FAR", "MUB", "AHM", "JAH"))
TRAFFIC = tuple(f"KW-MOI/{code}-T" for code in ("CAP", "HAW", "FAR"))

OPEN = Plan(
    service="KW-MOI/FIRST",
    offices=RESIDENCY,
    times=6,
    seats=4,
    crowd=380,
    classes=("medical", "elderly"),
    freezes_after=OPEN_FOR,
    confirm_seconds=900,
)
DRAWN = Plan(service="KW-MOI/DL-LOST", offices=TRAFFIC, times=8, seats=4, crowd=420, invented=("driver", "student"))
MOVING = Plan(
    service="KW-MOI/22",
    offices=RESIDENCY[:2],
    times=8,
    seats=3,
    crowd=800,
    invented=("nurse", "employer"),
    confirm_seconds=120,
    confirmed_share=0.6,
)
TOO_FEW = Plan(
    service="KW-MOI/PPT-DATA", offices=RESIDENCY[:1], times=10, seats=3, crowd=8,
    invented=("resident", "elder", "mother", "traveller"), moves_for=timedelta(seconds=40), confirmed_share=1.0,
)  # fmt: skip
PAST = (DRAWN, MOVING, TOO_FEW)
"""One drawn, one whose waiting list moves, one with too few entrants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everybody:
    """The registered: the named ones by their hint, and the crowd."""

    named: dict[str, PersonId]
    crowd: list[PersonId]


async def seed(settings: Settings, *, console: Console) -> None:
    """Make what is missing: the country, each draw of the past, and an open one whose freeze is minutes away."""
    async with make_pool(settings.database_url, size_max=8) as pool:
        async with transaction(pool) as tx:
            known = {release.service_id for release in await releases.all_releases(tx)}
        missing = [plan for plan in PAST if plan.service not in known]
        has_open = await _has_open(pool)
        if not missing and has_open:
            return
        everybody = await _registered(pool, settings=settings, console=console, is_new=not known)
        await _make_draws(pool, missing, everybody=everybody, settings=settings, console=console)
        if not has_open:
            release = await announce(pool, OPEN, settings=settings)
            await _enter_all(pool, OPEN, release, everybody=everybody, settings=settings, console=console)


async def _make_draws(
    pool: Pool, plans: list[Plan], *, everybody: Everybody, settings: Settings, console: Console
) -> None:
    """Draws that the worker freezes and draws while we wait."""
    quick = hurried(settings)
    drawn = []
    for plan in plans:
        release = await announce(pool, plan, settings=quick)
        await _enter_all(pool, plan, release, everybody=everybody, settings=quick, console=console)
        drawn.append((plan, release))
    with console.status("The worker is drawing them"):
        for plan, release in drawn:
            await until_offered(pool, release)
            await _confirm_some(pool, plan, release, everybody=everybody)


async def _load_catalogue(tx: Transaction) -> None:
    for country in sorted(CATALOGUE.iterdir()):
        if country.is_dir():
            report = await catalogue.load_folder(tx, country, dry_run=False, now=datetime.now(UTC))
            assert report.is_sound, f"our own catalogue has faults: {report.lines()}"


async def _registered(pool: Pool, *, settings: Settings, console: Console, is_new: bool) -> Everybody:
    """Everybody; who is registered already stays as he is."""
    async with transaction(pool) as tx:
        if is_new:
            await _load_catalogue(tx)
        named = {person.hint: await _register_named(tx, person, settings=settings) for person in invented_people()}
        if is_new:
            await _order_quotas(tx, authority=named["authority"], settings=settings)
    with _progress(console) as progress:
        strangers = progress.track(invented_crowd(CROWD), description="Inventing people")
        async with transaction(pool) as tx:
            crowd = [await _register_stranger(tx, stranger, settings=settings) for stranger in strangers]
    return Everybody(named=named, crowd=crowd)


async def _register_named(tx: Transaction, person: InventedPerson, *, settings: Settings) -> PersonId:
    now = datetime.now(UTC)
    person_id = await people.register_person(
        tx,
        civil_number=person.civil_number,
        country=Country.KUWAIT,
        name_ar=person.name_ar,
        name_latin=person.name,
        settings=settings,
        now=now,
    )
    held = {
        (officer.role, officer.authority_id, officer.office_id)
        for officer in await people.roles_of(tx, person_id, now=now)
    }
    for role in person.roles:
        if (role.role, role.authority_id, role.office_id) not in held:
            await people.grant_role(
                tx,
                person_id=person_id,
                role=role.role,
                authority_id=role.authority_id,
                office_id=role.office_id,
                granted_by=None,
                now=now,
            )
    return person_id


async def _register_stranger(tx: Transaction, stranger: Stranger, *, settings: Settings) -> PersonId:
    return await people.register_person(
        tx,
        civil_number=stranger.civil_number,
        country=Country.KUWAIT,
        name_ar=stranger.name_ar,
        name_latin=stranger.name_latin,
        settings=settings,
        now=datetime.now(UTC),
    )


async def _order_quotas(tx: Transaction, *, authority: PersonId, settings: Settings) -> None:
    now = datetime.now(UTC)
    visitor = Visitor(
        person_id=authority, authenticated_at=now, assurance=Assurance.HIGH, language="ar", digits="western"
    )
    for service in QUOTA_SERVICES:
        await catalogue.order_quota(
            tx,
            visitor,
            settings=settings,
            service_id=ServiceId(service),
            people_a_day=QUOTA,
            from_on=now.astimezone(KUWAIT).date(),
            until_on=None,
            decision="demonstration figure: 500 a day",
            now=now,
        )


async def _enter_all(
    pool: Pool, plan: Plan, release: Release, *, everybody: Everybody, settings: Settings, console: Console
) -> None:
    """Until the plan's crowd is in. On a slow machine the list freezes before that; then the crowd is a smaller one."""
    coming = [*(everybody.named[hint] for hint in plan.invented), *everybody.crowd]
    wanted, entered = len(plan.invented) + plan.crowd, 0
    with _progress(console) as progress, suppress(ListFrozen):
        task = progress.add_task(f"Entering {plan.service}", total=wanted)
        while coming and entered < wanted:
            count = min(AT_ONCE, wanted - entered)
            batch, coming = coming[:count], coming[count:]
            async with transaction(pool) as tx:
                entered += await _enter_some(tx, plan, release, people_ids=batch, settings=settings)
            progress.update(task, completed=entered)


async def _enter_some(
    tx: Transaction, plan: Plan, release: Release, *, people_ids: list[PersonId], settings: Settings
) -> int:
    """How many entered; who waits in an earlier draw of the service, or holds a turn there, is passed over."""
    entered = 0
    for person_id in people_ids:
        with suppress(AlreadyEntered, HasTurnAlready):
            async with tx.transaction():
                await enter(tx, plan, release, person_id=person_id, settings=settings)
            entered += 1
    return entered


async def _confirm_some(pool: Pool, plan: Plan, release: Release, *, everybody: Everybody) -> None:
    """A share of those who were offered a turn confirm it, the named ones always."""
    named = {everybody.named[hint] for hint in plan.invented}
    for number, person_id in enumerate([*named, *everybody.crowd[: plan.crowd]]):
        if person_id not in named and number % 10 >= plan.confirmed_share * 10:
            continue
        async with transaction(pool) as tx:
            for held in await booking.bookings_of(tx, person_id):
                if held.service_id == release.service_id and held.state is BookingState.OFFERED:
                    await booking.confirm(
                        tx,
                        service_id=held.service_id,
                        booking_id=held.booking_id,
                        person_id=person_id,
                        now=datetime.now(UTC),
                    )


async def _has_open(pool: Pool) -> bool:
    """Whether a draw is open that a newcomer has time to enter."""
    now = datetime.now(UTC)
    async with transaction(pool) as tx:
        listed = await releases.all_releases(tx)
    return any(
        stage_of(release, now=now) is Stage.OPEN and release.rules.freezes_at - now > OPEN_FOR / 2 for release in listed
    )


def _progress(console: Console) -> Progress:
    return Progress(TextColumn("{task.description:>28}"), BarColumn(), MofNCompleteColumn(), console=console)
