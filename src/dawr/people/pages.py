"""Sign-in, the looks at one's own number, and what officers hold and grant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from dawr.db.pool import Pool, transaction
from dawr.kernel.identifiers import PersonId
from dawr.kernel.refusal import Refusal
from dawr.people import actions, sign_in
from dawr.people.civil_number import NotACivilNumber
from dawr.people.model import (
    GRANTABLE,
    Assurance,
    GrantNotYours,
    NotRegistered,
    Officer,
    OfficerRoleId,
    OwnRole,
    RoleAlreadyHeld,
    RoleNeedsOffice,
    RoleUnknown,
    SignInRefused,
    require_fresh_person,
    wanted_role,
)
from dawr.people.pending import PENDING_AGE_MAX
from dawr.settings import Settings
from dawr.web.forms import Form
from dawr.web.page import page, redirect
from dawr.web.session import Visitor, clear_visitor, set_visitor
from dawr.web.wiring import local_path

COOKIE = "dawr_sign_in"
GRANT_AGE_MAX = timedelta(minutes=15)

FIELDS: dict[type[Refusal], str] = {
    NotACivilNumber: "civil_number",
    NotRegistered: "civil_number",
    OwnRole: "civil_number",
    RoleUnknown: "role",
    RoleAlreadyHeld: "role",
    GrantNotYours: "role",
    RoleNeedsOffice: "office",
}
"""Beside which field of the form a refusal is told."""

AnyRequest = Request[Any, Any, Any]


@get("/sign-in")
async def begin(request: AnyRequest, *, settings: Settings, visitor: Visitor) -> Redirect:
    """To the national ID; `next` is where to go then, `assurance` how surely, `as` whom a demonstration offers."""
    asked = request.query_params
    wanted = asked.get("assurance", "").upper()
    address, cookie = await sign_in.begin(
        settings=settings,
        next_path=local_path(asked["next"]) if "next" in asked else "",
        assurance=Assurance[wanted] if wanted in Assurance.__members__ else Assurance.SUBSTANTIAL,
        login_hint=asked.get("as", "")[:80] if settings.is_demonstration else "",
        language=visitor.language,
        now=datetime.now(UTC),
    )
    answer = Redirect(address, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(_pending_cookie(cookie, settings=settings, age_max=PENDING_AGE_MAX))
    return answer


@get("/sign-in/return")
async def come_back(request: AnyRequest, *, pool: Pool, settings: Settings) -> Redirect:
    """Back from the national ID: spend the state, ask for the tokens, know the person, then go on.

    Two short transactions stand round the conversation with the provider, so that none is held open meanwhile.
    """
    now = datetime.now(UTC)
    answer = _said_once(request)
    async with transaction(pool) as tx:
        pending = await sign_in.come_back(
            tx, cookie=request.cookies.get(COOKIE, ""), state=answer.get("state", ""), settings=settings, now=now
        )
    identity, assurance = await sign_in.identify(pending, answer=answer, settings=settings, now=now)
    async with transaction(pool) as tx:
        person_id = await sign_in.register_visitor(tx, claims=identity.claims, settings=settings, now=now)
        is_officer = bool(await actions.roles_of(tx, person_id, now=now))
    set_visitor(request, person_id=person_id, authenticated_at=identity.authenticated_at, assurance=assurance)
    onward = redirect(pending.next_path or ("/staff" if is_officer else "/"))
    onward.set_cookie(_pending_cookie("", settings=settings, age_max=timedelta(0)))
    return onward


@get("/sign-in/jwks.json")
async def public_keys(settings: Settings) -> dict[str, Any]:
    """Our public keys, for the provider to know us by."""
    return actions.public_keys(settings)


@post("/sign-out")
async def sign_out(request: AnyRequest) -> Redirect:
    """Signed out here; the next sign-in always asks at the national ID again."""
    clear_visitor(request)
    return redirect("/")


@get("/my/looks")
async def my_looks(request: AnyRequest, *, pool: Pool, visitor: Visitor) -> Response[str]:
    """Who looked at my number, when and why."""
    person_id = visitor.require_person()
    async with transaction(pool) as tx:
        looks = await actions.looks_at(tx, person_id)
    return page(request, "people/looks.html", looks=looks, person_id=person_id)


@get("/staff")
async def staff(request: AnyRequest, *, pool: Pool, visitor: Visitor) -> Response[str]:
    """The roles of the officer who signed in, each with its places of work."""
    async with transaction(pool) as tx:
        officers = await actions.require_any_role(tx, visitor, now=datetime.now(UTC))
        person = await actions.person(tx, visitor.require_person())
    return page(request, "people/staff.html", officers=officers, person=person)


@get("/staff/roles")
async def roles(request: AnyRequest, *, pool: Pool, visitor: Visitor) -> Response[str]:
    """Who holds which role where I may grant and revoke them."""
    async with transaction(pool) as tx:
        granters = await actions.granters_of(tx, visitor.require_person(), now=datetime.now(UTC))
        held = [(granter, await actions.grantable_roles(tx, granter)) for granter in granters]
    return page(request, "people/roles.html", held=held)


@get("/staff/roles/new")
async def new_role(request: AnyRequest, *, pool: Pool, visitor: Visitor) -> Response[str]:
    """The form that gives a role; it asks for a fresh and sure sign-in before it shows."""
    person_id, now = _require_sure(visitor), datetime.now(UTC)
    async with transaction(pool) as tx:
        granter = await actions.granter_at(tx, person_id, place=request.query_params.get("at", ""), now=now)
    return _new_role_page(request, granter)


@post("/staff/roles/new")
async def grant_role(
    request: AnyRequest, *, pool: Pool, settings: Settings, visitor: Visitor, form: Form
) -> Response[str] | Redirect:
    """Give a colleague a role; what cannot be given comes back beside its field, and the look stays recorded."""
    person_id, now = _require_sure(visitor), datetime.now(UTC)
    async with transaction(pool) as tx:
        granter = await actions.granter_at(tx, person_id, place=form.text("at"), now=now)
        try:
            number = form.text("civil_number", length_max=40)
            colleague_id = await actions.look_for_colleague(tx, number, granter=granter, settings=settings, now=now)
            async with tx.transaction():
                wanted = wanted_role(granter, colleague_id, role=form.text("role"), office=form.text("office"))
                await actions.grant(tx, wanted, granted_by=person_id, now=now)
        except tuple(FIELDS) as refusal:
            return _new_role_page(request, granter, form=form, errors={FIELDS[type(refusal)]: refusal})
    return redirect("/staff/roles")


@post("/staff/roles/{holder_id:uuid}/{officer_role_id:uuid}/revoke")
async def revoke_role(*, pool: Pool, visitor: Visitor, holder_id: UUID, officer_role_id: UUID) -> Redirect:
    """End a colleague's role at once."""
    person_id, now = _require_sure(visitor), datetime.now(UTC)
    async with transaction(pool) as tx:
        await actions.revoke_role(
            tx,
            person_id=PersonId(holder_id),
            officer_role_id=OfficerRoleId(officer_role_id),
            revoked_by=person_id,
            now=now,
        )
    return redirect("/staff/roles")


