"""The gate at its edges: what is logged word for word, refusals of several who ask, what is shortened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from gatekit import (
    COUNCIL,
    HOSPITAL,
    PERSON,
    SURGERY,
    MemoryStore,
    entry,
    opened,
    request,
    shown,
    store,
    store_labelled,
)

from consent.acting import About
from consent.claims import Claimed
from consent.decision import RoleDefaults
from consent.errors import NotDisclosedError
from consent.gate import CLAIM_REFUSED, GIVE_REASON, REFUSED, Gate
from consent.labels import LabelledEntry
from consent.ports import AccessEvent
from consent.statements import Known
from consent.states import PROTECTED
from fhir.entries import Field, Link, PersonId, When
from fhir.people import Address, Demographics, Identity


def asthma() -> MemoryStore:
    return store([entry("Condition/asthma", title="Asthma")])


def test_what_is_logged_is_who_why_and_what_was_shown() -> None:
    held = asthma()
    asked = request("gp", purpose="ETREAT", relationship="caseload", reason="A visit")
    Gate(held).open(asked)
    (item,) = held.contents
    assert held.events == [AccessEvent("read", PERSON, "ETREAT", "caseload", "A visit", "0", (item.entry_id,))]


def test_a_refusal_is_logged_as_one_with_nothing_shown() -> None:
    held = asthma()
    Gate(held).open(request("gp", purpose="HRESCH", reason="A study"))
    assert held.events == [AccessEvent("refused", PERSON, "HRESCH", "present", "A study", "4", ())]
    nobody = PersonId("p-2")
    with pytest.raises(NotDisclosedError) as raised:
        Gate(held).open(request("gp", person=nobody))
    assert str(raised.value) == REFUSED
    assert held.events[1:] == [AccessEvent("refused", nobody, "TREAT", "present", "", "8", ())]


def test_whose_claim_the_privacy_office_refused_claims_nothing_more_and_nobody_else_is_refused_for_it() -> None:
    held = asthma()
    ended = Claimed(7, "2026-11-20T09:00:00Z", "ann", "refused", "No ward 4", "Salma", date(2026, 11, 21))

    def ask(who: str, **values: Any) -> set[str]:
        of_them = replace(ended, who=who)
        gate = Gate(held, lambda person: About(Known(claims=(of_them,))) if person == PERSON else About())
        return shown(gate.open(request("gp", **values)))

    claimed = {"relationship": "self-claimed", "reason": "Covering"}
    for reason, why in (("Covering", CLAIM_REFUSED), (" ", GIVE_REASON)):
        with pytest.raises(NotDisclosedError) as raised:
            ask("ann", **{**claimed, "reason": reason})
        assert str(raised.value) == why
    assert [event.kind for event in held.events] == ["refused", "refused"]
    assert ask("sam", **claimed) == {"Condition/asthma"}
    assert ask("ann", relationship="caseload", reason="Mine since") == {"Condition/asthma"}


@pytest.mark.parametrize("action", ["access", "use"])
def test_to_see_and_to_use_are_answered(action: Any) -> None:
    assert opened(asthma(), action=action).sections["problems"].entries


def test_what_refuses_the_reader_and_the_audience_is_said_of_both() -> None:
    record = Gate(asthma()).open(request("gp", purpose="HRESCH"), audience="tester")
    assert not any(section.entries for section in record.sections.values())
    said = "\n".join(record.notices)
    assert "explicit consent" in said
    assert "role tester" in said


def test_for_an_audience_the_default_of_a_worker_who_was_sent_the_person_holds() -> None:
    """And not what a choice or an organisation's name would say to somebody who is nobody."""
    held = asthma()
    record = Gate(held).open(request("gp", relationship="caseload", reason="Mine"), audience="home-care")
    alone = Gate(asthma()).open(request("home-care", relationship="referred"))
    assert [item.entry.resource for section in record.sections.values() for item in section.entries] == [
        item.entry.resource for section in alone.sections.values() for item in section.entries
    ]


