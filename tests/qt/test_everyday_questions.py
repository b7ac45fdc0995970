"""Everyday questions on the demonstration, each answered within four keys or clicks of the search box.

The words typed into the search box are not counted; everything after them is. `docs/user-guide.md` lists the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Driver, flush, words_of
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.run import AS_OF, Demonstration, build
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.widgets.banner import AlertBox
from desktop.widgets.text import Card
from desktop.widgets.tree import ParagraphTree

MOST = 4
STAFF = ("gp", "nurse", "social-worker", "home-care", "ambulance", "mental-health", "pharmacist")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    return build(tmp_path_factory.mktemp("demonstration"), say=lambda _line: None)


class Hands(Driver):
    """Keys and clicks, counted from the moment that something is typed into the search box."""

    count = 0

    def enter(self, demonstration: Demonstration, role: str) -> None:
        user = next(user for user in demonstration.users if user.role == role)
        self.sign_in(user.name, user.passphrase)

    def find(self, words: str) -> None:
        view = self.window.find_view
        self.qtbot.keyClicks(view.query, words)
        self.qtbot.waitUntil(lambda: view.model.rowCount() > 0 and not self.window.session.jobs.busy(), timeout=20_000)
        view._ask()
        self.settle()
        self.count = 0

    def key(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        self.count += 1
        self.qtbot.keyClick(widget or self.window, key)
        self.settle()

    def open_found(self) -> None:
        """Enter takes the first found, Enter again gives the usual reason."""
        self.key(Qt.Key.Key_Return, self.window.find_view.query)
        self.key(Qt.Key.Key_Return, self.window.dialogs()[-1])
        assert self.window.person is not None

    def go(self, page: str) -> None:
        """A click on a line of the navigation."""
        assert self.window.person is not None
        navigation = self.window.person.navigation
        row = navigation.pages.row_of(page)
        assert row >= 0, f"{page} has no line"
        index = navigation.pages.index(row)
        navigation.scrollTo(index)
        self.count += 1
        place: QPoint = navigation.visualRect(index).center()
        self.qtbot.mouseClick(navigation.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.settle()
        assert self.window.person.page == page

    def press(self, words: str) -> None:
        """A click on the first line or button in sight that says these words."""
        found = next(
            child
            for child in self.window.findChildren(QAbstractButton)
            if child.isVisible() and words in words_of(child)
        )
        self.count += 1
        found.click()
        self.settle()

    def seen(self) -> str:
        said = [self.texts()]
        for tree in self.window.findChildren(ParagraphTree):
            if tree.isVisible():
                said += [str(index.data()) for index in tree.indexes()]
        return "\n".join(said).replace("\u200b", "")


@pytest.fixture
def hands(
    demonstration: Demonstration, tmp_path: Path, qtbot: QtBot, look: None, settings: Settings
) -> Iterator[Hands]:
    for part in demonstration.vault.parent.glob(f"{demonstration.vault.name}*"):
        shutil.copy2(part, tmp_path / part.name)
    window = open_window(FixedClockVault(tmp_path / demonstration.vault.name, AS_OF), settings)
    window.resize(1280, 800)
    window.show()
    made = Hands(window, None, qtbot)  # type: ignore[arg-type]
    made.settle()
    yield made
    window.close()
    window.deleteLater()
    flush()


QUESTIONS: list[tuple[str, str, str, list[str], list[str]]] = [
    ("Is she allergic to penicillin?", "nurse", "margaret ellison", [], ["Penicillin: Anaphylaxis"]),
    (
        "Is there a decision about resuscitation, and whose?",
        "ambulance",
        "999 012 3454",
        [],
        ["Not for attempted cardiopulmonary resuscitation", "Check the signed form", "Dr Kwame Osei"],
    ),
    ("What matters to her?", "home-care", "14 feb 1938", [], ["I want to stay in my own home with the cat."]),
    (
        "Who visits next, and when?",
        "home-care",
        "ellison m",
        ["support"],
        ["Monday 23 Nov 2026, 10:15 (in 2 days)", "Appointment: Leg dressing", "Sister Karen Webb"],
    ),
    (
        "When was the last HbA1c, and is it rising?",
        "gp",
        "palmer winston",
        ["results"],
        ["HbA1c", "64 mmol/mol, 8 Sep 2026", "up from 61 mmol/mol", "High"],
    ),
    ("Who may decide for her?", "social-worker", "ellison margaret", ["circle"], ["Ruth Ellison", "attorney"]),
    (
        "Which medicine differs between surgery and hospital?",
        "pharmacist",
        "9990123454",
        ["medicines"],
        ["Bisoprolol: sources differ", "Bisoprolol 2.5mg tablets", "Bisoprolol 5mg tablets"],
    ),
    (
        "Which letter did the new dose come with?",
        "gp",
        "ellison 1938",
        ["medicines", "Bisoprolol 5mg tablets"],
        ["Discharge summary, Ward 7", "written that day, by the same source"],
    ),
    (
        "What help comes to the house, and how much?",
        "nurse",
        "14/02/1938",
        [],
        ["Home care, four times a day (14 hours a week)"],
    ),
    ("What was her last blood pressure?", "nurse", "margaret ell", ["examination"], ["118/62 mmHg, 18 Nov 2026"]),
    (
        "Was a medicine missed this week, and why?",
        "gp",
        "ellison, margaret",
        ["medicines"],
        ["Not given: Apixaban 2.5mg tablets: Asleep; taken at lunch visit instead"],
    ),
    ("How many nights was she at home this year?", "social-worker", "margaret ellison", [], ["nights at home"]),
]


@pytest.mark.parametrize(("question", "role", "typed", "steps", "answer"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_it_is_answered_within_four_keys_or_clicks(
    hands: Hands,
    demonstration: Demonstration,
    question: str,
    role: str,
    typed: str,
    steps: list[str],
    answer: list[str],
) -> None:
    hands.enter(demonstration, role)
    hands.find(typed)
    hands.open_found()
    assert hands.window.person is not None
    pages = hands.window.person.navigation.pages.pages()
    for step in steps:
        if step in pages:
            hands.go(step)
        else:
            hands.press(step)
    seen = hands.seen()
    for words in answer:
        assert words in seen, (question, words)
    assert hands.count <= MOST, question


@pytest.mark.parametrize("role", STAFF)
def test_each_kind_of_worker_finds_opens_and_reads(hands: Hands, demonstration: Demonstration, role: str) -> None:
    hands.enter(demonstration, role)
    hands.find("margaret ellison")
    hands.open_found()
    assert hands.count == 2
    view = hands.window.person
    assert view is not None
    assert "Penicillin: Anaphylaxis" in hands.seen()
    assert "Bisoprolol 5mg tablets" in hands.seen(), "the conflict stands on the overview"
    conflicts = " ".join(conflict.text for conflict in view.story.record.conflicts)
    assert "Bisoprolol" in conflicts
    hands.go("support")
    assert "Appointment: Leg dressing" in hands.seen() or not view.story.entries("appointments")
    hands.go("medicines")
    hands.press("Bisoprolol 5mg tablets")
    seen = hands.seen()
    assert "Why you can see this" in seen
    letters = [item.entry.title for item in view.story.entries("documents")]
    assert ("written that day, by the same source" in seen) is ("Discharge summary, Ward 7" in letters)
    hands.window.lock()
    flush()
    assert "ELLISON" not in hands.seen()


def test_the_user_guide_lists_every_question() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "user-guide.md").read_text("utf-8")
    assert [question for question, *_rest in QUESTIONS if question not in guide] == []


def test_what_must_not_be_missed_stands_above_the_fold(hands: Hands, demonstration: Demonstration) -> None:
    """At 1280 x 800: every alert in full, and the heads of what matters, what is next and what differs."""
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    window = hands.window
    assert (window.width(), window.height()) == (1280, 800)
    boxes = [box for box in window.findChildren(AlertBox) if box.isVisible()]
    assert {"CPR", "ReSPECT", "Communication", "Reasonable adjustment", "Key worker"} <= {
        box.accessibleName().partition(":")[0] for box in boxes
    }
    shown = window.rect()
    assert [box.accessibleName() for box in boxes if box._only_heading] == [], "nothing is folded away"
    assert [box.accessibleName() for box in boxes if not shown.contains(_in_window(box))] == []
    cards = {card.accessibleName(): card for card in window.findChildren(Card) if card.isVisible()}
    for name in ("What matters to Peggy", "What happens next", "Differences to check"):
        head = _in_window(cards[name])
        assert head.top() + 160 < shown.bottom(), name


def _in_window(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())
