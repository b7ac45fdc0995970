"""The picture of the log's chain: between two links there is always one that joins them, also at the end of a row."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from desktop.reports import ChainLink
from desktop.theme.tokens import look as wears
from desktop.widgets.chain import ChainPicture

LINKS = [ChainLink(f"Worker {n}", n, f"2026-11-{n + 10}T09:00:00Z") for n in range(5)]


def joins(picture: ChainPicture, colour: QColor) -> int:
    """Pieces of the colour of the chain, with nothing of it between them: links that are not joined are several."""
    image = picture.grab().toImage()
    here = {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if abs(image.pixelColor(x, y).rgb() - colour.rgb()) == 0
    }
    pieces = 0
    while here:
        pieces, edge = pieces + 1, [here.pop()]
        while edge:
            x, y = edge.pop()
            near = {(x + dx, y + dy) for dx in (-2, -1, 0, 1, 2) for dy in (-2, -1, 0, 1, 2)} & here
            here -= near
            edge += near
    return pieces


@pytest.mark.usefixtures("look")
@pytest.mark.parametrize("width", [200, 400, 620])
def test_no_link_stands_alone_however_narrow_it_is(qtbot: QtBot, width: int) -> None:
    picture = ChainPicture(LINKS, whole=True)
    qtbot.addWidget(picture)
    picture.resize(width, picture.heightForWidth(width))
    assert joins(picture, wears().colour("good")) == 1
