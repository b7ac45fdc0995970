"""The floor that checking is measured against: one process, one loop, the models of `fhir.resources`, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import msgspec

from fhir.model_checks import model_of
from fhir.records import SourceFile


def seconds(documents: Sequence[SourceFile]) -> float:
    """Seconds to parse and validate every resource once; models are imported before the clock starts."""
    todo = []
    for document in documents:
        for resource in document.resources:
            model = model_of(resource.type, document.fhir_version)
            if model is not None:
                todo.append((model, resource.raw))
    for model, raw in {model: (model, raw) for model, raw in todo}.values():
        _validate(model, raw)  # the first use of a model builds it
    began = perf_counter()
    for model, raw in todo:
        _validate(model, raw)
    return perf_counter() - began


def _validate(model: type, raw: bytes) -> None:
    try:
        model.model_validate(msgspec.json.decode(raw))  # type: ignore[attr-defined]
    except ValueError:
        return  # faulty resources are part of the work
