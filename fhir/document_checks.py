"""What can only be checked across a document: ids, references, and whether all of it is about the same person.

Needs a document read (`fhir.records.SourceFile`); what lies outside it is known only through the resolver it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from fhir import nhs_number
from fhir.lines import line_of
from fhir.records import Issue, Resource, SourceFile, Tree
from fhir.shapes import first, items, text

Resolver = Callable[[str, Resource], bool]

_SUBJECTS = ("subject", "patient", "beneficiary", "for", "individual")
_MOST_UNRESOLVED = 20
NAMED_IN_HEADER = "urn:onestory:children-return:"
"""How references to a child begin who is named by the header of a looked-after children return."""


def document_issues(source: SourceFile, resolves: Resolver | None = None) -> list[Issue]:
    """Duplicate ids, unresolved references and resources about someone else than the document's Patient.

    `resolves(reference, resource)` says whether a reference made by that resource leads somewhere; without it only
    references to contained resources are checked.
    """
    found = whole_issues(source)
    for resource in source.resources:
        said: set[str] = set()
        _collect(resource.tree, said)
        found += unresolved(resource, said, resolves)
    return found


def whole_issues(source: SourceFile) -> list[Issue]:
    """Of `document_issues`, what needs no look at every reference: duplicate ids and other people."""
    return [*_duplicates(source), *_wrong_people(source)]


def unresolved(resource: Resource, said: Iterable[str], resolves: Resolver | None) -> list[Issue]:
    """The issues of references in a resource that lead nowhere. `said` are all its literal references."""
    contained = {text(item, "id") for item in items(resource.tree, "contained")} if said else set()
    lost = {reference for reference in said if _is_lost(reference, resource, contained, resolves)}
    if not lost:
        return []
    # Only now is it worth knowing where each stands.
    message = "The resource that this refers to is not in what was given."
    places = islice(_places(resource.tree, resource.type, lost), _MOST_UNRESOLVED)
    return [_issue(resource, "warning", "not-found", path, message) for path in places]


def lines_about_unknown(source: SourceFile, resolves: Resolver) -> list[Issue]:
    """The lines of a table about somebody whom only another table of the same folder could name, and none does."""
    found: dict[int, Issue] = {}
    for resource in source.resources:
        for name in ("subject", "patient", "for"):
            reference = text(first(resource.tree, name), "reference")
            if reference.startswith(NAMED_IN_HEADER) and not resolves(reference, resource):
                message = (
                    "No header table of this folder names this child, or lines of it disagree about them; the line "
                    "stands under their number only. Import the tables of a return together."
                )
                path = "CHILD"
                issue = Issue(severity="warning", code="not-found", message=message, path=path, line=resource.line)
                found.setdefault(resource.line, issue)
    return list(found.values())


def _issue(resource: Resource, severity: Any, code: str, path: str, message: str) -> Issue:
    return Issue(
        severity=severity, code=code, message=message, resource=resource.key, path=path, line=line_of(resource, path)
    )


def _duplicates(source: SourceFile) -> Iterator[Issue]:
    if source.bundle_type == "history":
        return
    seen: dict[tuple[str, str], Resource] = {}
    for resource in source.resources:
        base = resource.full_url.removesuffix(resource.key) if resource.full_url.endswith(resource.key) else ""
        earlier = seen.setdefault((base, resource.key), resource) if resource.id else resource
        if earlier is resource:
            continue
        if earlier.tree == resource.tree:
            message = "The same resource stands in this document more than once."
            yield _issue(resource, "information", "duplicate", f"{resource.type}.id", message)
        else:
            message = "Another resource of this document has the same id."
            yield _issue(resource, "error", "duplicate", f"{resource.type}.id", message)


def _wrong_people(source: SourceFile) -> Iterator[Issue]:
    people = [resource for resource in source.resources if resource.type == "Patient"]
    if not people:
        return
    known = {person.key for person in people} | {person.full_url for person in people if person.full_url}
    numbers = {
        number for person in people for item in items(person.tree, "identifier") if (number := _nhs_number(item))
    }
    for resource in source.resources:
        for name in _SUBJECTS:
            for subject in items(resource.tree, name):
                if _is_someone_else(subject, known, numbers):
                    message = "This is about another person than the Patient of the document."
                    yield _issue(resource, "error", "business-rule", f"{resource.type}.{name}", message)


def _is_someone_else(subject: Tree, known: set[str], numbers: set[str]) -> bool:
    number = _nhs_number(subject["identifier"]) if isinstance(subject.get("identifier"), dict) else ""
    if number and numbers:
        return number not in numbers
    reference = text(subject, "reference").partition("/_history/")[0]
    if not reference or reference.startswith("#") or reference in known:
        return False
    kind, _, name = "/".join(reference.split("/")[-2:]).partition("/")
    return kind == "Patient" and f"Patient/{name}" not in known


def _nhs_number(identifier: Tree) -> str:
    value = text(identifier, "value")
    valid = nhs_number.is_nhs_number_system(text(identifier, "system")) and nhs_number.is_valid(value)
    return nhs_number.compact(value) if valid else ""


def _is_lost(reference: str, resource: Resource, contained: set[str], resolves: Resolver | None) -> bool:
    if reference.startswith("#"):
        return len(reference) > 1 and reference[1:] not in contained
    return resolves is not None and "?" not in reference and not resolves(reference, resource)


def _collect(node: Any, said: set[str]) -> None:
    """Adds every Reference.reference below to `said`."""
    if type(node) is dict:
        for key, value in node.items():
            kind = type(value)
            if kind is dict or kind is list:
                _collect(value, said)
            elif kind is str and value and key == "reference":
                said.add(value)
    else:
        for item in node:
            if type(item) is dict or type(item) is list:
                _collect(item, said)


def _places(node: Any, path: str, wanted: set[str]) -> Iterator[str]:
    """The path of every reference below that is one of these."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "reference" and isinstance(value, str):
                if value in wanted:
                    yield path
            elif isinstance(value, dict | list):
                yield from _places(value, f"{path}.{key}", wanted)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _places(item, f"{path}[{index}]", wanted)
