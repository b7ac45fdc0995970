"""The sign-in window waits for the names of users and not for what works on records."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ASK = """
import sys
from pathlib import Path
from desktop.errors import WorkspaceError
from desktop.session import OnDisk
vault = OnDisk(Path(sys.argv[1]))
try:
    vault.user_names()
except WorkspaceError:
    try:
        vault.keyring_users()
    except WorkspaceError:
        pass
    print(sorted({"storage.vault", "sqlcipher3", "desktop.workspace.service"} & set(sys.modules)))
"""


def test_names_are_read_without_loading_the_workspace(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", ASK, str(tmp_path / "none.vault")]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr
