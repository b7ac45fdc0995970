"""What all makers of tables share: identity of what a row tells, where it stands, and columns kept by name.

A row gives resources; the first that takes a column tells it, and the row's chief resource keeps every column that none
took, as an extension of our own named after it. So nothing of a row is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Protocol

from fhir.records import Tree
from fhir.social_care.costs import OWN
from fhir.social_care.findings import Findings
from fhir.social_care.tables.definitions import Table
from fhir.social_care.values import Dates

PROVENANCE_TAG = "https://fhir.interweavedigital.nhs.uk/Provenance"


class Maker(Protocol):
    """Makes the resources of the rows of one table."""

    def address(self, row: TableRow) -> str:
        """The full URL of the row's Patient, where other files refer to it; empty where none do."""

    def people(self, row: TableRow) -> Iterator[Tree]:
        """The Patients of a row, where it says anything new of them."""

    def facts(self, row: TableRow) -> Iterator[Tree]:
        """Everything else a row says."""


class TableRow:
    """One row: `row["key"]` is the text of a column, and taking it notes that it was told."""

    def __init__(self, table: Table, values: tuple[str, ...], others: list[tuple[str, str]], line: int) -> None:
        self.line = line
        self.others = others
        self._texts = {column.key: text for column, text in zip(table.columns, values, strict=True) if text}
        self._told: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self._told.add(key)
        return self._texts.get(key, "")

    def peek(self, key: str) -> str:
        """The text of a column, which is still to be told."""
        return self._texts.get(key, "")

    def texts(self) -> list[tuple[str, str]]:
        """Every column that is filled, by key; and those that are not of the table, by name."""
        return [*self._texts.items(), *self.others]

    def took(self, *keys: str) -> None:
        """Note that these columns are told."""
        self._told.update(keys)

    def rest(self) -> list[tuple[str, str]]:
        """The columns that nothing told yet, by key."""
        return [(key, text) for key, text in self._texts.items() if key not in self._told]


class Making:
    """The parts of resources that do not depend on the table."""

    def __init__(self, name: str, table: Table, dates: Dates, findings: Findings, tag: tuple[str, str]) -> None:
        self.table = table
        self.dates = dates
        self.findings = findings
        self._name = name
        self._tag = tag
        self._told: set[int] = set()

    def tree(self, kind: str, own_id: str, row: TableRow, profile: str, tag: tuple[str, str] | None = None) -> Tree:
        """The start of a resource; `profile` is the last part of one of our own addresses, or a whole address."""
        code, display = tag or self._tag
        meta: dict[str, Any] = {
            "source": f"urn:onestory:{self.table.key}#line-{row.line}",
            "tag": [{"system": PROVENANCE_TAG, "code": code, "display": display}],
        }
        if profile:
            meta["profile"] = [profile if "://" in profile else f"{OWN}/{profile}"]
        return {
            "resourceType": kind,
            "id": own_id,
            "meta": meta,
            "extension": [own("extract-line", f"{self._name}, line {row.line}")],
        }

    def keep_rest(self, tree: Tree, row: TableRow) -> Tree:
        """Keep on the row's chief resource what nothing else told."""
        for key, text in row.rest():
            tree["extension"].append(own(key.replace("_", "-"), text))
        tree["extension"] += [own("other-column", f"{name}: {text}") for name, text in row.others]
        return tree

    def coded(self, row: TableRow, key: str) -> str:
        """The words of a coded column with its code, or the code alone where its list does not have it."""
        code = row[key]
        column = next(column for column in self.table.columns if column.key == key)
        words = self.table.words(column, code)
        return f"{words} ({code})" if words else code

    def date(self, tree: Tree, row: TableRow, key: str) -> str:
        """The FHIR date or dateTime of a column; one that cannot be read stays in `tree` as text."""
        text = row[key]
        read = self.dates.read_time(text) if text else ""
        if text and not read:
            tree["extension"].append(own(f"{key.replace('_', '-')}-as-written", text))
        return read

    def period(self, tree: Tree, row: TableRow, start: str, end: str) -> dict[str, str]:
        """The FHIR Period of two columns."""
        found = {"start": self.date(tree, row, start), "end": self.date(tree, row, end)}
        return {name: value for name, value in found.items() if value}

    def unclear(self, row: TableRow, key: str) -> None:
        """Report words of which it is not known whether they say that something was done."""
        place = next(number for number, column in enumerate(self.table.columns) if column.key == key)
        message = "It is not clear from these words whether it was done; they are kept, and neither is told."
        self.findings.add("warning", "value", message, row.line, place)

    def new(self, *said: object) -> bool:
        """Whether this is told for the first time in this file."""
        key = hash(said)
        fresh = key not in self._told
        self._told.add(key)
        return fresh


def own(name: str, text: str) -> dict[str, Any]:
    """An extension of our own with a text."""
    return {"url": f"{OWN}/{name}", "valueString": text}


def digest(*parts: str) -> str:
    """A short name for these texts, the same on every machine."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def as_id(*parts: str) -> str:
    """A FHIR id of these texts; what does not fit is replaced by a digest, so that different ones stay different."""
    plain = "-".join(parts)
    fits = len(plain) <= 44 and all(ch.isascii() and (ch.isalnum() or ch in "-.") for ch in plain)
    return plain if fits else f"{''.join(ch for ch in plain if ch.isascii() and ch.isalnum())[:20]}-{digest(*parts)}"
