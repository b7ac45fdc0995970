"""Everyday questions on the demonstration, each answered within four keys or clicks of the search box.

The words typed into the search box are not counted; everything after them is, and the answer must stand in sight then,
in a window of 1280 by 800, with nothing scrolled. `docs/user-guide.md` lists the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import flush
from hands import Hands
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from desktop.demo.run import Demonstration
from desktop.widgets.banner import AlertBox
from desktop.widgets.text import Card

MOST = 4
STAFF = ("gp", "nurse", "social-worker", "home-care", "ambulance", "mental-health", "pharmacist")


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
        ["Mon 23 Nov", "10:15, Leg dressing, Sister Karen Webb"],
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
        ["services"],
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
    (
        "Whom do I ring at night, and if they cannot come?",
        "home-care",
        "ellison margaret",
        ["circle"],
        ["07700 900123", "Ring Fenland Home Care (01632 960150)"],
    ),
    (
        "Is there a care plan for falls?",
        "nurse",
        "ellison margaret",
        ["find: falls"],
        ["Risk of falls", "Falls prevention programme", "Referral to falls service"],
    ),
    (
        "How many nights was she at home this year?",
        "social-worker",
        "margaret ellison",
        ["nights"],
        ["337 of 365 nights at home"],
    ),
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
        elif step.startswith("find: "):
            hands.find_inside(step.removeprefix("find: "))
        else:
            hands.press(step)
    seen = hands.in_sight()
    assert [words for words in answer if words not in seen] == []
    assert hands.count <= MOST, question


NAMES = {
    "support": "visits",
    "services": "services",
    "nights": "nights",
    "results": "results",
    "circle": "circle",
    "medicines": "medic",
    "examination": "exam",
}
"""What is typed to go to a page by its name."""
BY_KEYS = [(row[0], row[1], row[2], row[3][0], row[4]) for row in QUESTIONS if row[3] and row[3][0] in NAMES]


@pytest.mark.parametrize(("question", "role", "typed", "page", "answer"), BY_KEYS, ids=[row[0] for row in BY_KEYS])
def test_a_page_is_reached_by_keys_alone(
    hands: Hands, demonstration: Demonstration, question: str, role: str, typed: str, page: str, answer: list[str]
) -> None:
    hands.enter(demonstration, role)
    hands.find(typed)
    hands.open_found()
    hands.go_by_name(NAMES[page])
    assert hands.window.person is not None
    assert hands.window.person.page == page
    if question != "Which letter did the new dose come with?":  # whose answer is one step further
        assert [words for words in answer if words not in hands.in_sight()] == []
    assert hands.count <= MOST


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


def test_the_overview_says_days_of_the_week_and_both_homes(hands: Hands, demonstration: Demonstration) -> None:
    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    seen = hands.in_sight()
    assert "Mon 23 Nov 2026, 10:15" in seen
    homes = ("12 Mill Lane, Thornbridge, ZZ99 3BA (home) · Own words", "4 Orchard Close, Thornbridge, ZZ99 3BB (home)")
    assert [words for words in homes if words not in seen] == []
    hands.go("sources")
    assert [words for words in homes if words not in hands.seen()] == []


def _in_window(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())
