"""Makes what leaves as FHIR: edited trees, entries told as resources, and the Bundle around them.

A resource leaves as its own bytes (`Piece.raw`), or as a tree: edited, where something in it may not be told, or told
from the entries alone. Trees keep every digit. Who may be told what is not known here: the caller says which references
stay and what was released. Nothing here knows the clock; every id comes from what is exported and from nothing else.
"""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from fhir.entries import Entry, Source
from fhir.people import NHS_NUMBER_SYSTEM, Identity
from fhir.records import Tree

REDACTED: Final[dict[str, str]] = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "REDACTED",
    "display": "redacted",
}
"""HL7 v3 ObservationValue, SecurityAlterationIntegrityObservationValue: parts were taken out."""

SOURCE_LINE: Final = "https://onestory.invalid/StructureDefinition/source-line"
"""Extension: the line of an extract that a resource was told from, byte for byte."""

_NAMESPACE = UUID("6f6e6573-746f-4279-8a65-78706f727400")
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SHORTEST_TOLD = 3

Keep = Callable[[str], bool]
"""Says of a reference as written ("Type/id", an address, "urn:uuid:...") whether it may stay."""


def encode(tree: Any) -> bytes:
    """A tree as JSON, every digit as its source wrote it."""
    return _ENCODER.encode(tree)


def named(*parts: str | bytes) -> str:
    """A UUID that is always the same for the same parts."""
    digest = sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return str(uuid5(_NAMESPACE, digest.hexdigest()))


def base_of(source: Source) -> str:
    """An address under which the resources of one source refer to each other; it leads nowhere (RFC 2606)."""
    return f"https://source-{named('source', source.name, source.key)[:18]}.onestory.invalid"


# -- references


def references(value: Any) -> Iterator[Tree]:
    """Every Reference in a tree: with a literal reference, or a logical one that says what it is to."""
    if isinstance(value, dict):
        if is_reference(value):
            yield value
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def is_reference(value: Tree) -> bool:
    """True for a Reference that says where it leads; a whole resource with an element of that name is none."""
    if "resourceType" in value:
        return False
    return isinstance(value.get("reference"), str) or (
        isinstance(value.get("identifier"), dict) and isinstance(value.get("type"), str)
    )


def written(reference: Tree) -> str:
    """Where a Reference leads, as its source wrote it; "Type?identifier" for a logical one."""
    literal = reference.get("reference")
    return literal if isinstance(literal, str) else f"{reference.get('type')}/?identifier"


def keeps_all(tree: Tree, keep: Keep) -> bool:
    """True where no reference would have to go."""
    return all(keep(written(one)) for one in references(tree))


def tells_of_others(tree: Tree, keep: Keep) -> bool:
    """True where words stand beside a reference that would have to go, or a narrative that may tell what it is to."""
    gone = [one for one in references(tree) if not keep(written(one))]
    words = [display for one in gone if isinstance(display := one.get("display"), str)]
    return any(len(display.strip()) >= _SHORTEST_TOLD for display in words) or (bool(gone) and _has_narrative(tree))


def _has_narrative(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("div"), str) or any(_has_narrative(item) for item in value.values())
    return isinstance(value, list) and any(_has_narrative(item) for item in value)


def holds_others(tree: Tree) -> bool:
    """True for a tree that carries whole resources within it, other than contained ones, which are parts of it."""
    return any(_carries(value) for name, value in tree.items() if name != "contained")


def _carries(value: Any) -> bool:
    if isinstance(value, dict):
        return "resourceType" in value or any(_carries(item) for item in value.values())
    return isinstance(value, list) and any(_carries(item) for item in value)


# -- editing


def edited(tree: Tree, keep: Keep) -> Tree:
    """The tree without references that may not stay and whatever repeats their words, tagged REDACTED.

    Narratives and the bytes of attachments go too: nobody can say what they tell.
    """
    told = frozenset(
        display.casefold()
        for one in references(tree)
        if not keep(written(one)) and isinstance(display := one.get("display"), str) and len(display) >= _SHORTEST_TOLD
    )
    done = _Editor(keep, told).without(tree)
    assert isinstance(done, dict)
    return tagged({**done, "resourceType": tree.get("resourceType", "Basic")})


