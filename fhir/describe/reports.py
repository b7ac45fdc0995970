"""Investigation results that are not single observations: reports, specimens, images, media, sequences."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Entry
from fhir.narrative import narrative
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text, texts
from fhir.temporal import UNKNOWN, at, say
from fhir.temporal import choice as read_time

_USUAL = frozenset(
    (
        "resourceType",
        "id",
        "meta",
        "status",
        "category",
        "code",
        "subject",
        "encounter",
        "context",
        "effectiveDateTime",
        "effectivePeriod",
        "issued",
        "performer",
        "result",
        "conclusion",
        "conclusionCode",
        "codedDiagnosis",
    )
)
"""Elements that are always told; only where another stands beside them the rest is looked for."""


def describe_report(resource: Resource, context: Context) -> list[Entry]:
    """One entry, linked to its results and specimens; the conclusion leads the detail."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    category, categories = read_concept(tree["category"]) if "category" in tree else ("", ())
    when = read_time(tree, "effective")
    issued = text(tree, "issued")
    if when is UNKNOWN:
        when = at(issued)
    conclusion = text(tree, "conclusion")
    coded = ""
    name = "conclusionCode" if "conclusionCode" in tree else "codedDiagnosis"
    if name in tree:
        coded, some = read_concept(tree[name])
        codes += some
    results = _results(tree, resource, context)
    author = context.actors(resource, "performer", "actor") if "performer" in tree else ""
    author = author or context.actors(resource, "resultsInterpreter")
    status = text(tree, "status")
    fields = [
        ("Conclusion", conclusion),
        ("Diagnosis", coded),
        ("Results", results),
        ("Category", category),
        ("By", author),
        ("Issued", say(issued)),
    ]
    if not tree.keys() <= _USUAL:
        forms = items(tree, "presentedForm")
        fields += [
            ("Specimen", context.who(tree.get("specimen"), resource)),
            ("Interpreted by", context.actors(resource, "resultsInterpreter")),
            ("Requested by", context.who(tree.get("basedOn"), resource)),
            ("Images", context.who(tree.get("imagingStudy") or tree.get("study"), resource)),
            ("Attached", ", ".join(text(form, "title") or text(form, "contentType") for form in forms)),
            ("Note", notes(tree)),
        ]
    links = context.links(resource, "performer.actor", "media.link", "image.link")
    if "extension" in tree:
        links += extension_links(resource, context)
    return [
        context.entry(
            resource,
            section="results",
            kind="report",
            title=title or category,
            detail=conclusion or coded or results or narrative(tree),
            when=when,
            status="" if status == "unknown" else status,
            author=author,
            codes=codes,
            categories=categories,
            links=links,
            fields=context.fields(*fields),
            recorded=issued,
        )
    ]


def _results(tree: Tree, resource: Resource, context: Context) -> str:
    """The names of the linked results."""
    return context.who(tree["result"], resource) if "result" in tree else ""


def describe_specimen(resource: Resource, context: Context) -> list[Entry]:
    """One entry: what was taken, when and how."""
    tree = resource.tree
    title, codes = read_concept(tree.get("type"))
    collection = first(tree, "collection")
    when = read_time(collection, "collected")
    received = text(tree, "receivedTime")
    note = notes(tree)
    return [
        context.entry(
            resource,
            section="results",
            kind="specimen",
            title=f"Specimen: {title}" if title else "Specimen",
            detail=note,
            when=when if when is not UNKNOWN else at(received),
            status=text(tree, "status"),
            author=context.who(collection.get("collector"), resource),
            codes=codes,
            links=context.links(resource, "collection.collector"),
            fields=context.fields(
                ("Collected", when.text),
                ("Received", say(received)),
                ("Collected by", context.who(collection.get("collector"), resource)),
                ("Amount", quantity_words(collection.get("quantity"))),
                ("Body site", words(collection, "bodySite")),
                ("Method", words(collection, "method")),
                ("Fasting", words(collection, "fastingStatusCodeableConcept")),
                ("Condition", words(tree, "condition")),
                ("Laboratory number", text(first(tree, "accessionIdentifier"), "value")),
                ("Container", ", ".join(filter(None, (words(one, "type") for one in items(tree, "container"))))),
                ("Treatment", ", ".join(filter(None, (text(one, "description") for one in items(tree, "processing"))))),
                ("Note", note),
            ),
            recorded=received,
        )
    ]


