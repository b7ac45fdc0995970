"""What the gate releases: the only record type that views, exports and prints may take.

Everything in a `DisclosedRecord` may be shown to the one who asked, for the purpose asked. Nothing in it is derived
from an entry that was withheld.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from consent.overrides import Override
from consent.request import Request
from fhir.agreement import FieldAgreement
from fhir.entries import Entry, EntryId, PersonId
from fhir.people import Demographics, Identity
from fhir.sections import Section
from fhir.timeline import Night

SectionState = Literal["data", "none-recorded", "nothing-shown", "not-connected", "failed"]


class DisclosedEntry(msgspec.Struct, frozen=True, gc=False):
    """A permitted entry. `shortened` says that parts were masked; `because` is one sentence for the reader.

    `whole` says that but for references to what is not shown, all of its resource may be shown: nothing else is masked,
    and no other entry of the resource is withheld.
    """

    entry: Entry
    categories: tuple[str, ...]
    because: str
    shortened: bool = False
    group: str = ""
    agreement: str = ""
    whole: bool = True


@dataclass(frozen=True)
class DisclosedSection:
    """One section as this reader sees it. `notice` is a plain sentence or empty; it never depends on withheld data."""

    section: Section
    state: SectionState
    entries: tuple[DisclosedEntry, ...] = ()
    notice: str = ""


@dataclass(frozen=True)
class BannerItem:
    """One alert of the banner; `entry_id` opens its source. `kind` is allergy, cpr, advance-decision, adjustment,
    communication, key-worker, alert, restricted, deceased or test-data; `tone` is danger, warning, info or plain."""

    kind: str
    label: str
    text: str
    tone: Literal["danger", "warning", "info", "plain"] = "plain"
    entry_id: EntryId | None = None


@dataclass(frozen=True)
class Banner:
    """Always visible. `demographics` is the preferred source's; `open_in_private` is the neutral mark that something
    must not be read over a shoulder; `not_shared` is the line that depends on the reader's permissions only."""

    identity: Identity
    demographics: Demographics
    items: tuple[BannerItem, ...] = ()
    open_in_private: bool = False
    not_shared: str = ""


@dataclass(frozen=True)
class DisclosedSource:
    """A source that supplied something to what is shown: how much, and the newest date of it (FHIR date)."""

    name: str
    kind: str
    lane: str
    entries: int
    newest: str


@dataclass(frozen=True)
class Conflict:
    """Two or more shown entries that contradict each other. `severity` is high, medium or low."""

    kind: str
    severity: Literal["high", "medium", "low"]
    text: str
    entry_ids: tuple[EntryId, ...]


@dataclass(frozen=True)
class FactGroup:
    """Shown entries that several sources report as one fact (`fhir.reconcile`), compared field by field. `id` is the
    group that the entries name; `preferred` is the entry to look at first, or empty, and `because` says why."""

    id: str
    section: str
    entry_ids: tuple[EntryId, ...]
    fields: tuple[FieldAgreement, ...]
    preferred: str = ""
    because: str = ""


@dataclass(frozen=True)
class NightsAtHome:
    """Nights at home in the 365 nights before `until` (FHIR date), from what is shown. `away` lists the stays counted.
    `known` is False when nothing shown could say (no connected source of admissions): then no number is shown.
    `uncertain` nights of `home` may have been away (`unknown` says why); `by_night` has every night, oldest first."""

    known: bool
    until: str = ""
    nights: int = 0
    home: int = 0
    away: tuple[tuple[str, str, int], ...] = ()
    unknown: tuple[str, ...] = ()
    uncertain: int = 0
    by_night: tuple[Night, ...] = ()


@dataclass(frozen=True)
class DisclosedRecord:
    """One person's record as one reader may see it now. `override` is the lawful override that opened it."""

    person: PersonId
    request: Request
    banner: Banner
    sections: dict[str, DisclosedSection]
    sources: tuple[DisclosedSource, ...] = ()
    notices: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    nights_at_home: NightsAtHome = field(default_factory=lambda: NightsAtHome(known=False))
    override: Override | None = None
    groups: tuple[FactGroup, ...] = ()
    full: bool = False
    carried: frozenset[tuple[str, str]] = frozenset()
    """What kinds of service have ever supplied (lane, section); empty for readers from whom anything is withheld."""

    def shows(self, entry_id: EntryId) -> bool:
        """Whether an entry was released."""
        return any(item.entry.entry_id == entry_id for section in self.sections.values() for item in section.entries)

    def entry(self, entry_id: EntryId) -> DisclosedEntry:
        """A released entry by id. Raises KeyError for anything not released, whether or not it exists."""
        for section in self.sections.values():
            for item in section.entries:
                if item.entry.entry_id == entry_id:
                    return item
        raise KeyError(entry_id)
