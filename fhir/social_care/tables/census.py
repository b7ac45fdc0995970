"""The children in need census (XML) as FHIR R4: each child with referrals, assessments, plans, inquiries and reviews.

A child is known by the council's own number, whose system names the council, by UPN and by date of birth; the census
has no NHS number and no name, so no child is joined to a health record by itself. Why a child is in need, and what
protects it, stands under safeguarding. A resource's `raw` are the bytes of its Child element, exactly.

Read in one pass of expat. A document type declaration is refused, so no entity is ever expanded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import msgspec

from fhir import limits
from fhir.documents import Content, Lines, refuse_too_large
from fhir.errors import FormatError, LimitError
from fhir.own import OWN
from fhir.records import Issue, Resource, Tree
from fhir.social_care.tables.children import ETHNIC, UPN
from fhir.social_care.tables.definitions import tables
from fhir.social_care.tables.making import PROVENANCE_TAG, as_id, digest, own

CHILD_ID = "https://fhir.onestory.example/Id/la-child"
_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<Message[\s>]", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DEPTH = 24


def is_census(data: bytes) -> bool:
    """Whether a document is a children in need census: a Message that holds Children."""
    return _ROOT.match(data[:4096]) is not None and b"<Children" in data


class _Part(msgspec.Struct, gc=False):
    """One element: its text, or the elements in it."""

    name: str
    text: str = ""
    parts: list[_Part] = []

    def __getitem__(self, name: str) -> str:
        return next((part.text.strip() for part in self.parts if part.name == name), "")

    def all(self, *names: str) -> list[_Part]:
        return [part for part in self.parts if part.name in names]

    def one(self, name: str) -> _Part:
        return next(iter(self.all(name)), _Part(name))

    def leaves(self) -> Iterator[tuple[str, str]]:
        for part in self.parts:
            if part.parts:
                yield from part.leaves()
            elif part.text.strip():
                yield part.name, part.text.strip()


@cache
def _words() -> dict[str, dict[str, str]]:
    table = tomllib.loads(Path(__file__).with_name("census.toml").read_text("utf-8"))
    return {name: rows for name, rows in table.items() if isinstance(rows, dict)}


def read_census(data: bytes) -> Content:
    """Read a census. Raises FormatError where it is not XML, LimitError where it is too large or too deep."""
    refuse_too_large(len(data), limits.MAX_XML_BYTES, "XML")
    content = Content()
    lines = Lines(data)
    header = _Part("Header")
    for start, end, part in _parts(data):
        if part.name == "Header":
            header = part
            continue
        line = lines.at(start)
        for tree in _Child(part, header, line, content).resources():
            if not tree["extension"]:
                del tree["extension"]
            content.resources.append(
                Resource(
                    type=tree["resourceType"],
                    id=tree["id"],
                    tree=tree,
                    raw=data[start:end],
                    start=start,
                    end=end,
                    line=line,
                )
            )
    if not content.resources:
        content.found(Issue(severity="warning", code="informational", message="The census holds no children."))
    return content


def _parts(data: bytes) -> Iterator[tuple[int, int, _Part]]:
    """The Header and each Child with the bytes from which to which it stands."""
    found: list[tuple[int, int, _Part]] = []
    stack: list[_Part] = []
    starts: list[int] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin(name: str, _: dict[str, str]) -> None:
        if len(stack) >= _DEPTH:
            raise LimitError(f"This XML is nested more than {_DEPTH} deep.")
        stack.append(_Part(name, "", []))
        starts.append(parser.CurrentByteIndex)

    def finish(name: str) -> None:
        part, start = stack.pop(), starts.pop()
        if name in ("Child", "Header") and not any(one.name in ("Child", "Header") for one in stack):
            end = data.index(b">", parser.CurrentByteIndex) + 1
            found.append((start, end, part))
        elif stack and stack[-1].name not in ("Children", "Message"):
            stack[-1].parts.append(part)

    def words(text: str) -> None:
        if stack:
            stack[-1].text += text

    def refuse(*_: object) -> None:
        raise FormatError("This XML declares a document type, which is not read.")

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FormatError("This XML is damaged.", error.lineno) from None
    yield from found


class _Child:
    """The resources of one child."""

    def __init__(self, part: _Part, header: _Part, line: int, content: Content) -> None:
        source = header.one("Source")
        details = header.one("CollectionDetails")
        self._part = part
        self._line = line
        self._content = content
        self._council = source["LEA"]
        self._until = details["ReferenceDate"]
        self._ids = part.one("ChildIdentifiers")
        self._number = self._ids["LAchildID"]
        self.id = as_id("cin", self._council or "unknown", self._number or f"line-{line}")
        self._subject = {"reference": f"Patient/{self.id}"}

    def resources(self) -> Iterator[Tree]:
        """Everything the census says of the child."""
        if not self._number:
            self._found("error", "required", "The child has no number of the council.", "LAchildID")
        yield self._patient()
        for disability in self._part.one("ChildCharacteristics").one("Disabilities").all("Disability"):
            code = disability.text.strip()
            if code:
                yield self._fact("Observation", "disability", code, {"text": f"Disability: {code}"}, disability)
        for number, details in enumerate(self._part.all("CINdetails"), 1):
            yield from self._details(details, str(number))

    def _patient(self) -> Tree:
        tree = self._tree("Patient", self.id, "")
        identifiers: list[dict[str, Any]] = []
        kind = {"text": "Council's number for the child"}
        if self._number and self._council:
            system = f"{CHILD_ID}/{self._council}"
            identifiers.append({"type": kind, "system": system, "value": self._number})
        elif self._number:
            identifiers.append({"type": kind, "value": self._number})
        for name, use in (("UPN", "official"), ("FormerUPN", "old")):
            if self._ids[name]:
                identifiers.append(
                    {"use": use, "type": {"text": "Unique pupil number"}, "system": UPN, "value": self._ids[name]}
                )
        if identifiers:
            tree["identifier"] = identifiers
        council = f" of council {self._council}" if self._council else ""
        tree["name"] = [{"text": f"Child {self._number or 'without a number'}{council}"}]
        sex = self._ids["Sex"] or self._ids["GenderCurrent"]
        tree["gender"] = {"1": "male", "2": "female", "M": "male", "F": "female"}.get(sex, "unknown")
        born, died = self._ids["PersonBirthDate"], self._ids["PersonDeathDate"]
        self._date(tree, "birthDate", born, "PersonBirthDate")
        self._date(tree, "deceasedDateTime", died, "PersonDeathDate")
        if born and died and died < born:
            self._found("error", "invariant", "The child died before it was born.", "PersonDeathDate")
        for name in ("UPNunknown", "ExpectedPersonBirthDate"):
            if self._ids[name]:
                tree["extension"].append(own(_plain(name), self._ids[name]))
        ethnic = self._part.one("ChildCharacteristics")["Ethnicity"]
        if ethnic:
            listed = tables()["children-header"].lists["ethnic"].get(ethnic.upper())
            said = f"{listed} ({ethnic})" if listed else ethnic
            tree["extension"].append({"url": ETHNIC, "valueCodeableConcept": {"text": said}})
        return tree

    def _details(self, details: _Part, number: str) -> Iterator[Tree]:
        need = _listed("need", details["PrimaryNeedCode"])
        referral = self._fact(
            "ServiceRequest", "in-need", number, {"text": f"Child in need: {need or 'need not given'}"}, details
        )
        referral["status"] = "completed" if details["CINclosureDate"] else "active"
        referral["intent"] = "plan"
        period = self._period(referral, details, "CINreferralDate", "CINclosureDate")
        if period:
            referral["occurrencePeriod"] = period
        self._date(referral, "authoredOn", details["CINreferralDate"], "CINreferralDate")
        yield referral
        for count, one in enumerate(details.all("Assessments"), 1):
            tree = self._fact(
                "Task", "assessment", f"{number}-{count}", {"text": "Social work assessment of the child"}, one
            )
            yield self._task(tree, one, "AssessmentActualStartDate", "AssessmentAuthorisationDate")
        for count, one in enumerate(details.all("CINPlanDates"), 1):
            tree = self._fact("CarePlan", "in-need-plan", f"{number}-{count}", {}, one)
            yield self._plan(tree, one, "Child in need plan", "CINPlanStartDate", "CINPlanEndDate")
        for count, one in enumerate(details.all("Section47"), 1):
            tree = self._fact("Task", "section-47", f"{number}-{count}", {"text": "Inquiry under section 47"}, one)
            yield self._task(tree, one, "S47ActualStartDate", "DateOfInitialCPC")
        for count, one in enumerate(details.all("ChildProtectionPlans"), 1):
            category = _listed("abuse", one["LatestCategoryOfAbuse"] or one["InitialCategoryOfAbuse"])
            tree = self._fact("CarePlan", "protection-plan", f"{number}-{count}", {}, one, leave_out="Reviews")
            title = f"Child protection plan: {category}" if category else "Child protection plan"
            yield self._plan(tree, one, title, "CPPstartDate", "CPPendDate")
            for place, review in enumerate(one.all("Reviews"), 1):
                tree = self._fact(
                    "Task",
                    "protection-review",
                    f"{number}-{count}-{place}",
                    {"text": "Child protection review"},
                    review,
                )
                yield self._task(tree, review, "CPPreviewDate", "")

    # -- the shapes

    def _fact(self, kind: str, what: str, key: str, code: Tree, part: _Part, leave_out: str = "") -> Tree:
        """The start of a fact, with every element of its part kept by name."""
        said = digest(*(text for pair in part.leaves() for text in pair)) if what != "disability" else key
        tree = self._tree(kind, f"{self.id[:30]}-{what}-{said}"[:64], f"children-{what}")
        nested = (
            ("Assessments", "CINPlanDates", "Section47", "ChildProtectionPlans") if what == "in-need" else (leave_out,)
        )
        for one in part.parts:
            if one.name not in nested:
                for name, text in one.leaves() if one.parts else [(one.name, one.text.strip())]:
                    if text:
                        tree["extension"].append(own(_plain(name), text))
        tree["status"] = {"Observation": "final"}.get(kind, "active")
        tree["for" if kind == "Task" else "subject"] = self._subject
        if code:
            tree["code"] = code
        return tree

    def _task(self, tree: Tree, part: _Part, start: str, end: str) -> Tree:
        period = self._period(tree, part, start, end)
        tree["status"] = "completed" if period.get("end") or not end else "in-progress"
        tree["intent"] = "plan"
        if period:
            tree["executionPeriod"] = period
            if "start" in period:
                tree["authoredOn"] = period["start"]
        return tree

    def _plan(self, tree: Tree, part: _Part, title: str, start: str, end: str) -> Tree:
        period = self._period(tree, part, start, end)
        tree["status"] = "completed" if period.get("end") else "active"
        tree["intent"] = "plan"
        tree["title"] = title
        if period:
            tree["period"] = period
        return tree

    def _period(self, tree: Tree, part: _Part, start: str, end: str) -> dict[str, str]:
        found = {}
        for name, key in (("start", start), ("end", end)):
            text = part[key] if key else ""
            if text and _is_date(text):
                found[name] = text
            elif text:
                self._found("error", "value", "This is not a date that can be read; it is kept as text.", key)
        if found.get("end", "9") < found.get("start", ""):
            self._found("error", "invariant", "It ends before it starts.", end)
        return found

    def _date(self, tree: Tree, name: str, text: str, element: str) -> None:
        if text and _is_date(text):
            tree[name] = text
        elif text:
            self._found("error", "value", "This is not a date that can be read; it is kept as text.", element)
            tree["extension"].append(own(f"{_plain(element)}-as-written", text))

    def _tree(self, kind: str, own_id: str, profile: str) -> Tree:
        tag = {"system": PROVENANCE_TAG, "code": self._council or "unknown"}
        tag["display"] = f"Children's services, council {self._council or 'not named'}"
        meta: dict[str, Any] = {"source": f"urn:onestory:cin-census#line-{self._line}", "tag": [tag]}
        if profile:
            meta["profile"] = [f"{OWN}/{profile}"]
        if _is_date(self._until):
            meta["lastUpdated"] = f"{self._until}T00:00:00Z"
            meta["extension"] = [{"url": f"{OWN}/as-at", "valueDate": self._until}]
        return {"resourceType": kind, "id": own_id, "meta": meta, "extension": []}

    def _found(self, severity: Any, code: str, message: str, element: str) -> None:
        self._content.found(Issue(severity=severity, code=code, message=message, path=element, line=self._line))


def _listed(name: str, code: str) -> str:
    words = _words()[name].get(code.upper(), "")
    return f"{words} ({code})" if words else code


def _is_date(text: str) -> bool:
    if not _DATE.match(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _plain(name: str) -> str:
    """An element's name as words with hyphens: "CINreferralDate" is "cin-referral-date"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Z]{3})(?=[a-z]{3})", "-", name).lower()
