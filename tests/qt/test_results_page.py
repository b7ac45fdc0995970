"""Results: one unit a chart, the range that came with each value, abnormal in words, every value reachable by key."""

from __future__ import annotations

import pytest
from conftest import Driver, flush
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget
from records import GP, HOSPITAL, PERSON, entry, record

from consent.disclosure import DisclosedEntry
from desktop.models.measures import judged, judgement
from desktop.models.results import panels
from desktop.models.sets import sets
from desktop.theme.tokens import look as look_now
from desktop.views.plugged.results import Results
from desktop.widgets.chart import Chart
from desktop.widgets.row import WrittenRow
from desktop.widgets.text import Card, Text
from fhir.entries import Measure


def _result(
    title: str, value: str, unit: str, day: str, low: str = "", high: str = "", word: str = ""
) -> DisclosedEntry:
    measure = Measure(value=value, unit=unit, low=low, high=high, interpretation=word)
    return entry("results", title, GP, day, value=f"{value} {unit}", kind="result", measures=(measure,))


def _pressure(upper: str, lower: str, day: str) -> DisclosedEntry:
    measures = (
        Measure(value=upper, unit="mmHg", name="Systolic blood pressure"),
        Measure(value=lower, unit="mmHg", name="Diastolic blood pressure"),
    )
    return entry("results", "Blood pressure", GP, day, value=f"{upper}/{lower} mmHg", measures=measures)


ITEMS = [
    _result("HbA1c", "48", "mmol/mol", "2024-03-01", high="41", word="High"),
    _result("HbA1c", "53", "mmol/mol", "2025-03-01", high="41", word="High"),
    _result("HbA1c", "6.8", "%", "2019-03-01", high="6.0"),
    _result("Creatinine", "127", "umol/L", "2026-11-18", "45", "84"),
    _result("Creatinine", "80", "umol/L", "2025-11-18", "50", "90", "Normal"),
    _pressure("152", "76", "2026-10-08"),
    _pressure("118", "62", "2026-11-18"),
    entry("results", "Plain chest X-ray", HOSPITAL, "2026-10-29", kind="report", detail="Enlarged heart."),
]


def test_a_test_in_two_units_is_two_series_and_nothing_is_converted() -> None:
    diabetes = next(panel for panel in panels(ITEMS) if panel.name == "Diabetes")
    assert [(one.name, one.unit, [reading.written for reading in one.readings]) for one in diabetes.series] == [
        ("HbA1c", "%", ["6.8 %"]),
        ("HbA1c", "mmol/mol", ["48 mmol/mol", "53 mmol/mol"]),
    ]
    assert diabetes.series[1].change() == "up from 48 mmol/mol"


def test_each_value_keeps_the_range_that_came_with_it() -> None:
    kidney = next(panel for panel in panels(ITEMS) if panel.name == "Kidney function and salts")
    assert [(mark.low, mark.high) for reading in kidney.series[0].readings for mark in reading.marks] == [
        (50.0, 90.0),
        (45.0, 84.0),
    ]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (ITEMS[1], ["High (usual at most 41)"]),
        (ITEMS[3], ["Above the range given (usual 45 to 84)"]),
        (ITEMS[4], []),
        (ITEMS[5], []),
    ],
)
def test_what_is_out_of_range_is_said_in_words(item: DisclosedEntry, words: list[str]) -> None:
    assert judged(item.entry) == words


def test_blood_pressure_is_one_series_of_pairs() -> None:
    pressure = next(panel for panel in panels(ITEMS) if panel.name == "Blood pressure")
    assert len(pressure.series) == 1
    assert pressure.series[0].pairs
    assert [tuple(mark.value for mark in reading.marks) for reading in pressure.series[0].readings] == [
        (152, 76),
        (118, 62),
    ]
    assert pressure.series[0].latest.written == "118/62 mmHg"


def _part(value: str, name: str, low: str, high: str, word: str) -> Measure:
    return Measure(value=value, unit="mmHg", name=name, low=low, high=high, interpretation=word)


def _judged_pressure(upper: str, lower: str) -> DisclosedEntry:
    """A pressure with a range of each number, and its source's word for each."""
    measures = (
        _part("150", "Systolic blood pressure", "90", "140", upper),
        _part("96", "Diastolic blood pressure", "60", "90", lower),
    )
    return entry("results", "Blood pressure", GP, "2026-10-08", value="150/96 mmHg", measures=measures)


