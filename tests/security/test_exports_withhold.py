"""What is withheld leaves in no file: every format, for every audience; and what is withheld changes no byte of one.

Markers are planted in files, imported by a GP, and looked for in all that a home-care worker can export, and in what
the GP exports for others. Two vaults that differ only in what is withheld give the same files.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import NOW, Vault, bundle, condition, make_vault, nhs_number, patient, write
from test_exits import HIDDEN, PERMITTED, WITHHELD, about, labelled, planted

from consent.request import STAFF_ROLES
from desktop import exporting
from desktop.errors import NothingFoundError
from desktop.models.chronicle import Filters
from fhir.entries import PersonId

FHIR = ("fhir", "ips")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault for real records that a GP filled, with a home-care worker."""
    return filled(tmp_path_factory.mktemp("clinic"), planted())


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """The same for invented records, where signing in may cost less: many sign in here."""
    return filled(tmp_path_factory.mktemp("quick"), planted(), test_data=True)


def filled(
    folder: Path, resources: list[dict[str, Any]], *more: list[dict[str, Any]], test_data: bool = False
) -> Vault:
    """A GP's vault with these resources as one document, further ones as their own, and a home-care worker."""
    vault = make_vault(folder / "vault", role="gp", test_data=test_data)
    vault.add_user("Hal", "home-care", "Home Help Ltd")
    for number, part in enumerate([resources, *more]):
        report = vault.store(write(folder / "files", f"record{number}.json", bundle(*part)))
        assert [file["status"] for file in report["files"]] == ["imported"]
    return vault


