"""A folder of record files as one catalogue: every noun, or every fault, with its file and line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dawr.catalogue.calendars import is_known_country
from dawr.catalogue.kinds import KINDS
from dawr.catalogue.model import Authority, Closure, Noun, Opening, Service, Source, SourceKind, country_of
from dawr.catalogue.reading import Reading
from dawr.catalogue.records import Fault, Record, read_records

REFERENCES = {
    "authority_id": "authority",
    "department_id": "department",
    "office_id": "office",
    "service_id": "service",
    "source_id": "source",
    "figures_source_id": "source",
}
"""The fields by which one noun names another, and which noun that is."""

WRITTEN_AS = {"source_id": "by", "figures_source_id": "figures_by"}
"""What such a field is called in the file where it is not called like the noun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A noun and the record that says it."""

    noun: Noun
    record: Record

    def fault(self, sentence: str, *, field: str = "") -> Fault:
        lines = [found.line for found in self.record.fields if found.name == field]
        return Fault(file=self.record.file, line=lines[0] if lines else self.record.line, sentence=sentence)


def read_folder(files: Mapping[str, bytes]) -> tuple[list[Noun], list[Fault]]:
    """Everything that the files say. With a fault anywhere the nouns are of no use; the faults are in file order."""
    placed: list[Placed] = []
    faults: list[Fault] = []
    for file, text in sorted(files.items()):
        records, syntax_faults = read_records(text, file=file)
        faults += syntax_faults
        for record in records:
            nouns, record_faults = _read(record)
            faults += record_faults
            placed += [Placed(noun=noun, record=record) for noun in nouns]
    if not faults:
        faults += [*_doubles(placed), *_strangers(placed), *_countries(placed), *_keys(placed)]
    if not placed and not faults:
        faults.append(Fault(file="*.rec", line=1, sentence="the folder holds no record"))
    return [each.noun for each in placed], sorted(faults)


def country(nouns: Sequence[Noun]) -> str:
    """The one country that a sound folder is about."""
    return country_of(nouns[0].key[0])


def _read(record: Record) -> tuple[list[Noun], list[Fault]]:
    read = KINDS.get(record.kind)
    if read is None:
        sentence = f"'%rec: {record.kind[:40]}' is none of {', '.join(KINDS)}"
        return [], [Fault(file=record.file, line=record.line, sentence=sentence)]
    reading = Reading(record)
    nouns = read(reading)
    return (nouns, []) if reading.finish() else ([], reading.faults)


def _doubles(placed: Sequence[Placed]) -> Iterator[Fault]:
    """The same thing said twice: which of the two holds would be anybody's guess."""
    seen: dict[tuple[str, ...], Placed] = {}
    for each in placed:
        key = (each.noun.noun, *each.noun.key)
        first = seen.setdefault(key, each)
        if first is not each:
            at = f"{first.record.file}:{first.record.line}"
            yield each.fault(f"{each.noun.noun} {' '.join(each.noun.key)} stands already at {at}")


def _strangers(placed: Sequence[Placed]) -> Iterator[Fault]:
    """Names of things that no record describes."""
    known: dict[str, set[str]] = defaultdict(set)
    for each in placed:
        known[each.noun.noun].add(each.noun.key[0])
    for each in placed:
        for name, noun in REFERENCES.items():
            wanted = getattr(each.noun, name, None)
            if wanted is not None and wanted not in known[noun]:
                field = WRITTEN_AS.get(name, noun)
                yield each.fault(f"no record describes the {noun} {wanted}", field=field)
        if isinstance(each.noun, Closure):
            scopes = known["authority"] | known["office"] | {country_of(known_id) for known_id in known["authority"]}
            if each.noun.scope not in scopes:
                yield each.fault(f"no record describes {each.noun.scope}, so it cannot be closed", field="scope")


def _countries(placed: Sequence[Placed]) -> Iterator[Fault]:
    for each in placed:
        here, first = country_of(each.noun.key[0]), country_of(placed[0].noun.key[0])
        if here != first:
            yield each.fault(f"this folder is about {first}; put {each.noun.key[0]} into a folder about {here}")
        if isinstance(each.noun, Authority) and not is_known_country(here):
            yield each.fault(f"no calendar is known for the country {here}", field="authority")


def _keys(placed: Sequence[Placed]) -> Iterator[Fault]:
    """A service that waits for a decision is opened by that body's decision and nothing else."""
    sources = {each.noun.source_id: each.noun for each in placed if isinstance(each.noun, Source)}
    services = {each.noun.service_id: each.noun for each in placed if isinstance(each.noun, Service)}
    issuers = {source.issuer for source in sources.values()}
    for each in placed:
        if isinstance(each.noun, Service) and each.noun.opened_by not in {None, *issuers}:
            yield each.fault(f"no source is issued by {each.noun.opened_by}", field="opened_by")
        if isinstance(each.noun, Opening):
            service, source = services.get(each.noun.service_id), sources.get(each.noun.source_id)
            if service is not None and service.opened_by is None:
                yield each.fault(f"{service.service_id} waits for no decision, so none opens it", field="service")
            elif service is not None and source is not None and not _is_key(source, service):
                sentence = (
                    f"only a decision of {service.opened_by} opens {service.service_id}, not one of {source.issuer}"
                )
                yield each.fault(sentence, field="by")


def _is_key(source: Source, service: Service) -> bool:
    return source.issuer == service.opened_by and source.kind in {SourceKind.DECISION, SourceKind.CIRCULAR}
