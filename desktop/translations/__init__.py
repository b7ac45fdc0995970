"""The window in another language: one catalogue for every word of it, in Qt's own file format (`.ts`).

A language is one file here, `onestory_cy.ts` for Welsh, which Qt Linguist and its like open; `make words LANGUAGE=cy`
writes it and keeps it up to date (`desktop.translations.collecting`). It is read as it is, without a build step. The
project ships none: the window then speaks English and nothing here costs anything.

Words are found by their English alone. What comes over the border from `consent` and `fhir`, which know no Qt and no
window, is English when it arrives; a sentence that has something filled in is found by its pattern. Knows no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator, QXmlStreamReader

from desktop.models.tongue import RECORD

FOLDER = Path(__file__).parent
GAP = re.compile(r"\{(\w*)(?:[:!][^}]*)?\}")
_DEEP = 4
"""How often one sentence may stand inside another."""
_UNDER = " › "
"""Between a label and those it stands under (`fhir.describe.walk`)."""
_NUMBERED = re.compile(r"(.*\S)( \d+)")


class Catalogue(QTranslator):
    """Says words in one language: `words` maps English to it, gaps in braces. What it lacks stays English."""

    def __init__(self, words: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = dict(_halves(words))
        gapped = [(english, said) for english, said in self._words.items() if _wordy(english)]
        gapped.sort(key=lambda pair: -len(GAP.sub("", pair[0])))
        self._patterns = [(_pattern(english), GAP.findall(english), said) for english, said in gapped]

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str:
        """One word or sentence. Only what comes over the border is also looked for by its pattern."""
        return self._say(sourceText) if context == RECORD else self._words.get(sourceText, sourceText)

    def isEmpty(self) -> bool:  # noqa: N802
        """Whether it says nothing."""
        return not self._words

    def _say(self, english: str, depth: int = 0) -> str:
        found = self._words.get(english)
        if found is not None or depth == _DEEP:
            return english if found is None else found
        if _UNDER in english:
            return _UNDER.join(self._say(part, depth + 1) for part in english.split(_UNDER))
        numbered = _NUMBERED.fullmatch(english)
        if numbered and numbered[1] in self._words:
            return f"{self._words[numbered[1]]}{numbered[2]}"
        opened = self._words.get(english[:1].upper() + english[1:])
        if opened is not None:  # a sentence that begins inside another
            return opened[:1].lower() + opened[1:]
        for pattern, names, said in self._patterns:
            match = pattern.fullmatch(english)
            if match:
                filled = {name: self._say(part, depth + 1) for name, part in zip(names, match.groups(), strict=True)}
                return GAP.sub(lambda gap: filled.get(gap[1], ""), said)  # noqa: B023
        return english


def _halves(words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each pair; what has one form for one and another for more, parted by a bar, also form by form."""
    for english, said in words.items():
        if said:
            yield english, said
            if english.count("|") == said.count("|") == 1:
                yield from zip(english.split("|"), said.split("|"), strict=True)


def _wordy(english: str) -> bool:
    return bool(GAP.search(english)) and bool(re.search(r"[A-Za-z]{2}", GAP.sub("", english)))


def _pattern(english: str) -> re.Pattern[str]:
    fixed = re.split(r"\{\w*(?:[:!][^}]*)?\}", english)
    return re.compile("(.*?)".join(map(re.escape, fixed)), re.DOTALL)


def read(path: Path) -> dict[str, str]:
    """English and the translation of each finished message of a `.ts` file."""
    found, english = {}, ""
    reader = QXmlStreamReader(path.read_text("utf-8"))
    while not reader.atEnd():
        if reader.readNext() is not QXmlStreamReader.TokenType.StartElement:
            continue
        if reader.name() == "source":
            english = reader.readElementText()
        elif reader.name() == "translation":
            finished = reader.attributes().value("type") != "unfinished"
            said = reader.readElementText()
            if finished and said:
                found[english] = said
    return found


def speak(application: QCoreApplication, locale: QLocale, folder: Path = FOLDER) -> bool:
    """Use the language of a locale from now on; False, and nothing done, where there is no file for it."""
    path = folder / f"onestory_{QLocale.languageToCode(locale.language())}.ts"
    if not path.is_file():
        return False
    return application.installTranslator(Catalogue(read(path), application))
