"""What a release refuses."""

from dawr.kernel.refusal import Refusal


class AlreadyAnnounced(Refusal):
    """A draw of this id exists; a draw has one result."""

    code = "releases.already_announced"


class ReleaseNotOpen(Refusal):
    """The release does not take entries now."""

    code = "releases.not_open"


class ListFrozen(Refusal):
    """The list is frozen; nobody enters, changes or leaves."""

    code = "releases.list_frozen"


class AlreadyEntered(Refusal):
    """The person is in a draw of this service already."""

    code = "releases.already_entered"


class HasTurnAlready(Refusal):
    """The person holds a live turn of this service."""

    code = "releases.has_turn_already"


class TurnsUsedUp(Refusal):
    """The person has had as many turns of this service as a year allows."""

    code = "releases.turns_used_up"


class LabelUnknown(Refusal):
    """No line of this draw begins with that label."""

    code = "releases.label_unknown"
    status = 404


class BeaconUnsigned(Refusal):
    """The beacon's answer carries no signature, so it could be anybody's."""

    code = "releases.beacon_unsigned"
    status = 503


class ListChanged(Refusal):
    """The stored list is not the one that was frozen; nothing is drawn from it."""

    code = "releases.list_changed"
    status = 500


class NoSuchPlace(Refusal):
    """The wish matches none of the places of this release."""

    code = "releases.no_such_place"
    status = 422


class TooManyPlaces(Refusal):
    """The wishes name more places than a line may hold."""

    code = "releases.too_many_places"
    status = 422


class WitnessesMissing(Refusal):
    """A draw needs witnesses; none are set."""

    code = "releases.witnesses_missing"


class RulesUnsafe(Refusal):
    """The rules leave too little time for a fair draw, or have no seats; `reason` is for the engineer."""

    code = "releases.rules_unsafe"
    status = 422


class QuotaSmallerThanSeats(Refusal):
    """The release would give out more than the authority's number for a day."""

    code = "releases.quota_smaller_than_seats"


class GrantToSelf(Refusal):
    """Nobody opens a reserved share for himself."""

    code = "releases.grant_to_self"
    status = 403


class ClassUnknown(Refusal):
    """This release reserves nothing for that class."""

    code = "releases.class_unknown"
    status = 422
