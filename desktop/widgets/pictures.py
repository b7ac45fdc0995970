"""Small pictures beside the words of the person's own screens, painted from simple shapes in the colours of the look.

They always stand beside a word and never carry a meaning alone, so they have no accessible name of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme.tokens import look


class Picture(QWidget):
    """One picture in a soft round field. `size` is in pixels of the design."""

    def __init__(self, name: str, size: int = 40, *, tone: str = "action") -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self._side = look().px(size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(QSize(self._side, self._side))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = look().colour(self._tone)
        soft = QColor(ink)
        soft.setAlpha(28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawEllipse(self.rect())
        painter.scale(self._side / 40, self._side / 40)
        draw(self._name, painter, ink)
        painter.end()


def pixmap(name: str, size: int) -> QPixmap:
    """A picture without its field, to stand in a button or menu. `size` is in pixels of the design."""
    side = look().px(size)
    made = QPixmap(side * 2, side * 2)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / 40, side / 40)
    draw(name, painter, look().colour("action"))
    painter.end()
    return made


def draw(name: str, painter: QPainter, ink: QColor) -> None:
    """Draw a picture into a field of 40 by 40, on a screen or on paper."""
    painter.setPen(QPen(ink, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _PICTURES.get(name, _other)(painter)


def drawn() -> frozenset[str]:
    """Names of all pictures there are."""
    return frozenset(_PICTURES)


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _general(painter: QPainter) -> None:
    """A cross."""
    _lines(painter, (17, 11), (23, 11), (23, 17), (29, 17), (29, 23), (23, 23), (23, 29), (17, 29), (17, 23),
           (11, 23), (11, 17), (17, 17), (17, 11))  # fmt: skip


def _mind(painter: QPainter) -> None:
    """A head."""
    path = QPainterPath(QPointF(16, 30))
    path.lineTo(16, 26)
    path.cubicTo(8, 23, 9, 10, 20, 10)
    path.cubicTo(28, 10, 29, 15, 29, 18)
    path.lineTo(31, 22)
    path.lineTo(28.5, 23)
    path.lineTo(28.5, 26)
    path.lineTo(25, 27)
    path.lineTo(25, 30)
    painter.drawPath(path)
    painter.drawEllipse(QPointF(19.5, 17.5), 3.5, 3.5)


def _heart(painter: QPainter) -> None:
    path = QPainterPath(QPointF(20, 29))
    path.cubicTo(8, 21, 10, 11, 16, 11.5)
    path.cubicTo(18.5, 12, 20, 14, 20, 15)
    path.cubicTo(20, 14, 21.5, 12, 24, 11.5)
    path.cubicTo(30, 11, 32, 21, 20, 29)
    painter.drawPath(path)


def _person(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(20, 15), 4.5, 4.5)
    path = QPainterPath(QPointF(11, 30))
    path.cubicTo(11, 20, 29, 20, 29, 30)
    painter.drawPath(path)


def _people(painter: QPainter) -> None:
    for x, top in ((15.0, 15.0), (26.0, 17.5)):
        painter.drawEllipse(QPointF(x, top), 3.6, 3.6)
        path = QPainterPath(QPointF(x - 6, 29))
        path.cubicTo(x - 6, top + 5, x + 6, top + 5, x + 6, 29)
        painter.drawPath(path)


def _bottle(painter: QPainter) -> None:
    _lines(painter, (18, 9), (18, 15), (15, 19), (15, 31), (25, 31), (25, 19), (22, 15), (22, 9), (18, 9))
    _lines(painter, (15, 23), (25, 23))


def _hands(painter: QPainter) -> None:
    """A house with a heart's place in it."""
    _lines(painter, (10, 20), (20, 11), (30, 20))
    _lines(painter, (13, 18), (13, 30), (27, 30), (27, 18))
    _lines(painter, (18, 30), (18, 23), (22, 23), (22, 30))


def _shield(painter: QPainter) -> None:
    path = QPainterPath(QPointF(20, 9))
    path.lineTo(29, 12.5)
    path.cubicTo(29, 22, 26, 28, 20, 31)
    path.cubicTo(14, 28, 11, 22, 11, 12.5)
    path.closeSubpath()
    painter.drawPath(path)


def _coin(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(20, 20), 10.5, 10.5)
    path = QPainterPath(QPointF(24, 16))
    path.cubicTo(22, 13, 17, 14, 18, 18)
    path.cubicTo(18.5, 21, 18.5, 23, 16, 25.5)
    path.lineTo(24.5, 25.5)
    painter.drawPath(path)
    _lines(painter, (16, 20.5), (22, 20.5))


