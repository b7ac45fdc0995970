"""Plugs in who acts for whom, for those who may record a right to act or whether somebody can decide. The privacy
office has the same in *Lawful access and limits*."""

from __future__ import annotations

from desktop.reports import UserRow
from desktop.views.plugged.desk import office
from desktop.views.plugs import ScreenKind
from desktop.views.rights import WhoActs, acts_for_people


def _records(user: UserRow) -> bool:
    return acts_for_people(user) and not office(user)


SCREENS = (ScreenKind("acting", "Who acts for whom", WhoActs, _records, order=55),)
