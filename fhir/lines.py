"""On which line of its document an element of a resource stands."""

from __future__ import annotations

from fhir.errors import FormatError
from fhir.locating import element_at
from fhir.records import Resource
from fhir.xml_reading import xml_element_at

_AROUND = b'<Bundle xmlns="http://hl7.org/fhir">', b"</Bundle>"
"""What declares the namespace of a resource that was cut out of its document."""


def line_of(resource: Resource, path: str) -> int:
    """The line, from 1, on which the element of `path` begins ("Patient.birthDate"), or the nearest one around it that
    is there; 0 where the line of the resource is not known."""
    raw = resource.raw
    if not resource.line or not path:
        return resource.line
    if raw.startswith(b"{"):
        return resource.line + raw.count(b"\n", 0, element_at(raw, path))
    before, after = _AROUND
    try:
        at = xml_element_at(before + raw + after, path, len(before))
    except FormatError:  # it uses prefixes that are declared outside it
        return resource.line
    return resource.line + raw.count(b"\n", 0, max(at - len(before), 0))
