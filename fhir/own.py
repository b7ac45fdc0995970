"""The addresses under which this project puts what FHIR and Interweave have no place for. Names only."""

from __future__ import annotations

OWN = "https://fhir.onestory.example/StructureDefinition"
