"""Whether a text tells a name, however it was laid out or cut: asked where entries are made, and where parts go."""

from __future__ import annotations

from collections.abc import Iterable

CUT = "…"
SHORTEST = 3
"""Letters of the shortest name that is looked for."""


def plain(text: str) -> str:
    """A text as it is compared: in small letters, with one space where there is any."""
    return " ".join(text.casefold().split())


def tells(text: str, names: Iterable[str]) -> bool:
    """Whether a text tells one of these `plain` names, or ends within one because it was cut."""
    words = plain(text)
    if any(name in words for name in names):
        return True
    return words.endswith(CUT) and any(
        words.endswith(name[:length] + CUT) for name in names for length in range(SHORTEST, len(name))
    )
