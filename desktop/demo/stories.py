"""Stories for people beyond the cast, drawn from `names.toml` and `patterns.toml`: endless, and the same for a seed.

A story is a table in the form of `cast/*.toml`, written for `calendar.WRITTEN_FOR`. Each person's draws depend on the
seed and the person's number only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from itertools import islice
from random import Random
from typing import Any

from desktop.demo.calendar import WRITTEN_FOR

Table = dict[str, Any]

_AGES = ((0, 10, 8), (10, 18, 5), (18, 40, 22), (40, 60, 22), (60, 75, 20), (75, 88, 17), (88, 100, 6))
_STAFF = {"gp": ("patel", "oconnor", "baptiste"), "gp-weir": ("lloyd", "tran")}
_STEP = 377_777  # coprime with a million, so that numbers come once each, in no visible order


def stories(seed: int, taken: frozenset[str], first: int = 0) -> Iterator[Table]:
    """One story after the other, without the `first`; NHS numbers are from the 999 range and never one of `taken`, nor
    used twice."""
    for index, nhs in islice(enumerate(nhs_numbers(seed, taken)), first, None):
        yield story(Random(f"{seed}:{index}"), nhs, index)  # noqa: S311 - invented people, not secrets


def check_digit(nine: str) -> int | None:
    """The tenth digit of an NHS number (modulus 11), or None where these nine digits have none."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return None if rest == 10 else rest % 11


def nhs_numbers(seed: int, taken: frozenset[str] = frozenset()) -> Iterator[str]:
    """Valid NHS numbers of the test range, but those taken; each once, the same for a seed."""
    for step in range(1_000_000):
        nine = f"999{(seed * 7919 + step * _STEP) % 1_000_000:06d}"
        digit = check_digit(nine)
        if digit is not None and nine + str(digit) not in taken:
            yield nine + str(digit)


def names() -> Table:
    """The names that people are called by: `names.toml`."""
    return _table("names.toml")


@cache
def _table(name: str) -> Table:
    return tomllib.loads((resources.files("desktop.demo") / name).read_text("utf-8"))


