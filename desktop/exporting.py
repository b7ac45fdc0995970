"""What leaves the vault as a file: FHIR, an IPS document, or pages to read; all from one disclosed record.

The record comes from the gate and the source bytes from the reader's own keys; `consent.export` says what of them may
leave. A file is made whole in memory, then written to a new place that only its owner may read; nothing is overwritten,
nothing stands anywhere else, and what is given up leaves nothing. Logging is the workspace's, before the writing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from consent.acting import place
from consent.disclosure import DisclosedRecord
from consent.export import Released, SourceText, everything, released
from consent.ports import AccessEvent
from consent.request import PURPOSES, ROLES
from consent.states import MAY_BE_HIDDEN
from desktop import paper
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.models import words
from desktop.models.chronicle import Filters
from fhir import export, ips
from fhir.entries import EntryId
from fhir.export import Piece, Stamp
from fhir.records import Tree
from fhir.subjects import reference_type, subject_of

FORMATS: dict[str, str] = {
    "fhir": "FHIR, everything that is shown",
    "ips": "International Patient Summary (FHIR document)",
    "pdf": "summary and case-conference pack (PDF)",
    "summary": "one-page summary (PDF)",
    "timeline": "timeline as a list (PDF)",
}
NEED_SOURCES = frozenset({"fhir", "ips"})
CHANGED = "Something was changed after this was made ready. Nothing has left. Look at it again first."
NOTHING = "Nothing of this record may leave for that purpose and audience."
LEFT_OUT = "Something may have been left out; ask the person."
"""On every export for whom not everything is shown on every record: it depends on the reader and the audience only."""


@dataclass(frozen=True)
class Prepared:
    """A file that has not left yet: its bytes, and what the log must say when it does."""

    record: DisclosedRecord
    form: str
    audience: str
    data: bytes
    items: tuple[EntryId, ...]
    as_of: int = 0
    """`Workspace.changes` when the gate was asked: it does not leave once somebody's choices or records changed."""


def check(form: str, audience: str) -> None:
    """Raises WorkspaceError for a format or audience that there is not."""
    if form not in FORMATS:
        raise WorkspaceError(f"--format takes one of: {', '.join(FORMATS)}.")
    if audience and audience not in ROLES:
        raise WorkspaceError(f"--audience takes one of: {', '.join(ROLES)}.")


def require_free(path: Path) -> None:
    """Raises WorkspaceError where something stands already."""
    if path.exists() or path.is_symlink():
        raise WorkspaceError("There is already a file at that place; nothing was overwritten.")


def prepare(
    record: DisclosedRecord,
    sources: Mapping[EntryId, SourceText],
    form: str,
    audience: str = "",
    listed: Filters | None = None,
) -> Prepared:
    """The file of a disclosed record in memory; `listed` narrows a timeline, by what is in this very record. Raises
    NothingFoundError where nothing is shown."""
    shown = [item for section in record.sections.values() for item in section.entries]
    if form == "timeline":
        shown = paper.listed(record, listed or Filters())
    items = tuple(item.entry.entry_id for item in shown)
    if not items:
        raise NothingFoundError(NOTHING)
    if form == "fhir":
        data = as_fhir(record, sources, audience)
    elif form == "ips":
        data = as_ips(record, sources, audience)
    else:
        data = as_pdf(record, audience, form, listed)
    return Prepared(record, form, audience, data, items)


def event(prepared: Prepared, *, printed: bool) -> AccessEvent:
    """What the access log keeps of it."""
    request = prepared.record.request
    said = [request.reason, f"as {FORMATS[prepared.form]}"] + (
        [f"for {prepared.audience}"] if prepared.audience else []
    )
    return AccessEvent(
        kind="print" if printed else "export",
        person=request.person,
        purpose=request.purpose,
        relationship=request.relationship,
        reason="; ".join(part for part in said if part),
        items=prepared.items,
    )


def stamp_of(record: DisclosedRecord, audience: str = "") -> Stamp:
    """Who takes it out, when, for whom and why."""
    request = record.request
    notices = tuple(LEFT_OUT if text == MAY_BE_HIDDEN else text for text in record.notices)
    return Stamp(
        user=request.actor.user,
        role=words.role(request.actor.role),
        organisation=place(request.actor.role, request.actor.organisation),
        time=request.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        purpose=request.purpose,
        purpose_words=PURPOSES[request.purpose],
        reason=request.reason,
        audience=words.role(audience) if audience else "",
        notices=notices,
    )


def as_fhir(record: DisclosedRecord, sources: Mapping[EntryId, SourceText], audience: str = "") -> bytes:
    """Everything shown as one FHIR collection Bundle: source bytes where they may leave, edited trees elsewhere."""
    stamp = stamp_of(record, audience)
    found = released(record, sources)
    by_urn = frozenset(
        literal.rpartition(":")[2]
        for one in found
        for reference in export.references(one.tree)
        if (literal := export.written(reference)).startswith("urn:uuid:")
    )
    patient_url, patients = _patients(record, found, by_urn)
    pieces: list[Piece] = []
    for one in found:
        tree = one.tree
        if one.key.startswith("Patient/"):
            continue
        kind = str(tree.get("resourceType"))
        if kind == "Basic" and "subject" not in tree:
            tree = {**tree, "subject": {"reference": patient_url}}
        if one.raw:
            pieces.append(Piece(url=_url(one, by_urn), raw=one.raw))
        else:
            pieces.append(Piece(url=_url(one, by_urn), tree=tree))
    pieces = [
        *patients,
        *_other_names(record, found, {piece.url for piece in (*patients, *pieces)}, patient_url),
        *pieces,
    ]
    urls = list(dict.fromkeys(piece.url for piece in pieces))
    proof = export.provenance(stamp, urls, "Copy for sharing")
    pieces.append(Piece(url=f"urn:uuid:{proof['id']}", tree=proof))
    if stamp.notices:
        notes = export.outcome(stamp.notices)
        pieces.append(Piece(url=f"urn:uuid:{notes['id']}", tree=notes))
    return export.bundle("collection", pieces, stamp, redacted=_redacted(record, found))


