"""A draw is verified from outside, from its four files and the public log."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dawr.kernel.signing import SigningKey
from dawr.releases import verify
from dawr.releases.beacon import QUICKNET, Chain, instant_of
from dawr.releases.checks import Check
from dawr.releases.verify import SourceUnreachable, log_of_site, verify_draw
from dawr.transparency.leaf import public_leaf
from dawr.transparency.model import EntryKind
from dawr.transparency.tiles import split_bundle
from tests.unit.releases.draws import SIGNED_BEACON, SIGNED_ROUND, draw
from tests.unit.releases.logs import KEY, ROUND_AT, WITNESS_WORDS, WITNESSES, Statement, receipt, statements, write_log

SECOND = timedelta(seconds=1)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return draw(tmp_path, beacon=SIGNED_BEACON).out


@pytest.fixture
def said(bundle: Path) -> dict[str, Statement]:
    """What an honest log says of the bundle."""
    record = verify.read_record((bundle / "draw.json").read_bytes())
    return statements(
        places_sha256=record.places_sha256,
        seed=record.seed,
        randomness=record.beacon.randomness,
        results_sha256=sha256((bundle / "results.csv").read_bytes()).hexdigest(),
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The test's folder, served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


def with_log(
    bundle: Path,
    said: list[Statement],
    *,
    seen_at: Mapping[str, datetime] | None = None,
    cosigned_by: Mapping[str, SigningKey] = WITNESSES,
) -> list[Check]:
    folder = write_log(bundle.parent / "log", said, seen_at=seen_at, cosigned_by=cosigned_by)
    return verify_draw(str(bundle), log=str(folder))


def edit(file: Path, change: Callable[[bytes], bytes]) -> None:
    before = file.read_bytes()
    file.write_bytes(change(before))
    assert file.read_bytes() != before


def test_an_honest_bundle_passes_every_check(bundle: Path) -> None:
    checks = verify_draw(str(bundle))
    assert not failed(checks)
    assert [check.name for check in checks] == [
        "files", "entrants", "list root", "places", "seats", "beacon", "seed", "results",
    ]  # fmt: skip
    found = {check.name: check.found for check in checks}
    assert found["beacon"] == "round 42: signed by the chain"
    assert found["results"].endswith("5 with a place, 3 waiting")


def test_a_round_without_a_signature_is_said_to_be_unchecked(tmp_path: Path) -> None:
    checks = verify_draw(str(draw(tmp_path).out))
    assert "round 657413: unchecked" in [check.found for check in checks]


def test_a_missing_file_is_named(bundle: Path) -> None:
    (bundle / "places.csv").unlink()
    (check,) = verify_draw(str(bundle))
    assert not check.passed
    assert "places.csv" in check.found


def test_a_folder_that_is_not_there_is_no_draw(tmp_path: Path) -> None:
    assert failed(verify_draw(str(tmp_path / "nowhere"))) == ["files"]


def test_a_favourite_who_is_moved_up_is_found_by_line(bundle: Path) -> None:
    edit(bundle / "results.csv", lambda rows: rows.replace(b"7,K2V6X9ZB,\n", b"7,K2V6X9ZB,HAW-0900\n"))
    (check,) = [check for check in verify_draw(str(bundle)) if not check.passed]
    assert check.name == "results"
    assert check.found == "results.csv:8: '7,K2V6X9ZB,HAW-0900' stands where the rules give '7,K2V6X9ZB,'"


@pytest.mark.parametrize("change", [lambda rows: rows + b"9,ZZZZ,\n", lambda rows: rows[: rows.index(b"8,")]])
def test_a_result_too_many_or_too_few_is_found(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    edit(bundle / "results.csv", change)
    assert failed(verify_draw(str(bundle))) == ["results"]


def test_a_list_changed_after_the_freeze_breaks_the_root(bundle: Path) -> None:
    edit(bundle / "entrants.txt", lambda lines: lines.replace(b"7QK2M9XA\t\t0", b"7QK2M9XA\t\t3"))
    assert "list root" in failed(verify_draw(str(bundle)))


def test_a_dropped_entrant_is_found(bundle: Path) -> None:
    edit(bundle / "entrants.txt", lambda lines: lines[lines.index(b"\n") + 1 :])
    assert {"entrants", "list root", "results"} <= set(failed(verify_draw(str(bundle))))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: b"".join(reversed(lines.splitlines(keepends=True))), "entrants.txt:2: the lines are not sorted"),
        (lambda lines: b"7QK2M9XA\n" + lines, "entrants.txt:2: the label 7QK2M9XA stands twice"),
        (lambda lines: lines.replace(b"\t0\t", b"\t7\t"), "entrants.txt:1: not an entrant's line"),
        (lambda lines: lines[:-1], "the last line of entrants.txt has no end"),
        (
            lambda lines: lines.replace(b"HAW-0930", b"HAW-9999"),
            "entrants.txt:1: a preferred place is not in places.csv",
        ),
    ],
)
def test_a_list_that_the_rules_cannot_read_is_refused(
    bundle: Path, change: Callable[[bytes], bytes], found: str
) -> None:
    edit(bundle / "entrants.txt", change)
    first = next(check for check in verify_draw(str(bundle)) if not check.passed)
    assert first.found.startswith(found)


def test_a_seat_more_for_a_friend_changes_the_hash_of_the_places(bundle: Path) -> None:
    edit(bundle / "places.csv", lambda rows: rows.replace(b",2,medical:1", b",3,medical:1"))
    assert {"places", "seats", "results"} <= set(failed(verify_draw(str(bundle))))


def test_another_round_of_the_beacon_is_found(bundle: Path) -> None:
    edit(bundle / "draw.json", lambda text: text.replace(b'"round": 42', b'"round": 43'))
    assert failed(verify_draw(str(bundle)))[:2] == ["beacon", "seed"]


def test_a_draw_of_another_chain_is_found(bundle: Path) -> None:
    other = Chain(public_key="00" * 96, genesis_seconds=0, period_seconds=3)
    assert failed(verify_draw(str(bundle), chain=other)) == ["beacon"]


def test_a_draw_that_the_log_announced_froze_and_published_passes(bundle: Path, said: dict[str, Statement]) -> None:
    checks = with_log(bundle, list(said.values()))
    assert not failed(checks)
    assert [check.name for check in checks][8:] == [
        "log",
        "logged rules",
        "logged freeze",
        "witnesses",
        "announced round",
        "announced before the round",
        "frozen before the round",
        "void rounds",
        "logged result",
    ]


def test_a_log_under_another_key_is_found(bundle: Path, said: dict[str, Statement]) -> None:
    log = write_log(bundle.parent / "log", list(said.values()))
    other = "dawr.example/log+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert failed(verify_draw(str(bundle), log=str(log), log_vkey=other)) == ["log"]
    assert KEY.public.hex() not in other


def test_a_log_that_is_not_there_is_a_failed_check(bundle: Path, tmp_path: Path) -> None:
    assert failed(verify_draw(str(bundle), log=str(tmp_path / "nowhere"))) == ["log"]


@pytest.mark.parametrize("missing", ["rules", "freeze", "result"])
def test_a_draw_that_the_log_does_not_know_is_found(bundle: Path, said: dict[str, Statement], missing: str) -> None:
    checks = with_log(bundle, [statement for name, statement in said.items() if name != missing])
    assert failed(checks) == ["logged once"]


def test_a_second_result_is_found(bundle: Path, said: dict[str, Statement]) -> None:
    assert failed(with_log(bundle, [*said.values(), said["result"]])) == ["logged once"]


@pytest.mark.parametrize(
    ("name", "fact", "value", "check"),
    [
        ("rules", "places_sha256", "00" * 32, "logged rules"),
        ("rules", "seats", 6, "logged rules"),
        ("rules", "round", 41, "announced round"),
        ("freeze", "list_root", "00" * 32, "logged freeze"),
        ("freeze", "entrants", 9, "logged freeze"),
        ("result", "seed", "00" * 32, "logged result"),
        ("result", "results_sha256", "00" * 32, "logged result"),
        ("rules", "beacon", "quicknet", "log"),
        ("rules", "beacon", {"public_key": "00", "genesis_seconds": 2**50, "period_seconds": 3}, "log"),
        ("rules", "lead_seconds", None, "log"),
        ("rules", "lead_seconds", 2**53 - 1, "frozen before the round"),
        ("rules", "witnesses", [], "log"),
        ("rules", "witnesses", ["audit.example/w"], "log"),
        ("rules", "witnesses", WITNESS_WORDS[:1] * 2, "log"),
        ("rules", "witness_quorum", 0, "log"),
        ("rules", "witness_quorum", 3, "log"),
    ],
)
def test_a_draw_that_is_not_the_logged_one_is_found(
    bundle: Path, said: dict[str, Statement], name: str, fact: str, value: object, check: str
) -> None:
    kind, at, facts = said[name]
    said[name] = (kind, at, {**facts, fact: value})
    assert failed(with_log(bundle, list(said.values()))) == [check]


def test_a_list_that_its_witnesses_saw_too_late_is_found_whatever_the_operator_wrote(
    bundle: Path, said: dict[str, Statement]
) -> None:
    in_time = ROUND_AT - timedelta(hours=1)
    assert not failed(with_log(bundle, list(said.values()), seen_at={"draw.freeze": in_time}))
    late = {"draw.freeze": in_time + SECOND}
    assert failed(with_log(bundle, list(said.values()), seen_at=late)) == ["frozen before the round"]


def test_an_announcement_that_its_witnesses_saw_too_late_is_found(bundle: Path, said: dict[str, Statement]) -> None:
    late = {"draw.rules": ROUND_AT, "draw.freeze": ROUND_AT}
    found = failed(with_log(bundle, list(said.values()), seen_at=late))
    assert found == ["announced before the round", "frozen before the round"]


@pytest.mark.parametrize(
    "cosigned_by",
    [
        {},
        {"audit.example/w": WITNESSES["audit.example/w"]},
        {"audit.example/w": WITNESSES["audit.example/w"], "friend.example/w": KEY},
        {"audit.example/w": WITNESSES["audit.example/w"], "paper.example/w": KEY},
    ],
)
def test_only_witnesses_whom_the_rules_name_are_believed(
    bundle: Path, said: dict[str, Statement], cosigned_by: dict[str, SigningKey]
) -> None:
    checks = with_log(bundle, list(said.values()), cosigned_by=cosigned_by)
    assert failed(checks) == ["witnesses", "announced before the round", "frozen before the round"]
    assert "1 witnesses cosigned where 2 are due" in " ".join(check.found for check in checks) or not cosigned_by


def test_a_copy_of_the_log_without_receipts_does_not_pass(bundle: Path, said: dict[str, Statement]) -> None:
    folder = write_log(bundle.parent / "log", list(said.values()))
    shutil.rmtree(folder / "entry")
    checks = verify_draw(str(bundle), log=str(folder))
    assert failed(checks) == ["witnesses", "announced before the round", "frozen before the round"]
    assert "the receipt of entry 2 proves nothing: No such file" in " ".join(check.found for check in checks)


def test_the_receipt_of_another_entry_proves_nothing(bundle: Path, said: dict[str, Statement]) -> None:
    folder = write_log(bundle.parent / "log", list(said.values()))
    shutil.copy(folder / "entry/1/receipt", folder / "entry/2/receipt")
    assert failed(verify_draw(str(bundle), log=str(folder))) == ["witnesses", "frozen before the round"]


def test_a_receipt_from_another_log_of_the_same_key_proves_nothing(bundle: Path, said: dict[str, Statement]) -> None:
    """The operator showed the witnesses one log and shows the public another."""
    folder = write_log(bundle.parent / "log", list(said.values()))
    leaves = split_bundle((folder / "tile/entries/000.p/5").read_bytes())
    fork = [public_leaf(EntryKind.OVERRIDE, facts={}, at=ROUND_AT), *leaves[1:]]
    forked = receipt(fork, index=2, seen_at=ROUND_AT - timedelta(hours=2))
    (folder / "entry/2/receipt").write_text(forked)
    checks = verify_draw(str(bundle), log=str(folder))
    assert failed(checks) == ["witnesses", "frozen before the round"]
    assert "not of the log as it was read" in " ".join(check.found for check in checks)


@pytest.mark.parametrize("content", [b"", b"\xff", b"c2sp.org/tlog-proof@v1\nextra \nindex 2\n"])
def test_a_receipt_that_cannot_be_read_proves_nothing(bundle: Path, said: dict[str, Statement], content: bytes) -> None:
    folder = write_log(bundle.parent / "log", list(said.values()))
    (folder / "entry/2/receipt").write_bytes(content)
    assert failed(verify_draw(str(bundle), log=str(folder))) == ["witnesses", "frozen before the round"]


VOIDED = SIGNED_ROUND - 20
"""A round a minute before the one that draws."""


def voided(said: dict[str, Statement], *, void_round: int = VOIDED) -> list[Statement]:
    """The log of a draw whose first round was given up for the one that draws."""
    kind, at, facts = said["rules"]
    void = {"draw_id": facts["draw_id"], "void_round": void_round, "next_round": SIGNED_ROUND}
    said_void: Statement = ("draw.void", ROUND_AT - timedelta(hours=1), void)
    return [(kind, at, {**facts, "round": VOIDED}), said["freeze"], said_void, said["result"]]


def test_a_void_round_gives_way_to_the_next_one(bundle: Path, said: dict[str, Statement]) -> None:
    assert not failed(with_log(bundle, voided(said)))


def test_a_round_that_could_have_drawn_is_not_given_up_after_it_was_known(
    bundle: Path, said: dict[str, Statement]
) -> None:
    due_at = instant_of(VOIDED, chain=QUICKNET)
    assert not failed(with_log(bundle, voided(said), seen_at={"draw.void": due_at - SECOND}))
    checks = with_log(bundle, voided(said), seen_at={"draw.void": due_at})
    assert failed(checks) == ["void rounds"]
    assert "though it could have drawn" in " ".join(check.found for check in checks)


def test_a_round_that_came_too_soon_for_the_witnesses_is_given_up_at_any_time(
    bundle: Path, said: dict[str, Statement]
) -> None:
    due_at = instant_of(VOIDED, chain=QUICKNET)
    late = {"draw.freeze": due_at - timedelta(hours=1) + SECOND, "draw.void": due_at}
    checks = with_log(bundle, voided(said), seen_at=late)
    assert not failed(checks)
    assert "witnessed too late to draw" in " ".join(check.found for check in checks)


def test_an_early_sight_of_the_list_in_any_receipt_forbids_a_late_void(
    bundle: Path, said: dict[str, Statement]
) -> None:
    """The freeze's own receipt is of a later checkpoint, but another one covers it too."""
    rules, freeze, void, result = voided(said)
    due_at = instant_of(VOIDED, chain=QUICKNET)
    late = {"draw.freeze": due_at, "draw.rules": due_at - timedelta(hours=2), "draw.void": due_at}
    assert "void rounds" in failed(with_log(bundle, [freeze, rules, void, result], seen_at=late))


