"""What single codes mean for where an entry stands and what it asserts, whatever resource carries them.

The tables are data: `placing.toml` (end of life, legal, safeguarding, ...), `bars.toml` (concerns of the booking and
referral standard) and `meanings.toml` (pregnancy, statements of absence). This module knows nothing of who may see an
entry.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec

from fhir.codes import canonical_system
from fhir.entries import Assertion

SAFEGUARDING_CODES = "safeguarding-codes-bars"
_SNOMED = "http://snomed.info/sct"


class Meaning(msgspec.Struct, frozen=True):
    """What one code means. Empty strings change nothing; `types` empty means any resource type.

    `system` is a whole address, `within` a stretch of one; where both are empty any system will do.
    """

    system: str = ""
    within: str = ""
    section: str = ""
    kind: str = ""
    assertion: Assertion | None = None
    words: str = ""
    types: frozenset[str] = frozenset()

    def applies(self, resource_type: str, system: str) -> bool:
        """Whether it holds for a code of this system (any of its addresses, or none written) in this resource type."""
        if self.types and resource_type not in self.types:
            return False
        if self.within:
            return self.within in system
        return not self.system or not system or canonical_system(system) == self.system


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


def _load() -> dict[str, list[Meaning]]:
    found: dict[str, list[Meaning]] = {}
    bars = _table("bars.toml")
    for code, words in bars["safeguarding"].items():
        none: Assertion | None = "none-known" if code in bars["none_known"] else None
        found[code] = [Meaning("", SAFEGUARDING_CODES, "safeguarding", "concern", none, words)]
    for row in _table("placing.toml")["code"]:
        meaning = Meaning(within=row.get("in", ""), section=row["section"], kind=row["kind"], words=row["name"])
        found.setdefault(row["code"], []).append(meaning)
    for group in _table("meanings.toml")["group"]:
        for code, words in group["codes"].items():
            meaning = Meaning(
                system=group["system"],
                section=group.get("section", ""),
                kind=group.get("kind", ""),
                assertion=cast("Assertion | None", group.get("assertion")),
                words=words,
                types=frozenset(group.get("types", ())),
            )
            found.setdefault(code, []).append(meaning)
    for code, words in bars["safeguarding"].items():
        # The same numbers as plain SNOMED CT, where no other table says more.
        section, kind = ("", "") if code in bars["words_only"] or not code.isdigit() else ("safeguarding", "concern")
        found[code].append(Meaning(_SNOMED, "", section, kind, words=words))
    return found


_MEANINGS = _load()
KNOWN = frozenset(_MEANINGS)
"""The codes that mean anything here: a quick test before `meaning_of`."""

# Where several codes of one entry decide, the section under the stricter gate wins.
_ORDER = ("safeguarding", "legal", "end-of-life", "contingency", "about-me", "requirements", "risks")


def meaning_of(code: str, system: str, resource_type: str) -> Meaning | None:
    """What a code means in a resource of this type; None where it means nothing here."""
    for meaning in _MEANINGS.get(code, ()):
        if meaning.applies(resource_type, system):
            return meaning
    return None


def strictness(section: str) -> int:
    """The rank of a section among those that codes decide, the strictest lowest."""
    return _ORDER.index(section) if section in _ORDER else len(_ORDER)
