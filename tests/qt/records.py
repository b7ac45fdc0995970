"""An invented person, released as the gate would.

Margaret "Peggy" Ellison lives only here; her NHS number is from the 999 test range.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from consent.disclosure import (
    Banner,
    BannerItem,
    Conflict,
    DisclosedEntry,
    DisclosedRecord,
    DisclosedSection,
    DisclosedSource,
    NightsAtHome,
    SectionState,
)
from consent.request import Actor, Request
from desktop.models.words import day
from fhir.entries import Code, Entry, EntryId, Field, Lane, Link, Measure, PersonId, Source, SourceKind, When
from fhir.people import Address, Demographics, Identity, PersonName
from fhir.sections import sections

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PERSON = PersonId("p1")
NAME, NHS_NUMBER = "Margaret ELLISON", "9990123454"

GP = Source(name="Mill Surgery", lane="gp", key="gp")
HOSPITAL = Source(name="Thornbury General Hospital", lane="hospital", key="hospital")
COMMUNITY = Source(name="Riverside Community Team", lane="community", key="community")
MENTAL = Source(name="Fenland Mental Health", lane="mental-health", key="mental")
COUNCIL = Source(name="Thornbury Council", kind="social-care", lane="social-care", key="council")
OWN = Source(name="Peggy Ellison", kind="person", lane="person", key="own")

_ids = itertools.count(1)


def entry(section: str, title: str, source: Source, start: str = "", **more: object) -> DisclosedEntry:
    """One released entry; `end`, `ongoing` and `text` go into its date, `agreement` beside it."""
    end, ongoing = str(more.pop("end", "")), bool(more.pop("ongoing", False))
    text = str(more.pop("text", "")) or (f"{day(start)} to {day(end)}" if end else day(start, time=True))
    precision = {4: "year", 7: "month", 10: "day"}.get(len(start), "instant" if start else "unknown")
    agreement = str(more.pop("agreement", ""))
    made = Entry(
        entry_id=EntryId(f"e{next(_ids)}"),
        section=section,
        kind=str(more.pop("kind", section)),
        title=title,
        resource=str(more.pop("resource", f"Basic/{next(_ids)}")),
        source=source,
        when=When(start=start, end=end, precision=precision, text=text, ongoing=ongoing),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    return DisclosedEntry(
        entry=made,
        categories=("general",),
        because="Direct care: you said that the person is on your caseload.",
        agreement=agreement,
    )


def peggy() -> list[DisclosedEntry]:
    """Everything that is released of Peggy."""
    active = {"active": True}
    return [
        entry(
            "about-me",
            "What matters to me",
            OWN,
            "2026-10-02",
            own_words=True,
            detail="I want to stay in my own home with the cat. Ask me before you move my things. Mornings are slow; "
            "come after ten. My daughter Ruth knows me best.",
        ),
        entry("about-me", "Please do", OWN, "2026-10-02", own_words=True, detail="Knock and call out."),
        entry(
            "about-me", "Please don't", OWN, "2026-10-02", own_words=True, detail="Wear a mask without telling me why."
        ),
        entry(
            "problems",
            "Heart failure",
            GP,
            "2019-05-14",
            agreement="agree",
            codes=_snomed("84114007", "Heart failure"),
            **active,
        ),
        entry(
            "problems",
            "Mixed dementia",
            MENTAL,
            "2023",
            text="about 2023",
            codes=_snomed("79341000119107", "Mixed dementia"),
            **active,
        ),
        entry("problems", "Venous leg ulcer, right", COMMUNITY, "2026-08-08", **active),
        entry("problems", "Atrial fibrillation", GP, "2018-03", **active),
        entry("problems", "Fractured wrist", HOSPITAL, "2011-01-20", end="2011-03-14", active=False),
        entry("medicines", "Apixaban", GP, "2018-04-02", value="5 mg twice a day", **active),
        entry(
            "medicines",
            "Bisoprolol",
            GP,
            "2019-05-20",
            value="2.5 mg once a day",
            agreement="differ",
            resource="MedicationRequest/b1",
            **active,
        ),
        entry(
            "medicines",
            "Furosemide",
            HOSPITAL,
            "2026-11-12",
            value="40 mg in the morning",
            links=(Link("encounter", "Encounter/fall"),),
            **active,
        ),
        entry("medicines", "Donepezil", MENTAL, "2023-06-01", value="5 mg at night", **active),
        entry("medicines", "Bisoprolol", HOSPITAL, "2026-10-25", value="5 mg once a day", agreement="differ", **active),
        entry(
            "medicines",
            "Amoxicillin",
            GP,
            "2025-01-05",
            end="2025-01-12",
            value="500 mg three times a day",
            active=False,
        ),
        entry(
            "allergies",
            "Penicillin",
            GP,
            "1974",
            value="Anaphylaxis",
            text="1974",
            resource="AllergyIntolerance/a1",
            **active,
        ),
        entry(
            "admissions",
            "Fall at home, hip contusion",
            HOSPITAL,
            "2026-10-18",
            end="2026-10-25",
            kind="admission",
            resource="Encounter/fall",
            detail="7 nights, Ward 7",
            author="Ward team, Thornbury General Hospital",
            recorded="2026-10-26T06:10:00Z",
            fields=(
                Field("Where", "Thornbury General, Ward 7"),
                Field("Why", "Mechanical fall, bathroom"),
                Field("Went home to", "Own home, home care doubled"),
            ),
            codes=_snomed("217082002", "Accidental fall"),
            links=(Link("hospitalization.origin", "Task/assess"),),
        ),
        entry(
            "admissions",
            "Chest infection",
            HOSPITAL,
            "2026-04-02",
            end="2026-04-11",
            kind="admission",
            detail="9 nights",
        ),
        entry("discharges", "Discharge summary", HOSPITAL, "2026-10-25", detail="Home with increased support"),
        *(entry("contacts", "GP consultation", GP, date, detail=words) for date, words in _CONSULTATIONS),
        entry("contacts", "Leg dressing", COMMUNITY, "2026-11-19", detail="District nurse visit"),
        entry("contacts", "Memory clinic review", MENTAL, "2026-03-12", detail="Stable; carer strain noted"),
        entry("appointments", "Leg dressing", COMMUNITY, "2026-11-23T10:15:00Z", detail="Community nursing", **active),
        entry("appointments", "Memory clinic", MENTAL, "2026-12-03T14:00:00Z", detail="Dr Okafor", **active),
        entry(
            "assessments",
            "Care and support review due",
            COUNCIL,
            "2026-11-25",
            detail="Last reviewed 2 Nov 2025",
            **active,
        ),
        entry(
            "assessments",
            "Long term assessment completed",
            COUNCIL,
            "2026-10-27",
            detail="Outcome: support planning",
            resource="Task/assess",
        ),
        entry(
            "services",
            "Home care",
            COUNCIL,
            "2026-10-26",
            ongoing=True,
            value="14 hours a week",
            detail="Fenland Home Care",
            as_at="2026-11-01",
            **active,
        ),
        entry(
            "services",
            "Home care",
            COUNCIL,
            "2025-03-01",
            end="2026-10-25",
            value="7 hours a week",
            active=False,
            as_at="2026-11-01",
        ),
        entry("services", "District nursing", COMMUNITY, "2026-08-10", ongoing=True, value="3 visits a week", **active),
        entry("services", "Community meals", COUNCIL, "2022-01-10", end="2024-08-31", active=False),
        entry("equipment", "Raised toilet seat", COUNCIL, "2026-10-30", **active),
        entry(
            "results",
            "Blood pressure",
            GP,
            "2026-11-02",
            value="128/76 mmHg",
            measures=(
                Measure(value="128", unit="mmHg", name="Systolic"),
                Measure(value="76", unit="mmHg", name="Diastolic"),
            ),
        ),
        entry(
            "results",
            "eGFR",
            GP,
            "2026-11-02",
            value="48 mL/min/1.73 m²",
            measures=(Measure(value="48", unit="mL/min/1.73 m²", low="60", interpretation="Low"),),
        ),
        entry(
            "results",
            "Haemoglobin",
            HOSPITAL,
            "2026-10-19",
            value="118 g/L",
            warnings=("The result's reference range could not be read.",),
        ),
        entry(
            "results",
            "Potassium",
            HOSPITAL,
            "2026-10-19",
            value="4.4 mmol/L",
            assertion="not-a-fact",
            status="entered in error",
        ),
        entry(
            "end-of-life",
            "Not for CPR",
            GP,
            "2026-03-03",
            kind="cpr-decision",
            detail="ReSPECT form. Check the signed form.",
            resource="Consent/cpr",
        ),
        entry(
            "personal-contacts",
            "Ruth Ellison",
            GP,
            detail="Daughter, unpaid carer; attorney for health and welfare",
            value="07700 900 123",
        ),
        entry("professional-contacts", "Adult Care North", COUNCIL, detail="Key worker: social worker"),
        entry("gp-practice", "Mill Surgery", GP, detail="Registered GP: Dr A. Mistry"),
        entry("documents", "Discharge letter", HOSPITAL, "2026-10-25", detail="PDF, 2 pages"),
        entry("vaccinations", "Influenza", GP, "2026-09-28", detail="Left arm"),
        entry("requirements", "Hard of hearing; face her, speak slowly", GP, "2021-06-01", resource="Flag/hearing"),
    ]


_CONSULTATIONS = [
    ("2025-12-09", "Breathlessness review"),
    ("2026-02-03", "Leg swelling"),
    ("2026-02-24", "Blood test review"),
    ("2026-05-15", "After hospital review"),
    ("2026-06-30", "Medicines review"),
    ("2026-08-08", "Leg ulcer, referred to community nursing"),
    ("2026-09-28", "Flu vaccination"),
    ("2026-11-12", "Letter from hospital received; not yet reconciled with the repeat medicines"),
]


def _snomed(code: str, display: str) -> tuple[Code, ...]:
    return (Code("http://snomed.info/sct", code, display),)


def record(
    items: Sequence[DisclosedEntry] | None = None,
    name: PersonName | None = None,
    states: dict[str, SectionState] | None = None,
    person: PersonId = PERSON,
) -> DisclosedRecord:
    """A released record of these entries (Peggy's when left out); sections without any take the states given."""
    found = peggy() if items is None else list(items)
    by_resource = {item.entry.resource: item.entry.entry_id for item in found}
    identity = Identity(
        names=(name or PersonName(family="Ellison", given=("Margaret",), use="official"),),
        birth_date="1938-02-14",
        gender="female",
        nhs_number=NHS_NUMBER,
        nhs_status="verified",
    )
    demographics = Demographics(
        identity=identity,
        preferred_name="Peggy",
        addresses=(Address(lines=("12 Mill Lane", "Thornbury"), postcode="ZZ99 3VZ", use="home"),),
    )
    chosen: dict[str, SectionState] = {
        "safeguarding": "nothing-shown",
        "money": "not-connected",
        "family-history": "failed",
    }
    chosen.update(states or {})
    shown = {}
    for key, section in sections().items():
        inside = tuple(item for item in found if item.entry.section == key)
        state: SectionState = "data" if inside else chosen.get(key, "none-recorded")
        words = "The council's extract is as at 1 Nov 2026, not today." if key == "services" and inside else ""
        shown[key] = DisclosedSection(section=section, state=state, entries=inside, notice=words)
    sources: dict[str, list[DisclosedEntry]] = {}
    for item in found:
        sources.setdefault(item.entry.source.key, []).append(item)
    return DisclosedRecord(
        person=person,
        request=Request(person, Actor("Asha", "nurse", "Riverside Community Team"), "TREAT", "caseload", NOW),
        banner=Banner(
            identity=identity,
            demographics=demographics,
            items=(
                BannerItem(
                    "allergy", "Allergy", "Penicillin: anaphylaxis", "danger", by_resource.get("AllergyIntolerance/a1")
                ),
                BannerItem(
                    "cpr",
                    "Resuscitation",
                    "Not for CPR · ReSPECT 3 Mar 2026. Check the signed form",
                    "danger",
                    by_resource.get("Consent/cpr"),
                ),
                BannerItem(
                    "adjustment",
                    "Adjustments",
                    "Hard of hearing; face her, speak slowly",
                    "plain",
                    by_resource.get("Flag/hearing"),
                ),
                BannerItem("key-worker", "Key worker", "Social worker, Adult Care North", "info"),
            ),
            not_shared="Some kinds of information may not be shown to you",
        ),
        sections=shown,
        sources=tuple(
            DisclosedSource(
                items[0].entry.source.name,
                str(_kind(items)),
                _lane(items),
                len(items),
                max(i.entry.when.start[:10] for i in items),
            )
            for items in sources.values()
        ),
        conflicts=()
        if items is not None
        else (
            Conflict(
                "medicine",
                "high",
                "Bisoprolol: 2.5 mg at the GP, 5 mg in the discharge letter",
                (by_resource["MedicationRequest/b1"],),
            ),
            Conflict("address", "medium", "12 Mill Lane at the GP, 4 Orchard Close at the hospital", ()),
            Conflict("next-of-kin", "low", "Next of kin: Ruth Ellison at the GP, none at the hospital", ()),
        ),
        nights_at_home=NightsAtHome(
            known=True,
            until="2026-11-21",
            nights=365,
            home=349,
            away=(
                ("Fall at home, Thornbury General Hospital", "18 Oct 2026 to 25 Oct 2026", 7),
                ("Chest infection, Thornbury General Hospital", "2 Apr 2026 to 11 Apr 2026", 9),
            ),
        ),
    )


def _kind(items: list[DisclosedEntry]) -> SourceKind:
    return items[0].entry.source.kind


def _lane(items: list[DisclosedEntry]) -> Lane:
    return items[0].entry.source.lane
