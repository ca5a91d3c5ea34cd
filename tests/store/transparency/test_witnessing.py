"""Witnesses as they run: real servers on loopback, their files, and what the log makes of their answers."""

import asyncio
import fcntl
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from dawr.db.pool import Pool, transaction
from dawr.kernel.signing import SigningKey
from dawr.settings import Settings
from dawr.transparency import actions
from dawr.transparency.merkle import consistency_proof, leaf_hash, root
from dawr.transparency.model import Cosignature, WitnessRunning
from dawr.transparency.note import (
    Note,
    TreeHead,
    VerifierKey,
    cosign,
    parse_note,
    parse_tree_head,
    sign,
    witness_key,
)
from dawr.transparency.policy import Quorum
from dawr.transparency.proof import parse_receipt, verify_receipt
from dawr.transparency.store import save_cosignature
from dawr.transparency.witness import Remembered, Request
from dawr.transparency.witness_server import (
    Application,
    read_state,
    serve_witness,
    witness_app,
    witness_vkey,
    write_state,
)

NOW = datetime(2027, 2, 4, 6, 0, tzinfo=UTC)


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """The application on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()


@asynccontextmanager
async def witness(folder: Path, settings: Settings, *, name: str, now: datetime = NOW) -> AsyncIterator[str]:
    """One running witness of the log, as a word of DAWR_WITNESSES."""
    log = actions.policy_of(settings).log
    async with served(witness_app(folder=folder, log=log, name=name, clock=lambda: now)) as url:
        yield f"{witness_vkey(folder, name)}={url}"


async def grow(pool: Pool, settings: Settings, *, entries: int = 3) -> int:
    """The number of the last of some new entries, sequenced."""
    async with transaction(pool) as tx:
        entry_id = 0
        for number in range(entries):
            entry_id = await actions.append_public(tx, "quota.order", facts={"number": number}, now=NOW)
    async with transaction(pool) as tx:
        await actions.sequence(tx, settings=settings, now=NOW)
    return entry_id


async def test_a_quorum_of_witnesses_makes_a_receipt_that_needs_nobody(
    pool: Pool, settings: Settings, tmp_path: Path
) -> None:
    later = NOW + timedelta(seconds=20)
    async with (
        witness(tmp_path / "a", settings, name="audit.example/w") as one,
        witness(tmp_path / "p", settings, name="paper.example/w", now=later) as two,
    ):
        watched = replace(settings, witnesses=(one, two), witness_quorum=2)
        entry_id = await grow(pool, watched)
        assert await actions.cosign(pool, settings=watched, now=later) == 2
        assert await actions.cosign(pool, settings=watched, now=later) == 0
    async with transaction(pool) as tx:
        both = actions.quorum_of([one, two], count=2)
        receipt = parse_receipt(await actions.proof_of(tx, entry_id, quorum=both))
        assert await actions.witnessed_at(tx, entry_id, quorum=both) == later
        assert await actions.witnessed_at(tx, entry_id, quorum=actions.quorum_of([one, two], count=1)) == NOW
    policy = actions.policy_of(watched)
    proven = verify_receipt(receipt, log=policy.log, witnesses=policy.witnesses, quorum=policy.quorum)
    assert proven.cosigned == (("audit.example/w", NOW), ("paper.example/w", later))


async def test_a_witness_follows_the_log_as_it_grows(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    async with witness(tmp_path, settings, name="audit.example/w") as word:
        watched = replace(settings, witnesses=(word,))
        for entries in (1, 2, 300):
            await grow(pool, watched, entries=entries)
            assert await actions.cosign(pool, settings=watched, now=NOW) == 1
    assert read_state(tmp_path).size == 303


async def test_a_witness_that_was_away_catches_up_and_an_entry_is_covered_late(
    pool: Pool, settings: Settings, tmp_path: Path
) -> None:
    first = await grow(pool, settings, entries=2)
    await grow(pool, settings, entries=5)
    async with witness(tmp_path, settings, name="audit.example/w") as word:
        quorum = actions.quorum_of([word], count=1)
        async with transaction(pool) as tx:
            assert await actions.checkpoint_covering(tx, first, quorum=quorum) is None
        await actions.cosign(pool, settings=replace(settings, witnesses=(word,)), now=NOW)
    async with transaction(pool) as tx:
        earliest = await actions.checkpoint_covering(tx, first)
        witnessed = await actions.checkpoint_covering(tx, first, quorum=quorum)
    assert earliest is not None
    assert witnessed is not None
    assert (earliest.size, witnessed.size) == (2, 7)


KEYS = {name: SigningKey.from_seed(name.encode() * 32) for name in "abc"}
VKEYS = {name: witness_key(name, key=key) for name, key in KEYS.items()}


async def cosigned(pool: Pool, *, size: int, by: VerifierKey, key: SigningKey, at: datetime) -> None:
    """A witness's cosignature of a checkpoint, as it is kept."""
    async with transaction(pool) as tx:
        row = await (await tx.execute("select note from transparency.checkpoint where size = %s", (size,))).fetchone()
        assert row is not None
        text = parse_note(row["note"]).text
        line = str(cosign(text, name=by.name, key=key, at=at))
        await save_cosignature(tx, Cosignature(witness=str(by), cosigned_at=at, line=line), size=size)


