"""What one displayable fact is.

Describers (`fhir.describe`) make entries from resources; storage keeps them sealed; the consent gate releases them;
the window shows them. All text here is plain text. Nothing here knows who may see it.
"""

from __future__ import annotations

from typing import Literal, NewType

import msgspec

EntryId = NewType("EntryId", str)
PersonId = NewType("PersonId", str)

Precision = Literal["instant", "day", "month", "year", "unknown"]
SourceKind = Literal["health", "social-care", "person"]
Lane = Literal["gp", "hospital", "community", "mental-health", "social-care", "person", "other"]
Assertion = Literal["fact", "none-known", "no-information", "not-a-fact"]


class When(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, array_like=True):
    """A point or interval of clinical time, as exact as its source and no more.

    `start` and `end` are FHIR date strings exactly as written ("1938", "2026-03", "2026-03-04T10:00:00Z"); an
    empty string is unknown. `precision` is that of the start. `text` is how a person reads it ("about 2019",
    "3 Mar 2026 to 9 Mar 2026"). `ongoing` is true only where the source says the interval is open.
    """

    start: str = ""
    end: str = ""
    precision: Precision = "unknown"
    text: str = ""
    ongoing: bool = False


class Code(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """One coding, kept as its source wrote it."""

    system: str = ""
    code: str = ""
    display: str = ""
    user_selected: bool = False


class Source(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, array_like=True):
    """Which system said so. `key` tells two systems with one name apart (ODS code, system URL or file folder)."""

    name: str
    kind: SourceKind = "health"
    lane: Lane = "other"
    key: str = ""


class Link(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """A reference to another resource of the same drop or vault.

    `rel` is the FHIR element it came from ("encounter", "reasonReference", "member"); `target` is the resolved
    "Type/id" key, or an absolute reference left unresolved; `display` is what the source called it.
    """

    rel: str
    target: str
    display: str = ""


class Field(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One labelled line of the detail pane."""

    label: str
    value: str


class Measure(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, array_like=True):
    """A number that can be charted. Digits are kept as written; an empty string means not given.

    `value`, `low`, `high` are decimal strings in `unit`; `code` is the UCUM code where there is one. `name` is
    set for a component of a panel (systolic, diastolic) and empty for the observation itself. `comparator` are the
    words before a number that is a limit ("more than ").
    """

    value: str
    unit: str = ""
    code: str = ""
    low: str = ""
    high: str = ""
    interpretation: str = ""
    name: str = ""
    comparator: str = ""

    @property
    def written(self) -> str:
        """The number as it must be read: "more than 90 mL/min"."""
        return f"{self.comparator}{self.value} {self.unit}".strip()


class Entry(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One displayable fact, from one resource of one source.

    `section` is a key of `fhir.sections`; `kind` is the family of fact within it ("admission", "package",
    "medicine", "cpr-decision"). `assertion`: a fact; *none-known* is a positive statement of absence ("no known
    allergies"); *no-information* says only that nothing was recorded; *not-a-fact* is entered in error, refuted
    or superseded and is never shown as a fact. `active` is None when the source does not say.
    `resource` is "Type/id" as the source has it. `labels` are the security labels the source attached.
    `as_at` is the date of the extract for entries from periodic extracts. `unnamed` is there where the entry tells what
    the program found at the end of a reference; nothing that leaves the gate has it.
    """

    entry_id: EntryId
    section: str
    kind: str
    title: str
    resource: str
    source: Source
    detail: str = ""
    value: str = ""
    when: When = When()
    status: str = ""
    active: bool | None = None
    assertion: Assertion = "fact"
    author: str = ""
    codes: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()
    labels: tuple[Code, ...] = ()
    links: tuple[Link, ...] = ()
    fields: tuple[Field, ...] = ()
    measures: tuple[Measure, ...] = ()
    warnings: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    recorded: str = ""
    as_at: str = ""
    own_words: bool = False
    unnamed: Unnamed | None = None

    @property
    def resource_type(self) -> str:
        """The FHIR resource type."""
        return self.resource.partition("/")[0]


class Unnamed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An entry as it would be told had its references led nowhere, and what they lead to ("Type/id").

    For whoever is not shown all of these: with the rest, a name that is missing would tell that there is one.
    """

    needs: tuple[str, ...]
    entry: Entry
