"""The rules of the house that no linter can say."""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import dawr
from dawr.db.migrate import all_migrations
from dawr.kernel.refusal import Refusal

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "dawr"
FEATURES = sorted(file.parent.name for file in SOURCE.glob("*/store.sql"))
MODULES = sorted(file for file in SOURCE.rglob("*.py"))

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_LONG = 40
LONG_SHARE_MAX = 0.05
VAGUE = {"manager", "helper", "helpers", "util", "utils", "common", "data", "info", "handler", "processor"}
IMPURE = {"dawr.db", "dawr.web", "dawr.settings", "psycopg", "litestar", "os", "socket", "random", "secrets"}
SHELL = {"store.py", "pages.py", "__main__.py", "app.py", "worker.py", "bench.py", "settings.py"}
PURE = {
    "transparency": "merkle.py leaf.py named_quorums.py note.py policy.py proof.py tiles.py witness.py",
    "people": "civil_number.py openid.py photograph.py register_file.py",
    "catalogue": "calendars.py changes.py kinds.py quota.py reading.py records.py search.py",
    "releases": "entry_line.py ranking.py assignment.py beacon.py checks.py input_rows.py waiting_list.py "
    "witnessed_round.py",
    "lines": "announcement.py order.py pacing.py slots_file.py views.py",
    "tickets": "base45.py cose.py payload.py verdict.py keys.py status_list.py status_places.py challenge.py "
    "selection.py offline.py mrz.py",
    "tips": "photographs.py",
    "gates": "binomial.py concerns.py decoy_names.py guard_statistics.py sealed_pack.py second_looks.py "
    "sketch_map.py wire.py",
    "web": "often.py flood/addresses.py flood/buckets.py",
    "bench": "morning/arrivals.py morning/charts.py morning/fairness.py morning/seekers.py",
}
CONTEXT = {"self", "cls", "tx", "pool", "request"}
"""What every call of its kind begins with; the two parameters are counted after it."""
CALLED_BY_OTHERS = {
    *("application", "__call__", "get_template", "booking_key", "asked_draw"),
    *("silent", "shown", "mark", "unobserved", "observe_batch", "without_people", "_as_json"),
}
"""Called in another's own way: ASGI, Jinja, Litestar's providers, structlog, and those who are told of progress."""
CLOCK_ALLOWED = {"pages.py", "worker.py", "screen.py", "app.py", "session.py", "door.py"}
"""The shell; the session, whose age only the request itself can tell; and the door, which stands before the pages."""
WORKPLACE_WORDS = re.compile(
    r"\b(claude|anthropic|chatgpt|openai|copilot|pypi\.org|registry\.npmjs|/work/main|/root/)\b", re.IGNORECASE
)


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield relative(file), node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def pure_modules() -> list[Path]:
    """The kernel, each feature's model, and every algorithm that a model or another algorithm could be asked about."""
    named = [SOURCE / feature / name for feature, names in PURE.items() for name in names.split()]
    models = [file for pattern in ("*/model.py", "*/model/*.py") for file in SOURCE.glob(pattern)]
    return [*(SOURCE / "kernel").glob("*.py"), *models, *named]


def test_no_file_is_over_400_lines() -> None:
    too_long = {
        relative(file) for file in MODULES if len(file.read_text(encoding="utf-8").splitlines()) > FILE_LINES_MAX
    }
    assert not too_long


def test_no_function_is_over_60_lines_and_few_are_over_40() -> None:
    sizes = {f"{file}:{node.name}": lines_of(node) for file, node in functions()}
    assert not {name: size for name, size in sizes.items() if size > FUNCTION_LINES_MAX}
    long = [name for name, size in sizes.items() if size > FUNCTION_LINES_LONG]
    assert len(long) <= LONG_SHARE_MAX * len(sizes), long


def test_past_the_second_parameter_everything_is_named() -> None:
    too_many = {}
    for file, node in functions():
        is_called_by_name = any(isinstance(decorator, ast.Call) for decorator in node.decorator_list)
        given = [each.arg for each in node.args.posonlyargs + node.args.args if each.arg not in CONTEXT]
        if len(given) > 2 and not is_called_by_name and node.name not in CALLED_BY_OTHERS:
            too_many[f"{file}:{node.name}"] = given
    assert not too_many


def test_no_module_or_class_has_a_vague_name() -> None:
    words = {word for file in MODULES for word in [file.stem, file.parent.name]}
    classes = {
        part.lower()
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for part in re.findall(r"[A-Z][a-z]+", node.name)
    }
    assert not (words | classes) & VAGUE