def describe_imaging(resource: Resource, context: Context) -> list[Entry]:
    """One entry: what was imaged, by which method, how many pictures."""
    tree = resource.tree
    series = items(tree, "series")
    sites = dict.fromkeys(filter(None, (words(one, "bodySite") for one in series)))
    modalities = dict.fromkeys(
        filter(
            None, [words(tree, "modality") or words(tree, "modalityList"), *(words(one, "modality") for one in series)]
        )
    )
    procedure, codes = read_concept(tree.get("procedureCode") or tree.get("procedure"))
    for one in series:
        codes += read_concept(one.get("modality"))[1] + read_concept(one.get("bodySite"))[1]
    description = text(tree, "description")
    title = description or procedure or " of ".join(filter(None, (", ".join(modalities), ", ".join(sites))))
    status = text(tree, "status")
    return [
        context.entry(
            resource,
            section="results",
            kind="imaging",
            title=title or "Imaging",
            detail=notes(tree) or context.reasons(resource),
            when=at(text(tree, "started")),
            status="" if status == "available" else status,
            author=context.who(tree.get("interpreter") or tree.get("referrer"), resource),
            codes=codes,
            links=context.links(resource, "series.specimen"),
            fields=context.fields(
                ("Method", ", ".join(modalities)),
                ("Body site", ", ".join(sites)),
                ("Procedure", procedure),
                ("Reason", context.reasons(resource)),
                ("Pictures", text(tree, "numberOfInstances")),
                ("Series", "; ".join(filter(None, (text(one, "description") for one in series)))),
                ("Read by", context.who(tree.get("interpreter"), resource)),
                ("Referred by", context.who(tree.get("referrer"), resource)),
                ("Place", context.who(tree.get("location"), resource)),
                ("Note", notes(tree)),
            ),
        )
    ]


def describe_media(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a photo, video or sound recording taken for care."""
    tree = resource.tree
    content = first(tree, "content")
    shown, codes = read_concept(tree.get("type"))
    modality, modality_codes = read_concept(tree.get("modality") or tree.get("subtype"))
    title = text(content, "title") or modality or words(tree, "view") or shown
    return [
        context.entry(
            resource,
            section="results",
            kind="media",
            title=f"Picture or recording: {title}" if title else "Picture or recording",
            detail=notes(tree) or context.reasons(resource),
            when=read_time(tree, "created")
            if read_time(tree, "created") is not UNKNOWN
            else read_time(tree, "occurrence"),
            status=text(tree, "status"),
            author=context.who(tree.get("operator"), resource),
            codes=codes + modality_codes,
            fields=context.fields(
                ("Kind", shown),
                ("View", words(tree, "view")),
                ("Body site", words(tree, "bodySite")),
                ("Reason", context.reasons(resource)),
                ("Device", text(tree, "deviceName") or context.who(tree.get("device"), resource)),
                ("Format", text(content, "contentType")),
                ("Taken by", context.who(tree.get("operator"), resource)),
                ("Note", notes(tree)),
            ),
            recorded=text(tree, "issued"),
        )
    ]


def describe_sequence(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a stretch of genetic sequence and what was found in it."""
    tree = resource.tree
    kind = text(tree, "type")
    reference = first(tree, "referenceSeq")
    found, codes = read_concept(reference.get("referenceSeqId"))
    variants = ", ".join(
        filter(
            None,
            (f"{text(one, 'referenceAllele')} to {text(one, 'observedAllele')}" for one in items(tree, "variant")),
        )
    )
    chromosome = words(reference, "chromosome")
    about = found or (f"chromosome {chromosome}" if chromosome else kind)
    return [
        context.entry(
            resource,
            section="results",
            kind="genetic-sequence",
            title=f"Genetic sequence: {about}" if about else "Genetic sequence",
            detail=f"Changes: {variants}" if variants else "",
            author=context.who(tree.get("performer"), resource),
            codes=codes,
            fields=context.fields(
                ("Kind", kind),
                ("Reference", found),
                ("Chromosome", chromosome),
                ("Changes", variants),
                ("Specimen", context.who(tree.get("specimen"), resource)),
                ("Device", context.who(tree.get("device"), resource)),
                ("Quality", ", ".join(filter(None, (text(one, "type") for one in items(tree, "quality"))))),
                ("Repositories", ", ".join(filter(None, (text(one, "name") for one in items(tree, "repository"))))),
                ("Coordinates", ", ".join(texts(tree, "coordinateSystem"))),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "DiagnosticReport": describe_report,
    "Specimen": describe_specimen,
    "ImagingStudy": describe_imaging,
    "ImagingManifest": describe_imaging,
    "Media": describe_media,
    "MolecularSequence": describe_sequence,
    "Sequence": describe_sequence,
}
