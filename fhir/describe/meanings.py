"""What single codes mean for where an entry stands and what it asserts, whatever resource carries them.

The table is data (`meanings.toml`): end-of-life decisions, pregnancy, statements of absence. It knows nothing of
who may see an entry.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import cast

import msgspec

from fhir.codes import canonical_system
from fhir.entries import Assertion


class Meaning(msgspec.Struct, frozen=True):
    """What one code means. Empty strings change nothing; `types` empty means any resource type."""

    system: str
    section: str = ""
    kind: str = ""
    assertion: Assertion | None = None
    words: str = ""
    types: frozenset[str] = frozenset()

    def applies(self, resource_type: str, system: str) -> bool:
        """Whether it holds for a code of this system (any of its addresses, or none written) in this resource type."""
        if self.types and resource_type not in self.types:
            return False
        return system == self.system or not system or canonical_system(system) == self.system


def _load() -> dict[str, Meaning]:
    table = tomllib.loads((resources.files("fhir") / "describe" / "meanings.toml").read_text("utf-8"))
    found: dict[str, Meaning] = {}
    for group in table["group"]:
        for code, words in group["codes"].items():
            found[code] = Meaning(
                system=group["system"],
                section=group.get("section", ""),
                kind=group.get("kind", ""),
                assertion=cast("Assertion | None", group.get("assertion")),
                words=words,
                types=frozenset(group.get("types", ())),
            )
    return found


MEANINGS = _load()
