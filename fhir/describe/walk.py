"""Every value of a resource as labelled lines, whatever its type.

`labelled` walks a tree tolerantly and says what it finds: labels are the element names as words, nested under their
parents ("Item 2 › Net"), datatypes read as people read them. What it leaves out is `LEFT_OUT` and what its caller
names, nothing else: there is no limit on number or length, except that the bytes of an attachment or signature are
replaced by their size. It knows datatypes by their shape only, nothing of resource types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from fhir import quantities, temporal
from fhir.codes import code_words, read_coding, read_concept, system_name
from fhir.entries import Code, Field
from fhir.narrative import plain_text
from fhir.records import Tree

LEFT_OUT = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "fhir_comments"})
"""Elements that stand elsewhere in an entry (type, key, labels, source) or beside it (the narrative)."""

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
_CONTACTS = {"phone", "fax", "email", "pager", "url", "sms", "other"}
_PUBLISHED = re.compile(r"^(?:Extension-)?(?:UKCore|CareConnect|Interweave|PDS|SCR|GPC|us-core|eltss|England)-", re.I)

_WORDY = re.compile(r"^[a-z][a-z]+(?:[-_A-Z][A-Za-z]+)*$")

_NAME = {"use", "text", "family", "given", "prefix", "suffix", "period", "id", "extension", "_family", "_given"}
_ADDRESS = {"use", "type", "text", "line", "city", "district", "state", "postalCode", "country", "period", "id"}
_ADDRESS = _ADDRESS | {"extension", "_line", "_city"}
_QUANTITY = {"value", "comparator", "unit", "system", "code", "currency", "id", "extension"}
_REFERENCE = {"reference", "type", "identifier", "display", "id", "extension"}
_ATTACHMENT = {"contentType", "language", "data", "url", "size", "hash", "title", "creation", "id", "extension"}
_ATTACHMENT |= {"height", "width", "frames", "duration", "pages"}
_ANNOTATION = {"authorString", "authorReference", "time", "text", "id", "extension"}
_IDENTIFIER = {"use", "type", "system", "value", "period", "assigner", "id", "extension", "display"}
_CONTACT = {"system", "value", "use", "rank", "period", "id", "extension"}
_CODING = {"system", "version", "code", "display", "userSelected", "id", "extension"}
_CODE_LIKE = {"status", "intent", "priority", "use", "gender", "lifecycleStatus", "outcome", "mode", "code", "kind"}


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


Refer = Callable[[Any], str]
"""Says what a Reference points at; "" where it cannot tell."""


def no_names(reference: Any) -> str:
    """A `Refer` for a tree that stands alone."""
    return ""


def labelled(tree: Tree, leave_out: Collection[str] = (), refer: Refer = no_names) -> tuple[Field, ...]:
    """Every value of `tree` but `LEFT_OUT` and `leave_out` (top-level element names), in the order of the source."""
    walk = _Walk(refer)
    for name, value in tree.items():
        if name not in LEFT_OUT and name not in leave_out:
            walk.add("", name, value)
    return tuple(walk.found)


def codings_in(tree: Any) -> tuple[Code, ...]:
    """Every coding anywhere in a tree, each once, in the order of the source."""
    found: dict[Code, None] = {}
    _gather(tree, found)
    return tuple(found)


def _gather(value: Any, found: dict[Code, None]) -> None:
    if type(value) is dict:
        if "code" in value and ("system" in value or "display" in value) and "value" not in value:
            coding = read_coding(value)
            if coding is not None:
                found[coding] = None
        for name, inner in value.items():
            if (type(inner) is dict or type(inner) is list) and name != "meta":
                _gather(inner, found)
    elif type(value) is list:
        for inner in value:
            if type(inner) is dict or type(inner) is list:
                _gather(inner, found)


def value_words(value: Any, refer: Refer = no_names) -> str:
    """One value of any datatype as a line of words, "" where there is nothing in it."""
    if isinstance(value, list):
        return "; ".join(words for words in (value_words(item, refer) for item in value) if words)
    if not isinstance(value, dict):
        return _primitive("", value)
    walk = _Walk(refer)
    words = walk.datatype(value)
    if words is not None:
        return words
    for name, item in value.items():
        walk.add("", name, item)
    return "; ".join(f"{field.label}: {field.value}" if field.label else field.value for field in walk.found)


class _Walk:
    """One walk: what is found so far and how references are named."""

    def __init__(self, refer: Refer) -> None:
        self.found: list[Field] = []
        self.refer = refer

    def add(self, parent: str, name: str, value: Any) -> None:
        if value is None or value == "":
            return
        if name in ("extension", "modifierExtension"):
            self._extensions(parent, value)
            return
        if name.startswith("_"):
            self._beside(_join(parent, humanise(name)), value)
            return
        self._labelled(parent if name == "value" and parent else _join(parent, humanise(name)), name, value)

    def _labelled(self, label: str, name: str, value: Any) -> None:
        if isinstance(value, list):
            lines = [self._one(name, item) for item in value]
            if all(line is not None for line in lines):
                joined = "; ".join(line for line in lines if line)
                if joined:
                    self.found.append(Field(label, joined))
                for item in value:
                    self._inner(label, item)
                return
            for number, item in enumerate(value, 1):
                self._labelled(f"{label} {number}" if len(value) > 1 else label, name, item)
            return
        line = self._one(name, value)
        if line is None:
            if "resourceType" in value:
                label = f"{label} › {humanise(str(value['resourceType']))}"
            for inner, item in value.items():
                if inner == "id" or (inner == "resourceType"):
                    continue
                if inner == "div" and isinstance(item, str):
                    self._text(label, plain_text(item))
                else:
                    self.add(label, inner, item)
            return
        self._text(label, line)
        self._inner(label, value)

    def _one(self, name: str, value: Any) -> str | None:
        """The words of a value that fits one line, None for one that has to be taken apart."""
        if isinstance(value, dict):
            return self.datatype(value)
        if isinstance(value, list):
            return None
        return _primitive(name, value)

    def datatype(self, value: Tree) -> str | None:
        """The words of a datatype known by its shape, None where the shape is none of them."""
        keys = value.keys()
        if not keys:
            return ""
        if "coding" in keys and keys <= {"coding", "text", "id", "extension"}:
            return concept_words(value)
        if isinstance(value.get("reference"), str) or ("identifier" in keys and "value" not in keys):
            if keys <= _REFERENCE and not isinstance(value.get("type"), dict):
                return self.named(value)
        elif "display" in keys and keys <= {"display", "type", "id", "extension"}:
            return str(value["display"])
        if keys <= {"start", "end", "id", "extension"}:
            return temporal.period(value).text
        if keys <= {"text", "id", "extension"} or ("text" in keys and keys <= _ANNOTATION):
            return self._annotation(value)
        if "value" in keys:
            return _valued(value, keys)
        if "code" in keys and keys <= _CODING:
            coding = read_coding(value)
            return spoken(coding) if coding else ""
        if keys & {"low", "high"} and keys <= {"low", "high", "id", "extension"}:
            return quantities.range_words(value)
        if keys & {"numerator", "denominator"} and keys <= {"numerator", "denominator", "id", "extension"}:
            return quantities.ratio_words(value)
        if keys & {"family", "given"} and keys <= _NAME:
            return name_words(value)
        if keys & {"line", "city", "postalCode"} and keys <= _ADDRESS:
            return address_words(value)
        if keys & {"contentType", "data", "url"} and keys <= _ATTACHMENT and "valueString" not in keys:
            return attachment_words(value)
        if "repeat" in keys and keys <= {"repeat", "code", "event", "id", "extension"}:
            return temporal.timing_words(value)
        if "data" in keys and keys <= {"type", "when", "who", "data", "sigFormat", "targetFormat", "onBehalfOf", "id"}:
            return self._signature(value)
        return None

    def _annotation(self, value: Tree) -> str | None:
        text = value.get("text")
        if not isinstance(text, str):
            return "" if text is None else None
        author = value.get("authorString")
        reference = value.get("authorReference")
        time = value.get("time")
        by = [author] if isinstance(author, str) else [self.named(reference)] if reference else []
        by += [temporal.say(time)] if isinstance(time, str) else []
        about = ", ".join(part for part in by if part)
        return f"{text.strip()} ({about})" if about else text.strip()

    def _signature(self, value: Tree) -> str:
        kinds = [code.display for code in read_concept(value.get("type"))[1]]
        parts = [*kinds, self.named(value.get("who"))]
        when = value.get("when")
        parts.append(temporal.say(when) if isinstance(when, str) else "")
        return ", ".join(["Signed", *[part for part in parts if part]])

    def _extensions(self, parent: str, value: Any) -> None:
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                continue
            url = item.get("url")
            label = _join(parent, extension_label(url) if isinstance(url, str) else "Further information")
            for name, inner in item.items():
                if name == "extension":
                    self._extensions(label, inner)
                elif name.startswith("value"):
                    self._labelled(label, name, inner)

    def _inner(self, label: str, value: Any) -> None:
        if isinstance(value, dict) and "extension" in value:
            self._extensions(label, value["extension"])

    def _beside(self, label: str, value: Any) -> None:
        for item in value if isinstance(value, list) else [value]:
            self._inner(label, item)

    def _text(self, label: str, text: str) -> None:
        if text:
            self.found.append(Field(label, text))

    def named(self, reference: Any) -> str:
        words = self.refer(reference)
        if not words:
            return reference_words(reference)
        identifier = reference.get("identifier") if isinstance(reference, dict) else None
        written = identifier_words(identifier) if isinstance(identifier, dict) else ""
        return f"{words}, {written}" if written and written not in words else words


def one_line(value: Any) -> str:
    """The words of a value that is a single datatype, "" for a structure that has to be taken apart."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return (_Walk(no_names).datatype(value) or "") if isinstance(value, dict) else _primitive("", value)


def _primitive(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if not isinstance(value, str):
        return str(value)
    text = value.strip()
    if name in _CODE_LIKE and text.islower() and " " not in text:
        return text.replace("-", " ").capitalize()
    if text[:4].isdigit() and len(text) >= 7 and text[4] == "-":
        precision, words = temporal.read_date(text)
        return words if precision != "unknown" else text
    return plain_text(text) if text.startswith("<div") else text


def _valued(value: Tree, keys: Any) -> str | None:
    inner = value["value"]
    if isinstance(inner, dict | list):
        return None
    system = value.get("system")
    if keys <= _CONTACT and isinstance(system, str) and system in _CONTACTS:
        return contact_words(value)
    if keys <= _QUANTITY and (keys & {"unit", "code", "currency", "comparator"} or not isinstance(inner, str)):
        if "currency" in keys or system == "urn:iso:std:iso:4217":
            return quantities.money_words(value)
        return quantities.quantity_words(value)
    if keys <= _IDENTIFIER and ("system" in keys or "assigner" in keys or "type" in keys or keys <= {"value", "use"}):
        return identifier_words(value)
    return None


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


def _join(parent: str, label: str) -> str:
    return f"{parent} › {label}" if parent else label
