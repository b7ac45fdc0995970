"""A newer state of a resource takes the place of an older one across the records of one person; a split undoes it, and
no limit, label or decision goes with the older state."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write
from sqlcipher3 import dbapi2 as sqlcipher

from consent.disclosure_json import to_json
from desktop.errors import WorkspaceError
from desktop.workspace import Workspace
from fhir.entries import PersonId
from storage import slots
from storage.state_tree import StateTree

NUMBER = nhs_number(3)
OLD, NEW, NEWEST, OTHER = "zqwheeze2211", "zqasthma4433", "zqsevere6655", "zqgout8877"
WORDS = (OLD, NEW, NEWEST, OTHER)
LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SOURCE = "https://surgery.example.nhs.uk"
HERE, THERE = {"given": "Ada"}, {"given": "Adaeze"}
"""What the source said of her name before and after it was corrected: two homes of one person."""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A GP who opens everything, a pharmacist who does not."""
    made = make_vault(tmp_path / "vault", role="gp")
    made.add_user("Pia", "pharmacist")
    return made


def state(
    title: str, day: str, *labels: str, given: str = "Ada", evidence: bool = True, id: str = "c1", **others: Any
) -> dict[str, Any]:
    """One source's record: who it is about, and one problem as it was on a day of 2026."""
    who = patient("a", "Okafor", NUMBER if evidence else "") | {"birthDate": "2013-05-06"}
    who["name"] = [{"use": "official", "family": "Okafor", "given": [given]}]
    if not evidence:
        who["identifier"] = [{"system": f"https://{given}.example.nhs.uk/mrn", "value": f"{given}-4421"}]
    meta: dict[str, Any] = {"source": SOURCE, "lastUpdated": f"2026-{day}T09:00:00Z"}
    if labels:
        meta["security"] = [{"system": LABELS, "code": label} for label in labels]
    return bundle(who, condition(id, "a", title, meta=meta, **others))


def put(vault: Vault, content: dict[str, Any], user: str = "Asha") -> None:
    path = write(vault.folder / "in", f"{len(list(vault.folder.glob('in/*')))}.json", content)
    vault.as_user(user).store(path)


def people(vault: Vault) -> list[PersonId]:
    """Everyone of that name, those who are joined by each of their ids."""
    with vault.signed_in() as workspace:
        return sorted({one for row in workspace.people("Okafor") for one in workspace.joined_with(row.person_id)})


def told(workspace: Workspace, person: PersonId) -> str:
    return json.dumps(to_json(workspace.open_person(person)), ensure_ascii=False)


def shown(vault: Vault, user: str = "Asha", person: str = "") -> set[str]:
    """The words of all that is shown of the person, or of everyone."""
    with vault.as_user(user).signed_in() as workspace:
        everyone = [PersonId(person)] if person else sorted({row.person_id for row in workspace.people()})
        return {word for one in everyone for word in WORDS if word in told(workspace, one)}


def opened(vault: Vault, user: str) -> set[str]:
    """The same by raw SQL and the user's own keys."""
    loot = insider.loot(vault.path, user, PASSPHRASE)
    return {word for word in WORDS if loot.count(word)}


def decide(vault: Vault, what: Callable[[Workspace, PersonId, PersonId], object]) -> None:
    one, other = people(vault)
    with vault.signed_in() as workspace:
        what(workspace, one, other)


def test_a_newer_state_takes_the_place_of_an_older_in_the_other_home_in_every_order(tmp_path: Path) -> None:
    states = [state(OLD, "01-02"), state(NEW, "02-03", **THERE), state(NEWEST, "03-04"), state(OTHER, "01-01", id="c2")]
    found = []
    for number, order in enumerate(permutations(range(4))):
        if number % 4 == 0:  # six of all orders: each first, and each last
            vault = make_vault(tmp_path / str(number), role="gp")
            for place in order:
                put(vault, states[place])
            one, _ = people(vault)
            with vault.signed_in() as workspace:
                found.append(told(workspace, one))
    together = make_vault(tmp_path / "together", role="gp")
    together.store(*(write(together.folder / "in", f"{place}.json", one) for place, one in enumerate(states)))
    one, _ = people(together)
    with together.signed_in() as workspace:
        found.append(told(workspace, one))
    assert NEWEST in found[0]
    assert OTHER in found[0]
    assert OLD not in found[0]
    assert NEW not in found[0]
    assert all(one == found[0] for one in found)