async def test_an_entry_counts_as_witnessed_since_its_quorum_was_first_complete(pool: Pool, settings: Settings) -> None:
    """A slow witness signed the first checkpoint after two others had signed the second."""
    entry_id = await grow(pool, settings, entries=1)
    await grow(pool, settings, entries=1)
    for size, name, seconds in ((1, "a", 1), (2, "a", 2), (2, "c", 3), (1, "b", 5)):
        at = NOW + timedelta(seconds=seconds)
        await cosigned(pool, size=size, by=VKEYS[name], key=KEYS[name], at=at)
    quorum = Quorum.of(list(VKEYS.values()), count=2)
    async with transaction(pool) as tx:
        assert await actions.witnessed_at(tx, entry_id, quorum=quorum) == NOW + timedelta(seconds=3)
        receipt = parse_receipt(await actions.proof_of(tx, entry_id, quorum=quorum))
    assert parse_tree_head(receipt.checkpoint.text).size == 2


async def test_a_receipt_stays_under_the_same_checkpoint_while_the_log_grows(pool: Pool, settings: Settings) -> None:
    entry_id = await grow(pool, settings, entries=1)
    await cosigned(pool, size=1, by=VKEYS["a"], key=KEYS["a"], at=NOW)
    quorum = Quorum.of([VKEYS["a"]], count=1)
    async with transaction(pool) as tx:
        first = await actions.proof_of(tx, entry_id, quorum=quorum)
    for size in range(2, 40):
        await grow(pool, settings, entries=1)
        await cosigned(pool, size=size, by=VKEYS["a"], key=KEYS["a"], at=NOW + timedelta(seconds=size))
    async with transaction(pool) as tx:
        assert await actions.proof_of(tx, entry_id, quorum=quorum) == first


async def test_only_the_witnesses_that_are_asked_for_count_and_each_by_its_key(pool: Pool, settings: Settings) -> None:
    entry_id = await grow(pool, settings, entries=1)
    for name in "ab":
        await cosigned(pool, size=1, by=VKEYS[name], key=KEYS[name], at=NOW)
    namesake = witness_key("b", key=KEYS["c"])
    async with transaction(pool) as tx:
        for named, count, found in (
            ((VKEYS["a"], VKEYS["b"]), 2, NOW),
            ((VKEYS["a"], VKEYS["c"]), 1, NOW),
            ((VKEYS["a"], VKEYS["c"]), 2, None),
            ((VKEYS["a"], namesake), 2, None),
        ):
            assert await actions.witnessed_at(tx, entry_id, quorum=Quorum.of(named, count=count)) == found


async def test_a_witness_that_remembers_more_than_we_recall_is_asked_again_from_there(
    pool: Pool, settings: Settings, tmp_path: Path
) -> None:
    await grow(pool, settings, entries=4)
    async with transaction(pool) as tx:
        checkpoint = await actions.latest_checkpoint(tx)
    assert checkpoint is not None
    write_state(tmp_path, Remembered(size=4, root=checkpoint.root))
    await grow(pool, settings, entries=4)
    async with witness(tmp_path, settings, name="audit.example/w") as word:
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(word,)), now=NOW) == 1


async def test_a_witness_that_saw_another_past_never_cosigns(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    write_state(tmp_path, Remembered(size=2, root=b"f" * 32))
    await grow(pool, settings, entries=4)
    async with witness(tmp_path, settings, name="audit.example/w") as word:
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(word,)), now=NOW) == 0
    assert read_state(tmp_path) == Remembered(size=2, root=b"f" * 32)


async def test_a_witness_that_saw_more_than_was_signed_stops_us(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    write_state(tmp_path, Remembered(size=20, root=b"f" * 32))
    await grow(pool, settings, entries=4)
    async with witness(tmp_path, settings, name="audit.example/w") as word:
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(word,)), now=NOW) == 0


async def test_witnesses_that_are_away_do_not_hold_up_the_others(
    pool: Pool, settings: Settings, tmp_path: Path
) -> None:
    await grow(pool, settings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    absent = f"{witness_vkey(tmp_path / 'absent', 'absent.example')}=http://127.0.0.1:{port}"
    async with witness(tmp_path / "a", settings, name="audit.example/w") as word:
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(absent, word)), now=NOW) == 1