def tagged(tree: Tree) -> Tree:
    """The tree with the tag that says parts were taken out."""
    meta = tree.get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    security = meta.get("security")
    meta["security"] = [*(security if isinstance(security, list) else []), dict(REDACTED)]
    rest = {name: value for name, value in tree.items() if name not in ("resourceType", "id", "meta")}
    head: Tree = {name: tree[name] for name in ("resourceType", "id") if name in tree}
    return {**head, "meta": meta, **rest}


class _Editor:
    """Walks a tree; `_GONE` stands for what must not stay."""

    def __init__(self, keep: Keep, told: frozenset[str]) -> None:
        self._keep = keep
        self._told = told

    def without(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            kept = [one for one in (self.without(item, name) for item in value) if one is not _GONE]
            return kept or _GONE
        if isinstance(value, str) and self._tells(value):
            return _GONE
        return value

    def _object(self, value: Tree) -> Any:
        if is_reference(value) and not self._keep(written(value)):
            return _GONE
        inner = value.get("reference")
        if isinstance(inner, dict) and is_reference(inner) and not self._keep(written(inner)):
            return _GONE  # R5 CodeableReference: its concept says what the reference would have said
        if (
            self._told
            and ("coding" in value or ("code" in value and "resourceType" not in value))
            and self._within(value)
        ):
            return _GONE  # a code says as much as its words
        kept: Tree = {}
        for name, item in value.items():
            if name == "text" and isinstance(item, dict) and "div" in item:
                continue
            if name == "data" and isinstance(item, str) and ("contentType" in value or "resourceType" in value):
                continue
            left = self.without(item, name)
            if left is not _GONE:
                kept[name] = left
        return kept if kept or not value else _GONE

    def _tells(self, text: str) -> bool:
        plain = text.casefold()
        return any(part in plain for part in self._told)

    def _within(self, value: Any) -> bool:
        if isinstance(value, dict):
            return any(self._within(item) for item in value.values())
        if isinstance(value, list):
            return any(self._within(item) for item in value)
        return isinstance(value, str) and self._tells(value)


class _Gone:
    """What was taken out."""


_GONE = _Gone()


# -- telling


def div(lines: Iterable[tuple[str, str]]) -> Tree:
    """A generated narrative of labelled lines; all text is escaped."""
    rows = "".join(
        f"<tr><th>{_xhtml(label)}</th><td>{_xhtml(value)}</td></tr>" if label else f"<tr><td>{_xhtml(value)}</td></tr>"
        for label, value in lines
    )
    inside = f"<table><tbody>{rows}</tbody></table>" if rows else "<p>Nothing</p>"
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'}


def _xhtml(text: str) -> str:
    """Escaped text without the control characters that XHTML cannot carry."""
    return html.escape("".join(letter for letter in text if letter in "\n\t" or letter.isprintable()), quote=False)


def told(entries: Sequence[Entry], *, redacted: bool, line: bytes | None = None) -> Tree:
    """Entries of one resource as a Basic resource: their codes and what they say, in words.

    For what may not leave as its source wrote it, and for what its source did not write as FHIR: then `line` are the
    source's bytes, which go along as they are.
    """
    first = entries[0]
    lines: list[tuple[str, str]] = []
    for entry in entries:
        pairs = [
            ("", entry.title),
            ("Value", entry.value),
            ("When", entry.when.text),
            ("Status", entry.status),
            *((field.label, field.value) for field in entry.fields),
            ("", entry.detail if entry.detail != entry.title else ""),
            ("Author", entry.author),
            ("Source", entry.source.name),
            ("As at", entry.as_at),
            *(("Warning", text) for text in entry.warnings),
        ]
        lines += list(dict.fromkeys((label, value) for label, value in pairs if value))
    codes = [
        {name: value for name, value in (("system", c.system), ("code", c.code), ("display", c.display)) if value}
        for c in dict.fromkeys(code for entry in entries for code in entry.codes)
    ]
    code: Tree = {"coding": codes} if codes else {}
    identity = named("told", first.source.key, first.resource, *(f"{label}\x00{value}" for label, value in lines))
    source_line = {"contentType": "text/csv", "data": b64encode(line).decode()} if line is not None else None
    tree: Tree = {
        "resourceType": "Basic",
        "id": identity,
        "text": div(lines),
        **({"extension": [{"url": SOURCE_LINE, "valueAttachment": source_line}]} if source_line else {}),
        "code": {**code, "text": first.title or first.kind},
    }
    made = (first.recorded or first.when.start)[:10]
    if made:
        tree["created"] = made
    if first.author:
        tree["author"] = {"display": first.author}
    return tagged(tree) if redacted else tree


def patient(identity: Identity, resource_id: str) -> Tree:
    """The least that says who the record is about."""
    tree: Tree = {"resourceType": "Patient", "id": resource_id}
    if identity.nhs_number and identity.nhs_status != "invalid":
        tree["identifier"] = [{"system": NHS_NUMBER_SYSTEM, "value": identity.nhs_number}]
    tree["name"] = [{"text": identity.name}]
    if identity.gender:
        tree["gender"] = identity.gender
    if identity.birth_date and identity.birth_date_valid:
        tree["birthDate"] = identity.birth_date
    if len(identity.deceased) >= 4 and identity.deceased[:4].isdigit():
        tree["deceasedDateTime"] = identity.deceased
    return tree


# -- the Bundle


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes it out, when (ISO instant), for whom and why. `notices` are the sentences that stand on every page."""

    user: str
    role: str
    organisation: str
    time: str
    purpose: str
    purpose_words: str
    reason: str = ""
    audience: str = ""
    notices: tuple[str, ...] = ()


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a Bundle: an absolute address, and the exact JSON bytes or a tree."""

    url: str
    raw: bytes = b""
    tree: Tree | None = None

    @property
    def data(self) -> bytes:
        """The resource as JSON."""
        return self.raw if self.tree is None else encode(self.tree)


def provenance(stamp: Stamp, targets: Sequence[str], activity: str) -> Tree:
    """Who took this out, when and why (FHIR R4 Provenance)."""
    why: Tree = {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code": stamp.purpose,
                "display": stamp.purpose_words,
            }
        ]
    }
    said = "; ".join(part for part in (stamp.reason, stamp.audience and f"for: {stamp.audience}") if part)
    if said:
        why["text"] = said
    agent = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
    return {
        "resourceType": "Provenance",
        "id": named("provenance", activity, stamp.time, stamp.user, *targets),
        "target": [{"reference": url} for url in targets],
        "recorded": stamp.time,
        "reason": [why],
        "activity": {"text": activity},
        "agent": [
            {
                "type": {"coding": [{"system": agent, "code": "author", "display": "Author"}]},
                "role": [{"text": stamp.role}],
                "who": {"display": stamp.user},
                **({"onBehalfOf": {"display": stamp.organisation}} if stamp.organisation else {}),
            }
        ],
    }


