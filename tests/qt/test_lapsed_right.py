"""What a parent is told whose right has lapsed: once, on top, with what to do; nothing is there to write in or to take
that would be refused. Whoever a child refuses is told nothing, lapsed or not. Real vaults, by keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandkit import bundle, condition, nhs_number, patient, write
from conftest import window_on
from keyboard import Keys
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop.rights import right_mark, right_more, rights_of
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.workspace import Workspace

GP, MUM, DAD, WORDS = "Anita", "Mum", "Dad", "a quiet lamp river"
PASSPHRASES = dict.fromkeys((GP, MUM, DAD), WORDS)
TURNS_11, TURNS_18 = "2015-11-25", "2008-11-25"
BEFORE, AFTER = 20, 26
STOPPED = "Your right to act for Ada FINCH stopped on 25 Nov 2026."
PAGES = ("When you looked", "In their words", "Comment", "Correct something", "Take the record")
READING = ("When you looked",)

Sit = Callable[[Path, int, str], Keys]


def day(of_november: int) -> datetime:
    return datetime(2026, 11, of_november, 9, tzinfo=UTC)


@contextmanager
def at(vault: Path, user: str, of_november: int) -> Iterator[Workspace]:
    with Workspace.sign_in(vault, user, WORDS, now=day(of_november), anchors=vault.with_name("anchors")) as workspace:
        yield workspace


def family(folder: Path, born: str) -> Path:
    """A child and both parents, who are users by the right of parents since 18 November."""
    vault = folder / "family.vault"
    anchors = vault.with_name("anchors")
    key = Workspace.create(vault, GP, "gp", "Mill Street", WORDS, test_data=True, now=day(18), anchors=anchors)
    given = bundle(patient("k", "Finch", nhs_number(7), born=born), condition("a", "k", "Asthma"))
    right = {"basis": "parental-responsibility", "evidence": "Birth certificate seen", "scope": ("general", "about-me")}
    with at(vault, GP, 18) as workspace:
        workspace.import_files([write(folder / "r", "a.json", given)], lambda *_: None, lambda: False)
        child = workspace.people()[0].person_id
        for name in (MUM, DAD):
            workspace.add_user(name, "proxy", "", WORDS, recovery_key=key, person=child, mandate=right)
    return vault


def refused(vault: Path, of_november: int, user: str = MUM) -> None:
    """The child, found able to decide, refuses somebody."""
    with at(vault, GP, of_november) as workspace:
        child = workspace.people()[0].person_id
        workspace.state_acting("found_competence", child, competent=True, refuses=[user])


def renewed(vault: Path, of_november: int) -> None:
    """Both rights are confirmed again."""
    with at(vault, GP, of_november) as workspace:
        child = workspace.people()[0].person_id
        for one in workspace.acting_for(child):
            workspace.state_acting("renew", child, one.mandate.id)


@pytest.fixture
def sit(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sit]:
    """Somebody sits down before a vault on a day of November, and signs in."""
    opened = []

    def down(vault: Path, of_november: int, user: str) -> Keys:
        monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: day(of_november),))
        going = window_on(vault, qtbot, settings, day(of_november))
        opened.append(going)
        keys = Keys(going.__enter__(), qtbot, PASSPHRASES)
        keys.sign_in(user)
        return keys

    yield down
    for going in reversed(opened):
        going.__exit__(None, None, None)


def usable(keys: Keys) -> list[str]:
    """What there is on the page in front to write in, or to press; each of the others says why it is closed."""
    page = keys.window.screens.currentWidget()
    assert isinstance(page, MyChoices)
    front = page.pages[page.tab]
    pressed = [(one, one.isEnabled()) for one in front.findChildren(QAbstractButton)]
    written = [
        (one, not one.isReadOnly()) for one in (*front.findChildren(QPlainTextEdit), *front.findChildren(QLineEdit))
    ]
    there = [(one, open_) for one, open_ in (*pressed, *written) if one.isVisible()]
    assert all(open_ or "stopped on 25 Nov 2026" in one.accessibleDescription() for one, open_ in there)
    return [one.accessibleName() for one, open_ in there if open_]


def said(keys: Keys) -> list[str]:
    """What stands in sight as text, and whether what can be used can be."""
    shown = [one.text() for one in keys.window.findChildren(QLabel) if one.isVisible() and one.text()]
    used = [
        f"{one.accessibleName()}: {one.isEnabled()}"
        for one in keys.window.findChildren(QAbstractButton)
        if one.isVisible()
    ]
    return [*shown, *used]


def write_and_go(keys: Keys) -> None:
    """What is begun, and not saved."""
    keys.do("In their words")
    keys.write("What is most important to Ada FINCH", "She loves the sea")
    keys.lock()


def test_a_lapsed_parent_is_told_once_and_what_they_wrote_is_still_there(tmp_path: Path, sit: Sit) -> None:
    vault = family(tmp_path, TURNS_11)
    write_and_go(sit(vault, BEFORE, MUM))
    keys = sit(vault, AFTER, MUM)
    for name in PAGES:
        keys.do(name)
        seen = said(keys)
        assert seen.count(f"{STOPPED} Ask staff to confirm it again.") == 1, name
        kept = any(words.startswith("What you wrote is still here.") for words in seen)
        assert kept is (name == "In their words"), name
        assert not any("did not work" in words for words in seen), name
        assert usable(keys) == [] or name in READING, name
    keys.do("In their words")
    assert "She loves the sea" in keys.texts(), "it can be read and copied"


def test_and_in_easy_read(tmp_path: Path, sit: Sit) -> None:
    keys = sit(family(tmp_path, TURNS_11), AFTER, MUM)
    keys.do("Easy Read")
    told = "You can not act for Ada FINCH now.\nIt stopped on 25 Nov 2026.\nAsk staff to start it again."
    for name in ("Their words", "Say something", "Take the record"):
        keys.do(name)
        assert said(keys).count(told) == 1, name
        assert usable(keys) == [], name


def test_nobody_is_sent_to_ask_for_what_cannot_be_given_back_at_18(tmp_path: Path, sit: Sit) -> None:
    vault = family(tmp_path, TURNS_18)
    renewed(vault, BEFORE)
    keys = sit(vault, AFTER, MUM)
    keys.do("I care for someone")
    seen = said(keys)
    assert [words for words in seen if words.startswith(STOPPED)] == [
        f"{STOPPED} It was for a child, and cannot be confirmed again. Ada FINCH can let you in, or ask staff."
    ]
    assert not [words for words in seen if "renewed" in words]
    assert "Has ended" in seen
    keys.do("Acting for Ada FINCH")
    assert not [words for words in said(keys) if "renewed" in words]


def test_before_18_nobody_is_told_that_confirming_it_would_help(tmp_path: Path, sit: Sit) -> None:
    vault = family(tmp_path, TURNS_18)
    keys = sit(vault, BEFORE, MUM)
    keys.do("I care for someone")
    assert "since 18 Nov 2026, stops on 25 Nov 2026" in said(keys)
    keys.lock()
    told = {}
    for of_november in (BEFORE, AFTER):
        with at(vault, GP, of_november) as workspace:
            rights = rights_of(workspace, workspace.people()[0].person_id)
        told[of_november] = [(right_mark(one, rights.today)[0], right_more(one)) for one in rights.acting]
    assert {mark for mark, _more in told[BEFORE]} == {"Ends on 25 Nov 2026"}
    assert {mark for mark, _more in told[AFTER]} == {"Has ended"}
    assert not [more for day_ in told.values() for _mark, more in day_ if "renew" in more]
    assert not [more for _mark, more in told[AFTER] if "Lets them see" in more]


def test_once_confirmed_again_it_is_open_again(tmp_path: Path, sit: Sit) -> None:
    vault = family(tmp_path, TURNS_11)
    write_and_go(sit(vault, BEFORE, MUM))
    renewed(vault, AFTER)
    keys = sit(vault, AFTER, MUM)
    keys.do("In their words")
    assert "Ada FINCH stopped on" not in keys.texts()
    keys.do("Save these words")
    assert not any("did not work" in words for words in said(keys))


@pytest.mark.parametrize("day_", [AFTER, AFTER + 1], ids=["lapsed", "renewed"])
def test_whom_a_child_refuses_is_told_what_anybody_is(tmp_path: Path, sit: Sit, day_: int) -> None:
    """Lapsed, the same as a parent who is not refused, word for word; in force, nothing of it."""
    vault = family(tmp_path, TURNS_11)
    refused(vault, AFTER, DAD)
    if day_ > AFTER:
        renewed(vault, day_)
    told = {}
    for name in (MUM, DAD):
        keys = sit(vault, day_, name)
        told[name] = []
        for page in ("In their words", "Comment", "Correct something", "Take the record", "I care for someone"):
            keys.do(page)
            told[name].append([words.replace(name, "Parent") for words in said(keys)])
        keys.lock()
    if day_ == AFTER:
        assert told[DAD] == told[MUM]
    assert any(words.startswith(STOPPED) for words in told[DAD][0]) is (day_ == AFTER)
