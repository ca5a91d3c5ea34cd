"""Two tempers of template: in ours an unknown name is a mistake, in the components' it is an option left out."""

from collections.abc import MutableMapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined, Template

COMPONENTS = "govuk_frontend_jinja"


class Templates(Environment):
    """Our templates; the components of govuk-frontend, which ask for names that nobody gave, have their own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, **options)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        if isinstance(name, str) and name.startswith(f"{COMPONENTS}/"):
            return _components().get_template(name)
        return super().get_template(name, parent, globals)


class FieldErrors(dict[str, str]):
    """Sentences by field name; "" for a field with nothing wrong, so that a template may ask for any."""

    def __missing__(self, field: str) -> str:
        return ""


@cache
def _components() -> Environment:
    loader = PrefixLoader({COMPONENTS: PackageLoader(COMPONENTS)})
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=loader)
