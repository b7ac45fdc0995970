"""From which row of which table a label of an entry is: the list it was taken from, and its version.

What `consent.labelling` says in a reason, this says of the table behind it, for whoever reviews labels. It decides
nothing.
"""

from __future__ import annotations

from consent.labelling import GIVES_AWAY, SET_ON_PURPOSE, rests_on_words
from consent.labels import LabelledEntry
from consent.sensitivity.tables import Origin, Where, codes, security_labels, shape, words
from fhir.entries import Entry


def origins(labelled: LabelledEntry) -> tuple[Origin | None, ...]:
    """The origin of each line of `because`, in order; None where no table says it but a person or the program."""
    said = _said(labelled.entry)
    found = []
    for line in labelled.because:
        category, _, why = line.partition(": ")
        if why == GIVES_AWAY:
            found.append(shape().origins.get(("travels", category)))
        elif why == SET_ON_PURPOSE:
            found.append(None)
        else:
            found.append(said.get(category))
    return tuple(found)


def _said(entry: Entry) -> dict[str, Origin]:
    """What the tables say of an entry by itself: its labels before all, then its codes and words, then its place."""
    labels = security_labels().origins((label.system, label.code) for label in entry.labels)
    if labels:
        return labels
    kind, table = entry.resource_type, shape()
    found: dict[str, Origin] = {}
    for about, name, category in (
        ("type", kind, table.type.get(kind)),
        ("lane", entry.source.lane, table.lane.get(entry.source.lane)),
        ("section", entry.section, table.section.get(entry.section)),
    ):
        if category is not None:
            found[category] = table.origins[about, name]
    if rests_on_words(kind):
        where: Where = "medicine" if entry.section == "medicines" or kind.startswith("Medication") else "title"
        found |= words().origins("source", entry.source.name) | words().origins(where, entry.title)
        for code in (*entry.codes, *entry.categories):
            found |= words().origins(where, code.display) | codes().origins(code.system, code.code)
    return found
