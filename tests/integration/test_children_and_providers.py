"""Children's returns and a provider's tables the whole way: dropped, stored, and opened by those who may see them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.workspace import Workspace
from fhir.entries import PersonId

PASSPHRASE = "correct horse battery staple"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n100234,1,14/03/2012,WBRI,A123456789012,,\n"
EPISODES = (
    "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,HOME_POST,PL_POST,URN\n"
    "100234,01/05/2023,S,C2,N1,U4,PR1,,,ZZ99 3AA,ZZ99 3AB,SC1\n"
)
OUTCOMES = (
    "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,TEETH_CHECK,HEALTH_ASSESSMENT,"
    "SUBSTANCE_MISUSE,INTERVENTION_RECEIVED,INTERVENTION_OFFERED\n100234,14/03/2012,14,,1,1,1,1,1,1,0,1\n"
)
ABOUT = "Provider CQC Location ID,Provider Name,Person ID,First Name,Last Name,Date of Birth"
ANN = "1-99,Fenland Home Care,F10001,Ann,Test,14/02/1938"
NOTES = f"{ABOUT},Note Time,Note\n{ANN},20/11/2026 08:50,Ate well.\n"
CHART = f"{ABOUT},Medicine,Due Time,Outcome\n{ANN},Apixaban 2.5mg,20/11/2026 20:00,Refused\n"
SERVICE = f"{ABOUT},Care Type,Service Start,Hours per Week,Funding\n{ANN},Home care,01/05/2025,10.5,Self-funded\n"
USERS = [("Hal", "home-care", "Fenland Home Care"), ("Kit", "childrens-social-worker", "Children's services")]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vault")
    path = folder / "v.onestory"
    key = Workspace.create(path, "Gay", "gp", "Surgery", PASSPHRASE, now=NOW, anchors=folder / "anchors")
    for group, files in (
        ("return", {"header": HEADER, "episodes": EPISODES, "outcomes": OUTCOMES}),
        ("provider", {"notes": NOTES, "chart": CHART, "people": SERVICE}),
    ):
        (folder / group).mkdir()
        for name, text in files.items():
            (folder / group / f"{name}.csv").write_text(text, "utf-8")
    with Workspace.sign_in(path, "Gay", PASSPHRASE, now=NOW, anchors=folder / "anchors") as workspace:
        for name, role, organisation in USERS:
            workspace.add_user(name, role, organisation, PASSPHRASE, recovery_key=key)
        for group in ("return", "provider"):
            report = workspace.import_files([folder / group], lambda *_: None, lambda: False)
            assert {file.status for file in report.files} == {"imported"}
    return path


def seen(vault: Path, user: str, name: str) -> set[tuple[str, str]]:
    """Section and kind of all that a user is shown of the person of that name."""
    with Workspace.sign_in(vault, user, PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
        (person,) = [one.person_id for one in workspace.people() if name in one.name]
        record = workspace.open_person(PersonId(person))
        return {(key, one.entry.kind) for key, section in record.sections.items() for one in section.entries}


def test_two_people_and_no_more_came_of_six_files(vault: Path) -> None:
    with Workspace.sign_in(vault, "Gay", PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
        assert {(one.name, one.nhs_number) for one in workspace.people()} == {
            ("Ann TEST", ""),
            ("Child 100234 of a looked-after children return", ""),
        }


def test_a_home_care_worker_sees_the_providers_record_of_the_person(vault: Path) -> None:
    assert {("contacts", "daily-note"), ("medicines", "medicine-given"), ("services", "package")} <= seen(
        vault, "Hal", "Ann"
    )


@pytest.mark.parametrize("kind", ["looked-after", "offending", "substance-misuse"])
def test_why_a_child_is_looked_after_is_for_those_who_protect_it(vault: Path, kind: str) -> None:
    assert ("safeguarding", kind) in seen(vault, "Kit", "Child 100234")
    assert ("safeguarding", kind) not in seen(vault, "Hal", "Child 100234")


def test_a_line_about_a_child_whom_no_header_names_is_kept_and_named(tmp_path: Path) -> None:
    path, folder = tmp_path / "v.onestory", tmp_path / "return"
    Workspace.create(path, "Gay", "gp", "Surgery", PASSPHRASE, now=NOW, anchors=tmp_path)
    folder.mkdir()
    (folder / "header.csv").write_text(HEADER, "utf-8")
    (folder / "episodes.csv").write_text(EPISODES + EPISODES.splitlines()[1].replace("100234", "999") + "\n", "utf-8")
    with Workspace.sign_in(path, "Gay", PASSPHRASE, now=NOW, anchors=tmp_path) as workspace:
        report = workspace.import_files([folder], lambda *_: None, lambda: False)
        said = [
            (Path(file.path).name, issue.line, issue.path)
            for file in report.files
            for issue in file.issues
            if "No header table of this folder names this child" in issue.message
        ]
        assert said == [("episodes.csv", len(EPISODES.splitlines()) + 1, "CHILD")]
        assert {file.status for file in report.files} == {"imported"}
        assert len(workspace.people()) == 2


def test_a_header_line_twice_names_its_child_once_and_children_without_names_are_not_asked_about(
    tmp_path: Path,
) -> None:
    path, folder = tmp_path / "v.onestory", tmp_path / "return"
    Workspace.create(path, "Gay", "gp", "Surgery", PASSPHRASE, now=NOW, anchors=tmp_path)
    folder.mkdir()
    lines = HEADER.splitlines()
    (folder / "header.csv").write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    more = [EPISODES.splitlines()[1].replace("100234", str(number)) for number in range(900, 905)]
    (folder / "episodes.csv").write_text(EPISODES + "\n".join(more) + "\n", "utf-8")
    with Workspace.sign_in(path, "Gay", PASSPHRASE, now=NOW, anchors=tmp_path) as workspace:
        report = workspace.import_files([folder], lambda *_: None, lambda: False)
        said = [(issue.line, issue.message) for file in report.files for issue in file.issues]
        named = len(EPISODES.splitlines())
        unknown = {line for line, message in said if "No header table" in message}
        assert unknown == set(range(named + 1, named + 6)), "the child of the header is known"
        assert (len(lines) + 1, "The line repeats another line of this file; it was left out.") in said
        assert not any(row.possible_matches for row in workspace.people())
        assert workspace.possible_matches() == []
