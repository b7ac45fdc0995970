"""Print and share the record that is open (Ctrl+P)."""

from __future__ import annotations

from desktop.views.plugs import CommandKind
from desktop.views.sharing import share

COMMANDS = (CommandKind("share", "Print and share…", share, "Ctrl+P", "record", 20),)
