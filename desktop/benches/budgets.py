"""The budgets, measured as ratios to a floor in the same run.

Each measure runs beside the floor it is compared with, on the sample records beside the project where they are there
(`../shared/data/synthea-r4`) and on the project's own invented people. A ratio on a busy machine means more than a
time; absolute budgets (start, memory, first paint) are printed all the same.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from desktop.benches import reconciling, vaults
from desktop.benches.row import Row
from desktop.errors import WorkspaceError
from desktop.workspace import Workspace
from desktop.workspace.measuring import bare_reading
from fhir import bare_validation
from fhir.reading import read_drop
from fhir.records import SourceFile

Say = Callable[[str], None]
ROOT = Path(__file__).resolve().parent.parent
SYNTHEA = ROOT.parent / "shared" / "data" / "synthea-r4"
PASSPHRASE = "measured in one run"  # noqa: S105  (of a vault that lives for one measure)
MEBIBYTE = 2**20


def run(
    names: list[str], say: Say, people: int = vaults.PEOPLE, large: Path | None = None, extract: int | None = None
) -> list[Row]:
    """Measure the named budgets, or all. `people` and `large` are the size and the place of the large vault, `extract`
    are the rows of the council's extract."""
    unknown = set(names) - set(MEASURES)
    if unknown:
        raise WorkspaceError(f"There is no measure {sorted(unknown)[0]!r}; the measures are: {', '.join(MEASURES)}.")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rows: list[Row] = []
    for name, measure in MEASURES.items():
        if not names or name in names:
            say(f"measuring {name} …")
            gc.collect()
            if name == "scale":
                rows += vaults.scale(people, say, large)
            elif name == "council":
                rows += _council(extract)
            else:
                rows += measure()
    return rows


@contextmanager
def _vault() -> Iterator[tuple[Path, Workspace]]:
    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        vault = Path(folder) / "bench.vault"
        Workspace.create(vault, "Bench", "tester", "Bench", PASSPHRASE, test_data=True)
        with Workspace.sign_in(vault, "Bench", PASSPHRASE) as workspace:
            yield vault, workspace


@contextmanager
def _sets() -> Iterator[dict[str, Path]]:
    """The sample sets by name: synthea where it stands beside the project, and our own people."""
    from desktop.demo.generator import write_people

    with tempfile.TemporaryDirectory(prefix="onestory-bench-people-") as folder:
        write_people(Path(folder), people=40, seed=1)
        sets = {"sample": Path(folder)}
        if SYNTHEA.is_dir():
            sets["synthea"] = SYNTHEA
        yield sets


def _quiet(what: str, done: int, total: int) -> None:
    """No progress is shown while measuring."""


def _never() -> bool:
    return False


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _importing() -> list[Row]:
    rows: list[Row] = []
    with _sets() as sets:
        for name, folder in sets.items():
            documents = [document for document in read_drop([folder]) if isinstance(document, SourceFile)]
            resources = sum(len(document.resources) for document in documents)
            validation = bare_validation.seconds(documents)
            insertion = _bare_insertion(documents)
            size = sum(len(document.data) for document in documents)
            del documents
            with _vault() as (vault, workspace):
                workspace.warm_up(wait=True)
                first_view, whole = _import(workspace, folder)
                workspace.close()
                stored = sum(path.stat().st_size for path in vault.parent.iterdir())
            per = 1e6 / resources
            rows += [
                Row(f"import, {name}", whole * per, "µs/resource", 0.75, validation * per, whole / validation),
                Row(
                    f"first view, {name}", first_view * per, "µs/resource", 2.5, insertion * per, first_view / insertion
                ),
                Row(f"vault size, {name}", stored / 1e6, "MB", 0.35, size / 1e6, stored / size),
            ]
    return rows