def test_a_replacement_announced_after_it_was_known_is_found(bundle: Path, said: dict[str, Statement]) -> None:
    late = {"draw.freeze": ROUND_AT - timedelta(hours=1), "draw.void": ROUND_AT}
    assert failed(with_log(bundle, voided(said), seen_at=late)) == ["announced before the round"]


def test_a_void_of_a_round_that_was_never_announced_is_found(bundle: Path, said: dict[str, Statement]) -> None:
    assert failed(with_log(bundle, voided(said, void_round=VOIDED - 1))) == ["announced round"]


@pytest.mark.parametrize("fact", ["void_round", "next_round"])
def test_a_void_that_cannot_be_read_is_found(bundle: Path, said: dict[str, Statement], fact: str) -> None:
    rules, freeze, (kind, at, facts), result = voided(said)
    assert failed(with_log(bundle, [rules, freeze, (kind, at, {**facts, fact: "soon"}), result])) == ["log"]


def test_the_beacon_of_the_logged_rules_is_the_one_that_is_checked(bundle: Path, said: dict[str, Statement]) -> None:
    kind, at, facts = said["rules"]
    chain = {"public_key": "00" * 32, "genesis_seconds": QUICKNET.genesis_seconds, "period_seconds": 3}
    said["rules"] = (kind, at, {**facts, "beacon": {**chain, "is_demonstration": True}})
    assert failed(with_log(bundle, list(said.values()))) == ["beacon"]


