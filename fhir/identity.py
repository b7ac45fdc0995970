"""Who is one person: joining records on strong evidence only, and saying what else might belong together.

`match` decides for one Patient against people already known; `fhir.look_ups` says who of those is worth comparing.
`merged` is the identity of a joined person; `person_id_for` names a new one. Pure: knows no store and no clock, and
leaves possible matches to a human. Finding people by what someone types is `fhir.person_search`.

One person are two records with the same verified, valid NHS number and an agreeing date of birth or name; or with the
same identifier from the same assigning system, unless date of birth and name both disagree, or the whole name does and
no date of birth can be compared. Where one side's NHS number is not verified, date of birth and name must both agree.
Never enough: names alone, invalid or shared numbers, template text. Standalone people
(sexual-health clinic numbers, restricted, adopted, gender-recognised) are never joined.
"""

from __future__ import annotations

import base64
from collections.abc import Container, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from operator import ne
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from fhir import names, nhs_number
from fhir.entries import PersonId
from fhir.names import Agreement, NameComparison
from fhir.people import NHS_NUMBER_SYSTEM, Identifier, Identity, PersonName
from fhir.person_search import matches_query, search_keys
from fhir.records import Tree
from fhir.temporal import read_date, say

__all__ = [
    "Comparison",
    "EvidenceLine",
    "IdentityMatch",
    "compare_birth_dates",
    "contradict",
    "decide",
    "home",
    "identifier_key",
    "is_assigned",
    "known_birth_date",
    "loose_numbers",
    "match",
    "matches_query",
    "merged",
    "numbers_of",
    "person_id_for",
    "same_number",
    "search_keys",
    "share_number",
    "shared_keys",
    "worth_comparing",
]

Decision = Literal["new", "same", "possible"]
DateAgreement = Literal["agree", "near", "differ", "far", "unknown"]

_SEXES = frozenset({"male", "female"})
_NAME_ORDER = {"official": 0, "usual": 1, "": 2}


class EvidenceLine(msgspec.Struct, frozen=True):
    """One line of two records side by side; `agreement` says whether the two sides agree."""

    label: str
    candidate: str
    existing: str
    agreement: Agreement


class Comparison(msgspec.Struct, frozen=True):
    """How a candidate compares with a known person: the verdict, why in a sentence, and the evidence side by side."""

    person_id: PersonId
    verdict: Decision
    reason: str
    evidence: tuple[EvidenceLine, ...]


class IdentityMatch(msgspec.Struct, frozen=True):
    """What becomes of a candidate: a new person, a known one, or a new one with possible matches for a human.

    `person_id` is set for "same" only. `possible` are the people a human should look at; also for "same", where a
    further known person may be this one too.
    """

    decision: Decision
    reason: str
    person_id: PersonId = PersonId("")
    evidence: tuple[EvidenceLine, ...] = ()
    possible: tuple[Comparison, ...] = ()


def match(candidate: Identity, existing: Sequence[tuple[PersonId, Identity]]) -> IdentityMatch:
    """Decides whether a candidate is one of the known people (`fhir.identity` has the rules)."""
    numbers = numbers_of(candidate)
    near = [(person_id, known) for person_id, known in existing if worth_comparing(candidate, known, numbers)]
    shared = shared_keys([known for _, known in near])
    found = [_compare(person_id, candidate, known, shared) for person_id, known in near]
    same = [comparison for comparison in found if comparison.verdict == "same"]
    possible = [comparison for comparison in found if comparison.verdict == "possible"]
    if len(same) > 1:
        reason = "Strong evidence points to more than one known person"
        return IdentityMatch("possible", reason, possible=tuple(same + possible))
    if same:
        return IdentityMatch("same", same[0].reason, same[0].person_id, same[0].evidence, tuple(possible))
    if possible:
        return IdentityMatch("possible", possible[0].reason, possible=tuple(possible))
    return IdentityMatch("new", "Nothing known agrees with this record")


def worth_comparing(one: Identity, other: Identity, numbers: set[str]) -> bool:
    """Whether comparing two identities could give anything but "new": they share a number, or names and genders agree
    and dates may.

    A look at what is cheap, because a county has hundreds of people of one sound and initial. `numbers` are of `one`.
    """
    if numbers and _has_one_of(numbers, other):
        return True
    if one.gender != other.gender and {one.gender, other.gender} <= _SEXES:
        return False
    near = compare_birth_dates(one, other) not in ("differ", "far")
    return near and names.compare(one.names, other.names).whole == "agree"


