"""Preferences that records already hold: shown as what they are, and a refusal narrows like an imported Consent."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from importlib import resources
from typing import Any

import pytest
from consent_kit import ME, NOON, organisations, purpose, record, request
from gatekit import SURGERY, entry
from test_consent_tables import verhoeff

from consent.consents import read_consent
from consent.decide import Deciding, read_request
from consent.errors import PolicyError
from consent.recorded import ODS, RESTRICTED, Recorded, Table, in_force, recorded, special_consent, table
from fhir.entries import Code, Entry, Source, When
from fhir.reading import read_document

READ2 = "http://read.info/readv2"
CTV3 = "http://read.info/ctv3"
SNOMED = "http://snomed.info/sct"


def said(code: str, on: str = "2024-05-01", *, system: str = READ2, name: str = "o1", **values: Any) -> Entry:
    values.setdefault("codes", (Code(system, code),))
    return entry(f"Observation/{name}", when=When(start=on), **values)


def only(*entries: Entry, **values: Any) -> Recorded:
    found = recorded(entries, **values)
    assert len(found) == 1
    return found[0]


def refused(consent: Any, asked: list[str], who: str = "Organization/other") -> set[str]:
    """Records withheld by one recorded preference from an organisation, for these purposes."""
    surgery = {"resourceType": "Organization", "id": "surgery", "identifier": [{"system": ODS, "value": "Y00001"}]}
    written = record("gp", "N", performer=[{"reference": "Organization/surgery"}])
    ward = record("ward", "N", performer=[{"reference": "Organization/hospital"}])
    records = [written, ward, surgery, *organisations("other", "hospital")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in records]}
    document = read_document("records.json", "", json.dumps(bundle).encode())
    read = [read_consent({**consent, "patient": {"reference": ME}})]
    asking = read_request(request(who, purposes=asked), datetime.fromisoformat(NOON))
    found = Deciding(read, asking, document, consents_only=True).answer()
    if found.overall == "no-consent":
        return set()
    steps = {one.reference: one for one in found.entries if one.reference.startswith("Observation/")}
    return {
        name.split("/")[1]
        for name, one in steps.items()
        if one.effect == "withhold" and any(step.matched and step.effect == "withhold" for step in one.trace)
    }


@pytest.mark.parametrize(
    ("system", "code", "about", "says"),
    [
        (READ2, "9Ndo.", "summary-care-record", "refuses"),
        (CTV3, "XaXj6", "summary-care-record", "refuses"),
        (READ2, "9Ndm.00", "", ""),
        (READ2, "9Ndm.", "summary-care-record", "agrees"),
        (READ2, "9Ndn.", "summary-care-record", "agrees"),
        (READ2, "93C1.", "local-sharing", "refuses"),
        (READ2, "9Nd7.", "local-sharing", "agrees"),
        (READ2, "9Nu0.", "research-and-planning", "refuses"),
        (CTV3, "XaaVL", "national-data-opt-out", "refuses"),
        (READ2, "9R11.", "patient-not-to-see", "marks"),
        (READ2, "9R13.", "confidential", "marks"),
        (READ2, "416409005", "", ""),
        (SNOMED, "416409005", "local-sharing", "refuses"),
        (SNOMED, "417528008", "local-sharing", "agrees"),
        (SNOMED, "425691002", "local-sharing", "agrees"),
        (SNOMED, "416308001", "national-sharing", "refuses"),
        (SNOMED, "417370002", "national-sharing", "agrees"),
        (SNOMED, "881561000000100", "national-data-opt-out", "refuses"),
        (SNOMED, "320011000000108", "somebody-named", "marks"),
        ("http://snomed.info/sct", "9Ndo.", "", ""),
        ("urn:oid:2.16.840.1.113883.2.1.6.2", "9Ndo.", "summary-care-record", "refuses"),
        ("urn:elsewhere", "9Ndo.", "", ""),
    ],
)
def test_codes_mean_what_their_lists_say(system: str, code: str, about: str, says: str) -> None:
    found = recorded([said(code, system=system)])
    assert [(one.about, one.says) for one in found] == ([(about, says)] if about else [])


def test_a_system_that_sends_the_term_is_understood_whatever_its_code() -> None:
    words = "Express  dissent for Summary Care Record dataset upload"
    coding = Code("http://snomed.info/sct", "1", words)
    assert only(said("", codes=(coding,))).says == "refuses"


def test_a_summary_care_record_refusal_keeps_what_the_practice_holds_inside_it() -> None:
    found = only(said("9Ndo."))
    assert found.consent is not None
    assert refused(found.consent, ["TREAT"]) == {"gp"}


def test_a_refusal_of_local_sharing_closes_everything_to_others() -> None:
    found = only(said("93C1."))
    assert refused(found.consent, ["TREAT"]) == {"gp", "ward"}


@pytest.mark.parametrize("code", ["9Nu0.", "9Nu4."])
def test_an_opt_out_from_research_is_honoured_and_never_limits_care(code: str) -> None:
    found = only(said(code))
    assert refused(found.consent, ["HRESCH"]) == {"gp", "ward"}
    for care in ("TREAT", "ETREAT", "CAREMGT", "BTG", "PATRQT", "HOPERAT"):
        assert refused(found.consent, [care]) == set(), care


def test_an_agreement_is_shown_and_opens_nothing() -> None:
    found = only(said("9Ndn."))
    assert found.consent is None
    assert "confirmed" in found.words
    assert in_force([found]) == ()


@pytest.mark.parametrize("when", ["2025-01-01", "2024-05-01", "2024-05", "2023-01-01", ""])
def test_no_recorded_agreement_ends_a_refusal_whatever_its_date(when: str) -> None:
    refusal = said("9Ndo.", "2024-05-01", name="no")
    alone = in_force([only(refusal)])
    for found in ([refusal, said("9Ndn.", when, name="yes")], [said("9Ndn.", when, name="yes"), refusal]):
        both = recorded(found)
        assert {one.says for one in both} == {"refuses", "agrees"}
        assert in_force(both) == alone


def holder(found: Recorded) -> str:
    assert found.consent is not None
    (who,) = found.consent["provision"]["actor"]
    return str(who["reference"]["identifier"]["value"])


def test_each_refusal_counts_for_what_its_own_practice_holds() -> None:
    elsewhere = Source(name="Riverside Surgery", lane="gp", key="Y00002")
    found = recorded([said("9Ndo.", "2020", name="a"), said("9Ndo.", "2024", name="b", source=elsewhere)])
    assert [one.on for one in in_force(found)] == ["2024", "2020"]
    assert [holder(one) for one in found] == ["Y00002", "Y00001"]


@pytest.mark.parametrize("codes", [("9Ndo.", "9Ndn."), ("9Ndn.", "9Ndo.")])
def test_an_entry_that_says_both_refuses(codes: tuple[str, str]) -> None:
    both = said("", codes=tuple(Code(READ2, code) for code in codes))
    assert [one.says for one in recorded([both])] == ["refuses", "agrees"]
    system = "https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission"
    labelled = said("9Ndo.", labels=(Code(system, "Yes"),))
    assert len(in_force(recorded([labelled]))) == 1


def test_order_does_not_matter() -> None:
    some = [said("9Ndo.", "2024", name="a"), said("9Ndn.", "2025", name="b"), said("9Nu0.", "", name="c")]
    assert recorded(some) == recorded(some[::-1])


def test_what_was_entered_in_error_says_nothing() -> None:
    assert recorded([said("9Ndo.", assertion="not-a-fact")]) == ()


def test_the_date_is_the_date_of_the_choice() -> None:
    found = only(said("9Ndo.", "", recorded="2024-06-01"))
    assert found.on == "2024-06-01"
    assert found.consent is not None
    assert found.consent["dateTime"] == "2024-06-01"
    undated = only(said("9Ndo.", ""))
    assert undated.consent is not None
    assert "dateTime" not in undated.consent


def test_labels_of_the_summary_care_record_service_are_understood() -> None:
    system = "https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission"
    for code, says in (("No", "refuses"), ("Ask", "agrees"), ("Yes", "agrees")):
        found = only(said("", codes=(), labels=(Code(system, code),)))
        assert found.says == says
    assert recorded([said("", codes=(), labels=(Code(system, "Maybe"),))]) == ()


def test_protected_demographics_are_shown_as_what_they_are() -> None:
    found = only(restricted=True)
    assert (found.about, found.consent) == (RESTRICTED, None)
    assert recorded([]) == ()


def test_a_practice_without_a_code_is_named_in_a_way_that_refuses() -> None:
    found = only(said("9Ndo.", source=Source(name="Riverside Surgery", lane="gp")))
    assert refused(found.consent, ["TREAT"]) >= {"gp"}
    assert SURGERY.key == "Y00001"


def adjustments(status: str = "active", **more: Any) -> dict[str, Any]:
    category = {"system": "https://fhir.nhs.uk/England/CodeSystem/England-PatientFlagCategory", "code": "NRAF"}
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    return {
        "resourceType": "Consent",
        "status": status,
        "scope": {"coding": [scope]},
        "category": [{"coding": [category]}],
        "dateTime": "2025-02-03",
        **more,
    }


def test_reasonable_adjustment_consent_is_about_adjustments_only() -> None:
    found = special_consent(adjustments())
    assert found is not None
    assert (found.about, found.says, found.consent) == ("reasonable-adjustment", "agrees", None)
    assert refused(adjustments(), ["TREAT"]), "read as an ordinary Consent it would close the whole record"


@pytest.mark.parametrize("tree", [adjustments("rejected"), adjustments(provision={"type": "deny"})])
def test_a_refusal_of_adjustments_hides_flags_only(tree: dict[str, Any]) -> None:
    found = special_consent(tree)
    assert found is not None
    assert found.says == "refuses"
    assert found.consent is not None
    assert found.consent["provision"]["class"][0]["code"] == "Flag"
    assert refused(found.consent, ["TREAT"]) == set()


@pytest.mark.parametrize(
    "category",
    [
        None,
        [],
        ["odd"],
        [{"text": "NRAF"}],
        [{"coding": ["odd"]}],
        [{"coding": [{"system": "urn:elsewhere", "code": "NRAF"}]}],
        [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    ],
)
def test_every_other_consent_is_read_as_a_consent(category: Any) -> None:
    assert special_consent(adjustments(category=category)) is None


def test_every_row_says_where_it_comes_from_and_each_meaning_is_one() -> None:
    tree = tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8"))
    rows = tree["code"] + tree["label"] + tree["consent"]
    assert all(row["source"] and row["name"] for row in rows)
    for family in ("read2", "ctv3", "snomed", "terms"):
        codes = [code for row in tree["code"] for code in row[family]]
        assert len(codes) == len(set(codes)), family
    ids = {code: row["source"] for row in tree["code"] for code in row["snomed"]}
    assert ids
    assert all(verhoeff(code) and code in source for code, source in ids.items())
    assert all(term == " ".join(term.casefold().split()) for row in tree["code"] for term in row["terms"])


@pytest.mark.parametrize("change", [{"policy": "no-such"}, {"terms": None}])
def test_a_broken_table_is_refused(change: dict[str, Any]) -> None:
    tree = tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8"))
    tree["code"][0] |= change
    with pytest.raises(PolicyError):
        Table(tree)


def test_a_table_that_cannot_be_read_is_a_policy_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(text: str) -> dict[str, Any]:
        raise tomllib.TOMLDecodeError

    monkeypatch.setattr(tomllib, "loads", unreadable)
    with pytest.raises(PolicyError):
        table.__wrapped__()


def test_purposes_are_written_as_the_engine_reads_them() -> None:
    found = only(said("9Nu0."))
    assert found.consent is not None
    assert purpose("HRESCH") in found.consent["provision"]["purpose"]


def test_a_row_that_names_no_limit_there_is_is_refused() -> None:
    tree = tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8"))
    assert Table(tree).of_code(Code(READ2, "9R11.")) is not None
    next(row for row in tree["code"] if "limit" in row)["limit"] = "NO-SUCH"
    with pytest.raises(PolicyError, match="names a limit"):
        Table(tree)
