"""Collects every word that the window may show, for those who translate it: from the source itself and its tables.

    python -m desktop.translations.collecting cy

writes `onestory_cy.ts` beside this file: what was translated stays, what is no longer said goes, what is new is marked
unfinished. Rather one word too many than one too few: also what stands in `consent`, `fhir` and `storage`, which mark
nothing because they know no window. Command lines and invented people are not of the window.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from desktop.translations import FOLDER, read
from fhir.describe.datatypes import extension_label, humanise
from fhir.elements import elements_of

ROOT = FOLDER.parents[1]
PACKAGES = ("consent", "desktop", "fhir", "storage")
NOT_SHOWN = frozenset({"commands", "demo", "benches", "translations"})
SENTENCES = frozenset({"name", "words", "needs", "plain", "easy", "title", "standard", "under", "lines", "recorded",
                       "supported", "display", "term"})  # fmt: skip
"""Keys of tables whose values are said to people."""
RECORDS = frozenset({"words.toml", "names.toml", "reconcile.toml", "sources.toml", "placing.toml", "easy_pictures.toml",
                     "contact_kinds.toml", "identity_rules.toml", "ips_sections.toml"})  # fmt: skip
"""Tables of what is looked for in a record: never said."""
_WORDS = re.compile(r"[A-Za-z]{2}")
_CONTROL = re.compile("[^\n\x20-\U0010ffff]|[\x7f-\x9f\u200b\u2028-\u202e\ufffe\uffff]")
OF_QT = ("OK", "&OK", "Cancel", "&Cancel")
"""What Qt says by itself on buttons of this window."""
_EXTENSION = re.compile(r"[\w:./-]*Extension-[\w-]+|https?://[\w./-]+/StructureDefinition/[\w-]+")
_NAME = re.compile(r"[a-z0-9]+([-_./][a-z0-9]+)+|[A-Z][a-z]+([A-Z][a-z]+)+|https?:.*|[a-z.]+:[a-z.:/-]+", re.DOTALL)


def words() -> set[str]:
    """Every word and sentence in English; what is filled in stands in braces, named or numbered."""
    found = set(OF_QT)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if NOT_SHOWN & set(path.relative_to(ROOT).parts):
                continue
            if path.suffix == ".py":
                found |= set(_source(ast.parse(path.read_text("utf-8"))))
            elif path.suffix == ".toml" and path.name not in RECORDS:
                all_of_it = path.name == "advice.toml"
                found |= set(_table(tomllib.loads(path.read_text("utf-8")), all_of_it=all_of_it))
    found |= set(_labels())
    return {said for said in found if _WORDS.search(said) and not _NAME.fullmatch(said) and not _CONTROL.search(said)}


def _labels() -> Iterator[str]:
    """What a line of a record is called where no table names it: after its element, or its extension that is known by
    its address. An extension that nobody here has heard of is called as whoever made it called it."""
    seen: set[str] = set()
    waiting = list(tomllib.loads((ROOT / "fhir" / "subjects.toml").read_text("utf-8"))["person"])
    while waiting:
        kind = waiting.pop()
        seen.add(kind)
        for name, element in elements_of("R4", kind).items():
            yield humanise(name)
            if element.type and element.type not in seen:
                seen.add(element.type)
                waiting.append(element.type)
    for path in (ROOT / "fhir").rglob("*"):
        if path.suffix in (".py", ".toml"):
            yield from map(extension_label, _EXTENSION.findall(path.read_text("utf-8")))


def _source(tree: ast.Module) -> Iterator[str]:
    within: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            within.add(node.value)  # a docstring
        elif isinstance(node, ast.JoinedStr):
            within |= set(node.values)
            yield _joined(node)
        elif isinstance(node, ast.Call):
            yield from _more_than_one(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in within:
            yield node.value


def _joined(node: ast.JoinedStr) -> str:
    parts, gaps = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(part.value if isinstance(part.value, str) else "")
        else:
            parts.append(f"{{{gaps}}}")
            gaps += 1
    return "".join(parts)


def _more_than_one(node: ast.Call) -> Iterator[str]:
    """What `plural` says of several things where only the word for one is written."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    one = node.args[1] if name == "plural" and len(node.args) == 2 else None
    if isinstance(one, ast.Constant) and isinstance(one.value, str):
        yield f"{one.value}s"


def _table(tree: Any, key: str = "", *, all_of_it: bool = False) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _table(value, name, all_of_it=all_of_it)
    elif isinstance(tree, list):
        for value in tree:
            yield from _table(value, key, all_of_it=all_of_it)
    elif isinstance(tree, str) and (all_of_it or key in SENTENCES):
        yield tree


def write(path: Path) -> tuple[int, int]:
    """Bring a language's file up to date; returns how many messages it has, and how many of them are translated."""
    known = read(path) if path.exists() else {}
    top = Element("TS", version="2.1", language=path.stem.rpartition("_")[2], sourcelanguage="en_GB")
    context = SubElement(top, "context")
    SubElement(context, "name").text = "OneStory"
    every = sorted(words())
    for english in every:
        message = SubElement(context, "message")
        SubElement(message, "source").text = english
        said = SubElement(message, "translation")
        if english in known:
            said.text = known[english]
        else:
            said.set("type", "unfinished")
    indent(top)
    ElementTree(top).write(path, "utf-8", xml_declaration=True)
    return len(every), sum(english in known for english in every)


if __name__ == "__main__":
    file = FOLDER / f"onestory_{sys.argv[1]}.ts"
    count, done = write(file)
    print(f"{file.name}: {count} messages, {done} translated.")
