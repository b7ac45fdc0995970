"""The quick way to describe what `fhir.social_care` made of an extract: its shape is known, so nothing is searched for.

An extract has a million rows, and walking each resource for whatever it may hold takes most of the time of an import.
What is told here is exactly what the general way tells (tests hold the two together); a resource that is not just as it
was made goes the general way. Only events come here: they are the many.
"""

from __future__ import annotations

import msgspec

from fhir import temporal
from fhir.codes import read_coding
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import extension_label, identifier_words
from fhir.describe.generic import is_active, shortened
from fhir.describe.social_care import COST, REPLACED, as_replaced, describe_cost
from fhir.describe.walk import value_words
from fhir.entries import Code, Entry, Field, When
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree

_MADE = "urn:onestory:cld:"
_CATEGORY = "Extension-Interweave-SocialCareServiceCategory"
_OUTCOME = "Extension-Interweave-SocialCareAssessmentOutcome"
_PLAIN_STARTS = frozenset("0123456789<")


def made_first(describers: dict[str, Describer]) -> dict[str, Describer]:
    """These describers of event types, each asked only where the resource was not made from an extract."""
    return {kind: _made_first(describers[kind], quick) for kind, quick in _QUICK.items()}


def _made_first(general: Describer, quick: Describer) -> Describer:
    def describe(resource: Resource, context: Context) -> list[Entry]:
        meta = resource.tree.get("meta")
        source = meta.get("source") if type(meta) is dict else None
        if type(source) is str and source.startswith(_MADE):
            try:
                return quick(resource, context)
            except (KeyError, TypeError, AttributeError, _OtherShapeError):
                pass
        return general(resource, context)

    return describe


class _OtherShapeError(Exception):
    """The resource is not as it was made."""


class _Told:
    """The extensions of one resource, read once: labelled lines, codings, and those that are asked for by name."""

    __slots__ = ("category", "codes", "cost", "lines", "outcome", "replaced")

    def __init__(self, tree: Tree, *, leave_out: str = "") -> None:
        self.lines: list[Field] = []
        self.codes: list[Code] = []
        self.category = self.outcome = ""
        self.cost: Tree | None = None
        self.replaced = False
        for item in tree["extension"]:
            url = item["url"]
            if url == leave_out:
                self.cost = item
                continue
            words = self._words(item, url)
            if words:
                self.lines.append(Field(extension_label(url), words))

    def _words(self, item: Tree, url: str) -> str:
        said = item.get("valueString")
        if said is not None:
            return _plain(said)
        concept = item.get("valueCodeableConcept")
        if concept is not None:
            words = _concept(concept, self.codes)
            if url.endswith(_OUTCOME):
                self.outcome = words
            elif url.endswith(_CATEGORY):
                self.category = words
            return words
        if "valuePeriod" in item:
            return temporal.period(item["valuePeriod"]).text
        if "valueQuantity" in item:
            return quantity_words(item["valueQuantity"])
        if url == REPLACED and item["valueBoolean"] is True:
            self.replaced = True
            return "Yes"
        raise _OtherShapeError


def _plain(said: str) -> str:
    return said.strip() if said[:1] not in _PLAIN_STARTS else value_words(said)


def _concept(concept: Tree, codes: list[Code]) -> str:
    """The words of a concept with its text; notes its coding."""
    shown: str = concept["text"].strip()
    for value in concept.get("coding", ()):
        code = read_coding(value)
        if code is None or not code.display:
            raise _OtherShapeError
        codes.append(code)
        if code.display.casefold() not in shown.casefold():
            shown = f"{shown} (also {code.display})"
    return shown


def _service(resource: Resource, context: Context) -> list[Entry]:
    tree = resource.tree
    told = _Told(tree, leave_out=COST)
    title = listed = ""
    own: list[Code] = []
    for concept in tree.get("type", ()):
        _concept(concept, own)
        title = concept["text"].strip()
        listed = own[0].display if own else ""
    provider, number = "", ""
    organisation = tree.get("managingOrganization")
    if organisation is not None:
        provider = organisation["display"].strip()
        number = organisation.get("identifier", {}).get("value", "").strip()
        if not provider:
            raise _OtherShapeError
    status = tree["status"]
    running = is_active(status)
    entry = _entry(
        resource,
        context,
        told,
        own,
        section="services",
        kind="package",
        title=title or told.category or "Social care service",
        first=(
            ("Service", listed if listed != title else ""),
            ("Category", told.category),
            ("Provided by", provider),
            ("Provider's number", number),
        ),
        lines=(("Period", temporal.period(tree.get("period")).text),),
        when=temporal.period(tree.get("period"), ongoing=running),
        active=running,
        author=provider,
    )
    entries = [entry, describe_cost(resource, context, told.cost, entry)] if told.cost is not None else [entry]
    return [as_replaced(one) for one in entries] if told.replaced else entries


