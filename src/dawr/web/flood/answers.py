"""What is answered at the door: bytes made once, in both languages, without a template, a session or a query."""

import json
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import msgspec

from dawr.kernel.refusal import Refusal
from dawr.settings import Settings
from dawr.web.flood.guard import Admission
from dawr.web.flood.proofs import Proofs
from dawr.web.flood.refusals import CrowdedAddress, ProofAsked, TooFast, TooManyPeople, TooSlow, refusal_of
from dawr.web.headers import security_headers
from dawr.web.language import next_step, sentence
from dawr.web.page import environment
from dawr.web.session import Language

SECONDS, PATH, TICKET, CHALLENGE = "@seconds@", "@path@", "@ticket@", "@challenge@"
PATH_LENGTH_MAX = 1500
BUSY_SECONDS = 5

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Headers
    body: bytes


class Answers:
    """The pages and problem details of one process, made when it starts."""

    def __init__(self, settings: Settings) -> None:
        self._proofs = Proofs(settings)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in security_headers(settings).items()]
        kinds: tuple[type[Refusal], ...] = (CrowdedAddress, ProofAsked, TooFast, TooManyPeople, TooSlow)
        self._pages = {kind: _page(kind, settings=settings) for kind in kinds}
        self._sentences = {(kind, language): _said(kind, language) for kind in kinds for language in LANGUAGES}

    def refused(self, admission: Admission, *, wanted: str, wants_page: bool, language: Language, at: int) -> Answer:
        """The answer to a request that was not let in; `wanted` is where the person wants to be in the end.

        `at` is in Unix seconds.
        """
        kind = refusal_of(admission)
        seconds = admission.retry_after_seconds
        if not wants_page:
            return self._problem(kind, seconds=seconds, language=language)
        page = self._pages[kind]
        if admission.needs_proof:
            page = self._with_proof(page, wanted=wanted[:PATH_LENGTH_MAX], seconds=seconds, at=at)
        return self._page(kind, page, seconds=seconds)

    def busy(self, *, wants_page: bool, language: Language) -> Answer:
        """Nobody was served within the time that a request may take."""
        if not wants_page:
            return self._problem(TooManyPeople, seconds=BUSY_SECONDS, language=language)
        return self._page(TooManyPeople, self._pages[TooManyPeople], seconds=BUSY_SECONDS)

    def too_slow(self) -> Answer:
        """The body did not come; whoever sends that slowly is cut."""
        answer = self._page(TooSlow, self._pages[TooSlow], seconds=1)
        answer.headers.append((b"connection", b"close"))
        return answer

    def _problem(self, kind: type[Refusal], *, seconds: int, language: Language) -> Answer:
        """Problem details (RFC 9457), as everywhere in the API."""
        title, detail = self._sentences[kind, language]
        said = {
            "type": kind.code,
            "title": title,
            "detail": detail.replace(SECONDS, str(seconds)),
            "status": kind.status,
        }
        return self._answer(kind.status, msgspec.json.encode(said), kind=b"application/json", seconds=seconds)

    def _page(self, kind: type[Refusal], page: str, *, seconds: int) -> Answer:
        body = page.replace(SECONDS, str(seconds)).encode()
        return self._answer(kind.status, body, kind=b"text/html; charset=utf-8", seconds=seconds)

    def _with_proof(self, page: str, *, wanted: str, seconds: int, at: int) -> str:
        challenge = self._proofs.challenge(at=at)
        ticket = self._proofs.ticket(challenge, ready_at=at + seconds)
        return (
            page.replace(CHALLENGE, escape(json.dumps(challenge.to_dict(), separators=(",", ":"))))
            .replace(TICKET, ticket)
            .replace(PATH, quote(wanted, safe=""))
        )

    def _answer(self, status: int, body: bytes, *, kind: bytes, seconds: int) -> Answer:
        headers = [
            *self._headers,
            (b"content-type", kind),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"retry-after", b"%d" % seconds),
        ]
        return Answer(status=status, headers=headers, body=body)


LANGUAGES: tuple[Language, Language] = ("ar", "en")


def _page(kind: type[Refusal], *, settings: Settings) -> str:
    """One page that says it twice, Arabic first; what differs between requests is left to be filled in."""
    facts = {
        "settings": settings,
        "has_proof": kind in (CrowdedAddress, ProofAsked),
        "said": {language: _said(kind, language) for language in LANGUAGES},
        "seconds": SECONDS,
        "path": PATH,
        "ticket": TICKET,
        "challenge": CHALLENGE,
    }
    words = {
        language: environment(language, "western")
        .get_template("web/door_words.html")
        .render(language=language, **facts)
        for language in LANGUAGES
    }
    return environment("ar", "western").get_template("web/door.html").render(words=words, **facts)


def _said(kind: type[Refusal], language: Language) -> tuple[str, str]:
    refusal = kind(seconds=SECONDS)
    return sentence(refusal, language=language), next_step(refusal, language=language)
