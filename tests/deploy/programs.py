"""nginx and PgBouncer: the machine's own, or Debian's packages unpacked beside us; nothing is installed or started."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".venv" / "debian"
NAMES = ("nginx", "pgbouncer")
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Where a program is, and what it needs beside it."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def find(name: str) -> Program | None:
    """The one on the PATH, else the one unpacked before."""
    if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}"):
        return Program(path=Path(found))
    unpacked = UNPACKED / "usr" / "sbin" / name
    if not unpacked.exists():
        return None
    libraries = ":".join(str(folder) for folder in sorted((UNPACKED / "usr" / "lib").glob("*-linux-gnu*")))
    return Program(path=unpacked, environment={"LD_LIBRARY_PATH": libraries})


def obtain() -> dict[str, Program | None]:
    """Both programs where they can be had: what is there, else what apt may download."""
    if not all(map(find, NAMES)) and shutil.which("apt-get") and shutil.which("dpkg"):
        _unpack([name for name in NAMES if find(name) is None])
    return {name: find(name) for name in NAMES}


@cache
def required(name: str) -> Program:
    """The program, or the test is skipped and says why."""
    found = find(name) or obtain()[name]
    if found is None:
        pytest.skip(f"no {name} here, and apt could not download it")
    return found


def _unpack(names: list[str]) -> None:
    print(f"Unpacking Debian's {' and '.join(names)} for the tests of deploy/", flush=True)  # noqa: T201
    part = UNPACKED.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    packages = _missing_packages(names) or (_update() and _missing_packages(names))
    if packages and _apt("download", *packages, folder=part).returncode == 0:
        for package in part.glob("*.deb"):
            subprocess.run(["dpkg", "--extract", package, part], check=True)
        shutil.rmtree(UNPACKED, ignore_errors=True)
        part.rename(UNPACKED)


def _missing_packages(names: list[str]) -> list[str]:
    """The packages themselves and what they need that is not there, as apt would install them."""
    planned = _apt("install", "--simulate", "--no-install-recommends", *names)
    return re.findall(r"^Inst (\S+)", planned.stdout, re.MULTILINE)


def _update() -> bool:
    return os.geteuid() == 0 and _apt("update").returncode == 0


def _apt(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    command = ["apt-get", "--quiet", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
