"""Reads one JSON document: a resource, a Bundle of any type, or a list of resources.

`read_json` splits the document into its resources with their exact bytes and decodes each once. Numbers with a point or
exponent become `decimal.Decimal`, which keeps every digit ("1.00" stays 1.00; `msgspec.json.Encoder(
decimal_format="number")` writes it back so); whole numbers become int. Not known here: files, streams, FHIR versions.

Depth and repeated keys come from writing the trees once more: an object given a key twice is written with fewer
quotation marks than its bytes hold, and only then is the text scanned for the key. Walking the trees takes thrice that.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from fhir import limits
from fhir.documents import RESOURCE_TYPE, Content, Lines, refuse_too_large, without_record
from fhir.errors import FormatError, LimitError, RefusedError
from fhir.json_faults import fault, repeated_keys, too_deep
from fhir.kinds import BOM
from fhir.records import Issue, Resource

_SPACE = b" \t\r\n"
_NOT_QUOTES = bytes(set(range(256)) - set(b'"'))


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct):
    entry: list[_Entry | None] | _Entry | None = None


class _Parameter(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()
    part: list[_Parameter] | None = None


class _Parameters(msgspec.Struct):
    parameter: list[_Parameter] | None = None


class _Head(msgspec.Struct):
    type: Any = msgspec.field(name="resourceType", default="")


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("exponent") from None
    if abs(number.adjusted()) > limits.MAX_DECIMAL_EXPONENT:
        raise ValueError("exponent")
    return number


_HEAD = msgspec.json.Decoder(_Head)
_BUNDLE = msgspec.json.Decoder(_Bundle)
_PARAMETERS = msgspec.json.Decoder(_Parameters)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_ANY = msgspec.json.Decoder(float_hook=_decimal)


def read_json(data: bytes) -> Content:
    """Read one document. Raises FormatError where it is not JSON that holds FHIR, LimitError where it is too much."""
    refuse_too_large(len(data), limits.MAX_DOCUMENT_BYTES, "JSON")
    _refuse_expanding(data)
    content = Content()
    _Reader(data, content).read()
    return content


def read_ndjson(data: bytes) -> Content:
    """Read lines that each hold one JSON document. A line that cannot be read is a fatal issue; the others are kept.

    Raises FormatError where no line can be read.
    """
    content = Content()
    try:
        _Reader(data, content).read_lines()
    except RefusedError:
        content = _line_by_line(data)
    if not content.resources and any(issue.severity == "fatal" for issue in content.issues):
        raise FormatError("No line of this stream holds a FHIR record.", content.issues[0].line)
    return content


def _line_by_line(data: bytes) -> Content:
    content = Content()
    start = 0
    for number, line in enumerate(data.split(b"\n")):
        if line.strip(_SPACE):
            try:
                found = read_json(line)
            except RefusedError as error:
                found = Content(issues=[Issue(severity="fatal", code="structure", message=error.reason, line=1)])
            for resource in found.resources:
                resource.start += start
                resource.end += start
                resource.line = number + 1
            content.resources.extend(found.resources)
            for issue in found.issues:
                content.found(msgspec.structs.replace(issue, line=number + 1))
        start += len(line) + 1
    return content


def decode(data: bytes) -> Any:
    """Any JSON text as Python values, decimals kept. Raises msgspec.DecodeError, UnicodeDecodeError, RecursionError."""
    return _ANY.decode(data)


class _Reader:
    """One pass over one document; `resources` and `issues` grow in `content`."""

    def __init__(self, data: bytes, content: Content) -> None:
        self.data = data
        self.content = content
        self.lines = Lines(data)
        self.others: list[Any] = []

    def read(self) -> None:
        start = len(BOM) if self.data.startswith(BOM) else 0
        text = self.data[start:] if start else self.data
        offset = start
        try:
            first = text.lstrip(_SPACE)[:1]
            if first == b"[":
                self._list(text, offset)
            else:
                self._top(text, offset)
            self._verify()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise fault(self.data, text, offset, error) from None
        except RecursionError:
            raise too_deep() from None

    def _top(self, text: bytes, offset: int) -> None:
        kind = _HEAD.decode(text).type
        if not isinstance(kind, str) or not RESOURCE_TYPE.match(kind):
            raise FormatError("This is JSON, but not FHIR: it does not say which type of record it is (resourceType).")
        if kind == "Bundle":
            self.content.bundle_type = self._bundle(text, offset, 1)
        else:
            self._resource(text.strip(_SPACE), offset + len(text) - len(text.lstrip(_SPACE)), "", 0)
        if kind != "Bundle" and not self.content.resources:
            raise FormatError("This FHIR document holds no record that can be read.")

    def read_lines(self) -> None:
        start = len(BOM) if self.data.startswith(BOM) else 0
        try:
            while start < len(self.data):
                end = self.data.find(b"\n", start)
                end = len(self.data) if end < 0 else end
                line = self.data[start:end].strip(_SPACE)
                if line:
                    self._resource(line, self.data.index(line[:1], start), "", 1)
                start = end + 1
            self._verify()
        except RecursionError:
            raise too_deep() from None

    def _list(self, text: bytes, offset: int) -> None:
        position = 0
        for item in _LIST.decode(text):
            raw = bytes(item)
            position = _find(text, raw, position)
            self._resource(raw, offset + position, "", 1)
            position += len(raw)
        if not self.content.resources:
            raise FormatError("This is a JSON list, but it holds no FHIR records.")

    def _bundle(self, text: bytes, offset: int, level: int) -> str:
        """Read the entries of a Bundle whose text starts at `offset` of the document; returns its type."""
        try:
            found = _BUNDLE.decode(text).entry
        except msgspec.ValidationError:
            # A Bundle whose entries are not a list of objects: nothing in it can be told apart.
            raise FormatError("This Bundle cannot be read: its entries are not a list of records.") from None
        items = _listed(found)
        raws = [_given(item.resource) if item else b"" for item in items]
        shell, starts = self._cut(text, raws, level)
        bundle_type = shell.get("type")
        bundle_type = bundle_type if isinstance(bundle_type, str) else ""
        for number, (entry, raw, start) in enumerate(zip(_listed(shell.get("entry")), raws, starts, strict=True)):
            if raw:
                full_url = entry.get("fullUrl")
                self._resource(raw, offset + start, full_url if isinstance(full_url, str) else "", level)
            else:
                self._no_resource(number, entry or {}, bundle_type)
        return bundle_type

    def _tree(self, raw: bytes, start: int) -> Any:
        try:
            return _ANY.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise fault(self.data, raw, start, error) from None

    def _parameters(self, text: bytes, offset: int, level: int) -> bool:
        """Read the resources that an operation carries as parameters; false where it carries none."""
        try:
            waiting = list(reversed(_PARAMETERS.decode(text).parameter or ()))
        except msgspec.ValidationError:
            return False
        raws = []
        while waiting:
            parameter = waiting.pop()
            waiting.extend(reversed(parameter.part or ()))
            if inner := _given(parameter.resource):
                raws.append(inner)
        if raws:
            for raw, start in zip(raws, self._cut(text, raws, level)[1], strict=True):
                self._resource(raw, offset + start, "", level)
        return bool(raws)

    def _cut(self, text: bytes, raws: list[bytes], level: int) -> tuple[dict[str, Any], list[int]]:
        """What holds the resources, each replaced by 0, and where in `text` each starts (in the order of `raws`)."""
        if level > limits.MAX_NESTED_BUNDLES:
            raise LimitError(f"Bundles stand more than {limits.MAX_NESTED_BUNDLES} deep inside each other.")
        pieces, starts, position = [], [], 0
        for raw in raws:
            found = _find(text, raw, position) if raw else position
            starts.append(found)
            if raw:
                pieces.append(text[position:found])
                position = found + len(raw)
        pieces.append(text[position:])
        shell: dict[str, Any] = _ANY.decode(b"0".join(pieces))
        self.others.append(shell)
        return shell, starts

    def _no_resource(self, number: int, entry: dict[str, Any], bundle_type: str) -> None:
        request = entry.get("request")
        method = str(request.get("method")) if isinstance(request, dict) else None
        if (issue := without_record(number, method, bundle_type.endswith("response"))) is not None:
            self.content.found(issue)

    def _resource(self, raw: bytes, start: int, full_url: str, level: int) -> None:
        tree = self._tree(raw, start)
        kind = tree.get("resourceType") if isinstance(tree, dict) else None
        if not isinstance(kind, str) or not RESOURCE_TYPE.match(kind):
            self.others.append(tree)
            message = "Something stands where a record should be; it does not say its type and cannot be shown."
            self.content.found(Issue(severity="error", code="structure", message=message, line=self.lines.at(start)))
            return
        if kind == "Bundle":
            self._bundle(raw, start, level + 1)
            return
        if kind == "Parameters" and self._parameters(raw, start, level + 1):
            return
        identity = tree.get("id")
        self.content.resources.append(
            Resource(
                type=kind,
                id=identity if isinstance(identity, str) else "",
                tree=tree,
                raw=raw,
                start=start,
                end=start + len(raw),
                full_url=full_url,
                line=self.lines.at(start),
            )
        )

    def _verify(self) -> None:
        """Refuse what is nested too deep; report keys that are given twice."""
        again = _ENCODER.encode([*self.others, *(resource.tree for resource in self.content.resources)])
        if _deeper_than(again, limits.MAX_DEPTH + 1):
            raise too_deep()
        if _quotes(again) != _quotes(self.data) or b"\\u0022" in self.data:
            for issue in repeated_keys(self.data):
                self.content.found(issue)


def _listed(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty list, and a single thing as a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _given(raw: msgspec.Raw) -> bytes:
    found = bytes(raw)
    return b"" if found == b"null" else found


def _find(text: bytes, raw: bytes, position: int) -> int:
    """Where `raw`, which stands in `text` at or after `position`, starts."""
    first = raw[:1]
    found = text.index(first, position)
    while not text.startswith(raw, found):
        found = text.index(first, found + 1)
    return found


def _quotes(text: bytes) -> int:
    return len(text.translate(None, _NOT_QUOTES))


def _deeper_than(text: bytes, limit: int) -> bool:
    """Whether a JSON text nests deeper than `limit`, seen from its indentation, which strings cannot imitate."""
    return b"\n" + b" " * (limit + 1) in msgspec.json.format(text, indent=1)


def _refuse_expanding(data: bytes) -> None:
    """Raise LimitError where the tree of a document would take far more memory than its bytes."""
    if len(data) < limits.ESTIMATE_FROM_BYTES:
        return
    containers = data.count(b"{") * 232 + data.count(b"[") * 88
    if len(data) + containers + data.count(b",") * 96 > limits.MAX_EXPANDED_BYTES:
        raise LimitError("This JSON document would take too much memory when unpacked; give its records as NDJSON.")
