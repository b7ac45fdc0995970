"""A translator that is installed reaches every part of the window, the words made in models as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Driver, flush
from PySide6.QtCore import QCoreApplication, Qt, QTranslator

from desktop.models.words import STATE_WORDS, day, plural, role
from desktop.views.section import SectionView

MARK = "⟦"


class Marking(QTranslator):
    """Says every word between marks, whoever asks for it."""

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: N803
        return f"{MARK}{sourceText}⟧"

    def isEmpty(self) -> bool:  # noqa: N802
        return False


@pytest.fixture
def marked(qapp: object) -> Iterator[None]:
    made = Marking()
    QCoreApplication.installTranslator(made)
    yield
    QCoreApplication.removeTranslator(made)


def test_words_of_models_are_translated_when_they_are_said(marked: None) -> None:
    assert plural(3, "entry", "entries") == "3 ⟦entries⟧"
    assert STATE_WORDS["none-recorded"] == "⟦None recorded in the sources connected here.⟧"
    assert day("2026-11-21") == "21 ⟦Nov⟧ 2026"
    assert role("social-worker") == "⟦Social worker⟧"
    assert role("gp") == "⟦GP⟧"


def test_the_window_says_nothing_of_its_own_in_english(marked: None, driver: Driver) -> None:
    driver.window._remake()
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    lines = [str(person.navigation.pages.index(row).data()) for row in range(3)]
    assert MARK in lines[0], "Overview"
    person.open_page("problems")
    flush()
    section = person.pages.currentWidget()
    assert isinstance(section, SectionView)
    model = section.model
    headings = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    assert all(str(words).startswith(MARK) for words in headings)
    assert section._count.text().startswith(MARK)
    assert all(section.group_by.itemText(at).startswith(MARK) for at in range(section.group_by.count()))
    assert driver.window.bar.lock.text().startswith(MARK)
    assert driver.window.bar.why.text().startswith(MARK)
