"""Adding to a person's record: who may, what is kept of it in the log, and what is answered.

The resource itself is made into a document by `fhir.contributions` and stored on the road of every import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from consent.acting import linked
from consent.decision import Policy, RoleDefaults, attributes, decide
from consent.defaults import defaults
from consent.disclosure import DisclosedRecord
from consent.labelling import label
from consent.ports import AccessEvent
from consent.request import STAFF_ROLES, Actor
from desktop.errors import WorkspaceError
from desktop.models import words
from fhir.contributions import Contribution, Contributor, contribution
from fhir.entries import Lane
from fhir.errors import RefusedError
from fhir.people import Identity
from fhir.records import Issue

CONTRIBUTORS = STAFF_ROLES | {"person", "carer", "proxy"}
"""Who may add to a record that they may open: staff, the person to their own, and whoever cares or acts for somebody to
theirs, within what they may see of it and while their right to see it counts."""

_LANES: dict[str, Lane] = {
    "gp": "gp",
    "hospital-clinician": "hospital",
    "midwife": "hospital",
    "mental-health": "mental-health",
    "amhp": "mental-health",
    "nurse": "community",
    "health-visitor": "community",
    "therapist": "community",
    "pharmacist": "community",
    "ambulance": "community",
    "link-worker": "community",
    "social-worker": "social-care",
    "childrens-social-worker": "social-care",
    "home-care": "social-care",
    "care-home": "social-care",
    "supported-living": "social-care",
    "person": "person",
    "carer": "person",
    "proxy": "person",
}
"""The kind of service a role works in, where the name of the organisation does not tell."""

NOT_YOURS = "Your role may not add to records."
NOT_WITHIN = "You may only add what you may also see of this record."
NOTHING_OPEN = "Nothing can be added to a record of which nothing may be shown to you."


@dataclass(frozen=True)
class Contributed:
    """What was added: the import that holds it, its resource and Provenance ("Type/id"), entry ids, and findings."""

    person: str
    import_id: str
    resource: str
    provenance: str
    entries: tuple[str, ...]
    issues: tuple[Issue, ...] = ()


def require_contributor(role: str) -> None:
    """Raises WorkspaceError for a role that may not add."""
    if role not in CONTRIBUTORS:
        raise WorkspaceError(NOT_YOURS)


def prepare(record: DisclosedRecord, data: bytes) -> Contribution:
    """The document of a contribution to an opened record. Raises WorkspaceError where it cannot be added."""
    if any(notice.startswith("Nothing is shown:") for notice in record.notices):
        raise WorkspaceError(NOTHING_OPEN)
    actor = record.request.actor
    time = record.request.now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    by = Contributor(
        name=actor.user,
        role=words.role(actor.role),
        organisation="" if actor.role == "person" else source_of(actor),
        time=time,
        person=actor.role == "person",
        for_them=actor.role == "proxy",
        lane=_LANES.get(actor.role, "other"),
    )
    known_as = {
        item.entry.resource
        for section in record.sections.values()
        for item in section.entries
        if item.entry.resource_type == "Patient"
    }
    try:
        return contribution(data, record.person, _identity(record), known_as, by)
    except RefusedError as error:
        raise WorkspaceError(error.reason) from None


def require_within(record: DisclosedRecord, made: Contribution, own: Policy | None) -> None:
    """Whoever acts for somebody adds only what they would also be shown: `own` says what that is. Raises
    WorkspaceError."""
    request = record.request
    if own is None or request.actor.role == "person":
        return
    for labelled in label([entry for one in made.understood.described for entry in one.entries]):
        said = own.rule_on(attributes(labelled), request)
        if said is None or said.effect == "withhold":
            raise WorkspaceError(NOT_WITHIN)


def kept_from_writer(record: DisclosedRecord, data: bytes, *, test_data: bool) -> bool:
    """Whether the defaults of their role will not show them, afterwards, all of what they add. Asks the table alone,
    never what anybody chose. Raises WorkspaceError where it cannot be added."""
    table = (RoleDefaults(defaults(), test_data=test_data),)
    entries = [entry for one in prepare(record, data).understood.described for entry in one.entries]
    return any(decide(labelled, record.request, table).effect != "permit" for labelled in label(entries))


def source_of(actor: Actor) -> str:
    """The name of the source of what they add: their organisation; of those who have none, their own."""
    if linked(actor.role, actor.organisation) is None:
        return actor.organisation
    return actor.user if actor.role == "person" else f"{actor.user}, {words.role(actor.role).lower()}"


def _identity(record: DisclosedRecord) -> Identity:
    return record.banner.identity


def event(record: DisclosedRecord, made: Contribution) -> AccessEvent:
    """What the access log keeps of it."""
    request = record.request
    return AccessEvent(
        kind="contribution",
        person=record.person,
        purpose=request.purpose,
        relationship=request.relationship,
        reason=f"added {made.resource.partition('/')[0]}",
        items=tuple(entry.entry_id for one in made.understood.described for entry in one.entries),
    )


def done(
    record: DisclosedRecord, made: Contribution, stored: tuple[str, Sequence[str], Sequence[Issue]]
) -> Contributed:
    """The answer."""
    import_id, entries, issues = stored
    return Contributed(record.person, import_id, made.resource, made.provenance, tuple(entries), tuple(issues))
