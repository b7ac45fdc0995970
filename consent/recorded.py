"""What people have said about sharing that stands in imported records as codes, labels or special Consents.

Summary Care Record preferences, local sharing, Type 1 and National Data Opt-outs, Reasonable Adjustment consent,
"patient not to see" and restricted demographics (`recorded.toml`). Each becomes something that can be shown; a refusal
also a FHIR Consent that counts like an imported one: it only narrows, and nothing recorded ends it until somebody
confirms that (consent.md, The order of authority, 2). The National Data Opt-out never limits direct care. Knows no
request and no store.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal

from consent.consents import Tree
from consent.errors import PolicyError
from consent.limits import limits
from consent.naming import ODS, ORGANISATION, spoken
from fhir.entries import Code, Entry, EntryId

Says = Literal["refuses", "agrees", "marks"]
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
RESTRICTED = "restricted-demographics"
_ODS = re.compile("[A-Z0-9]{3,8}")


@dataclass(frozen=True)
class Row:
    """One meaning of a code or label: what it is about, what it says, which policy a refusal is, and which lawful
    limit it puts on the very entry that has it (empty: none)."""

    about: str
    says: Says
    policy: str
    name: str
    source: str
    limit: str = ""


@dataclass(frozen=True)
class Rule:
    """What a refusal does: for which purposes (empty: all), only of what the recording organisation holds, of which
    types of record (empty: all)."""

    key: str
    words: str
    purposes: tuple[str, ...]
    holder: bool
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Special:
    """A kind of Consent that is about one thing only."""

    systems: tuple[str, ...]
    row: Row


@dataclass(frozen=True)
class Recorded:
    """One preference found in a record. `on` is its FHIR date as written (empty: not dated); `words` says what it does
    here. `consent` is the FHIR R4 Consent that stands for it, without patient; None where nothing is narrowed."""

    about: str
    says: Says
    name: str
    words: str
    on: str
    source: str
    entry_id: EntryId | None
    consent: Tree | None


class Table:
    """The table. Built once; raises PolicyError where it cannot be read."""

    def __init__(self, tree: dict[str, Any]) -> None:
        try:
            self.version: str = tree["version"]
            self.rules = {
                row["key"]: Rule(row["key"], row["words"], tuple(row["purposes"]), row["holder"], tuple(row["classes"]))
                for row in tree["policy"]
            }
            self._codes: dict[tuple[str, str], Row] = {}
            self._terms: dict[str, Row] = {}
            for row in tree["code"]:
                meaning = self._row(row)
                for family in ("read2", "ctv3", "snomed"):
                    self._codes.update({(family, code): meaning for code in row[family]})
                self._terms.update(dict.fromkeys(row["terms"], meaning))
            self._written = frozenset(code for _, code in self._codes)
            self._beginnings = tuple({term.partition(" ")[0] for term in self._terms})
            self._labels = {(row["system"].casefold(), row["code"]): self._row(row) for row in tree["label"]}
            self.special = {
                row["category"]: Special(
                    tuple(name.casefold() for name in row["systems"]), self._row({"says": "refuses"} | row)
                )
                for row in tree["consent"]
            }
        except (KeyError, TypeError) as error:
            raise PolicyError("the table of recorded preferences lacks a part") from error

    def _row(self, row: dict[str, Any]) -> Row:
        if row["policy"] and row["policy"] not in self.rules:
            raise PolicyError("the table of recorded preferences names a policy that does not exist")
        limit = row.get("limit", "")
        if limit and limit not in limits().limits:
            raise PolicyError("the table of recorded preferences names a limit that does not exist")
        return Row(row["about"], row["says"], row["policy"], row["name"], row["source"], limit)

    def of_code(self, code: Code) -> Row | None:
        """What a coding means, by its code in a known system, or by its term."""
        written = code.code.strip().rstrip(".")
        if written in self._written:
            found = next((self._codes.get((family, written)) for family in _families(code.system)), None)
            if found is not None:
                return found
        if not code.display.lower().startswith(self._beginnings):
            return None
        return self._terms.get(" ".join(code.display.casefold().split()))

    def of_label(self, code: Code) -> Row | None:
        """What a security label means."""
        system = code.system.rstrip("/").rpartition("/")[2].casefold()
        return self._labels.get((system, code.code))


def _families(system: str) -> tuple[str, ...]:
    """Which Read or SNOMED lists a system can be."""
    lower = system.casefold()
    if "snomed" in lower or "2.16.840.1.113883.2.1.3.2.4.15" in lower:
        return ("snomed",)
    if "ctv3" in lower or "2.16.840.1.113883.2.1.3.2.4.14" in lower:
        return ("ctv3",)
    if "read" in lower or "2.16.840.1.113883.2.1.6.2" in lower:
        return ("read2",)
    return ()


@cache
def table() -> Table:
    """The table of this version."""
    try:
        return Table(tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("the table of recorded preferences cannot be read") from error


@lru_cache(maxsize=50_000)
def row_of(code: Code) -> Row | None:
    """What a coding means by the table of this version; kept until `consent.labelling.forget`."""
    return table().of_code(code)


def recorded(entries: Iterable[Entry], *, restricted: bool = False) -> tuple[Recorded, ...]:
    """Every preference that the entries of one person record, newest first within each kind. `restricted`: the person's
    address and contacts are protected, which is shown as what it is."""
    said: list[Recorded] = []
    for entry in entries:
        if entry.assertion == "not-a-fact" or not (entry.codes or entry.labels):
            continue
        meant = [*map(row_of, entry.codes), *map(table().of_label, entry.labels)]
        rows = {(row.about, row.says): row for row in meant if row is not None}
        said += [_recorded(row, entry) for row in rows.values()]
    if restricted:
        words = "Address, contact details and GP practice are shown to nobody"
        name = "Protected address and contact details"
        source = "NHS Personal Demographics Service: confidentiality restricted or very restricted (S-flag)"
        said.append(Recorded(RESTRICTED, "refuses", name, words, "", source, None, None))
    return tuple(
        sorted(said, key=lambda one: (one.about, _reverse(one.on), one.says != "refuses", one.says, str(one.entry_id)))
    )


def in_force(found: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Those that narrow something."""
    return tuple(one for one in found if one.consent is not None)


