"""The describers of everything that is not core clinical, by resource type."""

from __future__ import annotations

from fhir.describe import (
    appointments,
    care_work,
    compositions,
    documents,
    flags,
    messages,
    money,
    persons,
    plans,
    professionals,
    questionnaires,
)
from fhir.describe.context import Describer

CARE_DESCRIBERS: dict[str, Describer] = {
    **persons.DESCRIBERS,
    **professionals.DESCRIBERS,
    **appointments.DESCRIBERS,
    **care_work.DESCRIBERS,
    **plans.DESCRIBERS,
    **flags.DESCRIBERS,
    **questionnaires.DESCRIBERS,
    **compositions.DESCRIBERS,
    **documents.DESCRIBERS,
    **messages.DESCRIBERS,
    **money.DESCRIBERS,
}
