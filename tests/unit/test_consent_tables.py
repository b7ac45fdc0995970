"""The tables that decisions rest on: every row says where it comes from and names only what exists."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from consent.categories import categories
from consent.defaults import Defaults, defaults
from consent.errors import PolicyError
from consent.request import ROLES, STAFF_ROLES
from consent.sensitivity import tables
from consent.sensitivity.tables import Origin, codes, security_labels, shape, words
from fhir.sections import sections

_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def verhoeff(code: str) -> bool:
    """Whether the last digit of a SNOMED CT id is right (SNOMED CT release file specification, Verhoeff)."""
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_D[check][int(_P[place % 8][int(digit)])])
    return check == 0


def loinc_check(code: str) -> bool:
    """Whether the digit after the dash is right (LOINC users' guide: Luhn, modulus 10)."""
    number, _, given = code.partition("-")
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 - place % 2)
        total += value // 10 + value % 10
    return given == str(-total % 10)


def table(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(package) / name).read_text("utf-8"))


def test_every_row_of_the_sensitivity_tables_names_a_category_a_source_and_a_version() -> None:
    rows = [*table("consent.sensitivity", "codes.toml")["row"], *table("consent.sensitivity", "words.toml")["row"]]
    rows += table("consent.sensitivity", "labels.toml")["sensitivity"]
    for row in rows:
        assert row["category"] in categories()
        assert row["source"]
        assert row["version"]
    for row in table("consent.sensitivity", "words.toml")["row"]:
        assert all(word == word.casefold() and word.replace(" ", "").isalnum() for word in row["words"]), row["words"]


def test_every_row_of_codes_says_how_it_was_verified_and_has_the_form_of_its_system() -> None:
    rows = table("consent.sensitivity", "codes.toml")["row"]
    listed: set[tuple[str, str, str]] = set()
    for row in rows:
        assert row["verified"], row["source"]
        assert row.get("codes") or row.get("prefixes"), row["source"]
        systems = row["systems"]
        for code, display in row.get("codes", {}).items():
            assert display
            assert code == code.strip()
            for system in systems:
                assert (system, code, row["category"]) not in listed, f"{code} stands twice"
                listed.add((system, code, row["category"]))
            if "snomed" in systems:
                assert re.fullmatch(r"[1-9][0-9]{5,17}", code), code
                assert code[-3:-1] in {"00", "10"}, f"{code} is not the id of a concept"
                assert verhoeff(code), f"{code} {display}: the check digit is wrong"
            if "loinc" in systems:
                assert loinc_check(code), f"{code} {display}: the check digit is wrong"
            if "ctv3" in systems:
                assert re.fullmatch(r"[0-9A-Za-z]{1,5}\.*", code), code
                assert len(code) == 5, code
        for prefix in row.get("prefixes", ()):
            if "icd10" in systems:
                assert re.fullmatch(r"[A-Z]([0-9]([0-9](\.[0-9])?)?)?", prefix), prefix
            elif "bnf" in systems:
                assert re.fullmatch(r"(0[1-9]|1[0-9]|2[0-3])[0-9]{2,5}", prefix), prefix
            else:
                assert re.fullmatch(r"[0-9A-Za-z]{1,5}", prefix), prefix


def test_the_checks_of_form_find_a_wrong_digit() -> None:
    assert verhoeff("35489007")
    assert not verhoeff("35489008")
    assert loinc_check("44261-6")
    assert not loinc_check("44261-5")


@pytest.mark.parametrize("category", ["mental-health", "sexual-reproductive", "drugs-alcohol"])
def test_every_kind_of_code_used_in_england_is_there_for_what_is_most_often_coded(category: str) -> None:
    rows = table("consent.sensitivity", "codes.toml")["row"]
    systems = {system for row in rows if row["category"] == category for system in row["systems"]}
    assert {"snomed", "icd10", "loinc", "readv2", "bnf"} <= systems


CODED = {
    "mental-health": {"snomed", "icd10", "loinc", "readv2", "bnf", "dmd"},
    "sexual-reproductive": {"snomed", "icd10", "loinc", "readv2", "ctv3", "bnf"},
    "gender-identity": {"snomed", "icd10", "loinc", "readv2"},
    "drugs-alcohol": {"snomed", "icd10", "loinc", "readv2", "bnf"},
    "domestic-abuse": {"snomed", "loinc"},
    "children-family": {"snomed", "icd10"},
    "justice": {"snomed", "icd10", "loinc"},
    "money": {"icd10"},
    "safeguarding": {"snomed", "icd10", "safeguarding-codes-bars"},
}
"""Code systems that know each category. Social care and *about me* are told by their section and by who wrote them."""


@pytest.mark.parametrize("category", sorted(categories()))
def test_every_category_is_known_by_codes_or_by_its_place(category: str) -> None:
    rows = table("consent.sensitivity", "codes.toml")["row"]
    coded = {system for row in rows if row["category"] == category for system in row["systems"]}
    assert coded >= CODED.get(category, set())
    placed = {*shape().section.values(), *shape().lane.values(), *shape().type.values()}
    assert coded or category in placed


