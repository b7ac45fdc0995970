"""Finds what references point to within one drop, and which person each resource is about.

`ReferenceIndex` learns documents one at a time and keeps a few hundred bytes for each resource, never its content; ask
it when all are learned. Nothing found is an answer (`Target.status`), not an error. Nothing outside the drop is known.

Scope of a reference, because plain ids such as "Patient/1" repeat from sender to sender: the same document; else its
folder; else the whole drop. Beyond the document only one resource, or copies of one, may fit; else it is *ambiguous*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from typing import Any, Literal

import msgspec

from fhir.records import Resource, SourceFile, Tree
from fhir.subjects import Subject, patient_reference, reference_type, subject_of

__all__ = ["About", "ReferenceIndex", "Subject", "Target", "patient_reference", "stream_of", "subject_of"]

Status = Literal["resolved", "contained", "unresolved", "ambiguous"]

_LITERAL = re.compile(r"(?:(?P<base>https?://.+)/)?(?P<key>[A-Z][A-Za-z]+/[^/?#\s]+)\Z")
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?identifier=(?P<system>[^|&]*)\|(?P<value>[^&]+)\Z")
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_FOLLOWED = 3
_DISPLAY = 80
_LISTED = 20
_REMEMBERED = 20_000


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference points to.

    `key` is "Type/id" of the resource found (resolved, contained) and else the reference as written. `document`
    and `folder` say where it stands. `display` is a short name of it, or what the reference called it.
    `of_nobody` says that it names no person whom it is about. `contained` is the tree of a contained resource;
    `candidates` are those an ambiguous reference may mean.
    """

    status: Status
    key: str = ""
    document: str = ""
    folder: str = ""
    full_url: str = ""
    display: str = ""
    of_nobody: bool = False
    contained: Tree | None = None
    candidates: tuple[Target, ...] = ()

    @property
    def found(self) -> bool:
        """Whether exactly one resource is meant, and it is here."""
        return self.status in ("resolved", "contained")

    @property
    def type(self) -> str:
        """The resource type, where known."""
        kind = self.key.partition("/")[0]
        return kind if kind[:1].isupper() and kind.isalpha() else ""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a resource is about, references followed.

    `people` are Patient targets: one for *person*, more for *several*. *unknown*: it names someone who is not in the
    drop, or cannot be told from others (`people` holds that target), or nobody at all. `inferred`: it names nobody,
    but stands in a Bundle that holds exactly one Patient.
    """

    kind: Literal["person", "several", "nobody", "unknown"]
    people: tuple[Target, ...] = ()
    inferred: bool = False


class _Known(msgspec.Struct, frozen=True, gc=False):
    """One resource of the drop. `about`: its person references as text, a logical one as "Type?identifier=s|v"."""

    key: str
    document: str
    stream: str
    folder: str
    full_url: str
    display: str
    subject: str
    about: tuple[str, ...]
    content: int


class ReferenceIndex:
    """All resources of one drop by key, address and identifier."""

    def __init__(self, files: Iterable[SourceFile] = ()) -> None:
        self._by_key: dict[str, list[_Known]] = {}
        self._by_url: dict[str, list[_Known]] = {}
        self._by_identifier: dict[str, list[_Known]] = {}
        self._patients: dict[str, list[_Known]] = {}
        # References repeat within a document: each is looked up once. By (text, base, stream).
        self._recent: dict[tuple[str, str, str], Target] = {}
        for file in files:
            self.learn(file)

    def learn(self, file: SourceFile) -> None:
        """Take in the resources of one document."""
        stream = stream_of(file.path)
        self._recent.clear()
        for resource in file.resources:
            subject = subject_of(resource.tree)
            known = _Known(
                key=resource.key,
                document=file.path,
                stream=stream,
                folder=file.folder,
                full_url=resource.full_url,
                display=intern(_display(resource.tree)),
                subject=subject.kind,
                about=tuple(intern(_text(reference)) for reference in subject.references),
                content=hash(_ENCODER.encode(resource.tree)),
            )
            if subject.kind == "patient":
                self._patients.setdefault(stream, []).append(known)
            self._by_key.setdefault(known.key, []).append(known)
            if known.full_url:
                self._by_url.setdefault(known.full_url, []).append(known)
            for identifier in _identifiers(resource.tree.get("identifier")):
                self._by_identifier.setdefault(identifier, []).append(known)

    def resolve(self, reference: str | Tree, *, resource: Resource, source_file: SourceFile) -> Target:
        """What a reference in `resource` of `source_file` points to."""
        text = reference if isinstance(reference, str) else _text(reference)
        if text.startswith("#"):
            return _contained(text, reference, resource, source_file)
        target = self._find(text, resource.full_url, stream_of(source_file.path), source_file.folder)
        called = reference.get("display") if isinstance(reference, dict) else ""
        if called and not target.display and isinstance(called, str):
            return msgspec.structs.replace(target, display=called)
        return target

    def person_of(self, resource: Resource, source_file: SourceFile) -> About:
        """The person or people a resource is about."""
        subject = subject_of(resource.tree)
        if subject.kind == "patient":
            return About(kind="person", people=(_itself(resource, source_file),))
        targets = [
            self.resolve(reference, resource=resource, source_file=source_file) for reference in subject.references
        ]
        if subject.kind == "follow":
            return _joined([self._person_behind(target, _FOLLOWED) for target in targets])
        if subject.kind == "not-said" and source_file.bundle_type:
            patients = self._patients.get(source_file.path, [])
            if len({known.key for known in patients}) == 1:
                return About(kind="person", people=(_target(patients[0]),), inferred=True)
        return _about(subject.kind, targets)

    def _person_behind(self, target: Target, steps: int) -> About:
        found = [known for known in self._by_key.get(target.key, ()) if known.document == target.document]
        if not found or not steps:
            return About(kind="unknown")
        known = found[0]
        if known.subject == "patient":
            return About(kind="person", people=(target,))
        targets = [self._find(text, known.full_url, known.stream, known.folder) for text in known.about]
        if known.subject == "follow":
            return _joined([self._person_behind(target, steps - 1) for target in targets])
        return _about(known.subject, targets)

    def _find(self, text: str, full_url: str, stream: str, folder: str) -> Target:
        asked = (text, _base(full_url), stream)
        target = self._recent.get(asked)
        if target is None:
            target = _chosen(self._candidates(*asked), text, stream, folder)
            if len(self._recent) > _REMEMBERED:
                self._recent.clear()
            self._recent[asked] = target
        return target

    def _candidates(self, text: str, base: str, stream: str) -> list[_Known]:
        text = text.partition("/_history/")[0]
        if found := self._by_url.get(text):
            return found
        if conditional := _CONDITIONAL.match(text):
            kind = conditional["type"] + "/"
            named = self._by_identifier.get(f"{conditional['system']}|{conditional['value']}", ())
            return [known for known in named if kind == "Resource/" or known.key.startswith(kind)]
        literal = _LITERAL.match(text)
        if literal is None:
            return []
        key = literal["key"]
        if literal["base"] is None:
            # In a Bundle a relative reference is relative to the address of the entry it stands in.
            return (base and self._by_url.get(f"{base}/{key}")) or self._by_key.get(key, [])
        if literal["base"] == base:
            return [known for known in self._by_key.get(key, ()) if known.stream == stream]
        return []


def _base(full_url: str) -> str:
    """The server address of a full URL, "https://server/fhir"; empty where it has none."""
    return full_url.rsplit("/", 2)[0] if full_url.startswith("http") else ""


def _chosen(candidates: list[_Known], text: str, stream: str, folder: str) -> Target:
    """The one that fits, nearest scope first."""
    here = [known for known in candidates if known.stream == stream]
    near = here[:1] or [known for known in candidates if known.folder == folder] or candidates
    if not near:
        return Target(status="unresolved", key=text)
    if len({known.content for known in near}) > 1:
        return Target(status="ambiguous", key=text, candidates=tuple(map(_target, near[:_LISTED])))
    return _target(near[0])


def _target(known: _Known) -> Target:
    return Target(
        status="resolved",
        key=known.key,
        document=known.document,
        folder=known.folder,
        full_url=known.full_url,
        display=known.display,
        of_nobody=not known.about and known.subject not in ("patient", "person", "several"),
    )


_NAMED_AS_PERSON = frozenset({"Patient", "Practitioner", "RelatedPerson", "Person"})


def outline(found: Target) -> Tree:
    """As much of a resource of another document as its readers need: what it is called."""
    name: Any = [{"text": found.display}] if found.type in _NAMED_AS_PERSON else found.display
    outline = {"name": name, "title": found.display, "code": {"text": found.display}} if found.display else {}
    if found.type == "Device":
        # Whether it is somebody's own decides who may be told its name (`fhir.describe.context.named_anywhere`).
        outline |= {"deviceName": [{"name": found.display}]} | ({} if found.of_nobody else {"patient": {}})
    return {"resourceType": found.type, **outline}


def _contained(text: str, reference: str | Tree, resource: Resource, source_file: SourceFile) -> Target:
    if text == "#":
        return _itself(resource, source_file)
    inside = resource.tree.get("contained")
    for tree in inside if isinstance(inside, list) else ():
        if isinstance(tree, dict) and tree.get("id") in (text[1:], text):
            called = reference.get("display") if isinstance(reference, dict) else ""
            return Target(
                status="contained",
                key=f"{tree.get('resourceType', '')}/{text[1:]}",
                document=source_file.path,
                folder=source_file.folder,
                display=_display(tree) or (called if isinstance(called, str) else ""),
                contained=tree,
            )
    return Target(status="unresolved", key=text)


def _itself(resource: Resource, source_file: SourceFile) -> Target:
    return Target(
        status="resolved",
        key=resource.key,
        document=source_file.path,
        folder=source_file.folder,
        full_url=resource.full_url,
        display=_display(resource.tree),
    )


def _about(kind: str, targets: list[Target]) -> About:
    if kind == "nobody":
        return About(kind="nobody")
    patients = [target for target in targets if target.type == "Patient" and target.found]
    unique = tuple({(target.document, target.key): target for target in patients}.values())
    if len(unique) == 1:
        return About(kind="person", people=unique)
    if unique or kind == "several":
        return About(kind="several", people=unique)
    if targets and all(target.found for target in targets):
        # A subject that is here and is not a Patient: a Device, Location or Group.
        return About(kind="several" if any(target.type == "Group" for target in targets) else "nobody")
    return About(kind="unknown", people=tuple(targets))


def _joined(found: list[About]) -> About:
    people = {(target.document, target.key): target for about in found for target in about.people}
    if len(people) == 1:
        only = tuple(people.values())
        return About(kind="person" if only[0].found else "unknown", people=only)
    if people:
        return About(kind="several", people=tuple(people.values()))
    return About(kind="nobody" if found and all(about.kind == "nobody" for about in found) else "unknown")


def stream_of(path: str) -> str:
    """The document a stretch of a stream belongs to: "a.ndjson#3" is of "a.ndjson"."""
    stem, mark, part = path.rpartition("#")
    return stem if mark and part.isdigit() else path


def _text(reference: Tree) -> str:
    """A Reference as one text: as written, or a logical one as "Type?identifier=system|value"."""
    literal = reference.get("reference")
    if isinstance(literal, str) and literal:
        return literal
    for identifier in _identifiers(reference.get("identifier")):
        return f"{reference_type(reference) or 'Resource'}?identifier={identifier}"
    return ""


def _identifiers(value: Any) -> list[str]:
    found = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            system, code = item.get("system"), item.get("value")
            if isinstance(code, str) and code:
                found.append(f"{system if isinstance(system, str) else ''}|{code}")
    return found


def _display(tree: Tree) -> str:
    """A short name of a resource for the place that refers to it."""
    name = tree.get("name")
    if isinstance(name, list) and name:
        name = name[0]
    if isinstance(name, dict):
        given = name.get("given")
        parts = [*(given if isinstance(given, list) else ()), name.get("family")]
        name = name.get("text") or " ".join(part for part in parts if isinstance(part, str))
    device = tree.get("deviceName")
    if isinstance(device, list) and device and isinstance(device[0], dict):
        name = device[0].get("name") or device[0].get("value")
    for text in (name, tree.get("title"), _concept(tree.get("code")), _concept(tree.get("type"))):
        if isinstance(text, str) and text:
            return text[:_DISPLAY]
    return ""


def _concept(value: Any) -> Any:
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return ""
    coding = value.get("coding")
    first = coding[0] if isinstance(coding, list) and coding and isinstance(coding[0], dict) else {}
    return value.get("text") or first.get("display")