def _has_one_of(numbers: set[str], identity: Identity) -> bool:
    """Whether any of an identity's numbers is one of these, found without writing all of them down."""
    for own in identity.identifiers:
        if own.value.strip() in numbers:
            return True
        if own.system == NHS_NUMBER_SYSTEM and nhs_number.compact(own.value) in numbers:
            return True
    return bool(identity.nhs_number) and nhs_number.compact(identity.nhs_number) in numbers


def numbers_of(identity: Identity) -> set[str]:
    """Every number of a record, whatever it is worth."""
    found = {identifier.value.strip() for identifier in identity.identifiers}
    found |= {nhs_number.compact(i.value) for i in identity.identifiers if i.system == NHS_NUMBER_SYSTEM}
    return found | {nhs_number.compact(identity.nhs_number)} if identity.nhs_number else found


def decide(one: Identity, other: Identity, shared: Container[str] = frozenset()) -> Decision:
    """The verdict on two identities, whichever is which; `shared` are keys that different people hold."""
    return _verdict(one, other, compare_birth_dates(one, other), names.compare(one.names, other.names), shared)[0]


def contradict(one: Identity, other: Identity) -> bool:
    """Whether these two cannot be read as one person by what joins each of them to a third.

    They stand alone, have two valid NHS numbers, are dated years apart or differently, or are named differently and not
    as after marriage.
    """
    if _valid_number(one) and _valid_number(other) and not same_number(one, other):
        return True
    dates, said = compare_birth_dates(one, other), names.compare(one.names, other.names)
    if _doubt(one, other, dates, said) or dates in ("differ", "far"):
        return True
    return said.whole == "differ" and not (dates == said.given == "agree")


def _compare(person_id: PersonId, one: Identity, other: Identity, shared: Container[str]) -> Comparison:
    dates, said = compare_birth_dates(one, other), names.compare(one.names, other.names)
    verdict, reason = _verdict(one, other, dates, said, shared)
    evidence = _evidence(one, other, dates, said) if verdict != "new" else ()
    return Comparison(person_id, verdict, reason, evidence)


def _verdict(
    one: Identity, other: Identity, dates: DateAgreement, said: NameComparison, shared: Container[str]
) -> tuple[Decision, str]:
    numbers = {number for number in (_valid_number(one), _valid_number(other)) if number}
    same_number = len(numbers) == 1 and _valid_number(one) == _valid_number(other)
    common = _common_identifiers(one, other)
    doubt = _doubt(one, other, dates, said)
    if same_number:
        number_key = f"nhs:{one.nhs_number}"
        if number_key in shared:
            return "possible", "The same NHS number, but several different people are recorded with it"
        if doubt:
            return "possible", f"The same NHS number, but {doubt}"
        statuses = {one.nhs_status, other.nhs_status}
        if statuses == {"verified"} and "agree" in (dates, said.whole):
            return "same", "The same verified NHS number, and the date of birth or name agrees"
        if ("unverified" not in statuses or "verified" in statuses) and dates == said.whole == "agree":
            return "same", "The same NHS number, date of birth and name"
        if not common:
            return "possible", "The same NHS number, but too little else agrees or the number is not verified"
    if common:
        return _identifier_verdict(common, dates, said, shared, "different NHS numbers" if len(numbers) > 1 else doubt)
    return _weak_verdict(one, other, dates, said)


def _identifier_verdict(
    common: tuple[Identifier, ...], dates: DateAgreement, said: NameComparison, shared: Container[str], doubt: str
) -> tuple[Decision, str]:
    if doubt:
        return "possible", f"The same identifier from the same system, but {doubt}"
    own = [identifier for identifier in common if identifier_key(identifier) not in shared]
    if not own:
        return "possible", "The same identifier, but several different people are recorded with it"
    if dates in ("differ", "near") and said.whole == "differ":
        return "possible", "The same identifier, but date of birth and name both disagree"
    if dates == "unknown" and said.family == said.given == "differ":
        return "possible", "The same identifier, but another name, and no date of birth to compare"
    if not all(_is_weak(identifier) for identifier in own) or dates == said.whole == "agree":
        return "same", "The same identifier from the same assigning system"
    return "possible", "The same identifier, of a kind that different people are often given"


