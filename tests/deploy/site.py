"""nginx with the deploy folder's file in front of two web processes and a worker, each started as its unit says."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import httpx

from dawr.demo.processes import Program as Process
from dawr.demo.processes import Running, running
from dawr.settings import Settings, read_settings
from tests.deploy.arranged import HOST, ROOT, Ground, rendered
from tests.deploy.cluster import Cluster
from tests.deploy.programs import UNPACKED, Program

ANSWER_SECONDS_MAX = 20
BEAT_SECONDS_MAX = 30
MIME = "/etc/nginx/mime.types"


class ByName(httpx.HTTPTransport):
    """Asks the address that it is given, for the name that the site has."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": HOST}
        return super().handle_request(request)


class Site:
    """The whole site of one machine."""

    def __init__(self, ground: Ground, program: Program) -> None:
        self.ground = ground
        self._program = program
        self._stack = ExitStack()
        self.web: list[Running] = []
        self.configuration = self._configure()
        self.nginx = self._start_nginx()

    @property
    def settings(self) -> Settings:
        """As a web process reads them."""
        return read_settings(self.ground.unit("dawr-web@.service", port=1).environment)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.ground.ports['https']}"

    def browser(self) -> httpx.Client:
        """Somebody who asks for the site by its name and checks its certificate."""
        trusting = ssl.create_default_context(cafile=str(self.ground.certificate))
        return httpx.Client(
            base_url=self.address, transport=ByName(verify=trusting), headers={"Host": HOST}, timeout=10
        )

    def start_web(self) -> None:
        """Both web processes, answering."""
        ports = [self.ground.ports["web-1"], self.ground.ports["web-2"]]
        units = [self.ground.unit("dawr-web@.service", port=port) for port in ports]
        processes = [
            Process(
                name=f"web-{port}",
                command=["env", f"DAWR_PORT={port}", *unit.command],
                answers_at=f"http://127.0.0.1:{port}/readyz",
            )
            for port, unit in zip(ports, units, strict=True)
        ]
        self.web = self._start(processes, environment=units[0].environment)

    def start_worker(self) -> None:
        unit = self.ground.unit("dawr-worker.service")
        self._start([Process(name="worker", command=unit.command)], environment=unit.environment)

    def kill_web(self) -> None:
        """Both at once, in the middle of whatever they do."""
        for web in self.web:
            web.process.kill()
            web.process.wait()

    def run_to_the_end(self, unit: str) -> None:
        """A oneshot unit."""
        told = self.ground.unit(unit)
        done = subprocess.run(
            told.command, env=os.environ | told.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        self.nginx.send_signal(signal.SIGTERM)
        self.nginx.wait()
        self._stack.close()

    def log_of(self, name: str) -> str:
        """What a process wrote."""
        return (self.ground.folder / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def log_of_web(self) -> str:
        """What both web processes wrote."""
        return "".join(self.log_of(web.program.name) for web in self.web)

    def access_log(self, *, until: str) -> str:
        """Its whole lines, once it holds `until`; nginx writes what it holds back when it opens its files anew."""
        self.nginx.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while until not in (text := (self.ground.folder / "log" / "dawr.log").read_text(encoding="utf-8")):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text[: text.rindex("\n")]

    def _start(self, processes: Sequence[Process], *, environment: Mapping[str, str]) -> list[Running]:
        logs = self.ground.folder / "logs"
        return self._stack.enter_context(running(processes, logs=logs, environment=environment))

    def _configure(self) -> Path:
        ground, ports = self.ground, self.ground.ports
        log, cache = ground.made("log"), ground.made("cache")
        mime = MIME if Path(MIME).exists() else f"{UNPACKED}{MIME}"
        unused = "".join(f"{name}_temp_path {cache}/{name};" for name in ("fastcgi", "uwsgi", "scgi"))
        text = rendered(
            "nginx/nginx.conf",
            {
                "user www-data;": "user root;" if os.geteuid() == 0 else "",
                "worker_processes auto;": "worker_processes 2;",
                "/run/nginx.pid": f"{ground.folder}/nginx.pid",
                "/var/log/nginx/": f"{log}/",
                "http {\n": f"http {{\n{unused}\n",
                MIME: mime,
                "/var/cache/nginx/": f"{cache}/",
                "/etc/dawr/tls.": f"{ground.folder}/tls.",
                "/opt/dawr/": f"{ROOT}/",
                "client_header_timeout 10s": "client_header_timeout 1s",
                "client_body_timeout 10s": "client_body_timeout 1s",
                "listen 80 ": f"listen 127.0.0.1:{ports['http']} ",
                "listen 443 ": f"listen 127.0.0.1:{ports['https']} ",
                "127.0.0.1:8001": f"127.0.0.1:{ports['web-1']}",
                "127.0.0.1:8002": f"127.0.0.1:{ports['web-2']}",
            },
        )
        # Not every machine that runs tests has IPv6.
        return ground.write("nginx.conf", re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE))

    def nginx_says(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._nginx_command(*arguments), env=self._program.environ, capture_output=True, text=True, check=False
        )

    def _nginx_command(self, *arguments: str) -> list[str]:
        return [str(self._program.path), "-e", "stderr", "-c", str(self.configuration), *arguments]

    def _start_nginx(self) -> "subprocess.Popen[bytes]":
        dies_with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        command = [*dies_with_us, *self._nginx_command("-g", "daemon off;")]
        process = subprocess.Popen(command, env=self._program.environ)
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        with self.browser() as visitor:
            while not _answers(visitor):
                assert process.poll() is None, "nginx ended"
                assert time.monotonic() < deadline, "nginx does not answer"
                time.sleep(0.05)
        return process


def wait_until_the_worker_beats(cluster: Cluster, site: Site, *, after: datetime | None = None) -> None:
    """Until the worker has said that it lives, later than `after`."""
    beats = (
        "select exists (select from statistics.heartbeat"
        " where part = 'worker' and beat_at > coalesce(%s::timestamptz, '-infinity'))"
    )
    deadline = time.monotonic() + BEAT_SECONDS_MAX
    with cluster.superuser(database="dawr") as connection:
        while connection.execute(beats, (after,)).fetchone() != (True,):
            assert time.monotonic() < deadline, site.log_of("worker")
            time.sleep(0.1)


def _answers(visitor: httpx.Client) -> bool:
    try:
        visitor.get("/metrics")
    except httpx.TransportError:
        return False
    return True
