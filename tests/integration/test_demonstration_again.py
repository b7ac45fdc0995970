"""A demonstration that this version cannot open is made anew; one that another process uses is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from vault_samples import copy_of

from desktop.demo import run
from desktop.errors import InUseError
from desktop.who_looked import acts
from desktop.workspace import Workspace


@pytest.fixture(scope="module")
def made(demonstration: run.Demonstration, tmp_path_factory: pytest.TempPathFactory) -> run.Demonstration:
    return copy_of(demonstration, tmp_path_factory.mktemp("again"))


def test_it_is_found_as_it_was_made(made: run.Demonstration) -> None:
    before = made.vault.stat().st_ino
    said: list[str] = []
    run.build(made.vault.parent, say=said.append)
    assert made.vault.stat().st_ino == before
    assert said == []


def test_the_office_has_work_in_it(made: run.Demonstration, tmp_path: Path) -> None:
    path = copy_of(made, tmp_path).vault
    howard = next(user for user in made.users if user.role == "custodian")
    with Workspace.sign_in(path, howard.name, howard.passphrase, now=run.AS_OF) as workspace:
        desk = workspace.desk()
        rahela = next(row.person_id for row in workspace.people() if row.nhs_number == "9990001057")
        decided = [row for row in workspace.label_reasons(rahela) if row.decided is not None]
        assert workspace.verify_log().ok
    (emergency,), (report,), (asked,), (claim,) = (
        desk.to_review(),
        desk.to_answer(),
        desk.to_agree(),
        desk.claims_to_decide(),
    )
    assert (emergency.case.opened.user, emergency.case.opened.kind) == ("Sam Okoro", "break-glass")
    assert [row.case.opened.id for row in desk.to_tell()] == [emergency.case.opened.id]
    assert (report.report.by, report.report.who) == ("Peggy Ellison", "Pauline Frost")
    assert (asked.case.opened.user, claim.who) == ("Howard Ingram", "Neil Shaw")
    assert {"domestic-abuse"} <= set(decided[0].categories)


def test_a_look_at_records_that_are_read_as_one_is_one_look_and_one_report(
    made: run.Demonstration, tmp_path: Path
) -> None:
    path = copy_of(made, tmp_path).vault
    peggy, howard = (next(user for user in made.users if user.role == role) for role in ("person", "custodian"))
    with Workspace.sign_in(path, peggy.name, peggy.passphrase, now=run.AS_OF) as workspace:
        person = workspace.people()[0].person_id
        events = [event for event, _touched in workspace.who_looked(person)]
        theirs = [event for event in events if (event.name, event.kind) == ("Pauline Frost", "read")]
        assert {event.person for event in theirs} == set(workspace.joined_with(person))
        assert len(theirs) > 1, "a line for each of her records"
        found = acts(events)
        assert len({found[event.number] for event in theirs}) == 1
        for event in theirs:
            workspace.report_unexpected(person, event.number)
    with Workspace.sign_in(path, howard.name, howard.passphrase, now=run.AS_OF) as workspace:
        assert len(workspace.unexpected()) == 1


def test_one_that_another_version_made_is_not_taken_for_ours(
    made: run.Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(made, tmp_path)
    monkeypatch.setattr(run, "made_of", lambda: "another version")
    monkeypatch.setattr(run, "write_people", _stop)
    with pytest.raises(StopIteration):
        run.build(tmp_path, say=lambda _line: None)


def _stop(*_: object, **__: object) -> None:
    raise StopIteration


def test_one_without_somebody_who_is_of_it_now_is_made_anew(
    made: run.Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(made, tmp_path)
    (older, *_), newer = (
        made.users,
        run.DemoUser("Nia New", "gp", "a passphrase of hers", "Mill Street"),
    )
    monkeypatch.setattr(run, "demo_users", lambda: (older, newer))
    said: list[str] = []
    again = run.build(tmp_path, say=said.append)
    assert any("replaced" in line for line in said)
    with Workspace.sign_in(again.vault, newer.name, newer.passphrase) as workspace:
        assert workspace.people()


def test_one_in_use_is_left_alone(made: run.Demonstration) -> None:
    user = made.users[0]
    before = made.vault.stat().st_ino
    with Workspace.sign_in(made.vault, user.name, user.passphrase), pytest.raises(InUseError):
        run.build(made.vault.parent, say=lambda line: None)
    assert made.vault.stat().st_ino == before


def test_one_that_does_not_open_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "demonstration.vault").write_bytes(b"of another version")
    said: list[str] = []
    again = run.build(tmp_path, say=said.append)
    user = again.users[0]
    assert any("replaced" in line for line in said)
    with Workspace.sign_in(again.vault, user.name, user.passphrase) as workspace:
        names = [row.name for row in workspace.people()]
    assert len(names) >= run.CAST
    families = [" ".join(word for word in name.split() if word.isupper()) for name in names]
    assert families == sorted(families)
