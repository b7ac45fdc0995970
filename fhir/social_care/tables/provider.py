"""A care provider's own records, row by row, as FHIR R4: docs/provider-import.md says what each column means.

Daily notes are Communications, lines of the medicines chart MedicationAdministrations, the support plan CarePlans,
visits Encounters at home, the service itself an EpisodeOfCare as councils give it (so for self-funders too), telecare
Observations, delegated tasks Tasks. An unpaid carer is a person with a record of their own; what links them to the
person cared for stands in both records, the carer's own assessment only in theirs.

A person is known by the provider's own number, whose system names the provider; an NHS number has no verification
status, so it never joins records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fhir import nhs_number
from fhir.people import NHS_NUMBER_SYSTEM
from fhir.records import Tree
from fhir.social_care.costs import OWN, UCUM
from fhir.social_care.findings import Findings
from fhir.social_care.tables.definitions import Table
from fhir.social_care.tables.making import Making, TableRow, as_id, digest, own
from fhir.social_care.tables.outcomes import was_done
from fhir.social_care.values import Dates, amount

INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/R4/StructureDefinition"
PERSON_NUMBER = "https://fhir.onestory.example/Id/provider-person"
_SUPPORT_ROLE = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareSupportRole"
_AT_HOME = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH", "display": "home health"}


class ProviderMaker:
    """Makes the resources of one provider table."""

    def __init__(self, name: str, folder: str, table: Table, dates: Dates, findings: Findings) -> None:
        self._make = Making(name, table, dates, findings, ("provider", "Care provider"))
        self._facts: dict[str, Callable[[TableRow, Tree, str], Iterator[Tree]]] = {
            "provider-people": self._service,
            "provider-notes": self._note,
            "provider-medicines": self._medicine,
            "provider-plan": self._plan,
            "provider-visits": self._visit,
            "provider-telecare": self._telecare,
            "provider-delegated": self._delegated,
            "provider-carers": self._carer,
        }

    def address(self, row: TableRow) -> str:
        """Nothing outside the file refers to its people."""
        return ""

    def people(self, row: TableRow) -> Iterator[Tree]:
        """The person of a row, where it says anything new."""
        about = tuple(row.peek(key) for key in _PERSON)
        if self._make.new("person", *about):
            yield self._patient(row)
        if self._make.table.key == "provider-carers":
            yield from self._cared_for(row)

    def _patient(self, row: TableRow) -> Tree:
        tree = self._tree("Patient", self._person(row), row, "")
        number, nhs = row.peek("person_id"), row.peek("nhs_number")
        identifiers: list[dict[str, Any]] = []
        if nhs:
            written = nhs_number.compact(nhs) if nhs_number.is_valid(nhs) else nhs
            identifiers.append({"system": NHS_NUMBER_SYSTEM, "value": written})
        if number:
            identifiers.append(self._number(row, number))
        if identifiers:
            tree["identifier"] = identifiers
        self._name(tree, row.peek("first_name"), row.peek("last_name"))
        gender = row.peek("gender")
        if gender:
            known = {"m": "male", "f": "female", "male": "male", "female": "female", "other": "other"}
            tree["gender"] = known.get(gender.casefold(), "unknown")
        born = self._make.date(tree, row, "birth_date")
        if born:
            tree["birthDate"] = born[:10]
        if row.peek("postcode"):
            tree["address"] = [{"use": "home", "postalCode": row.peek("postcode")}]
        return tree

    def _cared_for(self, row: TableRow) -> Iterator[Tree]:
        """The person a carer cares for, known by number and name only."""
        number, first, last = (row.peek(key) for key in ("cared_for_id", "cared_for_first", "cared_for_last"))
        if number and self._make.new("cared-for", row.peek("provider_id"), number, first, last):
            tree = self._tree("Patient", self._id("person", row.peek("provider_id"), number), row, "")
            tree["identifier"] = [self._number(row, number)]
            self._name(tree, first, last)
            yield tree

    def facts(self, row: TableRow) -> Iterator[Tree]:
        """What a row tells of the person."""
        subject = {"reference": f"Patient/{self._person(row)}"}
        row.took(*_PERSON, "provider_name")
        chief: Tree | None = None
        for tree in self._facts[self._make.table.key](row, subject, self._person(row)):
            if chief is not None:
                yield chief
            chief = tree
        if chief is not None:
            yield self._make.keep_rest(chief, row)

    # -- the tables

    def _service(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        own_id = self._id("service", person, row.peek("care_type"), row.peek("service_start"))
        tree = self._tree("EpisodeOfCare", own_id, row, f"{INTERWEAVE}/Interweave-SocialCareService")
        tree["status"] = "finished" if row.peek("service_end") else "active"
        tree["type"] = [{"text": row["care_type"] or "Care"}]
        tree["patient"] = subject
        self._put(tree, "period", self._make.period(tree, row, "service_start", "service_end"))
        tree["managingOrganization"] = {"display": self._called(row)}
        hours = amount(row.peek("hours"))
        if hours is not None:
            row.took("hours")
            quantity = {"value": hours, "unit": "hours a week", "system": UCUM, "code": "h/wk"}
            tree["extension"].append({"url": f"{OWN}/social-care-planned-hours", "valueQuantity": quantity})
        if row["visits"]:
            tree["extension"].append(own("social-care-visits", row["visits"]))
        if row["funding"]:
            funding = {"url": f"{OWN}/social-care-funding", "valueCodeableConcept": {"text": row["funding"]}}
            tree["extension"].append(funding)
        yield tree

    def _note(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        tree = self._entry(
            "Communication", "provider-daily-note", row, subject, person, "note_time", "note_type", "note"
        )
        kind = row["note_type"] or "Daily note"
        tree["status"] = "completed"
        tree["category"] = [{"text": kind}]
        self._put(tree, "sent", self._make.date(tree, row, "note_time"))
        self._by(tree, "sender", row["written_by"])
        tree["payload"] = [{"contentString": row["note"] or "Empty note"}]
        yield tree

    def _medicine(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        tree = self._entry(
            "MedicationAdministration",
            "provider-medicine-given",
            row,
            subject,
            person,
            "due_time",
            "given_time",
            "medicine",
            "outcome",
        )
        outcome = row["outcome"]
        given = was_done("dose", outcome)
        tree["status"] = {True: "completed", False: "not-done", None: "unknown"}[given]
        if given is False:
            reason = row["reason"]
            tree["statusReason"] = [{"text": f"{outcome}: {reason}" if reason else outcome}]
        elif outcome:
            tree["extension"].append(own("outcome", outcome))
            if given is None:
                self._make.unclear(row, "outcome")
        tree["medicationCodeableConcept"] = {"text": row["medicine"] or "Medicine not named"}
        due, at = self._make.date(tree, row, "due_time"), self._make.date(tree, row, "given_time")
        self._put(tree, "effectiveDateTime", at or due)
        if due and at:
            tree["extension"].append(own("due-time", row["due_time"]))
        self._by_actor(tree, row["given_by"])
        dosage: dict[str, Any] = {}
        self._put(dosage, "text", row["dose"])
        if row["route"]:
            dosage["route"] = {"text": row["route"]}
        self._put(tree, "dosage", dosage)
        yield tree

    def _plan(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        tree = self._entry(
            "CarePlan", "provider-support-plan", row, subject, person, "plan_id", "need", "support", "start"
        )
        tree["status"] = "active"
        tree["intent"] = "plan"
        title = row["plan_title"]
        tree["title"] = f"{title or 'Support plan'}: {row['need']}" if row["need"] else title or "Support plan"
        self._put(tree, "period", self._make.period(tree, row, "start", "end"))
        how = [row["support"], row["frequency"]]
        tree["activity"] = [{"detail": {"status": "in-progress", "description": ", ".join(filter(None, how)) or "-"}}]
        self._review(tree, row)
        if row["goal"]:
            tree["note"] = [{"text": f"Goal: {row['goal']}"}]
        self._by(tree, "author", row["written_by"])
        yield tree

    def _visit(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        tree = self._tree("Encounter", self._id("visit", person, row["visit_id"]), row, "provider-visit")
        outcome = row["outcome"]
        planned = self._make.period(tree, row, "planned_start", "planned_end")
        actual = self._make.period(tree, row, "actual_start", "actual_end")
        done = was_done("visit", outcome)
        if outcome and done is None and not actual.get("end"):
            self._make.unclear(row, "outcome")
            tree["status"] = "unknown"
        else:
            tree["status"] = "cancelled" if done is False else "finished" if done or actual.get("end") else "planned"
        if row["visit_id"]:
            tree["identifier"] = [{"type": {"text": "Provider's number for the visit"}, "value": row["visit_id"]}]
        tree["class"] = _AT_HOME
        tree["type"] = [{"text": row["visit_type"] or "Care visit"}]
        tree["subject"] = subject
        self._put(tree, "period", actual or planned)
        if actual and planned:
            tree["extension"].append({"url": f"{OWN}/planned", "valuePeriod": planned})
        if outcome:
            tree["extension"].append(own("outcome", outcome))
        if row["workers"]:
            tree["participant"] = [{"individual": {"display": row["workers"]}}]
        tree["serviceProvider"] = {"display": self._called(row)}
        yield tree

    def _review(self, tree: Tree, row: TableRow) -> None:
        due = self._make.date(tree, row, "review_due")
        if due:
            tree["extension"].append({"url": f"{OWN}/review-due", "valueDate": due[:10]})

    def _telecare(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        tree = self._entry("Observation", "provider-telecare", row, subject, person, "event_time", "device", "event")
        tree["status"] = "final"
        tree["code"] = {"text": f"Telecare: {row['device']}"}
        self._put(tree, "effectiveDateTime", self._make.date(tree, row, "event_time"))
        self._put(tree, "valueString", row["event"])
        if row["response"]:
            tree["note"] = [{"text": row["response"]}]
        self._by(tree, "performer", row["responder"], many=True)
        yield tree

    def _delegated(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        own_id = self._id("delegated", person, row.peek("task"), row.peek("start"), row.peek("delegated_by"))
        tree = self._tree("Task", own_id, row, "provider-delegated-task")
        said = row.peek("task_status").casefold()
        over = "stop" in said or "cancel" in said
        # An end is not a sign that the task is over: it may be to come. What it says is for whoever knows the day.
        tree["status"] = "cancelled" if over else "completed" if "complet" in said else "in-progress"
        tree["intent"] = "order"
        tree["code"] = {"text": f"Delegated healthcare task: {row['task']}"}
        tree["for"] = subject
        self._put(tree, "description", row["instructions"])
        self._put(tree, "executionPeriod", self._make.period(tree, row, "start", "end"))
        self._review(tree, row)
        self._by(tree, "requester", row["delegated_by"])
        self._by(tree, "owner", row["carried_out_by"])
        yield tree

    def _carer(self, row: TableRow, subject: Tree, person: str) -> Iterator[Tree]:
        other = row["cared_for_id"]
        cared_for = self._id("person", row.peek("provider_id"), other)
        carer = " ".join(filter(None, (row.peek("first_name"), row.peek("last_name"))))
        name = " ".join(filter(None, (row["cared_for_first"], row["cared_for_last"])))
        relation = row["relationship"]
        if other:
            theirs = self._tree("RelatedPerson", self._id("carer", cared_for, person), row, "")
            self._related(
                theirs,
                {"reference": f"Patient/{cared_for}"},
                carer or "Unpaid carer",
                f"Unpaid carer, {relation}",
                "IC",
            )
            yield theirs
            mine = self._tree("RelatedPerson", self._id("cares-for", person, cared_for), row, "")
            self._related(mine, subject, name or f"Person {other}", "Person cared for", "CF")
            yield mine
        tree = self._entry("Task", "provider-carer-assessment", row, subject, person, "assessment_date", "cared_for_id")
        tree["status"] = "completed" if row.peek("assessment_date") else "requested"
        tree["intent"] = "plan"
        tree["code"] = {"text": "Carer's assessment"}
        tree["for"] = subject
        when = self._make.date(tree, row, "assessment_date")
        self._put(tree, "authoredOn", when)
        self._put(tree, "executionPeriod", {"start": when, "end": when} if when else {})
        self._put(tree, "description", row["assessment_outcome"])
        self._by(tree, "owner", row["assessed_by"])
        yield tree

    # -- what all have

    def _related(self, tree: Tree, patient: Tree, name: str, words: str, role: str) -> None:
        display = {"CF": "Cared For", "IC": "Informal Carer"}[role]
        kind = {"coding": [{"system": _SUPPORT_ROLE, "code": role, "display": display}]}
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareSupportRole"
        tree["extension"].append({"url": url, "extension": [{"url": "supportRoleType", "valueCodeableConcept": kind}]})
        tree["patient"] = patient
        tree["relationship"] = [{"text": words}]
        tree["name"] = [{"text": name}]

    def _entry(self, kind: str, profile: str, row: TableRow, subject: Tree, person: str, *identity: str) -> Tree:
        """The start of a fact that these columns identify."""
        key = self._id(profile.partition("-")[2] or "given", person, *(row.peek(name) for name in identity))
        tree = self._tree(kind, key, row, profile)
        if kind not in ("Task",):
            tree["subject"] = subject
        return tree

    def _tree(self, kind: str, own_id: str, row: TableRow, profile: str) -> Tree:
        tag = (row.peek("provider_id") or "provider", self._called(row))
        tree = self._make.tree(kind, own_id, row, profile or f"{OWN}/provider-{kind.lower()}", tag)
        day = self._make.dates.read(row.peek("as_at"))
        if day:
            row.took("as_at")
            if kind not in _HAPPENED and (kind != "Encounter" or row.peek("visit_id")):
                tree["meta"]["lastUpdated"] = f"{day}T00:00:00Z"
            tree["meta"]["extension"] = [{"url": f"{OWN}/as-at", "valueDate": day}]
        return tree

    def _called(self, row: TableRow) -> str:
        return row.peek("provider_name") or f"Care provider {row.peek('provider_id')}".strip()

    def _person(self, row: TableRow) -> str:
        number = row.peek("person_id") or digest(*(row.peek(key) for key in _PERSON))
        return self._id("person", row.peek("provider_id"), number)

    def _number(self, row: TableRow, number: str) -> dict[str, Any]:
        kind = {"type": {"text": "Provider's number for the person"}, "value": number}
        provider = row.peek("provider_id")  # two that are not named may give the same number
        return {**kind, "system": f"{PERSON_NUMBER}/{provider}"} if provider else kind

    @staticmethod
    def _id(what: str, *parts: str) -> str:
        return f"{what}-{digest(*parts)}" if what != "person" else as_id(*parts)

    @staticmethod
    def _name(tree: Tree, first: str, last: str) -> None:
        name = {"use": "official"} | ({"family": last} if last else {}) | ({"given": [first]} if first else {})
        if len(name) > 1:
            tree["name"] = [name]

    @staticmethod
    def _put(tree: Tree, name: str, value: Any) -> None:
        if value:
            tree[name] = value

    @staticmethod
    def _by(tree: Tree, name: str, words: str, *, many: bool = False) -> None:
        if words:
            tree[name] = [{"display": words}] if many else {"display": words}

    @staticmethod
    def _by_actor(tree: Tree, words: str) -> None:
        if words:
            tree["performer"] = [{"actor": {"display": words}}]


_HAPPENED = ("Communication", "MedicationAdministration", "Observation")
"""What happened once takes no other's place: its line may not say when, and two may be named alike."""
_PERSON = ("provider_id", "person_id", "nhs_number", "first_name", "last_name", "birth_date", "gender", "postcode")
