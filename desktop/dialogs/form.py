"""A dialog that asks several things: what is wrong with an answer is said in one sentence beside it, and the cursor
goes there; only when nothing is wrong is it done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from desktop.dialogs.frame import Framed
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text, button, notice

Check = Callable[[], str]
EARLIEST = date(1990, 1, 1)
"""The first day on which anything that is recorded can have begun."""


@dataclass(frozen=True)
class _Asked:
    field: QWidget
    check: Check
    said: Text

    def tell(self, fault: str) -> None:
        self.said.setText(fault)
        self.said.setVisible(bool(fault))
        self.field.setAccessibleDescription(fault)


class Form(Framed):
    """A dialog with a `heading`, whom it is about, and fields one under the other; call `finish` after the last."""

    def __init__(self, title: str, heading: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setModal(True)
        self._asked: list[_Asked] = []
        self.body.addWidget(Text(heading, "title"))
        self.body.addWidget(Text(about, "lead"))

    def ask(self, name: str, field: QWidget, check: Check | None = None) -> Text:
        """Add a field under its name, which is returned; `check` says what is wrong with its answer."""
        label = Text(name, "strong")
        label.setContentsMargins(0, look().gap(6), 0, 0)  # nearer to its own field than to the one above
        field.setAccessibleName(name)
        label.setBuddy(field)
        self.body.addWidget(label)
        self.body.addWidget(field)
        if isinstance(field, DateField):
            self._asked.append(_Asked(field, field.fault, field.said))  # which it shows itself
        elif check is not None:
            self.watch(field, check)
        return label

    def watch(self, field: QWidget, check: Check) -> None:
        """Say under what was added last what `check` finds wrong; the cursor goes to `field` then."""
        said = Text("", "danger")
        said.hide()
        self.body.addWidget(said)
        asked = _Asked(field, check, said)
        self._asked.append(asked)
        if isinstance(field, QLineEdit):
            field.textChanged.connect(lambda _text: self.recheck())
        elif isinstance(field, QComboBox):
            field.currentIndexChanged.connect(lambda _row: self.recheck())
        elif isinstance(field, QCheckBox):
            field.toggled.connect(lambda _on: self.recheck())

    def recheck(self) -> None:
        """Say no more what is wrong no more."""
        for one in self._asked:
            if not isinstance(one.field, DateField) and not one.said.isHidden():
                one.tell("" if one.field.isHidden() else one.check())

    def finish(self, words: str, told: str) -> None:
        """Add what is `told` before it is done, and the buttons; `words` are on the one that does it."""
        self.body.addWidget(notice(told))
        cancel = QCoreApplication.translate("Form", "Cancel")
        self.buttons.addWidget(button(QCoreApplication.translate("Form", "Cancel   Esc"), "", self.reject, cancel))
        self.done_button = button(words, "primary", self.done_with)
        self.done_button.setDefault(True)
        self.buttons.addWidget(self.done_button)

    def done_with(self) -> None:
        """Accept, or say beside each answer what is wrong with it and go to the first."""
        faults = [(one, one.check()) for one in self._asked if one.field.isEnabled() and not one.field.isHidden()]
        for one, fault in faults:
            if isinstance(one.field, DateField):
                one.field.tell()
            else:
                one.tell(fault)
        wrong = next((one for one, fault in faults if fault), None)
        if wrong is None:
            self.accept()
            return
        wrong.field.setFocus()
        self._area.ensureWidgetVisible(wrong.said)
        self._area.ensureWidgetVisible(wrong.field)


class Term:
    """Part of a form: from which day something holds, and until it is ended or, unticked, to its last day.

    `begins` and `lasting` are the names of the first day and of the box; the last day is at least the first, and not
    before `least`. `width` is that of the form, which grows with it.
    """

    def __init__(self, form: Form, today: date, *, begins: str, lasting: str, least: date, width: int) -> None:
        self._form, self._least, self._width = form, least, width
        self.starts = DateField(begins, today, EARLIEST)
        self._starts_name = form.ask(begins, self.starts)
        self.lasting = QCheckBox(lasting)
        self.lasting.setAccessibleName(lasting)
        self.lasting.setChecked(True)
        form.body.addWidget(self.lasting)
        last = QCoreApplication.translate("Form", "Its last day")
        self.ends = DateField(last, today, today)
        self._ends_name = form.ask(last, self.ends)
        self.asked = True
        self.lasting.toggled.connect(lambda _on: self.write())
        self.starts.changed.connect(self.write)

    @property
    def until(self) -> date | None:
        """Its last day; None where it has none."""
        return None if self.lasting.isChecked() else self.ends.day

    def write(self) -> None:
        """Show what is asked now; nothing where it is not `asked`."""
        for one in (self.starts, self._starts_name, self.lasting):
            one.setVisible(self.asked)
        for one in (self.ends, self._ends_name):
            one.setVisible(self.asked and not self.lasting.isChecked())
        self.ends.set_bounds(max(self.starts.day or self._least, self._least), None)
        self._form.fit(look().px(self._width))


def said_in(field: QLineEdit, fault: str, shortest: int = 1) -> Check:
    """A check that a line has at least so many letters."""
    return lambda: "" if len(field.text().strip()) >= shortest else fault


def chosen_in(field: QComboBox, fault: str) -> Check:
    """A check that something of a list is chosen."""
    return lambda: "" if field.currentIndex() >= 0 else fault


class ConfirmDialog(Framed):
    """Asks once more before what matters: what it is about, and what follows. What changes nothing comes first."""

    def __init__(
        self, title: str, question: str, about: str, told: str, words: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self.setModal(True)
        self.body.addWidget(Text(question, "title"))
        self.body.addWidget(Text(about, "lead"))
        self.body.addWidget(notice(told))
        cancel = QCoreApplication.translate("Form", "Cancel")
        stay = button(QCoreApplication.translate("Form", "Cancel   Esc"), "", self.reject, cancel)
        stay.setDefault(True)
        self.buttons.addWidget(stay)
        self.buttons.addWidget(button(words, "primary", self.accept))
        stay.setFocus()
        self.fit(look().px(620))
