"""Who is who among those who ask, hold and write: memberships, links, shared numbers, and the vault's own names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from consent_kit import actor, consent, ref

from consent.actors import Directory
from consent.consents import Pointer
from consent.naming import organisation_name, user_name
from consent.who import directory_of, known_actors

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
Tree = dict[str, Any]


def directory(*trees: Tree) -> Directory:
    return Directory([(tree, (f"{tree['resourceType']}/{tree['id']}",)) for tree in trees], NOW)


def to(name: str) -> Pointer:
    return Pointer((name,))


def number(value: str, system: str = "urn:gmc") -> list[Tree]:
    return [{"system": system, "value": value}]


def test_a_person_and_all_they_are_linked_to_are_one() -> None:
    one = {
        "resourceType": "Person",
        "id": "1",
        "link": [{"target": ref("Patient/a")}, {"target": ref("Practitioner/b")}],
    }
    who = directory(one, {"resourceType": "Patient", "id": "a"}, {"resourceType": "Practitioner", "id": "b"})
    assert {"Person/1", "Patient/a", "Practitioner/b"} == who.who([to("Patient/a")]).certain
    assert who.who([to("Person/1")]).certain == who.who([to("Practitioner/b")]).certain


def test_a_role_without_a_practitioner_belongs_to_its_organisation_all_the_same() -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "organization": ref("Organization/o")}
    who = directory(role, {"resourceType": "Organization", "id": "o"})
    assert "Organization/o" in who.who([to("PractitionerRole/r")]).certain


def test_a_number_that_two_of_a_kind_share_leads_from_neither_to_the_other() -> None:
    twins = [{"resourceType": "Practitioner", "id": one, "identifier": number("1")} for one in "uv"]
    both = directory(*twins)
    assert both.names(to("Practitioner/u")) == {"Practitioner/u"}
    assert both.names(to("identifier urn:gmc|1")) == {"identifier urn:gmc|1"}
    assert not both.known(to("identifier urn:gmc|1"))
    assert both.known(to("Practitioner/u"))
    alone = directory(twins[0], {"resourceType": "PractitionerRole", "id": "r", "identifier": number("1")})
    assert alone.names(to("Practitioner/u")) == {"Practitioner/u", "identifier urn:gmc|1", "PractitionerRole/r"}


def test_one_without_any_name_is_nobody() -> None:
    team = {"resourceType": "CareTeam", "participant": [{"member": ref("Practitioner/p")}]}
    who = Directory([(team, ("",)), ({"resourceType": "Practitioner"}, ("Practitioner/p",))], NOW)
    assert who.who([to("Practitioner/p")]).certain == {"Practitioner/p"}


@pytest.mark.parametrize(
    ("values", "certain", "possible"),
    [
        ({}, True, True),
        ({"active": True}, True, True),
        ({"active": False}, False, False),
        ({"active": "maybe"}, False, True),
        ({"period": {"start": "2026-06-15T12:00:00Z"}}, True, True),
        ({"period": {"start": "2026-06-15T12:00:01Z"}}, False, False),
        ({"period": {"end": "2026-06-15T12:00:00Z"}}, True, True),
        ({"period": {"end": "2026-06-14"}}, False, False),
        ({"period": {"end": "soon"}}, False, True),
        ({"period": {"end": "soon"}, "active": False}, False, False),
    ],
)
def test_a_role_holds_in_its_time(values: Tree, certain: bool, possible: bool) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": ref("Practitioner/p"), **values}
    role["organization"] = ref("Organization/o")
    found = directory(role, {"resourceType": "Organization", "id": "o"}).who([to("Practitioner/p")])
    assert ("Organization/o" in found.certain, "Organization/o" in found.possible) == (certain, possible)


@pytest.mark.parametrize(
    ("team", "certain", "possible"),
    [
        ({"resourceType": "CareTeam", "participant": [{}]}, True, True),
        ({"resourceType": "CareTeam", "status": "suspended", "participant": [{}]}, False, False),
        ({"resourceType": "CareTeam", "status": 3, "participant": [{}]}, False, True),
        ({"resourceType": "CareTeam", "participant": [{"period": {"end": "2026-05"}}]}, False, False),
        ({"resourceType": "CareTeam", "participant": [{"period": {"end": "2026-07"}}]}, True, True),
        ({"resourceType": "CareTeam", "participant": [{"coveragePeriod": {"end": "2026-06-01"}}]}, False, False),
        ({"resourceType": "CareTeam", "participant": "nobody"}, False, False),
        ({"resourceType": "Group", "member": [{}]}, True, True),
        ({"resourceType": "Group", "member": [{"inactive": False}]}, True, True),
        ({"resourceType": "Group", "member": [{"inactive": True}]}, False, False),
        ({"resourceType": "Group", "member": [{"inactive": "perhaps"}]}, False, True),
        ({"resourceType": "Group", "active": False, "member": [{}]}, False, False),
        ({"resourceType": "Group", "member": [{"period": {"start": "2027"}}]}, False, False),
        ({"resourceType": "Group", "member": [3, None]}, False, False),
    ],
)
def test_membership_holds_in_its_time_and_doubt_is_kept_apart(team: Tree, certain: bool, possible: bool) -> None:
    for name in ("participant", "member"):
        for one in team.get(name, []) if isinstance(team.get(name), list) else []:
            if isinstance(one, dict):
                one["member" if name == "participant" else "entity"] = ref("Practitioner/p")
    found = directory(team | {"id": "t"}).who([to("Practitioner/p")])
    name = f"{team['resourceType']}/t"
    assert (name in found.certain, name in found.possible) == (certain, possible)


@pytest.mark.parametrize(
    ("values", "open_"),
    [
        ({}, False),
        ({"actual": True}, False),
        ({"actual": False}, True),
        ({"membership": "definitional"}, True),
        ({"membership": "enumerated"}, False),
        ({"characteristic": []}, True),
    ],
)
def test_a_group_that_describes_its_members_is_open(values: Tree, open_: bool) -> None:
    assert directory({"resourceType": "Group", "id": "g", **values}).open_members(to("Group/g")) is open_
    assert not directory({"resourceType": "CareTeam", "id": "g", **values}).open_members(to("CareTeam/g"))


def test_what_may_be_the_same_is_possible_and_never_certain() -> None:
    who = Directory([({"resourceType": "Organization"}, ("Organization/o",))], NOW, [(to("a"), to("Organization/o"))])
    found = who.who([to("a")])
    assert found.certain == {"a"}
    assert found.possible == {"a", "Organization/o"}


# -- the vault's own names


def of_vault(
    *known: Tree, organisations: tuple[str, ...] = (), users: tuple[str, ...] = (), mentioned: tuple[str, ...] = ()
) -> Directory:
    return directory_of(known, [], organisations=organisations, users=users, mentioned=mentioned, now=NOW)


RIVER = {
    "resourceType": "Organization",
    "fullName": "Organization/r",
    "names": ["Organization/r"],
    "name": "River  Ward",
}


def test_an_organisation_of_the_vault_is_the_one_that_bears_its_name() -> None:
    who = of_vault(RIVER, organisations=("river ward",))
    assert "Organization/r" in who.names(to(organisation_name("River Ward")))


def test_two_that_bear_the_name_may_either_be_it_and_a_name_the_vault_does_not_know_is_possible_only() -> None:
    other = {**RIVER, "fullName": "Organization/s", "names": ["Organization/s"]}
    for who in (
        of_vault(RIVER, other, organisations=("River Ward",)),
        of_vault(RIVER, other, mentioned=(organisation_name("River Ward"),)),
    ):
        found = who.who([to(organisation_name("River Ward"))])
        assert found.certain == {organisation_name("River Ward")}
        assert {"Organization/r", "Organization/s"} <= found.possible


@pytest.mark.parametrize(
    "name",
    [
        {"text": "Dr Anita Patel"},
        [{"prefix": ["Dr"], "given": ["Anita"], "family": "Patel"}],
        [{"prefix": ["Dr"], "given": ["Anita"], "family": ["Patel"]}],
        [3, {"text": "dr  anita PATEL"}],
    ],
)
def test_a_user_may_be_the_practitioner_of_their_name(name: Any) -> None:
    doctor = {"resourceType": "Practitioner", "names": ["Practitioner/p"], "name": name}
    found = of_vault(doctor, users=("Dr Anita Patel",)).who([to(user_name("Dr Anita Patel"))])
    assert "Practitioner/p" in found.possible
    assert "Practitioner/p" not in found.certain


@pytest.mark.parametrize("name", [None, 3, [], {}, {"family": 3, "given": "Anita"}, ["Patel"]])
def test_one_whose_name_cannot_be_read_is_nobody_here(name: Any) -> None:
    for kind in ("Practitioner", "Organization"):
        tree = {"resourceType": kind, "names": ["X/p"], "name": name}
        who = of_vault(tree, users=("Patel",), organisations=("Patel",))
        for mine in (user_name("Patel"), organisation_name("Patel")):
            assert "X/p" not in who.who([to(mine)]).possible


def test_one_organisation_from_several_files_is_one() -> None:
    one = {
        "resourceType": "Organization",
        "names": ["Organization/1"],
        "identifier": number("Y1", "urn:ods"),
        "name": "River",
    }
    two = {
        "resourceType": "Organization",
        "names": ["Organization/2"],
        "identifier": number("Y2", "urn:ods"),
        "name": "River",
    }
    both = {
        "resourceType": "Organization",
        "names": ["Organization/3"],
        "identifier": [*number("Y1", "urn:ods"), *number("Y2", "urn:ods")],
        "name": "river",
    }
    who = of_vault(one, two, both, organisations=("River",))
    assert {"Organization/1", "Organization/2", "Organization/3"} <= who.names(to(organisation_name("River")))


def test_those_who_share_a_number_under_different_names_stay_apart() -> None:
    one = {"resourceType": "Organization", "names": ["Organization/1"], "identifier": number("Y1"), "name": "River"}
    two = {"resourceType": "Organization", "names": ["Organization/2"], "identifier": number("Y1"), "name": "Delta"}
    nameless = {"resourceType": "Organization", "names": [], "name": "River"}
    who = of_vault(one, two, nameless, organisations=("River",))
    assert "Organization/2" not in who.names(to(organisation_name("River")))
    assert "Organization/1" in who.names(to(organisation_name("River")))


def test_what_is_kept_of_actors_is_who_they_are_and_who_leads_to_them() -> None:
    places = {
        "Organization/ward": {
            "resourceType": "Organization",
            "id": "ward",
            "partOf": ref("Organization/trust"),
            "telecom": ["x"],
        },
        "Organization/trust": {"resourceType": "Organization", "id": "trust", "identifier": number("T", "urn:ods")},
        "Organization/else": {"resourceType": "Organization", "id": "else"},
        "Organization/ours": {"resourceType": "Organization", "id": "ours", "name": "River"},
        "Organization/same": {"resourceType": "Organization", "id": "same", "identifier": number("T", "urn:ods")},
        "Observation/1": {"resourceType": "Observation", "performer": [ref("Organization/ward")]},
    }
    found = known_actors([consent("OPTIN", {"type": "deny", "actor": [actor("Organization/ward")]})], places, ["river"])
    assert [one["fullName"] for one in found] == [
        "Organization/ours",
        "Organization/same",
        "Organization/trust",
        "Organization/ward",
    ]
    assert not any("telecom" in one for one in found)


def test_what_is_neither_organisation_nor_practitioner_bears_no_name_of_the_vault() -> None:
    team = {"resourceType": "CareTeam", "names": ["CareTeam/t"], "name": "River Ward"}
    who = of_vault(team, organisations=("River Ward",), users=("River Ward",))
    for mine in (organisation_name("River Ward"), user_name("River Ward")):
        assert "CareTeam/t" not in who.who([to(mine)]).possible
