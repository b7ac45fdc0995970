"""Writes the invented people as files, one folder a person, one file a source: `written` and `write_people`.

The same people, seed and day give the same bytes. People are written one after the other, so memory does not grow
however many they are; only `write_people`, which lists its files, is for few.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from desktop.demo import clinical, encounters, patient, planning, social_care
from desktop.demo.build import RecordFile, Resource, places
from desktop.demo.calendar import WRITTEN_FOR, Calendar
from desktop.demo.gp_connect import as_gp_connect
from desktop.demo.recast import recast
from desktop.demo.stories import stories
from desktop.demo.tables import Tables
from fhir.xml_writing import write_xml

Story = Mapping[str, Any]
Kind = Callable[[RecordFile, Mapping[str, Any]], None]

KINDS: dict[str, Kind] = {
    "contact": patient.contact,
    "problem": clinical.problem,
    "allergy": clinical.allergy,
    "medicine": clinical.medicine,
    "measurement": clinical.measurement,
    "blood_pressure": clinical.blood_pressure,
    "observation": clinical.observation,
    "report": clinical.report,
    "procedure": clinical.procedure,
    "vaccination": clinical.vaccination,
    "family_history": clinical.family_history,
    "consultation": encounters.consultation,
    "stay": encounters.stay,
    "attendance": encounters.attendance,
    "letter": encounters.letter,
    "appointment": encounters.appointment,
    "referral": encounters.referral,
    "caseload": encounters.caseload,
    "flag": planning.flag,
    "adjustment": planning.adjustment,
    "plan": planning.plan,
    "team": planning.team,
    "consent": planning.consent,
    "about_me": planning.about_me,
    "form": planning.form,
    "risk": planning.risk,
    "formulation": planning.formulation,
    "task": planning.task,
    "request": social_care.request,
    "assessment": social_care.assessment,
    "service": social_care.service,
    "support_reason": social_care.support_reason,
    "equipment": social_care.equipment,
    "diary": social_care.diary,
    "given": social_care.given,
}


def write_people(out: Path, *, people: int, seed: int, as_of: date = WRITTEN_FOR) -> list[Path]:
    """Write `people` invented people under `out` as they stand on `as_of`, and list the files; for a few people."""
    return list(written(out, people=people, seed=seed, as_of=as_of))


def written(
    out: Path,
    *,
    people: int,
    seed: int,
    as_of: date = WRITTEN_FOR,
    tables: bool = False,
    dirt: float = 0.0,
    days: int = 3,
    other_cast: bool = False,
    first: int = 0,
) -> Iterator[Path]:
    """Write people one after the other, saying of each file that it is written; stop asking to stop writing.

    The cast comes first (with `other_cast` under names that follow from the seed), then come people from `stories` with
    `seed`; of all of them the `first` are left out, as if they were written before. With `tables`, what councils and
    providers would send of the same people as CSV grows beside them (`desktop.demo.tables`, which has `dirt` too;
    visits, notes and medicines given of the last `days`) and is told last.
    """
    calendar = Calendar(as_of)
    if not tables:
        yield from _people(out, _stories(seed, first, other_cast=other_cast), people, calendar, lambda story: None)
        return
    with Tables(out, calendar, seed, dirt, days) as sent:
        yield from _people(out, _stories(seed, first, other_cast=other_cast), people, calendar, sent.add)
    yield from sent.paths


def _people(
    out: Path, them: Iterator[Story], people: int, calendar: Calendar, told: Callable[[Story], None]
) -> Iterator[Path]:
    for story in islice(them, people):
        told(story)
        folder = out / str(story["slug"])
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files(story, calendar):
            path = folder / name
            path.write_bytes(content)
            yield path


def _stories(seed: int, first: int, *, other_cast: bool) -> Iterator[Story]:
    known = recast(cast(), seed) if other_cast else cast()
    yield from known[first:]
    taken = frozenset(story["person"]["nhs"] for story in (*cast(), *known))
    yield from stories(seed, taken, max(0, first - len(known)))


@cache
def cast() -> tuple[Story, ...]:
    """The hand-written people, in order."""
    folder = resources.files("desktop.demo") / "cast"
    tables = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(tomllib.loads(table.read_text("utf-8")) for table in tables)


def files(story: Story, calendar: Calendar) -> Iterator[tuple[str, bytes]]:
    """Every file of one person, as (name, content)."""
    chapters = [source for source in places()["sources"] if source in story]
    if story.get("shared"):
        parts = [record(story, source, calendar, shared=chapters[0]) for source in chapters]
        yield "shared-record.json", _json(_joined(parts), readable=True)
        return
    for source in chapters:
        chapter = story[source]
        bundle = record(story, source, calendar)
        if chapter.get("stu3"):
            bundle = as_gp_connect(bundle, chapter.get("warning", ""), chapter.get("warning_text", ""))
        if chapter.get("xml"):
            yield f"{source}.xml", write_xml(bundle)
        else:
            yield f"{source}.json", _json(bundle, readable=story.get("readable", True))


def record(story: Story, source: str, calendar: Calendar, shared: str = "") -> Resource:
    """One source's file about the person as an R4 collection Bundle."""
    chapter = story[source]
    file = RecordFile(story["slug"], source, calendar, shared)
    patient.patient(file, {**story["person"], **chapter.get("patient", {})})
    for kind, rows in chapter.items():
        if kind in KINDS:
            for row in rows:
                KINDS[kind](file, row)
    return file.bundle()


def _joined(parts: list[Resource]) -> Resource:
    """Several sources' bundles as one, as a regional exchange gives them, with the first one's Patient for all."""
    entries = list(parts[0]["entry"])
    for part in parts[1:]:
        entries += [entry for entry in part["entry"] if entry["resource"]["resourceType"] != "Patient"]
    return {**parts[0], "entry": entries}


def _json(bundle: Resource, *, readable: bool) -> bytes:
    content = msgspec.json.encode(bundle)
    return msgspec.json.format(content, indent=2) + b"\n" if readable else content
