"""What every format's reader hands back, and the limits all of them share.

Knows no format, no file and no FHIR version.
"""

from __future__ import annotations

import re

import msgspec

from fhir import limits
from fhir.errors import LimitError
from fhir.records import Issue, Resource

RESOURCE_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}\Z")


class Content(msgspec.Struct, kw_only=True):
    """The resources of one document in order, what kind of Bundle held them, and what reading found."""

    bundle_type: str = ""
    resources: list[Resource] = msgspec.field(default_factory=list)
    issues: list[Issue] = msgspec.field(default_factory=list)

    def found(self, issue: Issue) -> None:
        """Note an issue, up to the limit; one closing line says that there are more."""
        if len(self.issues) < limits.MAX_ISSUES:
            self.issues.append(issue)
        elif len(self.issues) == limits.MAX_ISSUES:
            self.issues.append(
                Issue(severity="warning", code="informational", message="More findings of this kind are not listed.")
            )


class Lines:
    """Line numbers of rising offsets in one document, counted once from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0
        self._line = 1

    def at(self, offset: int) -> int:
        """The line, from 1, on which the byte at `offset` stands."""
        if offset < self._offset:
            return self._data.count(b"\n", 0, offset) + 1
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line


def size_text(size: int) -> str:
    """A size in bytes as a person reads it, "64 MB"."""
    return f"{size // limits.MIB} MB" if size >= limits.MIB else f"{max(1, size // 1024)} kB"


def refuse_too_large(size: int, limit: int, kind: str) -> None:
    """Raise LimitError where one document is larger than may be held in memory."""
    if size > limit:
        raise LimitError(
            f"This {kind} document is larger than {size_text(limit)}, the most that one document may be; "
            "split it, or give its records as NDJSON."
        )


def without_record(number: int, method: str | None, answer: bool) -> Issue | None:
    """What is said of an entry of a Bundle that holds no record: `method` is that of its request (None where it has
    none), `answer` whether the Bundle answers one. None where nothing is missing."""
    path = f"Bundle.entry[{number}]"
    if method == "DELETE":
        message = "The sender deleted a record here; what is already stored is left as it is."
        return Issue(severity="warning", code="deleted", message=message, path=path)
    if method is None and not answer:
        return Issue(
            severity="warning", code="structure", message="This entry of the Bundle holds no record.", path=path
        )
    return None
