"""Which system a record came from, its kind of service, and the context of a document.

Decided once per document (message sender, composition custodian, the organisation that manages the Patient, else the
folder's name) and refined per resource by Interweave tags, profiles and meta.source. The words and profile addresses
that tell a lane are data (`sources.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from fhir.codes import read_concept
from fhir.describe.context import Context, Membership, Resolve, Target, reference_string
from fhir.describe.patient import is_restricted
from fhir.entries import Lane, Source
from fhir.records import MadeResource, Resource, SourceFile, Tree
from fhir.shapes import first, items, text, texts

_TABLE = tomllib.loads(Path(__file__).with_name("sources.toml").read_text("utf-8"))
_LANES: list[tuple[Lane, tuple[str, ...]]] = [(row["lane"], tuple(row["words"])) for row in _TABLE["lane"]]
_PROFILES: list[tuple[str, Lane]] = [(row["contains"], row["lane"]) for row in _TABLE["profile"]]
_ADDRESSES: list[tuple[str, str, Lane]] = [(row["contains"], row["name"], row["lane"]) for row in _TABLE["address"]]
_OWN_WORDS: str = _TABLE["own_words"]
_ODS = ("ods-organization-code", "ods-site-code", "ODS-code")


def lane_of_name(name: str) -> Lane:
    """The kind of service an organisation's name tells, "other" where it tells none."""
    lowered = f" {name.lower()} "
    for lane, words in _LANES:
        for word in words:
            if word in lowered:
                return lane
    return "other"


def source_named(name: str, key: str = "", lane: Lane = "other") -> Source:
    """A Source of this name; its lane is the one given or the one that its name tells."""
    if lane == "other":
        lane = lane_of_name(name)
    return Source(name=name, kind="social-care" if lane == "social-care" else "health", lane=lane, key=key or name)


def organisation_source(tree: Tree, lane: Lane = "other") -> Source | None:
    """The Source an Organization resource stands for; its key is the ODS code, else any identifier."""
    name = text(tree, "name")
    identifiers = items(tree, "identifier")
    key = next((text(i, "value") for i in identifiers if text(i, "system").endswith(_ODS)), "")
    if not key and identifiers:
        key = f"{text(identifiers[0], 'system')}|{text(identifiers[0], 'value')}"
    if not name and not key:
        return None
    return source_named(name or f"Organisation {key}", key, lane)


def document_source(document: SourceFile, resolve: Resolve) -> Source:
    """The system a whole document came from."""
    lane: Lane = "other"
    for resource in document.resources[:50]:
        # What an adapter makes of a council's rows need not be made to know that.
        lane = "social-care" if isinstance(resource, MadeResource) else _profile_lane(resource.tree)
        if lane == "gp":
            break
    for kind, element in (
        ("MessageHeader", "sender"),
        ("Composition", "custodian"),
        ("Patient", "managingOrganization"),
    ):
        for resource in document.resources:
            if isinstance(resource, MadeResource):
                continue  # a row names no organisation that manages it
            if resource.type == kind and not (kind == "Patient" and is_restricted(resource.tree)):
                found = _referred(resource, element, resolve, lane)
                if found is None and kind == "MessageHeader":
                    name = text(first(resource.tree, "source"), "name")
                    found = source_named(name, "", lane) if name else None
                if found is not None:
                    return found
    for part, name, service in _ADDRESSES:
        if any(part in resource.full_url for resource in document.resources[:50]):
            return source_named(name, part, service)
    name = readable_path(document)
    # The name is the key, so that the same file read from another disk gives the same entry ids.
    return source_named(name, name, lane)


def _referred(resource: Resource, element: str, resolve: Resolve, lane: Lane) -> Source | None:
    reference = first(resource.tree, element)
    written = reference_string(reference)
    if written[:1] == "#":
        inner = next((tree for tree in items(resource.tree, "contained") if text(tree, "id") == written[1:]), None)
        target = Target(written, inner) if inner is not None else None
    else:
        target = resolve(written, resource) if written else None
    found = organisation_source(target.tree, lane) if target is not None else None
    if found is not None:
        return found
    name = text(reference, "display")
    key = text(first(reference, "identifier"), "value")
    return source_named(name or f"Organisation {key}", key, lane) if name or key else None