def as_ips(record: DisclosedRecord, sources: Mapping[EntryId, SourceText], audience: str = "") -> bytes:
    """What is shown as an IPS document Bundle."""
    found = released(record, sources)
    members = [
        ips.Member(
            source=one.source.key,
            key=one.key,
            tree=one.tree,
            entries=tuple(item.entry for item in one.items),
            told=one.tree.get("resourceType") == "Basic",
        )
        for one in found
    ]
    shown = {
        key: [item.entry for item in section.entries if item.entry.assertion != "no-information"]
        for key, section in record.sections.items()
    }
    notices = {key: words.state(section) for key, section in record.sections.items()}
    patient = _patient_tree(record, found)
    stamp = stamp_of(record, audience)
    return ips.document(members, shown, notices, patient, stamp, redacted=_redacted(record, found))


def as_pdf(record: DisclosedRecord, audience: str = "", form: str = "pdf", listed: Filters | None = None) -> bytes:
    """The one-page summary, the case-conference pack with it, or the timeline as far as it is `listed`."""
    from desktop import printing  # Qt, which no other format needs

    stamp = stamp_of(record, audience)
    if form == "timeline":
        return printing.pdf(paper.timeline(record, stamp, listed or Filters()))
    made = paper.summary if form == "summary" else paper.pack
    return printing.pdf(made(record, stamp))


def write_new(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone; what cannot be written whole leaves nothing. Raises WorkspaceError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise WorkspaceError("There is already a file at that place; nothing was overwritten.") from None
    except OSError:
        raise WorkspaceError("No file can be written there.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            os.chmod(path, 0o600)  # whatever the umask says
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WorkspaceError("The file could not be written; nothing was kept of it.") from None
        raise


def _redacted(record: DisclosedRecord, found: Sequence[Released]) -> bool:
    return not everything(record) or any(one.redacted for one in found)


def _url(one: Released, by_urn: Collection[str]) -> str:
    """Where a resource stands in the Bundle, so that what its source wrote as references still leads there: as
    "urn:uuid:" for an id in `by_urn`, which is referred to like that."""
    kind = one.tree.get("resourceType")
    identity = one.tree.get("id") or export.named("nameless", one.source.key, export.encode(one.tree))
    return f"urn:uuid:{identity}" if identity in by_urn else f"{export.base_of(one.source)}/{kind}/{identity}"


def _other_names(
    record: DisclosedRecord, found: Sequence[Released], urls: Collection[str], patient_url: str
) -> list[Piece]:
    """The person under every further name by which a resource is about them, as little as finds them, linked to the
    Patient that there is: what was added here names them by their id, and some sources sent no Patient."""
    made: dict[str, Piece] = {}
    for one in found:
        subject = subject_of(one.tree)
        for reference in subject.references if subject.kind == "person" else ():
            literal = export.written(reference).partition("/_history")[0]
            url = f"{export.base_of(one.source)}/{literal}" if literal.startswith("Patient/") else literal
            if (
                url in urls
                or url in made
                or reference_type(reference) not in ("Patient", "")
                or "?" in url
                or "#" in url
            ):
                continue
            least = export.patient(record.banner.identity, literal.rpartition("/")[2].rpartition(":")[2])
            link = {"link": [{"other": {"reference": patient_url}, "type": "seealso"}]}
            made[url] = Piece(url=url, tree=export.tagged({**least, **link}))
    return list(made.values())


def _patients(record: DisclosedRecord, found: Sequence[Released], by_urn: Collection[str]) -> tuple[str, list[Piece]]:
    """The Patient resources that may leave; one made from what finds the person where there is none."""
    own = [one for one in found if one.key.startswith("Patient/") and one.tree.get("resourceType") == "Patient"]
    pieces = [Piece(url=_url(one, by_urn), raw=one.raw, tree=None if one.raw else one.tree) for one in own]
    if not pieces:
        tree = _patient_tree(record, found)
        pieces = [Piece(url=f"https://person.onestory.invalid/Patient/{tree['id']}", tree=tree)]
    return pieces[0].url, pieces


def _patient_tree(record: DisclosedRecord, found: Sequence[Released]) -> Tree:
    """One Patient: a source's own where it may leave, preferring the one that says most; else the least there is."""
    own = [one for one in found if one.tree.get("resourceType") == "Patient"]
    if own:
        return max(own, key=lambda one: (len(export.encode(one.tree)), one.key, one.source.name)).tree
    identity = record.banner.identity
    least = export.patient(identity, export.named("person", identity.nhs_number, identity.name, identity.birth_date))
    return export.tagged(least)
