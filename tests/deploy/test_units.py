"""The units: systemd takes them, they are locked in, and what they start is really there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dawr.__main__ import make_parser
from tests.deploy.arranged import DEPLOY, ROOT, Ground

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
EXPOSURE_MAX = 2.0

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """All units as they would lie in /etc/systemd/system of a machine whose /opt/dawr is this folder."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/dawr", str(ROOT))
        text = re.sub(r"/usr/lib/postgresql/\d+/bin/pg_\w+", "/bin/true", text)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_a_unit_without_a_word(installed: Path, unit: Path) -> None:
    name = unit.name.replace("@.", "@8001.")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", name],
        cwd=installed,
        env={"SYSTEMD_UNIT_PATH": f"{installed}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_can_reach_little_of_its_machine(installed: Path, unit: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(installed / unit.name)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", told.stdout)
    assert found, told.stdout
    assert float(found[1]) <= EXPOSURE_MAX, told.stdout


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_bounded_and_keeps_its_secrets_out_of_its_environment(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert re.search(r"^MemoryMax=", text, re.MULTILINE)
    assert re.search(r"^(Restart=always|Type=oneshot)$", text, re.MULTILINE)
    assert re.search(r"^User=dawr", text, re.MULTILINE)
    assert not re.search(r"^Environment=.*(PASSWORD|ROOT_SECRET=|://\w+:\w+@)", text, re.MULTILINE)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_starts_what_is_there_with_arguments_that_it_takes(ground: Ground, unit: Path) -> None:
    command = ground.unit(unit.name, port=8001).command
    if command[1:3] == ["-m", "dawr"]:
        words = [re.sub(r"\$\{\w*PORT\}", "1", word) for word in command[3:]]
        assert callable(make_parser().parse_args(words).command)
    else:
        program = Path(command[0])
        assert program.name == "pg_receivewal" or program.exists()


def test_every_setting_that_an_operator_is_told_of_is_read() -> None:
    told = (DEPLOY / "dawr.env").read_text(encoding="utf-8") + "".join(unit.read_text("utf-8") for unit in SERVICES)
    read = (ROOT / "src/dawr/settings.py").read_text(encoding="utf-8")
    assert {name for name in re.findall(r"\b(DAWR_\w+)=", told) if f'"{name}"' not in read} == set()
