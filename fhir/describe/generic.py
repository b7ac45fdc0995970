"""A readable description of any resource, and the plain way in which a family tells the rest of one.

`describe_generic` serves every type that no family knows: it says what the resource is, what it calls itself, when, and
every value it holds. `tell` makes an entry whose headline a family chose, with all that the headline leaves out as
labelled lines: nothing is lost because a family did not think of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec

from fhir import temporal
from fhir.codes import code_words, concept_codes, read_concept
from fhir.describe.context import Context, type_words
from fhir.describe.datatypes import reference_words, spoken
from fhir.describe.placing import known_words
from fhir.describe.walk import codings_in, labelled, one_line, value_words
from fhir.entries import Assertion, Code, Entry, Field, When
from fhir.narrative import narrative
from fhir.records import Resource, Tree
from fhir.shapes import items, text, texts

TITLE_LENGTH = 140
_ABOUT_THE_PERSON = ("subject", "patient", "beneficiary", "for", "individual")
_NAMES = (
    *("title", "name", "code", "type", "deviceName", "topic", "category", "serviceType", "event", "eventCoding"),
    *("description", "display", "reason", "reasonCode", "focus", "relationship", "purpose", "url"),
)
_DATES = (
    *("effective", "occurrence", "performed", "date", "authored", "authoredOn", "recorded", "created", "issued"),
    *(
        "period",
        "applies",
        "sent",
        "start",
        "timestamp",
        "timing",
        "recordedDate",
        "dateTime",
        "approvalDate",
        "servicePeriod",
    ),
    *("studyPeriod", "billablePeriod", "paymentDate", "statusDate", "expirationDate", "prepared", "lastUpdated"),
)
_TIME_CHOICES = {"effective", "occurrence", "performed", "timing"}
_AUTHORS = ("author", "performer", "recorder", "requester", "sender", "source", "enterer", "publisher")
_BARE = re.compile(
    r"^(?:[{(\[]?(?:urn:(?:uuid|oid):)?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}[})\]]?"
    r"|urn:\S+|[a-z][a-z0-9+.-]*://\S+|[\d.]{8,}|none|null|unknown)$",
    re.I,
)
_FINISHED = {
    *("completed", "cancelled", "finished", "stopped", "retired", "inactive", "revoked", "rejected", "ended", "closed"),
    *("abandoned", "superseded", "noshow", "failed", "withdrawn", "terminated", "resolved", "ineligible", "fulfilled"),
}
_RUNNING = {
    "active",
    "in-progress",
    "on-hold",
    "onhold",
    "accepted",
    "current",
    "arrived",
    "requested",
    "ready",
    "booked",
}


def describe_generic(resource: Resource, context: Context) -> list[Entry]:
    """One entry in "other" with every value of the resource as a labelled line."""
    tree = resource.tree
    name = own_name(tree)
    kind = type_words(resource.type) or "Record of unknown type"
    story = narrative(tree)
    fields = rest(resource, context)
    return [
        tell(
            resource,
            context,
            section="other",
            kind="other",
            title=f"{kind}: {name}" if name and name.casefold() != kind.casefold() else kind,
            detail=story if len(fields) < 3 else text(tree, "description"),
            when=own_time(tree),
            status=text(tree, "status"),
            author=own_author(resource, context),
            own=concept_codes(tree, "code") or concept_codes(tree, "type"),
        )
    ]


def tell(
    resource: Resource,
    context: Context,
    *,
    section: str,
    kind: str,
    title: str,
    index: int = 0,
    own: tuple[Code, ...] = (),
    categories: tuple[Code, ...] = (),
    labels: tuple[Code, ...] = (),
    first: tuple[Field, ...] = (),
    leave_out: Collection[str] = (),
    detail: str = "",
    value: str = "",
    when: When | None = None,
    status: str = "",
    active: bool | None = None,
    assertion: Assertion = "fact",
    author: str = "",
    warnings: tuple[str, ...] = (),
    recorded: str = "",
    nested: tuple[str, ...] = (),
) -> Entry:
    """An entry with the given headline, then `first`, then every other value of the resource as a labelled line.

    `own` are the codes that say what the entry is; all other codings of the resource follow them. `nested` are paths of
    nested references to link ("participant.actor"). `leave_out` are top-level elements told already. A line that only
    repeats the headline is not told twice.
    """
    told = {title, detail, value, author, *(field.value for field in first)}
    skip = (*leave_out, "status") if status else leave_out
    fields = first + tuple(field for field in rest(resource, context, skip) if field.value not in told)
    entry = context.entry(
        resource,
        section=section,
        kind=kind,
        title=shortened(title),
        index=index,
        detail=detail if detail != shortened(title) else "",
        value=value,
        when=when if when is not None else own_time(resource.tree),
        status=status,
        active=active if active is not None else is_active(status),
        assertion=assertion,
        author=author,
        codes=own,
        categories=categories,
        labels=labels,
        links=context.links(resource, *nested),
        fields=fields,
        warnings=warnings,
        recorded=recorded,
    )
    mine = {*own, *categories}
    others = tuple(code for code in codings_in(resource.tree) if code not in mine)
    return msgspec.structs.replace(entry, codes=entry.codes + others) if others else entry


def rest(resource: Resource, context: Context, leave_out: Collection[str] = ()) -> tuple[Field, ...]:
    """Every value of a resource but `leave_out` as labelled lines; that it is about the person goes without saying."""
    tree = resource.tree

    def refer(reference: Any) -> str:
        return called(reference, resource, context)

    about = [name for name in _ABOUT_THE_PERSON if _is_the_person(tree.get(name), resource, context)]
    skip = {*leave_out, *about, "text"} if isinstance(tree.get("text"), dict) else {*leave_out, *about}
    return labelled(tree, skip, refer)


def called(reference: Any, resource: Resource, context: Context) -> str:
    """What a reference leads to by name, also for resources whose name is a code or a description; "" for unknown."""
    return readable(context.who(reference, resource)) or own_name(context.tree_of(reference, resource))


def _is_the_person(value: Any, resource: Resource, context: Context) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("reference"), str):
        return False
    return "Patient/" in value["reference"] or context.tree_of(value, resource).get("resourceType") == "Patient"


def readable(words: str) -> str:
    """The words if a person can read them; "" for an address, a bare identifier or a word for nothing."""
    words = words.strip()
    return "" if _BARE.match(words) else words


def shortened(words: str) -> str:
    """One line of at most `TITLE_LENGTH` characters; what is cut stands in the fields."""
    words = " ".join(words.split())
    if len(words) <= TITLE_LENGTH:
        return words
    return words[:TITLE_LENGTH].rpartition(" ")[0].rstrip(",;:.") + "…"


def own_name(tree: Tree) -> str:
    """What a resource calls itself, as words that can be read; "" where it does not."""
    for name in _NAMES:
        value = tree.get(name)
        if value is None:
            continue
        if name == "url":
            words = value.rstrip("/").rpartition("/")[2].replace("-", " ") if isinstance(value, str) else ""
        else:
            words = one_line(value)
        words = readable(words)
        if words:
            return shortened(words)
    return ""


def coded(tree: Tree, *names: str) -> str:
    """The words of the first of these concepts that says anything a person can read, known code lists included."""
    for name in names:
        value = tree.get(name)
        if value is None:
            continue
        each = value if isinstance(value, list) else [value]
        words = ", ".join(dict.fromkeys(one for one in map(_concept, each) if one))
        if words:
            return words
    return ""


def _concept(value: Any) -> str:
    words, codes = read_concept(value)
    for code in codes:
        if not code.display and words == code_words(code):
            words = known_words(code) or spoken(code)
    return readable(words)


def own_time(tree: Tree) -> When:
    """The time a resource gives itself: the first of the usual elements that is there."""
    for name in _DATES:
        value = tree.get(name)
        if value is not None:
            found = temporal.period(value) if isinstance(value, dict) else temporal.at(value)
        elif name in _TIME_CHOICES and any(key.startswith(name) for key in tree):
            found = temporal.choice(tree, name)
        else:
            continue
        if found.start or found.end or found.text:
            return found
    return When()


def own_author(resource: Resource, context: Context) -> str:
    """Who a resource says made it, "" where it does not."""
    for name in _AUTHORS:
        value = resource.tree.get(name)
        if value is None:
            continue
        found = context.who(value, resource) if not isinstance(value, str) else ""
        if not found:
            names = [_actor(item, resource, context) for item in items(resource.tree, name)]
            found = ", ".join(dict.fromkeys(one for one in names if one))
        if found:
            return found
    return ""


def _actor(item: Tree, resource: Resource, context: Context) -> str:
    for name in ("actor", "who", "agent", "function"):
        if name in item:
            return context.who(item[name], resource) or reference_words(item[name])
    return ""


def is_active(status: str) -> bool | None:
    """Whether a status says that something runs or is over; None where it does not tell."""
    return True if status in _RUNNING else False if status in _FINISHED else None


def note_lines(tree: Tree, name: str = "note") -> str:
    """All annotations with who wrote them and when, one a line."""
    return "\n".join(words for words in (value_words(item) for item in items(tree, name)) if words) or "\n".join(
        texts(tree, name)
    )
