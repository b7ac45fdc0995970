"""A receipt on another machine, as near as one machine comes to it: the program installed from a wheel, another home,
another folder, another name for the file, and no vault; and none of it holds once anything was changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("consent", "desktop", "fhir", "storage")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program is installed from a wheel, built from nothing but what goes into one."""
    for tool in ("setuptools", "pip"):
        pytest.importorskip(tool, reason="wheels are built with setuptools and installed with pip")
    source, made, place = (tmp_path_factory.mktemp(name) for name in ("checkout", "wheel", "site"))
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / file).exists():
            shutil.copy2(ROOT / file, source / file)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(made), str(source)]
    subprocess.run(build, check=True, capture_output=True, cwd=source)
    (wheel,) = made.glob("*.whl")
    into = [*pip, "install", "--no-deps", "--no-index", "--target", str(place), str(wheel)]
    subprocess.run(into, check=True, capture_output=True)
    shutil.rmtree(source)
    return place


@pytest.fixture
def home(tmp_path: Path) -> Vault:
    """A record that somebody opened, and a privacy officer."""
    vault = make_vault(tmp_path / "here")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    records = bundle(patient("a", "Ash", nhs_number(1)), condition("c", "a", "Asthma"))
    vault.store(write(tmp_path / "here", "a.json", records))
    return vault


def elsewhere(installed: Path, folder: Path, receipt: Path) -> subprocess.CompletedProcess[str]:
    """The one command, by another user in another folder."""
    user = folder / "another user"
    user.mkdir(exist_ok=True)
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(installed), "HOME": str(user), "USERPROFILE": str(user)}
    command = [sys.executable, "-P", "-m", "desktop", "log", "verify", "--receipt", receipt.name, "--json"]
    return subprocess.run(command, env=env, cwd=receipt.parent, capture_output=True, text=True, check=False)


def test_it_verifies_without_the_vault_and_fails_after_any_change(home: Vault, installed: Path, tmp_path: Path) -> None:
    person = home.person()
    given = tmp_path / "given.json"
    ran = home.as_user("Pat").run("log", "receipt", "--person", person, "--out", given)
    assert ran.code == 0, ran.err
    sent = tmp_path / "sent" / "her receipt.json"
    sent.parent.mkdir()
    shutil.move(given, sent)
    shutil.rmtree(tmp_path / "here")
    code = "import storage, desktop; print(storage.__file__, desktop.__file__)"
    where = subprocess.run(
        [sys.executable, "-P", "-c", code], env={"PYTHONPATH": str(installed)}, cwd=sent.parent, capture_output=True,
        text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert all(file.startswith(str(installed)) for file in where), "it is what was installed that runs"

    held = elsewhere(installed, tmp_path, sent)
    assert held.returncode == 0, held.stderr
    said = json.loads(held.stdout)
    assert said["person"] == person

    whole = sent.read_bytes()
    tree = json.loads(whole)
    for changed in (whole[:-2], whole.replace(b"Ash", b"Oak") if b"Ash" in whole else whole[: len(whole) // 2]):
        sent.write_bytes(changed)
        assert elsewhere(installed, tmp_path, sent).returncode != 0
    sent.write_text(json.dumps({**tree, "person": "somebody-else"}), "utf-8")
    assert elsewhere(installed, tmp_path, sent).returncode != 0
    sent.write_bytes(whole)
    assert elsewhere(installed, tmp_path, sent).returncode == 0