@pytest.mark.parametrize("page", ["/draws/1/bundle", "/draws/1/bundle/", "/draws/1"])
def test_a_site_is_verified_with_its_own_log(
    bundle: Path, site: str, said: dict[str, Statement], tmp_path: Path, page: str
) -> None:
    (tmp_path / "draws" / "1").mkdir(parents=True)
    bundle.rename(tmp_path / "draws" / "1" / "bundle")
    write_log(tmp_path / "log", list(said.values()))
    checks = verify_draw(site + page)
    assert len(checks) == 17
    assert not failed(checks)


def test_a_site_without_a_log_does_not_pass(bundle: Path, site: str) -> None:
    assert failed(verify_draw(f"{site}/{bundle.name}")) == ["log"]


def test_a_page_without_a_bundle_is_refused(site: str) -> None:
    with pytest.raises(SourceUnreachable):
        verify_draw(f"{site}/nothing")


def test_a_site_that_is_not_there_is_refused() -> None:
    with pytest.raises(SourceUnreachable):
        verify_draw("http://127.0.0.1:9/draws/1")


def test_a_file_larger_than_any_draw_is_not_fetched(bundle: Path, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "FILE_BYTES_MAX", 10)
    with pytest.raises(SourceUnreachable):
        verify_draw(f"{site}/{bundle.name}")


def test_the_log_of_a_site_is_at_its_root() -> None:
    assert log_of_site("https://dawr.example:8000/draws/KW-MOI/18?x=1#y") == "https://dawr.example:8000/log"