def story(draw: Random, nhs: str, index: int) -> Table:
    """One person's story."""
    low, high, _ = draw.choices(_AGES, [weight for _, _, weight in _AGES])[0]
    age = draw.randrange(low, high)
    birth = WRITTEN_FOR - timedelta(days=age * 365 + age // 4 + draw.randrange(1, 360))
    person = _person(draw, nhs, birth, age)
    problems = [row for row in _table("patterns.toml")["condition"] if draw.random() < _chance(row["chance"], age)]
    practice = draw.choice(("gp", "gp", "gp-weir"))
    person["practice"] = "mill-street" if practice == "gp" else "weir-bridge"
    told: Table = {
        "slug": nhs,
        "readable": False,
        "person": person,
        practice: _practice(draw, _STAFF[practice], problems, age, birth),
    }
    if practice == "gp-weir" and index % 4 == 0:
        told[practice]["stu3"] = True
    codes = {row["code"] for row in problems}
    hospital = _hospital(draw, age)
    if hospital:
        told["hospital"] = hospital
    if codes & {"schizophrenia", "dementia", "depression"} and draw.random() < 0.5:
        told["mental-health"] = _mental_health(draw, codes)
    frail = age >= 75 and draw.random() < 0.45
    if frail or codes & {"dementia", "learning-disability", "schizophrenia"}:
        told["council"] = _council(draw, person, codes, frail)
        if frail and age >= 80:
            told["community"] = _community(draw)
        told["own-words"] = {"about_me": [_about_me(draw)]}
    return told


def _chance(bands: Mapping[str, float], age: int) -> float:
    return [share for start, share in bands.items() if age >= int(start)][-1]


def _day(draw: Random, first: int, last: int) -> date:
    """A working day between `first` and `last` days before the story's today."""
    day = WRITTEN_FOR - timedelta(days=draw.randint(first, last))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _moment(draw: Random, day: date) -> str:
    return f"{day}T{draw.randint(8, 17):02d}:{draw.choice((0, 10, 20, 30, 40, 50)):02d}"


def _person(draw: Random, nhs: str, birth: date, age: int) -> Table:
    known = names()
    groups = known["group"]
    group = draw.choices(groups, [one["weight"] for one in groups])[0]
    sex = draw.choice(("female", "male"))
    title = "" if age < 16 else "Mr" if sex == "male" else draw.choice(("Mrs", "Ms", "Miss"))
    postcode = f"ZZ99 {draw.choice('34567')}{draw.choice('ABDEFGHJLN')}{draw.choice('ABDEFGHJLN')}"
    return {
        "title": title,
        "given": [draw.choice(group[sex]), draw.choice(group[sex])][: draw.randint(1, 2)],
        "family": draw.choice(group["family"]),
        "born": birth.isoformat(),
        "sex": sex,
        "nhs": nhs,
        "ethnicity": group["ethnicity"],
        "language": group["language"],
        "interpreter": group["language"][0] != "en" and draw.random() < 0.2,
        "mobile": f"07700 900{draw.randrange(1000):03d}",
        "addresses": [{"lines": [f"{draw.randint(1, 140)} {draw.choice(known['streets'])}"], "postcode": postcode}],
    }


def _practice(draw: Random, staff: tuple[str, ...], problems: list[Table], age: int, birth: date) -> Table:
    everyday = _table("patterns.toml")["everyday"]
    doctor = draw.choice(staff)
    told: Table = {
        "problem": [],
        "allergy": [],
        "medicine": [],
        "measurement": [],
        "consultation": [],
        "vaccination": [],
    }
    reasons = list(everyday["reasons" if age >= 16 else "child_reasons"])
    for row in problems:
        years = draw.randint(1, max(1, min(age - 1, 18))) if age > 1 else 0
        since = max(birth, WRITTEN_FOR - timedelta(days=365 * years + draw.randrange(300)))
        told["problem"].append({"id": row["code"], "code": row["code"], "since": since.isoformat(), "by": doctor})
        for name, dose in draw.sample(row["medicines"], min(len(row["medicines"]), draw.randint(1, 2))):
            started = max(since, WRITTEN_FOR - timedelta(days=draw.randrange(60, 2400)))
            told["medicine"].append(
                {
                    "name": name,
                    "dose": dose,
                    "since": started.isoformat(),
                    "by": doctor,
                    "reason": row["code"],
                    "quantity": 28,
                }
            )
        for test, mean, spread, digits in row["tests"] if age >= 16 else ():
            days = sorted({_day(draw, 5, 700) for _ in range(draw.randint(2, 5))})
            level = draw.gauss(mean, spread)
            readings = [[day.isoformat(), _reading(draw.gauss(level, spread / 4), digits)] for day in days]
            told["measurement"].append({"id": f"{row['code']}-{test}", "test": test, "readings": readings})
        reasons += row["reasons"] * 3
    if age >= 18:
        days = sorted({_day(draw, 5, 700) for _ in range(draw.randint(1, 4))})
        top = draw.gauss(124 + age / 5, 9)
        told["blood_pressure"] = [
            {
                "by": doctor,
                "readings": [[_moment(draw, day), round(draw.gauss(top, 5)), round(draw.gauss(78, 6))] for day in days],
            }
        ]
    for day in sorted({_day(draw, 3, 365) for _ in range(draw.randint(1, 3 + 2 * len(problems)))}):
        notes = {"Plan": draw.choice(everyday["plans"])}
        place = draw.choice(("clinic", "clinic", "phone"))
        told["consultation"].append(
            {"when": _moment(draw, day), "by": doctor, "place": place, "reason": draw.choice(reasons), "notes": notes}
        )
    asked = max(birth, WRITTEN_FOR - timedelta(days=draw.randrange(400, 5000))).isoformat()
    if draw.random() < 0.12:
        told["allergy"].append(
            {"code": "allergy-penicillin", "text": "Penicillin", "reaction": ["Rash"], "since": asked}
        )
    elif draw.random() < 0.7:
        told["allergy"].append({"none": True, "recorded": asked, "by": doctor})
    if age >= 65 or (problems and draw.random() < 0.5):
        told["vaccination"].append({"vaccine": "flu-vaccination", "when": _day(draw, 12, 60).isoformat(), "by": doctor})
    return told


def _reading(value: float, digits: int) -> float:
    return round(value, 1) if digits else round(value)


def _hospital(draw: Random, age: int) -> Table:
    told: Table = {}
    doctor = "fraser" if age < 18 else "reid" if age < 65 else "osei"
    if draw.random() < 0.12 + age / 300:
        reason, ward = draw.choice(
            _table("patterns.toml")["everyday"]["admissions" if age >= 18 else "child_admissions"]
        )
        first = _day(draw, 30, 400)
        last = first + timedelta(days=draw.randint(1, 6 + age // 10))
        title = f"Discharge summary, {ward}"
        dates = f"from {{{first}}} to {{{last}}}"
        text = f"Dear Doctor\n\nIn hospital {dates}: {reason.lower()}. Recovered well. No change to medicines."
        told["stay"] = [
            {
                "id": "stay",
                "from": f"{first}T16:20",
                "until": f"{last}T14:00",
                "ward": ward,
                "by": doctor,
                "reason": reason,
                "went_to": "Usual place of residence",
            }
        ]
        told["letter"] = [
            {
                "kind": "discharge-summary",
                "title": title,
                "when": str(last),
                "by": doctor,
                "encounter": "stay",
                "text": text,
            }
        ]
    if draw.random() < 0.2:
        day = _day(draw, 5, 365)
        told["attendance"] = [
            {
                "from": f"{day}T19:10",
                "until": f"{day}T22:40",
                "by": "sharma",
                "reason": "Injury",
                "went_to": "Usual place of residence",
            }
        ]
    if draw.random() < 0.2:
        day = WRITTEN_FOR + timedelta(days=draw.randrange(9, 80) // 7 * 7 + 3)
        told["appointment"] = [
            {"what": "Outpatient clinic", "when": f"{day}T10:20", "with": doctor, "where": "Outpatients 2"}
        ]
    return told


def _mental_health(draw: Random, codes: set[str]) -> Table:
    what, lead = ("Memory service", "lindqvist") if "dementia" in codes else ("Community mental health team", "mensah")
    start = _day(draw, 200, 900)
    visits = sorted({_day(draw, 5, 190) for _ in range(draw.randint(1, 4))})
    return {
        "caseload": [{"id": "team", "what": what, "from": str(start), "lead": lead}],
        "consultation": [
            {"when": _moment(draw, day), "by": lead, "minutes": 40, "episode": "team", "reason": "Review"}
            for day in visits
        ],
    }


def _council(draw: Random, person: Table, codes: set[str], frail: bool) -> Table:
    start = _day(draw, 120, 900)
    reason = "LDS" if "learning-disability" in codes else "SMC" if "dementia" in codes else "PS-PCS" if frail else "MHS"
    hours = draw.choice((3.5, 5.25, 7, 10.5, 14))
    delivery = draw.choice(("CASSR managed personal budget", "Direct payment"))
    reviewed = max(start, _day(draw, 20, 360))
    return {
        "contact": [_relative(draw, person)],
        "support_reason": [{"code": reason, "from": str(start)}],
        "request": [
            {
                "id": "first",
                "what": "Request for help at home",
                "when": str(start - timedelta(days=28)),
                "from": "FFN",
                "why": "REQ-ASS",
            }
        ],
        "assessment": [
            {
                "type": "CN",
                "what": "Care Act needs assessment",
                "when": str(start - timedelta(days=9)),
                "by": "abbott",
                "until": str(start - timedelta(days=7)),
                "after": "first",
                "outcome": "PRO-SUP",
            },
            {
                "type": "CN",
                "what": "Review of care and support plan",
                "when": str(reviewed),
                "until": str(reviewed),
                "by": "abbott",
                "outcome": "NCP",
                "summary": "Support meets needs.",
            },
        ],
        "service": [
            {
                "what": "Home care",
                "category": "LTS-C",
                "type": "HS",
                "from": str(start),
                "hours": hours,
                "provider": "fenland",
                "delivery": delivery,
                "funding": "Joint client and social care funded",
                "cost": [23.1, "Hourly", hours],
                "manager": "abbott",
            }
        ],
        "observation": [
            {"code": "Accommodation", "value": "Owner occupier or shared ownership scheme", "when": str(start)}
        ],
    }


def _relative(draw: Random, person: Table) -> Table:
    relation, sex = draw.choice((("daughter", "female"), ("son", "male"), ("sister", "female"), ("brother", "male")))
    group = next(one for one in _table("names.toml")["group"] if one["ethnicity"] == person["ethnicity"])
    given = draw.choice([name for name in group[sex] if name not in person["given"]])
    mobile = f"07700 900{draw.randrange(1000):03d}"
    since = {"from": "2019", "roles": ["NOK", "IC"]}
    return {"relation": relation, "given": [given], "family": person["family"], "mobile": mobile, **since}


def _community(draw: Random) -> Table:
    start = _day(draw, 30, 200)
    visits = sorted({max(start, _day(draw, 3, 30)) for _ in range(draw.randint(1, 4))})
    return {
        "caseload": [{"id": "dn", "what": "District nursing caseload", "from": str(start), "lead": "webb"}],
        "consultation": [
            {"when": _moment(draw, day), "by": "webb", "place": "home", "episode": "dn", "reason": "Nurse visit"}
            for day in visits
        ],
    }


def _about_me(draw: Random) -> Table:
    everyday = _table("patterns.toml")["everyday"]
    when = str(_day(draw, 20, 400))
    return {
        "when": when,
        "most-important": draw.choice(everyday["matters"]),
        "communicate": draw.choice(everyday["communicate"]),
    }
