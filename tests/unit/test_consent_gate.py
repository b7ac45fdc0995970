"""What the gate hands over: states, notices, banner, masking, sources, and the log."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from gatekit import COUNCIL, HOSPITAL, PERSON, SURGERY, TRUST, MemoryStore, entry, opened, request, shown, store
from gatekit import store_labelled as labelled_store

from consent.disclosure_json import to_json
from consent.errors import NotDisclosedError
from consent.gate import Gate
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.limits import limits
from consent.ports import StoredContent
from consent.states import MAY_BE_HIDDEN, UNREADABLE
from fhir.entries import Code, Entry, EntryId, Field, Link, PersonId, When
from fhir.people import Address, Demographics, Identifier, Identity, PersonName, Telecom

ALLERGY = {"section": "allergies", "kind": "allergy"}


def test_a_permitted_record_is_shown_by_section_newest_first() -> None:
    record = opened(
        store(
            [
                entry("Condition/1", when=When(start="2019")),
                entry("Condition/2", when=When(start="2024-02-01")),
                entry("Observation/1", section="results"),
            ]
        )
    )
    assert [item.entry.resource for item in record.sections["problems"].entries] == ["Condition/2", "Condition/1"]
    assert record.sections["results"].state == "data"
    assert record.entry(EntryId("e-condition-1")).categories == ("general",)


def test_an_entry_of_a_section_that_is_not_known_is_not_lost() -> None:
    assert opened(store([entry("Condition/1", section="attic")])).sections["other"].entries


@pytest.mark.parametrize(
    ("entries", "state"),
    [
        ([], "none-recorded"),
        ([entry("AllergyIntolerance/1", **ALLERGY)], "data"),
        ([entry("AllergyIntolerance/1", assertion="none-known", **ALLERGY)], "data"),
        ([entry("List/1", assertion="no-information", **ALLERGY)], "none-recorded"),
    ],
)
def test_states_of_a_section_for_one_from_whom_nothing_is_withheld(entries: list[Entry], state: str) -> None:
    section = opened(store(entries)).sections["allergies"]
    assert (section.state, section.notice, len(section.entries)) == (state, "", len(entries))


def test_a_section_that_no_source_feeds_is_not_connected() -> None:
    record = opened(store([], lanes=["social-care"]))
    assert record.sections["allergies"].state == "not-connected"
    assert record.sections["services"].state == "none-recorded"


def test_none_recorded_is_never_said_to_one_from_whom_it_might_be_hidden() -> None:
    for role in ("nurse", "home-care", "hospital-clinician", "ambulance", "link-worker"):
        for lanes in (["gp"], []):
            record = opened(store([], lanes=lanes), role)
            assert {section.state for section in record.sections.values()} == {"nothing-shown"}
            assert {section.notice for section in record.sections.values()} == {MAY_BE_HIDDEN}
            assert record.banner.not_shared == MAY_BE_HIDDEN


def test_the_same_notice_stands_on_every_record() -> None:
    empty = opened(store([]), "nurse")
    full = opened(store([entry("Condition/1"), entry("Condition/2", title="Direct payment")]), "nurse")
    assert empty.notices == full.notices
    assert [section.notice for section in empty.sections.values()] == [
        section.notice for section in full.sections.values()
    ]


def broken(name: str = "x") -> StoredContent:
    return StoredContent(EntryId(f"e-{name}"), "i-1", b"\xc1 not a record")


def test_what_cannot_be_read_is_withheld_and_the_rest_is_shown() -> None:
    where = store([entry("Condition/1")])
    where.contents.append(broken())
    record = opened(where)
    assert shown(record) == {"Condition/1"}
    assert record.sections["allergies"].state == "failed"
    assert UNREADABLE in record.notices


def test_what_cannot_be_read_is_not_told_to_one_from_whom_it_might_be_hidden() -> None:
    where = store([entry("Condition/1")])
    before = json.dumps(to_json(opened(where, "nurse")))
    where.contents.append(broken())
    assert json.dumps(to_json(opened(where, "nurse"))) == before


def test_not_a_fact_is_listed_as_such_and_never_in_the_banner() -> None:
    wrong = entry("AllergyIntolerance/1", title="Peanut", assertion="not-a-fact", status="entered-in-error", **ALLERGY)
    record = opened(store([wrong]))
    item = record.sections["allergies"].entries[0].entry
    assert (item.status, item.active) == ("Not valid: entered-in-error", False)
    assert not any("Peanut" in one.text for one in record.banner.items)


def banner_text(where: MemoryStore, role: str = "gp") -> list[str]:
    return [f"{item.label}: {item.text}" for item in opened(where, role).banner.items]


def test_the_banner_tells_allergies_in_words() -> None:
    where = store([entry("AllergyIntolerance/1", title="Penicillin", detail="Rash", **ALLERGY)])
    assert "Allergy: Penicillin: Rash" in banner_text(where)
    assert "Allergies: No known allergies" in banner_text(
        store([entry("AllergyIntolerance/1", title="No known allergy", assertion="none-known", **ALLERGY)])
    )
    assert "Allergies: None recorded" in banner_text(store([]))
    assert "Allergies: May not be shown to you; ask the person" in banner_text(store([]), "home-care")
    assert "Allergies: May not be shown to you; ask the person" in banner_text(store([]), "administrator")


def test_the_banner_names_allergies_and_not_the_lists_that_hold_them() -> None:
    list_only = entry("List/1", section="allergies", kind="list", title="Allergies list")
    assert "Allergies: See what is recorded under Allergies" in banner_text(store([list_only]))
    warning = entry("List/1", section="allergies", kind="list-warning", title="This list is incomplete")
    assert "Allergies: This list is incomplete" in banner_text(store([warning, list_only]))


def test_decisions_entered_in_error_never_reach_the_banner() -> None:
    wrong = entry("Flag/1", section="end-of-life", kind="cpr-decision", title="Not for CPR", assertion="not-a-fact")
    concern = entry("Flag/2", section="safeguarding", kind="concern", assertion="not-a-fact")
    record = opened(store([wrong, concern]))
    assert not any(item.kind == "cpr" for item in record.banner.items)
    assert not record.banner.open_in_private


def test_the_banner_says_cpr_decisions_in_words_with_the_advice_to_check_the_form() -> None:
    decision = entry(
        "Observation/1",
        section="end-of-life",
        kind="cpr-decision",
        title="Not for CPR",
        when=When(start="2026-03-04", text="4 Mar 2026"),
        author="Dr Ann Example",
        fields=(Field("Review date", "4 Mar 2027"),),
    )
    [line] = [line for line in banner_text(store([decision]), "home-care") if line.startswith("CPR")]
    assert line == "CPR: Not for CPR (4 Mar 2026, by Dr Ann Example, review 4 Mar 2027). Check the signed form."


@pytest.mark.parametrize(
    ("said", "line"),
    [("yes", "This person has died."), ("2010-10-22T00:00:00+00:00", "This person has died (22 Oct 2010).")],
)
def test_the_banner_says_that_a_person_has_died(said: str, line: str) -> None:
    where = store([], identity=Identity(names=(PersonName(family="Example"),), deceased=said))
    assert f"Deceased: {line}" in banner_text(where)


def test_an_interpreter_is_told_once() -> None:
    where = with_patients(patient("1", "2024", language="French", interpreter_required=True))
    assert "Interpreter: Interpreter needed: French" in banner_text(where)
    need = entry("Patient/9", section="requirements", kind="interpreter", title="French, interpreter needed")
    where = with_patients(patient("1", "2024", language="French", interpreter_required=True), others=(need,))
    assert [line for line in banner_text(where) if "rench" in line] == ["Communication: French, interpreter needed"]


def test_open_in_private_shows_only_to_those_who_see_safeguarding() -> None:
    where = store([entry("Flag/1", section="safeguarding", kind="concern")])
    assert opened(where, "social-worker").banner.open_in_private
    assert not opened(where, "home-care").banner.open_in_private


def patient(name: str, recorded: str, **values: Any) -> tuple[Entry, Demographics]:
    identity = values.pop("identity", Identity(names=(PersonName(family="Example", given=("Ada",)),)))
    source = values.pop("source", SURGERY)
    fields = values.pop("fields", ())
    made = entry(
        f"Patient/{name}", section="demographics", kind="person", recorded=recorded, source=source, fields=fields
    )
    return made, Demographics(identity=identity, **values)


def with_patients(*patients: tuple[Entry, Demographics], others: tuple[Entry, ...] = (), **values: Any) -> MemoryStore:
    labelled = label([made for made, _ in patients] + list(others))
    details = [known for _, known in patients] + [None] * len(others)
    return labelled_store(
        [msgspec.structs.replace(one, demographics=known) for one, known in zip(labelled, details, strict=True)],
        **values,
    )


def test_details_come_from_permitted_patients_newest_first() -> None:
    where = with_patients(
        patient("1", "2020-01-01", preferred_name="Addie", language="Welsh"),
        patient("2", "2024-01-01", preferred_name="Ada"),
        patient("3", "2025-01-01", preferred_name="Secret", source=TRUST),
    )
    details = opened(where, "home-care").banner.demographics
    assert (details.preferred_name, details.language) == ("Ada", "Welsh")
    assert opened(where, "gp").banner.demographics.preferred_name == "Secret"


def test_former_names_and_local_identifiers_stay_out_of_the_banner() -> None:
    identity = Identity(
        names=(PersonName(family="Formerly", use="old"), PersonName(family="New", use="official")),
        identifiers=(Identifier("https://example.org/sexual-health-clinic", "77"),),
    )
    record = opened(store([], identity=identity))
    assert record.banner.identity.name == "NEW"
    assert "FORMERLY" not in json.dumps(to_json(record)).upper()
    assert record.banner.identity.identifiers == ()


def test_a_restricted_person_has_no_address_contact_or_practice_from_any_source() -> None:
    address = Address(lines=("12 Hidden Lane", "Leeds"), postcode="LS1 4AP", use="home")
    where = with_patients(
        patient(
            "1",
            "2024",
            addresses=(address,),
            telecoms=(Telecom(system="phone", value="01132 496 000"),),
            source=COUNCIL,
        ),
        others=(
            entry("Organization/1", section="gp-practice", kind="gp-practice", title="Riverside Surgery"),
            entry(
                "RelatedPerson/1",
                section="personal-contacts",
                kind="next-of-kin",
                title="Bob Example",
                detail="Lives at 12 Hidden Lane",
                fields=(Field("Address", "12 Hidden Lane"), Field("Reach", "07700 900123"), Field("Role", "Son")),
            ),
            entry("Encounter/1", section="contacts", value="Riverside Surgery", author="Dr Ann Example"),
            entry("DocumentReference/1", section="documents", title="Letter to LS1 4AP"),
        ),
        identity=Identity(names=(PersonName(family="Example"),), restricted=True),
        lanes=["gp", "social-care"],
    )
    text = json.dumps(to_json(opened(where, "gp")))
    for secret in ("Hidden Lane", "LS1 4AP", "01132", "07700", "Riverside", "Leeds"):
        assert secret not in text
    assert "Bob Example" in text
    assert "Son" in text


def test_a_reference_to_something_not_shown_shows_nothing_of_it() -> None:
    plan = entry(
        "CarePlan/1",
        section="care-plan",
        kind="plan",
        detail="Support with HIV infection at home",
        labels=(Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "SOC"),),
        fields=(Field("Addresses", "HIV infection"), Field("Aim", "Walk to the shop")),
        links=(Link("addresses", "Condition/1", "HIV infection"), Link("subject", "Patient/1", "Ada")),
    )
    record = opened(store([plan, entry("Condition/1", title="HIV infection")]), "home-care")
    item = record.entry(EntryId("e-careplan-1"))
    assert item.shortened
    assert item.entry.fields == (Field("Aim", "Walk to the shop"),)
    assert item.entry.links == (Link("subject", "Patient/1", "Ada"),)
    assert "HIV" not in json.dumps(to_json(record))


def test_a_reference_to_something_shown_stays() -> None:
    medicine = entry(
        "MedicationRequest/1", section="medicines", links=(Link("reasonReference", "Condition/1", "Asthma"),)
    )
    item = opened(store([medicine, entry("Condition/1", title="Asthma")]), "home-care").entry(
        EntryId("e-medicationrequest-1")
    )
    assert not item.shortened
    assert item.entry.links


def test_an_allergy_from_a_service_that_may_not_be_named_is_shown_without_it() -> None:
    allergy = entry(
        "AllergyIntolerance/1",
        title="Latex",
        source=TRUST,
        author="Dr Psy",
        fields=(Field("Reaction", "Rash"), Field("Recorded by", "Dr Psy")),
        **ALLERGY,
    )
    record = opened(store([allergy]), "home-care")
    text = json.dumps(to_json(record))
    assert "Latex" in text
    assert "Rash" in text
    assert "Moor" not in text
    assert "Psy" not in text
    assert record.sources[0].lane == "other"


def test_sources_count_only_what_is_shown() -> None:
    where = store(
        [entry("Condition/1", recorded="2024-01-01"), entry("Condition/2", title="HIV infection", source=HOSPITAL)]
    )
    assert [(one.name, one.entries, one.newest) for one in opened(where, "home-care").sources] == [
        ("Riverside Surgery", 1, "2024-01-01")
    ]
    assert len(opened(where, "gp").sources) == 2


def test_the_access_is_logged_with_the_items_before_the_record_is_handed_over() -> None:
    where = store([entry("Condition/1"), entry("Condition/2", title="HIV infection")])
    opened(where, "home-care", reason="Morning visit")
    [event] = where.events
    assert (event.kind, event.outcome, event.reason, list(event.items)) == (
        "read",
        "0",
        "Morning visit",
        ["e-condition-1"],
    )


def test_a_log_that_cannot_be_written_shows_nothing() -> None:
    class Full(MemoryStore):
        def record(self, event: object) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        opened(Full())


@pytest.mark.parametrize("role", ["person", "carer", "proxy", "privacy-officer", "custodian"])
def test_roles_that_open_no_records_yet_get_an_empty_one_and_it_is_logged_as_refused(role: str) -> None:
    where = store([entry("Condition/1")])
    record = opened(where, role)
    assert shown(record) == set()
    assert {section.state for section in record.sections.values()} == {"nothing-shown"}
    assert [event.kind for event in where.events] == ["refused"]


def test_purposes_beyond_care_and_no_relationship_show_nothing() -> None:
    where = store([entry("Condition/1")])
    assert shown(opened(where, purpose="HRESCH")) == set()
    assert shown(opened(where, relationship="none")) == set()
    assert [event.kind for event in where.events] == ["refused", "refused"]


@pytest.mark.parametrize(
    ("role", "values"),
    [
        ("gp", {"relationship": "self-claimed"}),
        ("gp", {"relationship": "self-claimed", "reason": "  "}),
        ("gp", {"relationship": "neighbour"}),
        ("gp", {"purpose": "CURIOSITY"}),
        ("neighbour", {}),
        ("tester", {}),
        ("gp", {"person": PersonId("p-unknown")}),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_and_logged(role: str, values: dict[str, Any]) -> None:
    where = store([entry("Condition/1", title="Secret")])
    with pytest.raises(NotDisclosedError) as caught:
        opened(where, role, **values)
    assert "Secret" not in str(caught.value)
    assert [event.kind for event in where.events] == ["refused"]


def test_a_claimed_relationship_with_a_reason_opens_and_is_marked() -> None:
    record = opened(store([entry("Condition/1")]), relationship="self-claimed", reason="Covering")
    assert shown(record) == {"Condition/1"}
    assert any("claim" in notice or "You said" in notice for notice in record.notices)


def test_a_tester_sees_every_entry_of_test_data() -> None:
    entries = [entry("Condition/1", title="HIV infection"), entry("Thing/1", section="other"), entry("Claim/1")]
    where = store(entries, test_data=True)
    assert shown(opened(where, "tester")) == {"Condition/1", "Thing/1", "Claim/1"}
    assert any(item.kind == "test-data" for item in opened(where, "tester").banner.items)


def test_an_entry_that_was_not_released_is_not_found() -> None:
    record = opened(store([entry("Condition/1", title="HIV infection")]), "home-care")
    with pytest.raises(KeyError):
        record.entry(EntryId("e-condition-1"))


def test_the_json_has_the_names_of_the_contract_and_is_the_same_every_time() -> None:
    where = store([entry("Condition/1", codes=(Code("http://snomed.info/sct", "195967001", "Asthma"),))])
    record = opened(where)
    written = to_json(record)
    assert {"person", "banner", "sections", "notices", "conflicts", "nightsAtHome"} <= written.keys()
    [first] = written["sections"]["problems"]["entries"]
    assert {
        "entryId",
        "title",
        "detail",
        "value",
        "when",
        "status",
        "codes",
        "source",
        "author",
        "resource",
        "group",
        "agreement",
    } <= first.keys()
    assert first["when"].keys() == {"start", "end", "precision", "text"}
    assert json.dumps(written) == json.dumps(to_json(Gate(where).open(request())))
    assert list(to_json(record, "problems")["sections"]) == ["problems"]


def test_equal_facts_of_two_sources_are_grouped() -> None:
    asthma = (Code("http://snomed.info/sct", "195967001", "Asthma"),)
    record = opened(
        store(
            [
                entry("Condition/1", codes=asthma, when=When(start="2019-05-01", precision="day")),
                entry("Condition/2", codes=asthma, when=When(start="2019-05-01", precision="day"), source=HOSPITAL),
                entry("Condition/3", codes=asthma),
            ]
        )
    )
    groups = {item.entry.resource: item.group for item in record.sections["problems"].entries}
    assert groups["Condition/1"] == groups["Condition/2"] != ""
    assert groups["Condition/3"] == ""


def test_different_home_addresses_are_a_conflict_of_what_is_shown_only() -> None:
    def home(name: str, street: str, postcode: str, **values: Any) -> tuple[Entry, Demographics]:
        return patient(name, "2024", addresses=(Address(lines=(street,), postcode=postcode, use="home"),), **values)

    where = with_patients(home("1", "1 High Street", "LS1 1AA"), home("2", "2 Low Street", "LS2 2BB", source=TRUST))
    assert [one.kind for one in opened(where, "gp").conflicts] == ["address"]
    assert opened(where, "home-care").conflicts == ()
    protected = with_patients(
        home("1", "1 High Street", "LS1 1AA"),
        home("2", "2 Low Street", "LS2 2BB"),
        identity=Identity(names=(PersonName(family="Example"),), restricted=True),
    )
    record = opened(protected, "gp")
    assert record.conflicts == (), "that addresses differ would tell of them"
    assert record.banner.identity.restricted is True
    assert [item.kind for item in record.banner.items if item.kind == "restricted"] == ["restricted"]


def test_labelled_entries_keep_working_when_written_by_the_first_version() -> None:
    labelled = LabelledEntry(entry("Condition/1"), ("general",))
    assert shown(opened(labelled_store([labelled]))) == {"Condition/1"}
    assert opened(labelled_store([labelled])).person == PERSON


def test_what_cannot_be_read_stands_in_the_way_of_nothing_that_can() -> None:
    where = store([entry("Condition/1"), entry("Condition/2")])
    where.contents[:0] = [broken("a"), broken("b")]
    assert shown(opened(where)) == {"Condition/1", "Condition/2"}


def test_in_a_vault_that_holds_a_protected_identity_nobody_whom_it_is_kept_from_is_told_that_nothing_is_missing() -> (
    None
):
    where = store([entry("Condition/1", links=(Link("reason", "Condition/9", "Born Harker"),))], test_data=True)
    before = [opened(where, role) for role in ("gp", "tester")]
    assert [one.full for one in before] == [True, True]
    where.carried = frozenset({("gp", "allergies")}) | limits().held(["ADOPTION"])
    found, whole = opened(where, "gp"), opened(where, "tester")
    assert (found.full, found.carried, found.sections["allergies"].state) == (False, frozenset(), "nothing-shown")
    assert "Harker" not in str(found)
    assert (whole.full, whole.sections["allergies"].state) == (True, "none-recorded")


def test_only_identities_that_the_law_protects_are_held_for_good() -> None:
    assert limits().held(["NOPAT", "THIRD-PARTY"]) == frozenset()
    carries = limits().held(["ADOPTION", "NOPAT"])
    assert limits().protect_from("gp", carries)
    assert not limits().protect_from("gp", {("hospital", "ADOPTION")})
    assert not limits().protect_from("childrens-social-worker", carries)
    assert limits().protect_from("tester", carries)
    assert not limits().protect_from("tester", carries, test_data=True)
    assert not limits().protect_from("gp", carries - carries, test_data=True)


def test_where_what_was_sealed_away_is_not_back_yet_nothing_is_said_to_be_all() -> None:
    where = store([])
    assert opened(where).full
    where.whole = False
    found = opened(where)
    assert not found.full
    assert found.sections["allergies"].state == "nothing-shown"
    assert (found.carried, found.banner.not_shared) == (frozenset(), MAY_BE_HIDDEN)
    assert not opened(store([]), "nurse").full


def test_what_a_source_called_an_entry_goes_only_to_who_sees_everything_once_it_was_decided_otherwise() -> None:
    """Its bytes hold the source's label still."""
    psy = Code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PSY", "")
    one = LabelledEntry(entry("Condition/1", labels=(psy,)), ("general",), explicit=True)
    other = LabelledEntry(entry("Condition/2"), ("general",), explicit=True)
    for role, whole in (("gp", True), ("nurse", False)):
        record = opened(labelled_store([one, other]), role)
        assert record.entry(EntryId("e-condition-1")).whole is whole
        assert record.entry(EntryId("e-condition-1")).entry.labels == ((psy,) if whole else ())
        assert record.entry(EntryId("e-condition-2")).whole
