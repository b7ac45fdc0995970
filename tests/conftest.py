"""Fixtures every part of the suite may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long forms of safety tests run only by `make soak`."""
    if os.environ.get("ONESTORY_SOAK"):
        return
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="the long form; run by `make soak`"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real sample records that stands beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the sample records (../shared/data) are not beside this checkout")
    return folder
