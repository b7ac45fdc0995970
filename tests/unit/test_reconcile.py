"""Facts that several sources report, and facts that contradict each other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from gatekit import COUNCIL, HOSPITAL, SURGERY, entry

from fhir.entries import Code, Entry, Field, When
from fhir.reconcile import contradictions, same_facts

ASTHMA = (Code("http://snomed.info/sct", "195967001", "Asthma"),)


def problem(name: str, start: str, **values: Any) -> Entry:
    values.setdefault("codes", ASTHMA)
    return entry(f"Condition/{name}", when=When(start=start), **values)


def kinds(*entries: Entry) -> list[str]:
    return [one.kind for one in contradictions(entries)]


def test_equal_code_and_day_from_two_sources_is_one_fact_that_agrees() -> None:
    [one] = same_facts([problem("1", "2019-05-01"), problem("2", "2019-05-01", source=HOSPITAL)])
    assert one.entries == ("e-condition-1", "e-condition-2")
    assert one.agreement == "2 sources; agree on name, date"


def test_a_different_day_or_status_is_said_to_differ() -> None:
    [one] = same_facts(
        [problem("1", "2019-05-01", status="active"), problem("2", "2020-05-01", status="resolved", source=HOSPITAL)]
    )
    assert one.agreement == "2 sources; agree on name; differ on date, status"


@pytest.mark.parametrize("start", ["", "2019", "2019-05"])
def test_undated_and_fuzzy_dates_never_merge(start: str) -> None:
    assert same_facts([problem("1", start), problem("2", start, source=HOSPITAL)]) == []


def test_two_of_one_source_are_left_apart() -> None:
    twice = [problem("1", "2019-05-01"), problem("2", "2019-05-01"), problem("3", "2019-05-01", source=HOSPITAL)]
    assert same_facts(twice) == []
    assert same_facts(twice[:2]) == []


def test_past_problems_and_results_merge_only_on_the_same_day() -> None:
    ended = [problem("1", "2019-05-01", active=False), problem("2", "2020-05-01", active=False, source=HOSPITAL)]
    assert same_facts(ended) == []
    results = [problem(n, day, section="results", source=source) for n, day, source in _results()]
    assert same_facts(results) == []


def _results() -> list[tuple[str, str, Any]]:
    return [("1", "2019-05-01", SURGERY), ("2", "2019-05-02", HOSPITAL)]


def test_what_is_not_a_fact_never_merges() -> None:
    assert (
        same_facts([problem("1", "2019-05-01"), problem("2", "2019-05-01", source=HOSPITAL, assertion="not-a-fact")])
        == []
    )


def allergy(title: str, **values: Any) -> Entry:
    return entry("AllergyIntolerance/1", section="allergies", kind="allergy", title=title, **values)


def medicine(title: str, name: str = "1", **values: Any) -> Entry:
    values.setdefault("active", True)
    return entry(f"MedicationRequest/{name}", section="medicines", kind="medicine", title=title, **values)


def test_an_allergy_against_a_medicine_is_found_by_name_and_by_group() -> None:
    assert kinds(allergy("Allergy to amoxicillin"), medicine("Amoxicillin 250mg capsules")) == ["allergy-medicine"]
    assert kinds(allergy("Penicillin"), medicine("Flucloxacillin 500mg capsules")) == ["allergy-medicine"]
    [one] = contradictions([allergy("Penicillin"), medicine("Flucloxacillin 500mg capsules")])
    assert one.severity == "high"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (allergy("Peanut"), medicine("Amoxicillin 250mg capsules")),
        (allergy("Allergy to latex sodium tablets"), medicine("Warfarin sodium 5mg tablets")),
        (allergy("Penicillin"), medicine("Amoxicillin 250mg capsules", active=False)),
        (allergy("Penicillin", assertion="not-a-fact"), medicine("Amoxicillin 250mg capsules")),
        (allergy("Penicillin", active=False), medicine("Amoxicillin 250mg capsules")),
    ],
)
def test_no_contradiction_is_invented(first: Entry, second: Entry) -> None:
    assert kinds(first, second) == []


def test_one_medicine_with_two_doses_is_a_contradiction() -> None:
    code = (Code("https://dmd.nhs.uk", "1", "Warfarin"),)
    one = medicine("Warfarin", codes=code, fields=(Field("Dose", "3 mg daily"),))
    other = medicine("Warfarin", "2", codes=code, fields=(Field("Dose", "5 mg daily"),), source=HOSPITAL)
    same = medicine("Warfarin", "3", codes=code, fields=(Field("Dose", "3 MG  daily"),), source=HOSPITAL)
    assert kinds(one, other) == ["dose"]
    assert kinds(one, same) == []


def test_two_next_of_kin_are_a_contradiction_and_one_with_a_title_is_not() -> None:
    def kin(name: str, title: str, source: Any) -> Entry:
        return entry(
            f"RelatedPerson/{name}", section="personal-contacts", kind="next-of-kin", title=title, source=source
        )

    assert kinds(kin("1", "Bob Example", SURGERY), kin("2", "Cy Example", COUNCIL)) == ["next-of-kin"]
    assert kinds(kin("1", "Bob Example", SURGERY), kin("2", "Mr Bob EXAMPLE", COUNCIL)) == []


def test_visits_after_a_package_has_ended_are_a_contradiction() -> None:
    package = entry(
        "EpisodeOfCare/1",
        section="services",
        kind="package",
        title="Home Support",
        source=COUNCIL,
        when=When(start="2026-01-01", end="2026-03-01"),
    )
    visit = entry(
        "Encounter/1", section="contacts", kind="care-visit", source=COUNCIL, when=When(start="2026-04-01T08:00:00Z")
    )
    earlier = entry("Encounter/2", section="contacts", kind="care-visit", source=COUNCIL, when=When(start="2026-02-01"))
    assert kinds(package, visit) == ["package-ended"]
    assert kinds(package, earlier) == []


@pytest.mark.parametrize(
    ("follows", "told"),
    [
        ({"title": "Calls", "source": COUNCIL, "codes": (Code("types", "HS"),)}, []),  # the same service, more of it
        ({"title": "Calls", "source": SURGERY, "codes": ()}, []),  # of the provider whose visits they are
        ({"title": "Meals", "source": COUNCIL, "codes": (Code("types", "ML"),)}, ["package-ended"]),
        ({"title": "Calls", "source": SURGERY, "codes": (), "start": "2026-05-01"}, ["package-ended"]),
    ],
)
def test_visits_of_the_package_that_followed_contradict_nothing(follows: dict[str, Any], told: list[str]) -> None:
    common: dict[str, Any] = {"section": "services", "kind": "package"}
    ended = entry(
        "EpisodeOfCare/1", title="Twice a day", source=COUNCIL, codes=(Code("types", "HS"),),
        when=When(start="2026-01-01", end="2026-03-01"), **common,
    )  # fmt: skip
    start = When(start=follows.pop("start", "2026-03-01"))
    next_one = entry("EpisodeOfCare/2", when=start, active=True, **common, **follows)
    provider = msgspec.structs.replace(SURGERY, lane="social-care")
    if follows["source"] is SURGERY:
        next_one = msgspec.structs.replace(next_one, source=provider)
    visit = entry(
        "Encounter/1", section="contacts", kind="visit", source=provider, when=When(start="2026-04-01T08:00:00Z")
    )
    assert kinds(ended, next_one, visit) == told


def test_where_a_line_stood_is_no_difference() -> None:
    def stay(source: Any, line: str) -> Entry:
        lines = (Field("Extract line", line), Field("Reporting period", line))
        return problem("1", "2026-01-05", source=source, fields=lines)

    [one] = same_facts([stay(SURGERY, "a.csv, line 2"), stay(COUNCIL, "b.csv, line 9")])
    assert not {"Extract line", "Reporting period"} & {field.name for field in one.fields}
