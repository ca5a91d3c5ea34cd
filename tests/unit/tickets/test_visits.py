"""The pure decisions at the counter."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawr.catalogue.model import Document, DocumentForm, Needed, SourceId
from dawr.kernel.identifiers import ServiceId
from dawr.tickets.model import (
    OriginalsUnseen,
    Outcome,
    Token,
    closing_of,
    originals_asked,
    token_letter,
)
from dawr.tickets.model.tokens import LETTERS

ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def document(item: str, *, form: DocumentForm, needed: Needed) -> Document:
    return Document(
        service_id=ServiceId("KW-TST/18"),
        item=item,
        name_ar=item,
        name_en=item,
        form=form,
        needed=needed,
        from_on=date(2020, 1, 1),
        until_on=None,
        source_id=SourceId("KW/invented-1"),
    )


DOCUMENTS = [
    document("passport", form=DocumentForm.ORIGINAL, needed=Needed.ALWAYS),
    document("contract", form=DocumentForm.ORIGINAL, needed=Needed.FIRST_TIME),
    document("photograph", form=DocumentForm.COPY, needed=Needed.ALWAYS),
]


@pytest.mark.parametrize(("is_first_time", "asked"), [(True, ("passport", "contract")), (False, ("passport",))])
def test_originals_are_asked_for_each_time_or_the_first_time_alone(is_first_time: bool, asked: tuple[str, ...]) -> None:
    assert originals_asked(DOCUMENTS, is_first_time=is_first_time) == asked


@given(asked=ITEMS, seen=ITEMS)
def test_served_means_that_every_original_was_seen_and_only_those_are_recorded(
    asked: list[str], seen: list[str]
) -> None:
    try:
        closing = closing_of(Outcome.SERVED, reason="x", originals_asked=asked, seen=seen)
    except OriginalsUnseen:
        assert set(asked) - set(seen)
        return
    assert set(asked) <= set(seen)
    assert (closing.originals_seen, closing.reason) == (tuple(asked), None)


@given(asked=ITEMS, seen=ITEMS)
def test_not_served_keeps_its_reason_and_what_was_seen(asked: list[str], seen: list[str]) -> None:
    closing = closing_of(Outcome.NOT_SERVED, reason="ينقص ختم", originals_asked=asked, seen=seen)
    assert closing.reason == "ينقص ختم"
    assert set(closing.originals_seen) == set(asked) & set(seen)


@given(st.sets(st.integers(1, 9999).map(lambda code: ServiceId(f"KW-TST/{code}")), min_size=1, max_size=40))
def test_every_service_of_an_office_has_a_letter_and_the_first_ones_have_their_own(codes: set[ServiceId]) -> None:
    services = [SimpleNamespace(service_id=code) for code in codes]
    letters = [token_letter(code, services=services) for code in codes]  # type: ignore[arg-type]
    assert set(letters) <= set(LETTERS)
    assert len(set(letters)) == min(len(codes), len(LETTERS))


def test_a_service_that_left_the_catalogue_during_the_day_has_a_letter_still() -> None:
    assert token_letter(ServiceId("KW-TST/18"), services=[]) == "A"


def test_a_token_is_said_as_letter_and_number() -> None:
    assert str(Token(letter="B", number=27)) == "B27"
    assert not {"I", "O"} & set(LETTERS)
