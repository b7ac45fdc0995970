"""Reads one XML document into the same trees as its JSON twin, with the exact bytes of each resource.

One pass of expat, which tells where in the bytes each element starts. A document type declaration is refused, so there
are no entities to expand and nothing outside the file is ever fetched. Narrative (`div`) is kept as its source text.
Not known here: files, streams, and what the records mean.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from fhir import limits
from fhir.documents import Content, Lines, refuse_too_large, without_record
from fhir.errors import FormatError, LimitError, VersionError
from fhir.json_faults import too_deep
from fhir.locating import steps_of
from fhir.records import Resource
from fhir.versions import decide_version
from fhir.xml_trees import Node, tree_of

_FHIR = "http://hl7.org/fhir "
_XHTML = "http://www.w3.org/1999/xhtml "
_OTHERS = {
    "http://www.w3.org/2005/Atom": VersionError("This is an Atom feed of FHIR DSTU1, a version that is not read."),
    "urn:hl7-org:v3": FormatError("This is an HL7 version 3 or CDA document, not FHIR."),
}
_NOT_FHIR = "This is XML, but not FHIR: its first element is not in the namespace http://hl7.org/fhir."
_TAG_END = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*>""")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ENCODINGS = {"utf-8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1"}


def read_xml(data: bytes) -> Content:
    """Read one document. Raises FormatError where it is not XML that holds FHIR, LimitError, VersionError for DSTU1."""
    refuse_too_large(len(data), limits.MAX_XML_BYTES, "XML")
    root = _Parser(data).parse()
    content = Content()
    records: list[tuple[Node, str]] = []
    if root.name == "Bundle":
        kind = root.child("type")
        content.bundle_type = kind.value if kind else ""
        _collect(root, records, content, 1)
    else:
        _collect_one(root, "", records, content, 0)
    content.resources = _resources(data, records)
    version = decide_version(content.resources)
    if version not in ("R4", "R4B"):
        for resource, (node, _) in zip(content.resources, records, strict=True):
            resource.tree = tree_of(node, version)
    return content


def xml_element_at(data: bytes, path: str, start: int = 0) -> int:
    """The byte offset of the element of `path` ("Patient.name[1].given[0]"), in the resource that begins at byte
    `start` of a document that was read before (0: the document's own); the nearest element around it where there is
    none."""
    node = _Parser(data).parse()
    node = _starting(node, start) or node
    steps = steps_of(path)
    for at, step in enumerate(steps):
        if isinstance(step, int):
            continue
        if len(node.children) == 1 and node.children[0].name[:1].isupper():
            node = node.children[0]
        number = steps[at + 1] if at + 1 < len(steps) else 0
        same = [child for child in node.children if child.name == step.removeprefix("_")]
        if not isinstance(number, int):
            number = 0
        if number >= len(same):
            break
        node = same[number]
    return node.start


def _starting(node: Node, start: int) -> Node | None:
    """The resource that begins there."""
    while node.start != start:
        before = [child for child in node.children if child.start <= start]
        if not before:
            return None
        node = before[-1]
    return node


def _resources(data: bytes, records: list[tuple[Node, str]]) -> list[Resource]:
    lines = Lines(data)
    found = []
    for node, full_url in records:
        tree = tree_of(node, "R4")
        identity = tree.get("id")
        found.append(
            Resource(
                type=node.name,
                id=identity if isinstance(identity, str) else "",
                tree=tree,
                raw=data[node.start : node.end],
                start=node.start,
                end=node.end,
                full_url=full_url,
                line=lines.at(node.start),
            )
        )
    return found


def _collect(bundle: Node, records: list[tuple[Node, str]], content: Content, level: int) -> None:
    if level > limits.MAX_NESTED_BUNDLES:
        raise LimitError(f"Bundles stand more than {limits.MAX_NESTED_BUNDLES} deep inside each other.")
    for number, entry in enumerate(child for child in bundle.children if child.name == "entry"):
        url = entry.child("fullUrl")
        holder = entry.child("resource")
        for node in holder.children if holder else ():
            _collect_one(node, url.value if url else "", records, content, level)
        if not holder:
            request = entry.child("request")
            asked = request.child("method") if request else None
            method = (asked.value if asked else "") if request else None
            if (issue := without_record(number, method, content.bundle_type.endswith("response"))) is not None:
                content.found(issue)


