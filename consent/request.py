"""Who asks, for whom, why: the request side of a decision (XACML request; purposes are HL7 v3 PurposeOfUse)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from fhir.entries import PersonId

Relationship = Literal["registered", "caseload", "referred", "present", "self-claimed", "none"]
RELATIONSHIPS: tuple[str, ...] = get_args(Relationship)

Role = Literal[
    "gp",
    "nurse",
    "health-visitor",
    "hospital-clinician",
    "mental-health",
    "amhp",
    "pharmacist",
    "ambulance",
    "therapist",
    "midwife",
    "social-worker",
    "childrens-social-worker",
    "care-home",
    "home-care",
    "supported-living",
    "link-worker",
    "administrator",
    "person",
    "carer",
    "proxy",
    "privacy-officer",
    "custodian",
    "tester",
]
ROLES: tuple[str, ...] = get_args(Role)
STAFF_ROLES: frozenset[str] = frozenset(ROLES) - {"person", "carer", "proxy", "privacy-officer", "custodian"}

PURPOSES: dict[str, str] = {
    "TREAT": "Direct care",
    "ETREAT": "Emergency care",
    "CAREMGT": "Managing or coordinating care",
    "HOPERAT": "Running the service",
    "HPAYMT": "Paying for care",
    "HRESCH": "Research",
    "PUBHLTH": "Public health",
    "PATRQT": "The person asked",
    "FAMRQT": "The family asked",
    "BTG": "Break glass",
}

Action = Literal["access", "collect", "use", "disclose", "correct"]


@dataclass(frozen=True)
class Actor:
    """Who asks. `principals` are the keys' names under which the store released entries to them; `former` are names
    that the organisation had before."""

    user: str
    role: Role
    organisation: str
    principals: frozenset[str] = frozenset()
    former: tuple[str, ...] = ()

    @property
    def organisations(self) -> tuple[str, ...]:
        """Every name that the organisation has or had: choices and records may know it by any of them."""
        return (self.organisation, *self.former) if self.organisation else ()


@dataclass(frozen=True)
class Request:
    """One request to see one person's record. `reason` is the reader's own words, kept in the access log."""

    person: PersonId
    actor: Actor
    purpose: str
    relationship: Relationship
    now: datetime
    reason: str = ""
    action: Action = "access"
