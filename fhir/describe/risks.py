"""Judgements: risk assessments, clinical impressions, adverse events, detected issues."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Code, Entry
from fhir.narrative import narrative
from fhir.quantities import range_words
from fhir.records import Resource, Tree
from fhir.shapes import choice, first, items, plain, text
from fhir.temporal import UNKNOWN, at, say
from fhir.temporal import choice as read_time


def describe_risk(resource: Resource, context: Context) -> list[Entry]:
    """One entry: what could happen and how likely, in the source's own words and numbers."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    lines: list[str] = []
    all_codes: tuple[Code, ...] = codes
    for prediction in items(tree, "prediction"):
        line, some = _prediction(prediction)
        all_codes += some
        if line:
            lines.append(line)
    author = context.who(tree.get("performer"), resource)
    mitigation = text(tree, "mitigation")
    about = context.who(tree.get("condition"), resource)
    method = words(tree, "method")
    name = title or (lines[0].partition(" (")[0] if lines else "") or about or method
    return [
        context.entry(
            resource,
            section="risks",
            kind="risk",
            title=name or "Risk assessment",
            detail=mitigation or notes(tree) or text(tree, "comment"),
            value="; ".join(lines) if lines != [name] else "",
            when=read_time(tree, "occurrence"),
            status=text(tree, "status"),
            author=author,
            codes=all_codes,
            fields=context.fields(
                *(("Risk", line) for line in lines),
                ("About", about),
                ("Method", method),
                ("Reason", context.reasons(resource)),
                ("What helps", mitigation),
                ("Based on", context.who(tree.get("basis"), resource)),
                ("By", author),
                ("Note", notes(tree) or text(tree, "comment")),
            ),
        )
    ]


def _prediction(prediction: Tree) -> tuple[str, tuple[Code, ...]]:
    outcome, codes = read_concept(prediction.get("outcome"))
    kind, value = choice(prediction, "probability")
    likely = range_words(value) if kind == "Range" else plain(value)
    qualitative = words(prediction, "qualitativeRisk")
    relative = text(prediction, "relativeRisk")
    _, span = choice(prediction, "when")
    within = range_words(span) if isinstance(span, dict) and ("low" in span or "high" in span) else ""
    said = [
        qualitative,
        likely and f"probability {likely}",
        relative and f"relative risk {relative}",
        within and f"within {within}",
        text(prediction, "rationale"),
    ]
    extra = ", ".join(part for part in said if part)
    return (f"{outcome} ({extra})" if outcome and extra else outcome or extra), codes


def describe_impression(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a clinician's summary; in mental health it is the formulation."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    findings: list[str] = []
    for finding in items(tree, "finding"):
        shown, some = read_concept(finding.get("itemCodeableConcept", finding.get("item")))
        codes += some
        findings.append(shown or context.who(finding.get("itemReference", finding.get("item")), resource))
    found = ", ".join(one for one in findings if one)
    summary = text(tree, "summary")
    description = text(tree, "description")
    prognosis = words(tree, "prognosisCodeableConcept")
    author = context.who(tree.get("performer") or tree.get("assessor"), resource)
    mental = context.source_of(resource).lane == "mental-health"
    when = read_time(tree, "effective")
    recorded = text(tree, "date")
    return [
        context.entry(
            resource,
            section="formulation" if mental else "assessments",
            kind="formulation" if mental else "clinical-impression",
            title=title or description or found or "Clinical impression",
            detail=summary or description or narrative(tree),
            value=found,
            when=when if when is not UNKNOWN else at(recorded),
            status=text(tree, "status"),
            author=author,
            codes=codes,
            links=context.links(resource, "finding.itemReference"),
            fields=context.fields(
                ("Summary", summary),
                ("Description", description),
                ("Findings", found),
                ("Problems", context.who(tree.get("problem"), resource)),
                ("Outlook", prognosis),
                ("By", author),
                ("Recorded", say(recorded)),
                ("Note", notes(tree)),
            ),
            recorded=recorded,
        )
    ]


def describe_adverse_event(resource: Resource, context: Context) -> list[Entry]:
    """One entry: harm or possible harm; suspected of a medicine or substance it stands with the adverse reactions."""
    tree = resource.tree
    title, codes = read_concept(tree.get("event") or tree.get("code") or tree.get("type"))
    suspects = ", ".join(filter(None, (context.who(_suspect(one), resource) for one in items(tree, "suspectEntity"))))
    when = read_time(tree, "occurrence")
    recorded = text(tree, "recordedDate")
    possible = text(tree, "actuality") == "potential"
    name = title or text(tree, "description") or "Adverse event"
    author = context.who(tree.get("recorder"), resource)
    severity = words(tree, "severity")
    seriousness = words(tree, "seriousness")
    return [
        context.entry(
            resource,
            section="allergies" if suspects else "risks",
            kind="adverse-event",
            title=f"Possible harm: {name}" if possible else name,
            detail=text(tree, "description"),
            value=f"suspected: {suspects}" if suspects else "",
            when=when if when is not UNKNOWN else at(text(tree, "date") or recorded),
            status=words(tree, "outcome") or text(tree, "status"),
            author=author,
            codes=codes,
            links=context.links(resource, "suspectEntity.instance", "suspectEntity.instanceReference"),
            fields=context.fields(
                ("Suspected", suspects),
                ("Severity", severity),
                ("Seriousness", seriousness),
                ("Outcome", words(tree, "outcome")),
                ("Category", words(tree, "category")),
                ("Led to", context.who(tree.get("resultingCondition"), resource)),
                ("Place", context.who(tree.get("location"), resource)),
                ("Recorded by", author),
                ("Recorded", say(recorded)),
            ),
            recorded=recorded,
        )
    ]


def _suspect(one: Tree) -> object:
    return one.get("instance") or one.get("instanceReference") or one.get("instanceCodeableConcept")


def describe_issue(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a clash or duplicate that a system noticed."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code") or tree.get("category"))
    implicated = context.who(tree.get("implicated"), resource)
    detail = text(tree, "detail")
    done = ", ".join(filter(None, (words(one, "action") for one in items(tree, "mitigation"))))
    when = read_time(tree, "identified")
    author = context.who(tree.get("author"), resource)
    severity = text(tree, "severity")
    return [
        context.entry(
            resource,
            section="alerts",
            kind="detected-issue",
            title=title or detail or "Detected issue",
            detail=detail,
            value=severity and f"{severity} severity",
            when=when if when is not UNKNOWN else at(text(tree, "date")),
            status=text(tree, "status"),
            author=author,
            codes=codes,
            links=context.links(resource, "evidence.detail", "mitigation.author"),
            fields=context.fields(
                ("Concerns", implicated),
                ("Severity", severity),
                ("What was done", done),
                ("By", author or context.who(first(tree, "mitigation").get("author"), resource)),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "RiskAssessment": describe_risk,
    "ClinicalImpression": describe_impression,
    "AdverseEvent": describe_adverse_event,
    "DetectedIssue": describe_issue,
}
