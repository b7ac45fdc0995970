"""What in a person's choices in force could not be understood, whoever asks."""

from __future__ import annotations

from consent_kit import actor, by_role, chosen, consent
from gatekit import NOW, PERSON

from consent.choices import Act
from consent.persons_choices import Neighbourhood, problems_of


def told(*acts: Act) -> list[list[tuple[str, str]]]:
    """Of each Consent in force, where something is not understood, and what."""
    found = problems_of(acts, PERSON, NOW, Neighbourhood())
    return [[(one.path, one.text) for one in problems] for problems in found.values()]


def test_nothing_is_told_of_what_is_understood() -> None:
    assert told() == []
    themself = {"type": "deny", "actor": [actor(f"Patient/{PERSON}"), by_role("nurse")]}
    assert told(*chosen(consent(provision=themself))) == [[]]


def test_each_choice_has_its_own_problems_once() -> None:
    nobody = consent(provision={"type": "deny", "actor": [actor("Organization/nobody")]}, id="nobody")
    twice = consent(provision={"type": "permit", "something": 1, "actor": [actor("Organization/gone")]}, id="twice")
    plain = consent(provision={"type": "deny", "actor": [by_role("nurse")]}, id="plain")
    found = told(*chosen(nobody, twice, plain))
    assert sorted(len(problems) for problems in found) == [0, 1, 2]
    (one,) = (problems for problems in found if len(problems) == 1)
    assert one[0][0] == "provision.actor"
    (two,) = (problems for problems in found if len(problems) == 2)
    assert "provision.actor" in {path for path, _ in two}
    assert len(set(two)) == 2
    again = chosen(nobody, nobody)
    assert [len(problems) for problems in told(*again)] == [1]
