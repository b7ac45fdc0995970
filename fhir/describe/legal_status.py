"""Mental Health Act status, which UK Core carries on an Encounter, as an entry of its own under "legal".

Who may see that somebody was detained is not decided by who may see that they were in hospital.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from fhir.codes import code_words, read_concept
from fhir.describe.context import Context
from fhir.entries import Code, Entry, When
from fhir.records import Resource, Tree
from fhir.shapes import items, text

_TABLE = tomllib.loads(Path(__file__).with_name("legal_status.toml").read_text("utf-8"))
_LIST: str = _TABLE["list"]
_WITHOUT = frozenset(_TABLE["without"])
_WORDS: dict[str, str] = _TABLE["status"]
_EXTENSION = "LegalStatus"


def legal_statuses(resource: Resource, context: Context, when: When, author: str, index: int) -> list[Entry]:
    """An entry for each section of the Mental Health Act that a contact or stay names; `index` is that of the first."""
    return [
        context.entry(
            resource,
            index=index + number,
            section="legal",
            kind="mental-health-act",
            title=code.display or _WORDS.get(code.code, "") or code_words(code),
            when=when,
            author=author,
            codes=(code,),
            active=True if when.ongoing else None,
        )
        for number, code in enumerate(dict.fromkeys(_codes(resource.tree)))
    ]


def _codes(tree: Tree) -> Iterator[Code]:
    for extension in items(tree, "extension"):
        if text(extension, "url").rstrip("-1234567890").endswith(_EXTENSION):
            for part in (extension, *items(extension, "extension")):
                for code in read_concept(part.get("valueCodeableConcept"))[1]:
                    if _LIST in code.system and code.code not in _WITHOUT:
                        yield code
