"""Processes that are killed, and folders as a crash would leave them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import connection as file
from storage import rotation, slots

ROOT = Path(__file__).resolve().parents[1]
SPIN = 6
"""A killer waits up to ten to the power of so many steps, about a tenth of a second, without a clock."""


def killed(program: str, folder: Path, chance: random.Random, lines: int) -> list[str]:
    """What a process that works on a vault said before it was killed, at some moment after so many lines."""
    command = [sys.executable, "-c", program, str(folder), str(ROOT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        said = [process.stdout.readline() for _ in range(lines)]
        for _ in range(int(10 ** chance.uniform(0, SPIN))):
            os.getpid()
        process.kill()
        return said + [line for line in process.stdout if line.endswith("\n")]


def images(folder: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[Path]:
    """Copies of a folder as a crash would leave it, around every step that `act` writes."""
    taken: list[Path] = []

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def calling(*arguments: object, **options: object) -> object:
            for moment in range(2):
                taken.append(folder.with_name(f"{folder.name}-crash-{len(taken)}"))
                shutil.copytree(folder, taken[-1])
                if moment == 0:
                    answer = call(*arguments, **options)
            return answer

        return calling

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "announce", watched(rotation.announce))
        patch.setattr(rotation, "shut_out", watched(rotation.shut_out))
        patch.setattr(file, "rekey", watched(file.rekey))
        patch.setattr(slots, "replace_file", watched(slots.replace_file))
        act()
    return taken
