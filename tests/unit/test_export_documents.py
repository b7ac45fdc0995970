"""The shape of what leaves: IPS documents beside HL7's own examples, trees that keep digits, pages to read."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gatekit import entry, opened, store

from consent.disclosure import DisclosedRecord
from desktop import exporting, paper, printing
from desktop.theme.fonts import font
from fhir import export
from fhir.describe import describe, document_context
from fhir.entries import EntryId, When
from fhir.fragments import fragment
from fhir.reading import read_document
from storage.records import SourceBytes

EXAMPLES = Path("../shared/data/ips/sushi-built")
needs_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the sample records of HL7 IPS are not beside the project"
)


def example() -> tuple[DisclosedRecord, dict[EntryId, SourceBytes]]:
    """HL7's example Bundle as a GP opens it, with the bytes behind every entry."""
    path = EXAMPLES / "Bundle-IPS-examples-Bundle-01.json"
    document = read_document(str(path), "", path.read_bytes())
    context = document_context(document, resolve=lambda reference, resource: None)
    entries = []
    sources = {}
    for resource in document.resources:
        for one in describe(resource, context):
            entries.append(one)
            sources[one.entry_id] = SourceBytes(data=resource.raw, path="x", line=1, format="json")
    return opened(store(entries), "gp"), sources


def references(value: Any) -> list[str]:
    return [export.written(one) for one in export.references(value)]


@needs_examples
def test_a_document_has_the_shape_of_the_examples() -> None:
    record, sources = example()
    made = json.loads(exporting.as_ips(record, sources))
    given = json.loads((EXAMPLES / "Bundle-IPS-examples-Bundle-01.json").read_text())
    assert (made["type"], made["meta"]["profile"]) == (given["type"], given["meta"]["profile"])
    assert {"identifier", "timestamp"} <= set(made)
    ours, theirs = (one["entry"][0]["resource"] for one in (made, given))
    assert ours["type"]["coding"][0]["code"] == theirs["type"]["coding"][0]["code"] == "60591-5"
    assert {"subject", "date", "author", "title", "custodian", "status"} <= set(ours)
    codes = [section["code"]["coding"][0]["code"] for section in ours["section"] if "coding" in section["code"]]
    assert codes[:3] == ["11450-4", "10160-0", "48765-2"], "the required sections come first"
    theirs_by_code = {s["code"]["coding"][0]["code"]: len(s.get("entry", ())) for s in theirs["section"]}
    ours_by_code = {
        s["code"]["coding"][0]["code"]: len(s.get("entry", ())) for s in ours["section"] if "coding" in s["code"]
    }
    for code in ("10160-0", "48765-2"):
        assert ours_by_code[code] == theirs_by_code[code]
    urls = {one["fullUrl"] for one in made["entry"]}
    assert len(urls) == len(made["entry"])
    assert [one for one in references(made["entry"]) if one not in urls and not one.startswith("#")] == []
    assert all("div" in section["text"] for section in ours["section"])
    patients = [one for one in made["entry"] if one["resource"]["resourceType"] == "Patient"]
    assert [one["fullUrl"] for one in patients] == [ours["subject"]["reference"]]


@needs_examples
def test_what_is_made_can_be_read_again() -> None:
    record, sources = example()
    for make in (exporting.as_ips, exporting.as_fhir):
        document = read_document("again.json", "", make(record, sources))
        assert document.fhir_version in ("R4", "R4B")
        assert len(document.resources) > 10
        assert document.issues == []


