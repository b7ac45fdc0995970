"""The Patient of each source, and the people around them: each source may spell and date the person its own way."""

from __future__ import annotations

from desktop.demo.build import (
    INTERWEAVE,
    INTERWEAVE_CODES,
    NHS_NUMBER,
    TERMINOLOGY,
    UK_CORE,
    UK_CORE_CODES,
    RecordFile,
    Row,
    coded,
    coding,
    extension,
    lists,
    without_empty,
)


def patient(file: RecordFile, person: Row) -> None:
    """The Patient resource: `person` is the story's person with this source's own version of it laid over."""
    title, family = person.get("title", ""), person["family"]
    names = [{"use": "official", "family": family, "given": person["given"], "prefix": [title] if title else []}]
    if person.get("preferred"):
        names.append({"use": "nickname", "given": [person["preferred"]], "family": family})
    names.extend({"use": "old", **old} for old in person.get("old_names", []))
    extensions = []
    if person.get("ethnicity"):
        ethnic = coded(
            f"{UK_CORE_CODES}/UKCore-EthnicCategoryEngland",
            person["ethnicity"],
            lists()["ethnicity"][person["ethnicity"]],
        )
        extensions.append(extension(f"{UK_CORE}/Extension-UKCore-EthnicCategory", valueCodeableConcept=ethnic))
    if person.get("pronouns"):
        pronouns = {"text": person["pronouns"]}
        extensions.append(
            extension(
                "http://hl7.org/fhir/StructureDefinition/individual-pronouns",
                extension=[{"url": "value", "valueCodeableConcept": pronouns}],
            )
        )
    if person.get("interpreter"):
        extensions.append(
            extension("http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", valueBoolean=True)
        )
    reference = file.add(
        "Patient",
        {"id": "person", "labels": person.get("labels", [])},
        without_empty(
            {
                "extension": extensions,
                "identifier": _identifiers(file, person),
                "active": True,
                "name": [without_empty(name) for name in names],
                "telecom": _telecom(person),
                "gender": person["sex"],
                "birthDate": person["born"],
                "deceasedDateTime": file.at(person["died"]) if person.get("died") else "",
                "address": [_address(file, address) for address in person.get("addresses", [])],
                "maritalStatus": {"text": person["marital"]} if person.get("marital") else {},
                "communication": _communication(person),
                "generalPractitioner": [file.organisation(person["practice"])] if person.get("practice") else [],
            }
        ),
        profile=f"{INTERWEAVE}/Interweave-Patient" if file.lane == "social-care" else "",
    )
    title_and_name = " ".join(part for part in (title, *person["given"], family.upper()) if part)
    file.subject = {**reference, "display": title_and_name}


def _identifiers(file: RecordFile, person: Row) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if person.get("nhs"):
        verified = person.get("verified", True)
        status = ("01", "Number present and verified") if verified else ("02", "Number present but not traced")
        system = f"{UK_CORE_CODES}/UKCore-NHSNumberVerificationStatusEngland"
        verification = extension(
            f"{UK_CORE}/Extension-UKCore-NHSNumberVerificationStatus", valueCodeableConcept=coded(system, *status)
        )
        found.append({"extension": [verification], "system": NHS_NUMBER, "value": person["nhs"]})
    if person.get("local"):
        found.append({"system": f"{file.base}/Id/local-person-identifier", "value": person["local"]})
    return found


def _telecom(person: Row) -> list[dict[str, str]]:
    found = []
    if person.get("phone"):
        found.append({"system": "phone", "value": person["phone"], "use": "home"})
    if person.get("mobile"):
        found.append({"system": "phone", "value": person["mobile"], "use": "mobile"})
    if person.get("email"):
        found.append({"system": "email", "value": person["email"], "use": "home"})
    return found


def _address(file: RecordFile, row: Row) -> dict[str, object]:
    return without_empty(
        {
            "use": row.get("use", "home"),
            "line": row["lines"],
            "city": "Thornbridge",
            "postalCode": row["postcode"],
            "period": file.period(row.get("from", ""), row.get("until", "")),
        }
    )


def _communication(person: Row) -> list[dict[str, object]]:
    code, name = person.get("language", ["", ""])
    return [{"language": coded("urn:ietf:bcp:47", code, name), "preferred": True}] if name else []


def contact(file: RecordFile, row: Row) -> None:
    """Someone in the person's life: relation, what they do (Interweave support roles), how to reach them."""
    roles = [
        extension(
            f"{INTERWEAVE}/Extension-Interweave-SocialCareSupportRole",
            extension=[
                {
                    "url": "supportRoleType",
                    "valueCodeableConcept": coded(
                        f"{INTERWEAVE_CODES}/Interweave-SocialCareSupportRole", role, lists()["support-role"][role]
                    ),
                },
                {"url": "supportRolePeriod", "valuePeriod": file.period(row.get("from", "2020"))},
            ],
        )
        for role in row.get("roles", [])
    ]
    relation = lists()["relationship"].get(row["relation"])
    relationship = [
        {
            "coding": [coding(f"{TERMINOLOGY}/v3-RoleCode", *relation)] if relation else [],
            "text": row.get("described", row["relation"].capitalize()),
        }
    ]
    address = row.get("address")
    file.add(
        "RelatedPerson",
        row,
        without_empty(
            {
                "extension": roles,
                "active": row.get("active", True),
                "patient": file.subject,
                "relationship": [without_empty(one) for one in relationship],
                "name": [without_empty({"use": "usual", "given": row["given"], "family": row["family"]})],
                "telecom": _telecom(row),
                "gender": row.get("sex", ""),
                "address": [_address(file, address)] if address else [],
                "period": file.period(row.get("from", ""), row.get("until", "")),
            }
        ),
        profile=f"{INTERWEAVE}/Interweave-RelatedPerson" if roles else "",
    )
