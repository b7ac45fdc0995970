"""What the columns of Client Level Data say of a person, as FHIR R4: Patient, Observations, support reason, carers.

Told once a submission, not on every line. A number that is given to people of different birth dates is kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any

from fhir import nhs_number
from fhir.people import NHS_NUMBER_SYSTEM
from fhir.records import Tree
from fhir.social_care.defined_lists import LISTS, concept
from fhir.social_care.file_people import PERSON_VALUES, FilePeople, FilePerson, Told, person_key
from fhir.social_care.findings import Findings
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.row_facts import FactEntries, RowFact
from fhir.social_care.row_people import PatientEntries, RowPatient
from fhir.social_care.stamp import INTERWEAVE, REMEMBERED, Stamp, as_id, council, digest, own
from fhir.social_care.values import is_rounded

PERSON_ID = "https://fhir.onestory.example/Id/la-person"
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
_CODE, _NHS, _PERSON = PLACE["la_code"], PLACE["nhs_number"], PLACE["person_id"]
_FIRST, _LAST, _BIRTH = PLACE["first_name"], PLACE["last_name"], PLACE["birth_date"]
_PERIOD_START, _PERIOD_END, _REASON = PLACE["period_start"], PLACE["period_end"], PLACE["support_reason"]
_ADULTS = itemgetter(PLACE["adult_1"], PLACE["adult_2"], PLACE["adult_3"])
_PERSON_NUMBER = {"text": "LA person unique identifier"}


class PersonMaker:
    """Makes what one file says of its people, row by row, in order."""

    def __init__(self, stamp: Stamp, findings: Findings, names: dict[tuple[str, str], str]) -> None:
        self._stamp = stamp
        self._findings = findings
        self._names = names
        self._facts = FactEntries(stamp)
        self._patients = PatientEntries(self, stamp)
        self._people = FilePeople()
        self._last = FilePerson("", "", "", "")
        self._last_about: tuple[str, ...] = ()
        self._last_period: str | None = None
        self._last_said: object = None
        self._told = Told()
        self._concepts: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def person(self) -> FilePerson:
        """Whom the row that was shown last is about."""
        return self._last

    def patient(self, values: tuple[str, ...], line: int) -> Iterator[RowPatient]:
        """The Patient of a row, where it says anything new."""
        about = PERSON_VALUES(values)
        if about != self._last_about:
            self._last, self._last_about = self._person(values, about, line), about
            self._last_period = None
        if values[_PERIOD_END] == self._last_period:
            return  # as most lines do, it repeats the line above
        self._last_period = values[_PERIOD_END]
        if self._new(self._last.id, values[_PERIOD_END], about):
            # Two people under one number must not be joined by it.
            first = self._people.known((values[_CODE], person_key(values)))[0]
            disputed = first.id != self._last.id or is_rounded(values[_PERSON])
            version = self._stamp.version(values)
            yield RowPatient(self._patients, self._last.id, version, values, line, disputed=disputed)

    def facts(self, values: tuple[str, ...], line: int) -> Iterator[RowFact | Tree]:
        """Everything else that a row says of its person and is new. Call after `patient`."""
        facts, reason, adults = _FACT_VALUES(values), values[_REASON], _ADULTS(values)
        said = (self._last.id, values[_PERIOD_END], facts, reason, adults)
        if said == self._last_said:
            return  # as most lines do, it repeats the line above
        self._last_said = said
        yield from self._new_facts(values, line, facts, reason, adults)

    def _new_facts(
        self, values: tuple[str, ...], line: int, facts: tuple[str, ...], reason: str, adults: tuple[str, ...]
    ) -> Iterator[RowFact | Tree]:
        person, period = self._last, values[_PERIOD_END]
        subject = {"reference": f"Patient/{person.id}"}
        version = self._stamp.version(values)
        submission = (values[_CODE], values[_PERIOD_START], period)

        def fact(kind: str, own_id: str, key: Hashable, build: Callable[[int], Tree]) -> RowFact:
            return RowFact(self._facts, kind, own_id, person.id, version, line, (key, submission), build)

        if self._new(person.id, period, facts):
            for number, value in enumerate(facts):
                if value and self._new(person.id, period, (number, value)):
                    own_id = f"{person.id}-{_FACTS[number][0].replace('_', '-')}"
                    build = partial(self._fact, person, subject, values, number)
                    yield fact("Observation", own_id, (number, value), build)
        if reason and self._new(person.id, period, reason):
            build = partial(self._support_reason, person, subject, values)
            yield fact("Condition", f"{person.id}-support-reason", reason, build)
        if any(adults) and self._new(person.id, period, adults):
            for adult in adults:
                if adult and self._new(person.id, period, (adult,)):
                    yield from self._carer(person, subject, adult, values, line)

    def _person(self, values: tuple[str, ...], about: tuple[str, ...], line: int) -> FilePerson:
        council, number, nhs = values[_CODE], values[_PERSON], values[_NHS].replace(" ", "")
        birth, last = values[_BIRTH], values[_LAST].casefold()
        key = (council, person_key(values))
        known = self._people.known(key)
        for person in known:
            if not (_differ(person.birth, birth) and (_differ(person.nhs, nhs) or _differ(person.last, last))):
                return person
        base = as_id(council or "unknown", key[1])
        if known:
            message = (
                "Another line gives this person identifier to somebody of another birth date; they are kept apart."
            )
            self._findings.add("error", "business-rule", message, line, _PERSON)
            base = f"{base[:50]}-{digest(nhs, birth, last)[:8]}"
        elif is_rounded(number):
            message = "A spreadsheet has rounded this number, which different people may share now; it joins nobody."
            self._findings.add("error", "value", message, line, _PERSON)
        elif not number:
            message = "The line does not say by the council's own number which person it is about."
            self._findings.add("error", "required", message, line, _PERSON)
        person = FilePerson(base, nhs, birth, last)
        self._people.add(key, person)
        return person

    def identifiers(self, values: tuple[str, ...], *, disputed: bool) -> list[Tree]:
        """The NHS number of a row's person, then their number in the council, under a system of its own if disputed."""
        number, nhs = values[_PERSON], values[_NHS]
        found: list[Tree] = []
        if nhs:
            written = nhs_number.compact(nhs) if nhs_number.is_valid(nhs) else nhs
            found.append({"system": NHS_NUMBER_SYSTEM, "value": written})
        if number:
            item: Tree = {"type": _PERSON_NUMBER, "value": number, "assigner": {"display": council(values[_CODE])}}
            if values[_CODE] and not is_rounded(number):  # councils that are not named may give the same number
                item["system"] = f"{PERSON_ID}/{values[_CODE]}" + "/disputed" * disputed
            found.append(item)
        return found

    def patient_tree(self, own_id: str, values: tuple[str, ...], line: int, *, disputed: bool) -> Tree:
        """The Patient of a row."""
        tree = self._stamp.tree("Patient", own_id, "", values, line)
        value = _reader(values)
        identifiers = self.identifiers(values, disputed=disputed)
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
            extensions.append(own("gender-as-written", value("gender")))
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
        tree["extension"] = extensions + self._stamp.extract(values, line)
        return tree

    def _date_into(self, tree: Tree, element: str, text: str, otherwise: str) -> list[dict[str, Any]]:
        """Puts a date where it belongs; one that cannot be read becomes an extension with its text."""
        read = self._stamp.dates.read(text) if text else ""
        if read:
            tree[element] = read
        return [own(otherwise, text)] if text and not read else []

    def _fact(self, person: FilePerson, subject: Tree, values: tuple[str, ...], number: int, line: int) -> Tree:
        key, label, code = _FACTS[number]
        tree = self._stamp.tree("Observation", f"{person.id}-{key.replace('_', '-')}", "", values, line)
        text = values[PLACE[key]]
        tree["status"] = "final"
        tree["category"] = _SOCIAL_HISTORY
        tree["code"] = {"coding": [{**code, "display": label}], "text": label} if code else {"text": label}
        tree["subject"] = subject
        tree["valueCodeableConcept"] = self._concept(COLUMNS[PLACE[key]].list, text)
        tree["extension"] = self._stamp.extract(values, line)
        return tree

    def _support_reason(self, person: FilePerson, subject: Tree, values: tuple[str, ...], line: int) -> Tree:
        tree = self._stamp.tree(
            "Condition", f"{person.id}-support-reason", "Interweave-SocialCareSupportReason", values, line
        )
        text = values[_REASON]
        found = LISTS["support_reason"].find(text)
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCarePrimarySupportReason"
        tree["extension"] = [{"url": url, "valueBoolean": True}, *self._stamp.extract(values, line)]
        if found is not None and found.category:
            system = f"{LISTS['support_reason'].system}Category"
            # The category has no words of its own in the file: those of the list.
            category = concept("support_reason", text, found.category, system)
            tree["category"] = [{"coding": category["coding"]}]
        tree["code"] = self._concept("support_reason", text)
        tree["subject"] = subject
        recorded = self._stamp.dates.read(values[_PERIOD_END])
        if recorded:
            tree["recordedDate"] = recorded
        return tree

    def _carer(
        self, person: FilePerson, subject: Tree, adult: str, values: tuple[str, ...], line: int
    ) -> Iterator[Tree]:
        """The adult somebody cares for, in the carer's record, and the carer in the adult's where the file has them."""
        code = values[_CODE]
        name = "" if is_rounded(adult) else self._names.get((code, adult), "")
        other = as_id(code or "unknown", adult)
        if not name:
            message = "The adult who is cared for is not in this file; only their number is known."
            self._findings.add("information", "not-found", message, line, PLACE["adult_1"])
        yield self._related(
            f"{person.id[:40]}-cares-for-{digest(adult)[:8]}",
            subject, name or f"Person {adult} of {council(values[_CODE])}",
            "Person cared for", "CF", adult, values, line,
        )  # fmt: skip
        if name:
            carer = " ".join(part for part in (values[_FIRST], values[_LAST]) if part)
            carer = carer or f"Person {values[_PERSON]} of {council(values[_CODE])}"
            yield self._related(
                f"{other[:50]}-carer-{digest(person.id)[:8]}", {"reference": f"Patient/{other}"}, carer,
                "Unpaid carer", "IC", values[_PERSON], values, line,
            )  # fmt: skip

    def _related(
        self, own_id: str, patient: Tree, name: str, words: str, role: str, number: str, values: tuple[str, ...],
        line: int,
    ) -> Tree:  # fmt: skip
        tree = self._stamp.tree("RelatedPerson", own_id, "", values, line)
        system = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareSupportRole"
        display = {"CF": "Cared For", "IC": "Informal Carer"}[role]
        kind = {"coding": [{"system": system, "code": role, "display": display}]}
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareSupportRole"
        parts = [{"url": "supportRoleType", "valueCodeableConcept": kind}]
        tree["extension"] = [{"url": url, "extension": parts}, *self._stamp.extract(values, line)]
        if number:
            item: Tree = {"type": _PERSON_NUMBER, "value": number}
            if values[_CODE] and not is_rounded(number):
                item["system"] = f"{PERSON_ID}/{values[_CODE]}"
            tree["identifier"] = [item]
        tree["patient"] = patient
        tree["relationship"] = [{"text": words}]
        tree["name"] = [{"text": name}]
        return tree

    def _concept(self, name: str, text: str) -> dict[str, Any]:
        if not name:
            return {"text": text}
        found = self._concepts.get((name, text))
        if found is None:
            found = concept(name, text)
            if len(self._concepts) < REMEMBERED:
                self._concepts[name, text] = found
        return found

    def _new(self, person: str, period: str, said: object) -> bool:
        """Whether this is told of a person for the first time in a submission."""
        return self._told.add((person, period, said))


def _reader(values: tuple[str, ...]) -> Callable[[str], str]:
    return lambda key: values[PLACE[key]]


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)