def _collect_one(node: Node, full_url: str, records: list[tuple[Node, str]], content: Content, level: int) -> None:
    if node.name == "Bundle":
        _collect(node, records, content, level + 1)
        return
    inner = list(_carried(node)) if node.name == "Parameters" else []
    for child in inner:
        _collect_one(child, "", records, content, level + 1)
    if not inner:
        records.append((node, full_url))


def _carried(node: Node) -> list[Node]:
    """The resources that an operation carries as parameters."""
    found: list[Node] = []
    for child in node.children:
        if child.name == "resource":
            found.extend(child.children)
        elif child.name in ("parameter", "part"):
            found.extend(_carried(child))
    return found


class _Parser:
    """One expat run over one document; `open` are the elements not yet closed."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
        name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        if name not in _ENCODINGS:
            raise FormatError("This XML is not UTF-8, which FHIR requires.", 1)
        self.encoding = _ENCODINGS[name]
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.foreign = 0
        self.foreign_start = 0

    def parse(self) -> Node:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.StartDoctypeDeclHandler = self.doctype
        self.parser = parser
        try:
            parser.Parse(self.data, True)
        except expat.ExpatError as error:
            raise _fault(error) from None
        if self.root is None:
            raise FormatError(_NOT_FHIR)
        return self.root

    def doctype(self, *_: Any) -> None:
        raise FormatError(
            "This XML has a document type declaration, which FHIR forbids.", self.parser.CurrentLineNumber
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > limits.MAX_XML_ELEMENTS:
            raise LimitError(f"This XML document holds more than {limits.MAX_XML_ELEMENTS} elements; split it.")
        if self.foreign:
            self.foreign += 1
            if self.foreign > limits.MAX_DEPTH:
                raise too_deep()
            return
        if not name.startswith(_FHIR):
            self.outside(name)
            return
        node = Node(
            name=name[len(_FHIR) :],
            value=attributes.get("value", ""),
            has_value="value" in attributes,
            id=attributes.get("id", ""),
            url=attributes.get("url", ""),
            start=self.parser.CurrentByteIndex,
        )
        if len(self.open) >= limits.MAX_DEPTH:
            raise too_deep()
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def outside(self, name: str) -> None:
        """An element that is not FHIR: narrative inside a record, or the wrong kind of document."""
        space = name.rpartition(" ")[0]
        if not self.open:
            raise _OTHERS.get(space) or FormatError(_NOT_FHIR)
        self.foreign = 1
        self.foreign_start = self.parser.CurrentByteIndex

    def end(self, name: str) -> None:
        if self.foreign:
            self.foreign -= 1
            if not self.foreign and name == _XHTML + "div":
                text = self.data[self.foreign_start : self.element_end(self.foreign_start)].decode(self.encoding)
                self.open[-1].children.append(Node(name="div", value=text, has_value=True))
            return
        node = self.open.pop()
        if node.name[:1].isupper():
            node.end = self.element_end(node.start)

    def element_end(self, start: int) -> int:
        """Where the element that started at `start` and closes now ends; expat says less of empty elements."""
        tag = _TAG_END.match(self.data, start)
        if tag and tag.group().endswith(b"/>"):
            return tag.end()
        tag = _TAG_END.match(self.data, self.parser.CurrentByteIndex)
        return tag.end() if tag else len(self.data)


def _fault(error: expat.ExpatError) -> FormatError:
    codes = expat.errors.codes
    cut_off = (codes[expat.errors.XML_ERROR_NO_ELEMENTS], codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN])
    if error.code in cut_off:
        return FormatError("This XML document ends in the middle: it was cut off.", error.lineno)
    return FormatError("This is not valid XML.", error.lineno)
