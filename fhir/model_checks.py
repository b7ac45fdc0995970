"""Checking one resource against the FHIR models of `fhir.resources`, in this process.

Each failure becomes an `Issue` in our own words: the library's messages quote the values they complain about and are
never passed on. Models are imported only when a resource of their type comes (about 60 MB for the usual types). Nothing
is read back from a model: it may rewrite decimals.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fhir import required_codes
from fhir.records import FhirVersion, Issue, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

MOST_ISSUES = 40
_PACKAGES = {
    "STU3": "fhir.resources.STU3",
    "R4": "fhir.resources.R4B",
    "R4B": "fhir.resources.R4B",
    "R5": "fhir.resources",
}
VERSIONS: tuple[FhirVersion, ...] = ("R4", "R4B", "STU3", "R5")
_ELEMENT = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}\Z")

# What pydantic and fhir.resources call a failure, as IssueType code and sentence. Anything else is a wrong value.
_KINDS: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "A required element is missing."),
    "model_field_validation.missing": ("required", "A required element is missing."),
    "extra_forbidden": ("structure", "This element does not belong here in this FHIR version."),
    "list_type": ("structure", "A list is due here."),
    "tuple_type": ("structure", "A list is due here."),
    "model_validation_format": ("structure", "One object of another form is due here."),
    "model_type": ("structure", "An object is due here."),
    "dict_type": ("structure", "An object is due here."),
    "model_attributes_type": ("structure", "An object is due here."),
    "string_type": ("structure", "A text is due here."),
    "bool_type": ("value", "true or false is due here."),
    "bool_parsing": ("value", "true or false is due here."),
    "int_type": ("value", "A whole number is due here."),
    "int_parsing": ("value", "A whole number is due here."),
    "int_from_float": ("value", "A whole number is due here."),
    "float_type": ("value", "A number is due here."),
    "float_parsing": ("value", "A number is due here."),
    "decimal_type": ("value", "A number is due here."),
    "decimal_parsing": ("value", "A number is due here."),
    "string_pattern_mismatch": ("value", "The text is not written as FHIR requires for this element."),
    "string_too_short": ("value", "The text is empty."),
    "string_too_long": ("value", "The text is too long for this element."),
    "fhir-validation-wrong-resource-type": ("structure", "Another type of resource is due here."),
    "json_invalid": ("structure", "This element has another form in this FHIR version."),
}
_NO_KIND = ("value", "The value is not one that FHIR allows for this element.")
_CHOICE = ("structure", "Exactly one of the forms of a choice element is due here.")


# fmt: off
_USUAL = (
    "Address", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactPoint", "Dosage", "Extension",
    "HumanName", "Identifier", "Meta", "Narrative", "Period", "Quantity", "Range", "Reference", "Timing",
    "AllergyIntolerance", "Appointment", "CarePlan", "CareTeam", "Communication", "Composition", "Condition",
    "Consent", "DiagnosticReport", "DocumentReference", "Encounter", "EpisodeOfCare", "Flag", "Goal", "Immunization",
    "List", "Location", "Medication", "MedicationAdministration", "MedicationRequest", "MedicationStatement",
    "Observation", "Organization", "Patient", "Practitioner", "PractitionerRole", "Procedure", "ProcedureRequest",
    "Provenance", "Questionnaire", "QuestionnaireResponse", "ReferralRequest", "RelatedPerson", "ServiceRequest",
    "Specimen", "Task",
)
# fmt: on


def import_usual_models() -> None:
    """Import ahead what records from English services mostly need (about 1.5 seconds): R4 and STU3."""
    for version in ("R4", "STU3"):
        for name in _USUAL:
            model_of(name, version)


@cache
def model_of(resource_type: str, version: FhirVersion) -> type[BaseModel] | None:
    """The model of a type, None where the library has none that fits."""
    if version == "R4" and resource_type in required_codes.redefined_in_r4b():
        return None
    try:
        found: type[BaseModel] = import_module(_PACKAGES[version]).get_fhir_model_class(resource_type)
    except (ValueError, AttributeError, ImportError, KeyError):
        return None
    return found


def lighten_models() -> None:
    """Makes the library's models of this process find the same with less work (half of it, measured on Synthea R4).

    To be called once in a worker process before any model is imported; does nothing where the library has changed.
    - Nulls in lists are looked for only in objects that hold a list with a null, not in every field of each.
    - Models are filled by pydantic itself, not through an `__init__` that copies the data and has each checked twice;
      all that it did besides, comparing `resourceType`, is done before.
    - Models without choices or required primitives are not asked for them.
    """
    from fhir_core.fhirabstractmodel import FHIRAbstractModel as Model
    from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

    names = ("reject_null_complex_elements", "validate_after_model_construction", "__init__")
    if any(name not in Model.__dict__ for name in names):
        return
    reject_nulls = Model.__dict__["reject_null_complex_elements"].__func__
    no_required, no_choices = Model.get_required_fields, Model.get_one_of_many_fields

    def reject_null_complex_elements(cls: type[Model], data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if "resourceType" in data and "resourceType" not in cls.model_fields:
            data = data.copy()
            if data.pop("resourceType") not in (None, cls.__resource_type__):
                message = "Another type of resource is due here."
                error = PydanticCustomError("fhir-validation-wrong-resource-type", message)
                detail = InitErrorDetails(type=error, loc=("resource_type",), input=None)
                raise ValidationError.from_exception_data(cls.__name__, [detail])
        for value in data.values():
            if type(value) is list and None in value:
                return reject_nulls(cls, data)
        return data

    def validate_after_model_construction(self: Any) -> Any:
        kind = type(self)
        if kind.get_required_fields is not no_required:
            self._validate_required_primitive_elements()
        if kind.get_one_of_many_fields is not no_choices:
            self._validate_one_of_many()
        return self

    changed: Any = Model
    changed.reject_null_complex_elements = classmethod(reject_null_complex_elements)
    changed.validate_after_model_construction = validate_after_model_construction
    del changed.__init__


def model_issues(resource_type: str, tree: Tree, version: FhirVersion) -> list[Issue]:
    """What the model of this type finds wrong, at most 40 issues; none of them holds record content."""
    from pydantic import ValidationError

    model = model_of(resource_type, version)
    if model is None:
        message = f"This type is not checked: there is no model of it for {version}."
        return [Issue(severity="information", code="not-supported", message=message, path=_path(resource_type, ()))]
    try:
        model.model_validate(tree)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return [_issue(resource_type, detail) for detail in details[:MOST_ISSUES]]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        message = "The shape of this resource could not be checked."
        return [Issue(severity="error", code="structure", message=message, path=_path(resource_type, ()))]
    return []


def _issue(resource_type: str, detail: Any) -> Issue:
    code, message = _KINDS.get(detail["type"], _NO_KIND)
    if detail["type"] == "value_error" and "from this list" in detail["msg"]:
        code, message = _CHOICE
    return Issue(severity="error", code=code, message=message, path=_path(resource_type, detail["loc"]))


def _path(resource_type: str, location: Sequence[str | int]) -> str:
    """The place in FHIRPath form, "Patient.name[0].given[1]"; names that are no element names are left out."""
    path = resource_type if _ELEMENT.match(resource_type) else "Resource"
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "root":
            path += f".{step}" if _ELEMENT.match(step) else ".(unnamed)"
    return path
