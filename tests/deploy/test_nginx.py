"""The edge: TLS, static files, what is kept for everybody, and what is said when everything behind it is down."""

import base64
import hashlib
import json
import re
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

import httpx
import pytest
from litestar.routes import HTTPRoute

import dawr.app
from dawr.db.pool import make_pool
from dawr.web.headers import security_headers
from dawr.web.page import asset, static_folder
from dawr.web.wiring import make_application
from tests.deploy.arranged import DEPLOY, HOST
from tests.deploy.site import Site

FAULTS = ("unavailable", "busy", "too-large")
EDGE = "Dawr does not answer"
KEPT = "/log/vkey"


def tls_socket(site: Site, *, name: str = HOST, protocols: Sequence[str] = ("http/1.1",)) -> ssl.SSLSocket:
    trusting = ssl.create_default_context(cafile=str(site.ground.certificate))
    trusting.set_alpn_protocols(protocols)
    plain = socket.create_connection(("127.0.0.1", site.ground.ports["https"]), timeout=10)
    return trusting.wrap_socket(plain, server_hostname=name)


def ask(site: Site, path: str, **headers: str) -> httpx.Response:
    with site.browser() as visitor:
        return visitor.get(path, headers=headers)


def test_a_page_comes_over_tls_with_each_header_once(site: Site) -> None:
    answer = ask(site, "/")
    assert answer.status_code == 200
    for name, value in security_headers(site.settings).items():
        assert answer.headers.get_list(name) == [value]


def test_http_2_is_offered_and_old_tls_is_not(site: Site) -> None:
    with tls_socket(site, protocols=["h2", "http/1.1"]) as connected:
        assert connected.selected_alpn_protocol() == "h2"
        assert connected.version() == "TLSv1.3"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(site.ground.certificate)
    # This side would talk to the oldest server.
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    plain = socket.create_connection(("127.0.0.1", site.ground.ports["https"]), timeout=10)
    with plain, pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        old.wrap_socket(plain, server_hostname=HOST)


def test_who_asks_for_another_name_gets_no_certificate(site: Site) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        tls_socket(site, name="localhost")


def test_plain_http_is_sent_to_https(site: Site) -> None:
    answer = httpx.get(f"http://127.0.0.1:{site.ground.ports['http']}/draws?a=1")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/draws?a=1")


def test_every_static_file_comes_from_the_disk_with_its_type_for_ever(site: Site) -> None:
    files = [file for file in static_folder().rglob("*") if file.is_file() and not file.name.startswith(".")]
    assert files
    for file in files:
        answer = ask(site, f"/static/{file.relative_to(static_folder())}")
        assert answer.content == file.read_bytes()
        assert answer.headers["content-type"] != "application/octet-stream"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "cache-control" not in ask(site, "/static/built/nothing.css").headers


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_the_machine_alone_is_not_shown_outside(site: Site, path: str) -> None:
    assert ask(site, path).status_code == 404


def test_what_is_public_is_kept_without_anybodys_cookie_and_given_when_the_web_is_dead(site: Site) -> None:
    asked = ask(site, KEPT, Cookie="dawr=somebody")
    assert (asked.status_code, "set-cookie" in asked.headers) == (200, False)
    try:
        site.kill_web()
        assert ask(site, KEPT).text == asked.text
        assert ask(site, f"{KEPT}?past=the-cache").text == asked.text
        assert ask(site, asset("dawr.rtl.css")).status_code == 200
        assert ask(site, "/").status_code == 503
    finally:
        site.start_web()
    # nginx leaves a server that did not answer alone for some seconds.
    deadline = time.monotonic() + 30
    while (status := ask(site, "/").status_code) != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert status == 200


def test_now_serving_is_given_past_its_time_rather_than_not_at_all(site: Site, line: str) -> None:
    now_serving = ask(site, f"{line}/now.json")
    assert now_serving.status_code == 200
    assert now_serving.headers["cache-control"] == "public, max-age=2"
    try:
        site.kill_web()
        time.sleep(2.5)
        assert ask(site, f"{line}/now.json").json().keys() == now_serving.json().keys()
    finally:
        site.start_web()


