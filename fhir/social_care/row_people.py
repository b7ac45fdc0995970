"""The Patient of one row, described without making it (see `row_events`).

What an extract says of most people differs in their name, date of birth, numbers and postcode only. One Patient of each
kind is described in the general way, with marks where these stand, and then only they are filled in.
"""

from __future__ import annotations

from collections.abc import Hashable
from operator import itemgetter
from typing import NamedTuple, Protocol

import msgspec

from fhir import nhs_number, temporal
from fhir.describe import describe
from fhir.describe.context import Context, entry_id
from fhir.describe.datatypes import identifier_words
from fhir.describe.patient import demographics
from fhir.entries import Entry, Field, When
from fhir.forms import Blanks, Marked, coded, mark
from fhir.people import Demographics, Identity, PersonName
from fhir.records import Resource, Tree
from fhir.social_care.headers import PLACE
from fhir.social_care.stamp import REMEMBERED, Stamp
from fhir.social_care.values import is_rounded

_MARKS = {
    PLACE["first_name"]: "\u4dc0",
    PLACE["last_name"]: "\u4dc1",
    PLACE["nhs_number"]: "9990000018",
    PLACE["birth_date"]: "1801-01-01",
    PLACE["person_id"]: "\u4dc2",
    PLACE["postcode"]: "\u4dc3",
}
_VARIES = itemgetter(*_MARKS)
_FIXED = itemgetter(
    *(PLACE[key] for key in ("la_code", "period_start", "period_end", "gender", "ethnicity", "gp_name", "gp_code"))
)
_DEATH = PLACE["death_date"]
_MARK_LINE = 987_654_321
_LINES = 4
"""The first gap of a form that is for a line of a Patient: of its own words there are as many as marks."""


class PatientMaker(Protocol):
    """What makes the Patient of a row; `disputed` says that its number was given to somebody else before."""

    def patient_tree(self, own_id: str, values: tuple[str, ...], line: int, *, disputed: bool) -> Tree:
        """The resource."""

    def identifiers(self, values: tuple[str, ...], *, disputed: bool) -> list[Tree]:
        """Its identifiers: the NHS number, then the council's."""


class RowPatient:
    """The Patient of one row, not yet made."""

    __slots__ = ("_entries", "disputed", "id", "kind", "likeness", "line", "values", "version")

    def __init__(
        self, entries: PatientEntries, own_id: str, version: str, values: tuple[str, ...], line: int, *, disputed: bool
    ) -> None:
        self._entries = entries
        self.likeness: object = None  # known when it was described by a template
        self.kind = "Patient"
        self.id = own_id
        self.version = version
        self.values = values
        self.line = line
        self.disputed = disputed

    @property
    def subject(self) -> str:
        """Nobody else."""
        return ""

    @property
    def moment(self) -> object:
        """None."""
        return None

    @property
    def times(self) -> Tree:
        """None: when someone was born is not when it was true."""
        return {}

    @property
    def identifiers(self) -> list[Tree]:
        """Those of the resource."""
        return self._entries.maker.identifiers(self.values, disputed=self.disputed)

    def make(self) -> Tree:
        """The resource."""
        return self._entries.maker.patient_tree(self.id, self.values, self.line, disputed=self.disputed)

    def entries(self, resource: Resource, context: Context) -> list[Entry] | None:
        """What the general description of the resource tells; None where only that can tell it."""
        return self._entries.entries(self, resource, context)

    def blanks(self, resource: Resource, context: Context) -> Blanks | None:
        """The same as what fills in the form of all Patients like it."""
        return self._entries.blanks(self, resource, context)


class _Words(NamedTuple):
    """What stands in a Patient and differs from person to person; `lines` are the words that tell it, line by line."""

    name: PersonName
    nhs: str
    born: str
    number: str
    postcode: str
    lines: tuple[str, ...]


class _Template(NamedTuple):
    """The entries of such a Patient, and the lines of the first with the place of the word in each open one; what is
    told beside these words; and all that the Patient says of the person."""

    entries: list[Entry]
    lines: list[Field | tuple[str, int]]
    told: frozenset[str]
    about: Demographics

    def marked(self) -> Marked:
        """The entries with marks in all their gaps (`fhir.forms`)."""
        replace, about, when = (
            msgspec.structs.replace,
            Demographics(identity=Identity(birth_date=mark(3))),
            When(text=mark(2)),
        )
        first, *others = self.entries
        own = _LINES + len(_MARKS)
        lines = [line if isinstance(line, Field) else Field(line[0], mark(_LINES + line[1])) for line in self.lines]
        born = {"when": when} if first.when != temporal.UNKNOWN else {}
        entries = [
            replace(first, entry_id=mark(own), title=mark(1), resource=mark(0), fields=tuple(lines), **born),
            *[replace(other, entry_id=mark(number), resource=mark(0)) for number, other in enumerate(others, own + 1)],
        ]
        numbered = [mark(number) for number in range(_LINES, own + len(entries))]
        return Marked(entries, [mark(0), mark(1), when, about, *numbered], about)