def _task(resource: Resource, context: Context) -> list[Entry]:
    tree = resource.tree
    told = _Told(tree)
    own: list[Code] = []
    said = _concept(tree["code"], own)
    title = tree["code"]["text"].strip()
    listed = own[0].display if own else ""
    kind = "review" if "review" in title.casefold() else "assessment"
    author = tree["owner"]["display"].strip()
    authored = tree.get("authoredOn", "")
    period = temporal.period(tree.get("executionPeriod"))
    entry = _entry(
        resource,
        context,
        told,
        own,
        section="assessments",
        kind=kind,
        title=title or "Assessment",
        first=((f"Type of {kind}", listed if listed != title else ""), ("Outcome", told.outcome), ("By", author)),
        lines=(
            ("Intent", "Plan"),
            ("Code", said),
            ("Execution period", period.text),
            ("Authored on", temporal.say(authored)),
        ),
        when=period if period.start or period.end else temporal.at(authored),
        value=told.outcome,
        author=author,
        recorded=authored,
    )
    return [as_replaced(entry)] if told.replaced else [entry]


def _request(resource: Resource, context: Context) -> list[Entry]:
    tree = resource.tree
    told = _Told(tree)
    own: list[Code] = []
    reason = ""
    for concept in tree.get("reasonCode", ()):
        _concept(concept, own)
        reason = concept["text"].strip()
    about = tree["code"]["text"].strip() if "code" in tree else ""
    reason = reason or about
    authored = tree.get("authoredOn", "")
    occurred = tree.get("occurrenceDateTime")
    when = temporal.at(occurred) if occurred else temporal.period(tree.get("occurrencePeriod"))
    entry = _entry(
        resource,
        context,
        told,
        own,
        section="referrals",
        kind="social-care-contact",
        title=f"Contact with social care: {reason}" if reason else "Contact with social care",
        first=(("Reason", reason), ("About", about if about != reason else ""), ("Outcome", told.outcome)),
        lines=(("Intent", "Plan"), ("Authored on", temporal.say(authored)), ("Occurrence", when.text)),
        when=when if when.start or when.text else temporal.at(authored),
        recorded=authored,
    )
    return [as_replaced(entry)] if told.replaced else [entry]


_QUICK: dict[str, Describer] = {"EpisodeOfCare": _service, "Task": _task, "ServiceRequest": _request}


def _entry(
    resource: Resource,
    context: Context,
    told: _Told,
    own: list[Code],
    *,
    section: str,
    kind: str,
    title: str,
    first: tuple[tuple[str, str], ...],
    lines: tuple[tuple[str, str], ...],
    when: When,
    value: str = "",
    active: bool | None = None,
    author: str = "",
    recorded: str = "",
) -> Entry:
    tree = resource.tree
    status: str = tree["status"]
    fields = [Field(label, words) for label, words in first if words]
    said = {title, "", value, author, *(field.value for field in fields)}
    fields += [Field(label, words) for label, words in lines if words not in said]
    fields += [line for line in told.lines if line.value not in said]
    fields += [
        Field("Identifier", words)
        for words in ("; ".join(identifier_words(one) for one in tree.get("identifier", ())),)
        if words not in said
    ]
    codes = tuple(own)
    entry = context.entry(
        resource,
        section=section,
        kind=kind,
        title=shortened(title),
        value=value,
        when=when,
        status=status,
        active=active if active is not None else is_active(status),
        author=author,
        codes=codes,
        links=(),
        fields=tuple(fields),
        recorded=recorded,
    )
    mine = set(codes)
    others = tuple(dict.fromkeys(code for code in told.codes if code not in mine))
    return msgspec.structs.replace(entry, codes=entry.codes + others) if others else entry