@pytest.mark.parametrize(
    ("upper", "lower", "word", "sides"),
    [
        ("Normal", "High", "Diastolic blood pressure: High", [0, 1]),
        ("High", "Normal", "Systolic blood pressure: High", [1, 0]),
        ("High", "High", "High", [1, 1]),
        ("Critical high", "High", "Systolic blood pressure: Critical high, Diastolic blood pressure: High", [1, 1]),
        ("Normal", "Normal", "", [0, 0]),
        ("", "", "Above the range given", [1, 1]),
    ],
)
def test_either_number_of_a_pair_has_its_own_range_and_word(
    upper: str, lower: str, word: str, sides: list[int]
) -> None:
    (panel,) = panels([_judged_pressure(upper, lower)])
    (reading,) = panel.series[0].readings
    assert reading.word == word
    assert [mark.side for mark in reading.marks] == sides
    assert [(mark.low, mark.high) for mark in reading.marks] == [(90, 140), (60, 90)]


def test_only_a_lower_number_out_of_range_is_said_in_the_list_and_beside_the_chart(driver: Driver) -> None:
    driver.vault.records = {PERSON: record([_judged_pressure("Normal", "High"), _pressure("118", "62", "2026-09-01")])}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("results")
    driver.settle()
    page = view.pages.currentWidget()
    assert isinstance(page, Results)
    listed = "\n".join(str(index.data()) for index in page.tree.indexes())
    assert "1 out of range" in listed
    assert "Diastolic blood pressure: High" in listed
    assert "150/96 mmHg · Diastolic blood pressure: High (usual 60 to 90)" in driver.texts()


@pytest.mark.parametrize("said", ["Critical high", "Significantly high", "HH", "Above the range given"])
def test_a_critical_value_points_to_its_side_too(said: str) -> None:
    (panel,) = panels([_result("Potassium", "6.9", "mmol/L", "2026-10-08", word=said)])
    assert panel.series[0].latest.side == 1


def test_the_range_of_each_value_is_painted_about_that_value_alone(look: None) -> None:
    items = [
        _result("Creatinine", "70", "umol/L", "2025-01-01", "50", "90"),
        _result("Creatinine", "140", "umol/L", "2026-01-01", "120", "160"),
    ]
    chart = Chart(panels(items)[0].series)
    chart.resize(600, 300)
    image = chart.grab().toImage()
    first, last = (one.day for one in panels(items)[0].series[0].readings)
    card = image.pixelColor(chart._point(first + 100, 107).toPoint())

    def banded(day: float, value: float) -> bool:
        return image.pixelColor(chart._point(day, value).toPoint()) != card

    assert [banded(first + 100, 67), banded(first + 100, 133)] == [True, False]
    assert [banded(last - 100, 67), banded(last - 100, 133)] == [False, True]
    chart.deleteLater()
    flush()


def test_what_has_no_number_is_listed_and_not_dropped() -> None:
    found = panels(ITEMS)
    assert sum(len(panel.entries) for panel in found) == len(ITEMS)
    assert [item.entry.title for panel in found for item in panel.others] == ["Plain chest X-ray"]


def _page(driver: Driver) -> Results:
    driver.vault.records = {PERSON: record(ITEMS)}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("results")
    flush()
    page = view.pages.currentWidget()
    assert isinstance(page, Results)
    return page


def choose(page: Results, name: str) -> None:
    """Choose the newest series whose name begins so."""
    found = ((at, n, one) for at, panel in enumerate(page._panels) for n, one in enumerate(panel.series))
    at, n = next((at, n) for at, n, one in found if one.name.startswith(name))
    page.tree.choose(f"{at}/{n}")


def test_choosing_a_test_shows_its_chart_and_its_values(driver: Driver) -> None:
    page = _page(driver)
    choose(page, "HbA1c")
    flush()
    page.filter.setText("hba1c")
    flush()
    assert "53 mmol/mol, 1 Mar 2025" in "\n".join(str(index.data()) for index in page.tree.indexes())
    page.tree.choose(str(page.tree.indexes()[2].data(Qt.ItemDataRole.UserRole + 3)))
    flush()
    charts = [chart for chart in page.findChildren(Chart) if chart.isVisible()]
    assert [chart.accessibleName() for chart in charts] == ["Chart of HbA1c"]
    assert "1 Mar 2025: 53 mmol/mol · High (usual at most 41) · Mill Surgery" in driver.texts()
    assert page.model.rowCount() == 2


def test_every_number_of_a_set_stands_with_its_unit(driver: Driver) -> None:
    day = "2026-11-18"
    items = [_result("Creatinine", "127", "umol/L", day), _result("Potassium", "5.4", "mmol/L", day)]
    driver.vault.records = {PERSON: record(items)}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page("results")
    driver.settle()
    (grid,) = [card for card in view.findChildren(Card) if card.isVisible() and card.findChildren(QGridLayout)]
    said = [label.text() for label in grid.findChildren(Text)]
    assert {"Creatinine", "umol/L", "Potassium", "mmol/L"} <= set(said)


