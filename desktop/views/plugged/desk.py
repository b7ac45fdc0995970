"""The privacy officer's desk: what waits for a decision, what the person is to be told, and whether the log is whole.

One scrolling page of cards. It shows no content of any record: who looked, when, why and on what basis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from consent.overrides import table
from desktop.desk import Claim, Desk, Link
from desktop.dialogs.frame import Framed
from desktop.models.words import day
from desktop.overriding import CaseRow
from desktop.reports import UserRow
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.views.plugs import Screen, ScreenKind, Shell
from desktop.widgets.layouts import scrolling
from desktop.widgets.text import Card, Text, button, notice, tag

ROWS = 50
CHAIN_SHOWN = 8


def _tr(text: str) -> str:
    return QCoreApplication.translate("Desk", text)


class ReviewDialog(Framed):
    """Asks what a review found, in words."""

    def __init__(self, row: CaseRow, called: str, state: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: review an access"), parent)
        self.setModal(True)
        titles = {"justified": _tr("Was it justified?"), "escalated": _tr("Take it further?")}
        self.body.addWidget(Text(titles[state], "title"))
        self.body.addWidget(Text(case_words(row, called)))
        words = Text(_tr("What you found, in a few words"), "strong")
        self.words = QLineEdit()
        self.words.setAccessibleName(words.text())
        self.words.setMaxLength(500)
        words.setBuddy(self.words)
        self.body.addWidget(words)
        self.body.addWidget(self.words)
        self.body.addWidget(notice(_tr("Kept with your name. A finding of “justified” is final.")))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        label = _tr("Justified") if state == "justified" else _tr("Escalate")
        done = button(label, "primary", self.accept, label)
        done.setDefault(True)
        self.buttons.addWidget(done)
        self.words.setFocus()
        self.fit(look().px(620))


class ChainPicture(QWidget):
    """The signed heads of the log as links of a chain, each over all events before it."""

    def __init__(self, links: tuple[Link, ...], *, whole: bool) -> None:
        super().__init__()
        self._links = links[-CHAIN_SHOWN:]
        self._whole = whole
        state = _tr("whole") if whole else _tr("broken")
        said = "; ".join(f"{link.signer}: {link.size}" for link in self._links)
        self.setAccessibleName(_tr("The log as a chain, {state}: {links}").format(state=state, links=said))
        self.setMinimumHeight(look().px(74))

    def words(self) -> str:
        """What is written in it."""
        return "\n".join(f"{link.signer} {link.size}" for link in self._links)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(132) * max(1, len(self._links)), look().px(74))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        here = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = here.colour("action" if self._whole else "danger")
        count = max(1, len(self._links))
        wide = min(here.px(150), (self.width() - here.px(14) * (count - 1)) / count)
        for number, link in enumerate(self._links):
            left = number * (wide + here.px(14))
            box = QRectF(left + 1, here.px(8), wide - 2, here.px(58))
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine if self._whole else Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box, 8, 8)
            if number:
                middle = box.center().y()
                painter.drawLine(round(left - here.px(13)), round(middle), round(left), round(middle))
            painter.setPen(here.colour("ink"))
            painter.setFont(font(here.px(12.5)))
            inside = box.adjusted(here.px(6), here.px(4), -here.px(6), -here.px(4))
            name = painter.fontMetrics().elidedText(link.signer, Qt.TextElideMode.ElideRight, round(inside.width()))
            text = f"{name}\n{link.size:,} " + _tr("events") + f"\n{link.time[:10]}"
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


class PrivacyDesk(Screen):
    """The desk; asked for anew each time it comes to the front and after each decision."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("role", "page")
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._page: QWidget | None = None
        self._desk: Desk | None = None

    def start(self) -> None:
        """Ask for what there is."""
        self._shell.session.ask(lambda workspace: workspace.desk(), self.show_desk, self._shell.tell)

    def clear(self) -> None:
        """Forget everything."""
        self._desk = None
        if self._page is not None:
            self._outer.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
            self._page = None

    def show_desk(self, desk: Desk) -> None:
        """Show it."""
        self.clear()
        self._desk = desk
        inside = QWidget()
        column = QVBoxLayout(inside)
        gap = look().gap
        column.setContentsMargins(gap(22), gap(18), gap(22), gap(18))
        column.setSpacing(gap(12))
        column.addWidget(Text(_tr("Privacy desk"), "title"))
        for card in (self._reviews(desk), self._agreements(desk), self._notices(desk), self._claims(desk)):
            column.addWidget(card)
        column.addWidget(self._log(desk))
        column.addWidget(self._figures(desk))
        column.addWidget(self._users(desk))
        column.addStretch(1)
        self._page = scrolling(inside)
        self._page.setAccessibleName(_tr("Privacy desk"))
        self._outer.addWidget(self._page)

    # -- cards

    def _reviews(self, desk: Desk) -> Card:
        rows = desk.to_review()
        card = Card(_tr("Access to review"), _counted(len(rows)))
        for row in rows[:ROWS]:
            late = row.case.review.overdue(row.case.opened, desk.today)
            card.add(
                self._case(
                    row,
                    desk,
                    _tr("Overdue since {day}") if late else _tr("Due {day}"),
                    "danger" if late else "",
                    [
                        (_tr("Justified"), partial(self._review, row, "justified")),
                        (_tr("Escalate"), partial(self._review, row, "escalated")),
                    ],
                )
            )
        if not rows:
            card.say(_tr("Nothing waits for a review."))
        return card

    def _agreements(self, desk: Desk) -> Card:
        rows = desk.to_agree()
        card = Card(_tr("Waiting for a second person"), _counted(len(rows)))
        for row in rows[:ROWS]:
            agree = [(_tr("Agree"), partial(self._act, "agree", row))]
            card.add(self._case(row, desk, _tr("Asked; due {day}"), "warning", agree))
        if not rows:
            card.say(_tr("No lawful override waits for a second person."))
        return card

    def _notices(self, desk: Desk) -> Card:
        rows = desk.to_tell()
        card = Card(_tr("The person is to be told"), _counted(len(rows)))
        for row in rows[:ROWS]:
            done = [(_tr("They were told"), partial(self._act, "given", row, "handed over"))]
            card.add(self._case(row, desk, _tr("To be told"), "", done))
        if not rows:
            card.say(_tr("Nobody is still to be told."))
        return card

    def _claims(self, desk: Desk) -> Card:
        card = Card(_tr("Claimed relationships"), _counted(len(desk.claims)))
        for claim in desk.claims[:ROWS]:
            card.say(_claim_words(claim, desk.called.get(claim.person, "")))
        if not desk.claims:
            card.say(_tr("Nobody has looked on a relationship that they only claimed."))
        return card

    def _log(self, desk: Desk) -> Card:
        checked = desk.checked
        whole = checked is not None and not checked.problem
        card = Card(
            _tr("The access log"), _tr("whole") if whole else _tr("look at this"), tone="" if whole else "danger"
        )
        if checked is not None:
            card.say(
                _tr(
                    "{n} events checked against {heads} signatures. People whose records were compared: {people}."
                ).format(n=f"{checked.events:,}", heads=checked.signatures, people=f"{checked.people:,}")
            )
            if checked.problem:
                card.add(notice(checked.problem, "danger"))
        picture = QWidget()
        inset = QVBoxLayout(picture)
        inset.setContentsMargins(look().gap(6), look().gap(4), look().gap(6), look().gap(4))
        inset.addWidget(ChainPicture(desk.chain, whole=whole))
        card.add(picture)
        last = desk.backups[0] if desk.backups else ""
        card.say(_tr("Last backup: {day}").format(day=day(last[:10])) if last else _tr("No backup was made yet."))
        return card

    def _figures(self, desk: Desk) -> Card:
        card = Card(_tr("Figures without content"), _tr("small numbers are not told"))
        for figure in desk.figures:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(look().gap(6), look().gap(2), look().gap(6), look().gap(2))
            line.addWidget(Text(_tr(figure.name)), 3)
            line.addWidget(Text(figure.value, "strong"), 1)
            card.add(row)
        return card

    def _users(self, desk: Desk) -> Card:
        card = Card(_tr("Users and teams"), _counted(len(desk.users)))
        for user in desk.users:
            office = " · " + _tr("custodian") if user.custodian else ""
            card.say(f"{user.name} · {user.role} · {user.organisation}{office}")
        return card

    def _case(
        self, row: CaseRow, desk: Desk, due: str, tone: str, acts: Sequence[tuple[str, Callable[[], object]]]
    ) -> QWidget:
        made = QWidget()
        line = QHBoxLayout(made)
        gap = look().gap
        line.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        line.setSpacing(gap(10))
        called = desk.called.get(row.person, "")
        line.addWidget(Text(case_words(row, called)), 1)
        line.addWidget(tag(due.format(day=day(str(row.case.opened.due()))), tone))
        if row.case.review.state == "escalated":
            line.addWidget(tag(_tr("Escalated"), "warning"))
        for name, act in acts:
            line.addWidget(button(name, "", act, f"{name}: {row.case.opened.user}, {called}"))
        return made

    def _review(self, row: CaseRow, state: str) -> None:
        called = self._desk.called.get(row.person, "") if self._desk is not None else ""
        parent = self._shell if isinstance(self._shell, QWidget) else None
        dialog = ReviewDialog(row, called, state, parent)
        dialog.accepted.connect(lambda: self._act("review", row, state, dialog.words.text()))
        self._shell.show_dialog(dialog)

    def _act(self, act: str, row: CaseRow, *words: str) -> None:
        def work(workspace: Any) -> None:
            workspace.override_act(act, row.person, row.case.opened.id, *words)

        self._shell.session.ask(work, lambda _done: self.start(), self._shell.tell)


def case_words(row: CaseRow, called: str) -> str:
    """An access in one sentence: who, when, whose record, why."""
    one = row.case.opened
    when = f"{day(one.opened.date().isoformat())} {one.opened:%H:%M}"
    kind = table().kinds[one.kind].name
    return f"{kind}: {one.user} ({one.role}), {when}, {called}. “{one.reason}”"


def _claim_words(claim: Claim, called: str) -> str:
    when = f"{day(claim.time[:10])} {claim.time[11:16]}"
    return f"{when} · {claim.who} ({claim.role}, {claim.organisation}) · {called} · “{claim.reason}” · " + _tr(
        "items shown: {n}"
    ).format(n=claim.items)


def _counted(number: int) -> str:
    return f"{number:,}"


def _office(user: UserRow) -> bool:
    return user.role in ("privacy-officer", "custodian") or user.custodian


SCREENS = (ScreenKind("desk", "Privacy desk", PrivacyDesk, _office, keys="Ctrl+Shift+D", order=60),)
