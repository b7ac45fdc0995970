"""A finding names the line of the element that it is about, not that on which its resource begins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fhir.checking import check_document
from fhir.reading import read_drop
from fhir.records import SourceFile

PERSON = {"resourceType": "Patient", "id": "p", "name": [{"family": "Reed"}], "birthDate": "1961-04-93"}
LOST = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/nobody"}, "code": {"text": "Gout"}}
XML = """<Bundle xmlns="http://hl7.org/fhir">
  <type value="collection"/>
  <entry><resource>
    <Patient>
      <id value="p"/>
      <name><family value="Reed"/></name>
      <birthDate value="1961-04-93"/>
    </Patient>
  </resource></entry>
</Bundle>
"""


def files(folder: Path) -> dict[str, str]:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (PERSON, LOST)]}
    return {
        "a.json": json.dumps(bundle, indent=1),
        "a.ndjson": "\n".join(map(json.dumps, (PERSON, LOST))),
        "a.xml": XML,
        "alone.json": json.dumps(PERSON, indent=1),
    }


@pytest.mark.parametrize("name", ["a.json", "a.ndjson", "a.xml", "alone.json"])
def test_a_finding_stands_on_its_own_line(tmp_path: Path, name: str) -> None:
    words = files(tmp_path)[name]
    (tmp_path / name).write_text(words, "utf-8")
    lines = words.split("\n")
    found = [
        issue
        for document in read_drop([tmp_path / name])
        if isinstance(document, SourceFile)
        for issue in check_document(document, lambda *_: False)
    ]
    at = {issue.path: lines[issue.line - 1] for issue in found}
    assert "1961-04-93" in at["Patient.birthDate"]
    assert name in ("a.xml", "alone.json") or '"subject"' in at["Condition.subject"]


def test_a_path_that_is_not_there_is_on_the_line_of_what_is_around_it(tmp_path: Path) -> None:
    """A link that lacks what it links to, in a resource that begins further down."""
    broken = {**PERSON, "birthDate": "1961", "link": [{"type": "seealso"}]}
    (tmp_path / "a.json").write_text(json.dumps({"resourceType": "Bundle", "type": "collection",
                                                 "entry": [{"resource": broken}]}, indent=1), "utf-8")  # fmt: skip
    (document,) = read_drop([tmp_path / "a.json"])
    assert isinstance(document, SourceFile)
    (issue,) = [one for one in check_document(document) if "link" in one.path]
    lines = (tmp_path / "a.json").read_text("utf-8").split("\n")
    assert any("seealso" in line for line in lines[issue.line - 1 : issue.line + 1])
