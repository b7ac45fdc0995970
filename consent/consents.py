"""What a FHIR Consent says, as one typed model for R4, R5 and STU3.

`read_consent` never raises: what cannot be understood is reported in `problems` and stays in the model as something
that no permission matches and every refusal does (consent.md, Reading a FHIR Consent, rule 8). Who asks, when, and
about which record are not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import msgspec

from consent.naming import OWN_IDENTIFIERS, spoken
from consent.spans import ALWAYS, EARLIEST, Span
from consent.vocabulary import Choice, Coding

_SPACE = re.compile(r"\s")

Tree = dict[str, Any]
Concept = tuple[Coding, ...]
"""The codings of a CodeableConcept; empty for one that holds only words."""


class Pointer(NamedTuple):
    """Who or what is meant, by name: "Type/id" or an address, and "identifier system|value"."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Actor:
    """One actor of a rule: the roles it plays there, and who it is (None: only the role says)."""

    roles: Concept
    who: Pointer | None


@dataclass(frozen=True)
class Datum:
    """One record a rule names, and how it reaches others ("instance", "related", "dependents", "authoredby")."""

    meaning: str
    what: Pointer


@dataclass(frozen=True)
class Problem:
    """Something that could not be understood. Says where, never what stands there. It counts as no, unless it is
    `passed_over`: then the rest of the Consent counts as it stands."""

    policy: str
    path: str
    text: str
    passed_over: bool = False


