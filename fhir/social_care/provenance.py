"""The Provenance of what was made of a row: file, line, council or provider, and submission, as a FHIR resource.

Made when somebody asks (an export, a reader who wants it as FHIR), from what every such resource carries:
`meta.source`, the Provenance tag, `extract-line` and `reporting-period`. A stored Provenance for each row would double
the vault and say nothing more. There is no clock here: `recorded` is the submission's date, else it is left out.
"""

from __future__ import annotations

from typing import Any

from fhir.own import OWN
from fhir.records import Tree
from fhir.shapes import first, items, text

_LINE, _PERIOD = f"{OWN}/extract-line", f"{OWN}/reporting-period"
_AGENT = {
    "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
    "code": "author",
    "display": "Author",
}
_MADE = "urn:onestory:"


def provenance(tree: Tree) -> Tree | None:
    """The Provenance of a resource that an adapter made of a row or element; None of any other resource."""
    meta = first(tree, "meta")
    source = text(meta, "source")
    if not source.startswith(_MADE):
        return None
    place = next((text(one, "valueString") for one in items(tree, "extension") if one.get("url") == _LINE), "")
    tag = next((one for one in items(meta, "tag") if text(one, "system").endswith("/Provenance")), {})
    kind = text(tree, "resourceType")
    made: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": f"p-{text(tree, 'id')}"[:64],
        "target": [{"reference": f"{kind}/{text(tree, 'id')}"}],
        "agent": [
            {
                "type": {"coding": [_AGENT]},
                "who": {
                    "identifier": {"value": text(tag, "code") or "unknown"},
                    "display": text(tag, "display") or "Not named",
                },
            }
        ],
        "entity": [
            {
                "role": "source",
                "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": source}, "display": place or source},
            }
        ],
    }
    period = next((one.get("valuePeriod") for one in items(tree, "extension") if one.get("url") == _PERIOD), None)
    if isinstance(period, dict) and period:
        made["occurredPeriod"] = period
    if text(meta, "lastUpdated"):
        made["recorded"] = text(meta, "lastUpdated")
    return made