class PatientEntries:
    """Describes the people of one file."""

    def __init__(self, maker: PatientMaker, stamp: Stamp) -> None:
        self.maker = maker
        self._stamp = stamp
        self._templates: dict[Hashable, _Template | None] = {}
        self._around: dict[tuple[str, bool], str] = {}

    def entries(self, row: RowPatient, resource: Resource, context: Context) -> list[Entry] | None:
        """The entries of a Patient by its template, which also tells the context who they are; None where none fits."""
        found = self._told(row, resource, context)
        return None if found is None else _filled(*found, resource)

    def blanks(self, row: RowPatient, resource: Resource, context: Context) -> Blanks | None:
        """The same as what fills in the form of all Patients like it."""
        found = self._told(row, resource, context)
        if found is None:
            return None
        template, words = found
        name, number = f"{resource.type}/{resource.id}", self._stamp.entry_id
        ids = tuple([number(one.source, resource.raw, name, index) for index, one in enumerate(template.entries)])
        about, when = context.demographics(resource), temporal.at(words.born)
        values = [name, words.name.display, when, about, *words.lines, *ids]
        return Blanks(tuple(map(coded, values)), ids, template.marked)

    def _told(self, row: RowPatient, resource: Resource, context: Context) -> tuple[_Template, _Words] | None:
        """What tells a Patient; the context is told who they are. None where no template fits."""
        values = row.values
        words = None if context.as_at else self._words(values, row.line, disputed=row.disputed)
        if words is None:
            return None
        key = _FIXED(values), row.disputed, *map(bool, _VARIES(values))
        if key not in self._templates:
            if len(self._templates) > REMEMBERED:
                self._templates.clear()
            self._templates[key] = self._template(row, resource, context)
        template = self._templates[key]
        if template is None or not template.told.isdisjoint(words.lines) or words.lines[-1] in words.lines[:-1]:
            return None
        row.likeness = key
        context.know(resource, _about(template, words))
        return template, words

    def _words(self, values: tuple[str, ...], line: int, *, disputed: bool) -> _Words | None:
        """The words of a row; None where it is not certain that they stand in the Patient as in the row."""
        varies = _VARIES(values)
        given, family, nhs, birth, number, postcode = varies
        if not (given or family) or values[_DEATH] or not "".join(varies).isprintable():
            return None
        born = self._stamp.dates.read(birth) if birth else ""
        if (birth and not born) or (nhs and not nhs_number.is_valid(nhs)):
            return None
        nhs = nhs_number.compact(nhs)
        if number and (number.replace(" ", "") == nhs or is_rounded(number)):
            return None
        name = PersonName(family=family, given=(given,) if given else (), use="official")
        lines = (
            f"{name.display} (official)",
            nhs,
            temporal.say(born),
            f"{number}{self._about_number(values, disputed=disputed)}" if number else "",
            f"{postcode} (home)" if postcode else "",
            self._stamp.place(line),
        )
        return _Words(name, nhs, born, number, postcode, lines)

    def _about_number(self, values: tuple[str, ...], *, disputed: bool) -> str:
        """What is said of a council's number behind it."""
        key = values[PLACE["la_code"]], disputed
        found = self._around.get(key)
        if found is None:
            marked = _marked(values)
            item = self.maker.identifiers(marked, disputed=disputed)[-1]
            found = self._around[key] = identifier_words(item).removeprefix(marked[PLACE["person_id"]])
        return found

    def _template(self, row: RowPatient, resource: Resource, context: Context) -> _Template | None:
        """The template of people like this one, from the general description of one with marks."""
        marked = _marked(row.values)
        words = self._words(marked, _MARK_LINE, disputed=row.disputed)
        if words is None:
            return None
        entries, about = self._general(row, marked, _MARK_LINE, resource, context)
        lines: list[Field | tuple[str, int]] = []
        for field in entries[0].fields:
            place = words.lines.index(field.value) if field.value in words.lines else -1
            lines.append(field if place < 0 else (field.label, place))
        fixed = {line.value for line in lines if isinstance(line, Field)}
        found = _Template(entries, lines, frozenset(fixed), about)
        # That nothing of this person stands anywhere else is seen by describing them in both ways.
        own = self._words(row.values, row.line, disputed=row.disputed)
        both = self._general(row, row.values, row.line, resource, context)
        return found if own and (_filled(found, own, resource), _about(found, own)) == both else None

    def _general(
        self, row: RowPatient, values: tuple[str, ...], line: int, resource: Resource, context: Context
    ) -> tuple[list[Entry], Demographics]:
        tree = self.maker.patient_tree(row.id, values, line, disputed=row.disputed)
        made = Resource(type=row.kind, id=row.id, tree=tree, raw=resource.raw, start=0, end=0, line=line)
        return describe(made, context), demographics(tree, context.fhir_version)


def _marked(values: tuple[str, ...]) -> tuple[str, ...]:
    """A row with marks where it says something of its own."""
    return tuple([_MARKS[place] if text and place in _MARKS else text for place, text in enumerate(values)])


def _filled(template: _Template, words: _Words, resource: Resource) -> list[Entry]:
    """The entries of a person."""
    name = f"{resource.type}/{resource.id}"
    first, *others = template.entries
    return [
        msgspec.structs.replace(
            first,
            entry_id=entry_id(first.source, resource, 0),
            title=words.name.display,
            resource=name,
            when=temporal.at(words.born),
            fields=tuple(
                [line if isinstance(line, Field) else Field(line[0], words.lines[line[1]]) for line in template.lines]
            ),
        ),
        *[
            msgspec.structs.replace(other, entry_id=entry_id(other.source, resource, index), resource=name)
            for index, other in enumerate(others, 1)
        ],
    ]


def _about(template: _Template, words: _Words) -> Demographics:
    """All that a Patient says of the person."""
    about = template.about
    replace = msgspec.structs.replace
    return replace(
        about,
        identity=replace(
            about.identity,
            names=(words.name,),
            birth_date=words.born,
            nhs_number=words.nhs,
            identifiers=tuple([replace(one, value=words.number) for one in about.identity.identifiers]),
        ),
        addresses=tuple([replace(one, postcode=words.postcode) for one in about.addresses]),
    )
