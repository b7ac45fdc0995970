"""The event of a row of Client Level Data as Interweave-shaped FHIR R4; no value of the row's event is lost.

Request is a ServiceRequest (SocialCareContact), assessment and review a Task (SocialCareAssessment), service an
EpisodeOfCare (SocialCareService), anything else Basic. Words stay as the council wrote them, with the code of
Interweave's list beside them. What FHIR and Interweave have no place for stands in extensions of our own (`fhir.own`):
the column's key as a word, `social-care-*` for funding, delivery and cost (`costs`), `other-column`, `replaced`.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from fhir.own import OWN
from fhir.records import Tree
from fhir.social_care.costs import cost_extensions
from fhir.social_care.defined_lists import LISTS, concept
from fhir.social_care.event_key import Stands
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.stamp import INTERWEAVE, REMEMBERED, Stamp, council, own

CQC_LOCATION = "https://fhir.onestory.example/Id/cqc-location"

_CODE, _NHS, _PERSON = PLACE["la_code"], PLACE["nhs_number"], PLACE["person_id"]
_FIRST, _LAST, _BIRTH = PLACE["first_name"], PLACE["last_name"], PLACE["birth_date"]
_PERIOD_START, _PERIOD_END = PLACE["period_start"], PLACE["period_end"]
_REASON, _CLIENT, _TYPE = PLACE["support_reason"], PLACE["client_type"], PLACE["event_type"]
_START, _END = PLACE["event_start"], PLACE["event_end"]
_DESCRIPTION, _OUTCOME = PLACE["event_description"], PLACE["event_outcome"]
_REFERENCE = PLACE["event_reference"]
_ADULTS = itemgetter(PLACE["adult_1"], PLACE["adult_2"], PLACE["adult_3"])
_COST_COLUMNS = ("unit_cost", "cost_frequency", "units_per_week")
# Columns that only one kind of event has a place for; on a row of another kind they are kept by name.
_TOLD_BY: dict[str, frozenset[str]] = {
    "Request": frozenset({"route"}),
    "Assessment": frozenset({"assessment_type"}),
    "Service": frozenset(
        ("service_type", "service_component", "delivery", "provider_name", "provider_id", *_COST_COLUMNS)
    ),
    "Review": frozenset({"review_reason"}),
    "": frozenset(),
}  # fmt: skip
_OF_EVENTS = tuple(
    (PLACE[column.key], column.key, column.name)
    for column in COLUMNS
    if column.module in ("request", "assessment", "carer", "service", "review", "cost")
)


class EventMaker:
    """Makes the event of one row after the other; each tree by itself, in any order."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._concepts: dict[tuple[str, str], dict[str, Any]] = {}

    def tree(
        self, own_id: str, person_id: str, values: tuple[str, ...], others: list[tuple[str, str]], line: int,
        stands: Stands,
    ) -> Tree:  # fmt: skip
        """The resource of a row's event."""
        found = LISTS["event_type"].find(values[_TYPE]) if values[_TYPE] else None
        kind = found.name if found is not None else ""
        make = _EVENTS.get(kind, EventMaker._unknown)
        subject = {"reference": f"Patient/{person_id}"}
        tree, extensions = make(self, own_id, subject, values, line)
        if values[_TYPE]:
            extensions.append(own("event-type", values[_TYPE]))
        if values[_CLIENT]:
            extensions.append(own("client-type", values[_CLIENT]))
        told = _TOLD_BY[kind]
        for place, key, _ in _OF_EVENTS:
            text = values[place]
            if text and key not in told and not key.startswith("adult_"):
                extensions.append(own(key.replace("_", "-"), text))
        if values[PLACE["funding"]]:
            funding = {"text": values[PLACE["funding"]]}
            extensions.append({"url": f"{OWN}/social-care-funding", "valueCodeableConcept": funding})
        for place in (_START, _END):
            if values[place] and not self._stamp.dates.read(values[place]):
                extensions.append(own(f"{COLUMNS[place].key.replace('_', '-')}-as-written", values[place]))
        extensions += [own("other-column", f"{name}: {text}") for name, text in others]
        if stands is Stands.REPLACED:
            extensions.append({"url": f"{OWN}/replaced", "valueBoolean": True})
        elif stands is Stands.TWIN:
            extensions.append(own("same-as-another-line", "Care by two people at once, or entered twice"))
        tree["extension"] = extensions + self._stamp.extract(values, line)
        if values[_REFERENCE]:
            tree["identifier"] = [identifier_of(values[_REFERENCE])]
        return tree

    def times(self, kind: str, values: tuple[str, ...]) -> Tree:
        """The elements that hold the times of a row's event, as in its `tree`; `kind` is the type of the resource."""
        period = self._period(values)
        start = period.get("start", "")
        if kind == "EpisodeOfCare":
            return {"period": period} if period else {}
        found: Tree = {"authoredOn": start} if start else {}
        if kind == "Task":
            return found | ({"executionPeriod": period} if period else {})
        if start == period.get("end") and period:
            return found | {"occurrenceDateTime": start}
        return found | ({"occurrencePeriod": period} if period else {})

    def _request(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        tree = self._stamp.tree("ServiceRequest", own_id, "Interweave-SocialCareContact", values, line)
        tree["status"] = "completed"
        tree["intent"] = "plan"
        tree["subject"] = subject
        period = self._period(values)
        if "start" in period:
            tree["authoredOn"] = period["start"]
        if period.get("start") == period.get("end") and period:
            tree["occurrenceDateTime"] = period["start"]
        elif period:
            tree["occurrencePeriod"] = period
        if values[PLACE["route"]]:
            tree["reasonCode"] = [self._concept("route", values[PLACE["route"]])]
        if values[_DESCRIPTION]:
            tree["code"] = {"text": values[_DESCRIPTION]}
        return tree, self._outcome(values)

    def _assessment(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        text, local = values[PLACE["assessment_type"]], values[_DESCRIPTION]
        found = LISTS["assessment_type"].find(text)
        client = LISTS["client_type"].find(values[_CLIENT])
        carers = client is not None and client.name != "Service user"
        code = found.carer if found is not None and carers else ""
        about = concept("assessment_type", text, code) if text else {}
        tree = self._task(own_id, subject, values, line, {**about, "text": local or text or "Assessment"})
        extensions = self._outcome(values)
        if text and local:
            extensions.append(own("assessment-type", text))
        return tree, extensions

    def _review(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        reason = values[PLACE["review_reason"]]
        words = values[_DESCRIPTION] or reason
        if "review" not in words.casefold():
            words = f"Review: {words}" if words else "Review"
        tree = self._task(own_id, subject, values, line, {"text": words})
        return tree, ([own("review-reason", reason)] if reason else []) + self._outcome(values)

    def _task(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int, code: Tree) -> Tree:
        tree = self._stamp.tree("Task", own_id, "Interweave-SocialCareAssessment", values, line)
        tree["status"] = "completed"
        tree["intent"] = "plan"
        tree["code"] = code
        tree["for"] = subject
        period = self._period(values)
        if period:
            tree["executionPeriod"] = period
            if "start" in period:
                tree["authoredOn"] = period["start"]
        tree["owner"] = {"display": council(values[_CODE])}
        return tree

    def _service(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        value = _reader(values)
        tree = self._stamp.tree("EpisodeOfCare", own_id, "Interweave-SocialCareService", values, line)
        period = self._period(values)
        until = self._stamp.dates.read(values[_PERIOD_END])
        # An end beyond what the submission covers is a plan. Only services may be open.
        over = bool(values[_END]) and not ("end" in period and until and period["end"] > until)
        tree["status"] = "finished" if over else "active"
        component, local = value("service_component"), values[_DESCRIPTION]
        what = concept("service_component", component) if component else {}
        if local or what:
            tree["type"] = [{**what, "text": local or component}]
        tree["patient"] = subject
        if period:
            tree["period"] = period
        if value("provider_name") or value("provider_id"):
            provider: dict[str, Any] = {"display": value("provider_name") or f"Provider {value('provider_id')}"}
            if value("provider_id"):
                provider["identifier"] = {"system": CQC_LOCATION, "value": value("provider_id")}
            tree["managingOrganization"] = provider
        extensions = []
        if value("service_type"):
            url = f"{INTERWEAVE}/Extension-Interweave-SocialCareServiceCategory"
            category = self._concept("service_type", value("service_type"))
            extensions.append({"url": url, "valueCodeableConcept": category})
        if component and local:
            extensions.append(own("service-component", component))
        if value("delivery"):
            url = f"{OWN}/social-care-delivery-mechanism"
            extensions.append({"url": url, "valueCodeableConcept": {"text": value("delivery")}})
        extensions += cost_extensions(value("unit_cost"), value("cost_frequency"), value("units_per_week"))
        return tree, extensions + self._outcome(values)

    def _unknown(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        tree = self._stamp.tree("Basic", own_id, "", values, line)
        tree["code"] = {"text": values[_TYPE] or values[_CLIENT] or "Line of a council extract"}
        tree["subject"] = subject
        period = self._period(values)
        if "start" in period:
            tree["created"] = period["start"]
        extensions: list[Any] = []
        if "end" in period:
            extensions.append({"url": f"{OWN}/event-end-date", "valueDate": period["end"]})
        if values[_DESCRIPTION]:
            extensions.append(own("event-description", values[_DESCRIPTION]))
        return tree, extensions + self._outcome(values)

    def _outcome(self, values: tuple[str, ...]) -> list[Any]:
        if not values[_OUTCOME]:
            return []
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareAssessmentOutcome"
        return [{"url": url, "valueCodeableConcept": self._concept("outcome", values[_OUTCOME])}]

    def _period(self, values: tuple[str, ...]) -> dict[str, str]:
        period = {}
        start, end = self._stamp.dates.read(values[_START]), self._stamp.dates.read(values[_END])
        if start:
            period["start"] = start
        if end:
            period["end"] = end
        return period

    def _concept(self, name: str, text: str) -> dict[str, Any]:
        found = self._concepts.get((name, text))
        if found is None:
            found = concept(name, text)
            if len(self._concepts) < REMEMBERED:
                self._concepts[name, text] = found
        return found


def identifier_of(reference: str) -> Tree:
    """The identifier that a council's reference of an event is."""
    return {"type": {"text": "Event reference"}, "value": reference}


_Make = Callable[[EventMaker, str, Tree, tuple[str, ...], int], tuple[Tree, list[Any]]]
_EVENTS: dict[str, _Make] = {
    "Request": EventMaker._request,
    "Assessment": EventMaker._assessment,
    "Review": EventMaker._review,
    "Service": EventMaker._service,
}


def _reader(values: tuple[str, ...]) -> Callable[[str], str]:
    return lambda key: values[PLACE[key]]
