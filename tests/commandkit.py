"""Runs the real command line in this process, and keeps what it wrote; for tests of the whole way."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent.disclosure_json import to_json
from desktop import report_json
from desktop.cli import main
from desktop.commands.asking import instant
from desktop.errors import WorkspaceError
from desktop.show_text import lines
from desktop.workspace import Workspace
from fhir.entries import Entry, PersonId

NOW = "2026-11-21T09:00:00Z"
PASSPHRASE = "quiet river stone lamp"


@dataclass(frozen=True)
class Ran:
    """What a command answered: its exit code and the bytes on both streams."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.raw)

    @property
    def sentence(self) -> str:
        """The one plain sentence of a failure on standard error."""
        said = self.err.strip()
        assert said, "nothing was said"
        assert "\n" not in said, said
        assert "Traceback" not in said
        return said


def run(*arguments: str | Path) -> Ran:
    """Run one command of `onestory`."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    err = io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    assert isinstance(out.buffer, io.BytesIO)
    return Ran(code, out.buffer.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Vault:
    """A vault on disk and who signs in to it."""

    path: Path
    user: str = "Asha"

    @property
    def folder(self) -> Path:
        return self.path.parent

    def as_user(self, user: str) -> Vault:
        return Vault(self.path, user)

    def access(self) -> list[str | Path]:
        """The options that sign in, with the clock fixed."""
        secret = self.folder / "passphrase"
        return ["--vault", self.path, "--user", self.user, "--passphrase-file", secret, "--now", NOW]

    def run(self, command: str, *arguments: str | Path) -> Ran:
        """Run one command signed in."""
        return run(command, *arguments, *self.access())

    def json(self, command: str, *arguments: str | Path) -> Any:
        """Run one command that must succeed, and read its JSON."""
        ran = self.run(command, *arguments, "--json")
        assert ran.code == 0, ran.err
        return ran.json

    def take(self, *paths: Path) -> Any:
        """Import files and read the report, whatever became of them."""
        ran = self.run("import", *paths, "--json")
        assert ran.err == ""
        return ran.json

    @contextmanager
    def signed_in(self) -> Iterator[Workspace]:
        """What every command opens."""
        with Workspace.sign_in(self.path, self.user, PASSPHRASE, now=instant(NOW)) as workspace:
            yield workspace

    def store(self, *paths: Path) -> Any:
        """Import as the command does, but quickly."""
        with self.signed_in() as workspace:
            report = workspace.import_files(paths, lambda what, done, total: None, lambda: False)
        return report_json.imported(report)

    def told(self, *people: str) -> str:
        """All that the program says of these people: the list, their records, the sources of every entry."""
        told: list[str] = []
        with self.signed_in() as workspace:
            told += [json.dumps(report_json.person(row), ensure_ascii=False) for row in workspace.people()]
            for person in people:
                record = workspace.open_person(PersonId(person))
                shown = to_json(record)
                told += [json.dumps(shown, ensure_ascii=False), *lines(record)]
                for entry in entries(shown):
                    try:
                        told.append(workspace.original(entry["entryId"]).data.decode("utf-8", "replace"))
                    except WorkspaceError as error:
                        told.append(str(error))
        return "\n".join(told)

    def person(self, query: str = "") -> str:
        """The id of the one person found."""
        (row,) = self.json("people", query) if query else self.json("people")
        return str(row["personId"])

    def add_user(self, name: str, role: str, organisation: str = "Elsewhere", *more: str) -> Vault:
        """A further user with the same passphrase; `more` are further options."""
        own = self.folder / "passphrase"
        key = self.folder / "recovery"
        options = ("--role", role, "--organisation", organisation, "--recovery-key-file", key, *more)
        ran = self.run("users", "add", name, *options, "--new-passphrase-file", own, "--json")
        assert ran.code == 0, ran.err
        return self.as_user(name)


def make_vault(folder: Path, *more: str, role: str = "tester", test_data: bool = True) -> Vault:
    """A new vault with one user, its passphrase and recovery key in files beside it; `more` are further options."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passphrase").write_text(PASSPHRASE + "\n")
    vault = Vault(folder / "a.vault")
    made = vault.run(
        "init",
        *("--role", role, "--organisation", "Riverside Team", "--recovery-key-file", folder / "recovery"),
        *(["--test-data"] if test_data else []),
        *more,
    )
    assert made.code == 0, made.err
    return vault


@dataclass(frozen=True)
class Everything:
    """A test vault that took in all sample records, what its first import answered, and what that report says."""

    vault: Vault
    folder: Path
    first: Ran
    report: Any

    def people_of(self, part: str) -> dict[str, list[str]]:
        """The people that files under a part of the sample records speak of, and which files those are."""
        found: dict[str, list[str]] = {}
        for file in self.report["files"]:
            if file["path"].startswith(str(self.folder / part)):
                for one in file["people"]:
                    found.setdefault(one["personId"], []).append(Path(file["path"]).name)
        return found


@dataclass(frozen=True)
class Told:
    """One entry as a tester sees it: whose it is, where it is shown, and the file and bytes it came from."""

    person: str
    section: str
    entry: Entry
    path: str
    data: bytes


def entries(shown: Any) -> list[dict[str, Any]]:
    """Every entry of a `show`, whatever its section."""
    return [entry for section in shown["sections"].values() for entry in section["entries"]]


def write(folder: Path, name: str, content: dict[str, Any] | list[Any] | str | bytes) -> Path:
    """A file with this content: values as JSON, text as UTF-8, bytes as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder / name


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    """A Bundle of these resources."""
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


def nhs_number(which: int) -> str:
    """The valid NHS number of the test range (999) that comes at this place or next after it."""
    for nine in range(999_000_000 + which * 10, 999_000_010 + which * 10):
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(str(nine))) % 11
        if check != 10:
            return f"{nine}{check % 11}"
    raise AssertionError(which)


def people_in(report: Any) -> list[str]:
    """Everyone a report names."""
    return sorted({one["personId"] for file in report["files"] for one in file["people"]})


NHS = "https://fhir.nhs.uk/Id/nhs-number"
_VERIFIED = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"


def patient(id: str, family: str, number: str = "", *, born: str = "1950-03-04", **others: Any) -> dict[str, Any]:
    """A Patient with a verified NHS number, if one is given."""
    verified = {"url": _VERIFIED, "valueCodeableConcept": {"coding": [{"code": "01"}]}}
    return {
        "resourceType": "Patient",
        "id": id,
        **({"identifier": [{"system": NHS, "value": number, "extension": [verified]}]} if number else {}),
        "name": [{"use": "official", "family": family, "given": ["Ada"]}],
        "birthDate": born,
        **others,
    }


def condition(id: str, about: str, title: str, *, code: str = "", **others: Any) -> dict[str, Any]:
    """A Condition of a person."""
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": title}]} if code else {}
    return {
        "resourceType": "Condition",
        "id": id,
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {**coded, "text": title},
        "subject": {"reference": f"Patient/{about}"},
        "recordedDate": "2024-05-06",
        **others,
    }
