"""A headless Chromium: the machine's own, Debian's package, or the one that a registry package ships."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".venv" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACK = """
const { inflate } = await import("@sparticuz/chromium");
for (const part of ["chromium.br", "fonts.tar.br", "al2023.tar.br"]) {
  await inflate(`node_modules/@sparticuz/chromium/bin/${part}`);
}
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/fonts/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Where a browser is, and what it needs beside it."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Program | None:
    """DAWR_BROWSER, else a browser on the PATH, else the one unpacked before."""
    chosen = os.environ.get("DAWR_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if chosen:
        return Program(path=Path(chosen))
    return _unpacked() if (UNPACKED / "chromium").exists() else None


def obtain() -> Program:
    """A browser in any case: what is there, else Debian's package where we may install it, else a registry's."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install_from_debian()
    return find() or unpack()


def unpack() -> Program:
    """The Chromium inside node_modules, with the libraries and the fonts that it brings along."""
    part = UNPACKED.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    subprocess.run(
        [ROOT / ".venv/bin/node", "--input-type=module", "--eval", UNPACK],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(part)},
        check=True,
    )
    (part / "fonts.conf").write_text(FONTS.format(folder=UNPACKED), encoding="utf-8")
    part.rename(UNPACKED)
    return _unpacked()


@contextmanager
def running(program: Program) -> Iterator[Browser]:
    """`program`, driven; closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.path, args=FLAGS, env={**os.environ, **program.environment}
        )
        yield browser
        browser.close()


def _unpacked() -> Program:
    return Program(
        path=UNPACKED / "chromium",
        environment={
            "LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib"),
            "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
        },
    )


def _install_from_debian() -> None:
    print("Installing Debian's chromium for the browser journeys", flush=True)  # noqa: T201
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "--quiet=2", *arguments], env=environment, check=False)