@pytest.mark.parametrize("file", pure_modules(), ids=relative)
def test_a_pure_module_reaches_for_nothing_outside(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert not {name for name in imported for banned in IMPURE if name == banned or name.startswith(f"{banned}.")}


def test_only_the_shell_asks_what_time_it_is() -> None:
    asking = {
        relative(file)
        for file in MODULES
        if re.search(r"\bdatetime\.now\(|\btime\.time\(|\bdate\.today\(", file.read_text(encoding="utf-8"))
        and file.name not in CLOCK_ALLOWED
        and "pages" not in file.parts
        and "demo" not in file.parts
    }
    assert not asking


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_speaks_sql_about_its_own_schema_alone(feature: str) -> None:
    text = (SOURCE / feature / "store.sql").read_text(encoding="utf-8")
    tables = set(re.findall(r"\b(?:from|join|into|update)\s+([a-z_]+)\.[a-z_]+", text))
    assert tables - {"pg_catalog", "information_schema"} <= {feature}


def test_sql_lives_in_sql_files() -> None:
    inline = {
        relative(file)
        for file in MODULES
        if re.search(r"[\"'](select|insert into|update|delete from) [a-z%(*]", file.read_text(encoding="utf-8"))
        and file.parent.name != "db"
    }
    assert not inline


def test_every_statement_is_used_and_spells_out_its_columns() -> None:
    for feature in FEATURES:
        text = (SOURCE / feature / "store.sql").read_text(encoding="utf-8")
        names = re.findall(r"^-- name: (\w+)$", text, re.MULTILINE)
        callers = "".join(file.read_text(encoding="utf-8") for file in (SOURCE / feature).rglob("*.py"))
        unused = [name for name in names if f'"{name}"' not in callers]
        assert not unused, (feature, unused)
        assert not re.search(r"select\s+(\w+\.)?\*", text), feature


def test_every_constraint_has_a_name_of_its_own() -> None:
    names = [
        name
        for migration in all_migrations()
        for name in re.findall(
            r"\bconstraint ([a-z_]+)\s+(?:primary|foreign|unique|check|exclude)", migration.statements
        )
    ]
    assert len(names) == len(set(names))
    for migration in all_migrations():
        columns = re.sub(r"\bconstraint [a-z_]+\s+(primary key|unique|check|references)", "", migration.statements)
        columns = re.sub(r"create unique index [a-z_]+", "", columns)
        unnamed = [
            line
            for line in columns.splitlines()
            if re.search(r"\b(primary key|references|check \()", line)
            and not re.match(r"\s*(--|constraint|foreign key)", line)
        ]
        assert not unnamed, migration.name


def refusals() -> list[type[Refusal]]:
    import pkgutil
    from importlib import import_module

    for module in pkgutil.walk_packages(dawr.__path__, "dawr."):
        if not module.name.endswith(("__main__", "citizen_check")):
            import_module(module.name)
    found: list[type[Refusal]] = []
    pending = [Refusal]
    while pending:
        kind = pending.pop()
        found += [kind] if "code" in vars(kind) else []
        pending += kind.__subclasses__()
    return found


def catalogue(language: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for file in sorted(SOURCE.glob(f"*/locale/{language}.po")):
        for message in read_po(BytesIO(file.read_bytes()), locale=language):
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                said[key] = "".join(message.string) if isinstance(message.string, tuple | list) else str(message.string)
    return said


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_refusal_says_what_why_and_what_next(language: str) -> None:
    said = catalogue(language)
    codes = {kind.code for kind in refusals() if kind.__module__.startswith("dawr.")}
    missing = {key for code in codes for key in (code, f"{code}.next") if not said.get(key)}
    assert not missing


def test_no_two_refusals_share_a_code() -> None:
    codes = [kind.code for kind in refusals() if kind.__module__.startswith("dawr.")]
    assert len(codes) == len(set(codes))


def extracted() -> Catalog:
    from babel.messages.extract import extract_from_dir

    found = Catalog()
    methods = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
    for _, _, message, _, context in extract_from_dir(
        str(SOURCE), method_map=methods, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
    ):
        found.add(message, context=context)
    return found


def test_every_sentence_of_a_page_has_its_arabic() -> None:
    said = catalogue("ar")
    ids = [message.id if isinstance(message.id, str) else message.id[0] for message in extracted() if message.id]
    assert ids, "the extraction found the templates"
    assert not {sentence for sentence in ids if not said.get(sentence)}


def facts_of(sentences: object) -> set[str]:
    joined = " ".join(sentences) if isinstance(sentences, tuple | list) else str(sentences)
    return set(re.findall(r"%\((\w+)\)", joined))


def test_arabic_names_no_fact_that_english_does_not() -> None:
    english = catalogue("en")
    for file in sorted(SOURCE.glob("*/locale/ar.po")):
        for message in read_po(BytesIO(file.read_bytes()), locale="ar"):
            source = english.get(message.id, message.id) if isinstance(message.id, str) else message.id
            assert facts_of(message.string) <= facts_of(source), (relative(file), message.id)


def test_links_in_the_docs_lead_somewhere() -> None:
    broken = {
        f"{relative(document)}: {target}"
        for document in [
            *ROOT.glob("*.md"),
            *(file for folder in ("docs", "data", "deploy") for file in (ROOT / folder).rglob("*.md")),
        ]
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:", "mailto:")) and not (document.parent / target).exists()
    }
    assert not broken


def test_the_repository_speaks_of_dawr_alone() -> None:
    kinds = {".py", ".md", ".sql", ".html", ".po", ".mjs", ".scss", ".rec", ".toml", ""}
    files = [
        file
        for folder in ("src", "tests", "docs", "data", "deploy", ".ci")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix in kinds and "built" not in file.parts and file != Path(__file__)
    ]
    speaking = {relative(file) for file in files if WORKPLACE_WORDS.search(file.read_text(encoding="utf-8"))}
    assert not speaking
