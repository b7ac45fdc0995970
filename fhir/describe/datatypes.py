"""What one FHIR datatype says, on one line, as a person reads it; and element names as words.

Concepts, references, identifiers, names, addresses, contact points and attachments. Numbers and times are said by
`fhir.quantities` and `fhir.temporal`. Nothing here knows resource types or where a value stands.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from fhir import quantities, temporal
from fhir.codes import code_words, read_concept, system_name
from fhir.entries import Code
from fhir.records import Tree

_CHOICES = (
    "value|occurrence|onset|abatement|effective|performed|serviced|timing|product|deceased|multipleBirth|used|item|"
    "start|due|allowed|scheduled|location|entity|legallyBinding|topic|term|author|content|medication|reason|"
    "definition|target|detail|asNeeded|dose|rate|subject|event|source|actor|collected|fastingStatus|minimumVolume|"
    "additive|answer|default|initial|born|age|diagnosis|procedure|udi|created|identified|participant|statusReason|"
    "instantiates|substance|strength|amount|characteristic|useContext|code|reported|series|dosage|chargeItem"
)
_TYPES = (
    "DateTime|CodeableConcept|Quantity|Period|Reference|String|Boolean|Integer|Decimal|Uri|Coding|Age|Money|Range|"
    "Ratio|Attachment|Timing|Instant|Identifier|Canonical|Markdown|Duration|PositiveInt|UnsignedInt|SampledData|Url|"
    "Time|Date|Code|Address|HumanName|ContactPoint|Annotation|Signature|Expression|Dosage|CodeableReference|Oid|Id|"
    "Uuid|Base64Binary|Count|Distance"
)
_CHOICE = re.compile(rf"^({_CHOICES})(?:{_TYPES})$")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PUBLISHED = re.compile(r"^(?:Extension-)?(?:UKCore|CareConnect|Interweave|PDS|SCR|GPC|us-core|eltss|England)-", re.I)

_WORDY = re.compile(r"^[a-z][a-z]+(?:[-_A-Z][A-Za-z]+)*$")


@cache
def humanise(name: str) -> str:
    """An element, extension or resource type name as words: "productOrService" is "Product or service"."""
    choice = _CHOICE.match(name)
    found: list[str] = _WORD.findall(choice[1] if choice else name.lstrip("_"))
    if not found:
        return name
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in found]
    return words[0][:1].upper() + words[0][1:] + "".join(f" {word}" for word in words[1:])


@cache
def extension_label(url: str) -> str:
    """The label of an extension from its address: ".../Extension-UKCore-NominatedPharmacy" is "Nominated pharmacy"."""
    last = url.rstrip("/").rpartition("/")[2].partition("#")[0]
    last = last.removesuffix("-1").removesuffix("-2")
    while _PUBLISHED.match(last):
        last = _PUBLISHED.sub("", last, count=1)
    return humanise(last) or "Further information"


def concept_words(value: Any) -> str:
    """The words of a concept, with its other displays where they differ: "MMR (also First MMR vaccination)"."""
    shown, codes = read_concept(value)
    if codes and not codes[0].display and shown == code_words(codes[0]):
        shown = spoken(codes[0])
    others = [code.display for code in codes if code.display and code.display.casefold() not in shown.casefold()]
    return f"{shown} (also {'; '.join(dict.fromkeys(others))})" if others else shown


def spoken(code: Code) -> str:
    """The words for a coding: its display, else a code that is made of words ("assess-plan"), else code and system."""
    if code.display or not code.code or not _WORDY.match(code.code):
        return code_words(code)
    return humanise(code.code.replace("_", "-"))


def reference_words(value: Any) -> str:
    """What a reference points at, without its address: its display, else its identifier, else its type in words."""
    if not isinstance(value, dict):
        return value.strip() if isinstance(value, str) else ""
    display = value.get("display")
    if isinstance(display, str) and display.strip():
        return display.strip()
    identifier = value.get("identifier")
    if isinstance(identifier, dict):
        return identifier_words(identifier)
    kind = value.get("type")
    target = value.get("reference")
    if not isinstance(kind, str) and isinstance(target, str) and "/" in target:
        parts = target.split("/_history")[0].split("/")
        kind = parts[-2] if parts[-2][:1].isupper() else ""
    return humanise(kind) if isinstance(kind, str) and kind else ""


def identifier_words(value: Tree) -> str:
    """An identifier with what it is: "RX8 (ODS organization code)"."""
    written = quantities.number(value.get("value"))
    kind = read_concept(value.get("type"))[0]
    system = value.get("system")
    kind = kind or (system_name(system) if isinstance(system, str) else "")
    assigner = value.get("assigner")
    by = reference_words(assigner) if assigner else ""
    about = ", ".join(part for part in (kind, f"from {by}" if by else "", _period_words(value)) if part)
    return f"{written} ({about})" if written and about else written or about


def name_words(value: Any) -> str:
    """A person's name in the order it is said, its text only where there are no parts."""
    if not isinstance(value, dict):
        return value.strip() if isinstance(value, str) else ""
    parts = [part for key in ("prefix", "given", "family", "suffix") for part in _strings(value.get(key))]
    text = value.get("text")
    return " ".join(parts) or (text.strip() if isinstance(text, str) else "")


def address_words(value: Any) -> str:
    """A postal address on one line, its written text where there are no parts."""
    if not isinstance(value, dict):
        return ""
    names = ("line", "city", "district", "state", "postalCode", "country")
    parts = [part for key in names for part in _strings(value.get(key))]
    return ", ".join(dict.fromkeys(parts)) or "; ".join(_strings(value.get("text")))


def contact_words(value: Tree) -> str:
    """A telephone number, e-mail address or the like with its use: "01632 960587 (home)"."""
    written = quantities.number(value.get("value"))
    about = [str(value[key]) for key in ("system", "use") if isinstance(value.get(key), str)]
    about = [part for part in about if part not in ("phone", "email", "other")]
    period = _period_words(value)
    if period:
        about.append(period)
    return f"{written} ({', '.join(about)})" if written and about else written


def attachment_words(value: Tree) -> str:
    """What is attached, without its bytes: "Discharge letter (application/pdf, 3 Mar 2026, 31 kB)"."""
    title = value.get("title")
    address = value.get("url")
    data = value.get("data")
    size = value.get("size")
    about = [text for key in ("contentType", "language") for text in _strings(value.get(key))]
    creation = value.get("creation")
    if isinstance(creation, str):
        about.append(temporal.say(creation))
    if isinstance(data, str) and data:
        about.append(size_words(len(data) * 3 // 4))
    elif size is not None:
        about.append(f"{size} bytes")
    about += [
        f"{humanise(key).lower()} {value[key]}" for key in ("height", "width", "pages", "duration") if key in value
    ]
    if isinstance(title, str) and title and isinstance(address, str):
        about.append(f"at {address}")
    shown = title if isinstance(title, str) and title else address if isinstance(address, str) else "Attachment"
    return f"{shown} ({', '.join(about)})" if about else str(shown)


def size_words(size: int) -> str:
    """A number of bytes as "31 kB"."""
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def _period_words(value: Tree) -> str:
    period = value.get("period")
    return temporal.period(period).text if isinstance(period, dict) else ""


def _strings(value: Any) -> list[str]:
    some = value if isinstance(value, list) else [value]
    return [item.strip() for item in some if isinstance(item, str) and item.strip()]
