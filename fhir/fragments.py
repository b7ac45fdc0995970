"""Reads the bytes of one resource, as they stood in their document, into a tree again.

Decimals keep their digits. A resource cut out of an XML document may lack the namespace that stood further out.
"""

from __future__ import annotations

import re

import msgspec

from fhir.errors import RefusedError
from fhir.json_reading import decode
from fhir.records import Tree

_ROOT = re.compile(rb"<(?![?!/])(?:[A-Za-z][\w.-]*:)?[A-Za-z][\w.-]*")


def fragment(data: bytes, form: str) -> Tree | None:
    """The tree of one resource's bytes; `form` is json, ndjson or xml. None for what is not FHIR or cannot be read."""
    if form == "xml":
        return _xml(data)
    try:
        tree = decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return None
    return tree if isinstance(tree, dict) else None


def _xml(data: bytes) -> Tree | None:
    from fhir.xml_reading import read_xml  # the model tables behind XML take a moment to load

    for text in (data, _ROOT.sub(lambda found: found[0] + b' xmlns="http://hl7.org/fhir"', data, count=1)):
        try:
            return read_xml(text).resources[0].tree
        except (RefusedError, IndexError):
            continue
    return None
