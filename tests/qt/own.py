"""A real vault in which a person, and those who act for them, are users beside the staff; and what its users are given.

Margaret, who asks to be called Peggy, let home-care workers see her letters about sexual health in August. Two of the
staff have looked since: her surgery in August, her home-care worker in November.
"""

from __future__ import annotations

import shutil
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commandkit import bundle, condition, nhs_number, patient, write

from consent.categories import categories
from consent.plain_choices import PlainChoice, PlainChoices, What, Who
from consent.plain_consents import to_consents
from desktop.demo.run import AS_OF
from desktop.workspace import Workspace
from fhir.entries import PersonId

PASSPHRASES = {
    "Anita Patel": "mill street morning",
    "Dawn Pryce": "fenland blue cardigan",
    "Margaret Ellison": "cat by the window",
    "Ruth Ellison": "daughter garden bench",
    "Nell Shaw": "neighbour with a key",
}
AUGUST, NOVEMBER = datetime(2026, 8, 3, 9, tzinfo=UTC), datetime(2026, 11, 12, 9, tzinfo=UTC)
NAME, CALLED = "Margaret Rose ELLISON", "Peggy"
HOME_CARE, SEXUAL = Who("role", "home-care"), What("category", "sexual-reproductive")
LETTERS = frozenset({"Elm Clinic letter of March", "Elm Clinic letter of April"})
HIDDEN = LETTERS | {"Doxycycline"}
LABEL = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SEX"}]}

HIDE_LETTERS = (
    "Home care workers, 1 chosen",
    "Home care workers, Sexual and reproductive health: Hidden",
    "Until the end of this year",
    "Save",
    "See as home care workers",
    "Close the preview",
    "Who has looked",
    "Last month",
    "Who can see what",
    "Undo what I saved",
)
"""Hide sexual-health letters from home-care workers until the end of the year, check the result, find who looked last
month, and undo it: every click or press, none left out."""


def sign_in(vault: Path, user: str, now: datetime = AS_OF) -> Workspace:
    """A workspace of one of the users."""
    return Workspace.sign_in(vault, user, PASSPHRASES[user], now=now, anchors=vault.with_name("anchors"))


def make_vault(folder: Path) -> Path:
    """The vault; all of it on disk as these people left it."""
    made = folder / "test.vault"
    anchors, gp = made.with_name("anchors"), "Anita Patel"
    key = Workspace.create(made, gp, "gp", "Mill Street", PASSPHRASES[gp], test_data=True, now=AUGUST, anchors=anchors)
    with sign_in(made, gp, AUGUST) as workspace:
        workspace.import_files([write(folder / "records", "all.json", bundle(*_records()))], _told, lambda: False)
        person = workspace.people()[0].person_id

        def add(name: str, role: str, place: str = "", **more: Any) -> None:
            workspace.add_user(name, role, place, PASSPHRASES[name], recovery_key=key, **more)

        said = {"basis": "permission", "evidence": "She said so on 3 Aug 2026"}
        add("Dawn Pryce", "home-care", "Fenland Home Care")
        add("Margaret Ellison", "person", person=person)
        add("Ruth Ellison", "proxy", person=person, mandate=said | {"scope": tuple(categories())})
        add("Nell Shaw", "carer", person=person, mandate=said | {"scope": ("general", "about-me")})
        shared = PlainChoices((PlainChoice(HOME_CARE, SEXUAL, "on"),))
        workspace.set_choices(person, to_consents(shared, f"Patient/{person}", AUGUST))
        workspace.open_person(person)
    with sign_in(made, "Dawn Pryce", NOVEMBER) as workspace:
        workspace.open_person(person)
    return made


def _records() -> list[dict[str, Any]]:
    names = [
        {"use": "official", "family": "Ellison", "given": ["Margaret", "Rose"]},
        {"use": "usual", "given": ["Peggy"]},
    ]
    letters = [
        {
            "resourceType": "DocumentReference",
            "id": f"letter-{month}",
            "meta": LABEL,
            "status": "current",
            "subject": {"reference": "Patient/peggy"},
            "date": f"2026-0{month}-10T09:00:00Z",
            "description": title,
            "content": [{"attachment": {"contentType": "text/plain", "data": b64encode(title.encode()).decode()}}],
        }
        for month, title in zip((3, 4), sorted(LETTERS, reverse=True), strict=True)
    ]
    medicines = [
        {
            "resourceType": "MedicationStatement",
            "id": name.lower(),
            "status": "active",
            "medicationCodeableConcept": {"text": name},
            "subject": {"reference": "Patient/peggy"},
            "dateAsserted": "2026-05-11",
            **more,
        }
        for name, more in (("Furosemide", {}), ("Doxycycline", {"meta": LABEL}))
    ]
    peggy = patient("peggy", "Ellison", nhs_number(4), born="1938-02-14", name=names)
    return [peggy, condition("heart", "peggy", "Heart failure", code="84114007"), *letters, *medicines]


def _told(_what: str, _done: int, _total: int) -> None:
    """Nobody waits for the progress."""


def given_to(vault: Path, user: str, elsewhere: Path) -> set[str]:
    """The titles of all that the gate and their keys give one of the users now; asked of a copy `elsewhere`, as the
    vault itself may be open in a window."""
    shutil.copytree(vault.parent, elsewhere)
    with sign_in(elsewhere / vault.name, user) as workspace:
        record = workspace.open_person(workspace.people()[0].person_id)
    return {item.entry.title for section in record.sections.values() for item in section.entries}


def choices(vault: Path, elsewhere: Path) -> list[Any]:
    """The Consents that are kept now, as `given_to` looks at them."""
    shutil.copytree(vault.parent, elsewhere)
    with sign_in(elsewhere / vault.name, "Anita Patel") as workspace:
        return [one.tree for one in workspace.choices(person(workspace)).consents if one.origin == "made-here"]


def person(workspace: Workspace) -> PersonId:
    """The one person."""
    return workspace.people()[0].person_id
