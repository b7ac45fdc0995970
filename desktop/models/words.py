"""How dates, numbers and states are written for people: "21 Nov 2026", "943 476 5919", "88 years".

Dates come as FHIR date strings, exact or partial, valid or not; what cannot be understood is shown as it was written.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date

from consent.disclosure import DisclosedSection, SectionState
from desktop.models.tongue import Said, later, ours, tr

_MONTHS = (
    later("Jan"),
    later("Feb"),
    later("Mar"),
    later("Apr"),
    later("May"),
    later("Jun"),
    later("Jul"),
    later("Aug"),
    later("Sep"),
    later("Oct"),
    later("Nov"),
    later("Dec"),
)
_WEEKDAYS = (later("Mon"), later("Tue"), later("Wed"), later("Thu"), later("Fri"), later("Sat"), later("Sun"))
_FHIR_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}))?)?)?")
_LONG_TOKEN = re.compile(r"\S{22,}")
_PIECE = re.compile(r"[^/\-_.:?&=#|!]{0,19}[/\-_.:?&=#|!]+|[^/\-_.:?&=#|!]{1,20}")

STATE_WORDS: Said[SectionState] = Said(
    {
        "data": "",
        "none-recorded": "None recorded in the sources connected here.",
        "nothing-shown": "Nothing here is shown to you. That does not mean that there is nothing.",
        "not-connected": "No source that keeps this is connected, so nothing is known here.",
        "failed": "This part of the record could not be read. Do not take it as empty.",
    }
)
STATE_TITLES: Said[SectionState] = Said(
    {
        "data": "",
        "none-recorded": "None recorded",
        "nothing-shown": "Nothing shown to you",
        "not-connected": "Source not connected",
        "failed": "Could not be read",
    }
)
_WORST_FIRST: tuple[SectionState, ...] = ("failed", "nothing-shown")
NHS_STATUS_WORDS: Said[str] = Said(
    {
        "verified": "verified",
        "unverified": "not verified",
        "invalid": "not a valid number",
        "none": "",
    }
)
LANE_WORDS: Said[str] = Said(
    {
        "gp": "GP",
        "hospital": "Hospital",
        "community": "Community",
        "mental-health": "Mental health",
        "social-care": "Social care",
        "person": "Own words",
        "other": "Other",
    }
)
GROUP_WORDS: Said[str] = Said(
    {
        "overview": "",
        "health": "Health",
        "care": "Care and support",
        "people": "People",
        "plans": "Plans, wishes and alerts",
        "record": "Record",
    }
)
ROLE_WORDS: Said[str] = Said(
    {
        "gp": "GP",
        "nurse": "Nurse",
        "health-visitor": "Health visitor",
        "hospital-clinician": "Hospital clinician",
        "mental-health": "Mental health",
        "amhp": "Approved mental health professional",
        "pharmacist": "Pharmacist",
        "ambulance": "Ambulance",
        "therapist": "Therapist",
        "midwife": "Midwife",
        "social-worker": "Social worker",
        "childrens-social-worker": "Children's social worker",
        "care-home": "Care home",
        "home-care": "Home care",
        "supported-living": "Supported living",
        "link-worker": "Link worker",
        "administrator": "Administrator",
        "person": "Person",
        "carer": "Carer",
        "proxy": "Proxy",
        "privacy-officer": "Privacy officer",
        "custodian": "Custodian",
        "tester": "Tester",
    }
)


def span(written: str) -> tuple[date, date] | None:
    """The first and last day a FHIR date may mean; None when it is missing or impossible."""
    if written[4:5] == "-" == written[7:8]:
        try:  # a whole day, by far the most frequent, without the pattern
            exact = date.fromisoformat(written[:10])
        except ValueError:
            pass
        else:
            return exact, exact
    match = _FHIR_DATE.match(written)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        if month:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None


def day(written: str, *, time: bool = False) -> str:
    """A FHIR date as people write it, as exact as it is: "2019", "Mar 2026", "21 Nov 2026" (", 14:30")."""
    if span(written) is None:
        return written
    match = _FHIR_DATE.match(written)
    assert match is not None
    if not match[2]:
        return match[1]
    month = tr(_MONTHS[int(match[2]) - 1])
    if not match[3]:
        return f"{month} {match[1]}"
    clock = f", {match[4]}" if time and match[4] else ""
    return f"{int(match[3])} {month} {match[1]}{clock}"


def calendar_day(value: date) -> str:
    """A day as people write it."""
    return f"{value.day} {month_name(value.month)} {value.year}"


def weekday(value: date) -> str:
    """The short name of a day of the week."""
    return tr(_WEEKDAYS[value.weekday()])


def soon(value: date, today: date) -> str:
    """How far off a day is: "today", "tomorrow", "in 3 days", "2 days ago"."""
    away = (value - today).days
    if away in (0, 1):
        return tr("tomorrow") if away else tr("today")
    if away > 0:
        return tr("in {days}").format(days=plural(away, "day"))
    return tr("{days} ago").format(days=plural(-away, "day"))


def month_name(number: int) -> str:
    """The short name of a month, 1 to 12."""
    return tr(_MONTHS[number - 1])


def full_years(born: str, until: date) -> int:
    """Full years from the first day a date of birth may mean until a day; a large number where it says none."""
    days = span(born)
    if days is None or days[0] > until:
        return 1000
    return until.year - days[0].year - ((until.month, until.day) < (days[0].month, days[0].day))


def age(born: str, until: date) -> str:
    """Age in the words of practice: years, months under two years, days under a month; "about" for a partial date."""
    days = span(born)
    if days is None or days[0] > until:
        return ""
    first = days[0]
    months = (until.year - first.year) * 12 + until.month - first.month - (until.day < first.day)
    if months >= 24:
        words = plural(months // 12, "year")
    elif months >= 1:
        words = plural(months, "month")
    else:
        words = plural((until - first).days, "day")
    return tr("about {age}").format(age=words) if days[0] != days[1] else words


def nhs_number(written: str) -> str:
    """Ten digits as 943 476 5919; anything else as it was written."""
    if len(written) == 10 and written.isdecimal():
        return f"{written[:3]} {written[3:6]} {written[6:]}"
    return written


def role(key: str) -> str:
    """A role key in words: "social-worker" is "Social worker"."""
    return ROLE_WORDS.get(key) or key.replace("-", " ").capitalize()


def post_words(role_key: str, organisation: str) -> str:
    """A post in words: "Social worker · Thornbury Council"."""
    return f"{role(role_key)} · {organisation}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 entry", "1,284 entries"."""
    return f"{count:,} {tr(one if count == 1 else many or one + 's')}"


def state(section: DisclosedSection) -> str:
    """What is said of a section that shows no entries."""
    return explained(section.state, section.notice)


def lacking(sections: Iterable[DisclosedSection], otherwise: str) -> str:
    """What is said where nothing stands that several sections could give: that one could not be read or shows nothing
    to this reader, and only where neither is so what is said `otherwise`."""
    held = {section.state: section for section in sections}
    said = next((held[one] for one in _WORST_FIRST if one in held), None)
    return state(said) if said is not None else otherwise


def lacking_title(sections: Iterable[DisclosedSection], otherwise: str) -> str:
    """The heading above what `lacking` says: it claims no more than that does."""
    states = {section.state for section in sections}
    worst = next((one for one in _WORST_FIRST if one in states), None)
    return otherwise if worst is None else STATE_TITLES[worst]


def explained(state: SectionState, notice: str) -> str:
    """The plain words of a state, and the gate's notice after them."""
    return " ".join(words for words in (STATE_WORDS[state], ours(notice)) if words)


def breakable(text: str) -> str:
    """The text with places to break inside very long words, so that a code or path is wrapped and never cut."""
    return _LONG_TOKEN.sub(lambda token: "\u200b".join(_PIECE.findall(token[0])), text)