def test_states_of_unknown_age_and_resources_of_other_sources_stay_beside_each_other(vault: Vault) -> None:
    first, second, third = state(OLD, "01-02"), state(NEW, "02-03", **THERE), state(OTHER, "03-04", **THERE)
    del first["entry"][1]["resource"]["meta"]["lastUpdated"]
    third["entry"][1]["resource"]["meta"]["source"] = "https://hospital.example.nhs.uk"
    for content in (first, second, third):
        put(vault, content)
    assert shown(vault) == {OLD, NEW, OTHER}


def test_what_a_human_joined_and_takes_back_has_each_state_where_it_was(vault: Vault) -> None:
    put(vault, state(OLD, "01-02", evidence=False))
    put(vault, state(NEW, "02-03", evidence=False, given="Adah"))
    one, other = people(vault)
    with vault.signed_in() as workspace:
        before = [told(workspace, who) for who in (one, other)]
    decide(vault, lambda workspace, one, other: workspace.decide_match(one, other, "same", "Looked at both"))
    assert shown(vault, person=one) == shown(vault, person=other) == {NEW}
    decide(vault, lambda workspace, one, other: workspace.decide_match(one, other, "open", "Two after all"))
    with vault.signed_in() as workspace:
        assert [told(workspace, who) for who in (one, other)] == before


def test_a_split_gives_every_entry_back_with_its_source_and_joining_again_replaces_it(vault: Vault) -> None:
    contents = [state(OLD, "01-02"), state(NEW, "02-03", **THERE)]
    for content in contents:
        put(vault, content)
    assert shown(vault) == {NEW}
    decide(vault, lambda workspace, one, other: workspace.split_match(one, other, "Two women"))
    found = {}
    with vault.signed_in() as workspace:
        for person in people_apart(workspace):
            record = to_json(workspace.open_person(person))
            (entry,) = record["sections"]["problems"]["entries"]
            source = json.loads(workspace.original(entry["entryId"]).data)
            found[entry["title"]] = source["code"]["text"], source["meta"]["lastUpdated"][5:10]
    assert found == {OLD: (OLD, "01-02"), NEW: (NEW, "02-03")}
    with vault.signed_in() as workspace:
        workspace.decide_match(*people_apart(workspace), "open", "One after all")
    assert shown(vault) == {NEW}


def people_apart(workspace: Workspace) -> list[PersonId]:
    return sorted(row.person_id for row in workspace.people("Okafor"))


def test_taking_the_newer_back_brings_the_older_again(vault: Vault) -> None:
    put(vault, state(OLD, "01-02"))
    with vault.signed_in() as workspace:
        path = write(vault.folder, "newer.json", state(NEW, "02-03", **THERE))
        report = workspace.import_files([path], lambda *_: None, lambda: False)
        assert shown_in(workspace) == {NEW}
        workspace.undo(report.files[0].import_id)
        assert shown_in(workspace) == {OLD}


def shown_in(workspace: Workspace) -> set[str]:
    return {word for row in workspace.people() for word in WORDS if word in told(workspace, row.person_id)}