def _weak_verdict(one: Identity, other: Identity, dates: DateAgreement, said: NameComparison) -> tuple[Decision, str]:
    """What agreeing names or unusable numbers are worth: never more than a question for a human.

    Not asked about a standalone person: the question itself would tell that a clinic or another identity exists.
    """
    if one.standalone or other.standalone:
        return "new", ""
    if loose_numbers(one) & loose_numbers(other):
        return "possible", "The same NHS number is written, but it cannot be relied on"
    genders = {gender for gender in (one.gender, other.gender) if gender in _SEXES}
    if said.whole == "agree" and len(genders) < 2 and dates in ("agree", "near", "unknown"):
        tail = {"agree": "date of birth agree", "near": "nearly the date of birth agree"}.get(
            dates, "nothing else agree"
        )
        return "possible", f"Name and {tail}" if dates != "unknown" else "Only the name agrees"
    return "new", ""


def _doubt(one: Identity, other: Identity, dates: DateAgreement, said: NameComparison) -> str:
    """What keeps even the same number from joining two records, in words; empty where nothing does."""
    if one.standalone or other.standalone:
        return "one of these identities stands alone and is never joined"
    if dates != "agree" or said.family != "agree" or said.given == "unknown":
        return "the dates of birth are many years apart" if dates == "far" else ""
    if said.given == "differ":
        return "the given names differ as those of twins do"
    if {one.gender, other.gender} == _SEXES and names.first_given(one.names) != names.first_given(other.names):
        return "the sexes differ and the given names are not the same, as of a brother and sister born together"
    return ""


def compare_birth_dates(one: Identity, other: Identity) -> DateAgreement:
    """Compares dates of birth as exactly as both are known; "1938" agrees with "1938-02-14".

    "near": day and month exchanged, or one digit of them different. "far": ten years apart or more, and not by one
    digit. Impossible dates and those that systems write for not known compare as unknown.
    """
    ours, theirs = known_birth_date(one), known_birth_date(other)
    if not ours or not theirs:
        return "unknown"
    if ours == theirs or ours.startswith(theirs) or theirs.startswith(ours):
        return "agree"
    if ours[:4] == theirs[:4] and len(ours) == len(theirs) == 10:
        swapped = ours[5:7] == theirs[8:10] and ours[8:10] == theirs[5:7]
        return "near" if swapped or _digits_apart(ours, theirs) == 1 else "differ"
    apart = abs(int(ours[:4]) - int(theirs[:4])) >= 10
    return "far" if apart and _digits_apart(ours, theirs) != 1 else "differ"


def _digits_apart(one: str, other: str) -> int:
    return sum(map(ne, one, other)) if len(one) == len(other) else 9


def known_birth_date(identity: Identity) -> str:
    """The date of birth where it is a real one (FHIR date, at most a day), else an empty string."""
    return _real_date(identity.birth_date) if identity.birth_date_valid else ""


def forget() -> None:
    """Drop what is kept to compare people quickly. Call when a vault is locked or closed."""
    _real_date.cache_clear()
    names.forget()


@lru_cache(maxsize=50_000)
def _real_date(born: str) -> str:
    written = born[:10]
    usable = read_date(written)[0] in ("day", "month", "year")
    return written if usable and written not in nhs_number.rules()["placeholders"]["birth_dates"] else ""


def _valid_number(identity: Identity) -> str:
    if not identity.nhs_number:
        return ""
    number = nhs_number.compact(identity.nhs_number)
    return number if identity.nhs_status != "invalid" and nhs_number.is_valid(number) else ""


def same_number(one: Identity, other: Identity) -> bool:
    """Whether both have the same valid NHS number, verified or not."""
    return _valid_number(one) == _valid_number(other) != ""


def given_numbers(identity: Identity) -> set[str]:
    """Keys of the numbers that an authority gave to this one person: a valid NHS number, verified or not, and local
    numbers that are not of a kind which different people are often given."""
    number = _valid_number(identity)
    own = {identifier_key(one) for one in identity.identifiers if is_assigned(one) and not _is_weak(one)}
    return own | {f"nhs:{number}"} if number else own


