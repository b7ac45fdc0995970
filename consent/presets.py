"""Choices to start from, in plain words: each is a whole set of plain choices.

None shares for anything but direct care, because no plain choice does. What they are called is in `plain_words.toml`.
Knows no record.
"""

from __future__ import annotations

from typing import Final

from consent.plain_choices import (
    EVERYTHING,
    KINDS_OF_WORKER,
    PlainChoice,
    PlainChoices,
    What,
    Who,
)

PRESETS: Final = ("usual", "everyone", "gp-hospital", "private")
_PRIVATE: Final = (
    "mental-health", "sexual-reproductive", "gender-identity", "drugs-alcohol", "domestic-abuse", "justice",
)  # fmt: skip
_TREATING: Final = ("gp", "hospital-clinician")
_NOT_CARING: Final = frozenset({"carer", "proxy", "administrator"})


def preset(key: str) -> PlainChoices:
    """The choices of a preset. Raises KeyError for one that does not exist.

    *Everyone who cares for me* is every kind of staff who gives care: not the front desk, nor family and those who act
    for the person, who are chosen one by one. *Only my GP and hospital* leaves those two as they usually are and hides
    everything from everybody else.
    """
    if key == "usual":
        return PlainChoices()
    if key == "everyone":
        staff = sorted(KINDS_OF_WORKER - _NOT_CARING)
        return PlainChoices(tuple(PlainChoice(Who("role", role), EVERYTHING, "on") for role in staff))
    if key == "gp-hospital":
        others = sorted(KINDS_OF_WORKER - set(_TREATING))
        return PlainChoices(tuple(PlainChoice(Who("role", role), EVERYTHING, "off") for role in others))
    if key == "private":
        others = sorted(KINDS_OF_WORKER - {"gp"})
        return PlainChoices(
            tuple(PlainChoice(Who("role", role), What("category", kind), "off") for role in others for kind in _PRIVATE)
        )
    raise KeyError(key)


def which(choices: PlainChoices) -> str:
    """The preset that these choices are, or empty."""
    return next((key for key in PRESETS if preset(key).choices == choices.choices), "")
