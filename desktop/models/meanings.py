"""What the words of one sector mean to all others, for tooltips and for the details of an entry: `fhir.glossary`, said
in the language of the window. Pure; what comes back is the glossary's own words and nothing of a record.
"""

from __future__ import annotations

from desktop.models.tongue import ours
from fhir.glossary import found_in

MOST = 6


def meanings(text: str) -> list[tuple[str, str]]:
    """Each term that stands in a text with what it means, in the order of the text; so many at most."""
    found = {one.term.term: one.term.words for one in found_in(text.replace("\u200b", ""))}
    return [(ours(term), ours(words)) for term, words in list(found.items())[:MOST]]


def tip(text: str) -> str:
    """The same as the words of a tooltip, a line for each term; empty where none stands there."""
    return "\n".join(f"{term}: {words}" for term, words in meanings(text))
