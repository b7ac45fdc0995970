"""The table of describers by resource type: each family module offers its own part as `DESCRIBERS`."""

from __future__ import annotations

from fhir.describe.context import Describer

DESCRIBERS: dict[str, Describer] = {}