async def test_an_impostor_at_a_witness_address_is_not_believed(pool: Pool, settings: Settings, tmp_path: Path) -> None:
    await grow(pool, settings)
    true_key = witness_vkey(tmp_path / "true", "audit.example/w")
    async with witness(tmp_path / "false", settings, name="audit.example/w") as word:
        url = word.partition("=")[2]
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(f"{true_key}={url}",)), now=NOW) == 0


@pytest.mark.parametrize("shift", [timedelta(minutes=-5), timedelta(minutes=5)])
async def test_a_cosignature_of_another_hour_is_not_believed(
    pool: Pool, settings: Settings, tmp_path: Path, shift: timedelta
) -> None:
    await grow(pool, settings)
    async with witness(tmp_path, settings, name="audit.example/w", now=NOW + shift) as word:
        assert await actions.cosign(pool, settings=replace(settings, witnesses=(word,)), now=NOW) == 0


async def test_before_the_first_checkpoint_nobody_is_asked(pool: Pool, settings: Settings) -> None:
    assert await actions.cosign(pool, settings=settings, now=NOW) == 0


async def test_a_witness_answers_one_route_and_reads_no_more_than_it_must(settings: Settings, tmp_path: Path) -> None:
    async with witness(tmp_path, settings, name="w") as word, httpx.AsyncClient(trust_env=False) as client:
        url = word.partition("=")[2]
        assert (await client.get(url)).status_code == 404
        assert (await client.get(f"{url}/add-checkpoint")).status_code == 405
        assert (await client.post(f"{url}/add-checkpoint", content=b"\xff\xfe")).status_code == 400
        assert (await client.post(f"{url}/add-checkpoint", content=b"x" * 70_000)).status_code == 413


HASHES = [leaf_hash(bytes([number])) for number in range(20)]
LOG = SigningKey.from_seed(b"l" * 32)


def request(old_size: int, size: int, *, hashes: list[bytes]) -> str:
    head = TreeHead(origin="dawr.example/log", size=size, root=root(hashes[:size]))
    note = Note(text=head.text, signatures=(sign(head.text, name=head.origin, key=LOG),))
    proof = consistency_proof(hashes[:size], old_size) if old_size else []
    return str(Request(old_size=old_size, proof=tuple(proof), checkpoint=note))


async def test_two_forks_at_once_and_only_one_is_cosigned(settings: Settings, tmp_path: Path) -> None:
    forks = [[*HASHES[:5], leaf_hash(bytes([99, number])), *HASHES[6:]] for number in range(8)]
    log = VerifierKey(name="dawr.example/log", algorithm=1, public=LOG.public)
    application = witness_app(folder=tmp_path, log=log, name="w", clock=lambda: NOW)
    async with served(application) as url, httpx.AsyncClient(trust_env=False) as client:
        address = f"{url}/add-checkpoint"
        assert (await client.post(address, content=request(0, 5, hashes=HASHES))).status_code == 200
        asked = (client.post(address, content=request(5, 9, hashes=fork)) for fork in forks)
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert statuses == [200] + [409] * 7


async def test_a_witness_process_keeps_its_word_through_a_kill(settings: Settings, tmp_path: Path) -> None:
    log = VerifierKey(name="dawr.example/log", algorithm=1, public=LOG.public)
    for old_size, size, status in ((0, 5, 200), (0, 3, 409), (5, 9, 200)):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        script = (
            "from datetime import UTC, datetime; from pathlib import Path;"
            "from dawr.transparency.witness_server import serve_witness;"
            f"serve_witness(port={port}, folder=Path({str(tmp_path)!r}), log_vkey={str(log)!r}, name='w',"
            " clock=lambda: datetime.now(UTC))"
        )
        process = subprocess.Popen([sys.executable, "-c", script])
        try:
            answer = await _answer(f"http://127.0.0.1:{port}/add-checkpoint", request(old_size, size, hashes=HASHES))
            assert answer.status_code == status
        finally:
            process.kill()
            process.wait()
    assert read_state(tmp_path) == Remembered(size=9, root=root(HASHES[:9]))


async def _answer(url: str, body: str) -> httpx.Response:
    """The answer of a process that is still starting."""
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=6)) as client:
        return await client.post(url, content=body)


def test_two_witnesses_do_not_share_a_folder(tmp_path: Path) -> None:
    log = VerifierKey(name="dawr.example/log", algorithm=1, public=LOG.public)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WitnessRunning):
            serve_witness(port=1, folder=tmp_path, log_vkey=str(log), name="w", clock=lambda: NOW)


def test_a_witness_keeps_its_key_to_itself_and_for_good(tmp_path: Path) -> None:
    first = witness_vkey(tmp_path, "w")
    assert witness_vkey(tmp_path, "w") == first
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_a_state_file_that_cannot_be_read_is_never_taken_for_a_new_witness(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("")
    with pytest.raises(ValueError, match="Expecting value"):
        read_state(tmp_path)
