"""Whoever acts for somebody: adds on their behalf, as themself, what they may also see; and chooses only where their
right carries the person's choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, entries, make_vault, nhs_number, patient, write
from test_carers import note

from fhir.contributions import Contributor, contribution
from fhir.entries import PersonId
from fhir.people import Identity

WORDS, PLAIN = "zqaboutme4411", "zqplain4422"


@pytest.fixture
def home(tmp_path: Path) -> Vault:
    """A child, a mother with parental responsibility, an appointee for benefits, a carer, and a GP."""
    vault = make_vault(tmp_path / "home", role="gp")
    child = patient("a", "Okafor", nhs_number(41)) | {"birthDate": "2018-05-06"}
    asthma = condition("p", "a", f"Asthma {PLAIN}", code="195967001")
    owed = condition("m", "a", "In debt", code="105524006")
    vault.take(write(vault.folder, "a.json", bundle(child, asthma, owed)))
    person = vault.person("Okafor")
    vault.add_user("Ada", "person", "", "--person", person)
    for name, role, basis, *scope in (
        ("Mum", "proxy", "parental-responsibility"),
        ("Bob", "proxy", "appointee"),
        ("Aunt", "proxy", "permission", "general", "about-me", "social-care"),
        ("Nan", "carer", "permission", "general", "about-me", "social-care"),
    ):
        named = [part for one in scope for part in ("--scope", one)]
        vault.add_user(name, role, "", "--person", person, "--basis", basis, "--evidence", "Seen", *named)
    return vault


def about_me(words: str) -> dict[str, Any]:
    answer = {"text": "What is most important to me", "linkId": "1", "answer": [{"valueString": words}]}
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "authored": "2026-11-20", "item": [answer]}


def test_a_proxy_adds_on_behalf_of_the_person_and_says_who_they_are(home: Vault) -> None:
    person = home.person()
    assert home.as_user("Mum").json("add", person, write(home.folder, "w.json", about_me(WORDS)))["entries"]
    (seen,) = [one for one in entries(home.json("show", person)) if WORDS in str(one)]
    assert seen["source"]["name"].startswith("Mum, ")
    assert "person:" not in str(seen)
    assert not seen.get("ownWords"), "a proxy's words are not the person's own"
    assert WORDS in home.as_user("Ada").told(person)


def test_a_proxy_asks_for_corrections(home: Vault) -> None:
    person = home.person()
    assert home.as_user("Mum").run("add", person, write(home.folder, "n.json", note(WORDS))).code == 0
    assert WORDS in home.told(person)


def test_whoever_sees_money_only_adds_nothing_about_anything_else(home: Vault) -> None:
    person, bob = home.person(), home.as_user("Bob")
    for tree in (about_me(WORDS), note(WORDS)):
        ran = bob.run("add", person, write(home.folder, "w.json", tree))
        assert ran.code != 0, tree
    assert WORDS not in home.told(person)


@pytest.mark.parametrize("user", ["Bob", "Nan", "Aunt"])
def test_whose_right_does_not_carry_the_persons_choices_changes_none(home: Vault, user: str) -> None:
    person, nothing = home.person(), write(home.folder, "none.json", [])
    for more in ((), ("--set", nothing), ("--set", nothing, "--preview"), ("--out", home.folder / "taken.json")):
        assert home.as_user(user).run("choices", person, *more).code == 1, more
    assert home.as_user("Mum").run("choices", person, "--set", nothing).code == 0


def test_the_provenance_names_the_proxy_and_for_whom() -> None:
    by = Contributor(name="Mum", role="Proxy", organisation="Mum, proxy", time="2026-11-20T10:00:00Z", for_them=True)
    made = contribution(json.dumps(note(WORDS)).encode(), PersonId("p1"), Identity(), (), by)
    (proof,) = [one.tree for one in made.document.resources if one.type == "Provenance"]
    (agent,) = proof["agent"]
    assert agent["who"] == {"display": "Mum"}
    assert agent["onBehalfOf"] == {"reference": "Patient/p1"}
    assert not any(entry.own_words for one in made.understood.described for entry in one.entries)


def test_of_those_who_act_for_a_person_each_is_told_of_their_own_right(home: Vault) -> None:
    person = home.person()

    def told(user: str) -> list[str]:
        return sorted(row["user"] for row in home.as_user(user).json("acting", "list", person)["rights"])

    assert told("Ada") == told("Asha") == ["Aunt", "Bob", "Mum", "Nan"]
    assert (told("Nan"), told("Mum")) == (["Nan"], ["Mum"])
    order = ("--court", "The Family Court", "--dated", "2026-11-03")
    assert home.run("acting", "court", person, "Mum", *order).code == 0
    assert len(home.as_user("Mum").json("acting", "list", person)["courts"]) == 1
    assert home.as_user("Nan").json("acting", "list", person)["courts"] == []
