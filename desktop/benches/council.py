"""An invented council extract of many rows, and what the plainest program makes of it: for `desktop.benches`.

The names are drawn so that few people share one, as in a county; costs and hours repeat as those of real contracts do.
A person has three to seven rows, standing together: a year's requests, assessments, services and reviews.
"""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from random import Random

from fhir.social_care.headers import COLUMNS

ROWS = 200_000
_SYLLABLES = ("ba", "ker", "ton", "smi", "har", "ris", "wal", "den", "cla", "pot", "gre", "mar", "lin", "son", "ford")
_KINDS = (
    {
        "event_type": "Service", "event_description": "Home care", "service_type": "Long term support: Community",
        "service_component": "Home support or domiciliary care", "delivery": "CASSR managed personal budget",
        "event_outcome": "Continuation of support or services", "cost_frequency": "Hourly",
    },
    {
        "event_type": "Assessment", "assessment_type": "Long term assessment",
        "event_outcome": "Progress to support planning or services", "assessment_method": "Service user only",
    },
    {
        "event_type": "Review", "review_reason": "Planned", "review_outcome": "Fully met",
        "event_outcome": "Continuation of support or services", "review_method": "Service user only",
    },
    {
        "event_type": "Request", "route": "Community / Other route",
        "event_outcome": "Progress to assessment, review or reassessment",
    },
)  # fmt: skip


def write_extract(file: Path, rows: int = ROWS) -> int:
    """Write an extract of `rows` rows about a fifth as many people; returns how many rows there are."""
    draw = Random(7)  # noqa: S311 - invented people, not secrets
    names = ["".join(draw.sample(_SYLLABLES, 3)).title() for _ in range(4000)]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.name for column in COLUMNS])
        written = person = 0
        while written < rows:
            person += 1
            about = {
                "la_code": "503", "period_start": "01/04/2025", "period_end": "31/03/2026",
                "person_id": f"P{person:07}", "first_name": draw.choice(names), "last_name": draw.choice(names),
                "birth_date": f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/{draw.randint(1930, 2004)}",
                "gender": draw.choice(("Male", "Female")), "ethnicity": "White: Irish", "postcode": "ZZ99 3AA",
                "client_type": "Service user", "has_carer": "No",
                "support_reason": "Physical support: Personal care support",
                "accommodation": "Owner occupier or shared ownership scheme",
            }  # fmt: skip
            for _ in range(min(rows - written, draw.randint(3, 7))):
                day, month = draw.randint(1, 28), draw.randint(1, 12)
                row = about | draw.choices(_KINDS, (10, 3, 2, 3))[0]
                row |= {"event_start": f"{day:02}/{month:02}/2025", "event_reference": f"E{written}"}
                if row["event_type"] == "Service":
                    row |= {"unit_cost": f"{draw.randint(18, 26)}.{draw.choice(('00', '50'))}"}
                    row |= {"units_per_week": str(draw.choice((3.5, 7, 10.5, 14, 21)))}
                else:
                    row["event_end"] = row["event_start"]
                writer.writerow([row.get(column.key, "") for column in COLUMNS])
                written += 1
    return rows


def bare_insertion(file: Path, database: Path) -> None:
    """Read every row with csv.DictReader and insert it into plain SQLite in one transaction."""
    connection = sqlite3.connect(database, isolation_level=None)
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names = reader.fieldnames or []
        connection.execute(f"CREATE TABLE row ({', '.join(f'c{n} TEXT' for n in range(len(names)))})")
        connection.execute("BEGIN")
        # Only question marks, no text of the file.
        statement = f"INSERT INTO row VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        connection.executemany(statement, (tuple(row.values()) for row in reader))
        connection.execute("COMMIT")
    connection.close()
