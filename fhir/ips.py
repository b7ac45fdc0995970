"""An International Patient Summary document from resources that may leave: Composition, sections, what they refer to.

Inside the document references lead to the one Patient and to resources in it; a reference that would lead nowhere is
cut to its words. Digits stay as written. Who may be told what is not known here. Source: HL7 FHIR IPS 2.0.0 (R4).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fhir import export
from fhir.entries import Entry
from fhir.export import Piece, Stamp
from fhir.records import Tree

PROFILE = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
_LOINC = "http://loinc.org"
_NO_SOURCE = "\x00"
_EMPTY = "http://terminology.hl7.org/CodeSystem/list-empty-reason"


class SectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One section of the document: see `ips_sections.toml`."""

    title: str
    loinc: str
    display: str
    sections: tuple[str, ...]
    types: tuple[str, ...]
    when: str
    required: bool = False


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that may leave. `entries` are what is shown of it; `source` and `key` tell which one it is."""

    source: str
    key: str
    tree: Tree
    entries: tuple[Entry, ...]
    told: bool = False

    @property
    def url(self) -> str:
        """Its address within the document."""
        return f"urn:uuid:{export.named('member', self.source, self.key, export.encode(self.tree))}"


class _Table(msgspec.Struct, frozen=True):
    version: str
    section: tuple[SectionRow, ...]


@cache
def section_rows() -> tuple[SectionRow, ...]:
    """The sections, in the order of the document."""
    text = Path(__file__).with_name("ips_sections.toml").read_text("utf-8")  # two packages are called fhir
    return msgspec.convert(tomllib.loads(text), _Table).section


def document(
    members: Sequence[Member],
    shown: Mapping[str, Sequence[Entry]],
    notices: Mapping[str, str],
    patient: Tree,
    stamp: Stamp,
    *,
    redacted: bool,
) -> bytes:
    """The document Bundle.

    `shown` are entries by section key and `notices` the sentence for a section of which nothing is shown; `patient`
    says who it is about.
    """
    builder = _Document(members, patient, stamp)
    return builder.bundle(shown, notices, redacted=redacted)


class _Document:
    def __init__(self, members: Sequence[Member], patient: Tree, stamp: Stamp) -> None:
        self._stamp = stamp
        self._patient_id = str(patient.get("id", ""))
        self._patient_url = f"urn:uuid:{export.named('patient', export.encode(patient))}"
        self._members = [member for member in members if not member.key.startswith("Patient/") and not member.told]
        self._by_key = {(member.source, member.key): member for member in self._members}
        unique: dict[str, list[Member]] = {}
        for member in self._members:
            unique.setdefault(member.key.partition("/")[2], []).append(member)
        self._by_id = {identity: found[0] for identity, found in unique.items() if identity and len(found) == 1}
        self._of_entry = {entry.entry_id: member for member in self._members for entry in member.entries}
        self._used: dict[str, Member] = {}
        self._trees: dict[str, Tree] = {}
        self._patient = self._walk(patient, _NO_SOURCE)

    def bundle(self, shown: Mapping[str, Sequence[Entry]], notices: Mapping[str, str], *, redacted: bool) -> bytes:
        sections = [made for row in section_rows() if (made := self._section(row, shown, notices)) is not None]
        waiting = list(self._used.values())
        while waiting:
            member = waiting.pop()
            before = set(self._used)
            self._trees[member.url] = self._rewritten(member)
            waiting += [self._used[url] for url in self._used.keys() - before]
        stamp = self._stamp
        author = self._author()
        organisation = {
            "resourceType": "Organization",
            "id": export.named("organisation", stamp.organisation),
            "name": stamp.organisation or "Not named",
        }
        author_url, organisation_url = (f"urn:uuid:{one['id']}" for one in (author, organisation))
        lines = [
            ("Made by", ", ".join(part for part in (stamp.user, stamp.role, stamp.organisation) if part)),
            ("Why", stamp.purpose_words),
        ]
        lines += [("Reason", stamp.reason), ("For", stamp.audience), *(("Note", text) for text in stamp.notices)]
        composition = {
            "resourceType": "Composition",
            "id": export.named("composition", stamp.time, self._patient_url, *sorted(self._trees)),
            "meta": {
                "profile": [f"{PROFILE}Composition-uv-ips"],
                **({"security": [dict(export.REDACTED)]} if redacted else {}),
            },
            "text": export.div([(label, value) for label, value in lines if value]),
            "status": "final",
            "type": {"coding": [{"system": _LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
            "subject": {"reference": self._patient_url},
            "date": stamp.time,
            "author": [{"reference": author_url}],
            "title": "Summary of health and care",
            "custodian": {"reference": organisation_url},
            "section": sections,
        }
        if stamp.notices:
            sections.append(
                {
                    "title": "About this document",
                    "code": {"text": "About this document"},
                    "text": export.div([("", text) for text in stamp.notices]),
                }
            )
        urls = [self._patient_url, *sorted(self._trees)]
        proof = export.provenance(stamp, [f"urn:uuid:{composition['id']}"], "Summary document for sharing")
        pieces = [
            Piece(url=f"urn:uuid:{composition['id']}", tree=composition),
            Piece(url=self._patient_url, tree={**self._patient, "id": self._patient_url.rpartition(":")[2]}),
            Piece(url=author_url, tree=author),
            Piece(url=organisation_url, tree=organisation),
            *(Piece(url=url, tree=self._trees[url]) for url in urls[1:]),
            Piece(url=f"urn:uuid:{proof['id']}", tree=proof),
        ]
        return export.bundle("document", pieces, stamp, redacted=redacted, profile=f"{PROFILE}Bundle-uv-ips")

    def _author(self) -> Tree:
        stamp = self._stamp
        return {
            "resourceType": "Practitioner",
            "id": export.named("author", stamp.user, stamp.role, stamp.organisation),
            "name": [{"text": stamp.user}],
            "qualification": [{"code": {"text": stamp.role}}],
        }

    def _section(
        self, row: SectionRow, shown: Mapping[str, Sequence[Entry]], notices: Mapping[str, str]
    ) -> Tree | None:
        entries = [entry for key in row.sections for entry in shown.get(key, ()) if _belongs(entry, row.when)]
        if not entries and not row.required:
            return None
        code: Tree = {"text": row.display}
        if row.loinc:
            code = {"coding": [{"system": _LOINC, "code": row.loinc, "display": row.display}]}
        section: Tree = {"title": row.title, "code": code}
        if not entries:
            said = next((notices[key] for key in row.sections if notices.get(key)), "Nothing is shown here.")
            section["text"] = export.div([("", said)])
            section["emptyReason"] = {
                "coding": [{"system": _EMPTY, "code": "unavailable", "display": "Unavailable"}],
                "text": said,
            }
            return section
        section["text"] = export.div([(entry.when.text, _line(entry)) for entry in entries])
        members = self._members_of(entries, row.types)
        if members:
            section["entry"] = [{"reference": member.url} for member in members]
            self._used.update((member.url, member) for member in members)
        return section

    def _members_of(self, entries: Iterable[Entry], types: Sequence[str]) -> list[Member]:
        found: dict[str, Member] = {}
        for entry in entries:
            member = self._of_entry.get(entry.entry_id)
            if member is not None and entry.resource_type in types:
                found[member.url] = member
        return list(found.values())

    def _rewritten(self, member: Member) -> Tree:
        tree = self._walk(member.tree, member.source)
        assert isinstance(tree, dict)
        rest = {name: value for name, value in tree.items() if name not in ("resourceType", "id")}
        return {"resourceType": member.tree.get("resourceType"), "id": member.url.rpartition(":")[2], **rest}

    def _walk(self, value: Any, source: str) -> Any:
        if isinstance(value, list):
            return [self._walk(item, source) for item in value]
        if not isinstance(value, dict):
            return value
        made = {name: self._walk(item, source) for name, item in value.items()}
        literal = value.get("reference")
        if isinstance(literal, str) and literal[:1] != "#":
            target = self._target(literal, source)
            if target:
                made["reference"] = target
            else:
                del made["reference"]
                made.setdefault("display", "Not in this document")
        return made

    def _target(self, literal: str, source: str) -> str:
        key = "/".join(literal.partition("/_history")[0].rsplit("/", 2)[-2:])
        if key.startswith("Patient/") or (literal.startswith("urn:") and self._is_patient(literal)):
            return self._patient_url
        identity = literal.rpartition(":")[2] if literal.startswith("urn:") else ""
        member = self._by_id.get(identity) if identity else self._by_key.get((source, key))
        if member is None:
            return ""
        self._used.setdefault(member.url, member)
        return member.url

    def _is_patient(self, literal: str) -> bool:
        return self._patient_id == literal.rpartition(":")[2]


def _belongs(entry: Entry, when: str) -> bool:
    if entry.assertion == "not-a-fact":
        return False
    return when == "any" or (entry.active is not False) == (when == "current")


def _line(entry: Entry) -> str:
    own = f"“{entry.title}”" if entry.own_words else entry.title
    parts = (own, entry.value, entry.detail if entry.detail != entry.title else "", entry.status, entry.source.name)
    return " · ".join(part for part in parts if part)
