"""Reading a Patient resource: who the person is and what the banner shows of them.

Takes R4, R4B, R5 and STU3, UK Core, PDS and GP Connect forms, and shapes that break their own schema. Says nothing
about who may see it; only that a restricted person has no address, contacts or practice anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from fhir import nhs_number
from fhir.codes import concept_codes, words
from fhir.people import (
    NHS_NUMBER_SYSTEM,
    Address,
    Demographics,
    Identifier,
    Identity,
    NhsNumberStatus,
    PersonName,
    Telecom,
)
from fhir.records import FhirVersion, Tree
from fhir.shapes import first, flag, items, text, texts
from fhir.temporal import read_date

_YES = frozenset({"373066001", "y", "yes"})
_NO = frozenset({"373067005", "n", "no"})


def demographics(tree: Tree, version: FhirVersion) -> Demographics:
    """All that this Patient says of the person.

    Never fails on a broken shape: what cannot be read is left empty. For a restricted person (PDS "R" or "V")
    addresses, telecoms and practice are empty, also where the source gives them (NHS England PDS, sensitive flag).
    """
    del version  # the elements read here have one shape in all versions
    identity, status_text = _identity(tree)
    language, interpreter = _communication(tree)
    shown = not identity.restricted
    return Demographics(
        identity=identity,
        preferred_name=identity.preferred_name,
        pronouns=_pronouns(tree),
        addresses=tuple(_addresses(tree)) if shown else (),
        telecoms=tuple(_telecoms(tree)) if shown else (),
        language=language,
        interpreter_required=interpreter,
        ethnicity=_extension_words(tree, "ethniccategory", "us-core-ethnicity"),
        religion=_extension_words(tree, "patient-religion", "religiousaffiliation"),
        marital_status=words(tree, "maritalStatus"),
        gp_practice=_practice(tree) if shown else "",
        nhs_number_status_text=status_text,
    )


def _identity(tree: Tree) -> tuple[Identity, str]:
    number, status, status_text, identifiers = _identifiers(tree)
    birth_date = text(tree, "birthDate")
    restricted, alone = is_restricted(tree), _is_standalone(tree)
    identity = Identity(
        names=tuple(_names(tree)),
        birth_date=birth_date,
        birth_date_valid=not birth_date or read_date(birth_date)[0] != "unknown",
        gender=text(tree, "gender"),
        nhs_number=number,
        nhs_status=status,
        identifiers=identifiers,
        restricted=restricted,
        standalone=restricted or alone,
        separate=alone,
        deceased=_deceased(tree),
    )
    return identity, status_text


def _identifiers(tree: Tree) -> tuple[str, NhsNumberStatus, str, tuple[Identifier, ...]]:
    """The NHS number (the first usable, else the first written), its status in code and words, and the others."""
    numbers: list[tuple[int, str, NhsNumberStatus, str]] = []
    others: list[Identifier] = []
    for item in items(tree, "identifier"):
        system, value = text(item, "system"), text(item, "value")
        if not value:
            continue
        if not nhs_number.is_nhs_number_system(system):
            others.append(Identifier(system, value))
        elif nhs_number.is_valid(value):
            status, said = _verification(item)
            rank = 1 if text(item, "use") == "old" else 0
            numbers.append((rank, nhs_number.compact(value), status, said))
        else:
            numbers.append((2, value, "invalid", "Not a valid NHS number"))
    if not numbers:
        return "", "none", _extension_words(tree, "nhsnumberunavailablereason"), tuple(dict.fromkeys(others))
    numbers.sort(key=lambda row: row[0])
    _, number, status, said = numbers[0]
    others += [Identifier(NHS_NUMBER_SYSTEM, row[1]) for row in numbers[1:] if row[1] != number]
    return number, status, said, tuple(dict.fromkeys(others))


def _verification(identifier: Tree) -> tuple[NhsNumberStatus, str]:
    for extension in _extensions(identifier, "nhsnumberverificationstatus"):
        codes = [*_value_codes(extension), text(extension, "valueCode")]
        for code in codes:
            status = nhs_number.status_of(code)
            if status != "none":
                return status, nhs_number.status_text(code)
        said = words(extension, "valueCodeableConcept") or words(extension, "valueCoding")
        if said:
            return "unverified", said
    return "none", "Verification status not given"


def _names(tree: Tree) -> Iterator[PersonName]:
    for item in _items_or_texts(tree, "name"):
        name = PersonName(
            family=" ".join(texts(item, "family")),
            given=tuple(texts(item, "given")),
            prefix=" ".join(texts(item, "prefix")),
            suffix=" ".join(texts(item, "suffix")),
            use=text(item, "use"),
            text=text(item, "text"),
        )
        if name.display:
            yield name


def _deceased(tree: Tree) -> str:
    """The date as written; "yes" where the source says only that the person has died; empty when not said."""
    when = text(tree, "deceasedDateTime")
    if when:
        return when
    if flag(tree, "deceasedBoolean"):
        return "yes"
    for extension in _extensions(tree, "deathnotificationstatus"):
        for part in _extensions(extension, "deathnotificationstatus"):
            if not {"1", "2"}.isdisjoint(_value_codes(part)):
                return "yes"
    return ""


def is_restricted(tree: Tree) -> bool:
    """Whether the labels say that this person's address, contacts and practice must appear nowhere (PDS "R", "V")."""
    rules = nhs_number.rules()["restricted"]
    for label in _labels(tree):
        system, code = text(label, "system").rstrip("/").casefold(), text(label, "code")
        if code.upper() in rules["codes"] and (not system or system in rules["systems"]):
            return True
        if any(word in code.casefold() for word in rules["words"]):
            return True
    return False