def test_a_required_section_without_entries_never_says_none_known() -> None:
    record = opened(store([entry("Condition/1", title="Asthma", active=True)]), "home-care")
    made = json.loads(exporting.as_ips(record, {}))
    sections = {section["title"]: section for section in made["entry"][0]["resource"]["section"]}
    allergies = sections["Allergies and intolerances"]
    assert allergies["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "does not mean that there is nothing" in allergies["text"]["div"]


def test_trees_keep_every_digit() -> None:
    text = b'{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.50,"unit":"mg"},"n":[10,0.00100]}'
    tree = fragment(text, "json")
    assert tree is not None
    assert export.encode(tree) == text
    assert b"0.00100" in export.encode(export.edited(tree, lambda reference: False))


def test_xml_without_its_own_namespace_is_read() -> None:
    tree = fragment(b'<Condition><id value="1"/><code><text value="Falls"/></code></Condition>', "xml")
    assert tree is not None
    assert tree["code"] == {"text": "Falls"}
    assert fragment(b"not xml", "xml") is None
    assert fragment(b"[1]", "json") is None


def test_markup_in_a_record_stays_words() -> None:
    nasty = '<img src="file:///etc/passwd">&\x00\u202e'
    record = opened(store([entry("Condition/1", title=nasty, active=True)]), "gp")
    made = json.loads(exporting.as_ips(record, {}))
    told = json.dumps(made)
    assert "<img" not in made["entry"][0]["resource"]["section"][0]["text"]["div"]
    assert "&lt;img" in told
    assert "\x00" not in paper.plain(nasty)
    assert "\u202e" not in paper.plain(nasty)


def test_a_summary_is_one_page_however_much_there_is() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    many = [entry(f"Condition/{n}", title=f"Problem {n} " + "long " * (n % 30), active=True) for n in range(300)]
    record = opened(store(many), "gp")
    stamp = exporting.stamp_of(record)
    summary = pypdfium2.PdfDocument(printing.pdf(paper.summary(record, stamp)))
    assert len(summary) == 1
    words = summary[0].get_textpage().get_text_range()
    assert "more entries not printed here" in words
    pack = pypdfium2.PdfDocument(printing.pdf(paper.pack(record, stamp)))
    assert len(pack) > 1
    for number in range(len(pack)):
        page = pack[number].get_textpage().get_text_range()
        assert f"Page {number + 1} of {len(pack)}" in page
        assert "Made by ann" in page


def test_every_medicine_of_now_is_printed_in_full_before_anything_else_gets_room() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    told = (
        "Take ONE tablet in the morning. Check kidney function in one to two weeks and stop when sick or drinking less"
    )
    many = [
        *(entry(f"MedicationRequest/{n}", section="medicines", title=f"Medicine {n:02}", detail=f"{told} {n:02}",
                active=True) for n in range(11)),
        *(entry(f"Condition/{n}", title=f"Problem {n}", active=True) for n in range(30)),
        *(entry(f"Encounter/{n}", section="contacts", when=When(start="2026-11-02")) for n in range(9)),
    ]  # fmt: skip
    record = opened(store(many), "gp")
    summary = pypdfium2.PdfDocument(printing.pdf(paper.summary(record, exporting.stamp_of(record))))
    assert len(summary) == 1
    words = " ".join(summary[0].get_textpage().get_text_range().split())
    assert [n for n in range(11) if f"drinking less {n:02}" not in words] == []
    assert "entries, not printed here" in words or "more entries not printed here" in words


def test_a_pack_parts_no_row_from_its_heading_or_its_own_words() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    many = [
        entry(
            f"Condition/{n}", title=f"Begin{n:03}", detail="\n".join(["more"] * (n % 7)) + f"\nEnd{n:03}", active=True
        )
        for n in range(59)
    ] + [
        entry(f"Allergy/{n}", section="allergies", title=f"Begin{n:03}", detail=f"End{n:03}", active=True)
        for n in range(100, 110)
    ]
    record = opened(store(many), "gp")
    pack = pypdfium2.PdfDocument(printing.pdf(paper.pack(record, exporting.stamp_of(record))))
    seen: list[str] = []
    for number in range(1, len(pack)):
        words = pack[number].get_textpage().get_text_range()
        begun, ended = re.findall(r"Begin(\d+)", words), re.findall(r"End(\d+)", words)
        assert begun == ended, f"page {number + 1} tears a row"
        assert begun, "no page holds a heading alone"
        assert "Problems" in words or "Allergies" in words, "each page says which part it goes on with"
        last = words.replace("\r", "").split("Made by")[0].strip().splitlines()
        assert not any(line.strip() in ("Problems", "Allergies and adverse reactions") for line in last[-2:])
        seen += begun
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 69


def test_pages_printed_from_the_window_can_be_read_like_those_of_the_command() -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    record = opened(store([entry("Condition/1", title="Illness 0100 Il1 (2:30)", active=True)]), "gp")

    def words() -> str:
        printed = printing.pdf(paper.summary(record, exporting.stamp_of(record)))
        return str(pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_range())

    application = printing.application()
    before = application.font()
    application.setFont(font(14))
    try:
        assert "Illness 0100 Il1 (2:30)" in words()
    finally:
        application.setFont(before)
    assert "Illness 0100 Il1 (2:30)" in words()


def test_the_stamp_says_when_in_one_zone() -> None:
    record = opened(store([entry("Condition/1", active=True)]), "gp")
    stamp = exporting.stamp_of(record, "social-worker")
    assert datetime.fromisoformat(stamp.time) == record.request.now.astimezone(UTC)
    assert "21 Nov 2026, 09:30 UTC" in paper.stamp_line(stamp)
    assert "For: Social worker" in paper.stamp_line(stamp)
