"""Words for people in the language of the window: the one way in which models, which are no QObjects, say them.

Qt is asked only where it is loaded already: the command line, which has no window, says the words as they are written.
What a source wrote is not passed through here. What `consent` and `fhir` say, who know no window, is (`ours`), at the
place where it is shown and not before: labels are also looked up in a record by their English.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
CONTEXT = "OneStory"
"""Under which translators find the words of models."""
RECORD = "Record"
"""Under which a sentence that something is filled in is found by its pattern (`desktop.translations`)."""


def tr(words: str, context: str = CONTEXT) -> str:
    """The words in the language of the window."""
    core: Any = sys.modules.get("PySide6.QtCore")
    return words if core is None or not words else str(core.QCoreApplication.translate(context, words))


def ours(words: str) -> str:
    """What the program says of a record, in `consent`, `fhir` or one of their tables, in the language of the window: a
    label, the name of a section, a notice, a reason. Never what a source wrote."""
    return tr(words, RECORD)


def later(words: str) -> str:
    """Words that whoever shows them passes through `tr`; marked here so that who translates finds them."""
    return words


class Said(Mapping[Key, str], Generic[Key]):
    """A table of words, each said in the language of the window at the time it is looked up."""

    def __init__(self, words: Mapping[Key, str]) -> None:
        self._words = dict(words)

    def __getitem__(self, key: Key) -> str:
        return tr(self._words[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)