def readable_path(document: SourceFile) -> str:
    """A name for where a document lay: its folder, else its file name without the ending."""
    for part in (document.folder, document.path):
        name = part.replace("\\", "/").rstrip("/").rpartition("/")[2].rpartition("!")[2].partition("#")[0]
        if part == document.path:
            name = name.partition(".")[0]
        name = name.replace("_", " ").strip()
        if name.strip("."):
            return name
    return "Unnamed source"


def _profile_lane(tree: Tree) -> Lane:
    meta = tree.get("meta")
    if type(meta) is dict and "profile" in meta:
        for profile in texts(meta, "profile"):
            for part, lane in _PROFILES:
                if part in profile:
                    return lane
    return "other"


class _Sources:
    """`source_of` for the resources of one document; one Source object per distinct source."""

    def __init__(self, default: Source, *, nameless: bool) -> None:
        self.default = default
        self.nameless = nameless  # the default is only a folder's name: what a resource says of its source is better
        self._known: dict[tuple[str, str, Lane], Source] = {}

    def __call__(self, resource: Resource) -> Source:
        meta = resource.tree.get("meta")
        if type(meta) is not dict:
            return self.default
        key = name = ""
        if "tag" in meta:
            for tag in items(meta, "tag"):
                system = text(tag, "system")
                if system.endswith("/Provenance"):
                    key, name = text(tag, "code"), text(tag, "display") or text(tag, "code")
        if not name and self.nameless and "source" in meta:
            key = text(meta, "source").partition("#")[0]
            name = key.partition("://")[2].partition("/")[0]
            key = key if name else ""
        if key == _OWN_WORDS:
            return Source(name=name, kind="person", lane="person", key=key)
        lane = _profile_lane(resource.tree) if "profile" in meta else "other"
        if not name and (lane == "other" or lane == self.default.lane):
            return self.default
        known = self._known.get((key, name, lane))
        if known is None:
            base = self.default
            known = source_named(name or base.name, key or base.key, lane if lane != "other" or name else base.lane)
            self._known[(key, name, lane)] = known
        return known


def local_resolver(documents: Sequence[SourceFile]) -> Resolve:
    """Finds resources of these documents by fullUrl, "Type/id", or an absolute address that ends so."""
    by_url: dict[str, Target] = {}
    by_key: dict[str, Target] = {}
    for document in documents:
        for resource in document.resources:
            if isinstance(resource, MadeResource):
                continue  # nothing refers to the events of an extract
            target = Target(resource.key, resource.tree)
            by_key.setdefault(resource.key, target)
            if resource.full_url:
                by_url[resource.full_url] = target

    def resolve(reference: str, resource: Resource) -> Target | None:
        found = by_url.get(reference) or by_key.get(reference)
        if found is not None:
            return found
        plain = reference.partition("/_history/")[0]
        return by_key.get("/".join(plain.rsplit("/", 2)[-2:])) if plain.count("/") > 1 or plain != reference else None

    return resolve


def list_memberships(documents: Sequence[SourceFile], resolve: Resolve) -> dict[str, list[Membership]]:
    """Which Lists and DiagnosticReports of these documents name which resource, by the member's key."""
    found: dict[str, list[Membership]] = {}
    for document in documents:
        for resource in document.resources:
            if resource.type == "List":
                members = [item.get("item") for item in items(resource.tree, "entry")]
            elif resource.type == "DiagnosticReport":
                members = list(items(resource.tree, "result"))
            else:
                continue
            shown, codes = read_concept(resource.tree.get("code"))
            title = text(resource.tree, "title") or shown
            here = Membership(resource.key, title, tuple(code.code for code in codes))
            for member in members:
                reference = reference_string(member)
                if reference and reference[0] != "#":
                    target = resolve(reference, resource)
                    found.setdefault(target.key if target is not None else reference, []).append(here)
    return found


def document_context(
    document: SourceFile,
    *,
    resolve: Resolve | None = None,
    memberships: dict[str, list[Membership]] | None = None,
    source: Source | None = None,
    as_at: str = "",
) -> Context:
    """The context in which the resources of one document are described.

    `resolve` finds references across the drop (within the document when not given), `source` is what the importer says
    of the file's origin, and `as_at` the extract's date.
    """
    finder = resolve or local_resolver([document])
    default = source or document_source(document, finder)
    source_of: Callable[[Resource], Source] = _Sources(default, nameless=default.key == readable_path(document))
    if memberships is None:
        memberships = list_memberships([document], finder)
    return Context(
        fhir_version=document.fhir_version,
        source_of=source_of,
        resolve_reference=finder,
        memberships=memberships,
        as_at=as_at,
    )
