"""The looks a window can have, read from `tokens.toml`, and the one in use now.

A `Look` is colours plus text scale; painters ask `look()` each time they paint, so a change needs only a repaint.
Nothing here knows what is shown.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

THEMES: tuple[str, ...] = ("light", "dark", "contrast")
TEXT_SCALES: tuple[int, ...] = (100, 125, 150, 200)


@dataclass(frozen=True)
class Look:
    """One theme at one text scale. `scale` is a percentage; lengths grow with it, so nothing is cut off."""

    theme: str = "light"
    scale: int = 100
    colours: dict[str, str] = field(default_factory=dict, compare=False)

    def px(self, length: float) -> int:
        """A length of the design in pixels at this text scale."""
        return round(length * self.scale / 100)

    def gap(self, length: float) -> int:
        """A space of the design in pixels: it grows less than text, so that large text has the room."""
        return round(length * (1 + (self.scale / 100 - 1) * 0.25))

    def colour(self, token: str) -> QColor:
        """A colour by token. Raises KeyError for an unknown token."""
        return QColor(self.colours[token])

    def edge(self, token: str) -> QPen:
        """The line around a tag: none, but where the grounds of tags are that of the page (high contrast) its ink."""
        return QPen(self.colour(token)) if self.theme == "contrast" else QPen(Qt.PenStyle.NoPen)


@cache
def table() -> dict[str, dict[str, object]]:
    """Every theme's tokens and the pairs that must contrast, as `tokens.toml` has them."""
    return {
        key: value
        for key, value in tomllib.loads((resources.files("desktop.theme") / "tokens.toml").read_text("utf-8")).items()
        if isinstance(value, dict)
    }


def make(theme: str, scale: int) -> Look:
    """The look of a theme at a text scale; an unknown name or scale falls back to light at 100 %."""
    theme = theme if theme in THEMES else "light"
    scale = scale if scale in TEXT_SCALES else 100
    return Look(theme, scale, {key: str(value) for key, value in table()[theme].items()})


_current: list[Look] = [make("light", 100)]


def look() -> Look:
    """The look in use now."""
    return _current[0]


def use(new: Look) -> None:
    """Make a look the one in use; `desktop.theme.style.apply` is what windows call."""
    _current[0] = new


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    brighter, darker = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
