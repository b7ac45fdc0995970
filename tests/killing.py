"""Kills a process that works on a vault, at some moment."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

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