def share_number(one: Identity, other: Identity) -> bool:
    """Whether both have the same valid NHS number, or one local number of the same system."""
    return same_number(one, other) or bool(_common_identifiers(one, other))


def loose_numbers(identity: Identity) -> set[str]:
    """NHS numbers that are no evidence by themselves: invalid ones, and further numbers of a record with several."""
    found = {identifier.value for identifier in identity.identifiers if identifier.system == NHS_NUMBER_SYSTEM}
    found.add(identity.nhs_number)
    found.discard("")
    return {nhs_number.compact(value) for value in found if not nhs_number.is_template_text(value)}


def _common_identifiers(one: Identity, other: Identity) -> tuple[Identifier, ...]:
    theirs = {identifier_key(identifier) for identifier in other.identifiers}
    return tuple(i for i in one.identifiers if is_assigned(i) and identifier_key(i) in theirs)


def is_assigned(identifier: Identifier) -> bool:
    """Whether an authority gave this to one person: an absolute, own URI, not an NHS number, not template text."""
    return _assigns(identifier.system) and not nhs_number.is_template_text(identifier.value)


@lru_cache(maxsize=1024)
def _assigns(written: str) -> bool:
    """Whether numbers of a system are given each to one person. Systems are few, and none is about anybody."""
    system = written.strip().rstrip("/").casefold()
    if nhs_number.is_nhs_number_system(system):
        return False
    if "$" in system or "{" in system or system in _generic_systems() or not _is_absolute(system):
        return False
    return not any(word in system for word in nhs_number.rules()["systems"]["shared_words"])


@cache
def _generic_systems() -> frozenset[str]:
    return frozenset(nhs_number.rules()["systems"]["generic"])


def _is_absolute(system: str) -> bool:
    try:
        parts = urlsplit(system)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return parts.scheme == "urn" and ":" in parts.path and not parts.path.endswith(":")


def _is_weak(identifier: Identifier) -> bool:
    value = identifier.value.strip()
    return len(value) < 4 or value in nhs_number.rules()["placeholders"]["weak_values"]


def identifier_key(identifier: Identifier) -> str:
    """What tells one identifier of one system from all others."""
    return f"id:{identifier.system.strip().rstrip('/').casefold()}|{identifier.value.strip()}"


def shared_keys(people: Sequence[Identity]) -> frozenset[str]:
    """Keys of numbers and identifiers that people hold whose dates of birth and names both contradict each other."""
    holders: dict[str, list[Identity]] = {}
    for identity in people:
        keys = {identifier_key(identifier) for identifier in identity.identifiers}
        for key in keys | ({f"nhs:{identity.nhs_number}"} if identity.nhs_number else set()):
            holders.setdefault(key, []).append(identity)
    return frozenset(key for key, held in holders.items() if _contradict(held))


def _contradict(held: Sequence[Identity]) -> bool:
    return any(
        compare_birth_dates(one, other) in ("differ", "far") and names.compare(one.names, other.names).whole == "differ"
        for index, one in enumerate(held)
        for other in held[index + 1 :]
    )


def _evidence(one: Identity, other: Identity, dates: DateAgreement, said: NameComparison) -> tuple[EvidenceLine, ...]:
    agreed: Agreement = {"agree": "agree", "unknown": "unknown"}.get(dates, "differ")  # type: ignore[assignment]
    lines = [
        EvidenceLine("Name", one.name, other.name, said.whole),
        EvidenceLine("Date of birth", _date_words(one), _date_words(other), agreed),
    ]
    pairs = [
        ("NHS number", _number_words(one), _number_words(other), one.nhs_number == other.nhs_number),
        ("Gender", one.gender, other.gender, one.gender == other.gender),
    ]
    for label, ours, theirs, equal in pairs:
        if ours or theirs:
            agreement: Agreement = "unknown" if not (ours and theirs) else "agree" if equal else "differ"
            lines.append(EvidenceLine(label, ours, theirs, agreement))
    lines += [
        EvidenceLine(f"Identifier ({identifier.system})", identifier.value, identifier.value, "agree")
        for identifier in _common_identifiers(one, other)
    ]
    return tuple(lines)


def _date_words(identity: Identity) -> str:
    return say(identity.birth_date) or "Not recorded"


