"""The budget of reconciling: what two sources say of one person, 5,000 entries grouped, compared and contradicted."""

from __future__ import annotations

import statistics
import time

from desktop.benches.row import Row
from fhir.entries import Code, Entry, EntryId, Measure, Source, When
from fhir.reconcile import contradictions, same_facts

RESULTS, MEDICINES, TIMES = 4000, 1000, 7
SOURCES = (Source(name="Surgery", lane="gp", key="Y1"), Source(name="Hospital", lane="hospital", key="R1"))
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"


def measured() -> list[Row]:
    """The median of several runs, and the slowest, in processor time: nothing waits in it for anything."""
    entries = [*map(_result, range(RESULTS)), *map(_medicine, range(MEDICINES))]
    times = []
    for _ in range(TIMES):
        began = time.process_time()
        same_facts(entries)
        contradictions(entries)
        times.append((time.process_time() - began) * 1e3)
    return [
        Row("reconciling, 5,000 entries", statistics.median(times), "ms of processor", 150),
        Row("reconciling, 5,000 entries, slowest", max(times), "ms of processor", 150),
    ]


def _result(n: int) -> Entry:
    """The same value of the same day from each source in turn, every seventh of them different."""
    day = f"{2000 + n // 2 % 25}-{n // 50 % 12 + 1:02}-{n // 600 % 28 + 1:02}"
    value = str(4 + n % 7)
    return Entry(
        entry_id=EntryId(f"r{n}"),
        section="results",
        kind="result",
        title="Potassium",
        resource=f"Observation/{n}",
        source=SOURCES[n % 2],
        value=f"{value} mmol/L",
        when=When(start=day, precision="day", text=day),
        codes=(Code(LOINC, "2823-3"),),
        measures=(Measure(value=value, unit="mmol/L", code="mmol/L"),),
    )


def _medicine(n: int) -> Entry:
    name = f"Substance {n // 2 % 300} 5 mg tablets"
    return Entry(
        entry_id=EntryId(f"m{n}"),
        section="medicines",
        kind="medicine",
        title=name,
        resource=f"MedicationRequest/{n}",
        source=SOURCES[n % 2],
        status="active" if n % 3 else "stopped",
        active=n % 3 != 0,
        codes=(Code(SNOMED, f"9{n // 2 % 300:08}"),),
    )
