"""Tolerant access to the JSON form of a resource.

About one real resource in fifty breaks its own schema: an object where a list is due, a list where an object is due, a
number as a string. These functions read what is there and never raise. They know JSON shapes only, nothing of what an
element means.
"""

from __future__ import annotations

from typing import Any

from fhir.records import Tree

EMPTY: Tree = {}


def items(tree: Tree, name: str) -> list[Tree]:
    """The objects under `name`: those of a list, a single one as a list of one, and nothing else."""
    value = tree.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def first(tree: Tree, name: str) -> Tree:
    """The object under `name`, or the first object of a list there; an empty object where there is none."""
    value = tree.get(name)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                return item
    return EMPTY


def text(tree: Tree, name: str) -> str:
    """The string under `name` without outer space; numbers as written, "" for anything that is not a single value."""
    value = tree.get(name)
    if type(value) is str:
        return value.strip()
    return "" if value is None else plain(value)


def texts(tree: Tree, name: str) -> list[str]:
    """The strings under `name`, as `text` reads them, without empty ones."""
    value = tree.get(name)
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    return [read for read in map(plain, values) if read]


def flag(tree: Tree, name: str) -> bool | None:
    """The boolean under `name`, also where it is written as a string; None where it is not said."""
    value = tree.get(name)
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    return None


def plain(value: Any) -> str:
    """A primitive as text: digits as written, booleans as yes or no, the first of a list; "" for an object."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return plain(value[0]) if value else ""
    return "" if value is None or isinstance(value, dict) else str(value)


def choice(tree: Tree, name: str) -> tuple[str, Any]:
    """The type and value of a choice element: `choice(tree, "value")` gives ("Quantity", {...}) or ("", None)."""
    size = len(name)
    for key, value in tree.items():
        if key.startswith(name) and len(key) > size and key[size].isupper() and value is not None:
            return key[size:], value
    return "", None


def extension(tree: Tree, *endings: str) -> Tree:
    """The first extension whose URL is, or ends in "/" and, one of `endings`; an empty object where there is none."""
    if "extension" not in tree and "modifierExtension" not in tree:
        return EMPTY
    for item in (*items(tree, "extension"), *items(tree, "modifierExtension")):
        url = item.get("url")
        if isinstance(url, str) and (url in endings or url.rpartition("/")[2] in endings):
            return item
    return EMPTY


def extension_value(tree: Tree, *endings: str) -> Any:
    """The value of that extension, whatever its type; None where there is none."""
    found = extension(tree, *endings)
    return choice(found, "value")[1] if found else None
