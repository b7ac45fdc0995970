"""What is said to whoever acts for somebody: "you" and "I" are they themself there, and never the person."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from choosing import own_screens
from conftest import Driver
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from consent.plain_choices import What, Who
from consent.plain_words import Sentences, sentences
from desktop.dialogs.my_adding import SingleThing
from desktop.models.voice import own_words
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices

SPEAKS = re.compile(r"\b(?:you|your|yours|yourself|i|me|my|mine|myself)\b", re.IGNORECASE)
FILLED_IN = re.compile(r"{\w+}")

NOT_TOLD = (
    "because.",  # the person's own explanations, on the command line
    "deciding.",  # what was found about the person is told to nobody who acts for them
    "acting.state.refused",  # whoever is refused is not told of it
    "acting.none", "acting.lead", "acting.never", "acting.chooses", "alone.", "caring.lead", "looked.mine",
    "caring.mine", "caring.right", "caring.how", "caring.apart",  # to those who act for nobody
    "record", "joined.", "tab.joined",  # the person is the sole judge
    "looked.asked", "looked.claim", "looked.ask", "looked.told", "looked.waits", "looked.receipt", "looked.by-",
    "title", "pick", "helped", "picture.hide",
)  # fmt: skip
"""Sentences, by how their key begins, that are said to the person alone or have another form above."""
OF_WHO_READS = frozenset({
    # the screen itself, and what whoever reads does with it
    "loading", "read-aloud", "quick-hide-tip", "who.changed", "who.everything-about", "other.lead", "other.doubt",
    "other.passed-over",
    "change.none", "change.yours", "change.unknown", "picture.new",
    "change.always", "change.undo", "seeing.title", "seeing.draft",
    "seeing.limits",
    "who.lead", "emergency.lead", "emergency.think", "looked.lead", "looked.nobody", "looked.you",
    "looked.not-here", "tab.looked", "kept.words", "kept.here", "kept.choices", "comment.lead", "correct.lead",
    "correct.sent", "take.lead",
    "take.done", "picture.lead", "words.lead", "limits.own-writing", "limits.safeguarding", "limits.emergencies",
    "preset-words.usual",
    # acting for somebody
    "tab.acting", "tab.caring", "acting.lapsed", "acting.over", "acting.all", "acting.scope", "acting.court",
    "acting.court-none", "acting.court-was",
    "caring.of", "caring.none", "caring.not-now", "caring.sees", "caring.sees-all", "caring.never",
    "caring.does-carer", "caring.does-proxy", "caring.does-part", "caring.sure", "caring.stopped", "caring.own",
    "caring.own-words", "caring.own-sign",
    # said of all who act, by a key of its own
    "kind.about-me",
})  # fmt: skip
"""Sentences in which "you" or "I" is whoever reads them; *About me* is the name of a part of every record."""
PAGES = ("who", "emergencies", "looked", "acting", "caring", "words", "comment", "correct", "take")


def told(table: Sentences, *, easy: bool) -> dict[str, str]:
    """Every sentence of a table, as it is said to whoever acts for somebody, by the key of the person's own."""
    keys = [key for key in table.all(easy=easy) if not key.endswith("-for") and not key.startswith(NOT_TOLD)]
    return {key: table.written(key, easy=easy, acts=True) for key in keys}


@pytest.mark.parametrize("easy", [False, True], ids=["ordinary", "easy"])
@pytest.mark.parametrize("table", [own_words, sentences], ids=["screens", "choices"])
def test_no_sentence_told_to_a_proxy_takes_them_for_the_person(table: object, easy: bool) -> None:
    said = told(table(), easy=easy)  # type: ignore[operator]
    wrong = {key: words for key, words in said.items() if SPEAKS.search(words) and key not in OF_WHO_READS}
    assert wrong == {}


def test_every_exception_is_one() -> None:
    """A sentence that speaks to nobody any more is taken out of the list."""
    said = [{**told(own_words(), easy=easy), **told(sentences(), easy=easy)} for easy in (False, True)]
    idle = [key for key in OF_WHO_READS if not any(SPEAKS.search(way.get(key, "")) for way in said)]
    assert idle == []


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def menus(screen: MyChoices) -> list[str]:
    actions: list[QAction] = [action for menu in screen.findChildren(QMenu) for action in menu.actions()]
    return [words for action in actions for words in (action.text(), action.toolTip())]


def allowed(easy: bool) -> list[re.Pattern[str]]:
    """Lines in which whoever reads is spoken to, whatever fills them in."""
    lines = [
        line
        for table in (own_words(), sentences())
        for key in table.all(easy=easy)
        if key in OF_WHO_READS or key.startswith(("alone.", "acting.", "caring.", "looked.mine"))
        for line in re.split(r"[\n|]", table.written(key, easy=easy, acts=True))
    ]
    return [re.compile("(.*)".join(map(re.escape, FILLED_IN.split(line)))) for line in lines if SPEAKS.search(line)]


def takes_them_for_the_person(line: str, fine: list[re.Pattern[str]]) -> bool:
    """Whether a line speaks to somebody and is none of those, or is filled in with what does."""
    if not SPEAKS.search(line):
        return False
    met = [found for pattern in fine if (found := pattern.fullmatch(line))]
    return not any(all(not SPEAKS.search(part) for part in found.groups()) for found in met)


@pytest.mark.parametrize("easy", [False, True], ids=["ordinary", "easy"])
@pytest.mark.parametrize("role", ["proxy", "carer"])
def test_no_page_takes_whoever_acts_for_the_person(driver: Driver, role: str, easy: bool) -> None:
    """Walks everything in sight on every page, a change under way and its dialogs among it."""
    driver.vault.role = role
    driver.sign_in()
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    if easy:
        screen.toggle_easy()
        driver.settle()
    assert screen.tabs == (PAGES if role == "proxy" else ("caring",))
    seen: list[str] = menus(screen)
    for page in screen.tabs:
        screen.open_tab(page)
        driver.settle()
        seen += driver.texts().split("\n")
    if role == "proxy":
        screen.open_tab("who")
        for who in ("home-care", "carer", "proxy"):
            screen.who_page.pick(Who("role", who))
            for what in ("general", "sexual-reproductive"):
                screen.who_page.choose(What("category", what), "off")
                driver.settle()
            seen += driver.texts().split("\n")
        screen._ask_single()
        driver.settle()
        dialog = next(one for one in driver.window.dialogs() if isinstance(one, SingleThing))
        seen += [dialog.who.itemText(n) for n in range(dialog.who.count())]
        dialog.reject()
        screen.open_tab("emergencies")
        screen.pages["emergencies"]._close("everything", True)
        driver.settle()
        seen += driver.texts().split("\n")
    own = {words for item in driver.vault.workspaces[-1].entries for words in item.entry.detail.split("\n")}
    said = {line.replace("About me", "") for line in seen if line not in own}  # the name of a part of every record
    assert {line for line in said if takes_them_for_the_person(line, allowed(easy))} == set()
