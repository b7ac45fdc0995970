"""Letters and files: DocumentReference, DocumentManifest, Binary.

A document whose type decides a place of its own (an advance decision, a contingency plan) is told there as well.
"""

from __future__ import annotations

import msgspec

from fhir import temporal
from fhir.codes import concept_codes, read_concept
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import attachment_words, size_words
from fhir.describe.generic import coded, note_lines, own_author, readable, tell
from fhir.describe.placing import Place, place, place_of_statement
from fhir.entries import Code, Entry
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text

PICTURE_SYSTEM = "https://fhir.onestory.example/CodeSystem/document"
PICTURE = "picture-about-me"
"""The type of a picture that the person added to their own words; it stands with them."""
_LETTERS = ("letter", "report", "summary", "note", "referral", "correspondence")


def describe_document(resource: Resource, context: Context) -> list[Entry]:
    """One document: what it is, who wrote it, when, and what is attached."""
    tree = resource.tree
    attachments = [first(item, "attachment") for item in items(tree, "content")]
    attachments = [item for item in attachments if item]
    codes = concept_codes(tree, "type")
    kind_of = coded(tree, "type", "class", "category")
    described = text(tree, "description")
    titles = [readable(text(item, "title")) for item in attachments]
    title = next((name for name in titles if name), "") or readable(described) or kind_of or "Document"
    if title != kind_of and kind_of and len(title) < 4:
        title = f"{kind_of}: {title}"
    related = first(tree, "context")
    labels = tuple(code for item in items(tree, "securityLabel") for code in read_concept(item)[1])
    written = next((text(item, "creation") for item in attachments if text(item, "creation")), "")
    date = text(tree, "date") or text(tree, "indexed") or text(tree, "created") or written
    status = text(tree, "status")
    doc_status = text(tree, "docStatus").replace("-", " ")
    about_me = any((code.system, code.code) == (PICTURE_SYSTEM, PICTURE) for code in codes)
    entry = tell(
        resource,
        context,
        section="about-me" if about_me else "documents",
        kind="picture" if about_me else _kind(attachments, f"{kind_of} {title}"),
        title=title,
        first=context.fields(
            ("Type", kind_of if kind_of != title else ""),
            *(("File", attachment_words(item)) for item in attachments),
            ("State of the document", doc_status),
            ("Held by", readable(context.who(tree.get("custodian"), resource))),
            ("Service", coded(related, "practiceSetting", "facilityType")),
        ),
        leave_out=("type", "docStatus", "securityLabel", "content", "custodian"),
        detail="\n".join(part for part in (described, note_lines(tree)) if part and part != title),
        labels=labels,
        when=temporal.at(date),
        status=status,
        active=status == "current" if status else None,
        author=own_author(resource, context),
        recorded=date,
        nested=("context.encounter", "context.related", "relatesTo.target"),
    )
    whole = msgspec.structs.replace(entry, codes=tuple(dict.fromkeys((*codes, *entry.codes))))
    placed = place(codes) or _decision(codes, f"{kind_of} {title}")
    if placed is None or placed.section == "documents":
        return [whole]
    beside = context.entry(
        resource,
        section=placed.section,
        kind=placed.kind,
        title=kind_of or placed.name or title,
        index=1,
        detail=entry.detail,
        when=entry.when,
        status=status,
        active=entry.active,
        author=entry.author,
        codes=codes,
        labels=labels,
        fields=entry.fields,
        recorded=date,
    )
    return [whole, beside]


def _decision(codes: tuple[Code, ...], words: str) -> Place | None:
    """The place of a form that its words only call a decision for the end of life or in law."""
    placed = place_of_statement(codes, words)
    return placed if placed is not None and placed.section in ("end-of-life", "legal") else None


def _kind(attachments: list[Tree], words: str) -> str:
    kinds = [text(item, "contentType").partition("/")[0] for item in attachments]
    if kinds and all(kind == "image" for kind in kinds):
        return "image"
    if "audio" in kinds or "video" in kinds:
        return next(kind for kind in kinds if kind in ("audio", "video"))
    return "letter" if any(word in words.casefold() for word in _LETTERS) else "document"


def describe_manifest(resource: Resource, context: Context) -> list[Entry]:
    """A set of documents sent together."""
    tree = resource.tree
    title = readable(text(tree, "description")) or coded(tree, "type") or "Set of documents"
    return [
        tell(
            resource,
            context,
            section="documents",
            kind="document-set",
            title=title,
            when=temporal.at(text(tree, "created")),
            status=text(tree, "status"),
            author=own_author(resource, context),
            recorded=text(tree, "created"),
        )
    ]


def describe_binary(resource: Resource, context: Context) -> list[Entry]:
    """Raw bytes that another resource refers to: told by format and size, never by content."""
    tree = resource.tree
    data = text(tree, "data") or text(tree, "content")
    kind = text(tree, "contentType")
    label = tree.get("securityContext")
    return [
        context.entry(
            resource,
            section="documents",
            kind=_kind([tree], "document"),
            title=f"File ({kind})" if kind else "File",
            fields=context.fields(
                ("Format", kind),
                ("Size", size_words(len(data) * 3 // 4) if data else ""),
                ("Belongs to", readable(context.who(label, resource))),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "DocumentReference": describe_document,
    "DocumentManifest": describe_manifest,
    "Binary": describe_binary,
}
