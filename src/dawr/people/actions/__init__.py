"""What is done with persons: known, looked at, given roles."""

from dawr.people.actions.cards import (
    card_of,
    photograph_of,
    record_card,
)
from dawr.people.actions.client_keys import (
    client_key,
    public_keys,
    return_url,
)
from dawr.people.actions.importing import ImportReport, import_cards
from dawr.people.actions.officers import (
    acting_officer,
    announcer_at,
    announcers_of,
    officer_at,
    officers_at,
    offices_of,
    require_any_role,
    roles_of,
)
from dawr.people.actions.persons import (
    find_by_civil_number,
    is_civil_number,
    looks_at,
    person,
    record_look,
    register_person,
    reveal_civil_number,
)
from dawr.people.actions.roles import (
    grant,
    grant_role,
    grantable_roles,
    granter_at,
    granters_of,
    look_for_colleague,
    revoke_role,
)

__all__ = [
    "ImportReport",
    "acting_officer",
    "announcer_at",
    "announcers_of",
    "card_of",
    "client_key",
    "find_by_civil_number",
    "grant",
    "grant_role",
    "grantable_roles",
    "granter_at",
    "granters_of",
    "import_cards",
    "is_civil_number",
    "look_for_colleague",
    "looks_at",
    "officer_at",
    "officers_at",
    "offices_of",
    "person",
    "photograph_of",
    "public_keys",
    "record_card",
    "record_look",
    "register_person",
    "require_any_role",
    "return_url",
    "reveal_civil_number",
    "revoke_role",
    "roles_of",
]
