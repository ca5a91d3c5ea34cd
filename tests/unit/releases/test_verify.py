"""A draw is verified from outside, from its four files and the public log."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dawr.releases import verify
from dawr.releases.beacon import QUICKNET, Chain
from dawr.releases.checks import Check
from dawr.releases.verify import SourceUnreachable, log_of_site, verify_draw
from tests.unit.releases.draws import SIGNED_BEACON, draw
from tests.unit.releases.logs import KEY, ROUND_AT, Statement, statements, write_log


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
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


def with_log(bundle: Path, said: list[Statement]) -> list[Check]:
    return verify_draw(str(bundle), log=str(write_log(bundle.parent / "log", said)))


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
        "announced round",
        "announced before the round",
        "frozen before the round",
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
    ],
)
def test_a_draw_that_is_not_the_logged_one_is_found(
    bundle: Path, said: dict[str, Statement], name: str, fact: str, value: object, check: str
) -> None:
    kind, at, facts = said[name]
    said[name] = (kind, at, {**facts, fact: value})
    assert failed(with_log(bundle, list(said.values()))) == [check]


@pytest.mark.parametrize(
    ("name", "before", "check"),
    [
        ("freeze", timedelta(minutes=59), "frozen before the round"),
        ("rules", timedelta(seconds=-1), "announced before the round"),
    ],
)
def test_a_step_taken_too_late_is_found(
    bundle: Path, said: dict[str, Statement], name: str, before: timedelta, check: str
) -> None:
    kind, _, facts = said[name]
    said[name] = (kind, ROUND_AT - before, facts)
    assert failed(with_log(bundle, list(said.values()))) == [check]


def test_a_void_round_gives_way_to_the_next_one(bundle: Path, said: dict[str, Statement]) -> None:
    kind, at, facts = said["rules"]
    said["rules"] = (kind, at, {**facts, "round": 7})
    draw_id = facts["draw_id"]
    void: Statement = (
        "draw.void",
        ROUND_AT - timedelta(hours=1),
        {"draw_id": draw_id, "void_round": 7, "next_round": 42},
    )
    assert not failed(with_log(bundle, [*said.values(), void]))


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
    assert len(checks) == 15
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
