"""Nothing is cut off at 100 % and 200 %, every control has a name, and every theme has the contrast it needs."""

from __future__ import annotations

import pytest
from conftest import Driver, flush
from fake_vault import ROWS
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontDatabase, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from desktop.models.alerts import alerts
from desktop.models.entries import LinesRole
from desktop.theme import fonts
from desktop.theme.tokens import THEMES, contrast, look, table
from desktop.views.plugs import plugged
from desktop.widgets.banner import AlertBox
from desktop.widgets.navigation import mark, name_font, name_room
from desktop.widgets.row import WrittenRow
from desktop.widgets.table import RecordTable, line_rect


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_marks_contrast(theme: str) -> None:
    colours = {key: str(value) for key, value in table()[theme].items()}
    pairs = table()["pairs"]
    for kind, least in (("text", 4.5), ("marks", 3.0)):
        rows = pairs[kind]
        assert isinstance(rows, list)
        for one, other in rows:
            found = contrast(colours[one], colours[other])
            assert found >= least, f"{theme}: {one} on {other} is {found:.2f}"


def test_the_shipped_typeface_is_in_use(driver: Driver) -> None:
    assert fonts.FAMILY in QFontDatabase.families()
    assert QApplication.font().family() == fonts.FAMILY


def _cut(root: QWidget) -> list[str]:
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and widget.text():
            found += _label(widget)
        elif isinstance(widget, QPushButton) and widget.text():
            words = widget.text().replace("&&", "&")
            if QFontMetrics(widget.font()).horizontalAdvance(words) > widget.width():
                found.append(f"button {words!r}")
            if _outside(widget):
                found.append(f"button {words!r} beyond its parent")
        elif isinstance(widget, QLineEdit | QComboBox):
            found += _field(widget)
        elif isinstance(widget, RecordTable):
            found += _table(widget)
        elif isinstance(widget, WrittenRow):
            found += _row(widget)
    return found


def _field(field: QLineEdit | QComboBox) -> list[str]:
    """A hint, or what is chosen, that has not the room it takes. What somebody types may be longer than its field."""
    words = field.placeholderText() if isinstance(field, QLineEdit) else field.currentText()
    cut = QFontMetrics(field.font()).horizontalAdvance(words) > field.width() - look().px(16)
    return [f"field {words!r} in {field.width()}"] if cut else []


def _row(row: WrittenRow) -> list[str]:
    low = row.heightForWidth(row.width()) > row.height()
    narrow = row.minimumSizeHint().width() > row.width()
    return [f"row {row.words()[:50]!r} in {row.size()}"] if low or narrow or _outside(row) else []


def _label(label: QLabel) -> list[str]:
    margins = label.contentsMargins()
    room = label.contentsRect().width()
    metrics = QFontMetrics(label.font())
    flags = int(Qt.TextFlag.TextWordWrap) if label.wordWrap() else 0
    needed = metrics.boundingRect(QRect(0, 0, room if label.wordWrap() else 1 << 14, 1 << 14), flags, label.text())
    cut = needed.width() > room + 1 or needed.height() > label.height() - margins.top() - margins.bottom() + 1
    return [f"label {label.text()[:50]!r} {needed.size()} in {label.size()}"] if cut or _outside(label) else []


def _outside(widget: QWidget) -> bool:
    """Whether a parent on the way to the next scroll area cuts the widget."""
    parent = widget.parentWidget()
    rect = widget.rect()
    while parent is not None and not widget.isWindow():
        if isinstance(parent.parentWidget(), QScrollArea):
            return False
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(QRect(widget.mapTo(parent, rect.topLeft()), rect.size())):
            return True
        parent = parent.parentWidget()
    return False


def _table(view: RecordTable) -> list[str]:
    found = []
    model, here = view.model(), look()
    for row in range(max(view.rowAt(0), 0), model.rowCount()):
        if view.rowViewportPosition(row) > view.viewport().height():
            break
        for column in range(model.columnCount()):
            if view.isColumnHidden(column):
                continue
            lines = list(model.index(row, column).data(LinesRole) or ())
            if column == view.host:
                for stacked in view.stacked_columns:
                    lines += model.index(row, stacked).data(LinesRole) or ()
            room = view.columnWidth(column) - here.px(16)
            rects = [line_rect(line, room) for line in lines]
            if any(rect.width() > room for rect in rects):
                found.append(f"cell {row},{column} too narrow")
            if sum(rect.height() + here.px(2) for rect in rects) > view.rowHeight(row):
                found.append(f"cell {row},{column} too low")
    header = view.horizontalHeader()
    for column in range(model.columnCount()):
        words = str(model.headerData(column, Qt.Orientation.Horizontal))
        if not view.isColumnHidden(column) and header.sectionSizeFromContents(column).width() > header.sectionSize(
            column
        ):
            found.append(f"heading {words!r}")
    return found