def _import(workspace: Workspace, folder: Path) -> tuple[float, float]:
    """Seconds until everything is stored and can be opened, and until checking has finished too."""
    stored: list[float] = []
    began = time.perf_counter()
    workspace.import_files([folder], _quiet, _never, lambda report: stored.append(time.perf_counter() - began))
    return stored[0], time.perf_counter() - began


def _bare_insertion(documents: list[SourceFile]) -> float:
    """Seconds to parse each document once and insert its resources into plain SQLite, one transaction a document."""
    decode = msgspec.json.Decoder().decode
    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        connection = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        connection.execute("CREATE TABLE resource (id INTEGER PRIMARY KEY, kind TEXT, body BLOB)")

        def work() -> None:
            for document in documents:
                if document.format != "xml":
                    decode(document.data)
                connection.execute("BEGIN")
                connection.executemany(
                    "INSERT INTO resource (kind, body) VALUES (?, ?)",
                    [(resource.type, resource.raw) for resource in document.resources],
                )
                connection.execute("COMMIT")

        seconds = _timed(work)
        connection.close()
    return seconds


ENTRIES = 5000


def _opening() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="onestory-bench-person-") as folder, _vault() as (_, workspace):
        file = Path(folder) / "person.ndjson"
        _write_one_person(file, ENTRIES)
        person = workspace.import_files([file], _quiet, _never).files[0].people[0].person_id
        floors = bare_reading(workspace, person, Path(folder), 7)
        opens = []
        for _ in range(7):
            workspace.forget_record()  # as the window does before it opens another
            opens.append(_timed(lambda: workspace.open_person(person)))
        floor, value = statistics.median(floors), statistics.median(opens)
        rows = [Row("open a person, 5,000 entries", value * 1e3, "ms", 1.5, floor * 1e3, value / floor)]
        from desktop.benches import window

        paint = window.first_paint(lambda: workspace.open_person(person))
        key = window.typing(workspace.open_person(person))
        rows.append(Row("first paint, 5,000 entries", paint * 1e3, "ms", 100))
        rows.append(Row("find as you type, 5,000 entries", key * 1e3, "ms/key", 30))
        found = window.finding(workspace.open_person(person))
        rows.append(Row("find in the record, slowest key, 5,000 entries", found * 1e3, "ms/key", 30))
        return rows


def _choosing() -> list[Row]:
    from desktop.benches import choosing

    return choosing.measured(lambda file: _write_one_person(file, ENTRIES))


def _deciding() -> list[Row]:
    from desktop.benches.deciding import seconds_a_decision

    names = ("defaults", "choices by kind", "choices by kind and of one thing")
    return [
        Row(f"consent decision, {name}", seconds * 1e6, "µs/entry", 3)
        for name, seconds in zip(names, seconds_a_decision(), strict=True)
    ]


def _timeline() -> list[Row]:
    from desktop.benches import window

    return [Row("timeline, 100,000 entries", window.timeline_frames() * 1e3, "ms/frame", 16)]


