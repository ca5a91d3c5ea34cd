"""What axe cannot see in Arabic, computed: each pair of colours that meets on a page, from the style sheet itself."""

import gzip
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "src/dawr/web"
STYLES = WEB / "styles"
BUILT = WEB / "static/built"
TOKENS = (STYLES / "_tokens.scss").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r'^  "([a-z-]+)": (#[0-9a-f]{6}),$', TOKENS, re.MULTILINE))
SHADES = [float(share) / 100 for share in re.findall(r"(\d+)%", re.search(r"\$shades: (.+);", TOKENS)[1])]

# WCAG 2.2 AA, 1.4.3: text on what it stands on.
TEXTS = [
    *[
        (text, ground)
        for text in ("ink", "muted", "link", "visited", "brand", "error")
        for ground in ("white", "paper")
    ],
    ("link", "caution-pale"),
    ("ink", "caution-pale"),
    ("ink", "success-pale"),
    ("ink", "error-pale"),
    ("ink", "focus"),
    ("ink", "caution"),
    ("white", "brand"),
    ("white", "brand-deep"),
    ("white", "success"),
    ("white", "error"),
    ("brand", "brand-pale"),
    ("brand-deep", "brand-pale"),
    ("success", "success-pale"),
    ("error", "error-pale"),
    ("caution-deep", "caution-pale"),
]

# 1.4.11: what has to be seen to use or to understand the page.
SHAPES = [
    ("field", "white"),
    ("field", "paper"),
    ("brand", "white"),
    ("brand", "brand-pale"),
    ("ink", "caution"),
    ("brass", "brand"),
    ("brass", "brand-deep"),
    ("focus", "brand"),
    ("focus", "brand-deep"),
    ("success", "white"),
]

FLOW_BOUND = re.compile(
    r"^\s*(?:(?:margin|padding|border)-(?:left|right|top|bottom)\b|(?:left|right|top|bottom|width|height|direction):"
    r"|(?:min|max)-(?:width|height):|(?:text-align|float|clear): *(?:left|right))"
)


def luminance(colour: tuple[float, float, float]) -> float:
    """WCAG's relative luminance of an sRGB colour of parts from 0 to 255."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def parts(name: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(COLOURS[name].removeprefix("#"))
    return red, green, blue


def own_styles() -> list[Path]:
    return sorted(STYLES.glob("*.scss"))


def test_the_measure_knows_black_on_white_and_a_grey_that_just_fails():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast((0x77, 0x77, 0x77), (255, 255, 255)) < 4.5


@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read_on_its_ground(text: str, ground: str):
    assert contrast(parts(text), parts(ground)) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_stand_out_from_their_ground(shape: str, ground: str):
    assert contrast(parts(shape), parts(ground)) >= 3


@pytest.mark.parametrize("level", range(len(SHADES)))
def test_numbers_can_be_read_on_every_shade_of_a_matrix(level: int):
    share = SHADES[level]
    ground = [share * brand + (1 - share) * paper for brand, paper in zip(parts("brand"), parts("paper"), strict=True)]
    assert contrast(parts("white" if share > 0.5 else "ink"), (ground[0], ground[1], ground[2])) >= 4.5


def test_no_colour_is_named_beside_the_tokens():
    for file in own_styles():
        if file.name not in {"_tokens.scss", "_print.scss"}:
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\{)", file.read_text(encoding="utf-8")) == [], file.name


def test_every_colour_that_the_styles_use_is_a_token():
    used = {name for file in own_styles() for name in re.findall(r"var\(--dawr-([a-z-]+)\)", file.read_text("utf-8"))}
    assert used <= COLOURS.keys()


def test_our_own_styles_know_start_and_end_but_neither_left_nor_right():
    bound = [
        f"{file.name}:{number}: {line.strip()}"
        for file in own_styles()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if FLOW_BOUND.match(line)
    ]
    assert bound == []


def test_the_measure_for_directions_catches_a_left_margin():
    assert FLOW_BOUND.match("  margin-left: 4px;")
    assert not FLOW_BOUND.match("  margin-inline-start: 4px;")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_style_sheet_travels_in_less_than_fifteen_kilobytes(direction: str):
    [sheet] = BUILT.glob(f"dawr.{direction}.*.css")
    assert len(gzip.compress(sheet.read_bytes())) < 15_000


def test_arabic_is_set_with_more_air_than_latin():
    [latin], [arabic] = BUILT.glob("dawr.ltr.*.css"), BUILT.glob("dawr.rtl.*.css")
    leading = re.compile(r"\.frame__body\{[^}]*font:400 ([\d.]+)rem/([\d.]+)")
    latin_size, latin_leading = leading.search(latin.read_text(encoding="utf-8")).groups()
    arabic_size, arabic_leading = leading.search(arabic.read_text(encoding="utf-8")).groups()
    assert float(arabic_size) > float(latin_size)
    assert 1.6 <= float(arabic_leading) <= 1.8
    assert float(arabic_leading) > float(latin_leading)


def test_text_grows_with_the_size_that_the_reader_set():
    fixed = re.compile(r"font(?:-size)?: \d+px")
    assert fixed.search("  font-size: 17px;")
    for file in own_styles():
        # The tokens' type scale is in pixels, and govuk-frontend turns it.
        assert file.name == "_tokens.scss" or not fixed.search(file.read_text(encoding="utf-8")), file.name


def test_nothing_in_the_arabic_sheet_is_slanted():
    [arabic] = BUILT.glob("dawr.rtl.*.css")
    assert "font-style:italic" not in arabic.read_text(encoding="utf-8")
