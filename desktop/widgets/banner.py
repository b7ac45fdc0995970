"""Who this is and what must not be missed: always visible, never scrolled away, wrapping where text is large."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from consent.disclosure import Banner, BannerItem
from desktop.models.words import NHS_STATUS_WORDS, age, day, nhs_number
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow
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

    def __init__(self, heading: str, text: str, token: str, *, opens: bool, inline: bool, dashed: bool = False) -> None:
        super().__init__(f"{heading}: {text}")
        self._token, self._dashed = token, dashed
        self.setEnabled(True)
        if not opens:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.ArrowCursor)
        px, gap = look().px, look().gap
        inside = QBoxLayout(QBoxLayout.Direction.LeftToRight if inline else QBoxLayout.Direction.TopToBottom, self)
        inside.setContentsMargins(gap(12), gap(4 if inline else 6), gap(12), gap(4 if inline else 6))
        inside.setSpacing(gap(10) if inline else 0)
        title, said = Text(heading.upper(), "caption", wrap=False), Text(text)
        for label in (title, said):
            label.setStyleSheet(f"color: {look().colours[token]};")
            inside.addWidget(label, 0, Qt.AlignmentFlag.AlignTop if label is title else Qt.AlignmentFlag(0))
        if not inline:
            inside.addStretch(1)
        self.setMaximumWidth(px(640 if inline else 440))

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

    def __init__(self, banner: Banner, today: date, *, stacked: bool) -> None:
        """`stacked` puts the alerts below the name, each on one line: for narrow windows and large text."""
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(self.tr("Who this is, and what must not be missed"))
        self.stacked = stacked
        gap = look().gap
        outer = QBoxLayout(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight, self)
        outer.setContentsMargins(gap(20), gap(10), gap(20), gap(10))
        outer.setSpacing(gap(8 if stacked else 20))
        outer.addWidget(self._identity(banner, today), 8)
        alerts = self._alerts(banner)
        if alerts is not None:
            outer.addWidget(alerts, 15)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _identity(self, banner: Banner, today: date) -> QWidget:
        made = QWidget()
        gap = look().gap
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(8))
        named = Flow(gap=gap(8 if not self.stacked else 14), align="centre", below=gap(2))
        named.add(Text(banner.identity.name, "title"))
        extra = banner.demographics
        if extra.preferred_name and extra.preferred_name.casefold() not in banner.identity.name.casefold().split():
            named.add(Text(self.tr("likes to be called {name}").format(name=extra.preferred_name), "lead"))
        if extra.pronouns:
            named.add(Text(f"({extra.pronouns})", "lead"))
        column.addWidget(named)
        facts = named if self.stacked else Flow(gap=gap(18), below=gap(4))
        for words, value, after in self._facts(banner, today):
            facts.add(_fact(words, value, after))
        if not self.stacked:
            column.addWidget(facts)
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
        made = Flow(gap=look().gap(8), align="stretch", right=not self.stacked)
        for item in (item for item in banner.items if item.kind != "test-data"):  # the strip above says it
            made.add(self._alert(item))
        if banner.open_in_private:
            words = self.tr("Best read where nobody looks over your shoulder")
            made.add(AlertBox(self.tr("Open in private"), words, "violet", opens=False, inline=self.stacked))
        if banner.not_shared:
            heading = self.tr("Not shared with you")
            box = AlertBox(heading, banner.not_shared, "grey", opens=False, inline=self.stacked, dashed=True)
            made.add(box)
        return made if made.count() else None

    def _alert(self, item: BannerItem) -> AlertBox:
        token = (
            "violet" if item.kind in ("adjustment", "communication") and item.tone == "plain" else _TOKENS[item.tone]
        )
        heading = item.label or _HEADINGS.get(item.kind, "Alert")
        box = AlertBox(heading, item.text, token, opens=item.entry_id is not None, inline=self.stacked)
        if item.entry_id is not None:
            entry_id = item.entry_id
            box.clicked.connect(lambda: self.opened.emit(entry_id))
        return box


def _fact(words: str, value: str, after: str) -> QWidget:
    made = Flow(gap=look().gap(5), below=0)
    for text, role in ((words, "secondary"), (value, "strong"), (after, "secondary")):
        if text:
            made.add(Text(text, role))
    return made
