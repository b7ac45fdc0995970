"""Every page of everybody in the demonstration, walked once: Tab goes through it as one reads, and nothing is said by
colour alone. What each of the two finds is shown in test_focus_order.py and test_not_by_colour.py."""

from __future__ import annotations

import pytest
from hands import Hands
from test_focus_order import faults
from test_not_by_colour import Coloured, by_colour_alone, coloured

from desktop.demo.run import Demonstration


@pytest.mark.timeout(900)
def test_they_are_read_in_order_and_have_a_word_beside_every_colour(hands: Hands, demonstration: Demonstration) -> None:
    hands.enter(demonstration, "nurse")
    view = hands.window.find_view
    people = [view.model.person(view.model.index(row, 0)) for row in range(view.model.rowCount())]
    assert people
    out_of_order: dict[str, str] = {}
    for row in people:
        hands.window.ask_why(row)
        hands.window.dialogs()[-1].accept()
        hands.settle()
        person = hands.window.person
        assert person is not None
        seen: list[Coloured] = []
        for page in person.navigation.pages.pages():
            person.open_page(page)
            hands.settle()
            seen += coloured(hands.window)
            out_of_order |= dict.fromkeys(faults(hands.window), f"{row.name}, {page}")
        assert by_colour_alone(seen) == [], row.name
        hands.window.show_find()
        hands.settle()
    assert out_of_order == {}
