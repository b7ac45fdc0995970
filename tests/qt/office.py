"""A real vault with a privacy office, and how its users sign in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF
from desktop.workspace import Workspace

ANITA, SAM, SALMA, HOWARD = "mill street morning", "vale ambulance night", "privacy office review", "caldicott guardian"
TESS = "sample bundles all day"
PASSPHRASES = {"Anita": ANITA, "Sam": SAM, "Salma": SALMA, "Howard": HOWARD, "Tess": TESS}
WHY = "Found unconscious, medicines not known"
NAME = "Margaret ELLISON"


def sign_in(vault: Path, user: str, now: datetime = AS_OF) -> Workspace:
    """A workspace of one of the users."""
    return Workspace.sign_in(vault, user, PASSPHRASES[user], now=now, anchors=vault.with_name("anchors"))


def make_vault(folder: Path) -> tuple[Path, str]:
    """A vault and its recovery key: a GP, a paramedic, a privacy officer, the Caldicott Guardian with the custodian's
    office, a tester, and one person whose record the paramedic opened in an emergency."""
    made = folder / "test.vault"
    anchors = made.with_name("anchors")
    key = Workspace.create(made, "Anita", "gp", "Mill Street", ANITA, test_data=True, now=AS_OF, anchors=anchors)
    write_people(folder / "records", people=1, seed=1)
    with sign_in(made, "Anita") as workspace:
        workspace.add_user("Sam", "ambulance", "Vale Ambulance", SAM, recovery_key=key)
        workspace.add_user("Salma", "privacy-officer", "Record Office", SALMA, recovery_key=key)
        workspace.add_user("Howard", "custodian", "Record Office", HOWARD, recovery_key=key, custodian=True)
        workspace.add_user("Tess", "tester", "Test Team", TESS, recovery_key=key)
        workspace.import_files([folder / "records"], lambda what, done, total: None, lambda: False)
    with sign_in(made, "Sam") as workspace:
        person = next(row.person_id for row in workspace.people() if row.name == NAME)
        workspace.open_override(person, "break-glass", WHY, "", 1)
    return made, key
