"""One source's file about one person, as it is being written: identifiers, references, organisations and staff.

`RecordFile` collects FHIR R4 resources (UK Core and Interweave shapes) as plain dictionaries. `clinical` and
`social_care` add the kinds of entry; `gp_connect` rewrites a finished file as STU3.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from desktop.demo.calendar import Calendar

Row = Mapping[str, Any]
Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition"
UK_CORE_CODES = "https://fhir.hl7.org.uk/CodeSystem"
INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/R4/StructureDefinition"
INTERWEAVE_CODES = "https://fhir.interweavedigital.nhs.uk/CodeSystem"
OWN = "https://fhir.onestory.example/StructureDefinition"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
CONFIDENTIALITY = frozenset("ULMNRV")


@cache
def places() -> dict[str, Any]:
    """The invented town: `sources`, `organisations`, `staff`, by key."""
    return tomllib.loads((resources.files("desktop.demo") / "places.toml").read_text("utf-8"))


@cache
def codes() -> dict[str, Any]:
    """The codes in use: `concepts` and `tests`, by key."""
    return tomllib.loads((resources.files("desktop.demo") / "codes.toml").read_text("utf-8"))


@cache
def lists() -> dict[str, Any]:
    """The parts of published code lists in use, by list name."""
    return tomllib.loads((resources.files("desktop.demo") / "lists.toml").read_text("utf-8"))


def coding(system: str, code: str, display: str) -> dict[str, str]:
    """One Coding."""
    return {"system": system, "code": code, "display": display}


def concept(key: str, text: str = "") -> dict[str, Any]:
    """A CodeableConcept: coded where `key` is in codes.toml, otherwise `key` itself as text."""
    known = codes()["concepts"].get(key)
    if known is None:
        return {"text": text or key}
    code, name, *system = known
    return {"coding": [coding(system[0] if system else SNOMED, code, name)], "text": text or name}


def coded(system: str, code: str, display: str, text: str = "") -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    return {"coding": [coding(system, code, display)], "text": text or display}


def extension(url: str, **value: Any) -> dict[str, Any]:
    """An extension with one value, `extension(url, valueString="…")`, or with nested `extension`."""
    return {"url": url, **value}


def labels(codes_given: list[str]) -> list[dict[str, str]]:
    """Security labels by code: v3-Confidentiality for U L M N R V, v3-ActCode for the rest."""
    return [
        coding(
            f"{TERMINOLOGY}/{'v3-Confidentiality' if code in CONFIDENTIALITY else 'v3-ActCode'}",
            code,
            lists()["security"].get(code, code),
        )
        for code in codes_given
    ]


def data(text: str) -> str:
    """Text as a base64 attachment."""
    return base64.b64encode(text.encode()).decode()


class RecordFile:
    """The resources of one source about one person.

    `reference` may be called before the resource it names is added; ids follow from person, source, type and key.
    With `shared`, the Patient is the one of that source: the file is to be a part of a shared record.
    """

    def __init__(self, slug: str, source: str, calendar: Calendar, shared: str = "") -> None:
        place = places()["sources"][source]
        self.slug = slug
        self.source = source
        self.shared = shared or source
        self.lane: str = place["lane"]
        self.system: str = place["system"]
        self.organisation_key: str = place["organisation"]
        self.calendar = calendar
        self.base = f"https://{source}.thornbridge.example/fhir"
        self.subject: dict[str, str] = {}
        self.resources: list[Resource] = []
        self.directory: dict[str, Resource] = {}
        self._numbers: dict[str, int] = {}
        self._updated = calendar.instant("2026-11-20", "22:15")
        owner = places()["organisations"].get(self.organisation_key)
        self.tags = [coding("https://fhir.interweavedigital.nhs.uk/Source", f"THB-{source.upper()}", self.system)]
        code, name = (owner["code"], owner["name"]) if owner else ("PERSON", self.system)
        self.tags.append(coding("https://fhir.interweavedigital.nhs.uk/Provenance", code, name))

    def identity(self, resource_type: str, key: str) -> str:
        """The id of this person's resource of that type and key in this source."""
        source = self.shared if resource_type == "Patient" else self.source
        digest = hashlib.blake2b(f"{self.slug}|{source}|{resource_type}|{key}".encode(), digest_size=16).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"

    def reference(self, resource_type: str, key: str, display: str = "") -> dict[str, str]:
        """A reference to this person's resource, made now or later."""
        link = {"reference": f"{resource_type}/{self.identity(resource_type, key)}"}
        return {**link, "display": display} if display else link

    def add(self, resource_type: str, row: Row, elements: Resource, *, profile: str = "") -> dict[str, str]:
        """Add a resource; `row` gives its key ("id"), labels and free narrative. Returns a reference to it."""
        number = self._numbers[resource_type] = self._numbers.get(resource_type, 0) + 1
        key = str(row.get("id", number))
        meta = self.meta(profile or f"{UK_CORE}/UKCore-{resource_type}", row.get("labels", []))
        identity = self.identity(resource_type, key)
        self.resources.append({"resourceType": resource_type, "id": identity, "meta": meta, **elements})
        return {"reference": f"{resource_type}/{identity}"}

    def meta(self, profile: str, security: list[str]) -> dict[str, Any]:
        """Where it comes from: profile, source, Interweave tags, and security labels where there are any."""
        meta: dict[str, Any] = {"lastUpdated": self._updated, "source": self.base}
        if "example" not in profile:
            meta["profile"] = [profile]
        if security:
            meta["security"] = labels(security)
        meta["tag"] = self.tags
        return meta

    def organisation(self, key: str = "") -> dict[str, str]:
        """A reference to an organisation of places.toml, which is added to the file once."""
        key = key or self.organisation_key
        row = places()["organisations"][key]
        identity = f"{self.source}-org-{key}"
        if identity not in self.directory:
            self.directory[identity] = {
                "resourceType": "Organization",
                "id": identity,
                "meta": self.meta(f"{UK_CORE}/UKCore-Organization", []),
                "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": row["code"]}],
                "active": True,
                "type": [
                    coded(f"{TERMINOLOGY}/organization-type", row["type"], lists()["organisation-type"][row["type"]])
                ],
                "name": row["name"],
                "telecom": [{"system": "phone", "value": row["phone"], "use": "work"}],
                "address": [
                    {"use": "work", "line": [row["line"]], "city": "Thornbridge", "postalCode": row["postcode"]}
                ],
            }
        return {"reference": f"Organization/{identity}", "display": row["name"]}

    def staff(self, key: str) -> dict[str, str]:
        """A reference to a practitioner of places.toml, who is added to the file once, with role and organisation."""
        row = places()["staff"][key]
        prefix, given, family = row["name"]
        identity = f"{self.source}-staff-{key}"
        if identity not in self.directory:
            number = 9900000 + int(hashlib.blake2b(key.encode(), digest_size=2).hexdigest(), 16)
            self.directory[identity] = {
                "resourceType": "Practitioner",
                "id": identity,
                "meta": self.meta(f"{UK_CORE}/UKCore-Practitioner", []),
                "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": str(number)}],
                "active": True,
                "name": [{"use": "official", "family": family, "given": [given], "prefix": [prefix]}],
            }
            self.directory[f"{self.source}-role-{key}"] = {
                "resourceType": "PractitionerRole",
                "id": f"{self.source}-role-{key}",
                "meta": self.meta(f"{UK_CORE}/UKCore-PractitionerRole", []),
                "active": True,
                "practitioner": {"reference": f"Practitioner/{identity}"},
                "organization": self.organisation(row["organisation"]),
                "code": [{"text": row["role"]}],
                "telecom": [
                    {"system": "phone", "value": places()["organisations"][row["organisation"]]["phone"], "use": "work"}
                ],
            }
        return {"reference": f"Practitioner/{identity}", "display": f"{prefix} {given} {family}, {row['role']}"}

    def who(self, key: str) -> dict[str, str]:
        """A reference to whoever `key` names: "person", a related person ("related:ruth"), an organisation or staff."""
        if key == "person":
            return self.subject
        if key.startswith("related:"):
            return self.reference("RelatedPerson", key.partition(":")[2])
        return self.staff(key) if key in places()["staff"] else self.organisation(key)

    def day(self, written: str) -> str:
        """A FHIR date of the story, moved with its calendar."""
        return self.calendar.day(written)

    def at(self, written: str) -> str:
        """A FHIR dateTime of the story, moved with its calendar."""
        return self.calendar.at(written)

    def period(self, start: str = "", end: str = "") -> dict[str, str]:
        """A FHIR Period; an empty end is open."""
        return {name: self.at(value) for name, value in (("start", start), ("end", end)) if value}

    def words(self, text: str) -> str:
        """Text with the story's dates written out."""
        return self.calendar.words(text.strip())

    def notes(self, row: Row) -> list[dict[str, str]]:
        """The row's note as an Annotation list, empty where it has none."""
        return [{"text": self.words(row["note"])}] if row.get("note") else []

    def bundle(self) -> Resource:
        """The file as a collection Bundle with absolute full URLs."""
        everything = [*self.resources[:1], *self.directory.values(), *self.resources[1:]]
        return {
            "resourceType": "Bundle",
            "id": self.identity("Bundle", "file"),
            "meta": {"lastUpdated": self._updated, "source": self.base, "tag": self.tags},
            "type": "collection",
            "timestamp": self._updated,
            "entry": [
                {"fullUrl": f"{self.base}/{one['resourceType']}/{one['id']}", "resource": one} for one in everything
            ],
        }


def without_empty(elements: Resource) -> Resource:
    """The elements that say something: no empty lists, texts or objects, which FHIR forbids."""
    return {name: value for name, value in elements.items() if value not in ("", None, [], {})}
