"""Whether the draw in a bundle is the one that the log announced, froze and published, each once and in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from dawr.releases.beacon import Chain, instant_of
from dawr.releases.bundle import DrawRecord
from dawr.releases.checks import Check, same
from dawr.releases.logged_draw import LoggedDraw, LoggedRules, Said, facts_of
from dawr.releases.witnessed_round import WitnessedRound
from dawr.transparency.model import LogBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedVoid:
    """The statement that a round is given up for another one."""

    void_round: int
    next_round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A round that the log announced, the one that it replaces, and what the witnesses say of it."""

    round: int
    instead_of: int | None
    witnessed: WitnessedRound


def check_against_log(record: DrawRecord, *, results_sha256: str, logged: LoggedDraw) -> list[Check]:
    """The checks of a bundle against the log, in the order in which things are said; LogBroken."""
    checks = [_log_itself(logged)]
    for kind in ("draw.rules", "draw.freeze", "draw.result"):
        if (times := len(logged.all_of(kind))) != 1:
            found = f"{kind} stands {times} times in the log"
            return [*checks, Check(name="logged once", passed=False, found=found)]
    [rules], [freeze], [result] = (logged.all_of(kind) for kind in ("draw.rules", "draw.freeze", "draw.result"))
    frozen = {"list_root": record.list_root, "entrants": record.entrants, "places_sha256": record.places_sha256}
    drawn = {"seed": record.seed, "randomness": record.beacon.randomness, "results_sha256": results_sha256}
    return [
        *checks,
        _all_same("logged rules", rules, wanted={"places_sha256": record.places_sha256, "seats": record.seats}),
        _all_same("logged freeze", freeze, wanted=frozen),
        *_rounds_in_time(record, logged),
        _all_same("logged result", result, wanted=drawn),
    ]


def _log_itself(logged: LoggedDraw) -> Check:
    log = logged.log
    witnesses = ", ".join(name for name, _ in log.cosigned) or "nobody"
    found = f"{log.tree.size} entries, each in its place; cosigned by {witnesses}"
    return Check(name="log", passed=log.has_quorum, found=found)


def _rounds_in_time(record: DrawRecord, logged: LoggedDraw) -> list[Check]:
    """Whether anybody could choose a round, or change the list, once it was known; by the witnesses' own clocks."""
    assert logged.rules is not None, "they stand in the log once"
    rounds = _rounds(logged, logged.rules)
    last = rounds[-1].witnessed
    return [
        _witnesses(logged, logged.rules),
        _announced(rounds, drawn=record.beacon.round_number),
        _in_time("announced before the round", last.is_announced_in_time, at=last.announced_at, of=last),
        _in_time("frozen before the round", last.is_frozen_in_time, at=last.frozen_at, of=last),
        _given_up(rounds),
    ]


def _rounds(logged: LoggedDraw, rules: LoggedRules) -> list[Announced]:
    """Every round that was announced for the draw, in the order of the log."""
    [first], [freeze] = logged.all_of("draw.rules"), logged.all_of("draw.freeze")
    voids = [(said, facts_of(said, LoggedVoid)) for said in logged.all_of("draw.void")]
    announced = [(first, None, rules.round), *((said, void.void_round, void.next_round) for said, void in voids)]
    return [
        Announced(
            round=number,
            instead_of=instead_of,
            witnessed=WitnessedRound(
                draws_at=_due_at(number, rules.beacon),
                lead_seconds=rules.lead_seconds,
                announced_at=logged.known_at(said),
                frozen_at=logged.known_at(freeze),
            ),
        )
        for said, instead_of, number in announced
    ]


def _witnesses(logged: LoggedDraw, rules: LoggedRules) -> Check:
    """Whose clocks are believed: keys as they stand in the rules, to be compared with what their owners publish."""
    quorum = rules.quorum
    if logged.unproven:
        return Check(name="witnesses", passed=False, found="; ".join(logged.unproven))
    keys = ", ".join(f"{witness.name}+{witness.key_id.hex()}" for witness in quorum.witnesses)
    return Check(name="witnesses", passed=True, found=f"{quorum.count} of {keys} saw every step, as the rules ask")


def _announced(rounds: Sequence[Announced], *, drawn: int) -> Check:
    for before, after in pairwise(rounds):
        if after.instead_of != before.round:
            found = f"the log gives up round {after.instead_of} where round {before.round} was announced"
            return Check(name="announced round", passed=False, found=found)
    return same("announced round", rounds[-1].round, worked_out=drawn, where="the log")


def _in_time(name: str, passed: bool, *, at: datetime | None, of: WitnessedRound) -> Check:
    since = f"witnessed at {at:%FT%TZ}" if at else "not witnessed"
    found = f"{since}, the round being due at {of.draws_at:%FT%TZ}; the lead is {of.lead_seconds} seconds"
    return Check(name=name, passed=passed, found=found)


def _given_up(rounds: Sequence[Announced]) -> Check:
    """Whether no round was thrown away by somebody who could have looked at it."""
    found = []
    for before, after in pairwise(rounds):
        given_up_at = after.witnessed.announced_at
        said = f"round {before.round}, due at {before.witnessed.draws_at:%FT%TZ}, was given up "
        said += f"at {given_up_at:%FT%TZ}" if given_up_at else "without witnesses"
        if not before.witnessed.may_be_void(voided_at=given_up_at):
            return Check(name="void rounds", passed=False, found=f"{said}, though it could have drawn")
        found.append(said if before.witnessed.may_draw else f"{said}, witnessed too late to draw")
    return Check(name="void rounds", passed=True, found="; ".join(found) or "none")


def _due_at(round_number: int, chain: Chain) -> datetime:
    try:
        return instant_of(round_number, chain=chain)
    except (OverflowError, ValueError, OSError) as unreal:
        raise LogBroken(where="draw.rules", reason=f"round {round_number} is never due") from unreal


def _all_same(name: str, said: Said, *, wanted: Mapping[str, object]) -> Check:
    for fact, value in wanted.items():
        if said.facts.get(fact) != value:
            found = f"the log says {fact} {said.facts.get(fact)}; worked out is {value}"
            return Check(name=name, passed=False, found=found)
    return Check(name=name, passed=True, found=f"the log has the same {', '.join(wanted)}")
