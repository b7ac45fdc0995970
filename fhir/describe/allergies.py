"""Allergies and adverse reactions: the substance, what happened, how dangerous, how certain."""

from __future__ import annotations

import re

from fhir.codes import code_of, read_concept, words
from fhir.describe.conditions import extension_links, words_of
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Assertion, Code, Entry
from fhir.records import Resource, Tree
from fhir.shapes import extension, first, items, text, texts
from fhir.temporal import UNKNOWN, at, between, say
from fhir.temporal import choice as read_time

_CRITICALITY = {
    "high": "high risk",
    "low": "low risk",
    "unable-to-assess": "risk could not be assessed",
    "CRITH": "high risk",
    "CRITL": "low risk",
}

# What people write where no code for absence is to hand.
_NONE = re.compile(
    r"nkd?a|nkma|(?:none|nil)(?: known)?"
    r"|(?:no|nil) (?:known )?(?:drug |medicine |medication |food |environmental )?"
    r"(?:allerg(?:y|ies)|adverse reactions?)"
    r"(?: known)?(?: \(nkd?a\))?",
    re.I,
)

_ENDINGS = (
    "Extension-UKCore-AllergyIntoleranceEnd",
    "Extension-CareConnect-GPC-AllergyIntoleranceEnd-1",
    "Extension-CareConnect-AllergyIntoleranceEnd-1",
)


def describe_allergy(resource: Resource, context: Context) -> list[Entry]:
    """One entry: what the person reacts to, with every reaction in the detail."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code") or tree.get("substance"))
    reactions = items(tree, "reaction")
    lines: list[str] = []
    reaction_codes: list[Code] = []
    for reaction in reactions:
        line, some = _reaction(reaction)
        reaction_codes += some
        if line:
            lines.append(line)
        if not title:
            title = words(reaction, "substance")
    clinical = code_of(tree, "clinicalStatus")
    verification = code_of(tree, "verificationStatus")
    none = not codes and bool(_NONE.fullmatch(title.strip(" .")))
    assertion: Assertion = "none-known" if none else "fact"
    if verification in ("refuted", "entered-in-error"):
        assertion = "not-a-fact"
    onset = read_time(tree, "onset")
    recorded = text(tree, "recordedDate") or text(tree, "assertedDate")
    # UK Core puts the ending on clinicalStatus, GP Connect on the resource.
    end = extension(tree, *_ENDINGS) or extension(first(tree, "clinicalStatus"), *_ENDINGS)
    parts = {text(part, "url"): part for part in items(end, "extension")}
    end_date = text(parts.get("endDate", {}), "valueDateTime")
    when = onset if onset is not UNKNOWN else at(recorded)
    if end_date:
        when = between(when.start, end_date)
    criticality = text(tree, "criticality")
    certainty = "" if verification in ("confirmed", "") else verification.replace("-", " ")
    risk = _CRITICALITY.get(criticality, criticality)
    ended = clinical in ("inactive", "resolved") or bool(end_date)
    note = notes(tree)
    return [
        context.entry(
            resource,
            section="allergies",
            kind="allergy",
            title=title,
            detail="; ".join(lines) or note,
            value=", ".join(part for part in (risk, certainty) if part),
            when=when,
            status=verification if verification == "entered-in-error" else clinical,
            active=True if clinical == "active" and not ended else False if ended else None,
            assertion=assertion,
            author=context.who(tree.get("recorder") or tree.get("asserter"), resource)
            or context.actors(resource, "participant", "actor"),
            codes=codes + tuple(reaction_codes),
            categories=tuple(Code(code=one) for one in texts(tree, "category")),
            links=context.links(resource) + extension_links(resource, context),
            fields=context.fields(
                ("Status", clinical.replace("-", " ")),
                ("Certainty", verification.replace("-", " ")),
                ("Type", words(tree, "type")),
                ("Category", ", ".join(texts(tree, "category"))),
                ("Risk", risk),
                *(("Reaction", line) for line in lines),
                ("Onset", onset.text),
                ("Last happened", say(text(tree, "lastOccurrence"))),
                ("Ended", say(end_date)),
                ("Why it ended", words_of(parts.get("reasonEnded", {}).get("valueString"))),
                ("Recorded", say(recorded)),
                ("Recorded by", context.who(tree.get("recorder"), resource)),
                ("Asserted by", context.who(tree.get("asserter"), resource)),
                ("Note", note),
            ),
            recorded=recorded,
        )
    ]


def _reaction(reaction: Tree) -> tuple[str, tuple[Code, ...]]:
    shown, codes = read_concept(reaction.get("manifestation"))
    substance = words(reaction, "substance")
    severity = text(reaction, "severity")
    certainty = text(reaction, "certainty")
    onset = text(reaction, "onset")
    line = shown or text(reaction, "description")
    extra = [
        severity,
        certainty and f"certainty {certainty}",
        substance and f"to {substance}",
        words(reaction, "exposureRoute"),
        onset and say(onset),
    ]
    said = ", ".join(part for part in extra if part)
    if shown and text(reaction, "description"):
        line = f"{shown}: {text(reaction, 'description')}"
    return (f"{line} ({said})" if line and said else line or said), codes


DESCRIBERS: dict[str, Describer] = {"AllergyIntolerance": describe_allergy}
