"""*I care for someone*: for whoever acts for somebody, whom, what they may see and do, and how to stop; for everyone,
what their own record says of their caring, and how to be let in to another's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.plain_choices import CHOOSABLE
from consent.proxies import sees
from desktop.models.caring import own_caring
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_acting import stands_as
from desktop.views.my_hiding import hide
from desktop.views.my_writing import WritingPage
from desktop.views.plugs import Shell
from desktop.widgets.easy_lines import said
from desktop.widgets.focus import keeping_focus
from desktop.widgets.layouts import Flow
from desktop.widgets.text import Text, button, notice, rule, tag

ACTING: Final = frozenset({"carer", "proxy"})
_MOST = 30


class CaringPage(WritingPage):
    """The page, as whoever is signed in needs it."""

    def __init__(self, desk: Desk, voice: Voice, shell: Shell) -> None:
        user = shell.session.user
        self._role, self._user = (user.role, user.name) if user is not None else ("", "")
        self._acts = self._role in ACTING
        super().__init__(desk, voice, "caring.lead")
        self._shell = shell
        self._list = QVBoxLayout()
        self._list.setSpacing(look().gap(8))
        self.body.addLayout(self._list)
        parts = ("own",) if self._acts else ("right", "how", "apart")
        for part in parts:
            self.body.addWidget(rule())
            self.body.addWidget(Text(voice.say(f"caring.{part}"), "heading"))
            self.body.addWidget(said(voice, f"caring.{part}-words"))
        if self._acts:
            flow = Flow(look().gap(8))
            flow.add(button(voice.say("caring.own-sign"), "", self._leave))
            self.body.addWidget(flow)

    def start(self) -> None:
        """Ask whom they act for, or what their own record says."""
        if self._acts:
            self._desk.acting(self._show_rights, self.wrong)
        else:
            self._desk.things(self._show_own, self.wrong)

    def save(self) -> None:
        """There is nothing to save here."""

    def _empty(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()

    # -- whoever acts for somebody

    def _show_rights(self, found: Sequence[Any]) -> None:
        keeping_focus(self, partial(self._list_rights, found))

    def _list_rights(self, found: Sequence[Any]) -> None:
        self._empty()
        mine = [one for one in found if one.mandate.user == self._user]
        if not mine:
            self._list.addWidget(said(self._voice, "caring.none"))
        for one in mine:
            self._list.addWidget(rule())
            for part in self._right(one):
                self._list.addWidget(part)

    def _right(self, one: Any) -> list[QWidget]:
        voice, name, mandate = self._voice, self._desk.someone.spoken, one.mandate
        state = one.standing.state
        counts = state == "active"
        parts: list[QWidget] = [Text(voice.say("acting.line", name=name, basis=voice.basis(mandate.basis)), "heading")]
        parts.append(tag(voice.say(f"acting.state.{stands_as(one)}"), "good" if counts else "warning"))
        times = [voice.say("acting.from", day=voice.day(mandate.starts))] if mandate.starts else []
        times += [voice.say("acting.until", day=voice.day(mandate.ends))] if mandate.ends else []
        if one.standing.lapses is not None and state != "ended":
            lapses = "acting.lapses" if one.comes_back else "acting.stops"
            stops = "acting.stopped" if state == "lapsed" else lapses
            times.append(voice.say(stops, day=voice.day(one.standing.lapses)))
        parts.append(Text(", ".join(times), "secondary"))
        if state == "lapsed":
            return parts  # what to do stands on top of every page
        if not counts:
            return [*parts, said(voice, "caring.not-now")]
        opens = sees(mandate) & one.left & CHOOSABLE
        kinds = ", ".join(voice.say(f"kind.{key}") for key in sorted(opens))
        whole = opens == CHOOSABLE
        parts.append(said(voice, "caring.sees-all" if whole else "caring.sees", kinds=kinds, name=name))
        parts.append(said(voice, "caring.never", name=name))
        parts.append(said(voice, f"caring.does-{self._does(one)}", name=name))
        flow = Flow(look().gap(8))
        flow.add(button(voice.say("caring.open", name=name), "primary", self._open))
        flow.add(button(voice.say("caring.stop", name=name), "quiet", partial(self._ask, mandate.id)))
        return [*parts, flow]

    def _does(self, one: Any) -> str:
        """What this right lets them do, in the words of the page."""
        return self._role if self._role == "carer" or one.chooses else "part"

    def _ask(self, mandate: str) -> None:
        """Stopping is asked twice: whoever stopped cannot let themself in again."""
        self._empty()
        voice = self._voice
        self._list.addWidget(notice(voice.say("caring.sure", name=self._desk.someone.spoken), "warning"))
        flow = Flow(look().gap(8))
        keep = button(voice.say("caring.keep"), "primary", self.start)
        flow.add(keep)
        flow.add(button(voice.say("caring.yes"), "danger", partial(self._stop, mandate)))
        self._list.addWidget(flow)
        keep.setFocus()

    def _stop(self, mandate: str) -> None:
        self._desk.end_acting(mandate, self._stopped, self.wrong)

    def _stopped(self) -> None:
        self.tell(self._voice.say("caring.stopped"))
        self.start()

    def _leave(self) -> None:
        hide(self._shell)

    # -- everyone

    def _show_own(self, things: Sequence[DisclosedEntry]) -> None:
        self._empty()
        voice = self._voice
        self._list.addWidget(rule())
        self._list.addWidget(Text(voice.say("caring.mine"), "heading"))
        found = own_caring(things)
        if not found:
            self._list.addWidget(said(voice, "caring.mine-none"))
        for item in found[:_MOST]:
            entry = item.entry
            where = "  ·  ".join(part for part in (entry.when.text, entry.source.name) if part)
            self._list.addWidget(Text(entry.title, "strong"))
            self._list.addWidget(Text(where, "secondary"))
            show = voice.say("caring.show")
            flow = Flow(look().gap(8))
            flow.add(button(show, "", partial(self._open, str(entry.entry_id)), f"{show}: {entry.title}, {where}"))
            self._list.addWidget(flow)

    def _open(self, entry: str = "") -> None:
        def show(record: DisclosedRecord) -> None:
            self._shell.show_record(record)
            if entry:
                self._shell.open_entry(entry)

        self._desk.open(show, self.wrong)
