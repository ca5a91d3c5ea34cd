"""What is written about our own work: one line of JSON each, to standard error, and nothing about a person.

Names of fields are the first net, the shape of values the second: a run of digits as long as a civil number or a
telephone number is masked wherever it stands, in a traceback too, and so is what PostgreSQL tells of a row.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[masked]"
PERSONAL = frozenset(
    {
        *("person", "person_id", "subject", "sub", "claims", "civil_number", "number", "birth_on"),
        *("name", "name_ar", "name_latin", "phone", "mobile", "email"),
        *("address", "ip", "client", "peer", "session", "cookie", "authorization", "token", "password", "secret"),
        *("payload", "body", "form", "query", "query_string"),
    }
)
DIGIT_RUN = re.compile(r"\d(?:[ \u00a0\u200e\u200f/-]?\d){6,}")
"""Seven digits or more of any script, written together or in groups."""
NUMBER_MAX = 999_999
EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
ROW_FACTS = re.compile(r"^\s*(DETAIL|CONTEXT|HINT|QUERY|STATEMENT):.*$", re.MULTILINE)
DEPTH_MAX = 6


def configure_logs(*, level: int = logging.INFO) -> None:
    """Everything that this process writes goes this one way, the libraries' own words included."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        without_people,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level)
    for quiet in ("uvicorn", "httpx", "httpcore", "psycopg", "asyncio"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


def without_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The same event with everything masked that could be about a person; a processor of structlog."""
    return {name: MASK if name in PERSONAL else masked(value) for name, value in event.items()}


def masked(value: Any, *, depth: int = DEPTH_MAX) -> Any:
    """`value` without names of fields, digits and rows that could be somebody's; deep structures are cut."""
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= NUMBER_MAX else MASK
    if depth == 0:
        return MASK
    if isinstance(value, Mapping):
        return {
            str(name): MASK if str(name) in PERSONAL else masked(inner, depth=depth - 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner, depth=depth - 1) for inner in value]
    text = value if isinstance(value, str) else str(value)
    return DIGIT_RUN.sub(MASK, EMAIL.sub(MASK, ROW_FACTS.sub(rf"\1: {MASK}", text)))


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return msgspec.json.encode(event).decode()
