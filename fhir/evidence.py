"""What speaks for and against two records being one person, side by side and in words, for a human to decide.

Takes the readable identities only: no address, no source, nothing sealed. It decides nothing; `fhir.identity` says when
two records join by themselves.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fhir import names, nhs_number
from fhir.entries import PersonId
from fhir.identity import compare_birth_dates, is_assigned, match, same_number
from fhir.people import Identifier, Identity, PersonName
from fhir.temporal import say

Agreement = Literal["agree", "near", "differ", "missing"]
Weight = Literal["strong", "fair", "slight"]


class Line(msgspec.Struct, frozen=True):
    """One thing compared. `one` and `other` are what each record says, empty where it says nothing; `words` say what
    the comparison means; `weight` how much it counts."""

    label: str
    one: str
    other: str
    agreement: Agreement
    weight: Weight
    words: str


class Evidence(msgspec.Struct, frozen=True):
    """Everything compared, and what it comes to. `strength` is strong, fair, slight or against."""

    lines: tuple[Line, ...]
    strength: Literal["strong", "fair", "slight", "against"]
    words: str


def evidence(one: Identity, other: Identity) -> Evidence:
    """The two records compared; the same lines with sides exchanged when they are."""
    lines = (
        _number(one, other),
        *_identifiers(one, other),
        _born(one, other),
        *_names(one, other),
        _gender(one, other),
        *_deceased(one, other),
    )
    strength = _strength(lines, one, other)
    return Evidence(lines, strength, _sentence(strength, lines))


def _number(one: Identity, other: Identity) -> Line:
    ours, theirs = _number_words(one), _number_words(other)
    if not one.nhs_number or not other.nhs_number:
        return Line("NHS number", ours, theirs, "missing", "strong", "Only one record has it" if ours or theirs else "")
    if one.nhs_number != other.nhs_number:
        valid = "invalid" not in (one.nhs_status, other.nhs_status)
        words = "Different numbers" if valid else "Different, and one of them is not a valid number"
        return Line("NHS number", ours, theirs, "differ", "strong" if valid else "slight", words)
    if not same_number(one, other):
        return Line("NHS number", ours, theirs, "agree", "slight", "The same, but it is not a valid number")
    verified = one.nhs_status == other.nhs_status == "verified"
    words = "The same, verified in both" if verified else "The same, but not verified in both"
    return Line("NHS number", ours, theirs, "agree", "strong" if verified else "fair", words)


def _number_words(identity: Identity) -> str:
    if not identity.nhs_number:
        return ""
    said = {"verified": "verified", "unverified": "not verified", "invalid": "not valid", "none": "status not given"}
    return f"{nhs_number.spaced(identity.nhs_number)} ({said[identity.nhs_status]})"


def _identifiers(one: Identity, other: Identity) -> list[Line]:
    """Identifiers of the same system: shared ones agree. Systems that only one record has say nothing."""
    ours, theirs = _by_system(one), _by_system(other)
    lines = []
    for system in sorted(ours.keys() & theirs.keys()):
        mine, its = ours[system], theirs[system]
        common = sorted(mine & its)
        label = f"Local number ({_short(system)})"
        if common:
            lines.append(Line(label, common[0], common[0], "agree", "strong", "The same number from the same system"))
        else:
            words = "Different numbers in one system: two records there, or two people"
            lines.append(Line(label, ", ".join(sorted(mine)), ", ".join(sorted(its)), "differ", "fair", words))
    return lines


def _by_system(identity: Identity) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for identifier in identity.identifiers:
        if is_assigned(identifier):
            found.setdefault(_system(identifier), set()).add(identifier.value.strip())
    return found


def _system(identifier: Identifier) -> str:
    return identifier.system.strip().rstrip("/")


def _short(system: str) -> str:
    return system.partition("://")[2] or system


def _born(one: Identity, other: Identity) -> Line:
    ours, theirs = say(one.birth_date), say(other.birth_date)
    found = compare_birth_dates(one, other)
    if found == "unknown":
        return Line("Date of birth", ours, theirs, "missing", "fair", "Not known in both" if ours or theirs else "")
    if found == "agree":
        exact = len(one.birth_date) >= 10 and len(other.birth_date) >= 10
        words = "The same day" if exact else "They fit, as far as both are known"
        return Line("Date of birth", ours, theirs, "agree", "fair" if exact else "slight", words)
    if found == "near":
        words = "Nearly the same: day and month exchanged, or one digit different"
        return Line("Date of birth", ours, theirs, "near", "slight", words)
    words = "Ten years or more apart, as of a parent and child" if found == "far" else "Different"
    return Line("Date of birth", ours, theirs, "differ", "strong" if found == "far" else "fair", words)


def _names(one: Identity, other: Identity) -> list[Line]:
    said = names.compare(one.names, other.names)
    current = names.compare(_current(one), _current(other))
    ours, theirs = _shown(one), _shown(other)
    if said.whole == "agree":
        if current.whole != "agree":
            words = "One record's earlier name agrees with the other's name"
        elif ours.casefold() == theirs.casefold():
            words = "The same"
        else:
            words = "The same name, written or shortened differently"
        return [Line("Name", ours, theirs, "agree", "fair", words)]
    if said.whole == "unknown":
        return [Line("Name", ours, theirs, "missing", "fair", "Not known in both")]
    if said.given == "agree":
        words = "Given names agree and family names differ, as after marriage"
    elif said.family == "agree":
        words = "Family names agree and given names differ, as in one family or of twins"
    else:
        words = "Different names"
    return [Line("Name", ours, theirs, "differ", "fair", words)]


def _current(identity: Identity) -> tuple[PersonName, ...]:
    return tuple(name for name in identity.names if name.use not in ("old", "maiden"))


def _shown(identity: Identity) -> str:
    return identity.name if identity.names else ""


def _gender(one: Identity, other: Identity) -> Line:
    ours, theirs = one.gender, other.gender
    if not ours or not theirs or "unknown" in (ours, theirs):
        return Line("Gender", ours, theirs, "missing", "slight", "Not known in both" if ours or theirs else "")
    agree = ours == theirs
    return Line("Gender", ours, theirs, "agree" if agree else "differ", "slight", "The same" if agree else "Different")


def _deceased(one: Identity, other: Identity) -> list[Line]:
    if not one.deceased and not other.deceased:
        return []
    ours, theirs = _death(one), _death(other)
    if not ours or not theirs:
        return [Line("Death", ours, theirs, "missing", "slight", "Only one record says that they have died")]
    agree = ours == theirs
    words = "The same" if agree else "Different"
    return [Line("Death", ours, theirs, "agree" if agree else "differ", "fair", words)]


def _death(identity: Identity) -> str:
    return "" if not identity.deceased else "yes" if identity.deceased == "yes" else say(identity.deceased[:10])


def _strength(
    lines: tuple[Line, ...], one: Identity, other: Identity
) -> Literal["strong", "fair", "slight", "against"]:
    """Whether the two would join by themselves, and else which way what is known points."""
    against = [line for line in lines if line.agreement == "differ" and line.weight != "slight"]
    for_it = [line for line in lines if line.agreement == "agree"]
    if match(one, [(PersonId("other"), other)]).decision == "same":
        return "strong"
    if any(line.weight == "strong" for line in against) or len(against) > 1:
        return "against"
    firm = [line for line in for_it if line.weight != "slight"]
    if len(firm) > 1 and not against:
        return "fair"
    return "slight"


def _sentence(strength: str, lines: tuple[Line, ...]) -> str:
    agree = [_label(line) for line in lines if line.agreement == "agree"]
    differ = [_label(line) for line in lines if line.agreement == "differ"]
    missing = [_label(line) for line in lines if line.agreement == "missing" and (line.one or line.other)]
    begin = {
        "strong": "Strong evidence that this is one person",
        "fair": "Some evidence that this is one person, and nothing against it",
        "slight": "Too little to tell",
        "against": "Evidence against this being one person",
    }[strength]
    parts = [
        f"{word}: {', '.join(found)}"
        for word, found in (("agree", agree), ("differ", differ), ("only in one", missing))
        if found
    ]
    return f"{begin}. {_upper('; '.join(parts))}." if parts else f"{begin}."


def _label(line: Line) -> str:
    label = line.label.partition(" (")[0]
    return label if label.startswith("NHS") else label[:1].lower() + label[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
