"""Forms and their answers: About me in the person's own words, ReSPECT and end-of-life plans, and assessments.

Every question with an answer is a line, under the group it stands in; nothing is left out. About me gives one entry for
each heading that was answered. An answer whose code decides a place of its own (a CPR decision) is also told there.
"""

from __future__ import annotations

import re
from typing import Any

from fhir import temporal
from fhir.codes import concept_codes, read_concept
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import humanise
from fhir.describe.generic import coded, own_author, readable, tell
from fhir.describe.meanings import meaning_of
from fhir.describe.placing import load, place, place_by_words
from fhir.describe.walk import value_words
from fhir.entries import Code, Entry, Field
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text

_ABOUT_ME = load("about_me")
_BEFOREHAND = ("cpr-decision", "advance-decision", "power-of-attorney", "respect")
_NONE = ("no", "none", "not known", "unknown", "n/a", "not applicable", "not discussed", "not asked")
_SHORT = 80
"""The longest answer that is a decision and not a note about one."""


def _plain(words: str) -> str:
    return re.sub(r"[^a-z]+", " ", words.casefold().replace("’", "'").replace("'", "")).strip()


_HEADINGS = {_plain(row["name"]): row for row in _ABOUT_ME["heading"]}
_HEADING_CODES = {row["code"]: row for row in _ABOUT_ME["heading"]}
_SUPPORTED = {_plain(words) for words in _ABOUT_ME["supported"]}
_RECORDED = {_plain(words) for words in _ABOUT_ME["recorded"]}


def describe_response(resource: Resource, context: Context) -> list[Entry]:
    """A filled-in form."""
    tree = resource.tree
    asked = _asked(resource, context)
    address = text(tree, "questionnaire") or text(first(tree, "questionnaire"), "reference")
    title = _title(resource, context, asked, address)
    answers = _answers(resource, context, asked)
    about_me = _about_me(resource, context, asked)
    if about_me:
        return about_me
    codes = concept_codes(asked, "code")
    placed = place(codes) or place_by_words(f"{title} {address}")
    author = own_author(resource, context) or readable(context.who(tree.get("source"), resource))
    entries = [
        tell(
            resource,
            context,
            section=placed.section if placed else "assessments",
            kind=placed.kind if placed else "questionnaire",
            title=title,
            own=codes,
            first=tuple(Field(label, value) for label, value, _ in answers),
            leave_out=("item", "group", "questionnaire"),
            when=temporal.at(text(tree, "authored")),
            status=text(tree, "status"),
            author=author,
            recorded=text(tree, "authored"),
        )
    ]
    for label, value, some in answers:
        decided = _decision(label, value, some)
        if decided is None:
            if not any(_decides(code) for code in some):
                continue
            decided = value, entries[0].section, "answer"
        said, section, kind = decided
        entries.append(
            context.entry(
                resource,
                section=section,
                kind=kind,
                title=said,
                index=len(entries),
                when=temporal.at(text(tree, "authored")),
                status=text(tree, "status"),
                author=author,
                codes=some,
                fields=context.fields(("Question", label), ("Answer", value), ("Form", title)),
            )
        )
    return entries


def _decision(label: str, value: str, codes: tuple[Code, ...]) -> tuple[str, str, str] | None:
    """Question and answer in one line, their section and kind, where only their words are a decision made beforehand.

    A no is told of resuscitation only: that there is no advance decision decides nothing.
    """
    question, said = label.rpartition(" › ")[2], value.casefold().strip(" .")
    if len(value) > _SHORT or any(_decides(code) for code in codes):
        return None
    placed = place_by_words(value)
    if placed is not None and placed.kind == "cpr-decision":
        return f"{question}: {value}", placed.section, placed.kind
    placed = place_by_words(question)
    if placed is None or placed.kind not in _BEFOREHAND:
        return None
    told = said in ("yes", "no") if placed.kind == "cpr-decision" else said not in _NONE
    return (f"{question}: {value}", placed.section, placed.kind) if told else None


def _decides(code: Code) -> bool:
    meaning = meaning_of(code.code, code.system, "QuestionnaireResponse")
    return meaning is not None and bool(meaning.section)


def _asked(resource: Resource, context: Context) -> Tree:
    """The Questionnaire that was answered, where it is at hand."""
    value: Any = resource.tree.get("questionnaire")
    if isinstance(value, str):
        value = {"reference": value.partition("|")[0]}
    found = context.resolve(value, resource)
    return found.tree if found is not None else {}


def _title(resource: Resource, context: Context, asked: Tree, address: str) -> str:
    tree = resource.tree
    named = readable(text(asked, "title")) or coded(asked, "code") or readable(text(asked, "name"))
    named = named or readable(text(first(tree, "questionnaire"), "display"))
    beside = first(tree, "_questionnaire")
    for item in items(beside, "extension"):
        named = named or readable(text(item, "valueString"))
    if named:
        return named
    beside_name = readable(context.who(tree.get("parent") or tree.get("basedOn") or tree.get("partOf"), resource))
    if beside_name:
        return f"Form: {beside_name}"
    groups = [text(item, "text") for item in items(tree, "item") if text(item, "text")]
    if len(groups) == 1:
        return f"Form: {groups[0]}"
    last = _AFFIXES.sub("", address.partition("|")[0].rstrip("/").rpartition("/")[2])
    return f"Form: {humanise(last)}" if last.isalpha() and len(last) < 40 else "Filled-in form"


_AFFIXES = re.compile(r"^(?:UKCore-)?(?:Questionnaire-)?|-Example$")


