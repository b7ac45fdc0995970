"""Plugs in the review of labels, for those who hold the custodian's office: everybody else is refused it."""

from __future__ import annotations

from desktop.reports import UserRow
from desktop.views.label_review import LabelReviewView
from desktop.views.plugs import ScreenKind, Shell


def _office(user: UserRow) -> bool:
    return user.custodian


def _make(shell: Shell) -> LabelReviewView:
    return LabelReviewView(shell.session, shell.show_dialog)


SCREENS = (ScreenKind("label-review", "Review labels", _make, _office, order=40),)