def test_every_table_of_labels_and_links_says_where_it_is_from_and_of_which_version() -> None:
    labels, links = table("consent.sensitivity", "labels.toml"), table("consent.sensitivity", "shape.toml")
    rows = [row for kind in ("system", "sensitivity", "limit", "harmless") for row in labels[kind]]
    rows += [links[name] for name in ("sections", "lanes", "types", "links")]
    for row in rows:
        assert row["source"]
        assert row["version"]


def origin(group: dict[str, Any]) -> Origin:
    return Origin(group["source"], group["version"])


def test_every_single_row_has_its_own_source_and_version_when_the_tables_are_loaded() -> None:
    """In the files a source stands once for the rows of a group; loaded, every code, word, label and place has it."""
    for row in table("consent.sensitivity", "codes.toml")["row"]:
        for system in row["systems"]:
            for code in row.get("codes", {}):
                assert codes().origins(system, code)[row["category"]].source, code
            for prefix in row.get("prefixes", ()):
                assert codes().origins(system, prefix)[row["category"]].version, prefix
    for row in table("consent.sensitivity", "words.toml")["row"]:
        for word in set(row["words"]) - set(row.get("not", ())):
            assert words().origins(row["where"], word)[row["category"]] == origin(row), word
    for row in table("consent.sensitivity", "labels.toml")["sensitivity"]:
        for code in row["codes"]:
            assert security_labels().origins([("urn:any", code)]) == {row["category"]: origin(row)}
    places = table("consent.sensitivity", "shape.toml")
    rows = shape().origins
    assert {name for about, name in rows if about == "section"} == set(places["sections"]["category"])
    assert {name for about, name in rows if about == "type"} == {*places["types"]["general"], *places["types"]["money"]}
    assert rows["lane", "social-care"] == origin(places["lanes"])
    lists = {key: value for key, value in places["links"].items() if isinstance(value, list)}
    assert all(rows[about, name] == origin(places["links"]) for about, names in lists.items() for name in names)
    assert all(one.source and one.version for one in rows.values())


@pytest.mark.parametrize("missing", ["source", "version"])
def test_a_row_that_does_not_say_where_it_is_from_is_refused(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    whole = table("consent.sensitivity", "words.toml")
    del whole["row"][0][missing]
    monkeypatch.setattr(tables, "_table", lambda name: whole)
    with pytest.raises(PolicyError, match="does not say where it is from"):
        tables.Words()


def test_every_excluded_category_of_the_rcgp_has_codes_or_words() -> None:
    """HIV and other infections, termination, assisted conception, gender reassignment, abuse, convictions."""
    sct, icd = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
    for system, code, category in (
        (sct, "165816005", "sexual-reproductive"),
        (sct, "8098009", "sexual-reproductive"),
        (sct, "386639001", "sexual-reproductive"),
        (sct, "52637005", "sexual-reproductive"),
        (sct, "407376001", "gender-identity"),
        (sct, "429746005", "domestic-abuse"),
        (sct, "704659007", "safeguarding"),
        (sct, "105568001", "justice"),
        (icd, "Z65.0", "justice"),
        (icd, "Z650", "justice"),
        ("http://read.info/ctv3", "XaFuL", "sexual-reproductive"),
        ("https://fhir.hl7.org.uk/Id/bnf-drug-codes", "0410030C0AAAFAF", "drugs-alcohol"),
        ("https://dmd.nhs.uk", "42014311000001106", "mental-health"),
    ):
        assert category in dict(codes().categories(system, code)), code
    assert not codes().categories("http://read.info/ctv3", "xafuL")


def test_every_row_of_the_defaults_says_why_in_words_and_where_from() -> None:
    for row in table("consent", "defaults.toml")["rule"]:
        assert row["words"]
        assert row["source"]
    assert table("consent", "defaults.toml")["version"]


def test_the_shape_table_names_only_known_sections_and_categories() -> None:
    assert set(shape().section) <= set(sections())
    assert set(shape().section.values()) | set(shape().lane.values()) | shape().travels <= set(categories())
    assert set(shape().type.values()) <= set(categories())


def test_every_sensitivity_code_of_a_category_is_understood_as_that_category() -> None:
    for category in categories().values():
        for code in category.sensitivity:
            meaning = security_labels().meaning([("http://terminology.hl7.org/CodeSystem/v3-ActCode", code)])
            assert meaning.categories == {category.key}


def test_every_staff_role_has_a_row_and_no_other_role_has_one() -> None:
    assert {role for role in ROLES if defaults().knows(role)} == STAFF_ROLES


def test_only_a_tester_row_is_for_test_data_only() -> None:
    assert {role for rule in defaults().rules if rule.test_data_only for role in rule.roles} == {"tester"}
    assert not any("tester" in rule.roles for rule in defaults().rules if not rule.test_data_only)


@pytest.mark.parametrize(
    "change",
    [{"categories": ["gossip"]}, {"sections": ["attic"]}, {"roles": ["neighbour"]}],
)
def test_a_row_that_names_what_does_not_exist_is_refused(change: dict[str, list[str]]) -> None:
    broken = table("consent", "defaults.toml")
    broken["rule"][0] |= change
    with pytest.raises(PolicyError):
        Defaults(broken)


def test_a_table_that_forgets_a_purpose_is_refused() -> None:
    broken = table("consent", "defaults.toml")
    broken["purpose"][1]["keys"].remove("BTG")
    with pytest.raises(PolicyError):
        Defaults(broken)