def _on(entry: Entry) -> str:
    return entry.when.start or entry.recorded


def _reverse(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text) or (1,)


def _recorded(row: Row, entry: Entry) -> Recorded:
    rule = table().rules.get(row.policy)
    consent = None if rule is None else _consent(rule, _on(entry), entry.source.name, entry.source.key)
    words = rule.words if rule else "Shown as it was recorded; it narrows nothing here"
    if row.says == "agrees":
        words = "It opens nothing here until it is confirmed"
    return Recorded(row.about, row.says, row.name, words, _on(entry), row.source, entry.entry_id, consent)


def _consent(rule: Rule, on: str, holder: str, key: str) -> Tree:
    """The refusal as a FHIR R4 Consent, without patient: whoever holds the person's record puts it in."""
    provision: Tree = {"type": "deny"}
    if rule.purposes:
        provision["purpose"] = [{"system": ACT_REASON, "code": code} for code in rule.purposes]
    if rule.holder:
        known = (
            {"system": ODS, "value": key} if _ODS.fullmatch(key) else {"system": ORGANISATION, "value": spoken(holder)}
        )
        who: Tree = {"identifier": known, "display": holder}
        provision["actor"] = [{"role": {"coding": [{"system": PARTICIPATION, "code": "CST"}]}, "reference": who}]
    if rule.classes:
        kinds = "http://hl7.org/fhir/resource-types"
        provision["class"] = [{"system": kinds, "code": code} for code in rule.classes]
    consent: Tree = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IDSCL"}]}],
        "provision": provision,
    }
    if on:
        consent["dateTime"] = on
    return consent


def special_consent(tree: Tree) -> Recorded | None:
    """What a Consent that is about one thing only says: one of category NRAF is about reasonable adjustments, and must
    not be read as being about the whole record. None for every other Consent. One that is not in force refuses."""
    for category in tree.get("category") or ():
        codings = category.get("coding") if isinstance(category, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            row = _special(coding) if isinstance(coding, dict) else None
            if row is not None:
                return _special_recorded(tree, row)
    return None


def _special(coding: Tree) -> Row | None:
    special = table().special.get(str(coding.get("code")))
    if special is None:
        return None
    system = str(coding.get("system", "")).casefold()
    return special.row if any(name in system for name in special.systems) else None


def _special_recorded(tree: Tree, row: Row) -> Recorded:
    refuses = tree.get("status") != "active" or (tree.get("provision") or {}).get("type") == "deny"
    rule = table().rules[row.policy]
    on = str(tree.get("dateTime") or "")
    consent = _consent(rule, on, "", "") if refuses else None
    words = rule.words if refuses else "Reasonable adjustments may be shared; it says nothing of anything else"
    says: Says = "refuses" if refuses else "agrees"
    return Recorded(row.about, says, row.name, words, on, row.source, None, consent)
