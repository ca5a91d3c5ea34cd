"""kill -9 of the worker in the middle of a freeze, of a draw, and of a line's opening, while people come in.

A lock holds the worker up after it has written a part of its step, so that it always dies there.
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import psycopg

from tests.faults.counting import CLEAN, Held, tallied
from tests.faults.load import Load
from tests.faults.openings import DRAW, LINE, SEATS, announce_draw, announce_line
from tests.faults.rush import ACKNOWLEDGED, invented, refusals
from tests.faults.site import Site

PEOPLE = 2000
COME_A_SECOND = 400
MOMENT = timedelta(seconds=3)
HELD_UP = """
exists (
    select from pg_locks as waiting
    inner join pg_locks as wrote using (pid)
    where not waiting.granted and waiting.relation = %(writes)s::regclass
    and wrote.granted and wrote.relation = %(wrote)s::regclass and wrote.mode = 'RowExclusiveLock'
)
"""


def kill_worker_between(site: Site, *, wrote: str, writes: str) -> None:
    """It has written to one table and is about to write to the other one; returns when nothing of it is left."""
    with psycopg.connect(site.server.url) as holding:
        holding.execute(f"lock table {writes} in share mode".encode())
        site.wait_until(HELD_UP, wrote=wrote, writes=writes)
        site.kill("worker")
    site.wait_until(f"not {HELD_UP}", wrote=wrote, writes=writes)


def test_a_list_is_frozen_and_drawn_once_although_the_worker_dies_in_both(site: Site) -> None:
    announce_draw(site, freezes_at=datetime.now(UTC) + MOMENT)
    crowd = invented(PEOPLE)
    requests = site.requests(f"/api/v1/draws/{DRAW}/entry", people=crowd, bodies=({} for _ in crowd))
    with Load(site.addresses, requests, rate=COME_A_SECOND) as load:
        kill_worker_between(site, wrote="releases.frozen_list", writes="transparency.entry")
        assert counted(site, "releases.frozen_list", DRAW) == 0
        site.start("worker")
    assert set(refusals(load.in_order)) <= {"releases.list_frozen"}
    kill_worker_between(site, wrote="releases.result", writes="releases.label_range")
    assert counted(site, "releases.result", DRAW) == 0
    site.start("worker")
    offers = "(select count(*) from releases.offer where draw_id = %(draw)s) = %(seats)s"
    site.wait_until(offers, draw=DRAW, seats=SEATS)

    acknowledged = [
        Held(person, json.loads(answer.body)["label"])
        for person, answer in zip(crowd, load.in_order, strict=True)
        if answer.status == ACKNOWLEDGED
    ]
    entrants = site.asked("select person_id, label from releases.entrant where draw_id = %(draw)s", draw=DRAW)
    assert tallied(acknowledged, [Held(*row) for row in entrants]) == CLEAN
    ranked = site.asked("select label from releases.result where draw_id = %(draw)s", draw=DRAW)
    assert Counter(label for (label,) in ranked) == Counter(held.name for held in acknowledged)
    winners = site.asked("select person_id from booking.booking where slot_id = %(slot)s", slot=DRAW[-10:])
    assert len({person for (person,) in winners}) == len(winners) == SEATS
    in_log = said(site, DRAW)
    assert (in_log["draw.freeze"], in_log["draw.result"]) == (1, 1)
    assert site.bugs() == []


def test_a_line_opens_once_although_the_worker_dies_in_its_opening(site: Site) -> None:
    opens_at = datetime.now(UTC) + MOMENT
    announce_line(site, opens_at=opens_at)
    crowd = invented(PEOPLE)
    requests = site.requests(f"/api/v1/lines/{LINE}/place", people=crowd, bodies=({} for _ in crowd))
    with Load(site.addresses, requests, rate=COME_A_SECOND) as load:
        kill_worker_between(site, wrote="lines.place", writes="lines.gathered")
        assert site.asked("select max(number) from lines.place where line_id = %(line)s", line=LINE) == [(None,)]
        site.start("worker")
    site.wait_until("(select opened_at is not null from lines.line where line_id = %(line)s)", line=LINE)
    with Load(site.addresses, requests) as again:
        pass

    places = site.asked(
        "select person_id, label, number, joined_at from lines.place where line_id = %(line)s", line=LINE
    )
    stored = [Held(person, f"{label} {number}") for person, label, number, _ in places]
    told = [json.loads(answer.body) for answer in again.in_order]
    numbered = [Held(person, f"{each['label']} {each['number']}") for person, each in zip(crowd, told, strict=True)]
    assert tallied(numbered, stored) == CLEAN
    assert sorted(number for _, _, number, _ in places) == list(range(1, PEOPLE + 1))
    for answer, now in zip(load.in_order, told, strict=True):
        before = json.loads(answer.body)
        assert before["label"] == now["label"]
        assert before.get("number") in (None, now["number"]), "a number that was told once stays"
    [(gathered,)] = site.asked("select labels from lines.gathered where line_id = %(line)s", line=LINE)
    assert Counter(gathered.split()) == Counter(label for _, label, _, joined_at in places if joined_at < opens_at)
    assert said(site, LINE)["line.opened"] == 1
    assert site.bugs() == []


def counted(site: Site, table: str, draw_id: str) -> int:
    [(count,)] = site.asked(f"select count(*) from {table} where draw_id = %(draw)s", draw=draw_id)
    return int(count)


def said(site: Site, name: str) -> Counter[str]:
    """How often the log says what of a draw or a line."""
    question = """
        select leaf::jsonb ->> 'kind', count(*)
        from transparency.entry
        where %(name)s in (leaf::jsonb #>> '{facts,draw_id}', leaf::jsonb #>> '{facts,line_id}')
        group by 1
    """
    return Counter(dict(site.asked(question, name=name)))
