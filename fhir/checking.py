"""Checking what was read: models, our own rules, and the document as a whole. Reports only; nothing is ever dropped.

    check_resource(type, raw, version)      one resource, here
    check_document(source, resolves)        a document with all in it, here
    check_sources(sources, pool, ...)       documents, resources in the worker processes of a `CheckingPool`
    check_item, placed, document_issues     the steps of that, for callers that stream

Issues are shaped after OperationOutcome and hold no record content. Importing this module imports no models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fhir.checking_pool import CheckingPool, CheckItem
from fhir.document_checks import Resolver, document_issues
from fhir.lines import line_of
from fhir.model_checks import model_issues
from fhir.own_checks import resource_issues
from fhir.records import FhirVersion, Issue, Resource, SourceFile, Tree

__all__ = [
    "CheckItem",
    "CheckingPool",
    "check_document",
    "check_item",
    "check_resource",
    "check_sources",
    "document_issues",
    "placed",
]

_AS_JSON = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def check_resource(
    resource_type: str, raw_json: bytes | Tree, version: FhirVersion, references: set[str] | None = None
) -> list[Issue]:
    """All that is wrong inside one resource, from its JSON bytes or its JSON form.

    Literal references in it are added to `references`, to be checked where the whole drop is known.
    """
    if isinstance(raw_json, bytes):
        try:
            tree = msgspec.json.decode(raw_json)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            tree = None
    else:
        tree = raw_json
    if not isinstance(tree, dict):
        return [Issue(severity="error", code="structure", message="This is not a JSON object.", path="Resource")]
    try:
        own = resource_issues(resource_type, tree, version, references)
    except RecursionError:
        message = "The resource is nested too deeply to be checked."
        return [Issue(severity="error", code="too-long", message=message, path="Resource")]
    said = {issue.path for issue in own}
    return own + [issue for issue in model_issues(resource_type, tree, version) if issue.path not in said]


def check_document(source: SourceFile, resolves: Resolver | None = None) -> list[Issue]:
    """All that is wrong in one document, in this process; see `document_issues` for `resolves`."""
    found: list[Issue] = []
    for resource in source.resources:
        item = check_item(resource, source)
        found += placed(resource, check_resource(item.type, item.raw, item.version))
    return found + document_issues(source, resolves)


def check_sources(
    sources: Sequence[SourceFile],
    pool: CheckingPool,
    resolves: Resolver | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[list[Issue]]:
    """The issues of each document, resources checked in the pool; what was not reached when cancelled has none."""
    flat = [(index, resource) for index, source in enumerate(sources) for resource in source.resources]
    by_resource: dict[int, list[Issue]] = {}
    work = (check_item(resource, sources[index]) for index, resource in flat)
    for position, issues in pool.check(work, progress, cancelled):
        by_resource[position] = placed(flat[position][1], issues)
    found: list[list[Issue]] = [[] for _ in sources]
    for position in sorted(by_resource):
        found[flat[position][0]] += by_resource[position]
    if cancelled is None or not cancelled():
        for index, source in enumerate(sources):
            found[index] += document_issues(source, resolves)
    return found


def check_item(resource: Resource, source: SourceFile) -> CheckItem:
    """What a worker needs of a resource; XML and CSV go over as the JSON form that reading made of them."""
    is_json = source.format in ("json", "ndjson")
    raw = resource.raw if is_json else _AS_JSON.encode(resource.tree)
    return CheckItem(resource.type, raw, source.fhir_version)


def placed(resource: Resource, issues: Sequence[Issue]) -> list[Issue]:
    """The issues of a resource with the place in its document that a worker does not know: "Type/id" and line."""
    return [
        msgspec.structs.replace(issue, resource=resource.key, line=line_of(resource, issue.path)) for issue in issues
    ]