def outcome(notices: Sequence[str]) -> Tree:
    """What a reader must know of the whole, as an OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "id": named("notices", *notices),
        "issue": [
            {"severity": "information", "code": "informational", "details": {"text": text}, "diagnostics": text}
            for text in notices
        ],
    }


def bundle(kind: str, pieces: Sequence[Piece], stamp: Stamp, *, redacted: bool, profile: str = "") -> bytes:
    """A Bundle around the pieces, one a line; addresses are unique and raw bytes stand in it unchanged."""
    contents = [piece.data for piece in pieces]
    identity = named("bundle", kind, stamp.time, *contents)
    meta: Mapping[str, Any] = {
        **({"profile": [profile]} if profile else {}),
        **({"security": [REDACTED]} if redacted else {}),
    }
    head = {
        "resourceType": "Bundle",
        "id": identity,
        **({"meta": meta} if meta else {}),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"},
        "type": kind,
        "timestamp": stamp.time,
    }
    seen: set[str] = set()
    lines = []
    for piece, data in zip(pieces, contents, strict=True):
        url = piece.url if piece.url not in seen else f"urn:uuid:{named('again', piece.url, data, str(len(seen)))}"
        seen.add(url)
        lines.append(b'{"fullUrl":' + encode(url) + b',"resource":' + data.strip() + b"}")
    return encode(head)[:-1] + b',"entry":[\n' + b",\n".join(lines) + b"\n]}\n"
