"""Contradictions beside the older ones: CPR, deaths, stopped medicines, who the person is; and evidence in words."""

from __future__ import annotations

from typing import Any

import pytest
from gatekit import COUNCIL, HOSPITAL, SURGERY, entry

from fhir.contradictions import Contradiction, contradictions
from fhir.entries import Entry, EntryId, When
from fhir.evidence import evidence
from fhir.people import Address, Demographics, Identifier, Identity, PersonName
from fhir.person_conflicts import person_conflicts


def medicine(name: str, title: str, *, active: bool = True, start: str = "2026-01-05", **values: Any) -> Entry:
    values.setdefault("when", When(start=start))
    return entry(
        f"MedicationRequest/{name}",
        section="medicines",
        kind="medicine-request",
        title=title,
        active=active,
        codes=(),
        **values,
    )


def allergy(name: str, title: str, **values: Any) -> Entry:
    return entry(f"AllergyIntolerance/{name}", section="allergies", kind="allergy", title=title, codes=(), **values)


def kinds(*entries: Entry) -> dict[str, str]:
    return {one.kind: one.severity for one in contradictions(entries)}


def cpr(name: str, title: str, **values: Any) -> Entry:
    return entry(f"Observation/{name}", section="end-of-life", kind="cpr-decision", title=title, codes=(), **values)


def test_cpr_decisions_that_do_not_say_the_same_are_most_severe_and_given_in_words() -> None:
    both = cpr("1", "For attempted CPR"), cpr("2", "Not for attempted CPR", source=HOSPITAL)
    [found] = contradictions(both)
    assert (found.kind, found.severity) == ("cpr", "high")
    assert "For attempted CPR" in found.text
    assert "Not for attempted CPR" in found.text
    assert found.text.endswith("Check the signed form.")
    assert kinds(both[0], cpr("3", "For attempted CPR", source=HOSPITAL)) == {}
    assert kinds(both[0], cpr("4", "Not for attempted CPR", active=False)) == {}


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Not for attempted CPR", "DNACPR form completed", False),
        ("CPR status: Not for CPR", "Do Not Resuscitate", False),
        ("For attempted CPR", "For full resuscitation", False),
        ("DNACPR", "For CPR", True),
        ("DNACPR", "DNACPR in place: no", True),
        ("DNACPR", "DNACPR cancelled", True),
        ("DNACPR in place: no", "DNACPR in place?: No", True),
        ("Not for CPR", "Not done: Not for CPR", True),
        ("Not for CPR", "Do not do: Cardiopulmonary resuscitation", True),
        ("Not for CPR", "CPR status", True),
    ],
)
def test_decisions_in_other_words_agree_only_where_each_says_so_plainly(one: str, other: str, differ: bool) -> None:
    found = kinds(cpr("1", one), cpr("2", other, source=HOSPITAL))
    assert found == ({"cpr": "high"} if differ else {})


@pytest.mark.parametrize(
    ("allergen", "taken"),
    [
        ("Penicillin", "Augmentin 625mg tablets"),
        ("Amoxicillin", "Co-amoxiclav 500mg/125mg tablets"),
        ("Codeine phosphate", "Co-codamol 30mg/500mg tablets"),
        ("Trimethoprim", "Septrin 480mg tablets"),
        ("Ramipril", "Lisinopril 10mg tablets"),
        ("Erythromycin", "Clarithromycin 250mg tablets"),
    ],
)
def test_an_allergy_meets_a_medicine_by_ingredient_or_group(allergen: str, taken: str) -> None:
    assert kinds(allergy("1", allergen), medicine("2", taken)) == {"allergy-medicine": "high"}


@pytest.mark.parametrize(
    ("allergen", "taken"),
    [("Penicillin", "Paracetamol 500mg tablets"), ("Penicillin", "Cefalexin 250mg capsules"), ("Nuts", "Senna 7.5mg")],
)
def test_other_medicines_are_not_suspected(allergen: str, taken: str) -> None:
    assert kinds(allergy("1", allergen), medicine("2", taken)) == {}


def test_no_known_allergies_against_a_known_one() -> None:
    none = entry("List/1", section="allergies", kind="none-known", title="No known allergies", assertion="none-known")
    assert kinds(none, allergy("1", "Latex", source=HOSPITAL)) == {"allergy-none-known": "high"}
    assert kinds(none) == {}


def test_a_medicine_stopped_in_one_place_and_in_use_in_another() -> None:
    stopped = medicine("1", "Ramipril 2.5mg capsules", active=False, status="stopped", source=HOSPITAL,
                       when=When(start="2025-01-01", end="2026-03-01"))  # fmt: skip
    used = medicine("2", "Ramipril 5mg capsules", source=SURGERY)
    assert kinds(stopped, used) == {"stopped": "high"}
    later = medicine("3", "Ramipril 5mg capsules", start="2026-04-01", source=SURGERY)
    assert kinds(stopped, later) == {}
    own = medicine("4", "Ramipril 5mg capsules", source=HOSPITAL)
    assert kinds(stopped, own) == {}


def test_a_medicine_of_the_discharge_that_the_gp_does_not_have() -> None:
    left = entry("Encounter/1", section="discharges", kind="discharge", title="Discharge", codes=(),
                 when=When(start="2026-01-04"), source=HOSPITAL)  # fmt: skip
    listed = medicine("1", "Senna 7.5mg tablets", source=SURGERY)
    given = medicine("2", "Apixaban 5mg tablets", source=HOSPITAL)
    assert kinds(left, listed, given) == {"not-on-list": "medium"}
    assert kinds(left, listed, given, medicine("3", "Apixaban 2.5mg tablets", start="2020-01-01", source=SURGERY)) in (
        {},
        {"dose": "medium"},
    )
    assert kinds(left, given) == {}, "without a GP's list there is nothing to miss it on"
    assert kinds(listed, given) == {}


