"""Who this is and what must not be missed: always visible, never scrolled away, wrapping where text is large."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from consent.disclosure import Banner
from desktop.models.alerts import Alert, alerts
from desktop.models.words import NHS_STATUS_WORDS, age, day, nhs_number
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow
from desktop.widgets.row import OpenRow
from desktop.widgets.text import Text, button
from desktop.widgets.written import Passage, Run

_TOKENS = {"danger": "danger", "warning": "warning", "info": "info", "violet": "violet", "plain": "grey"}
_LOUD = ("danger", "warning")


class _Fold(NamedTuple):
    """How an alert stands: in how many lines, its heading above the words or running on into them."""

    lines: int
    above: bool


_NEARLY = 0.3
"""The part of a line that may be left over for its alerts to take it up."""
_FLAT = _Fold(1, above=False)
_FOLDS = (_Fold(2, above=True), _Fold(3, above=True), _Fold(2, above=False), _Fold(3, above=False))


class AlertBox(OpenRow):
    """One alert: a heading, what it says, and who said so and when. The words carry the meaning; the colour only
    repeats it.

    `brief` leaves out who said so and when, and of quiet alerts all but the heading: pressing it tells the rest.
    """

    def __init__(self, alert: Alert, *, brief: bool) -> None:
        super().__init__(alert.spoken)
        self._token, self._dashed = _TOKENS[alert.tone], alert.dashed
        gap = look().gap
        self._across, self._down = gap(10), gap(4)
        count = f" · {len(alert.said)}" if len(alert.said) > 1 else ""
        heading = Run(alert.heading + count, "strong", self._token)
        self._only_heading = brief and alert.tone not in _LOUD
        small = "" if brief or not alert.small else "\u2003" + "; ".join(alert.small)
        end = Run(small, "small", self._token)
        if self._only_heading:
            self._above = self._beside = Passage(heading)
        else:
            self._above = Passage(heading, Run("\n" + "\n".join(alert.said), "body", self._token), end)
            self._beside = Passage(heading, Run("\u2003" + "  •  ".join(alert.said), "body", self._token), end)
        self._passage = self._beside
        self._widths: dict[_Fold, int] = {}
        if alert.opens is None:
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def fold(self, fold: _Fold) -> None:
        """Stand like this from now on."""
        self._passage = self._above if fold.above else self._beside

    def width_for(self, fold: _Fold) -> int:
        """How wide it is when it stands like this."""
        if fold not in self._widths:
            passage = self._above if fold.above else self._beside
            self._widths[fold] = passage.width_for(1 if self._only_heading else fold.lines) + 2 * self._across
        return self._widths[fold]

    def height_for(self, fold: _Fold, width: int) -> int:
        """How high it is when it stands like this."""
        passage = self._above if fold.above else self._beside
        return passage.height(width - 2 * self._across) + 2 * self._down

    def words(self) -> str:
        """What is written in it."""
        return self._passage.words()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._passage.height(width - 2 * self._across) + 2 * self._down

    def sizeHint(self) -> QSize:  # noqa: N802
        width = self._passage.wished + 2 * self._across
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._passage.least + 2 * self._across, 0)

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
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), here.px(7), here.px(7))
        self._passage.draw(painter, self._across, self._down - 1, self.width() - 2 * self._across)


class _Alerts(Flow):
    """Alerts side by side, each in the first line that has room for it, all folded alike: whichever way is lowest."""

    def __init__(self) -> None:
        gap = look().gap
        super().__init__(gap(6), "stretch", below=gap(4), settled=True)
        self._lowest: dict[int, _Fold] = {}
        self._read: list[QWidget] = []

    def add(self, widget: QWidget) -> None:
        """Add an alert at the end."""
        self._lowest.clear()
        super().add(widget)

    def _arrange(self, width: int, *, place: bool) -> int:
        if place:
            lines = self._lines(max(width, 1))
            self._read_in_order([item for line in lines for item, _wide, _high in line])
            for item in self._items:
                if isinstance(item, AlertBox):
                    item.fold(self._lowest[max(width, 1)])
                    item.update()
        return super()._arrange(width, place=place)

    def _read_in_order(self, items: list[QWidget]) -> None:
        """Tab and screen readers go along the lines; a small alert may stand in a line above one added before it."""
        if items != self._read:
            self._read = items
            for before, after in pairwise(items):
                QWidget.setTabOrder(before, after)
            for item in items:
                item.raise_()  # a screen reader reads children in this order; nothing here covers anything

    def _lines(self, width: int) -> list[list[tuple[QWidget, int, int]]]:
        if width in self._lowest:
            return self._folded(width, self._lowest[width])
        found = {_FLAT: self._folded(width, _FLAT)}
        if len(found[_FLAT]) > 1:
            found |= {fold: self._folded(width, fold) for fold in _FOLDS}
        heights = {fold: sum(max(high for _, _, high in line) for line in lines) for fold, lines in found.items()}
        best = self._lowest[width] = min(found, key=lambda fold: heights[fold] + self._below * len(found[fold]))
        return self._folded(width, best)

    def _folded(self, width: int, fold: _Fold) -> list[list[tuple[QWidget, int, int]]]:
        lines: list[list[tuple[QWidget, int, int]]] = []
        taken: list[int] = []
        for item in self._shown():
            box = item if isinstance(item, AlertBox) else None
            wide = min(box.width_for(fold) if box else item.sizeHint().width(), width)
            at = next((at for at, used in enumerate(taken) if used + self._gap + wide <= width), len(taken))
            if at == len(taken):
                lines.append([])
                taken.append(-self._gap)
            lines[at].append((item, wide, box.height_for(fold, wide) if box else self._height(item, wide)))
            taken[at] += self._gap + wide
        return [self._filled(line, width) for line in lines]

    def _filled(self, line: list[tuple[QWidget, int, int]], width: int) -> list[tuple[QWidget, int, int]]:
        """A line that nearly fills its room fills all of it: what is left over goes to its alerts alike."""
        spare = width - sum(wide for _, wide, _ in line) - self._gap * (len(line) - 1)
        if spare > width * _NEARLY:
            return line
        filled = []
        for at, (item, wide, high) in enumerate(line):
            more = wide + spare // len(line) + (at < spare % len(line))
            box = item if isinstance(item, AlertBox) else None
            filled.append((item, more if box else wide, high))
        return filled


class PersonBanner(QFrame):
    """The banner of one person. `opened` carries the entry behind an alert; `wants_all` asks for every word of it."""

    opened = Signal(str)
    wants_all = Signal()

    def __init__(self, banner: Banner, today: date, *, brief: bool, alike: int = 0) -> None:
        """`alike` says how many others here may be the same person."""
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(self.tr("Who this is, and what must not be missed"))
        self.brief = brief
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(18), gap(5), gap(18), gap(8))
        outer.setSpacing(gap(5))
        outer.addWidget(self._identity(banner, today))
        shown = alerts(banner, alike)
        if shown:
            outer.addWidget(self._alerts(shown))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _identity(self, banner: Banner, today: date) -> QWidget:
        gap = look().gap
        made = Flow(gap=gap(14), align="centre", below=gap(2), settled=True)
        named = Flow(gap=gap(8), align="centre", below=0, settled=True)
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
        now = [place for place in extra.addresses if not place.end]
        home = next((place for place in now if place.use in ("home", "")), None)
        stay = next((place for place in now if place.use == "temp"), None)
        for words, place in ((self.tr("Home"), home), (self.tr("Staying at"), None if home else stay)):
            if place is not None and not identity.restricted:
                lines = [*place.lines, place.postcode]
                facts.append((words, ", ".join(line for line in lines if line), ""))
        return facts

    def _alerts(self, shown: list[Alert]) -> QWidget:
        made = _Alerts()
        for alert in sorted(shown, key=lambda alert: alert.tone not in _LOUD):
            made.add(self._box(alert))
        if self.brief:
            words = self.tr("Show all of this")
            made.add(button(words, "quiet", self.wants_all.emit, words))
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
    made = Flow(gap=look().gap(5), below=0, settled=True)
    for text, role in ((words, "secondary"), (value, "strong"), (after, "secondary")):
        if text:
            made.add(Text(text, role))
    return made
