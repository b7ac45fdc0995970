"""The tables of the law say here what their rows say, and one that names what does not exist is refused."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib import resources
from typing import Any

import pytest
from gatekit import PERSON, entry, request

from consent import limits, need_to_know, overrides
from consent.decision import Attributes, Decision, attributes
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.limits import Limits, NeedToKnow, ProtectedIdentities, SetLimit, limits_on, resource_of
from consent.need_to_know import NeedTable
from consent.request import ROLES, Request
from fhir.entries import EntryId


def tree(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("consent") / f"{name}.toml").read_text("utf-8"))


def test_every_row_of_need_to_know_is_read_as_it_is_written() -> None:
    rows = tree("need_to_know")
    read = NeedTable(rows)
    assert read.version == rows["version"]
    assert [(one.key, one.name, one.words, one.kinds) for one in read.information] == [
        (row["key"], row["name"], row["words"], set(row["kinds"])) for row in rows["information"]
    ]
    assert [(one.number, one.roles, one.information, one.words, one.source) for one in read.rules] == [
        (n, set(row["roles"]), set(row["information"]), row["words"], row["source"])
        for n, row in enumerate(rows["rule"], 1)
    ]
    assert need_to_know.need_to_know.__wrapped__().rules == read.rules


def test_kinds_of_safeguarding_information_are_told_apart_and_the_rest_is_one_kind() -> None:
    read = NeedTable(tree("need_to_know"))
    assert read.kind_of("marac") == "marac"
    assert read.kind_of("looked-after") == "child-protection"
    assert read.kind_of("no-such") == read.kind_of("") == "concern"
    named = tree("need_to_know")
    named["information"] = [row for row in named["information"] if row["key"] != "concern"]
    named["rule"] = [row for row in named["rule"] if "concern" not in row["information"]]
    assert NeedTable(named).kind_of("no-such") == ""
    assert NeedTable(named).need("gp", "no-such") is None
    first = read.need("gp", "fgm")
    assert first is not None
    assert first.information == {"fgm"}
    assert read.need("pharmacist", "fgm") is None
    assert [role for role in ROLES if read.every(role)] == [
        role
        for role in ROLES
        if all(any(role in row.roles and one.key in row.information for row in read.rules) for one in read.information)
    ]
    assert read.every("gp")
    assert not read.every("pharmacist")


def test_a_duty_to_know_is_one_for_its_kind_of_information(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tree("need_to_know")
    rows["rule"][1]["roles"] = ["pharmacist"]
    monkeypatch.setattr(limits, "need_to_know", lambda: NeedTable(rows))
    for kind, sees in (("fgm", "pharmacist"), ("marac", "gp"), ("anything", "gp")):
        item = attributes(LabelledEntry(entry("Flag/1", kind=kind), ("safeguarding",)))
        kept = [role for role in ("pharmacist", "gp") if NeedToKnow().rule_on(item, request(role)) is not None]
        assert kept == [role for role in ("pharmacist", "gp") if role != sees], kind


@pytest.mark.parametrize("change", [{"roles": ["neighbour"]}, {"information": ["gossip"]}, {"roles": ["gp", "x"]}])
def test_a_row_of_need_to_know_that_names_what_does_not_exist_is_refused(change: dict[str, Any]) -> None:
    rows = tree("need_to_know")
    rows["rule"][1] |= change
    with pytest.raises(PolicyError, match="row 2 of need to know"):
        NeedTable(rows)


def test_a_row_of_need_to_know_may_name_every_role_and_every_kind() -> None:
    rows = tree("need_to_know")
    rows["rule"][0] |= {"roles": list(ROLES), "information": [row["key"] for row in rows["information"]]}
    assert NeedTable(rows).every("pharmacist")


@pytest.mark.parametrize(("name", "part"), [("version", ""), ("information", "kinds"), ("rule", "words")])
def test_need_to_know_without_a_part_is_refused(name: str, part: str) -> None:
    rows = tree("need_to_know")
    (rows[name][0] if part else rows).pop(part or name)
    with pytest.raises(PolicyError, match="lacks a part"):
        NeedTable(rows)


def test_every_row_of_the_lawful_limits_is_read_as_it_is_written() -> None:
    rows = tree("limits")
    read = Limits(rows)
    assert read.version == rows["version"]
    assert set(read.limits) == {row["key"] for row in rows["limit"]}
    for row in rows["limit"]:
        one = read.limits[row["key"]]
        assert (one.key, one.name, one.words, one.source) == (row["key"], row["name"], row["words"], row["source"])
        assert (one.binds, one.health, one.social_care) == tuple(
            set(row[name]) for name in ("binds", "health", "social_care")
        )
        assert (one.needs_review, one.silent) == (row["needs_review"], row.get("silent", False))
    for row in rows["identity"]:
        kept = read.identities[row["key"]]
        assert (kept.key, kept.name, kept.words, kept.source) == (row["key"], row["name"], row["words"], row["source"])
        assert (kept.may, kept.with_permission) == (set(row["may"]), set(row["with_permission"]))
    assert {one.silent for one in read.limits.values()} == {True, False}
    assert limits.limits.__wrapped__().limits == read.limits


@pytest.mark.parametrize("part", ["binds", "health", "social_care"])
def test_a_limit_that_names_a_role_that_does_not_exist_is_refused(part: str) -> None:
    rows = tree("limits")
    rows["limit"][0][part] = [*rows["limit"][0][part], "neighbour"]
    with pytest.raises(PolicyError, match="names a role that does not exist"):
        Limits(rows)


@pytest.mark.parametrize("part", ["may", "with_permission"])
def test_a_protected_identity_that_names_a_role_that_does_not_exist_is_refused(part: str) -> None:
    rows = tree("limits")
    rows["identity"][0][part] = ["neighbour"]
    with pytest.raises(PolicyError, match="names a role that does not exist"):
        Limits(rows)


def test_a_limit_may_bind_everyone() -> None:
    rows = tree("limits")
    rows["limit"][0]["binds"] = list(ROLES)
    rows["identity"][0]["may"] = list(ROLES)
    found = Limits(rows)
    assert found.limits[rows["limit"][0]["key"]].binds == set(ROLES)
    assert found.identities[rows["identity"][0]["key"]].may == set(ROLES)


def test_the_first_limit_that_binds_a_role_is_told_and_unknown_ones_bind_nobody() -> None:
    read = Limits(tree("limits"))
    assert read.binding(["NO-SUCH"], "person") is None
    assert read.binding(["NOPAT"], "gp") is None
    found = read.binding(["NOPAT", "NO-SUCH", "THIRD-PARTY"], "person")
    assert found is not None
    assert found.key == "NOPAT"


def test_every_row_of_the_overrides_is_read_as_it_is_written() -> None:
    rows = tree("overrides")
    read = overrides.read(rows)
    assert (read.version, read.first_sections) == (rows["version"], tuple(rows["first"]["sections"]))
    assert read.first_kinds == set(rows["first"]["kinds"])
    for row in rows["override"]:
        kind = read.kinds[row["key"]]
        for name, value in row.items():
            assert getattr(kind, name) == (set(value) if name in ("who", "second") else value), name
    for part in ("who", "second"):
        rows["override"][0][part] = ["neighbour"]
        with pytest.raises(PolicyError, match="role that does not exist"):
            overrides.read(rows)
        rows["override"][0][part] = list(ROLES)
        assert overrides.read(rows)


def limit(**values: Any) -> SetLimit:
    given: dict[str, Any] = {
        "person": PERSON,
        "kind": "SERIOUS-HARM",
        "entries": frozenset({EntryId("e-1")}),
        "reason": "Danger",
        "set_by": "doc",
        "role": "gp",
        "wrote": "health",
        "set_on": date(2026, 1, 1),
        "review": date(2027, 1, 1),
    }
    return SetLimit(**(given | values))


DAY = date(2026, 6, 15)


def bound_by(*declared: SetLimit, name: str = "e-1", resource: str = "", own: tuple[str, ...] = ()) -> tuple[str, ...]:
    return limits_on(EntryId(name), own, declared, (PERSON,), DAY, resource)


def test_a_limit_that_may_not_be_set_so_stands_in_the_way_of_no_other() -> None:
    wrong = limit(kind="THIRD-PARTY", reason=" ")
    assert bound_by(wrong, limit(), own=("NOPAT",)) == ("NOPAT", "SERIOUS-HARM")
    assert bound_by(limit(kind="NO-SUCH"), limit()) == ("SERIOUS-HARM",)


def test_a_limit_holds_for_every_state_of_its_resource_and_for_nothing_without_a_name() -> None:
    meant = limit(entries=frozenset({EntryId("e-9")}), resources=frozenset({"Y00001 Condition/1", ""}))
    assert bound_by(meant, resource="Y00001 Condition/1") == ("SERIOUS-HARM",)
    assert bound_by(meant, resource="Y00001 Condition/2") == ()
    assert bound_by(meant) == ()
    assert bound_by(meant, name="e-9") == ("SERIOUS-HARM",)
    assert resource_of(entry("Condition/1")) == "Y00001 Condition/1"
    assert resource_of(entry("Condition/")) == ""


def test_a_protected_identity_asks_the_persons_choices_of_this_entry_and_this_request() -> None:
    item = attributes(LabelledEntry(entry("Condition/1"), ("general",), "", ("GENDER-RECOGNITION",)))
    asked = request("gp")

    class Choices:
        name = "choices"

        def rule_on(self, about: Attributes, by: Request) -> Decision | None:
            assert (about, by) == (item, asked)
            return Decision("permit")

    assert ProtectedIdentities(Choices()).rule_on(item, asked) is None
    assert ProtectedIdentities().rule_on(item, asked) is not None
