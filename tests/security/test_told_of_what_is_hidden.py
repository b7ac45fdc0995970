"""Nothing of what a person hides is told by what refers to it: not as an author, in a title that was cut or laid out
anew, in something contained, by its code, its time, or in a narrative. In the window's JSON and in every file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, entries, make_vault, nhs_number, patient, write
from test_names_in_other_entries import refuse

from desktop.models.contributions import agreement
from fhir.entries import EntryId, PersonId

ME = {"reference": "Patient/a"}
PROBLEM, TEAM, IMPLANT = ({"reference": where} for where in ("Condition/h", "CareTeam/t", "Device/d"))
SNOMED = "http://snomed.info/sct"
ACTUAL = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-ActualProblem-1"
LONG = "zqlong " + "words that go on and on " * 8


def told(what: str) -> dict[str, Any]:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{what}</div>'}


def things(*keys: str) -> dict[str, Any]:
    """A rule about single things."""
    return {"data": [{"meaning": "instance", "reference": {"reference": key}} for key in keys]}


def hidden() -> list[dict[str, Any]]:
    implant = {"coding": [{"system": SNOMED, "code": "zqimplantcode", "display": "zqimplant"}]}
    marker = {"coding": [{"system": SNOMED, "code": "zqmarkercode", "display": "zqmarker"}], "text": "zqmarked"}
    return [
        condition("h", "a", "zqproblem"),
        condition("long", "a", LONG),
        {"resourceType": "CareTeam", "id": "t", "status": "active", "subject": ME, "name": "zqteam"},
        {"resourceType": "Device", "id": "d", "status": "active", "patient": ME, "type": implant},
        {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"}, "subject": ME}
        | {"period": {"start": "1977-05-01"}},
        {"resourceType": "Observation", "id": "o", "status": "final", "subject": ME, "code": marker},
        {"resourceType": "Observation", "id": "bare", "status": "final", "subject": ME}
        | {"code": {"coding": [{"system": SNOMED, "code": "zqbarecode"}], "text": "zqbare"}},
    ]


def referring() -> dict[str, dict[str, Any]]:
    """Things that stay, by what is looked for in them."""
    flag = {"resourceType": "Flag", "status": "active", "subject": ME}
    inner = {"resourceType": "CareTeam", "id": "c", "participant": [{"member": PROBLEM}]}
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": ME, "title": "Plan"}
    asked = {"resourceType": "Appointment", "status": "booked", "start": "2026-12-01T10:00:00Z"}
    asked |= {"participant": [{"actor": ME, "status": "accepted"}]}
    order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": ME}
    header = {"resourceType": "Condition", "subject": ME, "category": [{"text": "A problem"}]}
    visit = {"coding": [{"system": SNOMED, "code": "325851000000107", "display": "Consultation"}]}
    found = {"resourceType": "Observation", "status": "final", "subject": ME, "code": {"text": "Pulse"}}
    return {
        "an author": flag | {"code": {"text": "Flag"}, "author": TEAM},
        "something contained": plan | {"contained": [inner], "careTeam": [{"reference": "#c"}]},
        "words in two lines": asked | {"reasonReference": [{**PROBLEM, "display": "zqtwo  words\nin lines"}]},
        "a title that was cut": asked | {"reasonReference": [{"reference": "Condition/long"}]},
        "a reference by identifier": order
        | {"code": {"text": "Scan"}}
        | {"reasonReference": [{"type": "Condition", "identifier": {"value": "1"}, "display": "zqlogical"}]},
        "the name of a device": found | {"device": IMPLANT},
        "a device in use": {"resourceType": "DeviceUseStatement", "status": "active", "subject": ME, "device": IMPLANT},
        "the code of a problem": header
        | {"extension": [{"url": ACTUAL, "valueReference": {"reference": "Observation/o"}}]},
        "a code without words": header
        | {"extension": [{"url": ACTUAL, "valueReference": {"reference": "Observation/bare"}}]},
        "the time of a visit": {"resourceType": "List", "status": "current", "mode": "snapshot", "subject": ME}
        | {"title": "Seen", "code": visit, "encounter": {"reference": "Encounter/e"}, "date": "2024-02-02"},
        "a narrative": plan | {"addresses": [PROBLEM], "text": told("She has zqnarrative and more")},
        "a title made of a narrative": {"resourceType": "Basic", "subject": ME, "author": PROBLEM}
        | {"text": told("zqnarrative<br/>more")},
    }  # fmt: skip


WAYS = tuple(referring())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], Vault]:
    """What a tester and a nurse see of each, by resource, and the nurse."""
    folder = tmp_path_factory.mktemp("told")
    vault = make_vault(folder / "v")
    vault.add_user("Ned", "nurse", "River")
    issue = {"resourceType": "DetectedIssue", "id": "issue", "status": "final", "patient": ME}
    issue |= {"code": {"text": "Issue"}, "reference": "http://example.org/guide", "implicated": [PROBLEM]}
    kept = [{**one, "id": f"k{number}"} for number, one in enumerate(referring().values())]
    vault.store(write(folder, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), *hidden(), *kept, issue)))
    ned, person = vault.as_user("Ned"), vault.person()
    before = entries(vault.json("show", person))
    refuse(vault, **things(*(f"{one['resourceType']}/{one['id']}" for one in hidden())))
    after = entries(ned.json("show", person))
    return ({one["resource"]: one for one in before}, {one["resource"]: one for one in after}, ned)


def told_of(entry: dict[str, Any]) -> bool:
    words = json.dumps({name: value for name, value in entry.items() if name != "entryId"})
    return "zq" in words or "1977" in words


@pytest.mark.parametrize("number", range(len(WAYS)), ids=WAYS)
def test_what_refers_to_a_hidden_thing_stays_and_tells_nothing_of_it(
    shown: tuple[dict[str, Any], dict[str, Any], Vault], number: int
) -> None:
    before, after, _ = shown
    key = f"{referring()[WAYS[number]]['resourceType']}/k{number}"
    assert told_of(before[key]), "a control"
    assert not told_of(after[key])


@pytest.mark.parametrize("form", ["fhir", "ips"])
def test_nor_does_any_file(shown: tuple[dict[str, Any], dict[str, Any], Vault], form: str, tmp_path: Path) -> None:
    """One of the resources has an address in an element called "reference", on which an export came to an end."""
    *_, ned = shown
    file = tmp_path / f"out.{form}"
    ran = ned.run("export", ned.person(), "--format", form, "--out", file)
    assert ran.code == 0, ran.err
    words = file.read_text()
    for name in ("zqproblem", "zqlong", "zqteam", "zqimplant", "zqmark", "zqbare", "zqnarrative", "zqlogical", "zqtwo"):
        assert name not in words


def test_a_thing_of_the_same_name_elsewhere_does_not_vouch_for_a_hidden_one(tmp_path: Path) -> None:
    """Two systems count from one: a letter's reason is not what the surgery calls by that number."""
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Ned", "nurse", "River")
    ada = patient("a", "Okafor", nhs_number(3))
    visit = {"resourceType": "Appointment", "id": "v", "status": "booked", "start": "2026-12-01T10:00:00Z"}
    visit |= {"participant": [{"actor": ME, "status": "accepted"}], "reasonReference": [{"reference": "Condition/1"}]}
    old = condition("1", "a", "zqproblem", onsetDateTime="2001")
    vault.store(write(tmp_path / "hospital", "a.json", bundle(ada, old, visit)))
    vault.store(write(tmp_path / "surgery", "a.json", bundle(ada, condition("1", "a", "Gout", onsetDateTime="2020"))))
    ned, person = vault.as_user("Ned"), vault.person()
    assert "zqproblem" in ned.run("show", person, "--json").out
    kind = {"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}
    refuse(vault, **{"class": [kind], "dataPeriod": {"start": "2000", "end": "2002"}})
    after = ned.run("show", person, "--json").out
    assert "Gout" in after
    assert "Appointment" in after
    assert "zqproblem" not in after


def test_agreement_with_a_plan_goes_with_the_plan(tmp_path: Path) -> None:
    """That somebody agreed tells that there is a plan, whatever is left of their words."""
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Ned", "nurse", "River")
    plan = {"resourceType": "CarePlan", "id": "p", "status": "active", "intent": "plan", "subject": ME}
    plan |= {"title": "Mornings"}
    vault.store(write(tmp_path, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), plan)))
    ned, person = vault.as_user("Ned"), vault.person()
    agreed = agreement("CarePlan/p", "Mornings", True, "Gladly", "2026-11-01T09:00:00Z")
    assert vault.run("add", person, write(tmp_path, "agreed.json", agreed)).code == 0
    assert "Agrees with the plan" in ned.run("show", person, "--json").out
    refuse(vault, **things("CarePlan/p"))
    assert "grees with the plan" not in ned.run("show", person, "--json").out


