"""The table of describers by resource type: each family module offers its own part as `DESCRIBERS`."""

from __future__ import annotations

from fhir.describe import (
    allergies,
    conditions,
    devices,
    encounters,
    family_history,
    gp_connect,
    immunizations,
    medicines,
    observations,
    procedures,
    reports,
    requests,
    risks,
)
from fhir.describe.care import CARE_DESCRIBERS
from fhir.describe.context import Describer
from fhir.describe.declared import declared_first

DESCRIBERS: dict[str, Describer] = {
    **CARE_DESCRIBERS,
    **allergies.DESCRIBERS,
    **conditions.DESCRIBERS,
    **devices.DESCRIBERS,
    **encounters.DESCRIBERS,
    **family_history.DESCRIBERS,
    **gp_connect.DESCRIBERS,
    **immunizations.DESCRIBERS,
    **medicines.DESCRIBERS,
    **observations.DESCRIBERS,
    **procedures.DESCRIBERS,
    **reports.DESCRIBERS,
    **requests.DESCRIBERS,
    **risks.DESCRIBERS,
}
DESCRIBERS = declared_first(DESCRIBERS)
