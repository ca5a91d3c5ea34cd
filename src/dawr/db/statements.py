"""Named SQL statements, kept in a `store.sql` beside the `store.py` that calls them."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


@cache
def load_statements(package: str, *, file: str = "store.sql") -> Mapping[str, LiteralString]:
    """The statements of a file of `package` by name; refuses text before the first name and a name used twice.

    The text comes from the installed package and never from input, hence LiteralString.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    before, *parts = _NAME.split(text)
    if before.strip():
        raise ValueError(f"{package}/{file}: text before the first '-- name:'")
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}/{file}: a name is used twice")
    return MappingProxyType(
        {name: cast(LiteralString, body.strip().removesuffix(";")) for name, body in zip(names, bodies, strict=True)}
    )
