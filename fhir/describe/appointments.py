"""Appointments and the slots they stand in: Appointment, AppointmentResponse, Slot, Schedule."""

from __future__ import annotations

from fhir import temporal
from fhir.codes import concept_codes
from fhir.describe.context import Context, Describer
from fhir.describe.generic import coded, note_lines, readable, tell
from fhir.entries import Entry
from fhir.records import Resource
from fhir.shapes import first, items, text

_OPEN = ("proposed", "pending", "booked", "arrived", "checked-in", "waitlist")
_WORDS = {"noshow": "did not attend", "proposed": "proposed, not confirmed", "waitlist": "on waiting list"}


def describe_appointment(resource: Resource, context: Context) -> list[Entry]:
    """One appointment: what for, when, with whom and where."""
    tree = resource.tree
    status = text(tree, "status")
    what = coded(tree, "specialty", "serviceType", "serviceCategory", "appointmentType")
    reason = coded(tree, "reasonCode", "reason") or readable(context.who(tree.get("reasonReference"), resource))
    description = text(tree, "description")
    people: list[str] = []
    places: list[str] = []
    for item in items(tree, "participant"):
        kind = text(context.tree_of(item.get("actor"), resource), "resourceType")
        kind = kind or text(first(item, "actor"), "reference").split("/")[0]
        name = readable(context.who(item.get("actor"), resource))
        if kind != "Patient" and name and name != "The person":
            (places if kind == "Location" else people).append(name)
    when = temporal.between(text(tree, "start"), text(tree, "end"))
    told = [description, text(tree, "comment"), text(tree, "patientInstruction"), note_lines(tree)]
    return [
        tell(
            resource,
            context,
            section="appointments",
            kind="appointment",
            title=f"Appointment: {what or reason or description}" if what or reason or description else "Appointment",
            own=concept_codes(tree, "serviceType") + concept_codes(tree, "reasonCode"),
            first=context.fields(
                ("With", ", ".join(dict.fromkeys(people))),
                ("Where", ", ".join(dict.fromkeys(places))),
                ("Reason", reason),
                ("Instructions", text(tree, "patientInstruction")),
            ),
            leave_out=("start", "end", "description", "comment", "patientInstruction"),
            detail="\n".join(dict.fromkeys(part for part in told if part)),
            when=when if when.start or when.end else temporal.period(tree.get("requestedPeriod")),
            status=_WORDS.get(status, status),
            active=status in _OPEN if status else None,
            assertion="not-a-fact" if status == "entered-in-error" else "fact",
            author=", ".join(dict.fromkeys(people)),
            recorded=text(tree, "created"),
            nested=("participant.actor",),
        )
    ]


def describe_response(resource: Resource, context: Context) -> list[Entry]:
    """Somebody's answer to an appointment request."""
    tree = resource.tree
    who = readable(context.who(tree.get("actor"), resource))
    status = text(tree, "participantStatus")
    answer = {"accepted": "accepted", "declined": "declined", "tentative": "tentative"}.get(status, status)
    return [
        tell(
            resource,
            context,
            section="appointments",
            kind="response",
            title=f"Answer to an appointment: {answer}" if answer else "Answer to an appointment",
            first=context.fields(("From", who)),
            leave_out=("participantStatus", "start", "end"),
            detail=text(tree, "comment"),
            when=temporal.between(text(tree, "start"), text(tree, "end")),
            status=status,
            author=who,
        )
    ]


def describe_slot(resource: Resource, context: Context) -> list[Entry]:
    """A slot or a clinic's schedule: a time that can be booked, about no person."""
    tree = resource.tree
    what = coded(tree, "specialty", "serviceType", "serviceCategory", "appointmentType")
    word = "Appointment slot" if resource.type == "Slot" else "Clinic schedule"
    period = temporal.period(tree.get("planningHorizon"))
    return [
        tell(
            resource,
            context,
            section="appointments",
            kind="slot" if resource.type == "Slot" else "schedule",
            title=f"{word}: {what}" if what else word,
            leave_out=("start", "end"),
            detail=text(tree, "comment"),
            when=temporal.between(text(tree, "start"), text(tree, "end")) if resource.type == "Slot" else period,
            status=text(tree, "status"),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "Appointment": describe_appointment,
    "AppointmentResponse": describe_response,
    "Slot": describe_slot,
    "Schedule": describe_slot,
}
