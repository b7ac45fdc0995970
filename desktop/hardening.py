"""What the process does to itself before it opens anything: files for this account alone, no memory written to disk."""

from __future__ import annotations

import contextlib
import os


def harden() -> None:
    """Keep others out of files that are made, and memory with what is open in it out of core dumps."""
    os.umask(0o077)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
