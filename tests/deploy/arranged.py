"""The deploy folder on one machine: its own files, with this machine's folders and ports instead of the real ones."""

import ipaddress
import os
import pwd
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dawr.db.embedded import binaries

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
HOST = "dawr.example"
SECRET = "only-in-a-test"
LOGINS = ("dawr_web", "dawr_worker", "dawr_migrate", "dawr_standby", "dawr_backup", "dawr_failover")
SERVERS = ("dawr_a", "dawr_b", "dawr_c")
HOSTS = "db-a.dawr.example,db-b.dawr.example,db-c.dawr.example"
PORTS = (*SERVERS, "pgbouncer", "http", "https", "web-1", "web-2", "witness")


def rendered(file: str, changes: Mapping[str, str]) -> str:
    """A file of the deploy folder with `changes`; each of them must still have something to change."""
    text = (DEPLOY / file).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{file} has no {old!r} any more"
        text = text.replace(old, new)
    return text


class Ground:
    """A folder with ports, certificates and passwords for one whole deployment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.state = self.made("state")
        self.sockets = self.made("sockets")
        self.archive = self.made("archive")
        self.credentials = self.made("credentials")
        for each in (self.sockets, self.archive):
            self.give_to_servers(each)
        self._make_certificate()
        self.write("credentials/root", "r" * 32, mode=0o600)
        lines = [f"*:*:*:{login}:{SECRET}" for login in LOGINS]
        self.write("credentials/pgpass", "\n".join(lines) + "\n", mode=0o600)
        self.server_pgpass = self.write("server.pgpass", "\n".join(lines) + "\n", mode=0o600)
        self.give_to_servers(self.server_pgpass)

    def made(self, name: str) -> Path:
        made = self.folder / name
        made.mkdir(parents=True)
        return made

    def write(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    @cached_property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    def give_to_servers(self, path: Path) -> None:
        """PostgreSQL and PgBouncer refuse to be root."""
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def as_server(self, command: list[str]) -> list[str]:
        """`command` as the user that the servers run as."""
        if os.geteuid() != 0:
            return command
        group = str(pwd.getpwnam("nobody").pw_gid)
        return ["setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups", "--pdeathsig", "TERM", *command]

    def conninfo(self, login: str, *, server: str) -> str:
        """How `login` reaches `server` over the network, with its password."""
        return f"host=localhost port={self.ports[server]} user={login} passfile={self.credentials / 'pgpass'}"

    def unit(self, name: str, *, port: int = 0) -> "Unit":
        """A unit's command and environment as systemd would give them, on this ground."""
        return Unit(self, name, port=port)

    def _make_certificate(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        names = [x509.DNSName(HOST), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.write("tls.crt", certificate.public_bytes(serialization.Encoding.PEM).decode())
        self.give_to_servers(self.write("tls.key", text, mode=0o600))


class Unit:
    """One systemd unit of the deploy folder, read as systemd reads it."""

    def __init__(self, ground: Ground, name: str, *, port: int) -> None:
        text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        ports = [str(ground.ports[server]) for server in SERVERS]
        for old, new in {
            "/opt/dawr/.venv/bin/dawr": f"{sys.executable} -m dawr",
            "/opt/dawr": str(ROOT),
            f"host={HOSTS}": f"host=localhost,localhost,localhost port={','.join(ports)}",
            HOSTS: ",".join(f"localhost:{port}" for port in ports),
            # The embedded server is built without TLS.
            "sslmode=verify-full&sslrootcert=/etc/dawr/ca.crt": "sslmode=disable",
            "sslmode=verify-full sslrootcert=/etc/dawr/ca.crt": "sslmode=disable",
            "/run/pgbouncer&port=6432": f"{ground.sockets}&port={ground.ports['pgbouncer']}",
            "/var/lib/dawr": str(ground.state),
            "%d": str(ground.credentials),
            "%i": str(port),
        }.items():
            text = text.replace(old, new)
        self.command = shlex.split(dict(re.findall(r"^(ExecStart)=(.*)$", text, re.MULTILINE))["ExecStart"])
        files = re.findall(r"^EnvironmentFile=/etc/dawr/(\S+)$", text, re.MULTILINE)
        told = [line for file in files for line in (DEPLOY / file).read_text(encoding="utf-8").splitlines()]
        own = [shlex.split(line)[0] for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE)]
        pairs = (line.partition("=") for line in (*own, *told) if "=" in line and not line.startswith("#"))
        self.environment = {name: value for name, _, value in pairs}


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody holds."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def run_tool(name: str, *arguments: str, ground: Ground, **environment: str) -> str:
    """A program of PostgreSQL, with the passwords of this ground; what it printed."""
    told = {**os.environ, "PGPASSFILE": str(ground.credentials / "pgpass"), **environment}
    command = [str(binaries() / name), *arguments]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
