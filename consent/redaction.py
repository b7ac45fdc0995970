"""Taking parts out of permitted entries: references to what is not shown, protected addresses, the name of a service.

What is taken out depends only on what the entry itself says and on what is shown, never on what else is stored: an
entry looks the same whether a thing it names is withheld or was never here. Nothing here decides what is permitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from consent.references import is_unique, stays, target_type
from consent.said_of import is_said_of_another
from fhir.entries import Entry, Link, Source
from fhir.people import Demographics
from fhir.telling import SHORTEST, plain, tells
from fhir.temporal import at

NOT_SHOWN = "Part of this is not shown"
OTHER_SERVICE = "A service that is not shown"
PROTECTED = "Protected, not shown"

_SAFETY_LABELS = frozenset({"reaction", "risk", "certainty", "status", "type", "category", "onset", "last happened"})
_PLACE_LABELS = re.compile(
    r"address|postcode|post code|phone|mobile|telephone|e-?mail|fax|contact details|telecom|url|website"
    r"|practice|surgery|\bgp\b|place|location|organisation|where|\bat\b|home|lives|accommodation|household|destination",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE)
_REACH = re.compile(r"(?:\+44|\b0)(?:[\s()-]{0,3}\d){9,11}\b|[\w.+-]+@[\w-]+\.[\w.]+")
_LINE = "Extract line"
_PLACE_TYPES = frozenset({"Organization", "Location", "HealthcareService", "PractitionerRole", "Practitioner"})
_HIDDEN_SECTIONS = frozenset({"gp-practice"})


class Shown:
    """What a reader is shown, to tell which references lead to it.

    "Condition/1" of another source is another thing. A reference to it stays where it tells no more than that thing
    does (what was read together may refer to each other), and where words said here go with their thing anyway.
    """

    def __init__(self, entries: Iterable[Entry], *, everything: bool = False) -> None:
        """`everything`: nothing is ever withheld from this reader."""
        self._everything = everything
        self._by_resource: dict[str, list[Entry]] = {}
        for entry in entries:
            self._by_resource.setdefault(entry.resource, []).append(entry)

    def named(self, entry: Entry) -> Entry:
        """The entry with the names that the program found, where all that it refers to is shown; else without any, as
        it would be told had none of that come: so that it does not matter whether it is withheld or was never here."""
        if entry.unnamed is None:
            return entry
        return msgspec.structs.replace(entry if self.names(entry) else entry.unnamed.entry, unnamed=None)

    def names(self, entry: Entry) -> bool:
        """Whether this reader is told the names that the program found for an entry, if there are any."""
        if self._everything or entry.unnamed is None:
            return True
        return all(self._holds(need, entry.source) for need in entry.unnamed.needs)

    def _holds(self, resource: str, source: Source) -> bool:
        there = self._by_resource.get(resource, ())
        return any(one.source.key == source.key for one in there) or (
            bool(there) and is_unique(resource.rpartition("/")[2])
        )

    def leads(self, entry: Entry, link: Link) -> bool:
        """Whether a link of an entry leads to something shown, as far as what it tells goes."""
        there = self._by_resource.get(link.target, ())
        if not link.display or is_unique(link.target.rpartition("/")[2]):
            return bool(there)
        if any(one.source.key == entry.source.key for one in there):
            return True
        name = plain(link.display)
        if is_said_of_another(entry) and any(plain(one.source.name) in name for one in there):
            return True
        return any(tells(text, (name,)) for one in there for text in (one.title, *(code.display for code in one.codes)))


def mask_references(entry: Entry, leads: Callable[[Entry, Link], bool]) -> Entry:
    """The entry without references that lead to nothing shown (`leads`), and without the text those references carried.

    Returns the very same object where nothing had to go.
    """
    dropped = [link for link in entry.links if not leads(entry, link) and not stays(link.target)]
    if not dropped:
        return entry
    told = {name for link in dropped if len(name := plain(link.display)) >= SHORTEST}
    kept = tuple(link for link in entry.links if link not in dropped)
    entry = msgspec.structs.replace(entry, links=kept)
    if not told:
        return entry
    codes = tuple(code for code in entry.codes if not tells(code.display, told))  # a code says as much as its words
    when = at(entry.recorded) if plain(entry.when.text) in told else entry.when
    entry = msgspec.structs.replace(entry, codes=codes, when=when)
    return _without(entry, lambda text: tells(text, told), NOT_SHOWN)


def lost_text(before: Entry, after: Entry) -> bool:
    """True where the reader should be told that parts are missing: more went than a bare reference."""
    return before is not after and (
        before.fields != after.fields
        or (before.title, before.detail, before.value, before.author)
        != (after.title, after.detail, after.value, after.author)
        or any(link.display for link in before.links if link not in after.links)
    )


def without_its_line(entry: Entry) -> Entry:
    """The entry without the line of the file it stood in: lines that are missing between those of one person tell that
    something of them is not shown. Returns the very same object where nothing is said of that."""
    fields = tuple([field for field in entry.fields if field.label != _LINE])
    return entry if len(fields) == len(entry.fields) else msgspec.structs.replace(entry, fields=fields)


def hide_source(entry: Entry) -> Entry:
    """The entry without any word of which service wrote it (obligation "hide-source")."""
    return msgspec.structs.replace(
        entry,
        source=Source(name=OTHER_SERVICE, kind="health", lane="other"),
        author="",
        links=(),
        fields=tuple(field for field in entry.fields if field.label.casefold() in _SAFETY_LABELS),
        profiles=(),
        categories=(),
        labels=(),
        warnings=(),
    )


class Protection:
    """Masks the address, contacts and practice of a restricted person, from whatever source they come.

    `known` are all Patient resources of the person, also those not shown, and `practices` the names of GP practices:
    what they say is looked for in the text of every entry. Source: NHS England PDS, restricted (sensitive) records.
    """

    def __init__(self, known: Iterable[Demographics], practices: Iterable[str]) -> None:
        self._known: set[str] = set()
        self._learn(*practices)
        for demographics in known:
            for address in demographics.addresses:
                self._learn(address.postcode, *address.lines)
            for telecom in demographics.telecoms:
                self._learn(telecom.value)
            self._learn(demographics.gp_practice)

    def mask(self, entry: Entry) -> Entry | None:
        """The entry without places and ways to reach the person; None where nothing else would be left."""
        if entry.section in _HIDDEN_SECTIONS or entry.kind == "gp":
            return None
        kept = tuple(link for link in entry.links if target_type(link.target) not in _PLACE_TYPES)
        fields = tuple(field for field in entry.fields if not _PLACE_LABELS.search(field.label))
        source = Source(name="GP practice", kind="health", lane="gp") if entry.source.lane == "gp" else entry.source
        entry = msgspec.structs.replace(
            entry, links=kept, fields=fields, source=source, value=_unless_place(entry), author=_unless_gp(entry)
        )
        return _without(entry, self._tells, PROTECTED)

    def _learn(self, *texts: str) -> None:
        self._known |= {plain for text in texts if len(plain := _plain(text)) > 3}

    def _tells(self, text: str) -> bool:
        if _POSTCODE.search(text) or _REACH.search(text):
            return True
        plain = _plain(text)
        return any(part in plain for part in self._known)


def _unless_place(entry: Entry) -> str:
    """The value, but not where it names the organisation or place of a contact."""
    said = {field.value for field in entry.fields if _PLACE_LABELS.search(field.label)}
    return "" if entry.value in said else entry.value


def _unless_gp(entry: Entry) -> str:
    return "" if entry.source.lane == "gp" else entry.author


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _without(entry: Entry, tells: Callable[[str], bool], instead: str) -> Entry:
    """The entry without every piece of text that tells."""
    return msgspec.structs.replace(
        entry,
        title=instead if tells(entry.title) else entry.title,
        detail="" if tells(entry.detail) else entry.detail,
        value="" if tells(entry.value) else entry.value,
        author="" if tells(entry.author) else entry.author,
        status="" if tells(entry.status) else entry.status,
        fields=tuple(field for field in entry.fields if not (tells(field.value) or tells(field.label))),
        links=tuple(Link(link.rel, link.target, "" if tells(link.display) else link.display) for link in entry.links),
        warnings=tuple(text for text in entry.warnings if not tells(text)),
        codes=tuple(msgspec.structs.replace(code, display="") if tells(code.display) else code for code in entry.codes),
        categories=tuple(code for code in entry.categories if not tells(code.display)),
    )


def mark_not_a_fact(entry: Entry) -> Entry:
    """An entry that is entered in error, refuted or replaced, saying so in its status and never active."""
    said = entry.status or "entered in error or replaced"
    return msgspec.structs.replace(entry, status=f"Not valid: {said}", active=False)