def exported(vault: Vault, folder: Path, form: str, *options: str) -> bytes:
    """The bytes of an export, or of the sentence that said no."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{vault.user}-{form}-{'-'.join(options)}"
    ran = vault.run("export", vault.as_user("Asha").person(), "--format", form, "--out", out, *options)
    assert ran.code in (0, 1), ran.err
    return out.read_bytes() if ran.code == 0 else ran.err.encode()


def read(data: bytes) -> str:
    """Everything in a file as text: with base64 opened, and of a PDF every page as its text."""
    if data.startswith(b"%PDF"):
        return words_of(data)
    text = data.decode()
    for found in re.findall(r"[A-Za-z0-9+/=]{16,}", text):
        try:
            text += base64.b64decode(found, validate=True).decode("utf-8", "ignore")
        except ValueError:
            continue
    return text


def words_of(data: bytes) -> str:
    """The words of a PDF, read by another program than made it, and its raw streams."""
    import pypdfium2

    pages = pypdfium2.PdfDocument(data)
    told = "\n".join(pages[number].get_textpage().get_text_range() for number in range(len(pages)))
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            told += zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            told += stream.decode("latin-1")
    return told.replace("\u200b", "")


@pytest.mark.parametrize("form", [*FHIR, "pdf", "summary", "timeline"])
def test_what_is_withheld_leaves_in_no_format(clinic: Vault, tmp_path: Path, form: str) -> None:
    everything = read(exported(clinic, tmp_path, form))
    undated = {"PLAININHALER"} if form == "timeline" else set()
    assert {word for word in PERMITTED if word not in everything} == undated
    if form == "timeline":
        assert WITHHELD["mental health"] in everything, "the control must find what is looked for"
    if form == "fhir":
        assert [word for word in HIDDEN if word not in everything] == [], "the control must find what is looked for"
    told = read(exported(clinic.as_user("Hal"), tmp_path, form))
    assert [word for word in HIDDEN if word in told] == []
    assert "PLAINPENICILLIN" in told


@pytest.mark.parametrize("audience", sorted(STAFF_ROLES))
def test_an_audience_gets_no_more_than_both_may_see(
    clinic: Vault, quick: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audience: str
) -> None:
    if audience != "tester":  # whom a vault of invented records would show everything
        clinic = quick
    worker = clinic.add_user(f"Own {audience}", audience) if audience != "tester" else None
    for form in FHIR:
        own = read(exported(worker, tmp_path, form)) if worker else ""
        for_them = read(exported(clinic, tmp_path, form, "--audience", audience))
        by_hal = read(exported(clinic.as_user("Hal"), tmp_path, form, "--audience", audience))
        markers = [*PERMITTED, *HIDDEN]
        assert {one for one in markers if one in for_them} <= {one for one in markers if one in own}
        assert [one for one in HIDDEN if one in by_hal] == []


def test_a_timeline_is_narrowed_by_what_its_audience_may_see_and_logged_as_narrow_as_it_is(clinic: Vault) -> None:
    """What was typed stands on the paper, so it must not say that something is there which the audience may not see."""
    person = PersonId(clinic.person())
    mind = Filters(text=WITHHELD["mental health"].casefold())
    with clinic.signed_in() as workspace:
        for_gp = workspace.prepare_export(person, "timeline", listed=mind)
        assert WITHHELD["mental health"] in words_of(for_gp.data)
        asthma = workspace.prepare_export(person, "timeline", audience="home-care", listed=Filters(text="asthma"))
        told = words_of(asthma.data)
        assert "PLAINASTHMA" in told
        assert "PLAINFALLS" not in told
        assert len(asthma.items) == 1
        assert exporting.event(asthma, printed=True).items == asthma.items
        with pytest.raises(NothingFoundError):
            workspace.prepare_export(person, "timeline", audience="home-care", listed=mind)


def test_two_vaults_that_differ_only_in_what_is_withheld_give_the_same_files(tmp_path: Path) -> None:
    """In the same document and in others, with references to it that dangle in the second vault."""
    open_ones = [
        patient("1", "Exits", nhs_number(900)),
        *(one for one in planted() if one["id"] in ("c", "f", "a", "p")),
    ]
    closed = [one for one in planted() if one["id"] in ("s", "m", "g", "l", "v")]
    further = [{**patient("1", "Exits", nhs_number(900)), "id": "2"}, condition("x", "2", "HIV", meta=labelled("HIV"))]
    full = filled(tmp_path / "full", [*open_ones, *closed], [further[0], *further[1:]])
    bare = filled(tmp_path / "bare", open_ones, [further[0]])
    assert full.as_user("Asha").person() == bare.as_user("Asha").person()
    for form in FHIR:
        assert exported(full, tmp_path / "1", form) != exported(bare, tmp_path / "2", form), "the control must differ"
        assert exported(full.as_user("Hal"), tmp_path / "1", form) == exported(
            bare.as_user("Hal"), tmp_path / "2", form
        )
        to_them = ("--audience", "home-care")
        assert exported(full, tmp_path / "1", form, *to_them) == exported(bare, tmp_path / "2", form, *to_them)
    for form in ("pdf", "summary"):
        assert by_itself(full.as_user("Hal"), tmp_path / "3", form) == by_itself(
            bare.as_user("Hal"), tmp_path / "4", form
        )


def by_itself(vault: Vault, folder: Path, form: str) -> bytes:
    """An export by a program of its own, as people run it."""
    folder.mkdir(exist_ok=True)
    out = folder / form
    command = ["export", vault.as_user("Asha").person(), "--format", form, "--out", out, *vault.access()]
    subprocess.run([sys.executable, "-m", "desktop", *map(str, command)], check=True, capture_output=True)
    assert out.read_bytes().startswith(b"%PDF")
    return out.read_bytes()


def test_references_show_nothing_of_what_they_lead_to(tmp_path: Path) -> None:
    """Whatever form they take: with words, without, logical, by address, in contained parts, words repeated."""
    told = "WITHHELDWORDS"
    pill = about(
        *("p", "MedicationRequest", ""),
        status="active",
        intent="order",
        medicationCodeableConcept={"text": "Salbutamol PLAINONE"},
        reasonReference=[{"reference": "Condition/f"}],
        supportingInformation=[
            {"reference": "Condition/m", "display": told},
            {"reference": "Condition/f"},
            {"type": "Condition", "identifier": {"value": told}, "display": "Something"},
        ],
        reasonCode=[{"coding": [{"system": "http://snomed.info/sct", "code": "WITHHELDCODE", "display": told}]}],
        note=[{"text": f"Given for {told.lower()}"}, {"text": "PLAINNOTE"}],
        extension=[{"url": "http://x.example/why", "valueReference": {"reference": "http://x.example/Condition/m"}}],
        contained=[{"resourceType": "Condition", "id": "in", "evidence": [{"detail": [{"reference": "Condition/m"}]}]}],
        text={"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{told}</div>"},
        dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 1.50, "unit": "mg"}}]}],
    )
    resources = [
        patient("1", "Exits", nhs_number(901)),
        condition("f", "1", "Falls PLAINTWO"),
        condition("m", "1", told, meta=labelled("PSY")),
    ]
    file = json.dumps(bundle(*resources, pill)).replace("1.5", "1.50")
    vault = make_vault(tmp_path / "vault", role="gp", test_data=False)
    vault.add_user("Hal", "home-care", "Home Help Ltd")
    vault.store(write(tmp_path / "files", "record.json", file))
    for form in FHIR:
        said = read(exported(vault.as_user("Hal"), tmp_path / "out", form))
        assert [one for one in (told, told.lower(), "WITHHELDCODE", "Condition/m") if one in said] == []
        assert "PLAINONE" in said
        assert "PLAINNOTE" in said
    (edited,) = [
        one for one in resources_of(exported(vault.as_user("Hal"), tmp_path / "again", "fhir")) if one["id"] == "p"
    ]
    assert edited["meta"]["security"][-1]["code"] == "REDACTED"
    assert edited["supportingInformation"] == [{"reference": "Condition/f"}]
    assert b"1.50" in exported(vault.as_user("Hal"), tmp_path / "digits", "fhir")


def resources_of(data: bytes) -> list[dict[str, Any]]:
    return [one["resource"] for one in json.loads(data)["entry"]]


def test_source_bytes_leave_unchanged_where_all_of_them_may_be_told(clinic: Vault, tmp_path: Path) -> None:
    asthma = next(one for one in planted() if one["id"] == "c")
    for who in ("Asha", "Hal"):
        data = exported(clinic.as_user(who), tmp_path, "fhir")
        assert json.dumps(asthma).encode() in data
        assert json.loads(data)["type"] == "collection"


def test_nothing_is_overwritten_and_only_the_owner_may_read(clinic: Vault, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    for out in (there, tmp_path):
        ran = clinic.run("export", clinic.person(), "--format", "fhir", "--out", out)
        assert (ran.code, ran.raw) == (2, b"")
        assert "already a file" in ran.sentence
    assert there.read_text() == "mine"
    ran = clinic.run("export", clinic.person(), "--format", "fhir", "--out", tmp_path / "no" / "folder")
    assert ran.code == 2
    assert clinic.run("export", clinic.person(), "--format", "fhir", "--out", tmp_path / "new").code == 0
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["new", "there"]


def test_what_cannot_be_written_whole_leaves_nothing(
    clinic: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    from desktop.errors import WorkspaceError
    from desktop.exporting import write_new

    with pytest.raises(WorkspaceError):
        write_new(tmp_path / "x", b"half")
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_in_the_log_before_it_is_written(tmp_path: Path) -> None:
    vault = filled(tmp_path, planted())
    vault.add_user("Salma", "privacy-officer", "Privacy Office")
    person = vault.person()
    refused = vault.run("export", person, "--format", "fhir", "--out", tmp_path / "no" / "where", "--reason", "Why not")
    assert refused.code == 2
    done = vault.run("export", person, "--format", "ips", "--out", tmp_path / "x", "--audience", "home-care")
    assert done.code == 0
    events = vault.as_user("Salma").json("log", "--person", person)
    found = [event for event in events if event["kind"] == "export"]
    assert [(event["user"], event["purpose"]) for event in found] == [("Asha", "TREAT")] * 2
    assert "Why not" in found[0]["reason"]
    assert "home-care" in found[1]["reason"]
    assert len(found[1]["items"]) < len(found[0]["items"])


def test_every_file_says_who_made_it_when_and_why(clinic: Vault, tmp_path: Path) -> None:
    said = ("Case conference 7", "Asha", "Riverside Team")
    for form in (*FHIR, "pdf"):
        data = exported(clinic, tmp_path, form, "--reason", said[0], "--audience", "social-worker")
        told = read(data)
        assert [one for one in said if one not in told] == [], form
        assert "left out" in told
        assert (NOW[:10] if form != "pdf" else "21 Nov 2026, 09:00 UTC") in told
    for one in (json.loads(exported(clinic, tmp_path / "b", "fhir")),):
        (proof,) = [entry["resource"] for entry in one["entry"] if entry["resource"]["resourceType"] == "Provenance"]
        assert proof["recorded"] == NOW
        assert proof["agent"][0]["who"]["display"] == "Asha"


def test_a_refused_purpose_or_audience_gives_no_file(clinic: Vault, tmp_path: Path) -> None:
    for options in (("--purpose", "HRESCH"), ("--relationship", "none"), ("--audience", "privacy-officer")):
        out = tmp_path / "none"
        ran = clinic.run("export", clinic.person(), "--format", "fhir", "--out", out, *options)
        assert ran.code == 1, options
        assert not out.exists()
    for options in (("--audience", "nobody"), ("--format", "word"), ("--relationship", "friend")):
        ran = clinic.run("export", clinic.person(), "--format", "fhir", "--out", tmp_path / "none", *options)
        assert ran.code == 2, options
        assert not (tmp_path / "none").exists()


def test_a_restricted_persons_place_leaves_in_no_format(tmp_path: Path) -> None:
    where = ["41 Quillfeather Row", "ZZ99 3WX", "01632 960421", "Thistlewick Surgery"]
    confidential = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    home = {
        "address": [{"line": [where[0]], "postalCode": where[1]}],
        "telecom": [{"system": "phone", "value": where[2]}],
        "generalPractitioner": [{"display": where[3]}],
    }
    note = condition("n", "1", "Seen at home PLAINSEEN", note=[{"text": f"Visited at {where[0]}, rang {where[2]}"}])
    for restricted in (False, True):
        meta = {"meta": {"security": [confidential]}} if restricted else {}
        person = patient("1", "Exits", nhs_number(902), **home, **meta)
        vault = make_vault(tmp_path / str(restricted), role="gp", test_data=False)
        vault.store(write(tmp_path / "files", f"{restricted}.json", bundle(person, note)))
        for form in (*FHIR, "pdf"):
            told = read(exported(vault, tmp_path / f"out{restricted}", form))
            found = [one for one in where if one in told]
            assert "PLAINSEEN" in told
            assert (found == []) if restricted else (form != "fhir" or found == where), (form, found)


def test_a_line_of_an_extract_goes_along_only_where_all_of_it_may_be_told(tmp_path: Path) -> None:
    """One line tells of a service, which home care may see, and of its reason, which it may not."""
    row = {
        "LA Code": "503",
        "Reporting Period Start Date": "2025-04-01",
        "Reporting Period End Date": "2026-03-31",
        "NHS Number": "9990000018",
        "LA Person Unique Identifier": "A100",
        "First Name": "Ann",
        "Last Name": "Exits",
        "Gender": "Female",
        "Date of Birth": "1938-02-14",
        "Client Type": "Service user",
        "Primary Support Reason": "Mental health support",
        "Event Type": "Service",
        "Event Start Date": "2025-05-01",
        "Event Description": "Morning calls",
        "Service Type": "Long term support: Community",
        "Service Component": "Home support or domiciliary care",
    }
    lines = "\r\n".join([",".join(row), ",".join(row.values()), ""])
    vault = make_vault(tmp_path / "vault", role="gp", test_data=False)
    vault.add_user("Hal", "home-care", "Home Help Ltd")
    vault.store(write(tmp_path / "files", "extract.csv", lines))
    reason = "Mental health support"
    for form in (*FHIR, "pdf"):
        own = read(exported(vault, tmp_path / "gp", form))
        assert reason in own, "the control must find it"
        assert form != "fhir" or ",".join(row.values()) in own, "the line itself goes along"
        for told in (
            read(exported(vault, tmp_path / "for", form, "--audience", "home-care")),
            read(exported(vault.as_user("Hal"), tmp_path / "by", form)),
        ):
            assert reason not in told, form
            assert "Morning calls" in told or "Home support" in told, form
