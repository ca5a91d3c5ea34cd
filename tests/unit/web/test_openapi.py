"""What the JSON API says of itself is what it does."""

from litestar.datastructures import State

from dawr.app import hot_routes
from dawr.db.pool import make_pool
from dawr.settings import Settings
from dawr.web.door import HotRoute
from dawr.web.openapi import openapi


def routes_of(settings: Settings) -> list[HotRoute]:
    return hot_routes(State({"settings": settings, "pool": make_pool("postgresql://nowhere")}))


async def test_every_hot_route_is_described_with_its_shapes_and_refusals(settings: Settings) -> None:
    routes = routes_of(settings)
    described = openapi(routes)
    for route in routes:
        operation = described["paths"][route.path][route.method.lower()]
        assert operation["summary"] == route.summary
        assert str(route.status) in operation["responses"]
        said = str(operation["responses"])
        assert all(refusal.code in said for refusal in route.refusals)
        assert ("requestBody" in operation) == (route.asks is not None)


async def test_every_reference_in_the_description_leads_somewhere(settings: Settings) -> None:
    described = openapi(routes_of(settings))

    def references(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*(references(inner) for inner in part.values()))
        if isinstance(part, list):
            return set().union(*(references(inner) for inner in part))
        return set()

    schemas = described["components"]["schemas"]
    assert {name.removeprefix("#/components/schemas/") for name in references(described)} <= set(schemas)


async def test_a_write_asks_for_the_token_and_a_read_does_not(settings: Settings) -> None:
    described = openapi(routes_of(settings))
    for path in described["paths"].values():
        for method, operation in path.items():
            named = {parameter["name"] for parameter in operation["parameters"]}
            assert ("X-CSRFToken" in named) == (method != "get")
