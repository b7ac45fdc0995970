"""Break-glass through the real program and vault: who may, what opens, what stays closed, and what is left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Ran, Vault, bundle, condition, make_vault, patient, run, write
from test_exports_withhold import read

PLAIN, SEXUAL, CLOSED, CONCERN = "zqplain4411", "zqsexual8823", "zqclosed9931", "zqconcern7719"
WHY = "Found unconscious, medicines not known"
V3 = "http://terminology.hl7.org/CodeSystem/"


def consent(provision: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "c",
        "status": "active",
        "scope": {"coding": [{"system": f"{V3}consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-11-01",
        "provision": provision,
    }


def label(code: str) -> dict[str, Any]:
    return {"system": f"{V3}v3-ActCode", "code": code}


EMERGENCIES = [{"system": f"{V3}v3-ActReason", "code": code} for code in ("BTG", "ETREAT")]
CLOSE = {
    "type": "deny",
    "securityLabel": [label("SUD")],
    "provision": [{"type": "deny", "purpose": EMERGENCIES}],
}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault with a gp, a crew, a carer and a privacy office; and someone who closed one kind to emergencies."""
    folder = tmp_path_factory.mktemp("street")
    vault = make_vault(folder, role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Han", "home-care", "Kind Care")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    vault.add_user("Carol", "privacy-officer", "Riverside Team", "--custodian")
    concern = condition("s", "a", f"Child is cause for safeguarding concern {CONCERN}")
    concern["code"]["coding"] = [{"system": "http://snomed.info/sct", "code": "836881000000105"}]
    drugs = condition("d", "a", f"Heroin dependence {CLOSED}") | {"meta": {"security": [label("SUD")]}}
    records = [
        condition("p", "a", f"Asthma {PLAIN}", code="195967001"),
        condition("h", "a", f"HIV infection {SEXUAL}", code="86406008"),
        drugs,
        concern,
    ]
    vault.take(write(folder, "a.json", bundle(patient("a", "Okafor"), *records)))
    person = vault.person()
    chosen = write(folder, "choice.json", consent(CLOSE) | {"patient": {"reference": f"Patient/{person}"}})
    assert vault.run("choices", person, "--set", chosen, "--json").code == 0
    return vault


def at(vault: Vault, time: str, command: str, *arguments: str) -> Ran:
    """Run one command at another time of that day."""
    access = [*vault.access()[:-1], f"2026-11-21T{time}Z"]
    return run(*command.split(), *arguments, *access)


def words(ran: Ran) -> set[str]:
    return {word for word in (PLAIN, SEXUAL, CLOSED, CONCERN) if word in ran.out}


def test_in_an_emergency_a_crew_sees_what_is_withheld_and_not_what_is_closed(street: Vault) -> None:
    crew, person = street.as_user("Cy"), street.as_user("Cy").person()
    assert words(at(crew, "09:00:00", "show", person, "--json")) == {PLAIN, CONCERN}
    opened = at(crew, "09:10:00", "show", person, "--purpose", "BTG", "--reason", WHY, "--json")
    assert opened.code == 0, opened.err
    assert words(opened) == {PLAIN, SEXUAL, CONCERN}
    shown = json.loads(opened.out)
    assert set(list(shown["sections"])[:4]) == {"allergies", "medicines", "problems", "alerts"}
    assert "Emergency access until 10:10" in shown["notices"][0]
    assert words(at(crew, "09:20:00", "show", person, "--json")) == {PLAIN, CONCERN}, "ordinary care stays ordinary"
    again = at(crew, "10:09:59", "show", person, "--purpose", "BTG", "--json", "--reason", WHY)
    assert "until 10:10" in again.out, "the box that is open is used, no second one is opened"


def test_it_is_in_the_log_and_in_the_queue_with_its_reason_and_the_person_is_to_be_told(street: Vault) -> None:
    crew, person = street.as_user("Cy"), street.as_user("Cy").person()
    at(crew, "11:00:00", "show", person, "--purpose", "BTG", "--reason", WHY, "--json")
    office = street.as_user("Pat")
    events = [event for event in office.json("log") if event["person"] == person]
    events = [event for event in events if event["time"].startswith("2026-11-21T11:00")]
    kinds = [event["kind"] for event in events if event["user"] == "Cy" and event["kind"] in ("override", "read")]
    assert kinds == ["override", "read"]
    override = [event["kind"] for event in events].index("override")
    assert events[override]["reason"] == WHY
    assert events[override]["auditEvent"]["subtype"][0]["code"] == "110127"
    assert next(event["purpose"] for event in events if event["kind"] == "read") == "BTG"
    id = events[override]["items"][0]
    row = next(row for row in office.json("overrides") if row["id"] == id)
    assert (row["user"], row["kind"]) == ("Cy", "break-glass")
    assert row["review"] == {"state": "open", "by": "", "words": "", "due": "2026-11-24"}
    told = [row for row in office.json("notices") if row["id"] == id]
    assert WHY in told[0]["notice"]
    assert not any(word in json.dumps(told) for word in (PLAIN, SEXUAL, CLOSED))


FORMS = ("fhir", "ips", "pdf", "summary", "timeline")


@pytest.mark.parametrize("form", FORMS)
def test_what_an_emergency_opened_leaves_in_no_file(street: Vault, tmp_path: Path, form: str) -> None:
    """It was opened to be read by one user in one hour: a file or a page would outlast both."""
    crew, person = street.as_user("Cy"), street.as_user("Cy").person()
    assert words(at(crew, "12:00:00", "show", person, "--purpose", "BTG", "--reason", WHY, "--json")) >= {SEXUAL}
    left = ""
    for number, purpose in enumerate(("TREAT", "BTG", "ETREAT")):
        for audience in ((), ("--audience", "ambulance"), ("--audience", "gp")):
            out = tmp_path / f"{number}{''.join(audience)}"
            options = ("--purpose", purpose, "--reason", WHY, *audience)
            ran = at(crew, "12:10:00", "export", person, "--format", form, "--out", str(out), *options)
            assert ran.code in (0, 1), ran.err
            left += ran.out + ran.err + (read(out.read_bytes()) if out.exists() else "")
    assert {word for word in (SEXUAL, CLOSED) if word in left} == set()
    assert PLAIN in left, "the control: what is shown in ordinary care leaves"
    assert words(at(crew, "12:20:00", "show", person, "--purpose", "BTG", "--reason", WHY, "--json")) >= {SEXUAL}


@pytest.mark.parametrize(("user", "reason"), [("Cy", ""), ("Cy", "  "), ("Cy", "needed"), ("Han", WHY), ("Pat", WHY)])
def test_without_a_reason_or_a_role_nothing_opens_and_the_refusal_is_kept(
    street: Vault, user: str, reason: str
) -> None:
    who, person = street.as_user(user), street.person()
    before = len(street.as_user("Pat").json("overrides", "--all"))
    ran = who.run("show", person, "--purpose", "BTG", "--reason", reason, "--json")
    assert ran.code == (2 if user == "Cy" else 1)
    assert ran.sentence
    assert not words(ran)
    assert len(street.as_user("Pat").json("overrides", "--all")) == before
    events = street.as_user("Pat").json("log", "--person", person)
    assert any(event["kind"] == "refused" and event["user"] == user for event in events)


def test_someone_unknown_breaks_no_glass(street: Vault) -> None:
    ran = street.as_user("Cy").run("show", "nobody", "--purpose", "BTG", "--reason", WHY, "--json")
    assert ran.code in (1, 2)


def test_it_ends_when_its_time_is_over_and_when_it_is_closed(street: Vault) -> None:
    crew, person = street.as_user("Cy"), street.as_user("Cy").person()
    opened = at(crew, "14:00:00", "overrides open", person, "break-glass", "--reason", WHY, "--json")
    assert opened.code == 0, opened.err
    id = json.loads(opened.out)["id"]
    assert at(crew, "14:05:00", "overrides close", person, id).code == 0
    late = at(crew, "14:06:00", "show", person, "--purpose", "BTG", "--json", "--reason", "needed")
    assert late.code == 2, "a closed one is not used, and a new one needs its own reason"
    rows = street.as_user("Pat").json("overrides", "--all")
    assert next(row for row in rows if row["id"] == id)["ended"] == "2026-11-21T14:05:00Z"


def test_the_privacy_office_reviews_once_and_tells_the_person(street: Vault) -> None:
    crew, person = street.as_user("Cy"), street.as_user("Cy").person()
    id = json.loads(at(crew, "16:00:00", "overrides open", person, "break-glass", "--reason", WHY, "--json").out)["id"]
    office = street.as_user("Pat")
    assert crew.run("overrides", "review", person, id, "justified", "--words", "All was well").code == 2
    assert office.run("overrides", "review", person, id, "justified", "--words", "ok").code == 2
    assert office.run("overrides", "review", person, id, "justified", "--words", "Allergy was needed").code == 0
    assert office.run("overrides", "review", person, id, "escalated", "--words", "Another thought").code == 2
    assert office.run("notices", "delay", person, id, "--until", "2026-12-24", "--reason", "Not yet, please").code == 2
    assert office.run("notices", "given", person, id).code == 0
    assert id not in {row["id"] for row in office.json("overrides")}
    assert crew.run("overrides", "--json").code != 0, "the queue is for the privacy office"


def test_an_override_for_one_kind_of_information_opens_that_kind_alone(street: Vault) -> None:
    carol, person = street.as_user("Carol"), street.person()
    order = ("court-order", "--reason", "Ordered to disclose", "--grounds", "Family Court", "--scope", "drugs-alcohol")
    asked = at(carol, "14:00:00", "overrides open", person, *order, "--json")
    assert asked.code == 0, asked.err
    id = json.loads(asked.out)["id"]
    assert at(street.as_user("Pat"), "14:01:00", "overrides agree", person, id).code == 0
    assert words(at(carol, "14:02:00", "show", person, "--json")) == {CLOSED}
    rows = json.loads(at(carol, "14:03:00", "overrides", "--json").out)
    assert next(row["scope"] for row in rows if row["id"] == id) == ["drugs-alcohol"]
    wrong = at(carol, "14:04:00", "overrides open", person, *order[:-1], "gossip")
    assert wrong.code == 2
    assert "does not exist" in wrong.err


def test_a_custodian_opens_what_a_court_orders_with_a_second_person(street: Vault) -> None:
    carol, person = street.as_user("Carol"), street.person()
    order = ("court-order", "--reason", "Ordered to disclose", "--grounds", "Family Court FD26P00001")
    assert street.as_user("Pat").run("overrides", "open", person, *order).code == 2, "only the custodian"
    id = carol.json("overrides", "open", person, *order)["id"]
    assert not words(carol.run("show", person, "--json"))
    assert carol.run("overrides", "agree", person, id).code == 2, "not the same person"
    assert street.as_user("Pat").run("overrides", "agree", person, id).code == 0
    assert words(carol.run("show", person, "--json")) >= {PLAIN, SEXUAL, CLOSED}
    delay = ("--until", "2026-12-24", "--reason", "Would warn the suspect")
    assert carol.run("notices", "delay", person, id, *delay).code == 0
    assert id not in {row["id"] for row in carol.json("notices")}


def test_raw_sql_opens_nothing_that_is_closed_to_emergencies_for_any_role(street: Vault) -> None:
    person = street.person()
    at(street.as_user("Cy"), "17:00:00", "show", person, "--purpose", "BTG", "--reason", WHY, "--json")
    loot = {user: insider.loot(street.path, user, PASSPHRASE) for user in ("Asha", "Cy", "Han", "Pat")}
    assert loot["Cy"].count(SEXUAL), "against who is entitled it is the program that keeps it closed; said so"
    for user in ("Cy", "Han", "Pat"):
        assert not loot[user].count(CLOSED), user
    for user in ("Han", "Pat"):
        assert not loot[user].count(SEXUAL), user
    assert loot["Han"].count(WHY) == 0
    assert loot["Pat"].count(WHY)


def test_the_log_still_verifies(street: Vault, tmp_path: Path) -> None:
    assert street.json("log", "verify")["ok"]
