"""The tables of this folder, read once and arranged for looking up.

Offers which category a code, a word, a place or a security label means. Knows nothing of entries, or of who may see
what.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import resources
from typing import Any, Literal, NamedTuple

from consent.errors import PolicyError

Where = Literal["title", "medicine", "source"]
_WORD = re.compile(r"[a-z0-9]+")


def _table(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((resources.files("consent.sensitivity") / name).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"the table {name} cannot be read") from error


class Origin(NamedTuple):
    """Where a row of the tables is from: the list or law it was taken from, and which version of it."""

    source: str
    version: str


def _origin(group: dict[str, Any]) -> Origin:
    """The origin of every row of a group: in the files it is written once for all of them."""
    try:
        return Origin(group["source"], group["version"])
    except KeyError as error:
        raise PolicyError("a row of the tables of sensitivity does not say where it is from") from error


@dataclass(frozen=True)
class Shape:
    """What place and kind say, and how labels travel (`shape.toml`). `origins` are those of every row, by what it is
    about ("section", "lane", "type" or the list of links) and its name."""

    section: dict[str, str]
    lane: dict[str, str]
    type: dict[str, str]
    never_receive_types: frozenset[str]
    never_receive_sections: frozenset[str]
    never_receive_kinds: frozenset[str]
    people: frozenset[str]
    letters: frozenset[str]
    separate_parts: frozenset[str]
    containers: frozenset[str]
    belongs: frozenset[str]
    down_own: frozenset[str]
    down_any: frozenset[str]
    reasons: frozenset[str]
    travels: frozenset[str]
    origins: dict[tuple[str, str], Origin]


@cache
def shape() -> Shape:
    """The table of places, kinds and links."""
    table = _table("shape.toml")
    links = table["links"]
    types = dict.fromkeys(table["types"]["general"], "general") | dict.fromkeys(table["types"]["money"], "money")
    lists = {key: frozenset(value) for key, value in links.items() if isinstance(value, list)}
    rows = {
        "section": (table["sections"], table["sections"]["category"]),
        "lane": (table["lanes"], table["lanes"]["category"]),
        "type": (table["types"], types),
        **{key: (links, names) for key, names in lists.items()},
    }
    return Shape(
        section=table["sections"]["category"],
        lane=table["lanes"]["category"],
        type=types,
        origins={(about, name): _origin(group) for about, (group, names) in rows.items() for name in names},
        **lists,
    )


class Codes:
    """Categories of codes (`codes.toml`). ICD-10 is compared without dots; Read codes keep upper and lower case."""

    def __init__(self) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], str, str, Origin]]] = {}
        self._prefixes: dict[str, list[tuple[tuple[str, ...], str, str, Origin]]] = {}
        self._longest = 1
        for row in _table("codes.toml")["row"]:
            systems, category, case = tuple(row["systems"]), row["category"], row.get("case", False)
            origin = _origin(row)
            undotted = any(_UNDOTTED in part for part in systems)
            for code, display in row.get("codes", {}).items():
                self._exact.setdefault(code if case else code.casefold(), []).append(
                    (systems, category, display, origin)
                )
            for prefix in row.get("prefixes", ()):
                key = prefix.replace(".", "") if undotted else prefix
                self._longest = max(self._longest, len(key))
                self._prefixes.setdefault(key if case else key.casefold(), []).append(
                    (systems, category, prefix, origin)
                )

    def categories(self, system: str, code: str) -> tuple[tuple[str, str], ...]:
        """Each category a code means, with the plain reason; empty for a code that is not in the tables."""
        return tuple((category, why) for category, (why, _) in self._found(system, code).items())

    def origins(self, system: str, code: str) -> dict[str, Origin]:
        """Where the row is from that tells of each category a code means."""
        return {category: origin for category, (_, origin) in self._found(system, code).items()}

    def _found(self, system: str, code: str) -> dict[str, tuple[str, Origin]]:
        system, code = system.casefold(), code.strip()
        found: dict[str, tuple[str, Origin]] = {}
        for written in {code: 1, code.casefold(): 1}:
            for systems, category, display, origin in self._exact.get(written, ()):
                if any(part in system for part in systems):
                    found.setdefault(category, (f"its code means {display}", origin))
            if _UNDOTTED in system:
                written = written.replace(".", "")
            for length in range(1, min(self._longest, len(written)) + 1):
                for systems, category, prefix, origin in self._prefixes.get(written[:length], ()):
                    if any(part in system for part in systems):
                        found.setdefault(category, (f"its code begins with {prefix}", origin))
        return found


_UNDOTTED = "icd"


class Words:
    """Categories of words in titles, medicine names and names of services (`words.toml`)."""

    def __init__(self) -> None:
        self._phrases: dict[str, dict[str, list[tuple[str, str, Origin]]]] = {"title": {}, "medicine": {}, "source": {}}
        self._not: dict[str, list[str]] = {"title": [], "medicine": [], "source": []}
        for row in _table("words.toml")["row"]:
            origin = _origin(row)
            for phrase in row["words"]:
                first = phrase.partition(" ")[0]
                self._phrases[row["where"]].setdefault(first, []).append((phrase, row["category"], origin))
            self._not[row["where"]] += row.get("not", [])

    def categories(self, where: Where, text: str) -> tuple[tuple[str, str], ...]:
        """Each category a text means, with the plain reason; empty where no word of the tables stands in it."""
        return tuple((category, why) for category, (why, _) in self._found(where, text).items())

    def origins(self, where: Where, text: str) -> dict[str, Origin]:
        """Where the row is from that tells of each category a text means."""
        return {category: origin for category, (_, origin) in self._found(where, text).items()}

    def _found(self, where: Where, text: str) -> dict[str, tuple[str, Origin]]:
        words = _WORD.findall(text.casefold())
        line = f" {' '.join(words)} "
        for phrase in self._not[where]:
            line = line.replace(f" {phrase} ", " ")
        found: dict[str, tuple[str, Origin]] = {}
        table = self._phrases[where]
        for word in line.split():
            for phrase, category, origin in table.get(word, ()):
                if category not in found and f" {phrase} " in line:
                    found[category] = (f"its {_PLACE[where]} says “{phrase}”", origin)
        return found


_PLACE = {"title": "title or code", "medicine": "name", "source": "source"}


@dataclass(frozen=True)
class Meaning:
    """What a set of security labels says: categories, confidentiality, limits, and whether some were not understood."""

    categories: frozenset[str] = frozenset()
    confidentiality: str = ""
    limits: tuple[str, ...] = ()
    unknown: bool = False


class SecurityLabels:
    """Meaning of a source's security labels (`labels.toml`), whatever name its systems go by."""

    ORDER = ("U", "L", "M", "N", "R", "V")

    def __init__(self) -> None:
        table = _table("labels.toml")
        self._systems = [(part, row["name"]) for row in table["system"] for part in row["contains"]]
        self._sensitivity = {code: row["category"] for row in table["sensitivity"] for code in row["codes"]}
        self._limits = {code: row["limit"] for row in table["limit"] for code in row["codes"]}
        self._harmless = {code for row in table["harmless"] for code in row["codes"]}
        rows = (row for kind in ("sensitivity", "limit", "harmless") for row in table[kind])
        self._origins = {code: _origin(row) for row in rows for code in row["codes"]}
        self._origins |= {part: _origin(row) for row in table["system"] for part in row["contains"]}

    def origins(self, labels: Iterable[tuple[str, str]]) -> dict[str, Origin]:
        """Where the row is from that tells of each category that (system, code) labels say."""
        codes = [code.strip().upper() for _, code in labels]
        return {self._sensitivity[code]: self._origins[code] for code in codes if code in self._sensitivity}

    def system(self, uri: str) -> str:
        """ "actcode", "confidentiality", "harmless", or empty for a system that is not known."""
        lower = uri.casefold()
        return next((name for part, name in self._systems if part in lower), "")

    def meaning(self, labels: Iterable[tuple[str, str]]) -> Meaning:
        """What (system, code) labels mean together. A code that is not understood is reported, never ignored."""
        categories: set[str] = set()
        limits: set[str] = set()
        confidentiality = ""
        unknown = False
        for uri, written in labels:
            code = written.strip().upper()
            system = self.system(uri)
            if code in self.ORDER and system in ("confidentiality", ""):
                if not confidentiality or self.ORDER.index(code) > self.ORDER.index(confidentiality):
                    confidentiality = code
            elif code in self._sensitivity:
                categories.add(self._sensitivity[code])
            elif code in self._limits:
                limits.add(self._limits[code])
            elif code and code not in self._harmless and system != "harmless":
                unknown = True
        return Meaning(frozenset(categories), confidentiality, tuple(sorted(limits)), unknown)


TABLES = (
    ("consent.sensitivity", "codes.toml"),
    ("consent.sensitivity", "labels.toml"),
    ("consent.sensitivity", "shape.toml"),
    ("consent.sensitivity", "words.toml"),
    ("consent", "recorded.toml"),
)


@cache
def tables_stamp() -> int:
    """One number for the content of all tables, never 0: entries sealed with another are labelled anew when opened."""
    found = blake2b(digest_size=4)
    for room, name in TABLES:
        try:
            found.update((resources.files(room) / name).read_bytes())
        except OSError as error:
            raise PolicyError(f"the table {name} cannot be read") from error
    return int.from_bytes(found.digest()) or 1


@cache
def codes() -> Codes:
    """The table of codes."""
    return Codes()


@cache
def words() -> Words:
    """The table of words."""
    return Words()


@cache
def security_labels() -> SecurityLabels:
    """The table of security labels."""
    return SecurityLabels()
