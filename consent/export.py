"""What of a disclosed record may leave, resource by resource, and in which form.

*exact*: the source's own bytes, where the gate released all that they tell; *edited*: a tree without what may not be
told, tagged REDACTED; *told*: from the released entries alone, where the source may not be used at all. The form and
content depend on what is shown and on the reader's permissions only. Files, formats and the clock are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.references import is_unique, stays, target_type
from fhir import export
from fhir.entries import Entry, EntryId, Source
from fhir.fragments import fragment
from fhir.records import Tree

Form = Literal["exact", "edited", "told"]


class SourceText(Protocol):
    """The bytes behind an entry, and their format (json, ndjson, xml or csv)."""

    @property
    def data(self) -> bytes: ...
    @property
    def format(self) -> str: ...


@dataclass(frozen=True)
class Released:
    """One resource as it may leave. `key` is "Type/id" as its source has it; `raw` is set for exact JSON only."""

    key: str
    source: Source
    form: Form
    items: tuple[DisclosedEntry, ...]
    tree: Tree
    raw: bytes = b""

    @property
    def redacted(self) -> bool:
        """True where something was or may have been taken out."""
        return self.form != "exact"


def everything(record: DisclosedRecord) -> bool:
    """True where on no record anything is withheld from this reader."""
    return record.full


def released(record: DisclosedRecord, sources: Mapping[EntryId, SourceText]) -> list[Released]:
    """Every resource of which something is shown, in an order that depends on what they are and say only."""
    full = everything(record)
    groups: dict[tuple[str | bytes, ...], list[DisclosedEntry]] = {}
    for section in record.sections.values():
        for item in section.entries:
            entry = item.entry
            found = sources.get(entry.entry_id)
            bytes_of_it = (found.data,) if found is not None and item.whole else ()
            groups.setdefault((entry.resource, entry.source.name, entry.source.key, *bytes_of_it), []).append(item)
    shown = _shown_in(record)
    made = [_one(items, sources.get(items[0].entry.entry_id), None if full else shown) for items in groups.values()]
    return sorted(made, key=lambda one: (one.key, one.source.name, one.source.key, one.raw or export.encode(one.tree)))


def tells_of_others(record: DisclosedRecord, entry: Entry, source: SourceText) -> bool:
    """Whether the bytes behind an entry tell this reader of things that are not shown, beyond what the entry tells."""
    if everything(record) or source.format == "csv":
        return False
    tree = fragment(source.data, source.format)
    return tree is None or export.tells_of_others(tree, _shown_in(record).keeps(entry.source))


def _shown_in(record: DisclosedRecord) -> _Shown:
    return _Shown(item.entry for section in record.sections.values() for item in section.entries)


class _Shown:
    """Which resources are shown, to tell which references may stay."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._unique: set[str] = set()
        for entry in entries:
            self._keys.add((entry.source.key, entry.resource))
            identity = entry.resource.partition("/")[2]
            if is_unique(identity):
                self._unique.add(identity)

    def keeps(self, source: Source) -> Callable[[str], bool]:
        """What a resource of this source may refer to: its own parts, the person, products, and what is shown."""

        def keep(reference: str) -> bool:
            if reference.startswith("urn:"):
                return reference.rpartition(":")[2] in self._unique
            key = "/".join(reference.partition("/_history")[0].rsplit("/", 2)[-2:])
            if stays(reference) or target_type(key) == "Patient":
                return True
            return (source.key, key) in self._keys or key.partition("/")[2] in self._unique

        return keep


def _one(items: Sequence[DisclosedEntry], source: SourceText | None, shown: _Shown | None) -> Released:
    first = items[0].entry
    key, from_source = first.resource, first.source
    usable = source is not None and all(item.whole for item in items)
    if source is not None and usable and source.format != "csv":
        tree = fragment(source.data, source.format)
        fits = tree is not None and f"{tree.get('resourceType')}/{tree.get('id', '')}" == key
        if tree is not None and fits and (shown is None or not export.holds_others(tree)):
            keep = None if shown is None else shown.keeps(from_source)
            if keep is None:
                return Released(key, from_source, "exact", tuple(items), tree, _raw(source))
            if not export.keeps_all(tree, keep):
                return Released(key, from_source, "edited", tuple(items), export.edited(tree, keep))
            if not _short(items):
                return Released(key, from_source, "exact", tuple(items), tree, _raw(source))
    # A line of an extract was never FHIR, and tells of other resources too: it goes along where everything may be told.
    line = source.data if source is not None and usable and source.format == "csv" and shown is None else None
    entries = [item.entry for item in items]
    tree = export.told(entries, redacted=line is None, line=line)
    return Released(key, from_source, "told" if line is None else "exact", tuple(items), tree)


def _short(items: Iterable[DisclosedEntry]) -> bool:
    return any(item.shortened for item in items)


def _raw(source: SourceText) -> bytes:
    return source.data if source.format != "xml" else b""
