"""*See as* through the windows: what the person is shown of each demonstration worker's screens is what that worker
then gets in their own window, entry for entry, minus what is not shown to the person."""

from __future__ import annotations

import pytest
from hands import Hands

from consent.plain_choices import Who
from consent.request import STAFF_ROLES
from desktop.demo.run import Demonstration
from desktop.views.my_choices import MyChoices
from desktop.views.person import PersonView
from fhir.entries import EntryId

pytestmark = pytest.mark.timeout(900)


def shown(view: PersonView) -> dict[str, frozenset[EntryId]]:
    """The entries behind each page that the window lists."""
    pages = view.navigation.pages.pages()
    record = view.story.record
    return {
        key: frozenset(item.entry.entry_id for item in section.entries)
        for key, section in record.sections.items()
        if key in pages
    }


def test_each_worker_gets_what_the_person_was_shown_of_them(hands: Hands, demonstration: Demonstration) -> None:
    workers = [user for user in demonstration.users if user.role in STAFF_ROLES and user.role != "tester"]
    hands.enter(demonstration, "person")
    screen = hands.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    assert screen.someone is not None
    assert screen.someone.name == "Margaret ELLISON"
    seen = {}
    for user in workers:
        screen.see_as(Who("user", user.name))
        hands.settle()
        assert screen.seeing is not None, user.name
        assert screen.seeing.person is not None
        seen[user.name] = shown(screen.seeing.person)
        screen.close_preview()
    screen.desk.open(hands.window.show_record, pytest.fail)  # type: ignore[union-attr]
    hands.settle()
    assert hands.window.person is not None
    mine = frozenset[EntryId]().union(*shown(hands.window.person).values())
    assert len(mine) > 100
    for user in workers:
        hands.window.lock()
        hands.sign_in(user.name, user.passphrase)
        if user.post:
            hands.window.sign_in.enter.click()
            hands.settle()
        hands.find("margaret ellison")
        hands.open_found()
        assert hands.window.person is not None
        really = {key: ids & mine for key, ids in shown(hands.window.person).items()}
        keys = seen[user.name].keys() | really.keys()
        empty: frozenset[EntryId] = frozenset()
        differing = [key for key in keys if seen[user.name].get(key, empty) != really.get(key, empty)]
        assert differing == [], (user.name, differing)
    assert len({frozenset().union(*one.values()) for one in seen.values()}) > 3, "they do not all see the same"
