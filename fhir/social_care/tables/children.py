"""The looked-after children return (SSDA903), row by row, as FHIR R4. No row has an NHS number, name or council.

The header table makes the Patients; rows of the other tables refer to them by the child's number within the same folder
of the drop, for which the set of tables is dropped together. The child's number is no identifier that joins records,
because the return does not say whose number it is; the unique pupil number (UPN) is one.

What a placement is told of apart from why: legal status, need and adoption stand under safeguarding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fhir.records import Tree
from fhir.social_care.findings import Findings
from fhir.social_care.tables.definitions import Table
from fhir.social_care.tables.making import Making, TableRow, as_id, digest, own
from fhir.social_care.values import Dates

UPN = "https://fhir.onestory.example/Id/upn"
ETHNIC = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
CHILD_NUMBER = {"text": "Child number in the council's return"}
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_TAG = ("children-return", "Children's services, looked-after children return")
_SHORT_BREAKS = ("V3", "V4")


class ChildrenMaker:
    """Makes the resources of one table of the return."""

    def __init__(self, name: str, folder: str, table: Table, dates: Dates, findings: Findings) -> None:
        self._make = Making(name, table, dates, findings, _TAG)
        self._scope = digest(folder)
        self._facts: dict[str, Callable[[TableRow, str, Tree], Iterator[Tree]]] = {
            "children-header": self._header,
            "children-episodes": self._episode,
            "children-health": self._health,
        }

    def address(self, row: TableRow) -> str:
        """The child within the set of tables that lies in one folder."""
        return f"urn:onestory:children-return:{self._scope}:{row['child'] or f'line-{row.line}'}"

    def people(self, row: TableRow) -> Iterator[Tree]:
        """The Patient of a line of the header."""
        if self._make.table.key != "children-header":
            return
        if not self._make.new("child", *row.texts()):
            message = "The line repeats another line of this file; it was left out."
            self._make.findings.add("information", "duplicate", message, row.line)
            return
        child = row["child"]
        tree = self._make.tree("Patient", as_id("child", child or f"line-{row.line}"), row, "")
        tree["identifier"] = [{"type": CHILD_NUMBER, "value": child}] if child else []
        tree["name"] = [{"text": _called(child)}]
        upn = row["upn"]
        if upn and not upn.upper().startswith("UN"):
            tree["identifier"].append({"type": {"text": "Unique pupil number"}, "system": UPN, "value": upn})
        elif upn:
            tree["extension"].append(own("upn-unknown-because", upn))
        if not tree["identifier"]:
            del tree["identifier"]
        sex = row["sex"]
        tree["gender"] = {"1": "male", "2": "female", "M": "male", "F": "female"}.get(sex.upper(), "unknown")
        born = self._make.date(tree, row, "dob")
        if born:
            tree["birthDate"] = born[:10]
        if row.peek("ethnic"):
            words = {"text": self._make.coded(row, "ethnic")}
            tree["extension"].append({"url": ETHNIC, "valueCodeableConcept": words})
        yield tree

    def facts(self, row: TableRow) -> Iterator[Tree]:
        """Everything else that a line says."""
        child = row["child"]
        subject = {"reference": self.address(row), "display": _called(child)}
        make = self._facts.get(self._make.table.key, self._simple)
        yield from make(row, child, subject)

    # -- the tables

    def _header(self, row: TableRow, child: str, subject: Tree) -> Iterator[Tree]:
        row.took("sex", "dob", "ethnic", "upn")
        if row.rest() or row.others:
            tree = self._fact("children-parent", row, subject, child)
            mother = row["mother"]
            said = {"1": "Yes", "0": "No"}.get(mother, mother)
            tree["code"] = {"text": f"Is a mother: {said}" if said else "Parent"}
            born = self._make.date(tree, row, "mc_dob")
            if born:
                tree["extension"].append(own("date-of-birth-of-her-child", born))
            yield self._make.keep_rest(tree, row)

    def _episode(self, row: TableRow, child: str, subject: Tree) -> Iterator[Tree]:
        status = row.peek("ls").upper()
        own_id = as_id("episode", child, row.peek("decom"), row.peek("rne"))
        placed = self._make.tree("EpisodeOfCare", own_id, row, _placement_profile(status))
        placed["status"] = "finished" if row.peek("dec") else "active"
        placed["type"] = [{"text": self._make.coded(row, "place") or "Placement"}]
        placed["patient"] = subject
        period = self._make.period(placed, row, "decom", "dec")
        if period:
            placed["period"] = period
        for key in ("place_provider", "reason_place_change", "home_post", "pl_post", "urn"):
            if row[key]:
                placed["extension"].append(own(key.replace("_", "-"), row[key]))
        yield placed
        why = self._make.tree("Flag", f"{own_id}-status"[:64], row, "children-looked-after")
        why["status"] = "inactive" if period.get("end") else "active"
        why["code"] = {"text": f"Looked after: {self._make.coded(row, 'ls') or 'legal status not given'}"}
        why["subject"] = subject
        if period:
            why["period"] = period
        for key, name in (("cin", "category-of-need"), ("rne", "reason-for-new-episode")):
            if row.peek(key):
                why["extension"].append(own(name, self._make.coded(row, key)))
        if row["rec"]:
            why["extension"].append(own("reason-episode-ceased", row["rec"]))
        yield self._make.keep_rest(why, row)

    def _health(self, row: TableRow, child: str, subject: Tree) -> Iterator[Tree]:
        if row.peek("convicted") not in ("", "0"):
            tree = self._fact("children-offending", row, subject, child)
            tree["code"] = {"text": "Convicted or subject to a final warning or reprimand in the year"}
            tree["valueString"] = row["convicted"]
            yield tree
        if row.peek("substance_misuse") not in ("", "0"):
            tree = self._fact("children-substance-misuse", row, subject, child)
            label = {"system": _ACT_CODE, "code": "SUD", "display": "substance use disorder information sensitivity"}
            tree["meta"]["security"] = [label]
            tree["code"] = {"text": "Substance misuse problem identified in the year"}
            tree["valueString"] = row["substance_misuse"]
            for key in ("intervention_received", "intervention_offered"):
                if row[key]:
                    tree["extension"].append(own(key.replace("_", "-"), row[key]))
            yield tree
        yield from self._simple(row, child, subject)

    def _simple(self, row: TableRow, child: str, subject: Tree) -> Iterator[Tree]:
        kind, profile, words, start, end = _SIMPLE[self._make.table.key]
        row.took("dob", "sex")
        tree = self._fact(profile, row, subject, child, kind)
        listed = self._make.coded(row, "missing") if row.peek("missing") else ""
        if kind == "CareTeam":
            tree["name"] = words
        else:
            tree["code"] = {"text": listed or words}
        if start and end:
            period = self._make.period(tree, row, start, end)
            if period:
                tree[
                    "executionPeriod" if kind == "Task" else "effectivePeriod" if kind == "Observation" else "period"
                ] = period
        elif start:
            when = self._make.date(tree, row, start)
            if when:
                tree["authoredOn" if kind == "Task" else "effectiveDateTime"] = when
        if kind == "Flag" and tree.get("period", {}).get("end"):
            tree["status"] = "inactive"
        yield self._make.keep_rest(tree, row)

    def _fact(self, profile: str, row: TableRow, subject: Tree, child: str, kind: str = "Observation") -> Tree:
        said = [row.peek(key) for key in ("review", "mis_start", "date_placed", "sw_decom", "sw_id", "date_int")]
        key = as_id(profile.partition("-")[2], child, *(text for text in said if text))
        tree = self._make.tree(kind, key, row, profile)
        tree["status"] = {"Observation": "final", "Task": "completed", "Flag": "active"}.get(kind, "active")
        tree["for" if kind == "Task" else "subject"] = subject
        if kind == "Task":
            tree["intent"] = "plan"
        return tree


def _placement_profile(legal_status: str) -> str:
    return "children-short-break" if legal_status in _SHORT_BREAKS else "children-placement"


def _called(child: str) -> str:
    return f"Child {child or 'without a number'} of a looked-after children return"


# table: resource, profile, title, first and last day
_SIMPLE: dict[str, tuple[str, str, str, str, str]] = {
    "children-reviews": ("Task", "children-review", "Looked-after child review", "review", ""),
    "children-uasc": ("Observation", "children-asylum", "Unaccompanied asylum-seeking child", "", ""),
    "children-health": ("Observation", "children-health", "Health of the looked-after child in the year", "", ""),
    "children-care-leaver": ("Observation", "children-care-leaver", "Care leaver", "", ""),
    "children-adoption": ("Observation", "children-adoption", "Adoption", "", ""),
    "children-placed-for-adoption": (
        "Observation", "children-adoption", "Decision that the child should be placed for adoption", "date_placed",
        "date_placed_ceased",
    ),
    "children-previous-permanence": (
        "Observation", "children-adoption", "Permanence before being looked after", "date_perm", "",
    ),
    "children-missing": ("Flag", "children-missing", "Missing from placement", "mis_start", "mis_end"),
    "children-social-worker": ("CareTeam", "children-social-worker", "Children's social worker", "sw_decom", "sw_dec"),
}  # fmt: skip
