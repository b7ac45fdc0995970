"""Who this is and what must not be missed: always visible, never scrolled away, wrapping where text is large."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from consent.disclosure import Banner, BannerItem
from desktop.models.words import NHS_STATUS_WORDS, age, day, nhs_number
from desktop.theme.tokens import look
from desktop.widgets.layouts import FlowLayout
from desktop.widgets.row import OpenRow
from desktop.widgets.text import Text

_TOKENS = {
    "danger": "danger",
    "warning": "warning",
    "info": "info",
    "plain": "grey",
}
_HEADINGS = {
    "allergy": "Allergy",
    "cpr": "Resuscitation",
    "advance-decision": "Advance decision",
    "adjustment": "Adjustments",
    "communication": "Communication",
    "key-worker": "Key worker",
    "alert": "Alert",
    "restricted": "Restricted",
    "deceased": "Died",
    "test-data": "Test data",
}


class AlertBox(OpenRow):
    """One alert: a heading in words and what it says. The words carry the meaning; the colour only repeats it."""

    def __init__(self, heading: str, text: str, token: str, *, opens: bool, dashed: bool = False) -> None:
        super().__init__(f"{heading}: {text}")
        self._token, self._dashed = token, dashed
        self.setEnabled(True)
        if not opens:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.ArrowCursor)
        px = look().px
        inside = QVBoxLayout(self)
        inside.setContentsMargins(px(12), px(6), px(12), px(6))
        inside.setSpacing(0)
        inside.addWidget(Text(heading.upper(), "caption", wrap=False))
        said = Text(text)
        said.setMaximumWidth(px(420))
        inside.addWidget(said)
        for label in (inside.itemAt(0).widget(), said):
            if label is not None:
                label.setStyleSheet(f"color: {look().colours[token]};")
        width = max(said.fontMetrics().horizontalAdvance(text), px(90)) + px(4)
        said.setMinimumWidth(min(width, px(300)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, self.sizePolicy().verticalPolicy())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        thick = 2.5 if self.hasFocus() else 1.5
        pen = QPen(here.colour("focus" if self.hasFocus() else self._token), thick)
        if self._dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        back = f"{self._token}_back"
        painter.setBrush(here.colour(back if back in here.colours else "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), here.px(8), here.px(8))


class PersonBanner(QFrame):
    """The banner of one person. `opened` carries the entry behind an alert."""

    opened = Signal(str)

    def __init__(self, banner: Banner, today: date) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(self.tr("Who this is, and what must not be missed"))
        px = look().px
        outer = QHBoxLayout(self)
        outer.setContentsMargins(px(20), px(10), px(20), px(10))
        outer.setSpacing(px(20))
        outer.addWidget(self._identity(banner, today), 10)
        alerts = self._alerts(banner)
        if alerts is not None:
            outer.addWidget(alerts, 13)

    def _identity(self, banner: Banner, today: date) -> QWidget:
        made = QWidget()
        px = look().px
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        named = QWidget()
        flow = FlowLayout(named, gap=px(8))
        flow.addWidget(_fitted(banner.identity.name, "title"))
        extra = banner.demographics
        if extra.preferred_name and extra.preferred_name.casefold() not in banner.identity.name.casefold().split():
            flow.addWidget(_fitted(self.tr("likes to be called {name}").format(name=extra.preferred_name), "lead"))
        if extra.pronouns:
            flow.addWidget(_fitted(f"({extra.pronouns})", "lead"))
        column.addWidget(_growing(named))
        facts = QWidget()
        flow = FlowLayout(facts, gap=px(16))
        for words, value, after in self._facts(banner, today):
            flow.addWidget(_fact(words, value, after))
        column.addWidget(_growing(facts))
        column.addStretch(1)
        return made

    def _facts(self, banner: Banner, today: date) -> list[tuple[str, str, str]]:
        identity, extra = banner.identity, banner.demographics
        old = age(identity.birth_date, today) if identity.birth_date_valid and not identity.deceased else ""
        doubt = "" if identity.birth_date_valid else self.tr("not a possible date")
        born = (self.tr("Born"), day(identity.birth_date) or self.tr("not recorded"), f"({old})" if old else doubt)
        number = nhs_number(identity.nhs_number) or self.tr("not recorded")
        facts = [born, (self.tr("NHS number"), number, NHS_STATUS_WORDS.get(identity.nhs_status, ""))]
        if identity.deceased:
            died = day(identity.deceased)
            facts.append((self.tr("Died"), died if died != "true" else self.tr("date not recorded"), ""))
        if identity.gender:
            facts.append(("", identity.gender.capitalize(), ""))
        if extra.language:
            facts.append((self.tr("Language"), extra.language, ""))
        if extra.interpreter_required:
            facts.append(("", self.tr("Interpreter needed"), ""))
        home = next((place for place in extra.addresses if place.use in ("home", "") and not place.end), None)
        if home is not None and not identity.restricted:
            lines = [*home.lines, home.postcode]
            facts.append((self.tr("Home"), ", ".join(line for line in lines if line), ""))
        return facts

    def _alerts(self, banner: Banner) -> QWidget | None:
        made = QWidget()
        flow = FlowLayout(made, gap=look().px(8))
        for item in banner.items:
            flow.addWidget(self._alert(item))
        if banner.open_in_private:
            words = self.tr("Something here is best read where nobody looks over your shoulder")
            flow.addWidget(AlertBox(self.tr("Open in private"), words, "violet", opens=False))
        if banner.not_shared:
            flow.addWidget(AlertBox(self.tr("Not shared with you"), banner.not_shared, "grey", opens=False, dashed=True))
        return _growing(made) if flow.count() else None

    def _alert(self, item: BannerItem) -> AlertBox:
        token = "violet" if item.kind in ("adjustment", "communication") and item.tone == "plain" else _TOKENS[item.tone]
        box = AlertBox(item.label or _HEADINGS.get(item.kind, "Alert"), item.text, token, opens=item.entry_id is not None)
        if item.entry_id is not None:
            entry_id = item.entry_id
            box.clicked.connect(lambda: self.opened.emit(entry_id))
        return box


def _growing(widget: QWidget) -> QWidget:
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
    return widget


def _fitted(text: str, role: str) -> Text:
    made = Text(text, role)
    made.ensurePolished()
    made.setMinimumWidth(min(made.fontMetrics().horizontalAdvance(text) + 2, look().px(480)))
    return made


def _fact(words: str, value: str, after: str) -> QWidget:
    made = QWidget()
    row = FlowLayout(made, gap=look().px(5))
    for text, role in ((words, "secondary"), (value, "strong"), (after, "secondary")):
        if text:
            row.addWidget(_fitted(text, role))
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made