def who(**values: Any) -> Demographics:
    addresses = values.pop("addresses", ())
    values.setdefault("names", (PersonName(family="Reed", given=("Ann",)),))
    return Demographics(identity=Identity(**values), addresses=addresses)


def said(*known: Demographics, facts: tuple[Entry, ...] = (), addresses: bool = True) -> dict[str, Contradiction]:
    pairs = [(EntryId(f"e{n}"), one) for n, one in enumerate(known)]
    return {one.kind: one for one in person_conflicts(pairs, facts, addresses=addresses)}


def test_dates_of_death_differ_only_where_they_cannot_both_be_right() -> None:
    assert said(who(deceased="2026-03-01"), who(deceased="2026-03-02"))["death-date"].severity == "high"
    assert said(who(deceased="2026-03"), who(deceased="2026-03-02")) == {}
    assert said(who(deceased="yes"), who(deceased="2026-03-02")) == {}


def test_what_is_recorded_after_a_death_is_asked_about() -> None:
    visit = entry(
        "Encounter/1", section="contacts", kind="contact", title="Visit", codes=(), when=When(start="2026-04-01")
    )
    assert set(said(who(deceased="2026-03-02"), facts=(visit,))) == {"after-death"}
    assert said(who(), facts=(visit,)) == {}


def test_numbers_births_and_addresses_that_differ() -> None:
    one = who(nhs_number="9990000018", nhs_status="verified", birth_date="1990-01-02",
              addresses=(Address(lines=("1 High Street",), postcode="ZZ99 3WX"),))  # fmt: skip
    other = who(nhs_number="9990000026", nhs_status="verified", birth_date="1991",
                addresses=(Address(lines=("2 Low Street",), postcode="ZZ99 4WX"),))  # fmt: skip
    found = said(one, other)
    assert {kind: one.severity for kind, one in found.items()} == {
        "nhs-number": "high",
        "birth-date": "medium",
        "address": "low",
    }
    assert "address" not in said(one, other, addresses=False)
    assert said(one, other, one)["address"].entries == ("e0", "e1", "e2"), "everyone who gives a home is named"
    assert not any(street in one.text for one in found.values() for street in ("High", "Low", "ZZ99"))
    assert said(one, who(birth_date="1990")) == {}


MRN = "https://hospital.example.nhs.uk/mrn"


def person(family: str, given: str, born: str = "", **values: Any) -> Identity:
    return Identity(names=(PersonName(family=family, given=(given,), use="official"),), birth_date=born, **values)


def test_evidence_says_what_agrees_differs_and_is_missing_and_how_much_it_counts() -> None:
    one = person("Reed", "Ann", "1990-01-02", gender="female", identifiers=(Identifier(MRN, "M44211"),))
    other = person("Hartley", "Ann", "1990-02-01", nhs_number="9990000018", nhs_status="verified")
    found = evidence(one, other)
    lines = {line.label: line for line in found.lines}
    assert lines["Date of birth"].agreement == "near"
    assert lines["Name"].words == "Given names agree and family names differ, as after marriage"
    assert lines["NHS number"].agreement == "missing"
    assert lines["Gender"].agreement == "missing"
    assert found.strength == "slight"
    assert found.words.startswith("Too little to tell.")


@pytest.mark.parametrize(
    ("one", "other", "strength"),
    [
        (person("Reed", "Ann", "1990-01-02", nhs_number="9990000018", nhs_status="verified"),
         person("Reed", "Ann", "1990-01-02", nhs_number="9990000018", nhs_status="verified"), "strong"),
        (person("Reed", "Ann", "1990-01-02"), person("Reed", "Ann", "1990-01-02"), "fair"),
        (person("Reed", "John", "1938-02-14"), person("Reed", "John", "1967-08-01"), "against"),
        (person("Hill", "Amy", "2017-05-15", nhs_number="9990000018", nhs_status="verified"),
         person("Hill", "Zoe", "2017-05-15", nhs_number="9990000026", nhs_status="verified"), "against"),
        (person("Reed", "Ann"), person("Reed", "Ann"), "slight"),
    ],
)  # fmt: skip
def test_the_strength_of_evidence_and_its_symmetry(one: Identity, other: Identity, strength: str) -> None:
    found, turned = evidence(one, other), evidence(other, one)
    assert found.strength == turned.strength == strength
    assert [(line.one, line.other) for line in found.lines] == [(line.other, line.one) for line in turned.lines]
    assert found.words == turned.words


def test_an_earlier_name_that_agrees_is_said_without_telling_it() -> None:
    married = Identity(
        names=(PersonName(family="Hartley", given=("Ann",), use="official"),
               PersonName(family="Reed", given=("Ann",), use="maiden")),
        birth_date="1990-01-02",
    )  # fmt: skip
    name = next(line for line in evidence(married, person("Reed", "Ann", "1990-01-02")).lines if line.label == "Name")
    assert name.agreement == "agree"
    assert name.one == "Ann HARTLEY"
    assert name.words == "One record's earlier name agrees with the other's name"


def test_facts_of_the_council_are_not_read_as_medicines() -> None:
    assert kinds(entry("Task/1", source=COUNCIL), medicine("2", "Senna 7.5mg")) == {}