def _write_one_person(file: Path, entries: int) -> None:
    """One invented person with many observations, as NDJSON."""
    patient = {
        "resourceType": "Patient",
        "id": "bench",
        "name": [{"family": "Measure", "given": ["Many"]}],
        "birthDate": "1950-05-05",
        "identifier": [{"system": "https://bench.example/person", "value": "bench"}],
    }
    with file.open("wb") as out:
        out.write(msgspec.json.encode(patient) + b"\n")
        for number in range(entries - 1):
            month, day = number // 28 % 12 + 1, number % 28 + 1
            observation = {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "category": [{"coding": [{"code": "vital-signs"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
                "subject": {"reference": "Patient/bench"},
                "effectiveDateTime": f"{2000 + number // 336}-{month:02d}-{day:02d}T09:00:00Z",
                "valueQuantity": {"value": 60 + number % 30, "unit": "kg", "code": "kg"},
            }
            out.write(msgspec.json.encode(observation) + b"\n")


def _memory() -> list[Row]:
    """Peak resident memory of the whole process tree while 100 MB of NDJSON is imported."""
    with tempfile.TemporaryDirectory(prefix="onestory-bench-memory-") as folder:
        file = Path(folder) / "large.ndjson"
        _write_one_person(file, 330_000)
        size = file.stat().st_size / MEBIBYTE
        program = [sys.executable, "-m", "desktop.benches.importing", str(file)]
        peak = _peak_of(program)
        return [Row(f"memory, importing {size:.0f} MiB of NDJSON", peak / MEBIBYTE, "MiB", 512)]


def _tree_memory(pid: int) -> int:
    """Resident bytes of a process and all below it, shared pages counted by their share (Linux)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        for task in Path(f"/proc/{pid}/task").iterdir():
            if task.name != str(pid):
                children += (task / "children").read_text("ascii").split()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(_tree_memory(int(child)) for child in children)


def _council(rows: int | None = None) -> list[Row]:
    """A council's extract, imported whole, against reading its rows into plain SQLite; memory of the process tree."""
    from desktop.benches import council

    rows = rows or council.ROWS
    with tempfile.TemporaryDirectory(prefix="onestory-bench-council-") as folder:
        file = Path(folder) / "extract.csv"
        council.write_extract(file, rows)
        floor = _timed(lambda: council.bare_insertion(file, Path(folder) / "plain.db"))
        program = [sys.executable, "-m", "desktop.benches.importing", str(file)]
        began = time.perf_counter()
        peak = _peak_of(program)
        value = time.perf_counter() - began
        per = 1e6 / rows
        # The budget is a share of the floor's speed: at least 0.15 of it, so at most 6.67 times its time.
        return [
            Row(f"council extract, {rows:,} rows", value * per, "µs/row", 6.67, floor * per, value / floor),
            Row(f"memory, council extract of {rows:,} rows", peak / MEBIBYTE, "MiB", 512),
        ]


def _peak_of(program: list[str]) -> int:
    """The most resident memory of a process and all below it."""
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603  (our own module)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _tree_memory(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise WorkspaceError("The import whose memory was to be measured failed.")
    return peak


def _start() -> list[Row]:
    """Seconds from the command to a painted sign-in window, warm, against importing Qt's widgets."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    with _vault() as (vault, workspace):
        workspace.close()
        qt = [sys.executable, "-c", "import PySide6.QtWidgets"]
        window = [sys.executable, "-m", "desktop.benches.start", str(vault)]
        times: dict[str, list[float]] = {"qt": [], "window": []}
        for _ in range(4):
            for name, program in (("qt", qt), ("window", window)):
                times[name].append(
                    _timed(lambda program=program: subprocess.run(program, cwd=ROOT, env=environment, check=True))  # type: ignore[misc]  # noqa: S603
                )
        floor, value = statistics.median(times["qt"][1:]), statistics.median(times["window"][1:])
    return [Row("start to sign-in window", value, "s", 1.0, floor, None)]


def _journey() -> list[Row]:
    """The longest stall of the window's thread on a worker's way through a record, and a switch between its parts."""
    from desktop.benches.journey import walk

    stalls, switch = walk()
    step, longest = stalls.worst()
    at, work = stalls.worst_work()
    return [
        Row(f"longest turn of the window's own work in a journey ({at})", work * 1e3, "ms", 50),
        Row(f"longest stall in a journey ({step})", longest * 1e3, "ms", 50),
        Row("switch to another part of a record", switch * 1e3, "ms", 100),
    ]


MEASURES: dict[str, Callable[[], list[Row]]] = {
    "import": _importing,
    "open-person": _opening,
    "choosing": _choosing,
    "deciding": _deciding,
    "reconcile": reconciling.measured,
    "timeline": _timeline,
    "journey": _journey,
    "memory": _memory,
    "council": _council,
    "start": _start,
    "vault": vaults.costs,
    "scale": lambda: vaults.scale(vaults.PEOPLE, lambda line: None),
}

__all__ = ["MEASURES", "Row", "run"]
