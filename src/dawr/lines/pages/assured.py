"""How surely whoever acts in a line is known: one place for one person rests on which person it is."""

from datetime import datetime, timedelta

from dawr.kernel.identifiers import PersonId
from dawr.people.model import Assurance, StepUpNeeded, require_fresh_person
from dawr.web.session import SignInNeeded, Visitor

ACT_AGE_MAX = timedelta(hours=2)


def require_sure(visitor: Visitor, *, now: datetime) -> PersonId:
    """The visitor, surely and lately signed in; raises SignInNeeded or StepUpNeeded."""
    return require_fresh_person(visitor, assurance=Assurance.SUBSTANTIAL, age_max=ACT_AGE_MAX, now=now)


def is_sure(visitor: Visitor, *, now: datetime) -> bool:
    """Whether the visitor could act as he is."""
    try:
        require_sure(visitor, now=now)
    except (SignInNeeded, StepUpNeeded):
        return False
    return True
