"""What a reader is told about a section and about the whole record: states and fixed sentences.

A sentence here depends on the reader's permissions and on what is shown, never on what is withheld. *None recorded* is
said only to a reader from whom nothing in that section is withheld (consent.md, The gate).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from consent.disclosure import DisclosedEntry, DisclosedSection, SectionState
from fhir.sections import Section

MAY_BE_HIDDEN = "Some things may not be shown to you; ask the person."
UNREADABLE = "Some records could not be read."
NOT_CONNECTED = "No source that would hold this is connected."
CLAIMED = "You said that you have a relationship with this person. This access is marked for review."
PROTECTED = "This person's address, contact details and GP practice are protected and are not shown."


def section_as_shown(
    section: Section,
    entries: Sequence[DisclosedEntry],
    *,
    everything: bool,
    unreadable: bool,
    carried: Collection[tuple[str, str]],
) -> DisclosedSection:
    """One section for one reader. `everything` says that nothing in it is withheld from them; only then do `carried`
    (kind of service, section: what sources have ever supplied) and `unreadable` (something stored cannot be read)
    count.
    """
    said = any(item.entry.assertion != "no-information" for item in entries)
    if not everything:
        return DisclosedSection(section, "data" if said else "nothing-shown", tuple(entries), MAY_BE_HIDDEN)
    state: SectionState
    notice = UNREADABLE if unreadable else ""
    if said:
        state = "data"
    elif unreadable:
        state = "failed"
    elif entries or any((lane, section.key) in carried for lane in section.lanes):
        state = "none-recorded"
    else:
        state, notice = "not-connected", NOT_CONNECTED
    return DisclosedSection(section, state, tuple(entries), notice)
