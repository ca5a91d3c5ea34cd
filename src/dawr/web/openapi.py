"""What the JSON API says of itself: an OpenAPI 3.1 description made from the hot routes."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from dawr.web.door import BODY_BYTES_MAX, HotRoute
from dawr.web.language import translations


class Problem(msgspec.Struct, kw_only=True):
    """A refusal (RFC 9457): `type` is its stable code, `title` what happened and why, `detail` what to do next."""

    type: str
    title: str
    detail: str
    status: int


ALWAYS_POSSIBLE = {
    401: "Nobody is signed in, or not surely or recently enough.",
    403: "The CSRF token of the header is not the cookie's.",
    404: "There is no such thing, or it is not this person's.",
    413: f"More than {BODY_BYTES_MAX} bytes were sent.",
    429: "Too many requests; Retry-After says when to send this one again.",
    503: "Too many are waiting, or the database does not answer; send the same request again after Retry-After.",
}


def openapi(routes: Sequence[HotRoute]) -> dict[str, Any]:
    """The description of all hot routes, with the shapes that they take and give and the refusals of each."""
    shapes = sorted({shape for route in routes for shape in (route.asks, route.answers) if shape}, key=repr)
    _, components = msgspec.json.schema_components([*shapes, Problem], ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dawr",
            "version": version("dawr"),
            "description": "Entering draws and lines as the signed-in person; the same rules as on the pages.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "dawr", "description": "Set by signing in."},
            },
        },
        "security": [{"session": []}],
    }


def _operation(route: HotRoute) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.method != "GET":
        parameters.append(_header("X-CSRFToken", "The value of the csrftoken cookie.", required=True))
        parameters.append(
            _header("Idempotency-Key", "The same for the same request sent again, which then gets the first answer.")
        )
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.noun}_{route.verb}",
        "summary": route.summary,
        "parameters": parameters,
        "responses": {str(route.status): _json(route.answers, "Done.")} | _refusals(route),
    }
    if route.asks:
        operation["requestBody"] = {"required": True, "content": _content(route.asks)}
    return operation


def _refusals(route: HotRoute) -> dict[str, Any]:
    said = {status: [meaning] for status, meaning in ALWAYS_POSSIBLE.items()}
    for refusal in route.refusals:
        said.setdefault(refusal.status, []).append(f"`{refusal.code}`: {translations('en').gettext(refusal.code)}")
    return {str(status): _json(Problem, "\n\n".join(meanings)) for status, meanings in sorted(said.items())}


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "maxLength": 160 if required else 64},
    }


def _json(shape: type[msgspec.Struct], description: str) -> dict[str, Any]:
    return {"description": description, "content": _content(shape)}


def _content(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