def _scales(painter: QPainter) -> None:
    _lines(painter, (20, 10), (20, 30))
    _lines(painter, (14, 30), (26, 30))
    _lines(painter, (11, 14), (29, 14))
    for x in (12.0, 28.0):
        _lines(painter, (x, 14), (x - 4, 22), (x + 4, 22), (x, 14))


def _speech(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(10, 12, 20, 13), 4, 4)
    _lines(painter, (15, 25), (14, 30), (20, 25))
    _lines(painter, (14, 17), (26, 17))
    _lines(painter, (14, 20.5), (22, 20.5))


def _all(painter: QPainter) -> None:
    for y in (14.0, 20.0, 26.0):
        _lines(painter, (16, y), (29, y))
        painter.drawEllipse(QPointF(12, y), 0.8, 0.8)


def _siren(painter: QPainter) -> None:
    _lines(painter, (20, 9), (20, 22))
    painter.drawEllipse(QPointF(20, 28.5), 1.2, 1.2)


def _eye(painter: QPainter) -> None:
    path = QPainterPath(QPointF(8.5, 20))
    path.cubicTo(13, 12, 27, 12, 31.5, 20)
    path.cubicTo(27, 28, 13, 28, 8.5, 20)
    painter.drawPath(path)
    painter.drawEllipse(QPointF(20, 20), 3.6, 3.6)


def _tick(painter: QPainter) -> None:
    _lines(painter, (12, 21), (18, 27), (29, 14))


def _crossed(painter: QPainter) -> None:
    _lines(painter, (13, 13), (27, 27))
    _lines(painter, (27, 13), (13, 27))


def _page(painter: QPainter) -> None:
    """A sheet with a turned corner."""
    _lines(painter, (13, 9), (23, 9), (28, 14), (28, 31), (13, 31), (13, 9))
    _lines(painter, (23, 9), (23, 14), (28, 14))
    for y in (18.0, 22.0, 26.0):
        _lines(painter, (17, y), (24, y))


def _pencil(painter: QPainter) -> None:
    _lines(painter, (12, 28), (13.5, 22.5), (25, 11), (29, 15), (17.5, 26.5), (12, 28))
    _lines(painter, (22, 14), (26, 18))


def _photo(painter: QPainter) -> None:
    """A picture in a frame: a hill and a sun."""
    painter.drawRoundedRect(QRectF(10, 12, 20, 16), 2, 2)
    _lines(painter, (12, 26), (17, 20), (21, 24), (24, 21.5), (28, 26))
    painter.drawEllipse(QPointF(24, 16.5), 1.8, 1.8)


def _key(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(14.5, 20), 4.5, 4.5)
    _lines(painter, (19, 20), (31, 20), (31, 25))
    _lines(painter, (26, 20), (26, 24))


def _clock(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(20, 20), 10.5, 10.5)
    _lines(painter, (20, 13), (20, 20), (25, 23))


def _lock(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(12, 18, 16, 12), 2, 2)
    path = QPainterPath(QPointF(15, 18))
    path.cubicTo(15, 8, 25, 8, 25, 18)
    painter.drawPath(path)
    _lines(painter, (20, 22.5), (20, 25.5))


def _hidden(painter: QPainter) -> None:
    """An eye, struck through."""
    _eye(painter)
    _lines(painter, (11, 29), (29, 11))


def _other(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(20, 20), 9, 9)


_PICTURES: dict[str, Callable[[QPainter], None]] = {
    "general": _general,
    "mental-health": _mind,
    "sexual-reproductive": _heart,
    "gender-identity": _person,
    "drugs-alcohol": _bottle,
    "social-care": _hands,
    "domestic-abuse": _shield,
    "children-family": _people,
    "money": _coin,
    "justice": _scales,
    "about-me": _speech,
    "everything": _all,
    "who": _people,
    "emergencies": _siren,
    "looked": _eye,
    "on": _tick,
    "tick": _tick,
    "siren": _siren,
    "key": _key,
    "bottle": _bottle,
    "hidden": _hidden,
    "scales": _scales,
    "clock": _clock,
    "page": _page,
    "pencil": _pencil,
    "photo": _photo,
    "speech": _speech,
    "eye": _eye,
    "lock": _lock,
    "house": _hands,
    "heart": _heart,
    "people": _people,
    "person": _person,
    "off": _crossed,
}
