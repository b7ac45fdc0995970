"""Family history: one relative, and what they had."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Assertion, Code, Entry
from fhir.quantities import quantity_words, range_words
from fhir.records import Resource, Tree
from fhir.shapes import choice, flag, items, plain, text
from fhir.temporal import age_words, at, say
from fhir.temporal import choice as read_time

_STATUS = {"health-unknown": "health not known", "partial": "partly known", "completed": ""}


def describe_family_member(resource: Resource, context: Context) -> list[Entry]:
    """One entry per relative, titled "Father: angina"; "No family history of …" stays a statement of its own codes."""
    tree = resource.tree
    relation, relation_codes = read_concept(tree.get("relationship"))
    conditions = items(tree, "condition")
    lines: list[str] = []
    codes: list[Code] = []
    for condition in conditions:
        shown, some = read_concept(condition.get("code"))
        codes += some
        onset = read_time(condition, "onset").text
        extra = ", ".join(part for part in (onset, words(condition, "outcome"), notes(condition)) if part)
        if shown or extra:
            lines.append(f"{shown} ({extra})" if shown and extra else shown or extra)
    who = text(tree, "name")
    person = (relation[:1].upper() + relation[1:] if relation else "Relative") + (f" ({who})" if who else "")
    names = ", ".join(dict.fromkeys(filter(None, (words(one, "code") for one in conditions))))
    status = text(tree, "status")
    assertion: Assertion = "no-information" if status == "health-unknown" and not conditions else "fact"
    note = notes(tree)
    recorded = text(tree, "date")
    return [
        context.entry(
            resource,
            section="family-history",
            kind="family-history",
            title=f"{person}: {names}" if names else person,
            detail="; ".join(lines) if lines != [names] else note,
            when=at(recorded),
            status=status if status == "entered-in-error" else _STATUS.get(status, status),
            assertion=assertion,
            author=context.actors(resource, "participant", "actor"),
            codes=tuple(codes) + relation_codes,
            links=context.links(resource) + extension_links(resource, context),
            fields=context.fields(
                ("Relationship", relation),
                ("Name", who),
                ("Sex", words(tree, "sex") or text(tree, "gender")),
                ("Born", _born(tree)),
                ("Age", age_words(tree.get("ageAge")) or range_words(tree.get("ageRange")) or text(tree, "ageString")),
                ("Died", _died(tree)),
                *(("Condition", line) for line in lines),
                ("Reason", context.reasons(resource)),
                ("Recorded", say(recorded)),
                ("Note", note),
            ),
            recorded=recorded,
        )
    ]


def _born(tree: Tree) -> str:
    return read_time(tree, "born").text


def _died(tree: Tree) -> str:
    value = flag(tree, "deceasedBoolean")
    if value is not None:
        return "yes" if value else "no"
    kind, when = choice(tree, "deceased")
    if kind == "Age":
        return age_words(when)
    if kind == "Range":
        return f"aged {range_words(when)}"
    return say(plain(when)) if kind == "Date" else quantity_words(when) if kind else ""


DESCRIBERS: dict[str, Describer] = {"FamilyMemberHistory": describe_family_member}
