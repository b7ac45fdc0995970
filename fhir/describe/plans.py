"""Plans and hopes: CarePlan and Goal. Codes decide which section a plan belongs to (`placing.toml`)."""

from __future__ import annotations

from typing import Any

from fhir import temporal
from fhir.codes import concept_codes, read_concept
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import reference_words
from fhir.describe.generic import called, coded, is_active, note_lines, own_author, readable, tell
from fhir.describe.placing import place, place_by_words
from fhir.describe.walk import labelled, value_words
from fhir.entries import Entry, Field
from fhir.narrative import narrative
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text, texts


def describe_care_plan(resource: Resource, context: Context) -> list[Entry]:
    """One plan with what it is for, its goals, and what is to be done."""
    tree = resource.tree
    status = text(tree, "status")
    categories = concept_codes(tree, "category")
    kind_of = coded(tree, "category")
    title = readable(text(tree, "title"))
    named = title or (kind_of if _names_a_plan(kind_of) else "") or text(tree, "description") or kind_of or "Care plan"
    placed = place(categories) or place_by_words(f"{title} {kind_of}")
    for_what = [called(item, resource, context) for item in items(tree, "addresses")]
    addresses = ", ".join(dict.fromkeys(for_what)) if all(for_what) else ""
    author = own_author(resource, context) or readable(context.who(tree.get("contributor"), resource))
    return [
        tell(
            resource,
            context,
            section=placed.section if placed else "care-plan",
            kind=placed.kind if placed else "plan",
            title=named,
            categories=categories,
            own=categories if placed else (),
            first=context.fields(("Kind of plan", kind_of), ("For", addresses)) + _activities(resource, context),
            leave_out=("title", "activity", *(("addresses",) if addresses else ())),
            detail="\n".join(part for part in (text(tree, "description"), note_lines(tree)) if part)
            or (narrative(tree) if "activity" not in tree else ""),
            when=temporal.period(tree.get("period"), ongoing=is_active(status)),
            status=status,
            active=is_active(status),
            author=author,
            recorded=text(tree, "created"),
            nested=("activity.reference", "activity.plannedActivityReference"),
        )
    ]


def _names_a_plan(words: str) -> bool:
    return words.casefold() not in ("", "care plan", "care plan (record artifact)", "assess plan")


def _activities(resource: Resource, context: Context) -> tuple[Field, ...]:
    """Each activity in a line: what, its status, when, by whom, then whatever else the source says of it."""

    def refer(reference: Any) -> str:
        return called(reference, resource, context)

    found: list[Field] = []
    for item in items(resource.tree, "activity"):
        detail = first(item, "detail")
        reference = item.get("reference") or item.get("plannedActivityReference")
        what = coded(detail, "code") or text(detail, "description")
        what = what or (readable(refer(reference)) or reference_words(reference) if reference else "")
        status = text(detail, "status").replace("-", " ")
        when = temporal.choice(detail, "scheduled").text
        line = ", ".join(part for part in (what, status, when) if part)
        if line:
            found.append(Field("Activity", line))
        inner = labelled(_without(detail, "code", "status"), (), refer)
        others = labelled(_without(item, "detail", "reference", "plannedActivityReference"), (), refer)
        found += [
            Field(f"Activity › {field.label}", field.value) for field in inner + others if field.value not in line
        ]
    return tuple(found)


def _without(tree: Tree, *names: str) -> Tree:
    return {name: value for name, value in tree.items() if name not in names}


def describe_goal(resource: Resource, context: Context) -> list[Entry]:
    """What the person hopes or agreed to reach."""
    tree = resource.tree
    status = text(tree, "lifecycleStatus") or text(tree, "status")
    description, codes = read_concept(tree.get("description"))
    achieved = coded(tree, "achievementStatus").replace("goal achievement ", "").replace("-", " ")
    targets = tuple(Field("Target", words) for words in map(_target, items(tree, "target")) if words)
    return [
        tell(
            resource,
            context,
            section="care-plan",
            kind="goal",
            title=readable(description) or "Goal",
            own=codes,
            categories=concept_codes(tree, "category"),
            first=context.fields(("How it is going", achieved)) + targets,
            leave_out=("description", "achievementStatus", "lifecycleStatus", *(("target",) if targets else ())),
            detail=note_lines(tree),
            value=achieved,
            when=temporal.between(text(tree, "startDate"), "")
            if "startDate" in tree
            else temporal.choice(tree, "start"),
            status=status,
            active=is_active(status),
            author=readable(context.who(tree.get("expressedBy") or tree.get("source"), resource)),
            recorded=text(tree, "statusDate"),
        )
    ]


def _target(item: Tree) -> str:
    measure = coded(item, "measure")
    value = next((value_words(item[name]) for name in item if name.startswith("detail")), "")
    due = next((value_words(item[name]) for name in item if name.startswith("due")), "")
    return ", ".join(part for part in (measure, value, f"by {due}" if due else "") if part) or "; ".join(
        texts(item, "text")
    )


DESCRIBERS: dict[str, Describer] = {"CarePlan": describe_care_plan, "Goal": describe_goal}