def _answers(resource: Resource, context: Context, asked: Tree) -> list[tuple[str, str, tuple[Code, ...]]]:
    """(label, value, codes of the answer) of every question, nested groups in the label, in order."""
    questions = _questions(asked)
    options = _options(asked, resource, context)
    found: list[tuple[str, str, tuple[Code, ...]]] = []

    def refer(reference: Any) -> str:
        return context.who(reference, resource)

    def read(holder: Tree, parents: tuple[str, ...]) -> None:
        for item in (*items(holder, "item"), *items(holder, "group"), *items(holder, "question")):
            name = text(item, "text") or questions.get(text(item, "linkId"), "") or text(item, "title")
            path = (*parents, name) if name else parents
            label = " › ".join(path) or f"Answer {text(item, 'linkId')}".strip()
            answers = items(item, "answer")
            # A plain string where an answer object is due still is the answer.
            written = item.get("answer")
            if isinstance(written, str):
                found.append((label, written, ()))
            for answer in answers:
                for key, value in answer.items():
                    if key.startswith("value"):
                        codes = read_concept(value)[1] if isinstance(value, dict) else ()
                        bare = codes[0].code if codes and not codes[0].display else ""
                        words = options.get((text(item, "linkId"), bare), "") or value_words(value, refer)
                        found.append((label, words, codes))
                read(answer, path)
            read(item, path)

    read(resource.tree, ())
    return [(label, value, codes) for label, value, codes in found if value]


def _questions(asked: Tree) -> dict[str, str]:
    found: dict[str, str] = {}

    def read(holder: Tree) -> None:
        for item in items(holder, "item"):
            if text(item, "linkId"):
                found[text(item, "linkId")] = text(item, "text") or coded(item, "code")
            read(item)

    read(asked)
    return found


def _options(asked: Tree, resource: Resource, context: Context) -> dict[tuple[str, str], str]:
    """The words of coded answers by (linkId, code), from the form's own options or the value set it names."""
    found: dict[tuple[str, str], str] = {}
    for item in _all_items(asked):
        link = text(item, "linkId")
        listed = [first(option, "valueCoding") for name in ("answerOption", "option") for option in items(item, name)]
        value_set = context.tree_of(item.get("options") or item.get("answerValueSet"), resource)
        for include in items(first(value_set, "compose"), "include"):
            listed += items(include, "concept")
        for coding in listed:
            if text(coding, "display"):
                found[link, text(coding, "code")] = text(coding, "display")
    return found


def _about_me(resource: Resource, context: Context, asked: Tree) -> list[Entry]:
    """One entry for each About me heading that was answered; none where the form is another."""
    tree = resource.tree
    headings = _heading_links(asked)
    answered: list[tuple[dict[str, str], str]] = []
    facts: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for item in _all_items(tree):
        words = "\n".join(_item_words(item))
        if not words:
            continue
        name = _plain(text(item, "text"))
        row = headings.get(text(item, "linkId")) or _HEADING_CODES.get(text(item, "linkId")) or _HEADINGS.get(name)
        if row:
            answered.append((row, words))
        elif name in _SUPPORTED:
            facts["Supported to write this by"] = words
        elif name in _RECORDED:
            facts["Date recorded"] = words
        elif name:
            others.append((text(item, "text"), words))
    if not answered:
        return []
    when = temporal.at(_written_date(tree) or text(tree, "authored"))
    who = readable(context.who(tree.get("source") or tree.get("author"), resource))
    return [
        context.entry(
            resource,
            section="about-me",
            kind=row["key"],
            title=row["name"],
            index=index,
            detail=words,
            when=when,
            status=text(tree, "status"),
            author=who,
            codes=(Code("http://snomed.info/sct", row["code"], row["name"]),),
            fields=context.fields(*facts.items(), *(others if index == 0 else ())),
            recorded=text(tree, "authored"),
            own_words=True,
        )
        for index, (row, words) in enumerate(answered)
    ]


def _heading_links(asked: Tree) -> dict[str, dict[str, str]]:
    """About me headings by linkId of the form, which gives each item its code."""
    found = {}
    for item in _all_items(asked):
        for code in concept_codes(item, "code"):
            if code.code in _HEADING_CODES:
                found[text(item, "linkId")] = _HEADING_CODES[code.code]
    return found


def _all_items(holder: Tree) -> list[Tree]:
    found = []
    for item in items(holder, "item"):
        found += [item, *_all_items(item)]
    return found


def _item_words(item: Tree) -> list[str]:
    return [
        value_words(value)
        for answer in items(item, "answer")
        for key, value in answer.items()
        if key.startswith("value")
    ]


def _written_date(tree: Tree) -> str:
    for item in _all_items(tree):
        if _plain(text(item, "text")) in _RECORDED:
            for answer in items(item, "answer"):
                return text(answer, "valueDateTime") or text(answer, "valueDate")
    return ""


def describe_form(resource: Resource, context: Context) -> list[Entry]:
    """A blank form: its questions, and that it says nothing of the person."""
    tree = resource.tree
    title = readable(text(tree, "title")) or coded(tree, "code") or readable(text(tree, "name"))
    return [
        tell(
            resource,
            context,
            section="other",
            kind="form",
            title=f"Blank form: {title}" if title else "Blank form",
            detail=text(tree, "description"),
            when=temporal.at(text(tree, "date")),
            status=text(tree, "status"),
        )
    ]


DESCRIBERS: dict[str, Describer] = {"QuestionnaireResponse": describe_response, "Questionnaire": describe_form}
