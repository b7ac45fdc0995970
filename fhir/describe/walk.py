"""Every value of a resource as labelled lines, whatever its type.

`labelled` walks a tree tolerantly and says what it finds: labels are the element names as words, nested under their
parents ("Item 2 › Net"), datatypes read as people read them. What it leaves out is `LEFT_OUT` and what its caller
names, nothing else: there is no limit on number or length, except that the bytes of an attachment or signature are
replaced by their size. It knows datatypes by their shape only, nothing of resource types.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fhir import quantities, temporal
from fhir.codes import read_coding, read_concept
from fhir.describe.datatypes import (
    address_words,
    attachment_words,
    concept_words,
    contact_words,
    extension_label,
    humanise,
    identifier_words,
    name_words,
    reference_words,
    spoken,
)
from fhir.entries import Code, Field
from fhir.narrative import plain_text
from fhir.records import Tree

LEFT_OUT = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "fhir_comments"})
"""Elements that stand elsewhere in an entry (type, key, labels, source) or beside it (the narrative)."""

_CONTACTS = {"phone", "fax", "email", "pager", "url", "sms", "other"}
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


def _join(parent: str, label: str) -> str:
    return f"{parent} › {label}" if parent else label
