"""A reason for a label comes with the list and version that the row of our tables was taken from."""

from __future__ import annotations

from gatekit import entry

from consent.label_origins import origins
from consent.labelling import GIVES_AWAY, SET_ON_PURPOSE, label, label_together
from consent.labels import LabelledEntry
from consent.sensitivity.tables import codes, security_labels, shape, words
from fhir.entries import Code, Entry, Source

SNOMED, ACT = "http://snomed.info/sct", "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def labelled(one: Entry) -> LabelledEntry:
    (found,) = label([one])
    return found


def test_of_a_code_it_is_the_list_the_code_is_from() -> None:
    found = labelled(entry("Condition/1", title="Low mood", codes=(Code(SNOMED, "35489007"),)))
    assert found.because == ("mental-health: its code means Depressive disorder",)
    assert origins(found) == (codes().origins(SNOMED, "35489007")["mental-health"],)
    (depression,) = origins(found)
    assert depression is not None
    assert "DEPR_COD" in depression.source


def test_of_a_word_a_place_and_a_label_it_is_their_table() -> None:
    word = labelled(entry("Condition/1", title="Bipolar disorder"))
    assert origins(word) == (words().origins("title", "bipolar")["mental-health"],)
    place = labelled(entry("Observation/1", section="money", title="A sum"))
    assert origins(place) == (shape().origins["section", "money"],)
    wrote = labelled(entry("Observation/1", title="Walks well", source=Source(name="Council", lane="social-care")))
    assert origins(wrote) == (shape().origins["lane", "social-care"],)
    kind = labelled(entry("Condition/1", title="Asthma"))
    assert kind.because == ("general: its kind of record",)
    assert origins(kind) == (shape().origins["type", "Condition"],)
    marked = labelled(entry("Condition/1", title="Bipolar disorder", labels=(Code(ACT, "SEX"),)))
    assert origins(marked) == (security_labels().origins([(ACT, "SEX")])["sexual-reproductive"],)


def test_what_travels_is_by_the_table_of_links_and_what_a_person_decides_by_no_table() -> None:
    given = LabelledEntry(entry("Condition/1"), ("justice",), because=(f"justice: {GIVES_AWAY}",))
    assert origins(given) == (shape().origins["travels", "justice"],)
    (decided,) = label_together([entry("Condition/1", title="Bipolar")], corrected={0: ("general",)}).labelled
    assert decided.because == (f"general: {SET_ON_PURPOSE}",)
    assert origins(decided) == (None,)


def test_people_are_labelled_by_no_word_of_their_name() -> None:
    named = labelled(entry("RelatedPerson/1", title="Mr Bipolar"))
    assert origins(named) == (shape().origins["type", "RelatedPerson"],)
