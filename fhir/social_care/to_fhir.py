"""One row of Client Level Data as Interweave-shaped FHIR R4 resources; no value of a row is lost.

Request is a ServiceRequest (SocialCareContact), assessment and review a Task (SocialCareAssessment), service an
EpisodeOfCare (SocialCareService), primary support reason a Condition (SocialCareSupportReason), adults cared for
RelatedPersons; what the columns say of the person is a Patient and Observations. Words stay as the council wrote them,
with the code of Interweave's list beside them. What FHIR and Interweave have no place for stands in extensions of our
own under `OWN`: the column's key as a word, `social-care-*` for funding, delivery and cost (`costs`), `other-column`,
`extract-line`, `reporting-period`, `replaced`. `meta.lastUpdated` is the end of the reporting period, so that a later
submission replaces an earlier one; `meta.extension` `as-at` is its date; `meta.source` names council, period and line.

What a person's columns say is told once a submission, not on every line. Resources of one maker must be taken in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from fhir import nhs_number
from fhir.people import NHS_NUMBER_SYSTEM
from fhir.records import Tree
from fhir.social_care.costs import OWN, cost_extensions
from fhir.social_care.defined_lists import LISTS, concept
from fhir.social_care.event_key import Stands, event_key, key_digest, variant_digest
from fhir.social_care.findings import Findings
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.values import Dates

INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/R4/StructureDefinition"
PROVENANCE_TAG = "https://fhir.interweavedigital.nhs.uk/Provenance"
PERSON_ID = "https://fhir.onestory.example/Id/la-person"
CQC_LOCATION = "https://fhir.onestory.example/Id/cqc-location"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"

_SOCIAL_HISTORY = [
    {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                "code": "social-history",
                "display": "Social History",
            }
        ]
    }
]
_SNOMED = "http://snomed.info/sct"
# The fact columns of a person that are Observations, with a code where one is published for the question.
_FACTS: tuple[tuple[str, str, dict[str, str] | None], ...] = (
    ("accommodation", "Accommodation status", {"system": _SNOMED, "code": "272497004"}),
    ("employment", "Employment status", {"system": _SNOMED, "code": "14679004"}),
    ("has_carer", "Has unpaid carer", None),
    ("autism", "Autism spectrum disorder", None),
    ("visual", "Visual impairment", None),
    ("hearing", "Hearing impairment", None),
    ("dementia", "Dementia", None),
)
_FACT_VALUES = itemgetter(*(PLACE[key] for key, _, _ in _FACTS))
_PERSON_VALUES = itemgetter(
    *(
        PLACE[key]
        for key in (
            *("la_code", "nhs_number", "person_id", "first_name", "last_name", "gp_name", "gp_code"),
            *("gender", "ethnicity", "birth_date", "death_date", "postcode"),
        )
    )
)
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
_PERSON_NUMBER = {"text": "LA person unique identifier"}
_REMEMBERED = 5000
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]")


class _Person:
    """One person of the file: the id of their Patient, and who they were said to be first."""

    __slots__ = ("birth", "id", "last", "nhs")

    def __init__(self, patient_id: str, nhs: str, birth: str, last: str) -> None:
        self.id = patient_id
        self.nhs = nhs
        self.birth = birth
        self.last = last


class Maker:
    """Makes the resources of one file, row by row."""

    def __init__(self, name: str, dates: Dates, findings: Findings, names: dict[tuple[str, str], str]) -> None:
        self._name = name
        self._dates = dates
        self._findings = findings
        self._names = names
        self._people: dict[tuple[str, str], list[_Person]] = {}
        self._last = _Person("", "", "", "")
        self._last_about: tuple[str, ...] = ()
        self._told: set[int] = set()
        self._concepts: dict[tuple[str, str], dict[str, Any]] = {}
        self._periods: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._metas: dict[tuple[str, str, str], tuple[str, list[Any], list[Any], str]] = {}

    def resources(
        self, values: tuple[str, ...], others: list[tuple[str, str]], line: int, stands: Stands
    ) -> Iterator[Tree]:
        """What one row gives. A row that only repeats another gives what it says of the person that is new."""
        yield from self.people(values, line)
        person, period = self._last, values[_PERIOD_END]
        subject = {"reference": f"Patient/{person.id}"}
        facts = _FACT_VALUES(values)
        if self._new(person.id, period, facts):
            for number, value in enumerate(facts):
                if value and self._new(person.id, period, (number, value)):
                    yield self._fact(person, subject, values, line, number)
        reason = values[_REASON]
        if reason and self._new(person.id, period, reason):
            yield self._support_reason(person, subject, values, line)
        adults = _ADULTS(values)
        if any(adults) and self._new(person.id, period, adults):
            for adult in adults:
                if adult and self._new(person.id, period, (adult,)):
                    yield from self._carer(person, subject, adult, values, line)
        if stands is not Stands.REPEAT and (values[_TYPE] or self._says_more(values, others)):
            yield self._event(person, subject, values, others, line, stands)

    def people(self, values: tuple[str, ...], line: int) -> Iterator[Tree]:
        """The Patient of a row, where it says anything new."""
        about = _PERSON_VALUES(values)
        if about != self._last_about:
            self._last, self._last_about = self._person(values, about, line), about
        if self._new(self._last.id, values[_PERIOD_END], about):
            yield self._patient(self._last, values, line)

    # -- the person

    def _person(self, values: tuple[str, ...], about: tuple[str, ...], line: int) -> _Person:
        council, number, nhs = values[_CODE], values[_PERSON], values[_NHS].replace(" ", "")
        birth, last = values[_BIRTH], values[_LAST].casefold()
        key = (council, number or f"nhs-{nhs}" if number or nhs else f"unnumbered-{_digest(*about)}")
        known = self._people.setdefault(key, [])
        for person in known:
            if not (_differ(person.birth, birth) and (_differ(person.nhs, nhs) or _differ(person.last, last))):
                return person
        base = _as_id(council or "unknown", key[1])
        if known:
            message = (
                "Another line gives this person identifier to somebody of another birth date; they are kept apart."
            )
            self._findings.add("error", "business-rule", message, line, _PERSON)
            base = f"{base[:50]}-{_digest(nhs, birth, last)[:8]}"
        elif not number:
            message = "The line does not say by the council's own number which person it is about."
            self._findings.add("error", "required", message, line, _PERSON)
        person = _Person(base, nhs, birth, last)
        known.append(person)
        return person

    def _patient(self, person: _Person, values: tuple[str, ...], line: int) -> Tree:
        tree = self._tree("Patient", person.id, "", values, line)
        value = _reader(values)
        council = self._council(values)
        number, nhs, known = value("person_id"), value("nhs_number"), self._people[self._key(values)]
        identifiers: list[dict[str, Any]] = []
        if nhs:
            written = nhs_number.compact(nhs) if nhs_number.is_valid(nhs) else nhs
            identifiers.append({"system": NHS_NUMBER_SYSTEM, "value": written})
        if number:
            # Two people under one number must not be joined by it.
            system = f"{PERSON_ID}/{value('la_code') or 'unknown'}" + ("/disputed" if person is not known[0] else "")
            identifiers.append(
                {"type": _PERSON_NUMBER, "system": system, "value": number, "assigner": {"display": council}}
            )
        name = {"use": "official"}
        if value("last_name"):
            name["family"] = value("last_name")
        if value("first_name"):
            name["given"] = [value("first_name")]  # type: ignore[assignment]
        if identifiers:
            tree["identifier"] = identifiers
        if len(name) > 1:
            tree["name"] = [name]
        gender = LISTS["gender"].find(value("gender")) if value("gender") else None
        if gender is not None:
            tree["gender"] = gender.code
        extensions = self._date_into(tree, "birthDate", value("birth_date"), "birth-date-as-written")
        extensions += self._date_into(tree, "deceasedDateTime", value("death_date"), "death-date-as-written")
        if value("gender") and (gender is None or gender.name.casefold() != value("gender").casefold()):
            extensions.append(_own("gender-as-written", value("gender")))
        if value("postcode"):
            tree["address"] = [{"use": "home", "postalCode": value("postcode")}]
        if value("ethnicity"):
            url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
            extensions.append({"url": url, "valueCodeableConcept": self._concept("ethnicity", value("ethnicity"))})
        if value("gp_name") or value("gp_code"):
            practice: dict[str, Any] = {}
            if value("gp_code"):
                practice["identifier"] = {"system": ODS, "value": value("gp_code")}
            if value("gp_name"):
                practice["display"] = value("gp_name")
            tree["generalPractitioner"] = [practice]
        tree["extension"] = extensions + self._extract(values, line)
        return tree

    def _date_into(self, tree: Tree, element: str, text: str, otherwise: str) -> list[dict[str, Any]]:
        """Puts a date where it belongs; one that cannot be read becomes an extension with its text."""
        read = self._dates.read(text) if text else ""
        if read:
            tree[element] = read
        return [_own(otherwise, text)] if text and not read else []

    def _fact(self, person: _Person, subject: Tree, values: tuple[str, ...], line: int, number: int) -> Tree:
        key, label, code = _FACTS[number]
        tree = self._tree("Observation", f"{person.id}-{key.replace('_', '-')}", "", values, line)
        text = values[PLACE[key]]
        tree["status"] = "final"
        tree["category"] = _SOCIAL_HISTORY
        tree["code"] = {"coding": [{**code, "display": label}], "text": label} if code else {"text": label}
        tree["subject"] = subject
        tree["valueCodeableConcept"] = self._concept(COLUMNS[PLACE[key]].list, text)
        tree["extension"] = self._extract(values, line)
        return tree

    def _support_reason(self, person: _Person, subject: Tree, values: tuple[str, ...], line: int) -> Tree:
        tree = self._tree(
            "Condition", f"{person.id}-support-reason", "Interweave-SocialCareSupportReason", values, line
        )
        text = values[_REASON]
        found = LISTS["support_reason"].find(text)
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCarePrimarySupportReason"
        tree["extension"] = [{"url": url, "valueBoolean": True}, *self._extract(values, line)]
        if found is not None and found.category:
            system = f"{LISTS['support_reason'].system}Category"
            # The category has no words of its own in the file: those of the list.
            category = concept("support_reason", text, found.category, system)
            tree["category"] = [{"coding": category["coding"]}]
        tree["code"] = self._concept("support_reason", text)
        tree["subject"] = subject
        recorded = self._dates.read(values[_PERIOD_END])
        if recorded:
            tree["recordedDate"] = recorded
        return tree

    def _carer(self, person: _Person, subject: Tree, adult: str, values: tuple[str, ...], line: int) -> Iterator[Tree]:
        """The adult somebody cares for, in the carer's record, and the carer in the adult's where the file has them."""
        council = values[_CODE]
        name = self._names.get((council, adult), "")
        other = _as_id(council or "unknown", adult)
        if not name:
            message = "The adult who is cared for is not in this file; only their number is known."
            self._findings.add("information", "not-found", message, line, PLACE["adult_1"])
        yield self._related(
            f"{person.id[:40]}-cares-for-{_digest(adult)[:8]}",
            subject, name or f"Person {adult} of {self._council(values)}",
            "Person cared for", "CF", adult, values, line,
        )  # fmt: skip
        if name:
            carer = " ".join(part for part in (values[_FIRST], values[_LAST]) if part)
            carer = carer or f"Person {values[_PERSON]} of {self._council(values)}"
            yield self._related(
                f"{other[:50]}-carer-{_digest(person.id)[:8]}", {"reference": f"Patient/{other}"}, carer,
                "Unpaid carer", "IC", values[_PERSON], values, line,
            )  # fmt: skip

    def _related(
        self, own_id: str, patient: Tree, name: str, words: str, role: str, number: str, values: tuple[str, ...],
        line: int,
    ) -> Tree:  # fmt: skip
        tree = self._tree("RelatedPerson", own_id, "", values, line)
        system = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareSupportRole"
        display = {"CF": "Cared For", "IC": "Informal Carer"}[role]
        kind = {"coding": [{"system": system, "code": role, "display": display}]}
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareSupportRole"
        parts = [{"url": "supportRoleType", "valueCodeableConcept": kind}]
        tree["extension"] = [{"url": url, "extension": parts}, *self._extract(values, line)]
        if number:
            council = values[_CODE] or "unknown"
            tree["identifier"] = [{"type": _PERSON_NUMBER, "system": f"{PERSON_ID}/{council}", "value": number}]
        tree["patient"] = patient
        tree["relationship"] = [{"text": words}]
        tree["name"] = [{"text": name}]
        return tree

    # -- the event

    def _event(
        self,
        person: _Person,
        subject: Tree,
        values: tuple[str, ...],
        others: list[tuple[str, str]],
        line: int,
        stands: Stands,
    ) -> Tree:
        found = LISTS["event_type"].find(values[_TYPE]) if values[_TYPE] else None
        kind = found.name if found is not None else ""
        make = _EVENTS.get(kind, Maker._unknown)
        own_id = self._event_id(person, values, line, stands)
        tree, extensions = make(self, own_id, subject, values, line)
        if values[_TYPE]:
            extensions.append(_own("event-type", values[_TYPE]))
        if values[_CLIENT]:
            extensions.append(_own("client-type", values[_CLIENT]))
        told = _TOLD_BY[kind]
        for place, key, _ in _OF_EVENTS:
            text = values[place]
            if text and key not in told and not key.startswith("adult_"):
                extensions.append(_own(key.replace("_", "-"), text))
        if values[PLACE["funding"]]:
            funding = {"text": values[PLACE["funding"]]}
            extensions.append({"url": f"{OWN}/social-care-funding", "valueCodeableConcept": funding})
        for place in (_START, _END):
            if values[place] and not self._dates.read(values[place]):
                extensions.append(_own(f"{COLUMNS[place].key.replace('_', '-')}-as-written", values[place]))
        extensions += [_own("other-column", f"{name}: {text}") for name, text in others]
        if stands is Stands.REPLACED:
            extensions.append({"url": f"{OWN}/replaced", "valueBoolean": True})
        elif stands is Stands.TWIN:
            extensions.append(_own("same-as-another-line", "Care by two people at once, or entered twice"))
        tree["extension"] = extensions + self._extract(values, line)
        if values[_REFERENCE]:
            tree["identifier"] = [{"type": {"text": "Event reference"}, "value": values[_REFERENCE]}]
        return tree

    def _event_id(self, person: _Person, values: tuple[str, ...], line: int, stands: Stands) -> str:
        base = f"cld-{_digest(person.id, *event_key(values, self._dates))}"
        if stands is Stands.VARIANT:
            return f"{base}-{variant_digest(values)}"
        if stands is Stands.TWIN:
            return f"{base}-line-{line}"
        return f"{base}-{key_digest(values)[:12]}" if stands is Stands.REPLACED else base

    def _request(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        tree = self._tree("ServiceRequest", own_id, "Interweave-SocialCareContact", values, line)
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
            extensions.append(_own("assessment-type", text))
        return tree, extensions

    def _review(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        reason = values[PLACE["review_reason"]]
        words = values[_DESCRIPTION] or reason
        if "review" not in words.casefold():
            words = f"Review: {words}" if words else "Review"
        tree = self._task(own_id, subject, values, line, {"text": words})
        return tree, ([_own("review-reason", reason)] if reason else []) + self._outcome(values)

    def _task(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int, code: Tree) -> Tree:
        tree = self._tree("Task", own_id, "Interweave-SocialCareAssessment", values, line)
        tree["status"] = "completed"
        tree["intent"] = "plan"
        tree["code"] = code
        tree["for"] = subject
        period = self._period(values)
        if period:
            tree["executionPeriod"] = period
            if "start" in period:
                tree["authoredOn"] = period["start"]
        tree["owner"] = {"display": self._council(values)}
        return tree

    def _service(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        value = _reader(values)
        tree = self._tree("EpisodeOfCare", own_id, "Interweave-SocialCareService", values, line)
        period = self._period(values)
        until = self._dates.read(values[_PERIOD_END])
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
            extensions.append(_own("service-component", component))
        if value("delivery"):
            url = f"{OWN}/social-care-delivery-mechanism"
            extensions.append({"url": url, "valueCodeableConcept": {"text": value("delivery")}})
        extensions += cost_extensions(value("unit_cost"), value("cost_frequency"), value("units_per_week"))
        return tree, extensions + self._outcome(values)

    def _unknown(self, own_id: str, subject: Tree, values: tuple[str, ...], line: int) -> tuple[Tree, list[Any]]:
        tree = self._tree("Basic", own_id, "", values, line)
        tree["code"] = {"text": values[_TYPE] or values[_CLIENT] or "Line of a council extract"}
        tree["subject"] = subject
        period = self._period(values)
        if "start" in period:
            tree["created"] = period["start"]
        extensions: list[Any] = []
        if "end" in period:
            extensions.append({"url": f"{OWN}/event-end-date", "valueDate": period["end"]})
        if values[_DESCRIPTION]:
            extensions.append(_own("event-description", values[_DESCRIPTION]))
        return tree, extensions + self._outcome(values)

    def _outcome(self, values: tuple[str, ...]) -> list[Any]:
        if not values[_OUTCOME]:
            return []
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareAssessmentOutcome"
        return [{"url": url, "valueCodeableConcept": self._concept("outcome", values[_OUTCOME])}]

    def _period(self, values: tuple[str, ...]) -> dict[str, str]:
        period = {}
        start, end = self._dates.read(values[_START]), self._dates.read(values[_END])
        if start:
            period["start"] = start
        if end:
            period["end"] = end
        return period

    @staticmethod
    def _says_more(values: tuple[str, ...], others: list[tuple[str, str]]) -> bool:
        """Whether a row without event says anything that the person's own columns have no place for."""
        return bool(others or values[_CLIENT] or values[PLACE["funding"]]) or any(values[_TYPE:])

    # -- what all have

    def _tree(self, kind: str, own_id: str, profile: str, values: tuple[str, ...], line: int) -> Tree:
        key = (values[_CODE], values[_PERIOD_END], profile)
        known = self._metas.get(key)
        if known is None:
            if len(self._metas) > _REMEMBERED:
                self._metas.clear()
            known = self._metas[key] = self._meta(*key)
        updated, profiles, tags, source = known
        meta: dict[str, Any] = {"source": f"{source}#line-{line}", "tag": tags}
        if profiles:
            meta["profile"] = profiles
        if updated:
            meta["lastUpdated"] = f"{updated}T00:00:00Z"
            meta["extension"] = [{"url": f"{OWN}/as-at", "valueDate": updated}]
        return {"resourceType": kind, "id": own_id, "meta": meta}

    def _meta(self, code: str, period_end: str, profile: str) -> tuple[str, list[Any], list[Any], str]:
        until = self._dates.read(period_end)
        tags = [{"system": PROVENANCE_TAG, "code": code or "unknown", "display": _council(code)}]
        source = f"urn:onestory:cld:{_NOT_IN_ID.sub('-', code) or 'unknown'}:{until or 'undated'}"
        return until, [f"{INTERWEAVE}/{profile}"] if profile else [], tags, source

    def _extract(self, values: tuple[str, ...], line: int) -> list[dict[str, Any]]:
        """Where in the extract this stands, and for which reporting period."""
        key = (values[_PERIOD_START], values[_PERIOD_END])
        known = self._periods.get(key)
        if known is None:
            if len(self._periods) > _REMEMBERED:
                self._periods.clear()
            known = self._periods[key] = self._reporting_period(*key)
        return [_own("extract-line", f"{self._name}, line {line}"), *known]

    def _reporting_period(self, start: str, end: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if start or end:
            read = {"start": self._dates.read(start), "end": self._dates.read(end)}
            period = {name: value for name, value in read.items() if value}
            if period:
                found.append({"url": f"{OWN}/reporting-period", "valuePeriod": period})
            for name, text in (("start", start), ("end", end)):
                if text and name not in period:
                    found.append(_own(f"reporting-period-{name}-as-written", text))
        return found

    def _council(self, values: tuple[str, ...]) -> str:
        return _council(values[_CODE])

    def _key(self, values: tuple[str, ...]) -> tuple[str, str]:
        number, nhs = values[_PERSON], values[_NHS].replace(" ", "")
        return (
            values[_CODE],
            number or f"nhs-{nhs}" if number or nhs else f"unnumbered-{_digest(*_PERSON_VALUES(values))}",
        )

    def _concept(self, name: str, text: str) -> dict[str, Any]:
        if not name:
            return {"text": text}
        found = self._concepts.get((name, text))
        if found is None:
            found = concept(name, text)
            if len(self._concepts) < _REMEMBERED:
                self._concepts[name, text] = found
        return found

    def _new(self, person: str, period: str, said: object) -> bool:
        """Whether this is told of a person for the first time in a submission."""
        key = hash((person, period, said))
        if key in self._told:
            return False
        self._told.add(key)
        return True


_Make = Callable[[Maker, str, Tree, tuple[str, ...], int], tuple[Tree, list[Any]]]
_EVENTS: dict[str, _Make] = {
    "Request": Maker._request,
    "Assessment": Maker._assessment,
    "Review": Maker._review,
    "Service": Maker._service,
}


def _reader(values: tuple[str, ...]) -> Callable[[str], str]:
    return lambda key: values[PLACE[key]]


def _council(code: str) -> str:
    return f"Council {code}" if code else "Council not named"


def _own(name: str, text: str) -> dict[str, Any]:
    return {"url": f"{OWN}/{name}", "valueString": text}


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _as_id(council: str, number: str) -> str:
    """A FHIR id of a person's number; one that does not fit gets a digest, so that different ones stay different."""
    plain = _NOT_IN_ID.sub("-", f"{council}-{number}")
    return plain if plain == f"{council}-{number}" and len(plain) <= 40 else f"{plain[:24]}-{_digest(number)[:12]}"


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=10).hexdigest()