def test_keys_go_through_the_values_and_enter_opens_one(driver: Driver) -> None:
    page = _page(driver)
    choose(page, "Blood pressure")
    flush()
    chart = next(chart for chart in page.findChildren(Chart) if chart.isVisible())
    chart.setFocus()
    assert "118/62 mmHg" in chart.accessibleDescription()
    driver.qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert "152/76 mmHg" in chart.accessibleDescription()
    assert "8 Oct 2026: 152/76 mmHg" in driver.texts()
    driver.qtbot.keyClick(chart, Qt.Key.Key_Return)
    view = driver.window.person
    assert view is not None
    assert view.detail.isVisible()
    assert "152/76 mmHg" in driver.texts()


def test_no_value_stays_when_the_window_locks(driver: Driver) -> None:
    page = _page(driver)
    assert page.tree.indexes()
    driver.window.lock()
    assert not page.tree.indexes()
    assert page.model.rowCount() == 0


@pytest.mark.parametrize("section", ["results", "examination"])
def test_the_states_of_the_section_are_told_apart(driver: Driver, section: str) -> None:
    driver.vault.records = {PERSON: record([], states={section: "failed"})}
    driver.sign_in()
    driver.open()
    assert driver.window.person is not None
    driver.window.person.open_page(section)
    assert "could not be read. Do not take it as empty." in driver.texts()
    assert not [found for found in driver.window.person.findChildren(QWidget) if isinstance(found, Chart)]


def test_early_warning_and_growth_stand_as_sets_of_their_own() -> None:
    warning = ("NEWS2 score", "Pulse rate", "Respiratory rate", "Body temperature", "Oxygen saturation")
    growth = ("Body weight", "Head circumference", "Body height")
    found = panels([_result(name, "1", "u", "2026-11-12") for name in (*warning, *growth)])
    assert {panel.name: {series.name for series in panel.series} for panel in found} == {
        "Early warning": set(warning),
        "Growth and weight": set(growth),
    }


HISTORIES = {
    "near the line": [("-11-20", 103), ("-10-29", 134), ("-11-11", 124), ("-11-18", 127)],
    "falling to it": [("-01-20", 210), ("-11-01", 190), ("-11-11", 160), ("-11-18", 60)],
    "rising to it": [("-01-20", 60), ("-11-01", 70), ("-11-11", 90), ("-11-18", 210)],
    "jagged": [("-11-01", 60), ("-11-06", 210), ("-11-10", 60), ("-11-14", 210), ("-11-18", 130)],
    "one alone": [("-11-18", 127)],
}


@pytest.mark.parametrize("width", [200, 380, 780])
@pytest.mark.parametrize("history", HISTORIES)
def test_the_newest_value_stands_where_no_line_or_mark_is(
    look: None, monkeypatch: pytest.MonkeyPatch, history: str, width: int
) -> None:
    items = [
        _result("Creatinine", str(value), "umol/L", f"{2025 if day == '-11-20' else 2026}{day}", "45", "84", "High")
        for day, value in HISTORIES[history]
    ]
    (series,) = panels(items)[0].series
    chart = Chart([series])
    chart.resize(width, 180)
    whole = chart.grab().toImage()
    monkeypatch.setattr(Chart, "_last_words", lambda _self, _painter: None)
    bare = chart.grab().toImage()
    words = {(x, y) for x in range(bare.width()) for y in range(bare.height()) if bare.pixel(x, y) != whole.pixel(x, y)}
    assert words, "the control: the value is written"
    inks = {look_now().colour(name).name() for name in ("gp", "danger")}
    beneath = {bare.pixelColor(x, y).name() for x, y in words}
    assert not [one for one in beneath if any(_near(one, ink) for ink in inks)]
    chart.deleteLater()
    flush()


def _near(one: str, other: str) -> bool:
    """Whether a pixel is of an ink, also where an edge of it is smoothed."""
    return all(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) < 60 for at in (1, 3, 5))


def _observed(title: str, value: str, unit: str, when: str, section: str = "examination") -> DisclosedEntry:
    measures = (Measure(value=value, unit=unit),) if value.replace(".", "").isdigit() else ()
    return entry(section, title, GP, when, value=f"{value} {unit}".strip(), measures=measures)


