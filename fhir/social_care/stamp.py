"""Where what is made of a row comes from: its meta, the line it stands on, the period it reports, and ids of its own.

Shared by all that makes resources of Client Level Data. `meta.lastUpdated` is the end of the reporting period, so that
a later submission replaces an earlier one; `meta.source` names council, period and line.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

from fhir.describe.context import numbered
from fhir.entries import EntryId, Source
from fhir.own import OWN
from fhir.records import Tree
from fhir.social_care.headers import PLACE
from fhir.social_care.values import Dates

INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/R4/StructureDefinition"
PROVENANCE_TAG = "https://fhir.interweavedigital.nhs.uk/Provenance"
REMEMBERED = 5000
"""How many repeated texts of a file are remembered with what was made of them."""

_CODE = PLACE["la_code"]
_PERIOD_START, _PERIOD_END = PLACE["period_start"], PLACE["period_end"]
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]")


class Stamp:
    """Stamps the resources of one file."""

    def __init__(self, name: str, dates: Dates) -> None:
        self.name = name
        self.dates = dates
        self._periods: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._metas: dict[tuple[str, str, str], tuple[str, list[Any], list[Any], str]] = {}
        self._row, self._digest = b"", blake2b(digest_size=10)

    def tree(self, kind: str, own_id: str, profile: str, values: tuple[str, ...], line: int) -> Tree:
        """The start of a resource: type, id and meta."""
        key = (values[_CODE], values[_PERIOD_END], profile)
        known = self._metas.get(key)
        if known is None:
            if len(self._metas) > REMEMBERED:
                self._metas.clear()
            known = self._metas[key] = self._meta(*key)
        updated, profiles, tags, source = known
        meta: dict[str, Any] = {"source": f"{source}#line-{line}", "tag": tags}
        if profiles:
            meta["profile"] = profiles
        if updated:
            meta["lastUpdated"] = f"{updated}T00:00:00Z"
            meta["extension"] = [{"url": f"{OWN}/as-at", "valueDate": updated}]
        return {"resourceType": kind, "id": own_id, "meta": meta}

    def entry_id(self, source: Source, row: bytes, resource: str, index: int) -> EntryId:
        """`fhir.describe.context.entry_id` of the resource "Type/id" made of a row, whose bytes are digested once."""
        if row is not self._row:
            self._row, self._digest = row, blake2b(row, digest_size=10)
        return numbered(self._digest.copy(), source.key, resource, index)

    def version(self, values: tuple[str, ...]) -> str:
        """What `meta.lastUpdated` of a row's resources is."""
        until = self.dates.read(values[_PERIOD_END])
        return f"{until}T00:00:00Z" if until else ""

    def _meta(self, code: str, period_end: str, profile: str) -> tuple[str, list[Any], list[Any], str]:
        until = self.dates.read(period_end)
        tags = [{"system": PROVENANCE_TAG, "code": code or "unknown", "display": council(code)}]
        source = f"urn:onestory:cld:{_NOT_IN_ID.sub('-', code) or 'unknown'}:{until or 'undated'}"
        return until, [f"{INTERWEAVE}/{profile}"] if profile else [], tags, source

    def extract(self, values: tuple[str, ...], line: int) -> list[dict[str, Any]]:
        """Where in the extract this stands, and for which reporting period."""
        key = (values[_PERIOD_START], values[_PERIOD_END])
        known = self._periods.get(key)
        if known is None:
            if len(self._periods) > REMEMBERED:
                self._periods.clear()
            known = self._periods[key] = self._reporting_period(*key)
        return [own("extract-line", self.place(line)), *known]

    def place(self, line: int) -> str:
        """A line of the file in words."""
        return f"{self.name}, line {line}"

    def _reporting_period(self, start: str, end: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if start or end:
            read = {"start": self.dates.read(start), "end": self.dates.read(end)}
            period = {name: value for name, value in read.items() if value}
            if period:
                found.append({"url": f"{OWN}/reporting-period", "valuePeriod": period})
            for name, text in (("start", start), ("end", end)):
                if text and name not in period:
                    found.append(own(f"reporting-period-{name}-as-written", text))
        return found


def council(code: str) -> str:
    """What a council is called by its code."""
    return f"Council {code}" if code else "Council not named"


def own(name: str, text: str) -> dict[str, Any]:
    """An extension of our own with a text."""
    return {"url": f"{OWN}/{name}", "valueString": text}


def as_id(code: str, number: str) -> str:
    """A FHIR id of a person's number; one that does not fit gets a digest, so that different ones stay different."""
    plain = _NOT_IN_ID.sub("-", f"{code}-{number}")
    return plain if plain == f"{code}-{number}" and len(plain) <= 40 else f"{plain[:24]}-{digest(number)[:12]}"


def digest(*parts: str) -> str:
    """A short name for these texts, the same on every machine."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=10).hexdigest()