def test_exactly_what_the_application_answers_without_a_session_is_kept_for_everybody(site: Site) -> None:
    text = (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    [kept] = re.findall(r"location ~ (\^/\(log\S+)", text)
    features = [each for each in vars(dawr.app).values() if isinstance(each, ModuleType) and hasattr(each, "routes")]
    site_of_features = make_application(
        settings=site.settings,
        pool=make_pool(""),
        routes=[route for feature in features for route in feature.routes],
    )
    asked = {
        (re.sub(r"\{\w+:(\w+)\}", lambda found: "7" if found[1] == "int" else "x", route.path), handler)
        for route in site_of_features.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "GET" in handler.http_methods and not route.path.startswith(("/static", "/proof"))
    }
    without_session = {path for path, handler in asked if handler.opt.get("skip_session")}
    assert len(without_session) > 10
    assert {path for path, _ in asked if re.search(kept, path)} == without_session


def test_a_killed_web_process_is_not_noticed(site: Site) -> None:
    try:
        site.web[0].process.kill()
        site.web[0].process.wait()
        # The one that is left may itself ask for patience; what must not come is the page of the edge.
        assert not [answer for answer in (ask(site, "/services") for _ in range(10)) if EDGE in answer.text]
    finally:
        site.kill_web()
        site.start_web()


def test_when_all_are_dead_a_person_is_told_in_both_languages_and_a_program_in_json(site: Site) -> None:
    try:
        site.kill_web()
        page = ask(site, "/draws")
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "الموقع لا يجيب الآن" in page.text
        assert EDGE in page.text
        assert int(page.headers["retry-after"]) > 0
        assert page.headers["cache-control"] == "no-store"
        with site.browser() as visitor:
            program = visitor.post("/api/v1/draws/KW-MOI/18/2027-02-01/enter", json={})
        assert (program.status_code, program.json()["type"]) == (503, "edge.unavailable")
        assert program.headers["content-type"].startswith("application/json")
        assert ask(site, "/lines/KW-MOI/18/never-asked/now.json").json()["type"] == "edge.unavailable"
    finally:
        site.start_web()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_of_the_edge_brings_everything_along(fault: str) -> None:
    pages = DEPLOY / "nginx" / "pages"
    text = (pages / f"{fault}.html").read_text(encoding="utf-8")
    assert re.search(r'<html lang="ar" dir="rtl">', text)
    assert re.search(r'<section lang="en" dir="ltr">', text)
    assert not re.search(r"<(script|link|img)|https?:|style=", text)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    hashed = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
    allowed = re.findall(r"'sha256-([^']+)'", (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8"))
    assert hashed == allowed
    said = json.loads((pages / f"{fault}.json").read_text(encoding="utf-8"))
    assert set(said) == {"type", "title", "detail", "status"}


def test_a_body_larger_than_any_form_is_refused_before_the_application(site: Site) -> None:
    with site.browser() as visitor:
        page = visitor.post("/draws", content=b"x" * 200_000)
        program = visitor.post("/api/v1/any", content=b"x" * 200_000)
    assert page.status_code == program.status_code == 413
    assert "ما أرسلته أكبر مما نقبل" in page.text
    assert program.json()["type"] == "edge.too_large"


def test_the_photographs_of_a_tip_have_room_and_it_ends(site: Site) -> None:
    with site.browser() as visitor:
        fitting, larger = (visitor.post("/tips/send", content=b"x" * size) for size in (1_000_000, 7_000_000))
    assert fitting.status_code == 403, "it came through, to an application that wants the token of our own page"
    assert larger.status_code == 413


def test_of_the_tip_line_not_even_a_visit_is_written_down(site: Site) -> None:
    for path in ("/tips", "/tips/follow", "/status"):
        assert ask(site, path).status_code == 200
    assert "/tips" not in site.access_log(until="GET /status ")
    assert "/tips" not in site.log_of_web()


@pytest.mark.parametrize(
    "begun", [b"GET / HTTP/1.1", b"POST / HTTP/1.1\r\nHost: dawr.example\r\nContent-Length: 9\r\n\r\n1"]
)
def test_who_is_slow_is_cut(site: Site, begun: bytes) -> None:
    with tls_socket(site) as connected:
        connected.sendall(begun)
        started = time.monotonic()
        with suppress(ConnectionResetError):
            assert connected.recv(1) == b""
        assert time.monotonic() - started < 5


def test_the_log_does_not_say_who_somebody_is_or_what_he_asked(site: Site) -> None:
    ask(site, "/services/KW-MOI/18?civil=288020122596", **{"X-Forwarded-For": "203.0.113.7", "User-Agent": "Somebody"})
    lines = site.access_log(until="GET /services ").splitlines()
    assert {line.split()[1] for line in lines} == {"127.0.0.0"}
    told = re.compile(r"\S+ \S+ ([A-Z]*|-) (/[a-z_.-]*|-) \d+ \d+ [\d.]+ [A-Z-]+")
    assert [line for line in lines if not told.fullmatch(line)] == []


def test_the_configuration_is_sound(site: Site) -> None:
    told = site.nginx_says("-t", "-q")
    assert (told.returncode, told.stderr) == (0, "")
