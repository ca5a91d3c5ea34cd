"""The settings and the programs of a demonstration: everything on loopback, in one row of ports."""

import sys
from pathlib import Path

from dawr.demo.beacon.pages import demo_beacon_url
from dawr.demo.beacon.signer import demonstration_beacon
from dawr.demo.national_id import node_command
from dawr.demo.processes import Program
from dawr.settings import Settings
from dawr.transparency.actions import policy_of
from dawr.transparency.witness_server import witness_vkey

WITNESSES = ("audit-bureau.example", "university.example")
LEAD_SECONDS = 20
WITNESS_SECONDS = 15


def ports(port: int) -> dict[str, int]:
    """Web, national ID, beacon and witnesses side by side."""
    return {"web": port, "national-id": port + 1, "beacon": port + 2} | {
        name: port + 3 + number for number, name in enumerate(WITNESSES)
    }


def demonstration_environment(*, port: int, data_dir: Path, database_url: str) -> dict[str, str]:
    """What the demonstration's processes are told; it never points at anything outside this machine."""
    at = ports(port)
    beacon = demonstration_beacon(data_dir / "beacon").chain
    witnesses = [
        f"{witness_vkey(witness_folder(data_dir, name), name)}=http://127.0.0.1:{at[name]}" for name in WITNESSES
    ]
    return {
        "DAWR_PORT": str(port),
        "DAWR_DATA_DIR": str(data_dir),
        "DAWR_DATABASE_URL": database_url,
        "DAWR_PUBLIC_URL": f"http://localhost:{port}",
        "DAWR_OIDC_ISSUER": f"http://localhost:{at['national-id']}",
        "DAWR_BEACON_URL": demo_beacon_url(at["beacon"]),
        "DAWR_BEACON_PUBLIC_KEY": beacon.public_key,
        "DAWR_BEACON_GENESIS": str(beacon.genesis_seconds),
        "DAWR_BEACON_PERIOD": str(beacon.period_seconds),
        "DAWR_BEACON_IS_DEMONSTRATION": "yes",
        "DAWR_WITNESSES": " ".join(witnesses),
        "DAWR_WITNESS_QUORUM": str(len(WITNESSES)),
        "DAWR_DRAW_LEAD_SECONDS": str(LEAD_SECONDS),
        "DAWR_WITNESS_SECONDS": str(WITNESS_SECONDS),
        "DAWR_DEMONSTRATION": "yes",
    }


def programs(settings: Settings) -> list[Program]:
    """Everything around the database, in the order of starting."""
    at = ports(settings.port)
    log_vkey = str(policy_of(settings).log)
    witnesses = [
        Program(
            name=name,
            command=_dawr(
                "witness",
                *("--port", str(at[name]), "--folder", str(witness_folder(settings.data_dir, name))),
                *("--name", name, "--log-vkey", log_vkey),
            ),
            answers_at=f"http://127.0.0.1:{at[name]}/",
        )
        for name in WITNESSES
    ]
    return [
        Program(
            name="beacon",
            command=_dawr("beacon", "--port", str(at["beacon"]), "--folder", str(settings.data_dir / "beacon")),
            answers_at=f"{settings.beacon.url}/info",
        ),
        Program(
            name="national-id",
            command=node_command(settings),
            answers_at=f"{settings.sign_in.issuer}/.well-known/openid-configuration",
        ),
        *witnesses,
        Program(name="worker", command=_dawr("worker")),
        Program(name="web", command=_dawr("serve"), answers_at=f"http://127.0.0.1:{settings.port}/readyz"),
    ]


def witness_folder(data_dir: Path, name: str) -> Path:
    return data_dir / "witnesses" / name


def _dawr(*words: str) -> list[str]:
    return [sys.executable, "-m", "dawr", *words]
