"""What the access log tells the person it is about: through the program, and by raw SQL with that person's own keys."""

from __future__ import annotations

import json
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, run, write

from fhir.entries import PersonId
from storage import connection as file
from storage import slots

PLAIN, NOPAT, CONCERN, OTHER = "zqplain4411", "zqnopat2211", "zqconcern7719", "zqother1188"
WHY = "Found unconscious zqwhy3131"
SILENT = "zqsilent6262 court in private"
TWINS = "zqtwins4545 same house"
V3 = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Someone with a record, of which the law keeps a part from them, and staff; then they enrol."""
    folder = tmp_path_factory.mktemp("home")
    vault = make_vault(folder, role="gp")
    vault.add_user("Han", "home-care", "Kind Care")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    vault.add_user("Carol", "custodian", "Riverside Team", "--custodian")
    concern = condition("s", "a", f"Child is cause for safeguarding concern {CONCERN}")
    concern["code"]["coding"] = [{"system": "http://snomed.info/sct", "code": "836881000000105"}]
    kept = condition("n", "a", f"Concern about {NOPAT}") | {"meta": {"security": [{"system": V3, "code": "NOPAT"}]}}
    records = [condition("p", "a", f"Asthma {PLAIN}", code="195967001"), kept, concern]
    vault.take(write(folder, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), *records)))
    other = condition("o", "b", f"Gout {OTHER}", code="90560007")
    vault.take(write(folder, "b.json", bundle(patient("b", "Lindqvist", born="1941-05-06"), other)))
    ann = vault.person("Okafor")
    vault.run("show", ann)
    vault.add_user("Ada", "person", "", "--person", ann)
    right = ("--basis", "permission", "--evidence", "Said so", "--scope", "general")
    vault.add_user("Mum", "proxy", "", "--person", ann, *right)
    return vault


def events(vault: Vault, user: str = "Ada") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = vault.as_user(user).json("log")
    return rows


def lines(vault: Vault, user: str = "Ada") -> list[tuple[str, str]]:
    """Who did what, newest first, but for this reading of the log itself and those before it."""
    return [(row["user"], row["kind"]) for row in events(vault, user) if row["kind"] != "log-read"]


def opened(vault: Vault, user: str, word: str) -> int:
    return insider.loot(vault.path, user, PASSPHRASE).count(word)


def test_a_person_reads_who_looked_newest_first_also_before_they_enrolled(home: Vault) -> None:
    ann = home.person("Okafor")
    home.as_user("Cy").run("show", ann, "--purpose", "BTG", "--reason", WHY)
    home.as_user("Han").run("show", ann, "--purpose", "HRESCH")
    home.as_user("Han").run("show", home.person("Lindqvist"))
    rows = events(home)
    assert [row["number"] for row in rows] == sorted((row["number"] for row in rows), reverse=True)
    assert rows[0]["kind"] == "refused"
    assert lines(home)[:3] == [("Han", "refused"), ("Cy", "read"), ("Cy", "override")]
    assert lines(home)[-2:] == [("Asha", "read"), ("Asha", "import")], "what was before she enrolled is hers too"
    assert {row["person"] for row in rows} == {ann}
    emergency = next(row for row in rows if row["kind"] == "override")
    assert (emergency["reason"], emergency["organisation"], emergency["role"]) == (WHY, "County Ambulance", "ambulance")
    assert "County" in home.as_user("Ada").run("log").out


def test_kinds_and_items_are_of_what_the_person_sees_and_of_nothing_else(home: Vault) -> None:
    ann = home.person("Okafor")
    theirs = {entry["entryId"] for entry in entries(home.as_user("Ada").json("show", ann))}
    kept = [entry for entry in entries(home.json("show", ann)) if entry["entryId"] not in theirs]
    assert len(kept) == 2, "a control: there is something to keep back"
    for entry in kept:
        home.run("source", entry["entryId"])
    rows = events(home)
    looked = [row for row in rows if row["kind"] == "read" and row["user"] == "Asha"]
    assert looked
    assert all(set(row["items"]) <= theirs and row["items"] for row in looked), "no line is of what is kept back alone"
    shown = home.as_user("Ada").json("show", ann)["sections"]
    assert {section for row in looked for section in row["sections"]} == {key for key in shown if shown[key]["entries"]}
    assert "safeguarding" not in {category for row in rows for category in row["categories"]}
    said = json.dumps(rows)
    assert not any(entry["entryId"] in said for entry in kept)


def test_what_they_saw_before_a_record_was_replaced_keeps_its_kind(home: Vault) -> None:
    ann = home.person("Okafor")
    newer = condition("p", "a", f"Asthma {PLAIN} again", code="195967001", meta={"lastUpdated": "2026-11-01T00:00:00Z"})
    them = bundle(patient("a", "Okafor", nhs_number(3)), newer)
    home.store(home.folder / "a.json", write(home.folder, "d.json", them))
    before = [row for row in events(home) if (row["user"], row["kind"]) == ("Asha", "read")]
    assert all("problems" in row["sections"] for row in before), (before, ann)


@pytest.mark.parametrize("user", ["Han", "Asha"])
def test_no_staff_read_it(home: Vault, user: str) -> None:
    ann = home.person("Okafor")
    other = home.as_user(user)
    for command in (("log",), ("log", "--person", ann), ("log", "receipt", "--person", ann, "--out", "none.json")):
        ran = other.run(*command)
        assert (ran.code, ran.out) == (1, ""), command
    assert (user, "refused") in lines(home)


def test_who_acts_for_a_person_reads_what_they_did_themself_and_nobody_elses_looks(home: Vault) -> None:
    ann, ben = home.person("Okafor"), home.person("Lindqvist")
    right = ("--basis", "permission", "--evidence", "Said so", "--scope", "general")
    home.add_user("Dad", "carer", "", "--person", ann, *right)
    home.as_user("Cy").run("show", ann, "--purpose", "BTG", "--reason", WHY)
    home.as_user("Dad").run("show", ann)
    mum = home.as_user("Mum")
    assert mum.run("show", ben).code == 1
    shown = {entry["entryId"] for entry in entries(mum.json("show", ann))}
    home.as_user("Asha").run("show", ann)
    assert lines(home, "Mum") == [("Mum", "read")]
    (own,) = (row for row in events(home, "Mum") if row["kind"] == "read")
    assert set(own["items"]) == shown != set()
    assert "problems" in own["sections"]
    assert {row["user"] for row in events(home, "Dad")} == {"Dad"}
    assert ("Mum", "log-read") in {(row["user"], row["kind"]) for row in events(home)}, "that she asked, Ada is told"
    out = home.folder / "none.json"
    for command in (("log", "--person", ben), ("log", "receipt", "--person", ann, "--out", out)):
        ran = mum.run(*command)
        assert (ran.code, ran.out) == (1, ""), command
    assert not out.exists(), "a receipt proves who looked: it is for the person"
    assert home.as_user("Pat").json("log", "verify")["ok"]


def test_by_raw_sql_who_acts_for_a_person_opens_their_own_acts_and_no_others(home: Vault) -> None:
    ann, ben = home.person("Okafor"), home.person("Lindqvist")
    home.as_user("Cy").run("show", ann, "--purpose", "BTG", "--reason", WHY)
    plain = next(one["entryId"] for one in entries(home.json("show", ann)) if PLAIN in one["title"])
    assert insider.loot(home.path, "Mum", PASSPHRASE).events == 0, "nothing of what was before she did anything"
    home.as_user("Mum").run("show", ann)
    home.as_user("Mum").run("show", ben)
    home.as_user("Cy").run("show", ann, "--purpose", "BTG", "--reason", WHY)
    home.run("acting", "limit", ann, "SERIOUS-HARM", plain, "--reason", "Danger", "--review", "2027-05-01")
    found = insider.loot(home.path, "Mum", PASSPHRASE)
    assert found.events == 1, "her look, and neither her attempt at another's record nor what others did"
    assert not found.count(WHY)
    assert not found.count("LimitSet")


def test_their_own_look_tells_no_more_than_they_may_see_now(home: Vault) -> None:
    """What a proxy was shown once and may not see any more is not named, nor counted, nor is a look at that alone."""
    ann, mum = home.person("Okafor"), home.as_user("Mum")
    mum.run("show", ann)
    plain = next(one["entryId"] for one in entries(mum.json("show", ann)) if PLAIN in one["title"])
    assert mum.run("source", plain).code == 0
    before = [row for row in events(home, "Mum") if row["kind"] == "read"]
    assert any(plain in row["items"] for row in before), "a control"
    home.run("acting", "limit", ann, "SERIOUS-HARM", plain, "--reason", "Danger", "--review", "2027-05-01")
    after = [row for row in events(home, "Mum") if row["kind"] == "read"]
    assert not any(plain in row["items"] or "problems" in row["sections"] for row in after)
    assert len(after) < len(before), "the look at that alone is left out"


def test_a_proxy_whose_right_has_ended_reads_their_own_acts_and_nothing_new(home: Vault) -> None:
    ann, mum = home.person("Okafor"), home.as_user("Mum")
    mum.run("show", ann)
    (right,) = home.as_user("Ada").json("acting", "list", ann)["rights"]
    assert home.as_user("Ada").run("acting", "end", ann, right["id"]).code == 0
    mum.run("show", ann)
    rows = events(home, "Mum")
    assert {row["user"] for row in rows} == {"Mum"}
    assert not any(row["items"] or row["sections"] for row in rows), "nothing of the record opens to her any more"


def test_nor_the_person_of_another(home: Vault) -> None:
    assert home.as_user("Ada").run("log", "--person", home.person("Lindqvist")).code == 1
    assert home.as_user("Ada").json("log", "--person", home.person("Okafor"))


def test_by_raw_sql_a_persons_keys_open_their_lines_and_no_others(home: Vault) -> None:
    ann, ben = home.person("Okafor"), home.person("Lindqvist")
    home.as_user("Cy").run("show", ann, "--purpose", "BTG", "--reason", WHY)
    home.as_user("Cy").run("show", ben, "--purpose", "BTG", "--reason", f"{WHY} {OTHER}")
    home.run("people", "zqsearched1212")
    assert opened(home, "Ada", WHY), "the control: her own lines open"
    assert not opened(home, "Ada", OTHER)
    assert not opened(home, "Ada", "zqsearched1212")
    for user in ("Han", "Cy"):
        assert insider.loot(home.path, user, PASSPHRASE).events == 0


def test_that_something_is_kept_from_them_is_not_told_either_by_the_program_or_by_keys(home: Vault) -> None:
    ann = home.person("Okafor")
    plain = next(one["entryId"] for one in entries(home.json("show", ann)) if PLAIN in one["title"])
    limit = ("acting", "limit", ann, "SERIOUS-HARM", plain, "--reason", "Danger", "--review", "2027-05-01")
    before = lines(home)
    assert any("problems" in row["sections"] for row in events(home))
    assert home.run(*limit).code == 0
    assert home.as_user("Han").run(*limit).code == 2
    assert opened(home, "Pat", "LimitSet"), "the control: the privacy office reads it"
    assert not opened(home, "Ada", "LimitSet")
    assert lines(home) == before
    assert not any("problems" in row["sections"] for row in events(home)), "of what kind it was, goes with it"


def silent_override(home: Vault, ann: str) -> str:
    office, other = home.as_user("Carol"), home.as_user("Pat")
    asked = ("overrides", "open", ann, "court-order", "--reason", SILENT, "--grounds", f"{SILENT} order 12")
    id: str = office.json(*asked)["id"]
    put_off = ("notices", "delay", ann, id, "--reason", SILENT, "--until", "2027-01-01", "--silent")
    assert office.run(*put_off).code == 0
    assert other.run("overrides", "agree", ann, id).code == 0
    assert office.run("show", ann).code == 0
    return id


def test_what_the_law_keeps_silent_is_told_when_the_person_is_and_not_before(home: Vault) -> None:
    ann = home.person("Okafor")
    before = lines(home)
    id = silent_override(home, ann)
    kinds = {row["kind"] for row in home.as_user("Pat").json("log", "--person", ann) if row["user"] == "Carol"}
    assert {"override", "notice", "read"} <= kinds, "the control: the privacy office reads it"
    assert lines(home) == before
    assert opened(home, "Pat", SILENT)
    assert not opened(home, "Ada", SILENT)
    assert not opened(home, "Ada", id)
    out = home.folder / "early.json"
    assert home.as_user("Pat").run("log", "receipt", "--person", ann, "--out", out).code == 0
    assert SILENT not in out.read_text(), "a receipt that is handed out does not tell either"

    assert home.as_user("Pat").run("notices", "given", ann, id, "--how", "By letter").code == 0
    assert {("Carol", "override"), ("Carol", "read"), ("Carol", "notice")} <= set(lines(home))
    home.as_user("Carol").run("show", ann)
    assert lines(home)[0] == ("Carol", "read"), "from now on at once"
    out = home.folder / "late.json"
    assert home.as_user("Pat").run("log", "receipt", "--person", ann, "--out", out).code == 0
    assert SILENT in out.read_text()


def test_a_receipt_for_oneself_proves_who_looked_and_does_not_tell_how_much(home: Vault) -> None:
    ann = home.person("Okafor")
    silent_override(home, ann)
    out = home.folder / "own.json"
    assert home.as_user("Ada").run("log", "receipt", "--person", ann, "--out", out).code == 0
    found = run("log", "verify", "--receipt", out, "--json").json
    assert found["ok"]
    assert found["person"] == ann
    told = out.read_text()
    assert SILENT not in told
    record = home.json("show", ann)
    assert not any(entry["entryId"] in told for entry in entries(record))
    assert home.as_user("Ada").json("log", "verify", "--receipt", out)["againstVault"]
    who = {json.loads(one["event"])["agent"][0].get("name") for one in json.loads(told)["events"]}
    assert {"Asha", "Ada"} <= who
    assert "Carol" not in who


def test_whatever_is_done_while_the_law_keeps_the_access_silent_is_kept_back_with_it(home: Vault) -> None:
    ann = home.person("Okafor")
    silent_override(home, ann)
    before = lines(home)
    with home.as_user("Carol").signed_in() as workspace:
        about = PersonId(ann)
        workspace.open_person(about, reason=f"{SILENT} first")
        workspace.see_as(about, role="gp", organisation="Riverside Team")
        workspace.choices(about)
        workspace.label_reasons(about)
        workspace.filed_under(about, f"{SILENT} filed")
    office = [row for row in home.as_user("Pat").json("log", "--person", ann) if row["user"] == "Carol"]
    done = {"choices-read", "labels-read", "match-evidence", "see-as"}
    assert done <= {row["kind"] for row in office}, "the control: the privacy office reads it"
    assert lines(home) == before
    assert not opened(home, "Ada", SILENT)
    receipt = home.folder / "own.json"
    assert home.as_user("Ada").run("log", "receipt", "--person", ann, "--out", receipt).code == 0
    assert "Carol" not in receipt.read_text()

    home.as_user("Pat").run("choices", ann)
    assert lines(home)[0] == ("Pat", "choices-read"), "what others do meanwhile is told"


def test_a_receipt_for_oneself_holds_the_lines_one_is_told_and_no_others(home: Vault) -> None:
    ann = home.person("Okafor")
    theirs = {entry["entryId"] for entry in entries(home.as_user("Ada").json("show", ann))}
    kept = [entry["entryId"] for entry in entries(home.json("show", ann)) if entry["entryId"] not in theirs]
    for entry in (*kept, *theirs):
        home.run("source", entry)
    out = home.folder / "own.json"
    assert home.as_user("Ada").run("log", "receipt", "--person", ann, "--out", out).code == 0
    proven = {one["number"]: json.loads(one["event"]) for one in json.loads(out.read_text())["events"]}
    assert set(proven) <= {row["number"] for row in events(home)}
    reads = [one for one in proven.values() if one["agent"][0].get("name") == "Asha"]
    assert len(reads) >= len(theirs), "a control: what is of what she sees is in it"
    assert home.as_user("Ada").json("log", "verify", "--receipt", out)["againstVault"]


def edit(home: Vault, statement: str) -> None:
    keys = slots.open_user(slots.read(home.path), "Asha", PASSPHRASE)
    connection = file.connect(home.path, keys.vault_keys[0])
    with file.transaction(connection):
        connection.execute(statement)
    connection.close()


def test_lines_that_are_taken_from_the_person_by_raw_sql_are_noticed(home: Vault) -> None:
    assert home.as_user("Pat").json("log", "verify")["ok"]
    edit(home, "DELETE FROM audit_told WHERE audit_key = (SELECT min(audit_key) FROM audit_told)")
    ran = home.as_user("Pat").run("log", "verify", "--json")
    assert ran.code == 1
    assert "kept from them" in ran.json["problem"]


def test_what_an_act_touched_is_not_taken_out_unnoticed(home: Vault) -> None:
    """The line stands, but which entries somebody looked at would be gone, for the person too."""
    home.run("show", home.person("Okafor"))
    assert home.as_user("Pat").json("log", "verify")["ok"]
    edit(home, "DELETE FROM audit_details WHERE seq = (SELECT max(seq) FROM audit_details)")
    ran = home.as_user("Pat").run("log", "verify", "--json")
    assert ran.code == 1
    assert ran.json["problem"] == "What an act of the access log touched is missing."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_details SET box = (SELECT box FROM audit_details d WHERE d.seq > audit_details.seq LIMIT 1)"
        " WHERE seq = (SELECT min(seq) FROM audit_details)",
        "UPDATE audit_told SET message = (SELECT message FROM audit_told t WHERE t.audit_key > audit_told.audit_key)"
        " WHERE audit_key = (SELECT min(audit_key) FROM audit_told)",
    ],
    ids=["details", "told"],
)
def test_exchanged_pieces_are_not_read(home: Vault, statement: str) -> None:
    home.run("show", home.person("Okafor"))
    edit(home, statement)
    ran = home.as_user("Ada").run("log")
    assert (ran.code, ran.out) == (2, "")
    assert "moved" in ran.sentence


def test_joined_people_are_told_of_both_once_the_privacy_office_signs_in(home: Vault) -> None:
    with home.signed_in() as workspace:
        ann, ben = PersonId(home_person(workspace, "Okafor")), PersonId(home_person(workspace, "Lindqvist"))
        workspace.open_person(ben)
        workspace._session.note_possible_match(ann, ben)
        workspace._session.decide_match(ann, ben, "same", TWINS)
        workspace.open_person(ann)
    assert ben in {row["person"] for row in events(home)}, "from the joining on"
    early = len([row for row in events(home) if row["person"] == ben])
    home.as_user("Pat").run("people")
    assert len([row for row in events(home) if row["person"] == ben]) > early
    assert ("Asha", "match-same") in lines(home)
    assert not opened(home, "Ada", TWINS), "why is not told: it is about somebody else as well"
    with home.signed_in() as workspace:
        workspace._session.decide_match(ann, ben, "open", "Not the same after all")
        workspace.open_person(ben)
    assert ben not in {row["person"] for row in events(home)}
    assert home.as_user("Pat").json("log", "verify")["ok"]


def home_person(workspace: Any, name: str) -> str:
    return str(next(row.person_id for row in workspace.people(name)))
