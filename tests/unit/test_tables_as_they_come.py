"""Tables of providers as they come: numbers of nobody, lines sent again, names again, totals, years of two digits."""

from __future__ import annotations

from pathlib import Path

from test_other_tables import DAY, as_csv, dropped


def test_equal_numbers_of_providers_that_are_not_named_join_nobody(tmp_path: Path) -> None:
    headers = ["Provider CQC Location ID", "Person ID", "First Name", "Last Name", "Note Time", "Note"]
    files = {name: as_csv(headers, ["", "4077", name, name, DAY, "Ate well"]) for name in ("Ann", "Bob")}
    _, described = dropped(tmp_path, **files)
    assert len({one.person_id for one in described}) == 2
    named = {name: as_csv(headers, ["1-1", "4077", "Ann", "Doe", DAY, name]) for name in ("Lunch", "Tea")}
    (tmp_path / "named").mkdir()
    _, described = dropped(tmp_path / "named", **named)
    assert len({one.person_id for one in described}) == 1


SENT = ["Provider CQC Location ID", "Person ID", "As At"]
SERVICE = [*SENT, "Care Type", "Service Start", "Hours per Week", "Funding"]
DOSE = [*SENT, "Medicine", "Outcome", "Reason"]
VISIT = [*SENT, "Visit ID", "Planned Start", "Outcome"]


def resources_of(folder: Path, name: str, headers: list[str], *rows: list[str]) -> dict[str, str]:
    """By id of every resource but the Patient how new it says that it is."""
    documents, _ = dropped(folder, **{name: as_csv(headers, *(["1-1", "4077", *row] for row in rows))})
    trees = [one.tree for document in documents if name in document.path for one in document.resources]
    return {tree["id"]: tree["meta"].get("lastUpdated", "") for tree in trees if tree["resourceType"] != "Patient"}


def test_a_service_sent_again_takes_the_place_of_the_older_by_the_day_it_was_true(tmp_path: Path) -> None:
    old = resources_of(tmp_path, "old", SERVICE, ["01/05/2026", "Home care", "01/04/2026", "10", "Council"])
    new = resources_of(tmp_path, "new", SERVICE, ["2026-06-01", "Home care", "01/04/2026", "14", "Council"])
    assert list(old) == list(new)
    assert (*old.values(), *new.values()) == ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")


def test_services_are_named_by_kind_and_start_and_not_by_what_stands_beside_them(tmp_path: Path) -> None:
    """A number for the second of two would tell, where the first is hidden, that there is one."""
    ours, own = ["", "Home care", "01/04/2026", "10", "Council"], ["", "Home care", "01/04/2026", "5", "Self-funded"]
    both = resources_of(tmp_path, "both", SERVICE, ours, own)
    assert both.keys() == resources_of(tmp_path, "own", SERVICE, own).keys()
    named = ["", "Home care, self-funded", "01/04/2026", "5", "Self-funded"]
    assert len(resources_of(tmp_path, "named", SERVICE, ours, named)) == 2


def test_doses_without_times_and_visits_without_numbers_do_not_take_each_others_place(tmp_path: Path) -> None:
    doses = [["01/06/2026", "Paracetamol", "Refused", "asleep"], ["08/06/2026", "Paracetamol", "Refused", "not wanted"]]
    assert set(resources_of(tmp_path, "doses", DOSE, *doses).values()) == {""}
    visits = [["01/06/2026", "", f"{day}/05/2026 08:00", "Completed"] for day in (16, 17)]
    assert set(resources_of(tmp_path, "visits", VISIT, *visits).values()) == {""}


def test_short_years_and_day_numbers_are_named_by_line_and_column(tmp_path: Path) -> None:
    rows = [["1-1", "4077", "01/06/2026", "V1", when, "Completed"] for when in ("16/05/26", "16/05/26 08:00", "46158")]
    documents, _ = dropped(tmp_path, visits=as_csv(VISIT, *rows))
    said = {(issue.line, issue.path): issue.message for one in documents for issue in one.issues}
    for line in (2, 3):
        assert "century" in said[line, "Planned Start (column 5)"]
    assert "day number" in said[4, "Planned Start (column 5)"]


def test_column_names_again_and_totals_are_nobody_and_are_named(tmp_path: Path) -> None:
    rows = [["1-1", "4077", "", "V1", "16/05/2026 08:00", "Completed"], VISIT, ["Total: 1"]]
    documents, described = dropped(tmp_path, visits=as_csv(VISIT, *rows))
    assert len({one.person_id for one in described}) == 1
    said = {issue.line: issue.message for one in documents for issue in one.issues if issue.line > 2}
    assert "column names" in said[3]
    assert "names nobody" in said[4]
