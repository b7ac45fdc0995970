"""Errors of the reading package.

    FhirError
    └── RefusedError        the input cannot be read at all; `reason` is one plain sentence
        ├── LimitError      too large, too deep, too many, expands too far
        ├── FormatError     not JSON, XML, NDJSON or ZIP that holds FHIR
        └── VersionError    FHIR, but a version that is not read (DSTU2 and older)

No error carries record content: only where the fault stands and what kind of fault it is.
"""

from __future__ import annotations


class FhirError(Exception):
    """Anything this package raises on purpose."""


class RefusedError(FhirError):
    """Input refused as a whole. `reason` is one plain sentence; `line` counts from 1, 0 when unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class LimitError(RefusedError):
    """A limit that protects the machine was reached."""


class FormatError(RefusedError):
    """The bytes are not a format that holds FHIR records."""


class VersionError(RefusedError):
    """FHIR of a version that is not read."""
