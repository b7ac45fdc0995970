"""What reading hands on: files, and the resources in them, with the exact bytes they came from.

A *drop* is everything given in one go (files, folders, archives). A `SourceFile` is one document of a drop: one file,
one member of a ZIP, or one stretch of an NDJSON stream. A `Resource` knows where in that document it stands.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from fhir.forms import Blanks

FhirVersion = Literal["R4", "R4B", "STU3", "R5"]
FileFormat = Literal["json", "xml", "ndjson", "csv"]
Severity = Literal["fatal", "error", "warning", "information"]
Tree = dict[str, Any]


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding, shaped after FHIR OperationOutcome.issue.

    `code` is from IssueType ("structure", "required", "value", "not-found", "invariant", ...); `resource` is
    "Type/id"; `path` is FHIRPath-like ("Patient.name[0].given[0]"); `line` is that of the element, from 1, 0 when
    unknown; `message` is one plain sentence without record content. `count` is how many lines it stands for.
    """

    severity: Severity
    code: str
    message: str
    resource: str = ""
    path: str = ""
    line: int = 0
    count: int = 1


class Resource(msgspec.Struct, kw_only=True):
    """One FHIR resource of a document.

    `raw` are its exact bytes, `document[start:end] == raw`; `tree` is its JSON form with decimals kept as written
    (also for XML). `full_url` is Bundle.entry.fullUrl where given. `response_only` marks entries that carry no
    clinical statement of their own, such as search outcome entries.
    """

    type: str
    id: str
    tree: Tree
    raw: bytes
    start: int
    end: int
    full_url: str = ""
    line: int = 0

    @property
    def key(self) -> str:
        """ "Type/id" as the source has it; an id that is missing is the empty string."""
        return f"{self.type}/{self.id}"

    @property
    def of_row(self) -> str:
        """The reference to the person whom a table's row is about; empty for any other resource."""
        return ""

    @property
    def version(self) -> str:
        """`meta.lastUpdated`, empty where it is not given."""
        meta = self.tree.get("meta")
        updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
        return updated if isinstance(updated, str) else ""


_TREE: Any = Resource.__dict__["tree"]


class RowEvent(Protocol):
    """What an adapter knows of a row before a resource is made of it."""

    @property
    def subject(self) -> str:
        """The reference to the person that the resource is about."""

    @property
    def version(self) -> str:
        """`meta.lastUpdated` of the resource."""

    @property
    def likeness(self) -> object:
        """Hashable: rows of one document with the same say the same but for person, times, identifiers and line; None
        where that is not known."""

    @property
    def moment(self) -> object:
        """Hashable: rows of one document that are like each other and have the same have the same `times`."""

    @property
    def times(self) -> Tree:
        """The elements of the resource that hold its times and differ from row to row."""

    @property
    def identifiers(self) -> list[Tree]:
        """The identifiers of the resource that name their system."""

    def make(self) -> Tree:
        """The tree of the resource."""

    def entries(self, resource: Resource, context: Any) -> list[Any] | None:
        """The entries of the resource, exactly as describing its tree gives them; None where only that can tell."""

    def blanks(self, resource: Resource, context: Any) -> Blanks | None:
        """The same as what fills in the forms of all like it; None where there are none."""


class MadeResource(Resource, kw_only=True):
    """A resource that an adapter makes of a row, when it is first asked for its tree: most never are."""

    event: RowEvent

    @property  # type: ignore[misc]
    def tree(self) -> Tree:
        """The tree, made on first use."""
        tree: Tree = _TREE.__get__(self)
        if not tree:
            tree = self.event.make()
            _TREE.__set__(self, tree)
        return tree

    @tree.setter
    def tree(self, tree: Tree) -> None:
        _TREE.__set__(self, tree)

    @property
    def of_row(self) -> str:
        """As its row says, without making it."""
        return self.event.subject

    @property
    def version(self) -> str:
        """As of every resource, without making it."""
        return self.event.version


class ToldResource(Resource, kw_only=True):
    """A resource that was described in another process; its `tree` is empty where it was made of a row.

    `group` names those of the document that were described as one person's, empty where that is not certain; `entries`
    are what was made of it there, which only the importer understands; `demographics` what a Patient says of a person,
    and `filed` by what that person is found (`fhir.filing`).
    """

    group: str
    row: str
    updated: str
    entries: tuple[Any, ...]
    demographics: Any = None
    filed: Any = None

    @property
    def of_row(self) -> str:
        """As its row said."""
        return self.row

    @property
    def version(self) -> str:
        """As of every resource."""
        return self.updated


class SourceFile(msgspec.Struct, kw_only=True):
    """One readable document of a drop.

    `path` is shown to people: the path as given, with `!member` for what stands inside an archive and `#part`
    for a stretch of a stream. `sha256` is the hex digest of `data`. `bundle_type` is empty when the document is
    a single resource. `folder` scopes relative references: documents of one folder may refer to each other.
    `passes_by`: a stretch of an extract, to which nothing refers but later ones, and these to its people only.
    `told`: all its resources are `ToldResource`s, and this is what the importer knows of them beside.
    """

    path: str
    folder: str
    data: bytes
    sha256: str
    format: FileFormat
    fhir_version: FhirVersion
    bundle_type: str = ""
    passes_by: bool = False
    told: Any = None
    resources: list[Resource] = msgspec.field(default_factory=list)
    issues: list[Issue] = msgspec.field(default_factory=list)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A document that cannot be read, with the one sentence that says why. Nothing of it is kept."""

    path: str
    reason: str
    line: int = 0
