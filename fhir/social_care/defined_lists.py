"""The defined lists of Client Level Data (`lists/*.toml`): the values of V5, Release 1 and 2, and what they mean.

Values are compared as DHSC's own pipeline does, without spaces, punctuation, dashes or case. A value that is in no list
is not an error here: it is kept as text by whoever asked, and reported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from fhir.describe.placing import known_words
from fhir.entries import Code
from fhir.social_care.remembered import Remembered

_STRIPPED = str.maketrans("", "", " \t\u00a0.-()_%,;/\\:!&'\u2019\u2018\u2010\u2011\u2012\u2013\u2014\u2212")
"""The characters that DHSC's pipeline ignores, and the dashes and quotation marks that word processors make of them."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a list.

    `names` are its spellings, the current release first. `code` is its code in the list's `system`, "" for none;
    `broader` says that the code means less than the words. The rest belongs to single lists.
    """

    names: tuple[str, ...]
    code: str = ""
    broader: bool = False
    category: str = ""
    carer: str = ""
    rank: int = 99
    settled: bool = False
    per_week: tuple[int, int] | None = None
    words: str = ""
    once: bool = False

    @property
    def name(self) -> str:
        """The value as the current release writes it."""
        return self.names[0]


class DefinedList:
    """One list."""

    find: Callable[[str], Value | None]
    """The value that a text means, None where it is not in the list."""
    spelt: Callable[[str], str]
    """A text in the current release's spelling, so that those of all releases agree; plain where it is in none."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.system: str = table["system"]
        self.values = tuple(msgspec.convert(row, Value) for row in table["values"])
        self._known = {plain_value(name): value for value in self.values for name in value.names}
        self._seen = Remembered(lambda text: self._known.get(plain_value(text)), 5000)
        self._spelt = Remembered(self._in_current_words, 5000)
        self.find = self._seen.__getitem__
        self.spelt = self._spelt.__getitem__

    def _in_current_words(self, text: str) -> str:
        value = self.find(text)
        return value.name if value is not None else kept_plain(text)

    def forget(self) -> None:
        """Drop the texts that were remembered."""
        self._seen.clear()
        self._spelt.clear()


def plain_value(text: str) -> str:
    """A value as it is compared."""
    return text.casefold().translate(_STRIPPED)


@lru_cache(maxsize=20_000)
def kept_plain(text: str) -> str:
    """`plain_value`, remembered until `forget`: files repeat a few values a million times."""
    return plain_value(text)


def forget() -> None:
    """Drop the texts that were remembered. Call when a file has been read."""
    kept_plain.cache_clear()
    for some in LISTS.values():
        some.forget()


def concept(name: str, text: str, code: str = "", system: str = "") -> dict[str, Any]:
    """A CodeableConcept of what a file says, with the code of the list `name` where there is one, or `code`."""
    found = LISTS[name].find(text)
    code = code or (found.code if found else "")
    if not code:
        return {"text": text}
    system = system or LISTS[name].system
    coding = {"system": system, "code": code}
    display = known_words(Code(system, code))
    if display:
        coding["display"] = display
    return {"coding": [coding], "text": text}


LISTS = {
    path.stem: DefinedList(tomllib.loads(path.read_text("utf-8")))
    for path in sorted((Path(__file__).parent / "lists").glob("*.toml"))
}
"""Every list by name."""
