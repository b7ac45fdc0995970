"""Fixtures every part of the suite may use."""

from __future__ import annotations

import atexit
import os
import runpy
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from rings import Ring

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling
    from xdist.workermanage import WorkerController

    from desktop.demo.run import Demonstration

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Most of what storing costs here is the disk; what a test needs of a disk that fails, it brings with it.
IN_MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""The files of a run take an eighth of it at most."""
if "TMPDIR" not in os.environ and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)

# What is noted outside vaults must not reach this account's own folder, nor another worker with a copy of a vault.
if "ONESTORY_TESTING" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["ONESTORY_TESTING"] = "1"
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="onestory-state-")
    atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# The suite tries the same cases every time, so that it never fails by chance; `make soak` goes on to new ones.
# How long it takes on a busy machine is no test.
SLOW = [HealthCheck.too_slow]
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("soak", deadline=None, suppress_health_check=SLOW)
settings.load_profile("soak" if os.environ.get("ONESTORY_SOAK") else "suite")

ROOT = Path(__file__).resolve().parent.parent
NO_NETWORK = ROOT / "tests" / "no_network"

if str(NO_NETWORK) not in os.environ.get("PYTHONPATH", "").split(os.pathsep):  # for processes that tests start
    os.environ["PYTHONPATH"] = os.pathsep.join([str(NO_NETWORK), *filter(None, [os.environ.get("PYTHONPATH")])])
runpy.run_path(str(NO_NETWORK / "sitecustomize.py"))


LONGEST = (
    "qt/test_everybodys_pages.py",
    "qt/test_looking_for_what_is_withheld.py",
    "qt/test_my_legible.py",
    "qt/test_my_choices.py",
    "qt/test_other_language.py",
    "qt/test_room_for_pages.py",
    "security/test_failing_disk.py",
    "qt/test_every_screen.py",
    "qt/test_my_keyboard.py",
    "integration/test_whole_way.py",
    "security/test_nothing_left_behind.py",
    "integration/test_contract.py",
    "qt/test_another_window.py",
    "qt/test_other_language_office.py",
    "integration/test_killed_while_importing.py",
    "qt/test_whole_journeys.py",
    "integration/test_see_as.py",
    "qt/test_rights_screen.py",
    "qt/test_everyday_questions.py",
    "security/test_exports_withhold.py",
    "qt/test_two_vaults_screens.py",
    "qt/test_dialogs_legible.py",
    "integration/test_demonstration_again.py",
    "security/test_offices_renewed.py",
)
"""Files of tests that take long, from the longest: they start first, so that none is left for one worker at the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """By file, as asked for, but the longest first; xdist goes by the number of tests."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LongestFirst(LoadFileScheduling):
        def _assign_work_unit(self, node: WorkerController) -> None:
            longest = next((f"tests/{file}" for file in LONGEST if f"tests/{file}" in self.workqueue), None)
            if longest is not None:
                self.workqueue.move_to_end(longest, last=False)
            super()._assign_work_unit(node)

    return LongestFirst(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long forms of safety tests run only by `make soak`."""
    if os.environ.get("ONESTORY_SOAK"):
        return
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="the long form; run by `make soak`"))


@pytest.fixture(autouse=True, scope="session")
def _passphrases_cost_little() -> Iterator[None]:
    """In vaults of test data; in others the same work is done once. Tests of that work say what it costs."""
    from vault_samples import CHEAP

    from storage import slots

    usual = slots.usual_cost
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slots, "usual_cost", lambda keyfile: CHEAP if keyfile.test_data else usual(keyfile))
        patch.setattr(slots, "_stretch", cache(slots._stretch))
        yield


@pytest.fixture(autouse=True, scope="session")
def _checking_processes_stay_warm() -> Iterator[None]:
    """For every workspace of this process; tests of what starts and ends them use pools of their own."""
    from warm_checking import WarmPool

    from desktop.workspace import service, signed_in

    with pytest.MonkeyPatch.context() as patch:
        for where in (service, signed_in):
            patch.setattr(where, "CheckingPool", WarmPool)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real sample records that stands beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the sample records (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _one_application(qapp: object) -> None:
    """Drawing pages makes an application where there is none; there can be one only, and widgets need theirs."""


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """A copy of the demonstration, which is made once for all workers of a run; what changes it takes its own copy."""
    from PySide6.QtCore import QLockFile
    from vault_samples import copy_of

    from desktop.demo.run import build

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "of-all-workers"
    folder.mkdir(exist_ok=True)
    one_at_a_time = QLockFile(str(folder / "being-made"))
    one_at_a_time.setStaleLockTime(0)
    assert one_at_a_time.lock()
    try:
        return copy_of(build(folder, say=lambda _line: None), tmp_path_factory.mktemp("demonstration"))
    finally:
        one_at_a_time.unlock()


@pytest.fixture
def ring() -> Iterator[Ring]:
    """A keyring that keeps what it is given in memory, in use for one test."""
    package = pytest.importorskip("keyring")
    before = package.get_keyring()
    yield Ring(package)
    package.set_keyring(before)
