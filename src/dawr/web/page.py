"""From a template and its facts to a page in the visitor's language."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader
from litestar import MediaType, Request, Response
from litestar.response import Redirect
from litestar.template.base import csrf_token
from markupsafe import Markup

from dawr.kernel.refusal import Refusal
from dawr.settings import Settings
from dawr.web.formats import filters
from dawr.web.language import sentence, translations
from dawr.web.session import Digits, Language, Visitor, visitor_of
from dawr.web.templating import FieldErrors, Templates

AnyRequest = Request[Any, Any, Any]

HIDDEN_ERROR = '<span class="govuk-visually-hidden">Error:</span>'
"""What the macros of the fields say before a fault to whoever hears the page."""


def page(
    request: AnyRequest,
    template: str,
    *,
    status_code: int | None = None,
    errors: Mapping[str, str | Refusal] | None = None,
    **facts: Any,
) -> Response[str]:
    """The rendered `template`, a form with its faults among them.

    `errors` maps a field's name to its sentence, or to the refusal that is told beside it, and opens the summary; the
    status is 422 then, and 200 otherwise, where the caller names no other.
    """
    visitor = visitor_of(request)
    said = FieldErrors({field: _said(fault, language=visitor.language) for field, fault in (errors or {}).items()})
    text = render(template, request=request, visitor=visitor, errors=said, facts=facts)
    headers = {"Cache-Control": "no-store"} if visitor.person_id or request.method != "GET" else {}
    return Response(text, status_code=status_code or (422 if said else 200), media_type=MediaType.HTML, headers=headers)


def redirect(path: str) -> Redirect:
    """303: what was posted is done, look at `path`; a reload does not post again."""
    return Redirect(path, status_code=303)


def render(
    template: str, *, request: AnyRequest, visitor: Visitor, errors: dict[str, str], facts: dict[str, Any]
) -> str:
    settings: Settings = request.app.state.settings
    text = (
        environment(visitor.language, visitor.digits)
        .get_template(template)
        .render(
            {
                "visitor": visitor,
                "settings": settings,
                "errors": errors,
                "path": request.url.path,
                "csrf_field": lambda: _csrf_field(request),
                **facts,
            }
        )
    )
    return text.replace(HIDDEN_ERROR, HIDDEN_ERROR.replace("Error:", translations(visitor.language).gettext("Error:")))


@cache
def environment(language: Language, digits: Digits) -> Environment:
    """The templates of every feature, named feature/page.html, in one language and digit system."""
    made = Templates(loader=PrefixLoader(_template_folders()), extensions=["jinja2.ext.i18n"])
    said = translations(language)
    made.install_gettext_callables(said.gettext, said.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(filters(language, digits))
    made.globals.update(language=language, dir="rtl" if language == "ar" else "ltr", asset=asset)
    return made


def asset(name: str) -> str:
    """The address of a built static file; its name carries its hash, so it may be kept for ever."""
    return f"/static/built/{_manifest()[name]}"


def assets_in(folder: str) -> list[str]:
    """The addresses of all files of a folder that is kept together, by their names."""
    return [asset(name) for name in sorted(_manifest()) if name.startswith(f"{folder}/")]


def static_folder() -> Path:
    return Path(str(files("dawr.web"))) / "static"


@cache
def _manifest() -> dict[str, str]:
    text = (static_folder() / "built" / "manifest.json").read_text(encoding="utf-8")
    manifest: dict[str, str] = json.loads(text)
    return manifest


def _said(fault: str | Refusal, *, language: Language) -> str:
    return sentence(fault, language=language) if isinstance(fault, Refusal) else fault


def _template_folders() -> dict[str, FileSystemLoader]:
    root = Path(str(files("dawr")))
    return {folder.parent.name: FileSystemLoader(folder) for folder in sorted(root.glob("*/templates"))}


def _csrf_field(request: AnyRequest) -> Markup:
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(csrf_token({"request": request}))