@dataclass(frozen=True)
class Provision:
    """One rule with the rules nested in it. An element that is absent is None; inside a list, None stands for a value
    that is not understood. `doubts` are elements that are not understood at all and bind the whole rule."""

    path: str
    type: Choice | None = None
    period: Span | Literal["doubt"] | None = None
    actors: tuple[Actor | None, ...] | None = None
    actions: tuple[Concept | None, ...] | None = None
    purposes: tuple[Coding | None, ...] | None = None
    labels: tuple[Coding | None, ...] | None = None
    classes: tuple[Coding | None, ...] | None = None
    types: tuple[Coding | None, ...] | None = None
    documents: tuple[Coding | None, ...] | None = None
    codes: tuple[Concept | None, ...] | None = None
    data_period: Span | Literal["doubt"] | None = None
    data: tuple[Datum | None, ...] | None = None
    doubts: tuple[str, ...] = ()
    provisions: tuple[Provision, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether it has no element but a period."""
        elements = (self.actors, self.actions, self.purposes, self.labels, self.classes, self.types, self.documents)
        return all(item is None for item in (*elements, self.codes, self.data_period, self.data)) and not self.doubts


@dataclass(frozen=True)
class Consent:
    """One Consent. `base` is what its policy says of everyone and everything (rule 2a); `usable` is False where
    neither policy nor root rule says yes or no (2c), and then no rule of it permits. What says whom it is about
    (`patient` None), whether it is in force (`status` empty) or what it is about (`unclear`) cannot be read where they
    are so: it is in force, and `doubtful`. `date` is ALWAYS where a date is written that cannot be read, and EARLIEST
    where none is. `content` tells copies of one Consent. `view_of` is the
    Consent that this one is only a view of: a view refuses what it refuses, and permits of all else what its Consent
    permits; its refusal stands until a newer Consent permits the same."""

    key: str
    patient: Pointer | None
    status: str
    scopes: Concept
    categories: Concept
    date: Span
    grantors: tuple[Pointer | None, ...]
    base: Choice | None
    root: Provision
    usable: bool
    doubtful: bool
    content: str
    contained: dict[str, Tree] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    view_of: Consent | None = None
    unclear: bool = False


class ConsentReader:
    """What the reading of one Consent has in common: its key, where contained things are looked for, problems."""

    def __init__(self, key: str, scope: str) -> None:
        self.key = key
        self.scope = scope
        self.problems: list[Problem] = []

    def report(self, path: str, text: str, *, passed_over: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.key, path, text, passed_over))

    def pass_over(self, since: int) -> None:
        """The problems noted since there were so many take nothing away from the rest."""
        self.problems[since:] = [replace(one, passed_over=True) for one in self.problems[since:]]

    def items(self, value: Any, path: str) -> list[Any]:
        """The items of a list; what is not a list, or an empty one, is one item that is not understood."""
        if isinstance(value, list) and value:
            return value
        self.report(path, "should be a list and is not")
        return [None]

    def coding(self, value: Any, path: str) -> Coding | None:
        """A Coding with a system and a code."""
        if isinstance(value, dict):
            system, code = value.get("system"), value.get("code")
            if isinstance(code, str) and code.strip() and isinstance(system, str) and system.strip():
                return Coding(system.strip(), code.strip())
        self.report(path, "holds a code that cannot be read")
        return None

    def codings(self, value: Any, path: str) -> tuple[Coding | None, ...]:
        """A list of Codings."""
        return tuple(self.coding(item, path) for item in self.items(value, path))

    def concept(self, value: Any, path: str) -> Concept | None:
        """The codings of a CodeableConcept."""
        if not isinstance(value, dict) or not isinstance(value.get("coding"), list) or not value["coding"]:
            self.report(path, "holds no code that can be read")
            return None
        found = [self.coding(item, path) for item in value["coding"]]
        return tuple(coding for coding in found if coding is not None)

    def concepts(self, value: Any, path: str) -> tuple[Concept | None, ...]:
        """A list of CodeableConcepts; STU3 writes bare Codings where later versions have concepts."""
        found: list[Concept | None] = []
        for item in self.items(value, path):
            if isinstance(item, dict) and "code" in item and "coding" not in item:
                coding = self.coding(item, path)
                found.append((coding,) if coding else None)
            else:
                found.append(self.concept(item, path))
        return tuple(found)

    def pointer(self, value: Any, path: str) -> Pointer | None:
        """Who or what a Reference means."""
        found = pointer(value, self.scope)
        if found is None:
            self.report(path, "names someone or something in a way that cannot be read")
        return found


def pointer(value: Any, scope: str = "") -> Pointer | None:
    """Who or what a Reference means; None where neither a reference nor an identifier with its system is given.
    `scope` is put before references to contained things."""
    if not isinstance(value, dict):
        return None
    names: list[str] = []
    reference = value.get("reference")
    if isinstance(reference, str) and reference and not _SPACE.search(reference):
        plain = reference.partition("/_history/")[0]
        names.append(scope + plain if plain.startswith("#") else plain)
    elif reference is not None:
        return None
    identifier = value.get("identifier")
    if isinstance(identifier, dict):
        name = identifier_name(identifier)
        if name:
            names.append(name)
    return Pointer(tuple(names)) if names else None


def identifier_name(identifier: Tree) -> str:
    """How an identifier with a system is named among pointers; empty without one.

    Names of users and organisations of the vault are identifiers too, compared without regard to case and spacing.
    """
    system, value = identifier.get("system"), identifier.get("value")
    if isinstance(system, str) and isinstance(value, str) and system.strip() and value.strip():
        system, value = system.strip(), value.strip()
        return f"identifier {system}|{spoken(value) if system in OWN_IDENTIFIERS else value}"
    return ""


def read_consent(tree: Any, number: int = 0) -> Consent:
    """One Consent from its FHIR JSON form. `number` tells the Consents of one request apart."""
    from consent.consent_versions import read

    if not isinstance(tree, dict) or tree.get("resourceType") != "Consent":
        return unreadable(f"Consent {number + 1}", "is not a Consent that can be read")
    try:
        return read(tree, number)
    except Exception:  # noqa: BLE001 - whatever cannot be read counts as a refusal, never as nothing
        return unreadable(f"Consent {number + 1}", "cannot be read")


def unreadable(key: str, text: str) -> Consent:
    """The Consent that stands for one that cannot be read at all: a refusal of everything to everyone."""
    return Consent(
        key=key,
        patient=None,
        status="unreadable",
        scopes=(),
        categories=(),
        date=ALWAYS,
        grantors=(),
        base=None,
        root=Provision("", type="deny"),
        usable=False,
        doubtful=True,
        content=f"{key} {text}",
        problems=(Problem(key, "", f"{text}; treated as no"),),
    )


def content_of(tree: Tree) -> str:
    """A text by which copies of a Consent are known: all that it says, without its name, text and history."""
    kept = {name: value for name, value in tree.items() if name not in ("id", "meta", "text", "identifier", "language")}
    return _ENCODER.encode(kept).decode()


_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="number")


NO_DATE = Span(EARLIEST, EARLIEST)
