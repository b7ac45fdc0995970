"""Conditions: problems, diagnoses and health concerns, of STU3, R4 and GP Connect problem headers."""

from __future__ import annotations

import msgspec

from fhir.codes import code_of, read_concept, words
from fhir.describe.context import Context, Describer, notes, reference_string
from fhir.describe.placing import place_of_statement, place_told_as_problem
from fhir.describe.social_care import describe_social_care, is_social_care
from fhir.entries import Assertion, Entry, Link
from fhir.records import Resource, Tree
from fhir.shapes import extension, extension_value, items, text, texts
from fhir.temporal import UNKNOWN, at, between, say
from fhir.temporal import choice as read_time

_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_ENDED = frozenset({"inactive", "remission", "resolved"})
_KINDS = {"encounter-diagnosis": "diagnosis", "health-concern": "health-concern"}
_CERTAINTY = {"confirmed": "", "": "", "unknown": ""}


def describe_condition(resource: Resource, context: Context) -> list[Entry]:
    """One entry: the problem, since when, how sure, and how significant a GP has marked it.

    What tells in its words of something in law, of safeguarding or of the end of life stands there.
    """
    tree = resource.tree
    if is_social_care(tree):
        return describe_social_care(resource, context)
    title, codes = read_concept(tree.get("code"))
    categories = read_concept(tree["category"])[1] if "category" in tree else ()
    problem = _actual_problem(tree, resource, context)
    if not title and problem:
        title, codes = read_concept(problem.get("code"))
        codes = tuple(msgspec.structs.replace(code, display=code.display or title) for code in codes)
    if not title:
        title = words(tree, "category")
    clinical = code_of(tree, "clinicalStatus")
    verification = code_of(tree, "verificationStatus")
    onset, abatement = read_time(tree, "onset"), read_time(tree, "abatement")
    recorded = text(tree, "recordedDate") or text(tree, "assertedDate")
    when = onset
    if onset.start and abatement.start and onset.precision != "unknown":
        when = between(onset.start, abatement.start)
    elif onset is UNKNOWN:
        when = between("", abatement.start) if abatement.start else at(recorded) if recorded else UNKNOWN
    ended = clinical in _ENDED or bool(abatement.start or abatement.text)
    assertion: Assertion = "fact"
    if verification in ("refuted", "entered-in-error"):
        assertion = "not-a-fact"
    author = context.who(tree.get("asserter") or tree.get("recorder"), resource) or context.actors(
        resource, "participant", "actor"
    )
    note = notes(tree)
    certainty = _CERTAINTY.get(verification, verification.replace("-", " "))
    significance = words_of(extension_value(tree, "Extension-CareConnect-ProblemSignificance-1", "problemSignificance"))
    episode = words_of(extension_value(tree, "Extension-CareConnect-GPC-ConditionEpisode-1", "condition-episodicity"))
    severity = words(tree, "severity")
    detail = ", ".join(part for part in (certainty, significance, severity) if part)
    placed = place_of_statement(codes, title)
    if placed is None and problem.get("resourceType") != "AllergyIntolerance":  # else the allergy itself is there too
        placed = place_told_as_problem(categories, title)
    kind = next((_KINDS[c.code] for c in categories if c.code in _KINDS), "problem")
    return [
        context.entry(
            resource,
            section=placed.section if placed else "problems",
            kind=placed.kind if placed else kind,
            title=title,
            detail=detail,
            when=when,
            status=verification if verification == "entered-in-error" else clinical or certainty,
            active=True if clinical in _ACTIVE and not ended else False if ended else None,
            assertion=assertion,
            author=author,
            codes=codes,
            categories=categories,
            links=context.links(resource, "evidence.detail", "stage.assessment") + extension_links(resource, context),
            fields=context.fields(
                ("Status", clinical.replace("-", " ")),
                ("Certainty", verification.replace("-", " ")),
                ("Significance", significance),
                ("Episode", episode),
                ("Severity", severity),
                ("Onset", onset.text),
                ("Ended", abatement.text),
                ("Body site", words(tree, "bodySite")),
                ("Stage", ", ".join(filter(None, (words(stage, "summary") for stage in items(tree, "stage"))))),
                ("Evidence", ", ".join(filter(None, (words(one, "code") for one in items(tree, "evidence"))))),
                ("Category", words(tree, "category")),
                ("Recorded by", context.who(tree.get("recorder"), resource)),
                ("Asserted by", context.who(tree.get("asserter"), resource)),
                ("Recorded", say(recorded)),
                ("Note", note),
            ),
            recorded=recorded,
        )
    ]


def _actual_problem(tree: Tree, resource: Resource, context: Context) -> Tree:
    """The entry that a GP Connect problem header stands for."""
    found = extension(tree, "Extension-CareConnect-ActualProblem-1", "Extension-CareConnect-GPC-ActualProblem-1")
    return context.tree_of(found.get("valueReference"), resource) if found else {}


def words_of(value: object) -> str:
    """The words of an extension value that is a code, a string or a concept."""
    if isinstance(value, str):
        return value
    return read_concept(value)[0] if value is not None else ""


_EXTENSION_RELS = {
    "ActualProblem": "actualProblem",
    "RelatedClinicalContent": "relatedClinicalContent",
    "RelatedProblemHeader": "relatedProblem",
    "associatedEncounter": "encounter",
    "AssociatedEncounter": "encounter",
    "ParentPresent": "parentPresent",
    "Evidence": "evidence",
}


def extension_links(resource: Resource, context: Context) -> tuple[Link, ...]:
    """Links of references that stand in extensions, one level deep, named after the extension."""
    found: list[Link] = []
    for item in items(resource.tree, "extension"):
        url = text(item, "url")
        rel = next((rel for part, rel in _EXTENSION_RELS.items() if part in url), "related")
        for holder in (item, *items(item, "extension")):
            value = holder.get("valueReference")
            if isinstance(value, dict):
                target = context.resolve(value, resource)
                key = target.key if target is not None else reference_string(value)
                if key and not key.startswith(("Patient/", "#")):
                    found.append(Link(rel, key, ", ".join(texts(value, "display"))))
    return tuple(found)


DESCRIBERS: dict[str, Describer] = {"Condition": describe_condition}
