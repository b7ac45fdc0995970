"""Short ways through the demonstration of a children's social worker, a receptionist and a support worker with two
posts: find, reason, read, act, be locked out. Everything is asserted on what the window says."""

from __future__ import annotations

from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from test_whole_journeys import press, said

from desktop.demo.run import Demonstration
from desktop.dialogs.add import AddDialog
from desktop.widgets.table import RecordTable

SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def rows(hands: Hands) -> str:
    """The lines of the list in sight, as a screen reader says them."""
    assert hands.window.person is not None
    tables = [one for one in hands.window.person.findChildren(RecordTable) if one.isVisible()]
    lines = [table.row_text(table.model().index(row, 0)) for table in tables for row in range(table.model().rowCount())]
    return "\n".join(lines)


def opened(hands: Hands, demonstration: Demonstration, role: str, who: str) -> None:
    hands.enter(demonstration, role)
    if hands.window.session.user is None:  # in two posts: Enter takes the one that is marked
        hands.window.sign_in.enter.click()
        hands.settle()
    hands.find(who)
    hands.open_found()


def add_note(hands: Hands, words: str) -> None:
    press(hands, Qt.Key.Key_N)
    form = hands.window.dialogs()[-1]
    assert isinstance(form, AddDialog)
    QTest.keyClicks(form.topic, "Visit")
    form.words.setPlainText(words)
    form.add_button.click()
    hands.settle()


def test_a_childrens_social_worker_sees_who_protects_a_child_and_writes_down_a_visit(
    hands: Hands, demonstration: Demonstration
) -> None:
    opened(hands, demonstration, "childrens-social-worker", "amara reid")
    seen = hands.seen()
    assert "Egg: Rash around the mouth" in seen
    assert "Living at Sandra's. Football. Seeing Josh." in seen, "her own words stand first"
    hands.go("safeguarding")
    assert "Looked-after child: care order (section 31)" in rows(hands)
    hands.go("circle")
    assert "Mr Paul Dixon, Independent reviewing officer" in hands.seen()
    words = "Seen at school, talked about Josh"
    add_note(hands, words)
    person = hands.window.person
    assert person is not None
    added = next(item.entry for item in person.story.all_entries() if words in item.entry.detail + item.entry.value)
    person.open_entry(added.entry_id)
    hands.settle()
    assert "Natalie Rowe" in hands.seen(), "who wrote it stands beside it"
    press(hands, Qt.Key.Key_L)
    assert "REID" not in hands.seen()
    assert words not in hands.seen()


def test_a_receptionist_sees_when_and_where_and_nothing_clinical(hands: Hands, demonstration: Demonstration) -> None:
    opened(hands, demonstration, "administrator", "margaret ellison")
    seen = hands.seen()
    assert "12 Mill Lane" in seen
    assert "Penicillin" not in seen
    hands.go("appointments")
    listed = rows(hands)
    assert "Leg dressing" in listed
    assert "26 Nov 2026" in listed
    hands.go("medicines")
    assert "Nothing here is shown to you. That does not mean that there is nothing." in hands.seen()
    hands.find_inside("penicillin")
    assert "There may be more that is not shown" in said(hands.window.dialogs()[-1])
    hands.window.dialogs()[-1].reject()
    hands.settle()
    press(hands, Qt.Key.Key_E, SHIFT)
    told = said(hands.window.dialogs()[-1])
    assert "Ask the person first" in told
    assert "does not have emergency access" in told


def test_a_support_worker_says_in_which_post_and_reads_what_helps(hands: Hands, demonstration: Demonstration) -> None:
    opened(hands, demonstration, "supported-living", "tom garside")
    assert "Willow Supported Living" in hands.seen()
    person = hands.window.person
    assert person is not None
    assert person.story.entries("about-me")
    hands.go("support")
    assert "Who comes when" in hands.seen()
    hands.go("about-me")
    assert rows(hands)
    words = "Shopping together, paid himself"
    add_note(hands, words)
    person = hands.window.person
    assert person is not None
    found = [item for item in person.story.all_entries() if words in item.entry.detail + item.entry.value]
    assert [item.entry.source.name for item in found] == ["Willow Supported Living"]
    press(hands, Qt.Key.Key_L, SHIFT)  # the other post, without the passphrase again
    assert hands.window.bar.post.menu() is not None
    hands.window.work_as(next(post for post in hands.window.session.posts if "Fenland" in post.organisation))
    hands.settle()
    assert hands.window.person is None
    assert "Home care" in hands.seen()
    assert "GARSIDE" not in hands.seen()


def test_a_social_worker_reads_the_personal_budget_and_a_nurse_nowhere(
    hands: Hands, demonstration: Demonstration
) -> None:
    opened(hands, demonstration, "social-worker", "margaret ellison")
    budget = "Personal budget: £412.60 a week, of which she pays £64.85"
    assert budget in hands.seen(), "on the overview"
    hands.go("money")
    assert "£412.60 a week" in rows(hands)
    hands.go("support")
    assert budget in hands.seen()
    hands.go("social-context")
    assert "budget" not in rows(hands).casefold()
    person = hands.window.person
    assert person is not None
    labelled = [item for item in person.story.all_entries() if item.entry.kind == "personal-budget"]
    assert [one.entry.section for one in labelled] == ["money"]
    hands.window.lock()
    opened(hands, demonstration, "nurse", "margaret ellison")
    said = []
    person = hands.window.person
    assert person is not None
    for page in person.navigation.pages.pages():
        person.open_page(page)
        hands.settle()
        said += [hands.seen(), rows(hands)]
    assert "412.60" not in "\n".join(said)
    assert not hands._pick(Qt.Key.Key_F, "412.60").rows.rows
