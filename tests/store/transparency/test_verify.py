"""The check from outside: a whole log passes, by folder and by URL, and any one altered byte is found and named."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dawr.db.pool import Pool, transaction
from dawr.kernel.signing import SigningKey
from dawr.settings import Settings
from dawr.transparency import actions
from dawr.transparency.export import export_log
from dawr.transparency.merkle import leaf_hash, root
from dawr.transparency.model import Cosignature, LogBroken, LogUnreachable, NotYetCovered
from dawr.transparency.note import cosign, log_key, witness_key
from dawr.transparency.store import save_cosignature
from dawr.transparency.tiles import bundle, split_bundle
from dawr.transparency.verify import verify_log

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)
ENTRIES = 600
WITNESS = SigningKey.from_seed(b"w" * 32)
WITNESS_KEY = witness_key("audit.example/w", key=WITNESS)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, witnesses=(f"{WITNESS_KEY}=http://127.0.0.1:9",))


@pytest.fixture
async def folder(pool: Pool, settings: Settings, tmp_path: Path) -> Path:
    """A log of 600 entries with one cosignature, as files."""
    async with transaction(pool) as tx:
        for number in range(ENTRIES):
            await actions.append_public(tx, "quota.order", facts={"number": number}, now=NOW)
    async with transaction(pool) as tx:
        await actions.sequence(tx, settings=settings, now=NOW)
        checkpoint = await actions.latest_checkpoint(tx)
        assert checkpoint is not None
        text = checkpoint.note.partition("\n\n")[0] + "\n"
        line = str(cosign(text, name="audit.example/w", key=WITNESS, at=NOW))
        word = Cosignature(witness=str(WITNESS_KEY), cosigned_at=NOW, line=line)
        await save_cosignature(tx, word, size=checkpoint.size)
        assert await export_log(tx, tmp_path / "log", settings=settings) == ENTRIES
    return tmp_path / "log"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """A reader that has read enough hangs up, and may."""

    server = Server(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/log"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_whole_log_in_a_folder_passes_and_tells_its_progress(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = verify_log(str(folder), progress=lambda done, total: seen.append((done, total)))
    assert (found.tree.size, found.is_key_given, found.has_quorum) == (ENTRIES, False, True)
    assert found.cosigned == (("audit.example/w", NOW),)
    assert seen == [(256, 600), (512, 600), (600, 600)]


def test_a_whole_log_behind_a_url_passes(url: str, settings: Settings) -> None:
    found = verify_log(f"{url}/", log_vkey=str(actions.policy_of(settings).log))
    assert (found.tree.size, found.is_key_given) == (ENTRIES, True)


def test_the_published_files_are_those_of_the_standard(folder: Path) -> None:
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    assert files == sorted(
        ["checkpoint", "policy", "vkey"]
        + [f"tile/{kind}/{name}" for kind in ("0", "entries") for name in ("000", "001", "002.p/88")]
        + ["tile/1/000.p/2"]
    )


FOUND_AT = {
    "tile/entries/001": {"tile/entries/001", "tile/0/001"},
    "tile/0/000": {"tile/0/000"},
    "tile/0/002.p/88": {"tile/0/002.p/88"},
    "tile/1/000.p/2": {"tile/1/000.p/2"},
    "checkpoint": {"checkpoint"},
}


@pytest.mark.parametrize("path", FOUND_AT)
@pytest.mark.parametrize("position", [0, 17, -2])
def test_one_altered_byte_is_found_and_its_place_named(folder: Path, path: str, position: int) -> None:
    content = bytearray((folder / path).read_bytes())
    content[position] ^= 1
    (folder / path).write_bytes(content)
    with pytest.raises(LogBroken) as caught:
        verify_log(str(folder))
    assert caught.value.facts["where"] in FOUND_AT[path]


def test_an_entry_altered_together_with_its_tiles_is_found_at_the_root(folder: Path) -> None:
    leaves = split_bundle((folder / "tile/entries/000").read_bytes())
    leaves[3] = leaves[3].replace(b'"number":3', b'"number":4')
    (folder / "tile/entries/000").write_bytes(bundle(leaves))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    (folder / "tile/0/000").write_bytes(b"".join(hashes))
    above = (folder / "tile/1/000.p/2").read_bytes()
    (folder / "tile/1/000.p/2").write_bytes(root(hashes) + above[32:])
    with pytest.raises(LogBroken) as caught:
        verify_log(str(folder))
    assert caught.value.facts["where"] == "checkpoint"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "tile/entries/001").unlink()
    with pytest.raises(LogUnreachable) as caught:
        verify_log(str(folder))
    assert caught.value.facts["where"] == "tile/entries/001"


def test_an_entry_too_few_is_named(folder: Path) -> None:
    file = folder / "tile/entries/001"
    file.write_bytes(file.read_bytes()[: -(2 + int.from_bytes(file.read_bytes()[:2], "big"))])
    with pytest.raises(LogBroken) as caught:
        verify_log(str(folder))
    assert caught.value.facts["where"] == "tile/entries/001"


def test_a_file_that_never_ends_is_not_read_to_its_end(folder: Path, url: str) -> None:
    with (folder / "tile/0/000").open("ab") as file:
        file.write(b"x" * 10_000_000)
    for source in (str(folder), url):
        with pytest.raises(LogUnreachable):
            verify_log(source)


def test_a_log_signed_by_another_key_is_refused(folder: Path) -> None:
    other = log_key("dawr.example/log", key=SigningKey.from_seed(b"o" * 32))
    with pytest.raises(LogBroken):
        verify_log(str(folder), log_vkey=str(other))


def test_a_cosignature_in_a_witness_name_that_does_not_hold_is_refused(folder: Path) -> None:
    lines = (folder / "checkpoint").read_text().splitlines(keepends=True)
    forged = str(cosign("another\n", name="audit.example/w", key=WITNESS, at=NOW))
    (folder / "checkpoint").write_text("".join([*lines[:-1], f"{forged}\n"]))
    with pytest.raises(LogBroken):
        verify_log(str(folder))


def test_a_checkpoint_without_its_witnesses_has_no_quorum(folder: Path) -> None:
    lines = (folder / "checkpoint").read_text().splitlines(keepends=True)
    (folder / "checkpoint").write_text("".join(lines[:-1]))
    assert not verify_log(str(folder)).has_quorum


@pytest.mark.parametrize("source", ["/nowhere", "http://127.0.0.1:9/log", "http://[/log"])
def test_a_log_that_is_not_there_is_unreachable(source: str) -> None:
    with pytest.raises(LogUnreachable):
        verify_log(source)


async def test_a_log_without_a_checkpoint_is_not_exported(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    async with transaction(pool) as tx:
        with pytest.raises(NotYetCovered):
            await export_log(tx, tmp_path, settings=settings)