@pytest.mark.parametrize(
    ("scale", "size"), [(100, (1440, 900)), (100, (1280, 800)), (200, (1440, 900)), (200, (1280, 800))]
)
def test_nothing_is_cut_off(driver: Driver, scale: int, size: tuple[int, int]) -> None:
    window = driver.window
    window.resize(*size)
    window.wear("light", scale)
    driver.settle()
    found = {"sign in": _cut(window)}
    driver.sign_in()
    found["find"] = _cut(window)
    window.ask_why(ROWS[1])
    flush()
    found["reason"] = _cut(window.dialogs()[-1])
    window.dialogs()[-1].reject()
    driver.open()
    person = window.person
    assert person is not None
    for page in ("overview", "timeline", "family-history", "sources", *(kind.key for kind in plugged().pages)):
        person.open_page(page)
        flush()
        found[page] = _cut(window)
    person.open_entry(person.story.entries("admissions")[0].entry.entry_id)
    flush()
    found["detail"] = _cut(window)
    for row in range(person.navigation.pages.rowCount()):
        index = person.navigation.pages.index(row)
        line = person.navigation.pages._rows[row]
        if line.page:
            rect = person.navigation.visualRect(index)
            room = name_room(rect, QFontMetrics(fonts.font(look().px(13))).horizontalAdvance(mark(line)))
            needed = QFontMetrics(name_font(line.name, room.width(), selected=True)).boundingRect(
                QRect(0, 0, room.width(), 1 << 14), int(Qt.TextFlag.TextWordWrap), line.name
            )
            if needed.height() > rect.height() or needed.width() > room.width():
                found.setdefault("navigation", []).append(line.name)
    window.start_import([])
    driver.settle()
    found["import"] = _cut(window)
    assert {screen: cuts for screen, cuts in found.items() if cuts} == {}


def test_every_control_has_a_name(driver: Driver) -> None:
    window = driver.window
    unnamed = _unnamed(window)
    driver.sign_in()
    unnamed += _unnamed(window)
    window.ask_why(ROWS[0])
    unnamed += _unnamed(window.dialogs()[-1])
    window.dialogs()[-1].reject()
    driver.open()
    person = window.person
    assert person is not None
    for page in person.navigation.pages.pages():
        person.open_page(page)
        unnamed += _unnamed(window)
    person.open_entry(person.story.entries("admissions")[0].entry.entry_id)
    unnamed += _unnamed(window)
    window.start_import([])
    driver.settle()
    unnamed += _unnamed(window)
    assert unnamed == []


def _unnamed(root: QWidget) -> list[str]:
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit)
    return [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in root.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.isVisible()
        and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)])
def test_the_banner_leaves_room_for_the_record_and_says_everything(driver: Driver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    driver.sign_in()
    driver.open()
    flush()
    person = driver.window.person
    assert person is not None
    assert not person.banner.brief
    assert person.banner.height() <= 190
    written = "".join(box.words() for box in person.banner.findChildren(AlertBox))
    shown = alerts(person.story.record.banner)
    assert shown
    for alert in shown:
        for part in (alert.heading, *alert.said, *alert.small):
            assert part in written.replace("\u200b", "")


@pytest.mark.parametrize("scale", [100, 200])
def test_no_alert_is_cut_at_any_width(driver: Driver, scale: int) -> None:
    driver.window.wear("light", scale)
    driver.sign_in()
    driver.open()
    for width in (900, 1000, 1180, 1280, 1440, 1920):
        driver.window.resize(width, 900)
        flush()
        assert driver.window.person is not None
        boxes = driver.window.person.banner.findChildren(AlertBox)
        low = [box.words() for box in boxes if box.heightForWidth(box.width()) > box.height() or _outside(box)]
        assert boxes
        assert low == []


@pytest.mark.parametrize("height", [620, 700, 760, 833, 900, 1080])
def test_the_navigation_ends_where_a_line_ends(driver: Driver, height: int) -> None:
    driver.window.resize(1440, height)
    driver.sign_in()
    driver.open()
    flush()
    assert driver.window.person is not None
    view = driver.window.person.navigation
    view.verticalScrollBar().setValue(0)
    bottom = view.viewport().height()
    for row in range(view.pages.rowCount()):
        rect = view.visualRect(view.pages.index(row))
        assert rect.bottom() < bottom or rect.top() >= bottom, "no line is cut"
        if rect.bottom() < bottom <= rect.bottom() + 1:
            assert view.pages.page(view.pages.index(row)), "the last line is no heading"


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_field_is_for_can_be_read_before_anything_is_typed(driver: Driver, theme: str) -> None:
    driver.sign_in()
    driver.window.wear(theme, 200)
    flush()
    field = driver.window.find_view.query
    field.clearFocus()
    flush()
    picture = field.grab().toImage()
    inside = [
        picture.pixelColor(x, y).name()
        for x in range(24, picture.width() // 2)
        for y in range(12, picture.height() - 12)
    ]
    ground = max(set(inside), key=inside.count)
    assert max(contrast(ink, ground) for ink in set(inside)) >= 4.5
