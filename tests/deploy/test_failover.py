"""The primary dies in the middle of work: nothing acknowledged is lost, and the site goes on by itself."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from litestar.middleware.session.client_side import ClientSideSessionBackend

from dawr.kernel.identifiers import PersonId
from dawr.web.session import session_config
from tests.deploy.arranged import DEPLOY, Ground
from tests.deploy.cluster import Cluster, Pooler
from tests.deploy.site import Site

GOES_ON_SECONDS_MAX = 20


def sign_in(site: Site, visitor: httpx.Client) -> PersonId:
    """A session as the national ID would have led to, for a new person."""
    person_id = PersonId(uuid4())
    told = {"person": str(person_id), "at": int(datetime.now(UTC).timestamp()), "assurance": 3, "language": "en"}
    for chunk in ClientSideSessionBackend(config=session_config(site.settings)).dump_data(told):
        visitor.cookies.set("dawr", chunk.decode(), domain="127.0.0.1")
    return person_id


def take_number(site: Site, line: str) -> PersonId:
    """Somebody takes his number through nginx and PgBouncer, and is told that he is in line."""
    with site.browser() as visitor:
        person_id = sign_in(site, visitor)
        shown = visitor.get(line)
        assert shown.status_code == 200, shown.text
        token = re.findall(r'name="_csrf_token" value="([^"]+)"', shown.text)[0]
        answer = visitor.post(f"{line}/join", data={"_csrf_token": token})
        assert (answer.status_code, answer.headers.get("location")) == (303, f"{line}/mine"), answer.text
    return person_id


def people_in_line(cluster: Cluster) -> set[PersonId]:
    with cluster.superuser(database="dawr") as connection:
        return {row[0] for row in connection.execute("select person_id from lines.place").fetchall()}


def fail_over(ground: Ground, standbys: Sequence[str]) -> subprocess.CompletedProcess[str]:
    named = [word for name in standbys for word in ("--standby", ground.conninfo("dawr_failover", server=name))]
    command = [sys.executable, str(DEPLOY / "postgresql" / "failover.py"), *named]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def wait_until_it_goes_on(site: Site) -> None:
    deadline = time.monotonic() + GOES_ON_SECONDS_MAX
    with site.browser() as visitor:
        while visitor.get("/services").status_code != 200:
            assert time.monotonic() < deadline, "the site does not go on"
            time.sleep(0.1)


def test_what_was_acknowledged_is_there_after_the_primary_died_and_the_site_goes_on(
    cluster: Cluster, pooler: Pooler, site: Site, line: str
) -> None:
    acknowledged = {take_number(site, line) for _ in range(5)}
    with site.browser() as visitor:
        assert visitor.get(f"{line}/now.json").json()["open"] is False
    lost, standbys = cluster.primary, cluster.standbys
    cluster.kill_primary()
    with site.browser() as visitor:
        assert visitor.get("/services").status_code == 503, site.log_of_web()
        assert visitor.get(f"{line}/now.json").status_code == 200

    alone = fail_over(site.ground, standbys=standbys[:1])
    assert (alone.returncode, "may alone have what was" in alone.stderr) == (1, True)
    told = fail_over(site.ground, standbys=standbys)
    assert told.returncode == 0, told.stderr
    [cluster.primary] = [name for name in standbys if f"{name} is the primary" in told.stdout]
    assert f"port={site.ground.ports[cluster.primary]}" in told.stdout
    cluster.wait_until_followed(cluster.standbys[0])
    assert people_in_line(cluster) == acknowledged

    pooler.go_to(cluster.primary)
    wait_until_it_goes_on(site)
    acknowledged.add(take_number(site, line))
    assert people_in_line(cluster) == acknowledged
    assert [web.process.poll() for web in site.web] == [None, None]

    cluster.add_standby(lost)
    again = fail_over(site.ground, standbys=(cluster.primary, *cluster.standbys))
    assert (again.returncode, f"{cluster.primary} is the primary" in again.stdout) == (0, True)