def test_where_a_hidden_thing_came_from_is_not_told(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Ned", "nurse", "River")
    came = {"resourceType": "Provenance", "id": "p", "target": [PROBLEM], "recorded": "2024-06-06T00:00:00Z"}
    came |= {"agent": [{"who": {"display": "zqclinic"}}]}
    vault.store(write(tmp_path, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), hidden()[0], came)))
    ned, person = vault.as_user("Ned"), vault.person()
    assert "zqclinic" in ned.run("show", person, "--json").out
    refuse(vault, **things("Condition/h"))
    assert "zqclinic" not in ned.run("show", person, "--json").out


COLUMNS = (
    *("LA Code", "Reporting Period Start Date", "Reporting Period End Date", "NHS Number", "First Name", "Last Name"),
    *("Date of Birth", "Client Type", "Event Type", "Event Start Date", "Event Description", "Service Type"),
)


def extract(*calls: str) -> str:
    """A council's extract: a service of the person for each of these descriptions."""
    row = ("503", "2025-04-01", "2026-03-31", nhs_number(3), "Ada", "Okafor", "1950-03-04", "Service user", "Service")
    lines = [",".join((*row, "2025-05-01", call, "Long term support: Community")) for call in calls]
    return "\n".join((",".join(COLUMNS), *lines, ""))


