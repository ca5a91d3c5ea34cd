"""What a guard does with the page in his hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from playwright.sync_api import FilePayload, Locator, Page, expect

from dawr.kernel.text import arabic_digits
from dawr.tickets.model import Ticket
from dawr.web.language import translations
from dawr.web.session import Language
from tests.gate_app.ground import SERIAL, Ground

APP = "/gate/app"
STORED = """(store) => new Promise((resolve) => {
  const opening = indexedDB.open("dawr gate");
  opening.onsuccess = () => {
    const asking = opening.result.transaction(store).objectStore(store).getAll();
    asking.onsuccess = () => { opening.result.close(); resolve(JSON.parse(JSON.stringify(asking.result))); };
  };
})"""
SCANNER = """([presses, keys, shifted, inArabic]) => {
  for (const pressed of presses) {
    const isSame = pressed === "Enter" || /[0-9 ]/.test(pressed) || !inArabic;
    const letter = /^[A-Z]$/.test(pressed) ? `Key${pressed}` : keys[pressed];
    const code = /^[0-9]$/.test(pressed) ? `Digit${pressed}` : letter;
    const how = { shiftKey: shifted.includes(pressed), bubbles: true, cancelable: true };
    const event = new KeyboardEvent("keydown", { key: isSame ? pressed : "ش", code, ...how });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }
}"""
KEYS = {
    **{" ": "Space", "$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal"},
    **{"-": "Minus", ".": "Period", "/": "Slash", ":": "Semicolon"},
}
SHIFTED = "$%*+:ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RECORDS = """() => new Promise((resolve) => {
  const opening = indexedDB.open("dawr gate");
  opening.onsuccess = () => {
    const asking = opening.result.transaction("records").objectStore("records").getAll();
    asking.onsuccess = () => { opening.result.close(); resolve(asking.result.map(({ text }) => JSON.parse(text))); };
  };
})"""


FACT = """(name) => new Promise((resolve) => {
  const opening = indexedDB.open("dawr gate");
  opening.onsuccess = () => {
    const asking = opening.result.transaction("facts").objectStore("facts").get(name);
    asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
  };
})"""
RENEWALS_MAX = 20
# Another time of day than the machine's. `wallAhead` turns the clock alone; `ahead` lets time pass.
CLOCK = """(() => {
  const [now, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
  const kept = (name) => Number(sessionStorage.getItem(name) ?? 0);
  Date.now = () => now() + %d + kept("ahead") + kept("wallAhead");
  performance.now = () => monotonic() + kept("ahead");
})()"""


@dataclass(slots=True, kw_only=True)
class Hand:
    """A device and the guard who holds it; `at` is the time that it shows, if that is not the machine's."""

    page: Page
    ground: Ground
    language: str
    at_time: datetime | None = None
    opening_code: str = ""

    def lives_at(self, instant: datetime) -> "Hand":
        """From now on the device's clock goes on from that time."""
        self.at_time = instant
        self.page.add_init_script(CLOCK % round((instant - datetime.now(UTC)) / timedelta(milliseconds=1)))
        return self

    def later(self, **by: float) -> None:
        """Time passes."""
        self._set("ahead", by)

    def turns_the_clock(self, **by: float) -> None:
        self._set("wallAhead", by)

    def _set(self, name: str, by: dict[str, float]) -> None:
        milliseconds = timedelta(**by) / timedelta(milliseconds=1)
        self.page.evaluate("([name, by]) => sessionStorage.setItem(name, by)", [name, milliseconds])

    def opens_a_file(self, *, lane: int = 1) -> "Hand":
        """From nothing to a gate that waits for the first visitor, with a pack that came as a file, and no network."""
        assert self.at_time is not None
        self.opens_the_page()
        self.enrols(lane=lane)
        self.at("start")
        self.waits_until_installed()
        self.loses_the_network()
        self.takes_the_file()
        return self

    def takes_the_file(self) -> None:
        assert self.at_time is not None
        self.takes(*self.pack_made(at=self.at_time))

    def pack_made(self, *, at: datetime, who: str = "guard") -> tuple[str, str]:
        """A day pack for this device, and the code that opens it."""
        device_id = UUID(self.page.evaluate(f"({FACT})('device').then(({{ device }}) => device)"))
        return self.ground.day_pack(device_id, at=at, who=who)

    def takes(self, pack: str, opening_code: str) -> None:
        """Opens a pack that came as a file."""
        self.opening_code = opening_code
        file: FilePayload = {"name": "pack.json", "mimeType": "application/json", "buffer": pack.encode()}
        self.page.locator("#file").set_input_files(file)
        self.reopens()

    def reopens(self) -> None:
        self.at("reopen")
        self.page.locator("#code").fill(self.opening_code)
        self.presses("Open the gate")
        self.at("ready")

    def opens_the_page(self) -> None:
        self.page.goto(f"{APP}?language={self.language}")
        self.page.locator("#main:not([data-at=loading])").wait_for()

    def signs_in(self, who: str = "guard") -> None:
        person_id = self.ground.officers[who].person_id
        self.page.request.get(f"/test/sign-in/{person_id}?assurance=3&age=0")

    def enrols(self, *, lane: int = 1) -> None:
        self.at("enrol")
        self.page.locator("#code").fill(self.ground.enrolment_code(lane=lane))
        self.presses("Add the device")

    def starts_a_shift(self, *, lane: int = 1, who: str = "guard") -> "Hand":
        """From nothing to a gate that waits for the first visitor."""
        self.signs_in(who)
        self.opens_the_page()
        self.enrols(lane=lane)
        self.at("start")
        self.presses("Start my shift")
        self.keeps_the_code()
        return self

    def keeps_the_code(self) -> None:
        self.at("code")
        self.opening_code = self.page.locator(".large").inner_text()
        self.presses("I have it: open the gate")
        self.at("ready")

    def waits_until_installed(self) -> None:
        """Until the service worker has the whole page."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    def loses_the_network(self) -> None:
        self.page.context.set_offline(True)

    def has_a_network_again(self) -> None:
        self.page.context.set_offline(False)

    def scans(self, code: str, *, in_arabic: bool = False) -> None:
        """As a scanner does it: keys, wherever they arrive, and Enter; a layout makes other characters of them."""
        self.page.evaluate(SCANNER, [[*code, "Enter"], KEYS, SHIFTED, in_arabic])

    def scans_until(self, code: str, at: str) -> None:
        """Again and again, as a guard does while something new is on its way."""
        main = self.page.locator("#main")
        for _ in range(RENEWALS_MAX):
            self.scans(code)
            self.page.wait_for_function("() => document.querySelector('#main').dataset.at !== 'ready'")
            if main.get_attribute("data-at") == at:
                return
            self.page.locator("main [data-do=next], main [data-do=left]").first.click()
            self.at("ready")
        self.at(at)

    def until(self, store: str, holds: str) -> None:
        """Until what the device keeps is so."""
        self.page.wait_for_function(f"() => ({STORED})({store!r}).then({holds})")

    def scans_with_pressed_keys(self, code: str) -> None:
        """The same through the browser's own keyboard, which types into fields and presses buttons."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def types(self, text: str) -> None:
        self.page.locator("#shown").fill(text)
        self.presses("Check")

    def answers(self, ticket: Ticket, *, rightly: bool = True) -> None:
        """With the digits of the card, typed with a thumb."""
        self.at("digits")
        right = self.digits_asked(ticket)
        digits = right if rightly else "".join(str(9 - int(digit)) for digit in right)
        self.enters(digits)

    def digits_asked(self, ticket: Ticket) -> str:
        number = self.ground.office.numbers[ticket.person_id]
        serial = self.ground.office.serials.get(ticket.person_id) or SERIAL
        civil, *others = [
            [int(place) for place in boxes.locator("li span").all_inner_texts()]
            for boxes in self.page.locator(".boxes").all()
        ]
        return "".join(number[place - 1] for place in civil) + "".join(
            serial[place - 1] for places in others for place in places
        )

    def enters(self, digits: str) -> None:
        """All of them, and then what comes of it."""
        self.keys(digits)
        go = self.page.locator(".key--go").element_handle()
        go.click()
        go.wait_for_element_state("hidden")

    def keys(self, digits: str) -> None:
        for digit in digits:
            self.page.locator(f".key[data-key='{digit}']").click()

    def types_digits(self, digits: str, *, arabic: bool = False) -> None:
        self.page.keyboard.insert_text(arabic_digits(digits) if arabic else digits)

    def signed_by(self, who: str) -> None:
        """The officer beside the guard types the code whose number the screen asks for."""
        self.at("officer")
        number = int(self.page.locator(".number").inner_text())
        self.enters(self.ground.code_on_sheet(who, number, at=self.at_time or datetime.now(UTC)))

    def chooses(self, who: str) -> None:
        officer = self.ground.officers[who]
        self.page.locator(f"[data-value='{officer.person_id}']").click()

    def admits(self, ticket: Ticket) -> None:
        """The whole way of an honest visitor."""
        self.scans(ticket.code)
        self.at("name")
        self.presses("Yes, this name")
        self.at("digits")
        self.answers(ticket)
        self.at("told-admit")

    def at(self, name: str) -> None:
        expect(self.page.locator("#main")).to_have_attribute("data-at", name)

    def presses(self, sentence: str) -> None:
        self.button(sentence).click()

    def button(self, sentence: str) -> Locator:
        return self.page.get_by_role("button", name=self.say(sentence), exact=True)

    def sees(self, sentence: str) -> None:
        expect(self.page.locator("#main").get_by_text(self.say(sentence)).first).to_be_visible()

    def say(self, sentence: str) -> str:
        return translations(cast(Language, self.language)).gettext(sentence)

    def ends_the_shift(self) -> None:
        self.presses("End the shift")
        self.at("end")
        self.page.locator("#main").get_by_role("button", name=self.say("End the shift"), exact=True).click()
        self.at("ended")

    def stored(self, store: str) -> Any:
        """Everything of one store of the device, as far as a program can read it out."""
        return self.page.evaluate(STORED, store)

    def records(self) -> list[dict[str, Any]]:
        """What is on the device, in its order."""
        return cast(list[dict[str, Any]], self.page.evaluate(RECORDS))

    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.records()]