def _is_standalone(tree: Tree) -> bool:
    rules = nhs_number.rules()["standalone"]
    for item in items(tree, "identifier"):
        said = [text(item, "system"), text(first(item, "assigner"), "display"), *_all_words(item, "type")]
        if _says(said, rules["identifier_words"]):
            return True
    labels = [f"{text(label, 'code')} {text(label, 'display')}" for label in _labels(tree)]
    labels += [text(extension, "url") for extension in items(tree, "extension")]
    return _says(labels, rules["label_words"])


def _says(texts: list[str], words: Iterable[str]) -> bool:
    """Whether any of these words, none of which holds a line break, stands in any of these texts."""
    together = "\n".join(texts).casefold()
    return any(word in together for word in words)


def _communication(tree: Tree) -> tuple[str, bool | None]:
    """Language and whether an interpreter is needed: NHSCommunication first, then the other forms in use."""
    language, interpreter = "", None
    for extension in _extensions(tree, "nhscommunication"):
        for part in items(extension, "extension"):
            url = text(part, "url").casefold()
            if url == "language":
                language = language or words(part, "valueCodeableConcept")
            elif url == "interpreterrequired" and interpreter is None:
                interpreter = _yes_or_no(part)
    for extension in _extensions(tree, "interpreterrequired", "interpreter-needed"):
        interpreter = _yes_or_no(extension) if interpreter is None else interpreter
    spoken = sorted(items(tree, "communication"), key=lambda item: not flag(item, "preferred"))
    language = language or next((said for item in spoken if (said := words(item, "language"))), "")
    return language, interpreter


def _yes_or_no(extension: Tree) -> bool | None:
    said = flag(extension, "valueBoolean")
    if said is not None:
        return said
    codes = {code.casefold() for code in _value_codes(extension)}
    if codes & _YES:
        return True
    return False if codes & _NO else None


def _pronouns(tree: Tree) -> str:
    for extension in _extensions(tree, "pronouns"):
        for part in (*_extensions(extension, "value"), extension):
            said = words(part, "valueCodeableConcept") or text(part, "valueString")
            if said:
                return said
    return ""


def _addresses(tree: Tree) -> Iterator[Address]:
    for item in _items_or_texts(tree, "address"):
        lines = texts(item, "line")
        lines += [part for name in ("city", "district", "state", "country") if (part := text(item, name))]
        lines = lines or [line.strip() for line in text(item, "text").splitlines() if line.strip()]
        postcode, period = text(item, "postalCode"), first(item, "period")
        if lines or postcode:
            yield Address(
                lines=tuple(lines),
                postcode=postcode,
                use=text(item, "use"),
                start=text(period, "start"),
                end=text(period, "end"),
            )


def _telecoms(tree: Tree) -> Iterator[Telecom]:
    for item in items(tree, "telecom"):
        value = text(item, "value")
        if value:
            yield Telecom(system=text(item, "system") or "other", value=value, use=text(item, "use"))


def _practice(tree: Tree) -> str:
    """The practice as the Patient itself names it: display, contained name, or ODS code."""
    contained = {f"#{text(item, 'id')}": text(item, "name") for item in items(tree, "contained")}
    for item in items(tree, "generalPractitioner"):
        name = text(item, "display") or contained.get(text(item, "reference"), "")
        name = name or text(first(item, "identifier"), "value")
        if name:
            return name
    return ""


def _extension_words(tree: Tree, *names: str) -> str:
    for extension in _extensions(tree, *names):
        said = words(extension, "valueCodeableConcept") or words(extension, "valueCoding")
        said = said or text(extension, "valueString")
        said = said or next((text(part, "valueString") for part in _extensions(extension, "text")), "")
        if said:
            return said
    return ""


def _extensions(tree: Tree, *names: str) -> Iterator[Tree]:
    """Extensions whose last URL part holds one of these names; English profiles wrap them ("Extension-UKCore-...")."""
    for extension in items(tree, "extension"):
        tail = _tail(text(extension, "url"))
        for name in names:
            if name in tail:
                yield extension
                break


@lru_cache(maxsize=1024)
def _tail(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].casefold()


def _value_codes(extension: Tree) -> list[str]:
    found = (*concept_codes(extension, "valueCodeableConcept"), *concept_codes(extension, "valueCoding"))
    return [coding.code for coding in found]


def _all_words(tree: Tree, name: str) -> list[str]:
    return [words(tree, name), *(f"{code.code} {code.display}" for code in concept_codes(tree, name))]


def _labels(tree: Tree) -> list[Tree]:
    meta = first(tree, "meta")
    return [*items(meta, "security"), *items(meta, "tag")]


def _items_or_texts(tree: Tree, name: str) -> list[Tree]:
    """The objects under `name`; bare strings, where a source wrote a name or address as one, become its `text`."""
    return items(tree, name) or [{"text": said} for said in texts(tree, name)]
