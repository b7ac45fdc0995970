"""What is taken out of a permitted entry: the name of a service, places and ways to reach someone, and nothing more."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from gatekit import COUNCIL, SURGERY, TRUST, entry

from consent.redaction import (
    NOT_SHOWN,
    OTHER_SERVICE,
    PROTECTED,
    Protection,
    Shown,
    hide_source,
    lost_text,
    mark_not_a_fact,
    mask_references,
    without_its_line,
)
from consent.references import stays, target_type
from fhir.entries import Code, Entry, Field, Link, Source, Unnamed, When
from fhir.people import Address, Demographics, Identity, Telecom

FULL = entry(
    "AllergyIntolerance/1",
    title="Latex",
    detail="Rash",
    value="severe",
    author="Dr Moor",
    source=TRUST,
    links=(Link("recorder", "Practitioner/p", "Dr Moor"),),
    fields=(Field("Reaction", "rash"), Field("Recorded at", "Moor Partnership"), Field("STATUS", "active")),
    profiles=("urn:moor",),
    categories=(Code("urn:moor", "1", "Moor clinic"),),
    labels=(Code("urn:act", "PSY"),),
    warnings=("From Moor",),
    codes=(Code("urn:sct", "300916003", "Latex allergy"),),
)


def test_without_its_source_an_entry_keeps_what_it_says_and_no_word_of_who_wrote_it() -> None:
    found = hide_source(FULL)
    assert found.source == Source(name=OTHER_SERVICE, kind="health", lane="other")
    assert (found.author, found.links, found.profiles, found.categories, found.labels, found.warnings) == (
        "", (), (), (), (), (),
    )  # fmt: skip
    assert [field.label for field in found.fields] == ["Reaction", "STATUS"]
    kept = ("entry_id", "title", "detail", "value", "codes", "when", "section", "kind", "resource")
    assert all(getattr(found, name) == getattr(FULL, name) for name in kept)


# -- protected people

KNOWN = Demographics(
    identity=Identity(),
    addresses=(
        Address(lines=("12 Mill Lane", "Old Town"), postcode="ZZ99 3VZ"),
        Address(lines=(), postcode="D-10115"),
    ),
    telecoms=(Telecom(system="phone", value="mill"), Telecom(system="phone", value="cat")),
    gp_practice="Riverside Surgery",
)


def protected(**values: Any) -> Entry | None:
    return Protection([KNOWN], ["The Elms"]).mask(entry("Observation/1", **values))


def kept(**values: Any) -> Entry:
    found = protected(**values)
    assert found is not None
    return found


def test_the_practice_of_a_protected_person_is_not_shown_at_all() -> None:
    assert protected(section="gp-practice") is None
    assert protected(kind="gp") is None
    assert protected(section="gp-practice", kind="gp") is None
    assert kept(title="Blood pressure").title == "Blood pressure"


@pytest.mark.parametrize(
    "text",
    [
        "Lives at 12 Mill Lane",
        "Visited in old-town today",
        "near zz993vz",
        "Registered with riverside surgery",
        "at the elms",
        "a windmill",
        "moved to d 10115",
        "moved to SW1A 1AA",
        "ring 020 7946 0123",
        "ring +44 20 7946 0123",
        "ring +44 (0)20 7946 0123",
        "ring (01632) 960123",
        "ring 0044 20 7946 0123",
        "ring 01632 960 - 123",
        "write to ann.other@example.org",
    ],
)
def test_text_that_tells_where_they_are_or_how_to_reach_them_goes(text: str) -> None:
    found = kept(
        title=text,
        detail=text,
        value=text,
        author=text,
        status=text,
        fields=(Field("Note", text), Field(text, "x"), Field("Note", "fine")),
        links=(Link("x", "Observation/2", text), Link("y", "Observation/3", "fine")),
        warnings=(text, "fine"),
        codes=(Code("urn:c", "1", text), Code("urn:c", "2", "fine")),
        categories=(Code("urn:c", "1", text), Code("urn:c", "2", "fine")),
        source=COUNCIL,
    )
    assert (found.title, found.detail, found.value, found.author, found.status) == (PROTECTED, "", "", "", "")
    assert [field.value for field in found.fields] == ["fine"]
    assert [link.display for link in found.links] == ["", "fine"]
    assert [(link.rel, link.target) for link in found.links] == [("x", "Observation/2"), ("y", "Observation/3")]
    assert found.warnings == ("fine",)
    assert [(code.code, code.display) for code in found.codes] == [("1", ""), ("2", "fine")]
    assert [code.code for code in found.categories] == ["2"]


@pytest.mark.parametrize("text", ["a cat", "12 lanes", "town", "call 999", "0207", "reading 120 over 80"])
def test_other_words_stay(text: str) -> None:
    found = kept(title=text, detail=text, status=text, author=text, source=COUNCIL)
    assert (found.title, found.detail, found.status, found.author) == (text, text, text, text)


def test_places_and_people_of_a_protected_person_are_not_led_to_and_fields_that_name_a_place_go() -> None:
    links = [Link("x", f"{kind}/1", kind) for kind in ("Organization", "Location", "Practitioner", "Condition")]
    labels = ("Address", "Home phone", "e-mail", "Practice", "GP", "Seen at", "Lives with", "Reaction", "Batch")
    found = kept(links=tuple(links), fields=tuple(Field(label, "x") for label in labels))
    assert [link.target for link in found.links] == ["Condition/1"]
    assert [field.label for field in found.fields] == ["Reaction", "Batch"]


def test_the_source_of_gp_records_of_a_protected_person_has_no_name_and_others_keep_theirs() -> None:
    assert kept(source=SURGERY, author="Dr Example").source == Source(name="GP practice", kind="health", lane="gp")
    assert kept(source=SURGERY, author="Dr Example").author == ""
    assert kept(source=COUNCIL, author="Kay Worker").source == COUNCIL
    assert kept(source=COUNCIL, author="Kay Worker").author == "Kay Worker"


def test_a_value_that_repeats_a_place_goes_with_it() -> None:
    assert kept(value="Hostel", fields=(Field("Place", "Hostel"),)).value == ""
    assert kept(value="Hostel", fields=(Field("Note", "Hostel"),)).value == "Hostel"
    assert kept(value="Hostel", fields=()).value == "Hostel"


# -- references


def test_what_a_reference_is_to_is_told_from_its_last_two_parts() -> None:
    assert target_type("Condition/1") == target_type("https://x/fhir/Condition/1/") == "Condition"
    assert target_type("Condition") == target_type("") == ""
    for target in ("", "#a", "Condition/1#a", "Organization/1", "Medication/1", "Questionnaire/1", "Substance/1"):
        assert stays(target), target
    for target in ("Condition/1", "AllergyIntolerance/1", "Observation/1", "Encounter/1", "urn:uuid:1"):
        assert not stays(target), target


def test_the_line_of_its_file_is_told_to_nobody_from_whom_a_line_may_be_withheld() -> None:
    one = entry("Task/1", fields=(Field("Extract line", "a.csv, line 4"), Field("Kind", "review")))
    assert without_its_line(one).fields == (Field("Kind", "review"),)
    other = entry("Task/1", fields=(Field("Kind", "a line"),))
    assert without_its_line(other) is other


def test_words_that_a_hidden_reference_carried_go_wherever_they_stand() -> None:
    one = entry(
        "Encounter/1",
        title="Review of DEPRESSION",
        detail="fine",
        value="depression",
        links=(
            Link("x", "Condition/low", "Depression"),
            Link("y", "Condition/2", "Gout"),
            Link("z", "Condition/3", "ME"),
        ),
        fields=(Field("Why", "for depression"), Field("Who", "me")),
        warnings=("about Depression",),
    )
    found = mask_references(one, lambda _, link: link.target == "Condition/2")
    assert (found.title, found.detail, found.value) == (NOT_SHOWN, "fine", "")
    assert [link.target for link in found.links] == ["Condition/2"]
    assert [field.value for field in found.fields] == ["me"], "two letters tell too little to look for"
    assert found.warnings == ()
    three = msgspec.structs.replace(one, links=(Link("z", "Condition/3", "HIV"),), title="HIV test")
    assert mask_references(three, lambda *_: False).title == NOT_SHOWN
    assert mask_references(one, lambda *_: True) is one


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"fields": ()}, True),
        ({"title": "x"}, True),
        ({"detail": "x"}, True),
        ({"value": "x"}, True),
        ({"author": "x"}, True),
        ({"links": ()}, True),
        ({"warnings": ()}, False),
        ({"status": "x"}, False),
    ],
)
def test_a_reader_is_told_of_missing_parts_where_more_went_than_a_bare_reference(
    change: dict[str, Any], lost: bool
) -> None:
    assert lost_text(FULL, msgspec.structs.replace(FULL, **change)) is lost
    assert not lost_text(FULL, FULL)
    bare = msgspec.structs.replace(FULL, links=(Link("x", "Condition/1"),))
    assert not lost_text(bare, msgspec.structs.replace(bare, links=()))


def test_what_is_not_a_fact_says_so_and_is_never_active() -> None:
    wrong = mark_not_a_fact(entry("Condition/1", status="refuted", active=True))
    assert (wrong.status, wrong.active) == ("Not valid: refuted", False)
    assert mark_not_a_fact(entry("Condition/1")).status == "Not valid: entered in error or replaced"


def test_a_reference_leads_to_what_is_shown_of_its_own_source_or_tells_no_more_than_what_is() -> None:
    gout = entry("Condition/1", title="Gout", codes=(Code("urn:c", "1", "Gouty arthritis"),), source=SURGERY)
    unique = entry("Condition/01234567-89ab-cdef-0123-456789abcdef", title="Asthma", source=SURGERY)
    shown = Shown([gout, unique])
    uneven = ("0123456789ab-cdef-0123-456789abcdef0123", "0" * 36, "0-1-2-3-4", "0-1-2-3-4" + "5" * 28)
    here, elsewhere = entry("Observation/1", source=SURGERY), entry("Observation/1", source=TRUST)
    said = entry(
        "Communication/1", source=TRUST, fields=(Field("Category", "Comment"),), links=(Link("about", "Condition/1"),)
    )

    other = entry("Condition/1", title="Rash", source=COUNCIL)

    def leads(one: Entry, display: str, target: str = "Condition/1") -> bool:
        return shown.leads(one, Link("reason", target, display))

    assert leads(here, "Depression")
    assert not leads(here, "Gout", "Condition/2")
    assert not leads(elsewhere, "Depression")
    assert leads(elsewhere, "")
    assert not leads(elsewhere, "", "Condition/2")
    several = Shown([other, gout])
    assert several.leads(here, Link("reason", "Condition/1", "Depression")), "one of its own is enough"
    assert several.leads(elsewhere, Link("reason", "Condition/1", "Rash"))
    assert several.leads(elsewhere, Link("reason", "Condition/1", "Gout"))
    for identity in uneven:
        short = Shown([entry(f"Condition/{identity}", title="Gout", source=SURGERY)])
        assert not short.leads(elsewhere, Link("reason", f"Condition/{identity}", "Depression"))
    assert leads(elsewhere, "gout")
    assert leads(elsewhere, "Gouty  arthritis")
    assert leads(elsewhere, "Depression", unique.resource)
    assert shown.leads(said, Link("about", "Condition/1", "What it was called, Riverside Surgery"))
    assert not shown.leads(said, Link("about", "Condition/1", "Depression, Moor Partnership"))
    assert not leads(elsewhere, "What it was called, Riverside Surgery")


def test_of_what_is_not_shown_the_code_and_the_time_that_were_told_go_too() -> None:
    links = (
        Link("problem", "Condition/h", "Low mood"),
        Link("encounter", "Encounter/e", "5 May 2024"),
        Link("other", "Condition/2", "Review"),
        Link("place", "Location/1", "Clinic"),
    )
    codes = (Code("urn:c", "1", "Low mood"), Code("urn:c", "2", "Review"))
    seen = When(start="2024-05-05", precision="day", text="5 May 2024")
    one = entry("List/1", title="Review at the Clinic", codes=codes, when=seen, recorded="2024-06-07", links=links)
    found = mask_references(one, lambda _, link: link.target == "Condition/2")
    assert found.title == "Review at the Clinic", "what stays may be named"
    assert [link.target for link in found.links] == ["Condition/2", "Location/1"]
    assert found.codes == codes[1:]
    assert found.when.start == "2024-06-07"
    longer = msgspec.structs.replace(one, when=When(text="Since 5 May 2024"))
    assert mask_references(longer, lambda *_: False).when == longer.when, "its own time"
    assert mask_references(one, lambda _, link: link.rel != "problem").when == one.when
    three = msgspec.structs.replace(one, links=(Link("x", "Condition/h", "HIV"),), title="An hiv test")
    assert mask_references(three, lambda *_: False).title == NOT_SHOWN


def test_a_name_in_two_lines_or_cut_is_the_name() -> None:
    for title in ("Seen for low mood", "Seen for low…"):
        one = entry("Appointment/1", title=title, links=(Link("reason", "Condition/h", "Low\n  mood"),))
        assert mask_references(one, lambda *_: False).title == NOT_SHOWN


@pytest.mark.parametrize("kind", ["Medication", "Substance", "Questionnaire", "PlanDefinition", "ActivityDefinition"])
def test_products_and_blank_forms_may_be_named_and_devices_and_allergies_are_facts(kind: str) -> None:
    assert stays(f"{kind}/1")
    assert not stays("Device/1")
    assert not stays("AllergyIntolerance/1")


def test_names_that_the_program_found_are_told_where_all_that_an_entry_refers_to_is_shown() -> None:
    unique = "Encounter/01234567-89ab-cdef-0123-456789abcdef"
    bare = entry("Appointment/1", title="Appointment", source=SURGERY)
    named = msgspec.structs.replace(bare, title="Appointment: Gout", unnamed=Unnamed(("Condition/1", unique), bare))
    gout, visit = entry("Condition/1", source=SURGERY), entry(unique, source=TRUST)

    def told(*shown: Entry, everything: bool = False) -> str:
        here = Shown(shown, everything=everything)
        found = here.named(named)
        assert found.unnamed is None, "nothing that leaves has it"
        assert here.names(named) == (found.title == named.title)
        return found.title

    assert told(gout, visit) == "Appointment: Gout"
    assert told(everything=True) == "Appointment: Gout"
    for shown in ([], [gout], [visit], [entry("Condition/1", source=TRUST), visit]):
        assert told(*shown) == "Appointment"
    assert Shown([]).named(bare) is bare
    assert Shown([]).names(bare)