def _new_role_page(
    request: AnyRequest, granter: Officer, *, form: Form | None = None, errors: Mapping[str, Refusal] | None = None
) -> Response[str]:
    return page(
        request,
        "people/new_role.html",
        errors=errors,
        granter=granter,
        roles=sorted(GRANTABLE[granter.role]),
        typed={name: form.text(name) if form else "" for name in ("role", "office")},
    )


def _require_sure(visitor: Visitor) -> PersonId:
    """Roles open doors, so whoever gives one has just proved himself at the highest level."""
    return require_fresh_person(visitor, assurance=Assurance.HIGH, age_max=GRANT_AGE_MAX, now=datetime.now(UTC))


def _said_once(request: AnyRequest) -> dict[str, str]:
    """The parameters of the provider's answer; one that stands twice is nobody's honest answer (RFC 6749, 3.1)."""
    said = list(request.query_params.multi_items())
    answer = dict(said)
    if len(answer) != len(said):
        raise SignInRefused(reason="a parameter stands twice")
    return answer


def _pending_cookie(value: str, *, settings: Settings, age_max: timedelta) -> Cookie:
    """Sent to our sign-in pages alone; lax, because the way back starts on the provider's site."""
    return Cookie(
        key=COOKIE,
        value=value,
        path="/sign-in",
        max_age=int(age_max.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https:"),
    )


routes = [
    begin,
    come_back,
    public_keys,
    sign_out,
    my_looks,
    staff,
    roles,
    new_role,
    grant_role,
    revoke_role,
]
