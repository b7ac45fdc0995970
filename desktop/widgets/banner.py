"""Who this is and what must not be missed: always visible, never scrolled away, wrapping where text is large."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from consent.disclosure import Banner
from desktop.models.alerts import Alert, alerts
from desktop.models.words import NHS_STATUS_WORDS, age, day, nhs_number
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow
from desktop.widgets.row import OpenRow
from desktop.widgets.text import Text, button

_TOKENS = {"danger": "danger", "warning": "warning", "info": "info", "violet": "violet", "plain": "grey"}
_LOUD = ("danger", "warning")


def is_inline(alert: Alert) -> bool:
    """Whether an alert's words stand beside its heading, on one line where they fit."""
    return alert.tone not in _LOUD or look().scale >= 150 or len(alert.said) + len(alert.small) == 1


class AlertBox(OpenRow):
    """One alert: a heading in words and what it says. The words carry the meaning; the colour only repeats it.

    `brief` leaves out who said so and when, and of quiet alerts all but the heading: pressing it tells the rest.
    """

    def __init__(self, alert: Alert, *, brief: bool) -> None:
        super().__init__(alert.spoken)
        self._token, self._dashed = _TOKENS[alert.tone], alert.dashed
        px, gap = look().px, look().gap
        quiet = alert.tone not in _LOUD
        inline = is_inline(alert)
        inside = QBoxLayout(QBoxLayout.Direction.LeftToRight if inline else QBoxLayout.Direction.TopToBottom, self)
        inside.setContentsMargins(gap(12), gap(5), gap(12), gap(5))
        inside.setSpacing(gap(10) if inline else 0)
        count = f" · {len(alert.said)}" if len(alert.said) > 1 else ""
        labels = [Text(alert.heading.upper() + count, "caption", wrap=False)]
        inside.addWidget(labels[0], 0, Qt.AlignmentFlag.AlignTop if inline else Qt.AlignmentFlag(0))
        if not (brief and quiet):
            words = QVBoxLayout()
            words.setSpacing(0)
            labels += [Text(said) for said in alert.said]
            labels += [] if brief else [Text(small, "small") for small in alert.small]
            for label in labels[1:]:
                words.addWidget(label)
            words.addStretch(1)
            inside.addLayout(words, 1)
        for label in labels:
            label.setProperty("ink", self._token)
        if alert.opens is None:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setMaximumWidth(px(780))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        pen = QPen(here.colour("focus" if self.hasFocus() else self._token), 2.5 if self.hasFocus() else 1.5)
        if self._dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        back = f"{self._token}_back"
        painter.setBrush(here.colour(back if back in here.colours else "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), here.px(8), here.px(8))


class PersonBanner(QFrame):
    """The banner of one person. `opened` carries the entry behind an alert; `wants_all` asks for every word of it."""

    opened = Signal(str)
    wants_all = Signal()

    def __init__(self, banner: Banner, today: date, *, brief: bool) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(self.tr("Who this is, and what must not be missed"))
        self.brief = brief
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(20), gap(8), gap(20), gap(10))
        outer.setSpacing(gap(8))
        outer.addWidget(self._identity(banner, today))
        shown = alerts(banner)
        if shown:
            outer.addWidget(self._alerts(shown))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _identity(self, banner: Banner, today: date) -> QWidget:
        gap = look().gap
        made = Flow(gap=gap(18), align="centre", below=gap(2))
        named = Flow(gap=gap(8), align="centre", below=0)
        named.add(Text(banner.identity.name, "title"))
        extra = banner.demographics
        if extra.preferred_name and extra.preferred_name.casefold() not in banner.identity.name.casefold().split():
            named.add(Text(self.tr("likes to be called {name}").format(name=extra.preferred_name), "lead"))
        if extra.pronouns:
            named.add(Text(f"({extra.pronouns})", "lead"))
        made.add(named)
        for words, value, after in self._facts(banner, today):
            made.add(_fact(words, value, after))
        return made

    def _facts(self, banner: Banner, today: date) -> list[tuple[str, str, str]]:
        identity, extra = banner.identity, banner.demographics
        old = age(identity.birth_date, today) if identity.birth_date_valid and not identity.deceased else ""
        doubt = "" if identity.birth_date_valid else self.tr("not a possible date")
        born = (self.tr("Born"), day(identity.birth_date) or self.tr("not recorded"), f"({old})" if old else doubt)
        number = nhs_number(identity.nhs_number) or self.tr("not recorded")
        facts = [born, (self.tr("NHS number"), number, NHS_STATUS_WORDS.get(identity.nhs_status, ""))]
        if identity.gender:
            facts.append(("", identity.gender.capitalize(), ""))
        if extra.language and extra.language.casefold() not in ("english", "en"):
            facts.append((self.tr("Language"), extra.language, ""))
        home = next((place for place in extra.addresses if place.use in ("home", "") and not place.end), None)
        if home is not None and not identity.restricted:
            lines = [*home.lines, home.postcode]
            facts.append((self.tr("Home"), ", ".join(line for line in lines if line), ""))
        return facts

    def _alerts(self, shown: list[Alert]) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(6))
        for inline in (False, True):
            some = [alert for alert in shown if is_inline(alert) is inline]
            flow = Flow(gap=look().gap(8), align="stretch", below=look().gap(6))
            for alert in sorted(some, key=lambda alert: alert.tone not in _LOUD):
                flow.add(self._box(alert))
            if inline and self.brief:
                words = self.tr("Show all of this")
                flow.add(button(words, "quiet", self.wants_all.emit, words))
            if flow.count():
                column.addWidget(flow)
        return made

    def _box(self, alert: Alert) -> AlertBox:
        box = AlertBox(alert, brief=self.brief)
        if alert.opens is not None:
            entry_id = alert.opens
            box.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        else:
            box.clicked.connect(lambda _checked=False: self.wants_all.emit())
        return box


def _fact(words: str, value: str, after: str) -> QWidget:
    made = Flow(gap=look().gap(5), below=0)
    for text, role in ((words, "secondary"), (value, "strong"), (after, "secondary")):
        if text:
            made.add(Text(text, role))
    return made
