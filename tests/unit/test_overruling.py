"""A record opened with a lawful override, for another audience or by the person: one gate, and the stricter answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from consent_kit import consent, purpose
from gatekit import (
    COUNCIL,
    HOSPITAL,
    NOW,
    PERSON,
    SURGERY,
    TRUST,
    MemoryStore,
    entry,
    opened,
    request,
    shown,
    store,
    store_labelled,
)

from consent.acting import KEPT_BY_LAW, About, link, speaking_for
from consent.authority import policies
from consent.choices import Act, By, KeptConsent, kept_for
from consent.corrections import Correction, encode_correction, encode_floor
from consent.disclosure import DisclosedRecord
from consent.emergencies import emergency_view
from consent.errors import NotDisclosedError
from consent.gate import REFUSED, Gate
from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION, USER, role_coding
from consent.overrides import Override
from consent.overruling import Closed, Overruling
from consent.persons_choices import Acts, Neighbourhood
from consent.ports import StoredContent
from consent.request import Actor, Request
from consent.states import MAY_BE_HIDDEN
from fhir.entries import Entry, EntryId, Link
from fhir.people import Identity, PersonName

CAT = By("u-cat", "Cat", "gp", "Surgery", custodian=True)
WHY = "Unconscious, medicines not known"
ASTHMA = entry("Condition/asthma", title="Asthma")
LOW = entry("Condition/low", title="Chlamydia")
PENICILLIN = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Penicillin")


def glass(**values: Any) -> Override:
    given: dict[str, Any] = {
        "id": "o-1",
        "kind": "break-glass",
        "person": PERSON,
        "user": "ann",
        "role": "ambulance",
        "authoriser": "ann",
        "reason": WHY,
        "opened": NOW,
        "ends": NOW + timedelta(hours=1),
    }
    return Override(**(given | values))


def chosen(*trees: dict[str, Any]) -> list[Act]:
    kept = tuple(KeptConsent(f"c{n}", kept_for(PERSON, tree)) for n, tree in enumerate(trees))
    return [Act(kind="set", time="2026-01-01", by=CAT, consents=kept)]


def record() -> list[LabelledEntry]:
    return [
        LabelledEntry(ASTHMA, ("general",)),
        LabelledEntry(LOW, ("sexual-reproductive",)),
        LabelledEntry(PENICILLIN, ("general",)),
    ]


def broken_glass(where: MemoryStore, override: Override | None = None, **values: Any) -> DisclosedRecord:
    asked = request("ambulance", **({"purpose": "BTG", "reason": WHY} | values))
    return Gate(where).open(asked, override=override)


def role_of(role: str) -> dict[str, Any]:
    return {"role": {"coding": [role_coding(role)._asdict()]}}


def named(system: str, value: str) -> dict[str, Any]:
    return {"reference": {"identifier": {"system": system, "value": value}}}


NO_SEXUAL = {"type": "deny", "securityLabel": [{"system": CATEGORY, "code": "sexual-reproductive"}]}


def test_an_override_opens_what_a_choice_refuses_and_says_what_it_is() -> None:
    where = store_labelled(record(), acts=chosen(consent("OPTIN", NO_SEXUAL)))
    assert "Condition/low" not in shown(broken_glass(where))
    found = broken_glass(where, glass())
    assert shown(found) == {"Condition/asthma", "Condition/low", "AllergyIntolerance/1"}
    assert found.override == glass()
    assert found.notices[0] == (
        "Emergency access until 10:30 on 21 Nov 2026. Everything shown is recorded; "
        "the person is told and it is reviewed."
    )
    opened_now = found.entry(EntryId("e-condition-low"))
    assert opened_now.because == "Shown because of emergency access: it is recorded."
    assert found.entry(EntryId("e-condition-asthma")).because != opened_now.because
    assert where.events[-1].kind == "read"
    assert "e-condition-low" in where.events[-1].items


def test_safety_information_stands_first_in_an_emergency_only() -> None:
    where = store_labelled(record())
    first = list(broken_glass(where, glass()).sections)
    usual = list(opened(where).sections)
    assert set(first) == set(usual)
    assert first != usual
    assert set(first[:3]) <= {"allergies", "medicines", "problems", "alerts", "legal"}
    assert "allergies" in first[:3]


def test_without_choices_it_opens_what_the_defaults_withhold() -> None:
    where = store_labelled(record())
    usual = shown(opened(where, "ambulance"))
    assert "Condition/low" not in usual
    assert shown(broken_glass(where, glass())) == usual | {"Condition/low"}


def test_what_is_closed_to_emergencies_stays_closed() -> None:
    for named in (purpose("BTG"), purpose("ETREAT")):
        rule = {**NO_SEXUAL, "purpose": [named, purpose("TREAT")]}
        where = store_labelled(record(), acts=chosen(consent("OPTIN", rule)))
        assert "Condition/low" not in shown(broken_glass(where, glass()))


def test_what_is_closed_stays_closed_also_where_the_role_would_see_it() -> None:
    """And where it is closed by what leads to it."""
    named = {"purpose": [purpose(code) for code in ("BTG", "ETREAT", "TREAT")]}
    links = (Link("section", "Condition/asthma"),)
    letter = LabelledEntry(entry("Composition/1", section="documents", links=links), ("general",))
    about = {"type": "deny", "data": [{"meaning": "related", "reference": {"reference": "Composition/1"}}]}
    general = {"type": "deny", "securityLabel": [{"system": CATEGORY, "code": "general"}]}
    for rule in (about, general):
        where = store_labelled([*record(), letter], acts=chosen(consent("", rule | named)))
        assert "Condition/low" not in shown(broken_glass(where))
        assert "Condition/asthma" not in shown(broken_glass(where, glass()))
        assert "Condition/low" in shown(broken_glass(where, glass()))
        open_again = store_labelled([*record(), letter], acts=chosen(consent("", rule)))
        assert "Condition/asthma" not in shown(broken_glass(open_again))
        assert "Condition/asthma" in shown(broken_glass(open_again, glass()))


def test_what_is_shown_anyway_is_not_said_to_be_shown_because_of_the_override() -> None:
    links = (Link("section", "Condition/asthma"),)
    letter = LabelledEntry(entry("Composition/1", section="documents", links=links), ("general",))
    led = {"type": "deny", "data": [{"meaning": "related", "reference": {"reference": "Composition/1"}}]}
    where = store_labelled([*record(), letter], acts=chosen(consent("", led)))
    found = broken_glass(where, glass())
    told = {one.entry.resource: one.because for section in found.sections.values() for one in section.entries}
    because = "Shown because of emergency access: it is recorded."
    assert [told[name] == because for name in ("Condition/asthma", "AllergyIntolerance/1")] == [True, False]


def test_the_reason_for_what_stays_withheld_is_not_that_of_the_override() -> None:
    request_ = request("ambulance", purpose="BTG", reason=WHY)
    acts = chosen(consent("OPTIN", {**NO_SEXUAL, "purpose": [purpose("BTG")]}))
    closed = Closed(Acts(acts, PERSON, NOW, Neighbourhood(), view=emergency_view), request_)
    told = Overruling(request_, policies(test_data=False), None, glass(), closed)
    decision, because = told.on(LabelledEntry(LOW, ("sexual-reproductive",)))
    assert decision.effect == "withhold"
    assert because == "Not shown: it is not among what your role may see for this purpose."
    assert told.on(LabelledEntry(ASTHMA, ("general",)))[1].startswith("Shown because: ")


def test_the_end_is_told_in_the_readers_own_time() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    at = datetime(2026, 12, 1, 3, tzinfo=UTC)
    asked = replace(request("ambulance", purpose="BTG", reason=WHY), now=at.astimezone(there))
    override = glass(opened=at, ends=at + timedelta(minutes=30))
    found = Gate(store_labelled(record())).open(asked, override=override)
    assert found.notices[0].startswith("Emergency access until 09:00 on 1 Dec 2026.")


@pytest.mark.parametrize(
    "wrong",
    [{"user": "eve", "authoriser": "eve"}, {"ends": NOW}, {"reason": "x"}, {"person": "p-2"}, {"role": "gp"}],
)
def test_an_override_that_is_not_in_force_changes_nothing(wrong: dict[str, Any]) -> None:
    where = store_labelled(record())
    found = broken_glass(where, glass(**wrong))
    assert found == broken_glass(where)
    assert found.override is None


def test_a_court_order_speaks_to_a_request_of_its_user_for_care() -> None:
    order = glass(
        kind="court-order",
        role="administrator",
        authoriser="carol",
        authoriser_role="custodian",
        second="dan",
        second_role="privacy-officer",
        grounds="Family Court, FD26P00001",
    )
    where = store_labelled(record(), acts=chosen(consent("OPTIN", {**NO_SEXUAL, "purpose": [purpose("BTG")]})))
    found = Gate(where).open(request("administrator"), override=order)
    assert shown(found) == {"Condition/asthma", "Condition/low", "AllergyIntolerance/1"}
    assert found.notices[0].startswith("Court order until 10:30 on 21 Nov 2026.")


def test_choices_that_cannot_be_read_show_nothing_even_in_an_emergency() -> None:
    where = store_labelled(record(), acts=[Act(kind="set", time="2026", by=By("u", "U", "person", "Home"))])
    for found in (opened(where), broken_glass(where, glass())):
        assert shown(found) == set()
        assert found.override is None
        assert found.notices == (f"Nothing is shown: {REFUSED[:1].lower()}{REFUSED[1:]}.", MAY_BE_HIDDEN)
    assert [event.kind for event in where.events] == ["refused", "refused"]


# -- another audience


def handed_on(where: MemoryStore, audience: str, role: str = "gp") -> DisclosedRecord:
    return Gate(where).open(request(role), audience=audience)  # type: ignore[arg-type]


def test_what_is_handed_on_is_what_both_may_see_whoever_asks() -> None:
    where = store_labelled(record())
    assert shown(handed_on(where, "gp")) == shown(opened(where)) == {one.entry.resource for one in record()}
    both = shown(opened(where)) & shown(opened(where, "ambulance", relationship="referred"))
    assert "Condition/low" not in both
    assert shown(handed_on(where, "ambulance")) == both
    assert shown(handed_on(where, "gp", "ambulance")) == both
    assert not handed_on(where, "ambulance").full


def test_what_is_handed_on_is_masked_where_either_may_not_know_who_wrote_it() -> None:
    where = store([entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Latex", source=TRUST)])
    (item,) = handed_on(where, "pharmacist").sections["allergies"].entries
    assert item.shortened
    assert item.entry.source.name != TRUST.name
    (plain,) = opened(where).sections["allergies"].entries
    assert plain.entry.source.name == TRUST.name


def test_a_choice_about_the_audience_binds_what_is_handed_on() -> None:
    rule = {**NO_SEXUAL, "actor": [{"role": {"coding": [role_coding("midwife")._asdict()]}}]}
    where = store_labelled(record(), acts=chosen(consent("OPTIN", rule)))
    assert "Condition/low" in shown(opened(where))
    assert "Condition/low" in shown(handed_on(store_labelled(record()), "midwife"))
    assert "Condition/low" not in shown(handed_on(where, "midwife"))


def test_an_audience_is_asked_for_as_one_who_takes_part_in_care_whoever_asks() -> None:
    money = LabelledEntry(entry("Condition/money"), ("money",))
    where = store_labelled([money, *record()])
    by_claim = Gate(where).open(request("gp", relationship="self-claimed", reason="Seen today"), audience="gp")
    assert "Condition/money" not in shown(by_claim), "the one who asks only claims to know the person"
    research = {"type": "permit", "purpose": [purpose("HRESCH")]}
    permitted = store_labelled(record(), acts=chosen(consent("OPTOUT", {**research, "actor": [role_of("gp")]})))
    asked = request("gp", purpose="HRESCH")
    assert "Condition/asthma" in shown(Gate(permitted).open(asked))
    assert shown(Gate(permitted).open(asked, audience="gp")) == set(), "for care nothing is permitted"


def test_an_audience_is_of_no_organisation_and_no_name() -> None:
    for rule in (
        {"type": "permit", "actor": [named(ORGANISATION, "Elsewhere")]},
        {"type": "permit", "actor": [named(USER, "ann")]},
    ):
        where = store_labelled(record(), acts=chosen(consent("OPTOUT", rule)))
        assert "Condition/asthma" in shown(opened(where))
        assert shown(handed_on(where, "gp")) == set()


def test_own_writing_of_the_one_who_asks_is_not_that_of_the_audience() -> None:
    where = store_labelled(record(), acts=chosen(consent("OPTOUT")))
    assert "Condition/asthma" in shown(opened(where, organisation=SURGERY.name))
    assert shown(Gate(where).open(request("gp", organisation=SURGERY.name), audience="gp")) == set()


def test_names_of_practices_are_looked_for_in_all_that_a_protected_person_has() -> None:
    letter = entry("Composition/1", section="documents", title="Sent on to Riverside Surgery", source=HOSPITAL)
    home = entry("Organization/1", section="gp-practice", title="The Elms", source=COUNCIL)
    note = entry("Observation/2", section="results", title="Seen at the elms", source=HOSPITAL)
    ward = entry("Observation/3", section="results", title="Seen at Valley Hospital", source=HOSPITAL)
    restricted = Identity(names=(PersonName(family="Example"),), restricted=True)
    found = opened(store([ASTHMA, letter, home, note, ward], identity=restricted))
    assert found.entry(letter.entry_id).entry.title == "Protected, not shown"
    assert found.entry(note.entry_id).entry.title == "Protected, not shown"
    assert found.entry(ward.entry_id).entry.title == "Seen at Valley Hospital"
    open_ = opened(store([ASTHMA, letter, home, note]))
    assert open_.entry(letter.entry_id).entry.title == "Sent on to Riverside Surgery"


# -- the person and those who act for them


def by_person(where: MemoryStore, role: str = "person", about: About = About()) -> DisclosedRecord:  # noqa: B008 - frozen
    place = link(PERSON) if role == "person" else link(PERSON, "ann")
    own = speaking_for(role, place, "ann", about)
    asked = Request(PERSON, Actor("ann", role, place), "PATRQT", "present", NOW)  # type: ignore[arg-type]
    return Gate(where).open(asked, own=own)


def test_the_person_sees_their_own_in_words_for_them() -> None:
    where = store_labelled([*record(), LabelledEntry(entry("Condition/n"), ("general",), "", ("NOPAT",))])
    found = by_person(where)
    assert shown(found) == {one.entry.resource for one in record()}
    assert MAY_BE_HIDDEN not in found.notices
    assert KEPT_BY_LAW in found.notices
    assert found.banner.not_shared == KEPT_BY_LAW
    assert {section.notice for section in found.sections.values()} == {KEPT_BY_LAW}
    assert by_person(where, "proxy").sections["problems"].entries == ()
    born = [LabelledEntry(entry("Patient/b"), ("general",), "", ("ADOPTION",)), *record()]
    assert shown(by_person(store_labelled(born))) == {one.entry.resource for one in record()}
    refused = store_labelled(record(), acts=chosen(consent("OPTOUT")))
    assert shown(by_person(refused)) == {one.entry.resource for one in record()}


def test_nobody_tells_a_person_to_ask_the_person() -> None:
    said = [item.text for item in by_person(store([])).banner.items]
    assert "May not be shown to you; ask the privacy office" in said
    assert not any(text.endswith("ask the person") for text in said)
    assert any(text.endswith("ask the person") for text in [i.text for i in opened(store([]), "nurse").banner.items])


def test_someone_linked_to_another_person_is_refused() -> None:
    where = store_labelled(record())
    asked = Request(PERSON, Actor("eve", "person", link("p-2")), "PATRQT", "present", NOW)  # type: ignore[arg-type]
    for act in (lambda: Gate(where).open(asked), lambda: Gate(where).admit(asked)):
        with pytest.raises(NotDisclosedError, match="cannot be answered"):
            act()
    assert [event.outcome for event in where.events] == ["8", "8"]


def test_a_request_that_would_be_answered_is_admitted_and_leaves_no_line() -> None:
    where = store_labelled(record())
    Gate(where).admit(request())
    assert where.events == []


# -- what stands beside an entry


class Marks:
    """What a store says of one entry."""

    def __init__(self, floors: tuple[bytes | None, ...] = (), correction: bytes | None = None, closed: bool = False):
        self.floors, self.correction, self.closed = floors, correction, closed


def marked(marks: Marks, one: Entry = ASTHMA, role: str = "ambulance") -> DisclosedRecord:
    where = store_labelled([LabelledEntry(one, ("general",)), LabelledEntry(entry("Condition/2"), ("general",))])
    where.about[one.entry_id] = marks
    return opened(where, role)


def test_what_was_learned_since_counts_beside_what_the_entry_says() -> None:
    assert shown(marked(Marks())) == {"Condition/asthma", "Condition/2"}
    assert shown(marked(Marks((encode_floor(["sexual-reproductive"]),)))) == {"Condition/2"}
    assert shown(marked(Marks((None,)))) == {"Condition/2"}
    set_so = Correction(("sexual-reproductive",), "It is", "Pru", "2026-01-01")
    assert shown(marked(Marks(correction=encode_correction(set_so)))) == {"Condition/2"}


def test_what_was_decided_and_cannot_be_read_withholds_and_is_told_to_who_sees_everything() -> None:
    for marks in (Marks(closed=True), Marks(correction=b"\xc1"), Marks((b"\xc1",))):
        assert shown(marked(marks)) == {"Condition/2"}
        found = marked(marks, role="gp")
        assert shown(found) == {"Condition/2"}
        assert found.sections["allergies"].state == "failed"


def test_what_withholds_one_entry_of_a_resource_leaves_the_others_not_whole() -> None:
    parts = [entry("Observation/1", section="results"), entry("Observation/1", section="results", title="Second")]
    parts[1] = Entry(**{name: getattr(parts[1], name) for name in Entry.__struct_fields__} | {"entry_id": "e-2"})
    where = store_labelled([LabelledEntry(one, ("general",)) for one in parts])
    assert all(item.whole for item in opened(where).sections["results"].entries)
    where.about[EntryId("e-2")] = Marks(closed=True)
    (left,) = opened(where).sections["results"].entries
    assert not left.whole


def test_it_says_until_when_it_lasts() -> None:
    found = broken_glass(store_labelled(record()), glass(ends=NOW + timedelta(minutes=5)))
    assert found.notices[0].startswith("Emergency access until 09:35 on 21 Nov 2026.")


def test_what_a_choice_leads_to_is_told_from_the_stored_entries() -> None:
    letter = LabelledEntry(
        entry("Composition/1", section="documents", links=(Link("section", "Condition/low"),)), ("general",)
    )
    rule = {"type": "deny", "data": [{"meaning": "related", "reference": {"reference": "Composition/1"}}]}
    where = store_labelled([*record(), letter], acts=chosen(consent("OPTIN", rule)))
    where.contents.append(StoredContent(EntryId("e-x"), "i-1", b"\xc1"))
    assert shown(opened(where)) == {"Condition/asthma", "AllergyIntolerance/1"}


def test_a_workers_own_choice_narrows_beside_the_persons() -> None:
    ned = By("u-ned", "Ned", "gp", "Elsewhere")
    own = chosen(consent("OPTIN"))
    theirs = [msgspec.structs.replace(one, by=ned) for one in chosen(consent("OPTIN", NO_SEXUAL))]
    assert "Condition/low" in shown(opened(store_labelled(record(), acts=own)))
    for acts in ([*own, *theirs], [*own, *theirs, *theirs]):
        assert shown(opened(store_labelled(record(), acts=acts))) == {"Condition/asthma", "AllergyIntolerance/1"}


def test_choices_withdrawn_altogether_are_as_none() -> None:
    acts = [*chosen(consent("OPTOUT")), Act(kind="withdraw", time="2026", by=CAT, ids=("c0",))]
    assert shown(opened(store_labelled(record(), acts=acts))) == {one.entry.resource for one in record()}
