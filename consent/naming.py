"""How workers, organisations and records of this vault are named in a FHIR Consent.

A kind of worker is a role coding without a reference; an organisation and a worker are identifiers; a single record is
its "Type/id". Names of organisations are compared without regard to case and spacing. Knows no rule and no store.
"""

from __future__ import annotations

from consent.vocabulary import Coding

BASE = "https://fhir.onestory.example"
ROLE = f"{BASE}/CodeSystem/role"
CATEGORY = f"{BASE}/CodeSystem/category"
ORGANISATION = f"{BASE}/Id/organisation"
USER = f"{BASE}/Id/user"
OWN_IDENTIFIERS = frozenset({ORGANISATION, USER})
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def role_coding(role: str) -> Coding:
    """The coding of a kind of worker (`consent.request.ROLES`)."""
    return Coding(ROLE, role)


def spoken(name: str) -> str:
    """A name as it is compared: lower case, single spaces."""
    return " ".join(name.split()).casefold()


def organisation_name(name: str) -> str:
    """The name by which rules and requests know an organisation of the vault, as pointers have it."""
    return f"identifier {ORGANISATION}|{spoken(name)}"


def user_name(name: str) -> str:
    """The name by which rules and requests know a user of the vault, as pointers have it."""
    return f"identifier {USER}|{spoken(name)}"
