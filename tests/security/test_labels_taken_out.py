"""That an entry is labelled, was labelled otherwise, has a floor, or was decided about on purpose is information too.

It leaves for nobody but the office that reviews labels: in no format and by no line of the log.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, write

from fhir.entries import EntryId, PersonId

V3 = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
HIV = "86406008"
WHY = "zqreason515151 asked by her sister"
TELLS = ("PSY", "mental-health", "mental health", "entitled to set it", "zqreason515151", "give away something learned")


def marked(id: str, title: str, *codes: tuple[str, str]) -> dict[str, Any]:
    security = [{"system": system, "code": code} for system, code in codes]
    return condition(id, "a", title, code="195967001", meta={"security": security})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Someone with a source's label taken off on purpose, a label put on, a safeguarding label put on, and a floor."""
    folder = tmp_path_factory.mktemp("labels")
    vault = make_vault(folder, role="gp")
    vault.add_user("Pia", "pharmacist")
    vault.add_user("Dilys", "privacy-officer", "Elsewhere", "--custodian")
    count = {
        "resourceType": "Observation",
        "id": "r1",
        "status": "final",
        "code": {"text": "Lymphocyte count zqfloored6418"},
        "subject": {"reference": "Patient/a"},
        "effectiveDateTime": "2024-05-01",
        "valueString": "low",
    }
    ada = patient("a", "Okafor", nhs_number(61))
    records = [
        marked("off", "Tired zqtakenoff31", (V3, "PSY"), (CONFIDENTIALITY, "R")),
        condition("on", "a", "Sore knee zqputonto42", code="30989003"),
        condition("watched", "a", "Bruise zqwatched5317", code="125667009"),
        condition("plain", "a", "Asthma zqplain", code="195967001"),
        count,
    ]
    vault.take(write(folder, "a.json", bundle(ada, *records)))
    evidence = [{"detail": [{"reference": "Observation/r1"}]}]
    vault.take(
        write(
            folder,
            "b.json",
            bundle(ada, condition("c1", "a", "Infection zqinfected77", code=HIV, evidence=evidence)),
        )
    )
    person = vault.person()
    vault.add_user("Ada", "person", "", "--person", person)
    with vault.as_user("Dilys").signed_in() as office:
        rows = {row.title.rpartition(" ")[2]: row.entry_id for row in office.label_reasons(PersonId(person))}
        for name, categories in (
            ("zqtakenoff31", ("general",)),
            ("zqputonto42", ("mental-health",)),
            ("zqwatched5317", ("safeguarding",)),
        ):
            office.correct_label(PersonId(person), EntryId(rows[name]), categories, WHY)
    for user in ("Asha", "Dilys"):
        vault.as_user(user).run("show", person)
    return vault


def titles(vault: Vault, user: str) -> str:
    return json.dumps(vault.as_user(user).json("show", vault.person()))


def everything_written(data: bytes) -> str:
    """A file with what it packs: streams of a PDF, and base64."""
    text = data.decode("latin-1")
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            text += zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            text += stream.decode("latin-1")
    for packed in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text):
        try:
            text += base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("latin-1")
        except ValueError:
            continue
    return text


def test_the_controls(made: Vault) -> None:
    """The pharmacist sees what was declassified, and neither what was labelled nor what has a floor."""
    seen = titles(made, "Pia")
    assert "zqtakenoff31" in seen
    assert not any(word in seen for word in ("zqputonto42", "zqwatched5317", "zqfloored6418", "zqinfected77"))
    assert all(
        word in titles(made, "Asha") for word in ("zqtakenoff31", "zqputonto42", "zqfloored6418", "zqinfected77")
    )
    assert "zqputonto42" in titles(made, "Ada")
    assert "zqwatched5317" not in titles(made, "Ada")


def out_of(vault: Vault, user: str, form: str, folder: Path) -> str:
    file = folder / f"{user}.{form}"
    ran = vault.as_user(user).run("export", vault.person(), "--format", form, "--out", file)
    assert ran.code == 0, ran.err
    return everything_written(file.read_bytes())