def test_one_import_that_is_taken_out_goes_with_its_state(vault: Vault) -> None:
    put(vault, state(OLD, "01-02"))
    put(vault, state(OTHER, "01-01", id="c2"))
    put(vault, state(NEW, "02-03", **THERE))
    with vault.signed_in() as workspace:
        (row,) = workspace.people()
        home = next(one for one in workspace.joined_with(row.person_id) if len(workspace._session.imports_of(one)) == 2)
        first = workspace._session.imports_of(home)[0].import_id
        other = workspace.take_out(row.person_id, first, "Another child")
        assert {word for word in WORDS if word in told(workspace, other)} == {OLD}
        assert {word for word in WORDS if word in told(workspace, row.person_id)} == {OTHER, NEW}


@pytest.mark.parametrize("newer_first", [False, True])
def test_who_may_not_read_the_newer_state_is_not_shown_the_older_in_its_place(vault: Vault, newer_first: bool) -> None:
    contents = [state(OLD, "01-02"), state(NEW, "02-03", "HIV", **THERE)]
    for content in reversed(contents) if newer_first else contents:
        put(vault, content)
    assert shown(vault, "Asha") == {NEW}
    assert shown(vault, "Pia") == set()


@pytest.mark.parametrize("label", ["HIV", "NOPAT"])
@pytest.mark.parametrize("importer", ["Asha", "Pia"])
@pytest.mark.parametrize("newer_first", [False, True])
def test_a_label_or_limit_of_the_older_state_does_not_fall_off_with_a_newer_of_another_home(
    vault: Vault, label: str, importer: str, newer_first: bool
) -> None:
    older, newer = state(OLD, "01-02", label), state(NEW, "02-03", **THERE)
    put(vault, newer if newer_first else older)
    vault.add_user("Ada", "person", "", "--person", people(vault)[0])
    put(vault, older if newer_first else newer, importer)
    user = "Ada" if label == "NOPAT" else "Pia"
    assert shown(vault, user) == set(), "before somebody who opens both has looked"
    assert shown(vault, "Asha") == {NEW}
    assert shown(vault, user) == set()
    assert NEW not in opened(vault, user)
    decide(vault, lambda workspace, one, other: workspace.split_match(one, other, "Two children"))
    shown(vault, "Asha")
    assert NEW not in opened(vault, user), "what evidence had joined stays as strict on both sides"


def test_a_split_before_anybody_looked_shows_nothing_that_the_other_half_keeps(vault: Vault) -> None:
    put(vault, state(OLD, "01-02", "HIV"))
    put(vault, state(NEW, "02-03", **THERE), "Pia")
    decide(vault, lambda workspace, one, other: workspace.split_match(one, other, "Two children"))
    assert shown(vault, "Pia") == set()
    assert shown(vault, "Asha") == {OLD, NEW}
    assert shown(vault, "Pia") == set()


def test_what_only_a_human_joined_is_as_open_as_before_when_it_is_taken_back(vault: Vault) -> None:
    put(vault, state(OLD, "01-02", "HIV", evidence=False))
    put(vault, state(NEW, "02-03", evidence=False, given="Adah"))
    assert shown(vault, "Pia") == {NEW}
    decide(vault, lambda workspace, one, other: workspace.decide_match(one, other, "same", "Looked at both"))
    assert shown(vault, "Pia") == set()
    assert shown(vault, "Asha") == {NEW}
    assert NEW not in opened(vault, "Pia")
    decide(vault, lambda workspace, one, other: workspace.decide_match(one, other, "open", "Two after all"))
    assert shown(vault, "Asha") == {OLD, NEW}
    assert shown(vault, "Pia") == {NEW}


def test_a_limit_that_somebody_set_on_the_older_state_binds_the_newer(vault: Vault) -> None:
    put(vault, state(OLD, "01-02"))
    (person,) = people(vault)
    vault.add_user("Ada", "person", "", "--person", person)
    record = vault.json("show", person)
    entry = record["sections"]["problems"]["entries"][0]["entryId"]
    ran = vault.run(
        *("acting", "limit", person, "SERIOUS-HARM", entry, "--reason", "It would harm", "--review", "2027-05-01")
    )
    assert ran.code == 0, ran.err
    assert shown(vault, "Ada") == set()
    put(vault, state(NEW, "02-03", **THERE))
    assert shown(vault, "Ada") == set()
    assert shown(vault, "Asha") == {NEW}
    assert NEW not in opened(vault, "Ada")