def _number_words(identity: Identity) -> str:
    if not identity.nhs_number:
        return ""
    status = {"verified": "verified", "unverified": "not verified", "invalid": "not valid", "none": "status not given"}
    return f"{nhs_number.spaced(identity.nhs_number)} ({status[identity.nhs_status]})"


def merged(known: Identity, added: Identity) -> Identity:
    """The identity of one person from two records: all names and identifiers, the best date and NHS number.

    Which record came first does not matter. What restricts stays: restricted or standalone on either side is so for
    the person.
    """
    best = max(known, added, key=_number_rank)
    dated = max(known, added, key=_date_rank)
    numbers = {number for number in (_valid_number(known), _valid_number(added)) if number}
    further = [Identifier(NHS_NUMBER_SYSTEM, number) for number in numbers] if len(numbers) > 1 else []
    identifiers = {*known.identifiers, *added.identifiers, *further}
    return Identity(
        names=tuple(sorted({*known.names, *added.names}, key=_name_order)),
        birth_date=dated.birth_date,
        birth_date_valid=dated.birth_date_valid,
        gender=max(known.gender, added.gender, key=_gender_rank),
        nhs_number=best.nhs_number,
        nhs_status=best.nhs_status,
        identifiers=tuple(sorted(identifiers)),
        restricted=known.restricted or added.restricted,
        standalone=known.standalone or added.standalone,
        deceased=max(known.deceased, added.deceased, key=lambda said: (said != "", said != "yes", said)),
        separate=known.separate or added.separate,
    )


def _name_order(name: PersonName) -> tuple[int, int, str, str]:
    """By use, then the fuller name first, then by letters: the same whichever came first."""
    said = name.display
    return _NAME_ORDER.get(name.use, 3), -len(said), said, repr(name)


def _gender_rank(said: str) -> tuple[bool, bool, str]:
    return said in ("male", "female", "other"), bool(said), said


def _date_rank(identity: Identity) -> tuple[int, bool, str, bool]:
    written = identity.birth_date
    return len(known_birth_date(identity)), bool(written), written, identity.birth_date_valid


def _number_rank(identity: Identity) -> tuple[int, str, str]:
    ranks = {"invalid": 1, "none": 2, "unverified": 3, "verified": 4}
    rank = ranks[identity.nhs_status] if identity.nhs_number else 0
    return rank, identity.nhs_number, identity.nhs_status


def home(identity: Identity) -> tuple[str, ...]:
    """What names the person under whom a record with this identity is filed; empty where only the record itself does.

    It follows from the record alone, so the order of imports cannot matter: its NHS number with the date of birth and
    first given name, or its local number with them. Records of one home agree in all of that. Whether two homes are one
    person is for evidence or a human to say (`fhir.joining`).
    """
    if identity.standalone:
        return ()
    number, born = _valid_number(identity), known_birth_date(identity)
    given = names.first_given(identity.names)
    if number and born and identity.nhs_status == "verified":
        return ("nhs-number", number, born, given)
    family = names.first_family(identity.names)
    if number and born and given and family and identity.nhs_status == "none":
        return ("nhs-number not traced", number, born, given, family)
    own = sorted(identifier_key(one) for one in identity.identifiers if is_assigned(one) and not _is_weak(one))
    return ("local number", own[0], born, given, number) if own else ()


def person_id_for(identity: Identity, tree: Tree, taken: Container[PersonId] = ()) -> PersonId:
    """A name for a new person, derived from what identifies them: "p" and 12 letters or digits; the same each time.

    `taken` are the ids already given to other people: two people who share all that identifies them (only an invalid
    number, say) never get one id.
    """
    strong: list[object] = [
        _valid_number(identity),
        [identifier_key(i) for i in identity.identifiers if is_assigned(i)],
    ]
    if identity.standalone or not any(strong):
        strong = [identity, tree]
    content = msgspec.json.encode([strong, identity.name, identity.birth_date], order="deterministic", enc_hook=str)
    for attempt in range(1_000_000):
        digest = blake2b(content, digest_size=8, salt=attempt.to_bytes(8, "big")).digest()
        found = PersonId("p" + base64.b32encode(digest).decode("ascii").casefold()[:12])
        if found not in taken:
            return found
    raise AssertionError("no free person id in a million attempts")
