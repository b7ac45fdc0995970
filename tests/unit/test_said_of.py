"""What is said of a thing goes where all of that thing goes: for the gate, and for the keys."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from gatekit import NOW, PERSON, SURGERY, TRUST, entry, opened, request, shown, store

from consent.acting import About, link, speaking_for
from consent.gate import Gate
from consent.kinds_of_worker import Kind, changes
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.persons_choices import Neighbourhood
from consent.said_of import WithTheirThings, is_said_of, is_said_of_another, without_its_thing
from fhir.entries import Code, Entry, Field, Link, Source
from fhir.own_words import AGREES, COMMENT, CORRECTED, CORRECTION, DISAGREES, NOT_CORRECTED


@dataclass(frozen=True)
class Unreadable:
    """What stands about an entry and cannot be read."""

    floors: tuple[bytes, ...] = (b"?",)
    correction: bytes | None = b"?"
    closed: bool = False


OTHER = Source(name="Elsewhere", kind="health", lane="gp", key="ELSE")


def saying(resource: str, about: str, *fields: str, **values: str) -> Entry:
    told = tuple(Field("About", field) for field in fields)
    made = entry(resource, links=(Link("about", about),), fields=told)
    return msgspec.structs.replace(made, **values)


THING = entry("Condition/1")
SAME_NAME = msgspec.structs.replace(entry("Condition/1"), source=OTHER, entry_id="elsewhere")
SAID = saying("Communication/1", "Condition/1", COMMENT, f"Asthma, {SURGERY.name}")
ASKED = saying("Task/1", "Condition/1", SURGERY.name, title=CORRECTION)
ANSWERED = saying("Communication/2", "Task/1", CORRECTED)
AGAIN = saying("Communication/3", "Communication/4", COMMENT, SURGERY.name)
ROUND = saying("Communication/4", "Communication/3", COMMENT, SURGERY.name)


def lost(*shown: Entry, partly: tuple[tuple[str, str], ...] = ()) -> set[str]:
    gone = without_its_thing([LabelledEntry(one, ("general",)) for one in shown], partly)
    return {one.resource for one in shown if one.entry_id in gone}


def test_comments_requests_and_answers_are_said_of_another_and_other_messages_and_tasks_are_not() -> None:
    refused = saying("Communication/6", "Task/1", NOT_CORRECTED)
    agreed = [saying("Communication/7", "CarePlan/1", word) for word in (AGREES, DISAGREES)]
    assert all(map(is_said_of_another, (SAID, ASKED, ANSWERED, refused, *agreed)))
    letter = saying("Communication/9", "Condition/1", "Results")
    visit = saying("Task/9", "Condition/1", SURGERY.name, title="Visit")
    assert not any(map(is_said_of_another, (THING, letter, visit)))


def test_a_name_that_two_sources_use_means_that_of_the_source_that_is_named() -> None:
    assert is_said_of(SAID, THING)
    assert not is_said_of(SAID, SAME_NAME)
    assert not is_said_of(SAID, entry("Condition/2"))
    assert is_said_of(ANSWERED, msgspec.structs.replace(ASKED, source=OTHER)), "an answer names its request alone"


def test_it_is_shown_where_its_thing_is_and_an_answer_where_its_request_is() -> None:
    assert lost(THING) == set()
    for word in (AGREES, DISAGREES):
        agreed = saying("Communication/7", "Condition/1", word, f"{word}: Home care")
        assert lost(agreed, THING) == set()
        assert lost(agreed) == {"Communication/7"}
    assert lost(ANSWERED, SAID, ASKED, THING) == set()
    assert lost(ANSWERED, SAID, ASKED) == {"Communication/1", "Task/1", "Communication/2"}
    assert lost(ANSWERED, SAID, ASKED, SAME_NAME) == {"Communication/1", "Task/1", "Communication/2"}
    assert lost(THING, ASKED, SAID, partly=((THING.source.key, "Condition/1"),)) == {"Communication/1", "Task/1"}


def test_where_a_thing_came_from_goes_with_the_last_of_what_came_so() -> None:
    def made(*targets: str, source: Source = SURGERY) -> Entry:
        links = tuple(Link("target", target) for target in targets)
        return msgspec.structs.replace(entry("Provenance/1", links=links), source=source)

    one = made("Condition/1")
    assert lost(one, THING) == set()
    assert lost(one) == lost(one, SAME_NAME) == lost(one, THING, partly=((THING.source.key, "Condition/1"),))
    assert lost(one) == {"Provenance/1"}
    assert lost(made("Condition/1", "Condition/2"), THING) == set()
    assert lost(made("Patient/1")) == lost(made("Practitioner/1")) == lost(made()) == set()
    unique = entry("Condition/01234567-89ab-cdef-0123-456789abcdef")
    assert lost(made(unique.resource, source=OTHER), unique) == set()
    about = msgspec.structs.replace(one, links=(*one.links, Link("location", "Condition/2")))
    assert lost(about, entry("Condition/2")) == {"Provenance/1"}
    assert lost(entry("VerificationResult/1", links=one.links)) == set(), "no other resource is told so"


def test_the_gate_gives_it_with_its_thing_and_to_the_person_always() -> None:
    very = Code(system="http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code="V")
    hidden = msgspec.structs.replace(THING, labels=(very,))
    said = {"Communication/1", "Task/1", "Communication/2"}
    assert said <= shown(opened(store([THING, SAID, ASKED, ANSWERED])))
    assert not said & shown(opened(store([hidden, SAID, ASKED, ANSWERED]), "nurse"))
    part = msgspec.structs.replace(hidden, entry_id="e-part")
    assert "Condition/1" in shown(opened(store([THING, part, SAID, ASKED, ANSWERED]), "nurse"))
    record = opened(store([THING, part, SAID, ASKED, ANSWERED]), "nurse")
    assert not said & shown(record), "not all of it is shown"
    assert not any(item.whole for item in record.sections["problems"].entries)
    kept = store([THING, msgspec.structs.replace(part, labels=()), SAID, ASKED, ANSWERED])
    assert said <= shown(opened(kept))
    kept.about = {part.entry_id: Unreadable()}
    assert not said & shown(opened(kept)), "of a part it cannot be told what stands about it"
    gone = store([SAID, ASKED, ANSWERED])
    assert not said & shown(opened(gone))
    asked = request("person", organisation=link(PERSON), purpose="PATRQT")
    assert said <= shown(Gate(gone).open(asked, own=speaking_for("person", link(PERSON), "ann", About())))
    own = speaking_for("person", link(PERSON), "ann", About())
    assert not said & shown(Gate(gone).open(asked, audience="gp", own=own)), "what they hand on goes by the rule"


def test_the_preview_counts_it_with_all_of_its_thing() -> None:
    whole = [LabelledEntry(THING, ("general",)), LabelledEntry(SAID, ("general",))]
    other = msgspec.structs.replace(THING, entry_id="e-other")

    def shown_to_a_nurse(*more: LabelledEntry, role: str = "nurse") -> frozenset[str]:
        told = [*whole, *more]
        (found,) = changes(
            told, [], [], [Kind(role)], person=PERSON, now=NOW, neighbours=Neighbourhood(), test_data=False
        )
        return found.shown

    assert SAID.entry_id in shown_to_a_nurse(LabelledEntry(other, ("general",)))
    partly = shown_to_a_nurse(LabelledEntry(other, ("general",), "V"))
    assert THING.entry_id in partly
    assert SAID.entry_id not in partly
    rash = LabelledEntry(msgspec.structs.replace(entry("Condition/9"), entry_id="e-rash"), ("general",))
    hidden = LabelledEntry(msgspec.structs.replace(entry("Condition/8"), entry_id="e-hidden"), ("mental-health",), "V")
    several = shown_to_a_nurse(LabelledEntry(other, ("general",), "V"), rash, hidden)
    assert {THING.entry_id, rash.entry.entry_id} <= several
    assert SAID.entry_id not in several
    allergy = entry("AllergyIntolerance/1", section="allergies", kind="allergy", source=TRUST)
    shortened = label([allergy])[0]
    assert {THING.entry_id, SAID.entry_id, allergy.entry_id} <= shown_to_a_nurse(shortened)
    assert opened(store([allergy]), "home-care").sections["allergies"].entries[0].shortened
    assert allergy.entry_id in shown_to_a_nurse(shortened, role="home-care"), "what is shown in part is shown"


class Base:
    """Readers by the name of a resource."""

    def __init__(self, **readers: str) -> None:
        self.all = {name.replace("_", "/"): frozenset(who.split()) for name, who in readers.items()}

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        return self.all.get(labelled.entry.resource, frozenset({"gps", "wards", "crew"}))


def keys(base: Base, of: Entry, *there: Entry) -> set[str]:
    stored = [LabelledEntry(one, ("general",)) for one in there]
    return set(WithTheirThings(base, lambda: stored).readers(LabelledEntry(of, ("general",))))


def test_nobody_has_keys_to_it_but_those_of_all_of_its_thing() -> None:
    base = Base(Condition_1="gps wards", Task_1="gps crew")
    assert keys(base, THING, THING, SAID) == {"gps", "wards"}
    assert keys(base, SAID, THING, SAID) == {"gps", "wards"}
    assert keys(base, SAID, SAME_NAME) == {"gps", "wards", "crew"}, "nothing is known of its thing: the gate keeps it"
    assert keys(base, ANSWERED, THING, ASKED) == {"gps"}
    assert keys(base, AGAIN, ROUND, AGAIN) == {"gps", "wards", "crew"}, "of each other, without end"
    assert keys(base, saying("Communication/5", "Communication/4", COMMENT, SURGERY.name), ROUND, AGAIN)


def test_what_is_said_of_nothing_asks_nobody_for_the_rest() -> None:
    def never() -> list[LabelledEntry]:
        raise AssertionError

    assert WithTheirThings(Base(), never).readers(LabelledEntry(THING, ("general",))) == {"gps", "wards", "crew"}