@pytest.fixture
def office(vault: Vault) -> Vault:
    return vault.add_user("Pat", "custodian", "Riverside Team", "--custodian")


def correct(vault: Vault, *categories: str) -> None:
    """The custodian decides about the one problem that is shown, or takes the decision back."""
    with vault.as_user("Pat").signed_in() as workspace:
        (row,) = workspace.people()
        rows = [one for one in workspace.label_reasons(row.person_id) if one.section == "problems"]
        assert len(rows) == 1, "a state that was replaced is not asked about"
        if categories:
            workspace.correct_label(row.person_id, rows[0].entry_id, categories, "It tells of it")
        else:
            workspace.withdraw_correction(row.person_id, rows[0].entry_id, "A mistake")


@pytest.mark.parametrize("importer", ["Asha", "Pia"])
def test_a_decision_about_labels_holds_for_a_newer_state_of_another_home(office: Vault, importer: str) -> None:
    vault = Vault(office.path)
    put(vault, state(OLD, "01-02"))
    assert shown(vault, "Pia") == {OLD}
    correct(vault, "sexual-reproductive")
    assert shown(vault, "Pia") == set()
    put(vault, state(NEW, "02-03", **THERE), importer)
    assert NEW not in opened(vault, "Pia"), "it was sealed by its own labels"
    assert shown(vault, "Pia") == set()
    assert shown(vault, "Asha") == {NEW}
    correct(vault, "mental-health")
    correct(vault)
    assert shown(vault, "Asha") == {NEW}
    assert shown(vault, "Pia") == {NEW}, "taken back where it was not made"


def test_a_decision_about_the_newer_state_holds_for_the_older_and_on_both_sides_of_a_split(office: Vault) -> None:
    vault = Vault(office.path)
    put(vault, state(OLD, "01-02"))
    put(vault, state(NEW, "02-03", **THERE))
    correct(vault, "sexual-reproductive")
    assert opened(vault, "Pia") == set()
    decide(vault, lambda workspace, one, other: workspace.split_match(one, other, "Two children"))
    assert shown(vault, "Asha") == {OLD, NEW}
    assert shown(vault, "Pia") == set()
    assert opened(vault, "Pia") == set()


@pytest.mark.parametrize("column", ["version", "resource"])
def test_a_row_changed_to_hide_a_state_of_another_home_shows(vault: Vault, column: str) -> None:
    put(vault, state(NEW, "02-03"))
    put(vault, state(OTHER, "01-01", **THERE, id="c2"))
    assert shown(vault) == {NEW, OTHER}
    with vault.signed_in() as workspace:
        session = workspace._session
        (number,) = (
            number
            for number, _ in session._people.ids()
            if any(OTHER.encode() in one.content for one in session._entries.readable(number))
        )
    keys = slots.open_user(slots.read(vault.path), "Asha", PASSPHRASE)
    connection = sqlcipher.connect(str(vault.path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    connection.execute(f"UPDATE entry SET {column} = {column} + 1 WHERE person = ?", (number,))
    connection.close()
    with vault.signed_in() as workspace, pytest.raises(WorkspaceError, match="changed outside the program"):
        told(workspace, workspace.people()[0].person_id)


def test_a_joined_person_signed_by_a_program_that_did_not_look_there_still_opens(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = StateTree.digest
    with monkeypatch.context() as before:
        before.setattr(
            StateTree, "digest", lambda self, person, empty=frozenset(), **_: now(self, person, empty, states=False)
        )
        put(vault, state(OLD, "01-02"))
        put(vault, state(NEW, "02-03", **THERE))
    assert shown(vault) == {NEW}