MORNING, NOON = "2026-11-12T08:00", "2026-11-12T12:00"
SET = [
    _observed("Body temperature", "38.4", "Cel", MORNING),
    _observed("Oxygen saturation", "93", "%", MORNING),
    _observed("Respiratory rate", "22", "/min", MORNING),
    _observed("Level of consciousness", "Alert", "", MORNING),
    _observed("NEWS2 score", "7", "{score}", MORNING, "assessments"),
    _observed("Oxygen saturation", "95", "%", NOON),
]


def _grid_of(driver: Driver, items: list[DisclosedEntry], page: str, panel: str) -> Card:
    driver.vault.records = {PERSON: record(items)}
    driver.sign_in()
    driver.open()
    view = driver.window.person
    assert view is not None
    view.open_page(page)
    driver.settle()
    shown = view.pages.currentWidget()
    assert isinstance(shown, Results)
    shown.tree.choose(str(next(at for at, one in enumerate(shown._panels) if one.name == panel)))
    driver.settle()
    return next(card for card in view.findChildren(Card) if card.isVisible() and card.findChildren(QGridLayout))


def test_observations_stand_as_sets_moment_by_moment_with_the_recorded_score(driver: Driver) -> None:
    """Two sets of one day are two columns, whatever section a part came in; no score is made for the second."""
    pressure = _pressure("98", "60", MORNING)
    grid = _grid_of(driver, [*SET, pressure], "examination", "Early warning")
    said = [label.text() for label in grid.findChildren(Text)]
    assert "12 Nov 2026\n12:00" in said
    assert "12 Nov 2026\n08:00" in said
    order = ["Respiratory rate", "Oxygen saturation", "Blood pressure", "Level of consciousness", "Body temperature"]
    assert [words for words in said if words in (*order, "NEWS2 score")] == [*order, "NEWS2 score"]
    cells = [row.accessibleName() for row in grid.findChildren(WrittenRow)]
    assert len(cells) == 7
    assert sum("Oxygen saturation" in name for name in cells) == 2
    assert [name for name in cells if "NEWS2" in name] == [next(name for name in cells if "7 {score}" in name)]
    assert any("Alert" in name for name in cells)
    assert any("no score is worked out here" in words for words in said)


def test_of_a_child_growth_stands_with_the_age_then_and_centiles_as_recorded() -> None:
    items = [
        _observed("Body height", "98", "cm", "2024-02-10"),
        _observed("Body weight", "15.2", "kg", "2024-02-10"),
        _observed("Body weight centile", "50", "", "2024-02-10"),
        _observed("Body weight", "17.9", "kg", "2025-08-20"),
    ]
    (growth,) = panels(items)
    found = sets(growth, growth.series, items, "2020-03-01", 5)
    assert [(column.heading, column.under) for column in found.columns] == [
        ("20 Aug 2025", "5 years"),
        ("10 Feb 2024", "3 years"),
    ]
    assert {row.name for row in found.rows} == {"Body height", "Body weight", "Body weight centile"}
    of_adult = sets(growth, growth.series, items, "1938-02-14", 5)
    assert [column.under for column in of_adult.columns] == ["", ""]


def test_two_values_of_one_day_are_both_told_of(driver: Driver) -> None:
    items = [
        _result("Potassium", "5.4", "mmol/L", "2026-11-18T08:00"),
        _result("Potassium", "5.1", "mmol/L", "2026-11-18T16:00"),
        _result("Creatinine", "127", "umol/L", "2026-11-18T08:00"),
    ]
    grid = _grid_of(driver, items, "results", "Kidney function and salts")
    (cell,) = [row for row in grid.findChildren(WrittenRow) if row.accessibleName().startswith("Potassium")]
    assert "and 1 earlier" in cell.words()


@pytest.mark.parametrize(
    ("comparator", "low", "high", "word"),
    [
        ("more than ", "90", "", ""),
        ("less than ", "90", "", "Below the range given"),
        ("more than ", "", "5", "Above the range given"),
        ("less than ", "", "5", ""),
        ("", "90", "", "Below the range given"),
    ],
)
def test_of_a_limit_only_what_follows_from_it_is_judged(comparator: str, low: str, high: str, word: str) -> None:
    assert judgement(Measure(value="45", low=low, high=high, comparator=comparator)) == word


def test_a_limit_is_read_as_one_in_the_table_of_results() -> None:
    measure = Measure(value="45", unit="mL/min", comparator="more than ")
    item = entry("results", "eGFR", GP, "2026-03-04", value="more than 45 mL/min", measures=(measure,))
    (panel,) = panels([item])
    assert [one.written for series in panel.series for one in series.readings] == ["more than 45 mL/min"]
