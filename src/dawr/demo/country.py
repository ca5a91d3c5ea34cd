"""The seed: a catalogue from the repository's files, invented people, and draws in every state."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dawr.booking import actions as booking
from dawr.booking.model import BookingState
from dawr.capacity import actions as capacity
from dawr.capacity.model import Staffing
from dawr.catalogue import actions as catalogue
from dawr.db.pool import Pool, Transaction, make_pool, transaction
from dawr.demo.crowd import Stranger, invented_crowd
from dawr.demo.draws import KUWAIT, Plan, announce, enter, hurried, until_offered
from dawr.demo.lines import gather_line
from dawr.demo.national_id import InventedPerson, invented_people
from dawr.demo.portraits import portrait
from dawr.demo.tips import tell_tips
from dawr.kernel.identifiers import OfficeId, PersonId, ServiceId
from dawr.kernel.refusal import Refusal
from dawr.people import actions as people
from dawr.people.model import Assurance, Country
from dawr.people.photograph import parse_photograph
from dawr.releases import actions as releases
from dawr.releases.model import AlreadyEntered, HasTurnAlready, ListFrozen, Release, Stage, stage_of
from dawr.settings import Settings
from dawr.web.language import sentence
from dawr.web.session import Visitor

CATALOGUE = Path(__file__).parents[3] / "data"
OPEN_FOR = timedelta(minutes=5)
CROWD = 800
AT_ONCE = 100
DAILY_NUMBERS = {
    "authority": {"KW-MOI/FIRST": 500, "KW-MOI/DL-LOST": 500, "KW-MOI/22": 500, "KW-MOI/PPT-DATA": 500},
    "authority-syria": {"SY-MOI/PASSPORT": 500, "SY-MOI/PPT-INSTANT": 50},
}
"""Which officer orders how many people a day; 500 passports are the example of the Syrian report."""

HAWALLI = OfficeId("KW-MOI/HAW-R")
RESIDENCY = tuple(f"KW-MOI/{code}-R" for code in ("HAW", "CAP", "FAR", "MUB", "AHM", "JAH"))
TRAFFIC = tuple(f"KW-MOI/{code}-T" for code in ("CAP", "HAW", "FAR"))
THINNED_OUT = "دور للتوضيح، بعدد أقل منعاً للزحام · a demonstration's turns, thinned out to avoid crowding"
RETURN_TO_WORK = {
    30: "خطة العودة إلى العمل، المرحلة الأولى · the plan of the return to work, first step",
    50: "خطة العودة إلى العمل، المرحلة الثانية · the plan of the return to work, second step",
    100: "خطة العودة إلى العمل، المرحلة الثالثة · the plan of the return to work, third step",
}
STEPS_FROM = timedelta(days=7)
"""The steps of the state's plan (D4.21) stand a week ahead, clear of the turns that the draws give out."""

OPEN = Plan(
    service="KW-MOI/FIRST",
    offices=RESIDENCY,
    times=6,
    seats=4,
    crowd=380,
    classes=("medical", "elderly"),
    freezes_after=OPEN_FOR,
    confirm_seconds=900,
    staffing=Staffing(staff_on_roster=20, share_percent=30, department_view=16),
    reason=THINNED_OUT,
)
DRAWN = Plan(
    service="KW-MOI/DL-LOST",
    offices=TRAFFIC,
    times=8,
    seats=4,
    crowd=420,
    invented=("driver", "student"),
    staffing=Staffing(staff_on_roster=6, share_percent=50, department_view=16),
    reason=THINNED_OUT,
)
MOVING = Plan(
    service="KW-MOI/22",
    offices=RESIDENCY[:2],
    times=8,
    seats=3,
    crowd=800,
    invented=("nurse", "employer"),
    confirm_seconds=120,
    confirmed_share=0.6,
    staffing=Staffing(staff_on_roster=6, share_percent=50, department_view=12),
    reason=THINNED_OUT,
)
TOO_FEW = Plan(
    service="KW-MOI/PPT-DATA", offices=RESIDENCY[:1], times=10, seats=3, crowd=8,
    invented=("resident", "elder", "mother", "traveller"), moves_for=timedelta(seconds=40), confirmed_share=1.0,
    staffing=Staffing(staff_on_roster=2, share_percent=100, department_view=12), reason=THINNED_OUT,
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
        if not known:
            await tell_tips(pool, inspector_id=everybody.named["inspector"], settings=settings)
        await _make_draws(pool, missing, everybody=everybody, settings=settings, console=console)
        if not has_open:
            await _open_one(pool, everybody=everybody, settings=settings, console=console)
            await gather_line(pool, everybody.crowd, settings=settings)


async def _open_one(pool: Pool, *, everybody: Everybody, settings: Settings, console: Console) -> None:
    """A draw that a newcomer can enter; where an officer's own order leaves no room for one, it is said and no more."""
    try:
        release = await announce(pool, OPEN, settings=settings)
    except Refusal as refusal:
        console.print(f"No new draw is open: {sentence(refusal, language='en')}", soft_wrap=True)
        return
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
            await _order_quotas(tx, named=named, settings=settings)
            await _publish_return_to_work(tx, branch_head=named["branch-head"])
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
    await people.record_card(
        tx,
        person_id,
        settings=settings,
        serial=person.card_serial,
        photograph=parse_photograph(portrait(person.hint, head=person.head)),
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
    person_id = await people.register_person(
        tx,
        civil_number=stranger.civil_number,
        country=Country.KUWAIT,
        name_ar=stranger.name_ar,
        name_latin=stranger.name_latin,
        settings=settings,
        now=datetime.now(UTC),
    )
    await people.record_card(tx, person_id, settings=settings, serial=stranger.card_serial)
    return person_id


async def _order_quotas(tx: Transaction, *, named: dict[str, PersonId], settings: Settings) -> None:
    now = datetime.now(UTC)
    for hint, numbers in DAILY_NUMBERS.items():
        visitor = _signed_in(named[hint], now=now)
        for name, people_a_day in numbers.items():
            service = await catalogue.service(tx, ServiceId(name))
            timezone = ZoneInfo((await catalogue.authority(tx, service.authority_id)).timezone)
            await capacity.order_quota(
                tx,
                visitor,
                settings=settings,
                service_id=service.service_id,
                people_a_day=people_a_day,
                from_on=now.astimezone(timezone).date(),
                decision=f"رقم للتوضيح: {people_a_day} في اليوم · demonstration figure: {people_a_day} a day",
                now=now,
            )


async def _publish_return_to_work(tx: Transaction, *, branch_head: PersonId) -> None:
    """Hawalli's next working days with 30, 50 and 100 percent of the staff: 30 people an hour, 50, and a full hall."""
    now = datetime.now(UTC)
    from_on = now.astimezone(KUWAIT).date() + STEPS_FROM
    days = await catalogue.working_days(tx, HAWALLI, from_on=from_on, until_on=from_on + timedelta(days=30))
    for day_on, (share_percent, reason) in zip(days, RETURN_TO_WORK.items(), strict=False):
        await capacity.set_capacity(
            tx,
            _signed_in(branch_head, now=now),
            service_id=ServiceId("KW-MOI/18"),
            office_id=HAWALLI,
            from_on=day_on,
            days_count=1,
            staffing=Staffing(staff_on_roster=20, share_percent=share_percent),
            reason=reason,
            now=now,
        )


def _signed_in(person_id: PersonId, *, now: datetime) -> Visitor:
    return Visitor(person_id=person_id, authenticated_at=now, assurance=Assurance.HIGH, language="ar", digits="western")


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
