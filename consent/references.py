"""What a reference says by itself of where it leads. Knows nothing of what is stored, shown or permitted."""

from __future__ import annotations

from functools import lru_cache

from consent.sensitivity.tables import shape

_NAMED = frozenset({"Medication", "Substance", "Questionnaire", "PlanDefinition", "ActivityDefinition"})
_FACTS = frozenset({"AllergyIntolerance", "Device"})
"""Facts about a person, though their types stand among those that take no labels from others."""


@lru_cache(maxsize=20_000)
def target_type(target: str) -> str:
    """The resource type a reference is to, from "Type/id" or an absolute address; empty where it does not say."""
    parts = target.rstrip("/").split("/")
    return parts[-2] if len(parts) > 1 else ""


@lru_cache(maxsize=20_000)
def stays(target: str) -> bool:
    """References an entry keeps whatever else is shown: to its own parts, to nothing that could be an entry, and to
    people, places, products and blank forms, whose names are part of what the entry itself says."""
    if not target or "#" in target:
        return True
    kind = target_type(target)
    return (kind in shape().never_receive_types and kind not in _FACTS) or kind in _NAMED


def is_unique(identity: str) -> bool:
    """An id that no second source would give to something else: a UUID."""
    return len(identity) == 36 and identity.count("-") == 4