def test_the_lines_of_a_file_have_no_gap_where_one_is_hidden(tmp_path: Path) -> None:
    """Rows of one person stand together: of lines 2 and 4 line 3 tells that something of them is kept back."""
    said = []
    for name, calls in (("with", ("Mornings", "zqnoon", "Evenings")), ("without", ("Mornings", "Evenings"))):
        vault = make_vault(tmp_path / name, role="gp")
        vault.add_user("Sol", "social-worker", "River")
        vault.store(write(vault.folder / "in", "a.json", bundle(patient("a", "Okafor", nhs_number(3)))))
        vault.store(write(vault.folder / "in", "rows.csv", extract(*calls)))
        sol, person = vault.as_user("Sol"), vault.person()
        refuse(vault, **things("Condition/nothing"))
        noon = [one["resource"] for one in entries(sol.json("show", person)) if "zqnoon" in json.dumps(one)]
        assert len(noon) == (name == "with")
        refuse(vault, **things(*noon or ["Condition/nothing"]))
        said.append(sol.json("show", person)["sections"])
    assert "Mornings" in json.dumps(said[0])
    assert said[0] == said[1]


def test_the_source_of_an_entry_is_given_as_it_is_where_nothing_in_it_tells_of_a_hidden_thing(tmp_path: Path) -> None:
    """Words beside a reference that the entry itself does not tell, and a narrative. A bare reference to what
    was never here stays, so that a letter can be read."""
    pulse = {"resourceType": "Observation", "id": "words", "status": "final", "subject": ME, "code": {"text": "Pulse"}}
    beside = [{"url": "https://example.org/x", "valueReference": {**PROBLEM, "display": "zqbeside"}}]
    plan = {"resourceType": "CarePlan", "id": "story", "status": "active", "intent": "plan", "subject": ME}
    plan |= {
        "title": "Plan",
        "description": "Walks",
        "addresses": [{"reference": "Condition/gone"}],
        "text": told("zqstory"),
    }
    content = [{"attachment": {"contentType": "text/plain", "data": "SGVsbG8="}}]
    letter = {"resourceType": "DocumentReference", "id": "letter", "status": "current", "subject": ME}
    letter |= {
        "date": "2026-01-06T10:00:00Z",
        "content": content,
        "context": {"related": [{"reference": "Condition/gone"}]},
    }
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Ned", "nurse", "River")
    kept = ({**pulse, "extension": beside}, plan, letter)
    vault.store(write(tmp_path, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), hidden()[0], *kept)))
    refuse(vault, **things("Condition/h"))
    ned = vault.as_user("Ned")
    names = {one["resource"]: one["entryId"] for one in entries(ned.json("show", ned.person()))}
    assert "zqbeside" not in ned.run("source", names["Observation/words"]).out
    assert "zqstory" not in ned.run("source", names["CarePlan/story"]).out
    assert "SGVsbG8=" in ned.run("source", names["DocumentReference/letter"]).out


def test_the_line_in_which_a_source_stood_is_told_to_whoever_sees_everything_only(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "v", role="gp")
    ned = vault.add_user("Ned", "nurse", "River")
    pulse = {"resourceType": "Observation", "id": "p", "status": "final", "subject": ME, "code": {"text": "Pulse"}}
    lines = "\n".join(json.dumps(one) for one in (patient("a", "Okafor", nhs_number(3)), pulse))
    vault.store(write(tmp_path / "in", "a.ndjson", lines))
    person = vault.person()
    shown = entries(vault.json("show", person))
    (wanted,) = [one["entryId"] for one in shown if one["resource"] == "Observation/p"]
    for reader, line in ((vault, 2), (ned, 0)):
        with reader.signed_in() as workspace:
            workspace.open_person(PersonId(person))
            assert workspace.original(EntryId(wanted)).line == line
