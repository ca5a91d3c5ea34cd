"""Telling, from the first question to the receipt, and following it up."""

from io import BytesIO

import pytest
from PIL import Image

from dawr.db.pool import Pool, transaction
from dawr.people.model import Role
from dawr.settings import Settings
from dawr.tips import actions
from tests.pages.conftest import Browser
from tests.pages.tips.conftest import ReaderAs
from tests.pages.tips.steps import ANSWERS, answered, hidden, receipt_in, sent


def jpeg(**how: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", (80, 60), "red").save(written, "JPEG", **how)
    return written.getvalue()


async def send_with(visitor: Browser, *files: bytes) -> tuple[int, str]:
    fields = await answered(visitor)
    token = (await visitor.get("/test/token")).text
    answer = await visitor.client.post(
        "/tips/send",
        data=fields | {"_csrf_token": token},
        files=[("photograph", (f"{number}.jpg", content, "image/jpeg")) for number, content in enumerate(files)],
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_page_of_the_line_opens_to_anybody_in_both_languages(visitor: Browser, language: str) -> None:
    await visitor.speak(language)
    for path in ("/tips", "/tips/report", "/tips/follow", "/tips/figures", "/tips/poster"):
        text = await visitor.page(path)
        assert f'lang="{language}"' in text
    receipt = await sent(visitor)
    followed = await visitor.post("/tips/follow", receipt=receipt)
    assert followed.status_code == 200


async def test_a_tip_goes_from_question_to_question_to_a_receipt_that_finds_it(
    visitor: Browser, opened_pool: Pool, settings: Settings
) -> None:
    receipt = await sent(visitor)
    async with transaction(opened_pool) as tx:
        followed = await actions.follow(tx, receipt, settings=settings)
    assert followed.tip.office_id == ANSWERS["place"]["where"]
    assert str(followed.tip.amount) == "15.500 KWD"
    assert followed.tip.hour == 8
    assert followed.tip.may_be_asked


async def test_nothing_is_kept_before_it_is_sent(visitor: Browser, opened_pool: Pool) -> None:
    await answered(visitor)
    async with transaction(opened_pool) as tx:
        assert await actions.figures(tx) == []


async def test_a_wrong_answer_keeps_what_was_typed_and_says_what_to_do(visitor: Browser) -> None:
    await visitor.speak("en")
    carried = await answered(visitor)
    wrong = await visitor.post("/tips/report", **carried | {"question": "amount", "amount": "much"})
    assert wrong.status_code == 422
    assert "Error:" in wrong.text
    assert 'value="much"' in wrong.text
    assert hidden(wrong.text)["words"] == carried["words"]


async def test_no_kind_chosen_is_an_error_beside_the_question(visitor: Browser) -> None:
    await visitor.speak("en")
    answer = await visitor.post("/tips/report", question="kind")
    assert answer.status_code == 422
    assert 'href="#kind"' in answer.text


async def test_an_answer_can_be_changed_from_the_last_page_and_leads_back_to_it(visitor: Browser) -> None:
    carried = await answered(visitor)
    asked = await visitor.post("/tips/report", **carried | {"go": "words"})
    assert hidden(asked.text)["question"] == "words"
    changed = await visitor.post("/tips/report", **hidden(asked.text) | {"words": "غير ذلك"})
    assert hidden(changed.text)["question"] == "check"
    assert hidden(changed.text)["words"] == "غير ذلك"


async def test_the_question_before_is_one_press_away_and_loses_nothing(visitor: Browser) -> None:
    carried = await answered(visitor)
    back = await visitor.post("/tips/report", **carried | {"question": "when", "go": "place"})
    assert hidden(back.text)["question"] == "place"
    assert hidden(back.text)["words"] == carried["words"]
    assert "عند الباب" in back.text


async def test_today_is_settled_when_it_is_answered(visitor: Browser) -> None:
    carried = await answered(visitor, ANSWERS | {"when": {"when": "today", "hour": ""}})
    assert carried["when"] == "day"
    assert carried["on-year"].isdigit()


async def test_a_form_sent_twice_is_one_tip_with_one_receipt(visitor: Browser, officer_as: ReaderAs) -> None:
    carried = await answered(visitor)
    first, again = [receipt_in((await visitor.post("/tips/send", **carried)).text) for _ in range(2)]
    assert first == again
    inspector = await officer_as(Role.INSPECTOR)
    assert (await inspector.page("/tips/inbox")).count('class="card__title"') == 1


async def test_two_people_who_tell_the_same_have_two_receipts(visitor: Browser) -> None:
    assert await sent(visitor) != await sent(visitor)


async def test_what_has_no_place_no_code_and_no_word_is_not_taken(visitor: Browser) -> None:
    empty = {question: dict.fromkeys(typed, "") for question, typed in ANSWERS.items()}
    carried = await answered(visitor, empty | {"kind": ANSWERS["kind"], "words": {"words": "شيء"}})
    answer = await visitor.post("/tips/send", **carried | {"words": ""})
    assert answer.status_code == 422
    assert hidden(answer.text)["question"] == "words"


async def test_a_photograph_is_taken_and_its_metadata_is_not(visitor: Browser, officer_as: ReaderAs) -> None:
    metadata = Image.Exif()
    metadata[0x010F] = "Invented telephones"
    status, text = await send_with(visitor, jpeg(exif=metadata.tobytes()), jpeg())
    assert status == 200, text
    investigator = await officer_as(Role.INVESTIGATOR)
    path = next(part for part in (await investigator.page("/tips/inbox")).split('"') if part.startswith("/tips/inbox/"))
    shown = await investigator.get(f"{path}/photographs/1")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"
    assert b"Invented telephones" not in shown.content
    with Image.open(BytesIO(shown.content)) as picture:
        assert not picture.getexif()
        assert picture.size == (80, 60)
    assert (await investigator.get(f"{path}/photographs/3")).status_code == 404


async def test_a_file_that_is_no_picture_is_told_beside_its_field_with_every_answer_kept(visitor: Browser) -> None:
    status, text = await send_with(visitor, b"<svg onload='x'/>")
    assert status == 422
    assert hidden(text)["words"] == "طلب رجل مالاً\nمقابل دور"
    assert 'id="photograph-error"' in text


async def test_four_photographs_are_one_too_many(visitor: Browser) -> None:
    status, text = await send_with(visitor, *[jpeg()] * 4)
    assert status == 422
    assert 'id="photograph-error"' in text


async def test_photographs_have_room_that_no_other_form_has_and_that_ends(visitor: Browser) -> None:
    fitting = jpeg() + b"\0" * 1_000_000
    assert (await send_with(visitor, fitting))[0] == 200
    assert (await send_with(visitor, jpeg() + b"\0" * 6_000_000))[0] == 413
    elsewhere = await visitor.post("/tips/report", question="words", words="x" * 200_000)
    assert elsewhere.status_code == 413


async def test_a_receipt_that_nobody_has_is_a_question_and_no_oracle(visitor: Browser) -> None:
    for typed in ("", "2222-2222-2222", "short", "٢٢٢٢"):
        answer = await visitor.post("/tips/follow", receipt=typed)
        assert answer.status_code == 422
        assert 'id="receipt-error"' in answer.text


async def test_whoever_holds_the_receipt_adds_words_and_reads_the_answer(
    visitor: Browser, officer_as: ReaderAs
) -> None:
    await visitor.speak("en")
    receipt = await sent(visitor)
    added = await visitor.post(
        "/tips/follow/words", receipt=receipt.lower().replace("-", " "), words="He was there again"
    )
    assert "Your words have arrived." in added.text
    inspector = await officer_as(Role.INSPECTOR)
    path = next(part for part in (await inspector.page("/tips/inbox")).split('"') if part.startswith("/tips/inbox/"))
    assert "He was there again" in await inspector.page(path)
    assert (await inspector.post(f"{path}/answer", words="At which door?")).status_code == 303
    assert (await inspector.post(f"{path}/step", tip_state="closed", outcome="The seller is gone")).status_code == 303
    followed = (await visitor.post("/tips/follow", receipt=receipt)).text
    assert "At which door?" in followed
    assert "The seller is gone" in followed
    assert "INVENTED" not in followed


async def test_empty_words_are_an_error_beside_their_field(visitor: Browser) -> None:
    receipt = await sent(visitor)
    answer = await visitor.post("/tips/follow/words", receipt=receipt, words="  \r\n ")
    assert answer.status_code == 422
    assert 'id="words-error"' in answer.text


async def test_the_receipt_stands_in_no_address(visitor: Browser) -> None:
    receipt = await sent(visitor)
    followed = await visitor.post("/tips/follow", receipt=receipt)
    assert followed.headers.get("location") is None
    assert f"={receipt}" not in followed.text
    assert f"/{receipt}" not in followed.text


async def test_the_foot_of_every_page_leads_to_the_line_even_where_somebody_is_lost(visitor: Browser) -> None:
    lost = await visitor.get("/no-such-page")
    assert lost.status_code == 404
    assert 'href="/tips"' in lost.text.partition("<footer")[2]


async def test_the_sheet_for_the_front_speaks_both_languages(visitor: Browser, settings: Settings) -> None:
    text = await visitor.page("/tips/poster")
    assert "الدور مجاني" in text
    assert "Turns are free" in text
    assert f"{settings.public_url}/tips" in text
    assert 'class="poster__symbol"' in text


async def test_whoever_hears_the_page_hears_the_word_error_in_its_language(visitor: Browser) -> None:
    for language, word in (("ar", "خطأ:"), ("en", "Error:")):
        await visitor.speak(language)
        answer = await visitor.post("/tips/report", question="words", kind="other", words="")
        assert f'<span class="govuk-visually-hidden">{word}</span>' in answer.text
