"""Record files: the plain text in which a catalogue is written, read with the line of every fault.

A subset of GNU recutils. A line is `field: value`, a line that starts with `+` continues the value before it,
`#` starts a comment line, a blank line ends a record, and `%rec: Fee` says what the records after it are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dawr.kernel.text import clean_line

_FIELD = re.compile(r"(%?[A-Za-z][A-Za-z0-9_]*):(?: |$)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """What is wrong, and the file and line to mend."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The fields of one record in their order; `line` is where it starts."""

    kind: str
    file: str
    line: int
    fields: tuple[Field, ...]


def read_records(text: bytes, *, file: str) -> tuple[list[Record], list[Fault]]:
    """The records of one file and the faults of its syntax; any bytes whatever give one or the other."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return [], [Fault(file=file, line=line, sentence="the file is not UTF-8 text from here on")]
    records: list[Record] = []
    faults: list[Fault] = []
    kind = ""
    for block in _blocks([line.rstrip("\r") for line in decoded.split("\n")]):
        fields = _fields(block, file=file, faults=faults)
        for field in fields:
            if field.name == "%rec":
                kind = field.value
            elif field.name.startswith("%"):
                faults.append(Fault(file=file, line=field.line, sentence=f"only %rec is known here, not {field.name}"))
        own = tuple(field for field in fields if not field.name.startswith("%"))
        if own and not kind:
            faults.append(Fault(file=file, line=own[0].line, sentence="a record stands before the first '%rec: Kind'"))
        elif own:
            records.append(Record(kind=kind, file=file, line=own[0].line, fields=own))
    return records, faults


def _blocks(lines: list[str]) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines between blank ones, each line with its number, comments left out."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _fields(block: list[tuple[int, str]], *, file: str, faults: list[Fault]) -> list[Field]:
    fields: list[Field] = []
    for number, line in block:
        if line.startswith("+") and fields:
            last = fields[-1]
            fields[-1] = Field(name=last.name, value=clean_line(f"{last.value} {line[1:]}"), line=last.line)
        elif match := _FIELD.fullmatch(line):
            fields.append(Field(name=match[1], value=clean_line(match[2]), line=number))
        else:
            faults.append(Fault(file=file, line=number, sentence=f"not a 'field: value' line: {clean_line(line)[:60]}"))
    return fields
