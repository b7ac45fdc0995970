"""Plugs in the import workbench, for testers."""

from __future__ import annotations

from desktop.reports import UserRow
from desktop.views.plugs import ScreenKind
from desktop.views.workbench import Workbench


def _tester(user: UserRow) -> bool:
    return user.role == "tester"


SCREENS = (ScreenKind("workbench", "Import workbench", Workbench, _tester, keys="Ctrl+Shift+W", order=20),)
