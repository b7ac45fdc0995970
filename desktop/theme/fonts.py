"""The one typeface of the window: Inter (SIL Open Font License, text beside the font files), shipped with the product.

Its disambiguation set is on: capital I, small l, 1, O and 0 cannot be mistaken for each other in a dose or a number.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtGui import QFont, QFontDatabase

FAMILY = "Inter"
_FILES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")


@cache
def load() -> str:
    """Register the shipped font files once a process; returns the family to use."""
    for name in _FILES:
        QFontDatabase.addApplicationFontFromData((resources.files("desktop.theme") / "fonts" / name).read_bytes())
    return FAMILY


@cache
def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The typeface at a size in pixels; one object for each, not to be changed."""
    made = QFont(load())
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("ss02"), 1)
    return made


def monospace(pixels: int) -> QFont:
    """The platform's fixed-width face, for source bytes."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(pixels)
    return made
