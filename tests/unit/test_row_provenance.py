"""Every resource made of a row can say, as a FHIR Provenance, from which file, line, council and submission it is."""

from __future__ import annotations

from pathlib import Path

import cld_samples as cld

from fhir.resources.R4B.provenance import Provenance
from fhir.social_care.provenance import provenance


def test_every_resource_of_an_extract_has_its_provenance(tmp_path: Path) -> None:
    rows = [cld.SERVICE, cld.ASSESSMENT, cld.REVIEW, cld.REQUEST, cld.KNOWN_CARER]
    (document,) = cld.read(tmp_path, cld.table(rows), "q4.csv")
    assert len(document.resources) > len(rows)
    for resource in document.resources:
        found = provenance(resource.tree)
        assert found is not None
        assert found["target"] == [{"reference": resource.key}]
        assert found["entity"][0]["what"]["display"] == f"q4.csv, line {resource.line}"
        assert found["agent"][0]["who"] == {"identifier": {"value": "503"}, "display": "Council 503"}
        assert found["occurredPeriod"] == {"start": "2025-04-01", "end": "2026-03-31"}
        Provenance.model_validate(found)


def test_what_no_adapter_made_has_none_of_these() -> None:
    assert provenance({"resourceType": "Condition", "id": "c", "meta": {"source": "https://gp.example/fhir"}}) is None
