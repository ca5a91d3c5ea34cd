"""Our templates, the third-party components, and the pieces in templates/components.html."""

import re

import pytest
from jinja2 import DictLoader, UndefinedError

from dawr.web.page import environment
from dawr.web.templating import FieldErrors, Templates

INPUT = """
{% from "govuk_frontend_jinja/components/input/macro.html" import govukInput %}
{{ govukInput({"id": "n", "name": "n", "label": {"text": "N"}, "errorMessage": {"text": errors.n} if errors.n}) }}"""


def piece(macro: str, *arguments: object, language: str = "en", **options: object) -> str:
    module = environment(language, "western").get_template("web/components.html").module
    return re.sub(r"\s+", " ", str(getattr(module, macro)(*arguments, **options)))


def test_a_name_that_nobody_gave_is_an_error_in_our_own_templates():
    with pytest.raises(UndefinedError):
        Templates(loader=DictLoader({"x": "{{ nobody_gave_this }}"})).get_template("x").render()


def test_a_component_may_be_given_few_of_its_options():
    shown = Templates(loader=DictLoader({"x": INPUT})).get_template("x").render(errors=FieldErrors())
    assert 'id="n"' in shown
    assert "govuk-error-message" not in shown


def test_a_component_shows_the_sentence_of_its_own_field():
    shown = Templates(loader=DictLoader({"x": INPUT})).get_template("x").render(errors=FieldErrors({"n": "Too short"}))
    assert "Too short" in shown


def test_asking_for_the_error_of_a_sound_field_does_not_invent_one():
    errors = FieldErrors()
    assert errors["name"] == ""
    assert not errors


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_a_person_typed_is_never_markup(language: str):
    shown = piece("verdict", "refuse", "<script>", "<b>", language=language)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_the_longest_bar_fills_its_row_and_the_others_keep_their_share():
    rows = [{"label": "Hawalli", "value": 80}, {"label": "Jahra", "value": 20}, {"label": "Ahmadi", "value": 0}]
    chart = piece("bar_chart", rows, "Demand", ("Office", "People"))
    assert re.findall(r'chart__fill" y="4" width="([\d.]+)%"', chart) == ["100.0", "25.0", "0.0"]
    assert re.findall(r'<td class="chart__value">(\d+)</td>', chart) == ["80", "20", "0"]


def test_a_mark_beyond_the_bars_stretches_the_scale():
    chart = piece("bar_chart", [{"label": "Jahra", "value": 10, "mark": 40}], "Demand", ("Office", "People", "Places"))
    assert 'chart__fill" y="4" width="25.0%"' in chart
    assert '<svg x="100.0%"' in chart


def test_a_chart_of_nothing_is_drawn_without_dividing_by_it():
    assert 'width="0.0%"' in piece("bar_chart", [{"label": "Jahra", "value": 0}], "Demand", ("Office", "People"))


def test_the_fullest_cell_of_a_matrix_is_the_darkest_and_an_absent_one_is_empty():
    shown = piece("matrix", ["8", "9"], [("Hawalli", [40, 10]), ("Jahra", [0, None])], "Demand", "Office")
    assert re.findall(r"matrix__cell--(\d)", shown) == ["4", "1", "0"]
    assert "<td></td>" in shown


@pytest.mark.parametrize("kind", ["admit", "refuse", "wait", "ask"])
def test_each_verdict_has_a_shape_of_its_own(kind: str):
    shapes = {
        other: piece("verdict", other, "-").split("<svg")[1].split("</svg>")[0]
        for other in ("admit", "refuse", "wait", "ask")
    }
    assert [other for other, shape in shapes.items() if shape == shapes[kind]] == [kind]
