"""The tables that the invented people's council, children's services and care provider would send: CSV beside FHIR.

`Tables` is told every person as their files are written and adds their rows to a folder beside them: adult social care
Client Level Data (Release 2), the looked-after children return, and the provider tables of docs/provider-import.md. The
same people, seed, day and dirt give the same bytes; one row is in memory at a time. Restricted people are in no table.

`dirt` from 0 to 1 is how likely each row is to be spoilt as real extracts are (`dirt.Spoiler`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self, TextIO

from desktop.demo.build import places
from desktop.demo.calendar import Calendar
from desktop.demo.dirt import Spoiler
from fhir.social_care.defined_lists import LISTS
from fhir.social_care.headers import COLUMNS
from fhir.social_care.tables.definitions import tables

Story = Mapping[str, Any]
Row = dict[str, str]

FOLDER = "written-as-tables"
"""Where the tables of a sample stand; last in order, so that who is who is first learned from the fullest records."""

_COUNCIL = "999"
_PROVIDERS = ("fenland", "orchard", "willow")
_ETHNIC = {"A": "White: English, Welsh, Scottish, Northern Irish or British", "B": "White: Irish"}
_ETHNIC |= {"H": "Asian or Asian British: Indian", "J": "Asian or Asian British: Pakistani"}
_ETHNIC |= {"K": "Asian or Asian British: Bangladeshi"}
_NAMES = {
    "cld": "adult-social-care",
    "children-header": "looked-after-header",
    "children-episodes": "looked-after-episodes",
    "children-reviews": "looked-after-reviews",
    "provider-people": "provider-people",
    "provider-notes": "provider-notes",
    "provider-medicines": "provider-medicines",
    "provider-visits": "provider-visits",
}


class Tables:
    """Writes the tables of one sample; a context manager, which closes them. `days`: of how many providers tell."""

    def __init__(self, out: Path, calendar: Calendar, seed: int, dirt: float, days: int = 3) -> None:
        self._folder = out / FOLDER
        self._calendar = calendar
        self._seed = seed
        self._days = days
        self._spoil = Spoiler(seed, dirt)
        self._open: dict[str, Any] = {}
        self._stack = ExitStack()
        first = calendar.as_of.replace(month=(calendar.as_of.month - 1) // 3 * 3 + 1, day=1)
        self._until = first - timedelta(days=1)  # the last day of the last whole quarter
        self.paths: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def add(self, story: Story) -> None:
        """Add one person's rows to every table they are in."""
        if {"R", "V"} & set(story["person"].get("labels", ())):
            return
        for table, row in self._rows(story):
            self._write(table, row)

    def _rows(self, story: Story) -> Iterator[tuple[str, Row]]:
        draw = Random(f"{self._seed}:{story['slug']}:tables")  # noqa: S311 - invented people, not secrets
        council, childrens = story.get("council"), story.get("childrens")
        if council:
            yield from (("cld", row) for row in self._events(story, council, draw))
            for service in council.get("service", ()):
                if service.get("provider") in _PROVIDERS:
                    yield from self._provided(story, service, draw)
        if childrens:
            yield from self._looked_after(story, childrens)

    # -- the council

    def _events(self, story: Story, chapter: Mapping[str, Any], draw: Random) -> Iterator[Row]:
        about = self._about(story, chapter)
        for number, row in enumerate(chapter.get("request", ())):
            if not self._reported(row["when"]):
                continue
            day = self._day(row["when"])
            yield about | {
                "event_type": "Request", "event_reference": f"R{draw.randrange(10**6):06}", "event_start": day,
                "event_end": day, "event_description": row["what"], "route": "Community / Other route",
                "event_outcome": _word("outcome", "PRO-ASS") if number == 0 else _word("outcome", "NFA-IA"),
            }  # fmt: skip
        for row in chapter.get("assessment", ()):
            if row.get("due") or not self._reported(row.get("until") or row["when"]):
                continue  # only what was completed in the period is sent
            review = "review" in row["what"].casefold()
            kind = {"review_reason": "Planned", "review_method": "Service user only", "review_outcome": "Fully met"}
            if not review:
                kind = {"assessment_type": "Long term assessment", "assessment_method": "Service user only"}
            yield about | kind | {
                "event_type": "Review" if review else "Assessment", "event_start": self._day(row["when"]),
                "event_end": self._day(row.get("until") or row["when"]), "event_description": row["what"],
                "event_reference": f"A{draw.randrange(10**6):06}",
                "event_outcome": _word("outcome", row.get("outcome", "")) or _word("outcome", "NFA-OTH"),
            }  # fmt: skip
        for row in chapter.get("service", ()):
            if not self._reported(row["from"]):
                continue
            cost = row.get("cost", ("", "", ""))
            provider = places()["organisations"].get(row.get("provider", ""), {})
            ended = bool(row.get("until")) and self._reported(row["until"])
            yield about | {
                "event_type": "Service", "event_reference": f"S{draw.randrange(10**6):06}",
                "event_start": self._day(row["from"]), "event_end": self._day(row["until"]) if ended else "",
                "event_description": row["what"], "service_type": _word("service_type", row["category"]),
                "service_component": _word("service_component", row["type"]),
                "delivery": _listed("delivery", row.get("delivery", "")),
                "event_outcome": _word("outcome", "SEP" if ended else "POS"),
                "funding": _listed("funding", row.get("funding", "")), "provider_name": provider.get("name", ""),
                "provider_id": provider.get("code", ""), "unit_cost": _money(cost[0]), "cost_frequency": str(cost[1]),
                "units_per_week": _money(cost[2]),
            }  # fmt: skip

    def _about(self, story: Story, chapter: Mapping[str, Any]) -> Row:
        person = story["person"]
        reasons = chapter.get("support_reason", ())
        facts = {row["code"]: str(row["value"]) for row in chapter.get("observation", ()) if "value" in row}
        address: Mapping[str, str] = next(iter(person.get("addresses", ())), {})
        return {
            "la_code": _COUNCIL, "period_start": self._date(self._until - timedelta(days=364)),
            "period_end": self._date(self._until),
            "nhs_number": person["nhs"], "person_id": _number("adult", story), "first_name": " ".join(person["given"]),
            "last_name": person["family"], "gp_code": "", "gender": str(person["sex"]).capitalize(),
            "ethnicity": _ETHNIC.get(person.get("ethnicity", ""), "No data: Undeclared or not known"),
            "birth_date": self._day(f"={person['born']}"), "client_type": "Service user",
            "support_reason": _word("support_reason", reasons[0]["code"]) if reasons else "Unknown",
            "postcode": address.get("postcode", ""),
            "accommodation": _listed("accommodation", facts.get("Accommodation", "")) or "Unknown",
            "has_carer": "Yes" if chapter.get("contact") else "Unknown",
        }  # fmt: skip

    # -- the provider

    def _provided(self, story: Story, service: Mapping[str, Any], draw: Random) -> Iterator[tuple[str, Row]]:
        person, provider = story["person"], places()["organisations"][service["provider"]]
        about = {
            "provider_id": provider["code"], "provider_name": provider["name"], "person_id": _number("provider", story),
            "nhs_number": person["nhs"], "first_name": " ".join(person["given"]), "last_name": person["family"],
            "birth_date": self._day(f"={person['born']}"),
        }  # fmt: skip
        yield "provider-people", about | {
            "care_type": service["what"], "service_start": self._day(service["from"]),
            "service_end": self._day(service["until"]) if service.get("until") else "",
            "hours": _money(service.get("hours", "")), "visits": str(service.get("visits", "")),
            "funding": str(service.get("funding", "")),
        }  # fmt: skip
        if service.get("until"):
            return
        medicines = [row for key in ("gp", "gp-weir") for row in story.get(key, {}).get("medicine", ())][:2]
        for days in range(self._days, 0, -1):
            day = self._calendar.as_of - timedelta(days=days)
            came = f"{self._date(day)} 08:{draw.randrange(0, 30):02}"
            outcome = draw.choices(("Completed", "Missed", "Refused"), (14, 1, 1))[0]
            actual = {"actual_start": came, "actual_end": f"{came[:-5]}08:{draw.randrange(35, 59)}"}
            yield "provider-visits", about | (actual if outcome == "Completed" else {}) | {
                "visit_id": f"V{draw.randrange(10**8):08}", "planned_start": f"{self._date(day)} 08:00",
                "planned_end": f"{self._date(day)} 08:30", "visit_type": "Morning call", "outcome": outcome,
                "tasks": "Wash, dress and breakfast" if outcome == "Completed" else "", "workers": "Dawn Pryce",
            }  # fmt: skip
            if outcome != "Completed":
                continue
            said = draw.choice(("Ate well, in good spirits.", "Tired today, drank half a cup.", "Enjoyed the radio."))
            yield "provider-notes", about | {
                "note_time": actual["actual_end"], "note_type": "Daily note", "note": said,
                "written_by": "Dawn Pryce, home-care worker",
            }  # fmt: skip
            for medicine in medicines:
                taken = draw.choices(("Given", "Refused"), (12, 1))[0]
                yield "provider-medicines", about | {
                    "medicine": medicine["name"], "dose": medicine["dose"], "due_time": f"{self._date(day)} 08:00",
                    "given_time": came if taken == "Given" else "", "outcome": taken,
                    "reason": "" if taken == "Given" else "Did not want it", "given_by": "Dawn Pryce",
                }  # fmt: skip

    # -- the children's return

    def _looked_after(self, story: Story, chapter: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
        person, child = story["person"], _number("child", story)
        placements = [row for row in chapter.get("service", ()) if "placement" in row["what"].casefold()]
        if not placements:
            return
        born = self._day(f"={person['born']}")
        yield "children-header", {
            "child": child, "sex": {"male": "1", "female": "2"}.get(person["sex"], ""), "dob": born,
            "ethnic": {"A": "WBRI", "D": "MWBC"}.get(person.get("ethnicity", ""), "NOBT"), "upn": f"A9{child:0>11}",
        }  # fmt: skip
        for number, row in enumerate(placements):
            yield "children-episodes", {
                "child": child, "decom": self._day(row["from"]), "rne": "P" if number else "S", "ls": "C2", "cin": "N1",
                "place": "U4", "place_provider": "PR1", "dec": self._day(row["until"]) if row.get("until") else "",
                "home_post": "ZZ99 3BD", "pl_post": "ZZ99 3BC",
            }  # fmt: skip
        for row in chapter.get("assessment", ()):
            if "review" in row["what"].casefold() and not row.get("due"):
                yield (
                    "children-reviews",
                    {"child": child, "dob": born, "review": self._day(row["when"]), "review_code": "PN1"},
                )

    # -- writing

    def _write(self, table: str, row: Row) -> None:
        names = _columns(table)
        writer = self._open.get(table)
        if writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{_NAMES[table]}.csv"
            stream: TextIO = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            writer = self._open[table] = csv.writer(stream)
            writer.writerow([self._spoil.header(name) for _, name, _ in names])
            self.paths.append(path)
        for spoilt in self._spoil.rows(row, {key: kind for key, _, kind in names}):
            writer.writerow([spoilt.get(key, "") for key, _, _ in names])

    def _reported(self, written: str) -> bool:
        """Whether a day of the story is in what has been submitted."""
        return self._real(written) <= self._until

    def _day(self, written: str) -> str:
        return self._date(self._real(written))

    def _real(self, written: str) -> date:
        """The first day of a date of the story, moved with its calendar."""
        day = self._calendar.day(written)
        return date.fromisoformat(f"{day}-01-01"[:10] if len(day) < 7 else f"{day}-01"[:10])

    @staticmethod
    def _date(day: date) -> str:
        return day.strftime("%d/%m/%Y")


def _columns(table: str) -> list[tuple[str, str, str]]:
    """Key, name and kind of each column of a table."""
    if table == "cld":
        return [(column.key, column.name, column.kind) for column in COLUMNS]
    return [(column.key, column.name, column.kind) for column in tables()[table].columns]


def _word(name: str, code: str) -> str:
    """The words of the current release for a code of Interweave's."""
    return next((value.name for value in LISTS[name].values if code and value.code == code), "")


def _listed(name: str, text: str) -> str:
    """The value of a list that a text of the story is; empty where the list has none for it."""
    found = LISTS[name].find(text) if text else None
    return found.name if found is not None else ""


def _money(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else str(value)


def _number(what: str, story: Story) -> str:
    """A number that this system gives the person, the same every time."""
    digest = blake2b(f"{what}|{story['slug']}".encode(), digest_size=4).digest()
    return f"{int.from_bytes(digest, 'big') % 900_000 + 100_000}"
