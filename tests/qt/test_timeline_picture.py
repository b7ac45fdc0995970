"""The timeline's picture: zoomed and moved by key, wheel and drag, and drawn by its pixels where marks crowd."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop.models.lanes import Mark, by_lane
from desktop.widgets.lane_painter import STACKED, bar_name, grouped
from desktop.widgets.lanes import LanesPicture, said
from fhir.entries import EntryId

TODAY = date(2026, 11, 21)
START = TODAY - timedelta(days=10_000)


def _marks(count: int) -> list[Mark]:
    days = [START.toordinal() + number * 10_000 // count for number in range(count)]
    return [
        Mark(EntryId(f"e{number}"), "gp", "bar" if number % 5 == 0 else "point", day, day + number % 5, False, "Seen")
        for number, day in enumerate(days)
    ]


@pytest.fixture
def picture(qtbot: QtBot, look: None) -> LanesPicture:
    made = LanesPicture(movable=True)
    qtbot.addWidget(made)
    made.resize(900, 240)
    made.show_marks(_marks(2_000), START, TODAY, TODAY)
    made.show()
    made.setFocus()
    return made


def _length(picture: LanesPicture) -> float:
    return picture._to - picture._from


def test_a_bar_says_its_name_as_far_as_it_goes(look: None) -> None:
    title = "Home care, four times a day (14 hours a week)"
    assert bar_name(title, 1_000) == title
    begun = bar_name(title, 120)
    assert begun.endswith("…")
    assert title.startswith(begun[:-1])
    assert bar_name(title, 20) == ""


def test_the_name_of_a_bar_stands_in_it(picture: LanesPicture) -> None:
    first, last = START.toordinal(), TODAY.toordinal()

    def inks(title: str) -> int:
        bar = Mark(EntryId("b"), "social-care", "bar", first, last, False, title)
        picture.show_marks([bar], START, TODAY, TODAY)
        drawn = picture.grab().toImage()
        rect = picture._rect(bar).toRect().adjusted(4, 4, -4, -4)
        ground = drawn.pixel(rect.right(), rect.center().y())
        across = range(rect.left(), rect.right())
        return sum(drawn.pixel(x, y) != ground for x in across for y in range(rect.top(), rect.bottom()))

    nameless = inks("")
    assert inks("Home care") > nameless + 40
    assert inks("Home care, four times a day") > inks("Home care")


def test_the_mark_under_the_pointer_is_told_in_full(picture: LanesPicture, qtbot: QtBot) -> None:
    day = START.toordinal()
    bar = Mark(EntryId("b"), "social-care", "bar", day, TODAY.toordinal(), False, "Home <b>care</b>")
    picture.show_marks([bar], START, TODAY, TODAY)
    place = QPoint(450, int(picture._rect(bar).center().y()))
    QApplication.sendEvent(picture, QHelpEvent(QEvent.Type.ToolTip, place, picture.mapToGlobal(place)))
    assert QToolTip.text() == "Home &lt;b&gt;care&lt;/b&gt; · 6 Jul 1999 to 21 Nov 2026"
    assert said(bar._replace(uncertain=True)).endswith("the date is not exact")
    picture.clear()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())  # nothing of a person stays when the window locks


def test_keys_zoom_and_move(picture: LanesPicture, qtbot: QtBot) -> None:
    every = _length(picture)
    with qtbot.waitSignal(picture.moved):
        qtbot.keyClick(picture, Qt.Key.Key_Plus)
    assert _length(picture) == pytest.approx(every / 1.5)
    first = picture._from
    qtbot.keyClick(picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert picture._from > first
    qtbot.keyClick(picture, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert picture._from == pytest.approx(first)
    for _press in range(5):
        qtbot.keyClick(picture, Qt.Key.Key_Minus)
    assert _length(picture) <= every * 1.15, "no further out than there is anything"
    for _press in range(40):
        qtbot.keyClick(picture, Qt.Key.Key_Plus)
    assert _length(picture) == pytest.approx(3), "no nearer than days can be told apart"


def test_a_drag_moves_and_picks_nothing(picture: LanesPicture, qtbot: QtBot) -> None:
    picture.zoom(4)
    first = picture._from
    picked: list[str] = []
    picture.picked.connect(picked.append)
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(600, 20))
    qtbot.mouseMove(picture, QPoint(400, 20))
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(400, 20))
    assert picture._from > first
    assert not picked
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(400, 20))
    assert len(picked) == 1


@pytest.mark.parametrize(
    ("modifier", "zooms"), [(Qt.KeyboardModifier.ControlModifier, True), (Qt.KeyboardModifier.NoModifier, False)]
)
def test_the_wheel_zooms_where_asked_and_else_lets_the_page_scroll(
    picture: LanesPicture, modifier: Qt.KeyboardModifier, zooms: bool
) -> None:
    picture.clearFocus()
    every = _length(picture)
    at = QPointF(500, 20)
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(picture, event)
    assert (_length(picture) < every) is zooms


def test_stepping_goes_through_every_mark_and_brings_it_into_sight(picture: LanesPicture, qtbot: QtBot) -> None:
    picture.show_days(START.toordinal(), START.toordinal() + 30)
    picked: list[str] = []
    picture.picked.connect(picked.append)
    for _press in range(40):
        qtbot.keyClick(picture, Qt.Key.Key_Right)
        assert picture._current is not None
        assert picture._from <= picture._current.first <= picture._to
    assert picked == [f"e{number}" for number in range(40)]


@pytest.mark.parametrize("count", [3, 100, 5_000])
def test_crowded_columns_count_every_mark_once(count: int) -> None:
    marks = _marks(count)
    lane = by_lane(marks)["gp"]
    counted = lane.points.counts(START.toordinal(), 40.0, 251)
    assert sum(counted) == sum(mark.shape == "point" for mark in marks)
    for row in lane.bars:
        touched = {column for first, last in row.runs(START.toordinal(), 40.0, 251) for column in range(first, last)}
        days = [(day - START.toordinal()) // 40 for mark in row.marks for day in range(mark.first, mark.last + 1)]
        assert touched == set(days)


def test_what_touches_some_days_is_found_without_the_rest() -> None:
    marks = _marks(5_000)
    first, last = START.toordinal() + 4_000, START.toordinal() + 4_020
    lane = by_lane(marks)["gp"]
    found = {
        row.marks[at].entry_id
        for row in (lane.points, *lane.bars)
        for at in row.between(first, last)
        if row.marks[at].last >= first
    }
    assert found == {mark.entry_id for mark in marks if mark.last >= first and mark.first <= last}


def test_nothing_of_a_person_stays_in_the_picture(picture: LanesPicture) -> None:
    picture.mark_current(EntryId("e7"))
    picture.clear()
    assert picture._current is None
    assert picture.accessibleDescription() == ""
    assert not picture._nearest(QPointF(400, 20))


def _day_of_many(count: int) -> list[Mark]:
    day = TODAY.toordinal() - 30
    shapes = ("point", "diamond")
    return [Mark(EntryId(f"s{number}"), "gp", shapes[number % 2], day, day, False, "Seen") for number in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 30])
def test_marks_of_one_day_never_cover_each_other_and_each_is_reached(
    qapp: QApplication, look: None, count: int
) -> None:
    marks = _day_of_many(count)
    groups = grouped(marks, lambda day: float(day), 0.0)
    assert [mark for group in groups for mark in group.marks] == marks
    rects = list(dict.fromkeys((r.x(), r.y(), r.width(), r.height()) for group in groups for r in group.rects))
    assert len(rects) == (count if count <= STACKED else 1), "each has its own place, or one place says how many"
    places = [QRectF(*rect).adjusted(1, 1, -1, -1) for rect in rects]
    assert not [1 for at, one in enumerate(places) for other in places[at + 1 :] if one.intersects(other)]


def test_points_stand_below_the_bars_of_their_lane(picture: LanesPicture) -> None:
    start = TODAY.toordinal() - 40
    bar = Mark(EntryId("bar"), "gp", "bar", start, start + 30, False, "Stay")
    point = Mark(EntryId("point"), "gp", "diamond", start + 10, start + 10, False, "Assessment")
    picture.show_marks([bar, point], TODAY - timedelta(days=60), TODAY, TODAY)
    assert not picture._rect(bar).intersects(picture._rect(point))
    middle = picture._rect(point).center()
    assert picture._nearest(middle) == point


def test_groups_side_by_side_do_not_cover_each_other(qapp: QApplication, look: None) -> None:
    day = TODAY.toordinal()
    marks = [
        Mark(EntryId(f"m{number}"), "gp", "point", day + number // 3, day + number // 3, False, "Seen")
        for number in range(200)
    ]
    for pixels_a_day in (0.3, 2.0, 5.0, 11.0, 40.0):
        groups = grouped(marks, lambda ordinal, scale=pixels_a_day: (ordinal - day) * scale, 0.0)  # type: ignore[misc]
        ends = [max(rect.right() for rect in group.rects) for group in groups]
        begins = [min(rect.left() for rect in group.rects) for group in groups]
        assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False)), pixels_a_day
        assert sum(len(group.marks) for group in groups) == 200


def test_many_on_the_last_day_stand_whole_before_the_edge(picture: LanesPicture) -> None:
    day = TODAY.toordinal()
    many = [Mark(EntryId(f"t{number}"), "gp", "point", day, day, False, "Seen") for number in range(STACKED + 1)]
    picture.show_marks(many, TODAY - timedelta(days=365), TODAY, TODAY)
    assert all(picture.rect().contains(picture._rect(mark).toAlignedRect()) for mark in many)