def test_whether_nothing_is_ever_withheld_depends_on_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row of the table does so now; one that would, is followed."""
    usual = RoleDefaults.everything

    def only_for_care(self: RoleDefaults, role: str, section: str, asked: Any = None) -> bool:
        return usual(self, role, section, asked) and asked is not None and asked.relationship == "registered"

    monkeypatch.setattr(RoleDefaults, "everything", only_for_care)
    assert opened(asthma(), relationship="registered").full
    whole = opened(asthma(), relationship="registered").sections["allergies"].state
    other = opened(asthma())
    assert not other.full
    assert whole != other.sections["allergies"].state


def test_what_was_labelled_with_the_tables_of_today_is_not_outdated() -> None:
    gate = Gate(asthma())
    assert gate.outdated is False
    gate.open(request("gp"))
    assert gate.outdated is False


def test_a_link_to_what_is_not_shown_shortens_and_what_lost_no_words_is_whole() -> None:
    hidden = LabelledEntry(entry("Condition/hidden", title="Sertraline clinic"), ("mental-health",))
    tells = LabelledEntry(
        entry("Observation/told", section="results", links=(Link("reasonReference", "Condition/hidden", "Low mood"),)),
        ("general",),
    )
    plain = LabelledEntry(entry("Observation/plain", section="results"), ("general",))
    record = opened(store_labelled([hidden, tells, plain]), "pharmacist")
    found = {item.entry.resource: item.shortened for section in record.sections.values() for item in section.entries}
    assert found == {"Observation/told": True, "Observation/plain": False}


def test_sources_are_counted_each_with_its_newest_date() -> None:
    dates = ("2024-03-01", "2026-02-01", "2025-07-01")
    entries = [entry(f"Condition/{day}", recorded=day) for day in dates]
    entries.append(entry("Condition/h", source=HOSPITAL, recorded="2020-01-01"))
    entries.append(entry("Condition/c", source=COUNCIL, recorded=""))
    found = {one.name: (one.entries, one.newest) for one in opened(store(entries)).sources}
    assert found == {SURGERY.name: (3, "2026-02-01"), HOSPITAL.name: (1, "2020-01-01"), COUNCIL.name: (1, "")}


def protected(*others: LabelledEntry) -> MemoryStore:
    """A store in which only a Patient resource says that the person's address is protected."""
    home = Address(lines=("12 Mill Lane",), postcode="ZZ99 3VZ")
    patient = LabelledEntry(
        entry("Patient/p", section="demographics"),
        ("general",),
        demographics=Demographics(identity=Identity(restricted=True), addresses=(home,)),
    )
    return store_labelled([patient, *others])


def test_of_a_protected_person_it_is_said_and_what_lost_words_is_shortened() -> None:
    tells = LabelledEntry(entry("Condition/tells", fields=(Field("Seen at", "12 Mill Lane"),)), ("general",))
    plain = LabelledEntry(entry("Condition/plain"), ("general",))
    record = opened(protected(tells, plain))
    assert PROTECTED in record.notices
    assert record.banner.identity.restricted is True
    found = {item.entry.resource: item.shortened for item in record.sections["problems"].entries}
    assert found == {"Condition/tells": True, "Condition/plain": False}


def test_a_refused_request_reads_nothing_and_tells_nothing_of_what_entries_hold() -> None:
    record = Gate(protected()).open(request("gp", purpose="HRESCH"))
    assert PROTECTED not in record.notices
    assert {section.state for section in record.sections.values()} == {"nothing-shown"}


def test_whoever_sees_everything_sees_where_every_reference_leads() -> None:
    link = Link("reasonReference", "AllergyIntolerance/b", "Latex")
    told = entry("Condition/a", links=(link,))
    record = opened(store([told, entry("AllergyIntolerance/b", section="allergies", kind="allergy", title="Latex")]))
    (item,) = record.sections["problems"].entries
    assert item.entry.links == (link,)
    assert not item.shortened


def test_a_whole_record_says_that_it_is_and_what_its_services_have_ever_supplied() -> None:
    held = asthma()
    held.carried = frozenset({("gp", "problems")})
    record = opened(held)
    assert record.full
    assert record.banner.not_shared == ""
    assert record.carried == {("gp", "problems")}
    assert opened(held, "pharmacist").carried == frozenset()


def test_the_same_fact_of_two_services_is_told_as_one() -> None:
    held = {"section": "medicines", "kind": "medicine-request", "when": When(start="2026-01-05"), "active": True}
    same = [
        entry(f"MedicationRequest/{n}", title="Bisoprolol 5mg tablets", source=where, **held)
        for n, where in enumerate((SURGERY, HOSPITAL))
    ]
    assert len(opened(store(same)).groups) == 1
