"""The gate that works without JavaScript gets a camera where there is one: what it reads goes into the form."""

from base64 import b64encode
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from playwright.sync_api import Browser, Page

from tests.forgeries.items import issued
from tests.gates_page.conftest import ADDRESS, blank_page

FORM = """<!doctype html><title>Gate</title>
<div class="gate__camera" data-reader="/zxing/es/reader/index.js" data-wasm="/zxing/reader/zxing_reader.wasm"
  data-on="Use the camera" data-off="Stop the camera" data-refused="The camera may not be used." hidden></div>
<form action="/shown"><input id="code" name="code"></form>
<script src="/tickets/camera.js" defer></script>"""
HELD_BEFORE_IT = """(picture) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    const image = new Image();
    image.src = picture;
    await image.decode();
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    setInterval(() => context.drawImage(image, 0, 0), 50);
    return canvas.captureStream();
  };
}"""


@pytest.fixture
def page(chromium: Browser) -> Page:
    context = chromium.new_context()
    return blank_page(context, shell=FORM)


def test_what_the_camera_reads_is_sent_as_it_is(page: Page) -> None:
    code = issued()
    file = BytesIO()
    segno.make(code, error="m", micro=False).save(file, kind="png", scale=6)
    page.evaluate(HELD_BEFORE_IT, f"data:image/png;base64,{b64encode(file.getvalue()).decode()}")
    with page.expect_request(f"{ADDRESS}shown?**") as asked:
        page.get_by_role("button", name="Use the camera").click()
    assert parse_qs(urlsplit(asked.value.url).query) == {"code": [code]}
    page.context.close()


def test_a_camera_that_may_not_be_used_leaves_the_form(page: Page) -> None:
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('refused')); }")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("The camera may not be used.").wait_for()
    assert page.locator("#code").is_editable()
    page.context.close()
