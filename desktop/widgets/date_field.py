"""A day to type or to choose: one field for every place where a day is asked for.

Qt's own field for dates takes what is typed piece by piece, each piece bounded by what is allowed: "30 Nov 2026" typed
over a day gives another day, and nobody is told. Here a day is typed as people write it, is taken as a whole, and what
cannot be meant is said beside it in one sentence.
"""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QCalendarWidget,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from consent.birthdays import months_after
from desktop.models.typed_days import typed_day
from desktop.models.words import calendar_day
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button

_STEPS: dict[int, int] = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_LEAPS: dict[int, int] = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}


def _tr(text: str) -> str:
    return QCoreApplication.translate("DateField", text)


class DateField(QWidget):
    """A field called `name` with a `day` in it, not before `first` nor after `last`, where there are such days.

    Arrows go on by a day, Page up and Page down by a month. `changed` says that what is written is another day, or
    none."""

    changed = Signal()

    def __init__(self, name: str, day: date, first: date | None = None, last: date | None = None) -> None:
        super().__init__()
        self._first, self._last = first, last
        self._before: date | None = day
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(4))
        row = QHBoxLayout()
        row.setSpacing(look().gap(6))
        self.edit = _Line(self)
        self.edit.setText(calendar_day(day))
        self.edit.setMaxLength(40)
        self.edit.textChanged.connect(lambda _text: self._typed())
        self.edit.editingFinished.connect(self._leave)
        row.addWidget(self.edit, 1)
        self.choose = button(_tr("Calendar"), "", self._open)
        row.addWidget(self.choose)
        column.addLayout(row)
        self.said = Text("", "danger")
        self.said.hide()
        column.addWidget(self.said)
        self.setFocusProxy(self.edit)
        self.setAccessibleName(name)

    def setAccessibleName(self, name: str) -> None:  # noqa: N802
        """Call the field, and the button of its calendar, by this name."""
        self.edit.setAccessibleName(name)
        self.choose.setAccessibleName(_tr("{name}: choose from a calendar").format(name=name))

    @property
    def day(self) -> date | None:
        """The day written; None where none is, or one that may not be chosen."""
        return None if self.fault() else typed_day(self.edit.text())

    def set_day(self, day: date) -> None:
        """Write another day."""
        self.edit.setText(calendar_day(day))
        self.tell()

    def set_bounds(self, first: date | None, last: date | None) -> None:
        """Allow days from `first` to `last` from now on; what is written stays, and is said to be wrong where it is."""
        if (first, last) != (self._first, self._last):
            self._first, self._last = first, last
            if self.isEnabled():
                self._leave()
            self._typed()

    def fault(self) -> str:
        """What is wrong with what is written, in one sentence; empty for nothing."""
        written = typed_day(self.edit.text())
        if written is None:
            return _tr("Write the day like this: {day}.").format(day=calendar_day(self._first or date(2026, 11, 30)))
        if self._first is not None and written < self._first:
            return _tr("It cannot be before {day}.").format(day=calendar_day(self._first))
        if self._last is not None and written > self._last:
            return _tr("It cannot be after {day}.").format(day=calendar_day(self._last))
        return ""

    def step(self, key: int) -> bool:
        """Go on by the day or month that a key is for, within what is allowed; whether it is for any."""
        if key not in _STEPS and key not in _LEAPS:
            return False
        day = typed_day(self.edit.text()) or self._first or self._last or self._before
        if day is not None:
            there = day + timedelta(days=_STEPS[key]) if key in _STEPS else months_after(day, _LEAPS[key])
            self.set_day(self._within(there))
        return True

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Say what is wrong, or no more, when the field can or cannot be used any more."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange:
            self.tell()

    def _within(self, day: date) -> date:
        day = day if self._first is None else max(day, self._first)
        return day if self._last is None else min(day, self._last)

    def _typed(self) -> None:
        if not self.fault():
            self.tell()
        if self.day != self._before:
            self._before = self.day
            self.changed.emit()

    def _leave(self) -> None:
        """Write a day that was typed as all days are written, or say what is wrong with it."""
        if (day := self.day) is not None and self.edit.text() != calendar_day(day):
            self.edit.setText(calendar_day(day))
        self.tell()

    def tell(self) -> None:
        """Say beside the field what is wrong, or nothing."""
        fault = self.fault() if self.isEnabled() else ""
        self.said.setText(fault)
        self.said.setVisible(bool(fault))
        self.edit.setAccessibleDescription(fault)

    def _open(self) -> None:
        """Show a calendar under the field; Enter or a click takes the day, Esc none."""
        popup = QDialog(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.setAccessibleName(self.choose.accessibleName())
        days = QCalendarWidget(popup)
        days.setAccessibleName(popup.accessibleName())
        days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        days.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        if self._first is not None:
            days.setMinimumDate(_qt(self._first))
        if self._last is not None:
            days.setMaximumDate(_qt(self._last))
        if (day := typed_day(self.edit.text())) is not None:
            days.setSelectedDate(_qt(self._within(day)))
        _legible(days)
        frame = QFrame()
        frame.setProperty("role", "card")
        QVBoxLayout(frame).addWidget(days)
        inside = QVBoxLayout(popup)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(frame)

        def take(day: QDate) -> None:
            self.set_day(date(day.year(), day.month(), day.day()))
            popup.accept()
            self.edit.setFocus()

        days.clicked.connect(take)
        days.activated.connect(take)
        popup.move(self.edit.mapToGlobal(QPoint(0, self.edit.height())))
        popup.open()
        days.setFocus()


class _Line(QLineEdit):
    """The line of a field; keys that mean a step go to it."""

    def __init__(self, field: DateField) -> None:
        super().__init__()
        self._field = field

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Step, or write."""
        if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier) or (
            not self._field.step(event.key())
        ):
            super().keyPressEvent(event)


def _legible(days: QCalendarWidget) -> None:
    """Qt's red of weekends and black of arrows cannot be read in every look: the ink of the look can."""
    ink = QTextCharFormat()
    ink.setForeground(days.palette().text())
    for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        days.setWeekdayTextFormat(weekday, ink)
    names = {
        "qt_calendar_prevmonth": ("‹", _tr("The month before")),
        "qt_calendar_nextmonth": ("›", _tr("The month after")),
    }
    for arrow in days.findChildren(QToolButton):
        if arrow.objectName() in names:
            sign, name = names[arrow.objectName()]
            arrow.setIcon(QIcon())
            arrow.setText(sign)
            arrow.setAccessibleName(name)


def _qt(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
