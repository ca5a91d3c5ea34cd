"""What the demonstration looks at before it touches anything."""

import shutil
import socket
from pathlib import Path

import pytest

from dawr.demo.processes import PortBusy, require_free
from dawr.demo.run import OURS, DiskFull, forget, require_room
from dawr.demo.site import ports
from dawr.web.language import next_step, sentence


def test_a_full_disk_is_a_sentence_that_says_how_much_is_needed(tmp_path: Path) -> None:
    more_than_there_is = shutil.disk_usage(tmp_path).free + 10**9
    with pytest.raises(DiskFull) as refused:
        require_room(tmp_path, bytes_min=more_than_there_is)
    assert str(more_than_there_is // 1_000_000) in sentence(refused.value, language="en")
    assert "DAWR_DATA_DIR" in next_step(refused.value, language="ar")


def test_a_disk_with_room_is_no_obstacle(tmp_path: Path) -> None:
    require_room(tmp_path / "new", bytes_min=1)
    assert (tmp_path / "new").is_dir()


def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy) as refused:
            require_free([port])
    assert str(port) in sentence(refused.value, language="ar")
    require_free([port])


def test_the_demonstration_stands_on_five_ports_in_a_row() -> None:
    assert sorted(ports(8100).values()) == list(range(8100, 8105))


def test_a_reset_removes_what_the_demonstration_made_and_nothing_else(tmp_path: Path) -> None:
    for name in (*OURS, "somebody-elses"):
        (tmp_path / name).mkdir()
    forget(tmp_path)
    assert [left.name for left in tmp_path.iterdir()] == ["somebody-elses"]