@pytest.mark.parametrize("form", ["fhir", "ips", "pdf", "summary"])
def test_no_format_tells_a_worker_that_a_label_was_taken_off_or_put_on(made: Vault, tmp_path: Path, form: str) -> None:
    text = out_of(made, "Pia", form, tmp_path)
    assert not [word for word in (*TELLS, "zqputonto42", "zqfloored6418", "zqwatched5317") if word in text]


def commands(vault: Vault) -> dict[str, tuple[str, ...]]:
    person = vault.person()
    return {
        "show": ("show", person, "--json"),
        "words": ("show", person),
        "choices": ("choices", person, "--json"),
        "people": ("people", "", "--json"),
        "log": ("log", "--person", person, "--json"),
        "see-as": ("choices", person, "--set", "NONE", "--preview", "--json"),
    }


@pytest.mark.parametrize("name", ["show", "words", "choices", "people", "log", "see-as"])
def test_no_command_tells_a_worker(made: Vault, tmp_path: Path, name: str) -> None:
    nothing = str(write(tmp_path, "none.json", []))
    ran = made.as_user("Pia").run(*[nothing if part == "NONE" else part for part in commands(made)[name]])
    said = (ran.out + ran.err).replace('"role": "mental-health"', "")
    assert not [word for word in (*TELLS, "zqputonto42", "zqfloored6418", "zqwatched5317") if word in said]


def test_nor_does_the_source_of_what_was_declassified(made: Vault) -> None:
    """The source's own label stands in its bytes: who may not see that kind gets the entry, not the bytes."""
    pia = made.as_user("Pia")
    (entry,) = [one for one in entries(pia.json("show", made.person())) if "zqtakenoff31" in one["title"]]
    ran = pia.run("source", entry["entryId"])
    assert "zqtakenoff31" in ran.out
    assert not [word for word in TELLS if word in ran.out]
    assert "PSY" in made.run("source", entry["entryId"]).out, "who sees that kind has the bytes as they came"


def test_raw_sql_does_not_open_the_label_either(made: Vault) -> None:
    loot = insider.loot(made.path, "Pia", PASSPHRASE)
    assert loot.count("zqtakenoff31"), "a control"
    for word in ("zqreason515151", "zqputonto42", "zqwatched5317", "zqfloored6418"):
        assert not loot.count(word), word


@pytest.mark.parametrize("form", ["fhir", "ips", "pdf"])
def test_the_persons_own_copy_tells_nothing_of_safeguarding_or_of_decisions(
    made: Vault, tmp_path: Path, form: str
) -> None:
    text = out_of(made, "Ada", form, tmp_path)
    assert "zqplain" in text or form == "pdf"
    told = ("zqwatched5317", "zqreason515151", "entitled to set it", "give away something learned", "safeguarding")
    assert not [word for word in told if word in text]


def receipt(vault: Vault, folder: Path) -> str:
    file = folder / "receipt.json"
    ran = vault.as_user("Ada").run("log", "receipt", "--person", vault.person(), "--out", file)
    assert ran.code == 0, ran.err
    return file.read_text()


def log_of(vault: Vault, _folder: Path) -> str:
    return vault.as_user("Ada").run("log", "--json").out


@pytest.mark.parametrize("told", [receipt, log_of])
def test_her_log_and_receipt_say_that_labels_were_decided_but_not_that_one_became_safeguarding(
    made: Vault, tmp_path: Path, told: Callable[[Vault, Path], str]
) -> None:
    """Two decisions are hers to know of, without words or items; the third would tell her that she is watched."""
    text = told(made, tmp_path)
    decided = re.findall(r'"kind":\s*"label-correction"', text) or re.findall(r"label-correction", text)
    assert len(decided) == 2
    assert "zqreason515151" not in text
    person = PersonId(made.person())
    with made.as_user("Dilys").signed_in() as office:
        watched = {row.entry_id for row in office.label_reasons(person) if "zqwatched5317" in row.title}
    assert not any(entry in text for entry in watched)
