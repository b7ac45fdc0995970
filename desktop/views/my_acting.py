"""*People acting for me*: who may look or decide for the person, on which basis, of what, until when, and ending it;
what courts limit for them, and what was found about whether the person can decide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from consent.plain_choices import CHOOSABLE
from consent.proxies import Capacity, Circumstances, Competence, CourtLimit
from desktop.models.voice import Voice
from desktop.models.words import role
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_writing import WritingPage
from desktop.widgets.easy_lines import said
from desktop.widgets.layouts import grow
from desktop.widgets.text import Text, button, rule, tag

_TONES = {"active": "good", "not-yet": "info", "lapsed": "warning", "waits": "info"}
_TO_END = ("active", "waits", "not-yet")


def stands_as(one: Any) -> str:
    """How a right stands, as it is told: one that has lapsed for good has ended."""
    state: str = one.standing.state
    return "ended" if state == "lapsed" and not one.comes_back else state


class ActingPage(WritingPage):
    """The page."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "acting.lead")
        self._list = QVBoxLayout()
        self.body.addLayout(self._list)
        self.body.addWidget(rule())
        self.body.addWidget(said(voice, "acting.never", "secondary"))
        self.body.addWidget(said(voice, "alone.words", "secondary"))

    def start(self) -> None:
        """Ask who acts for the person now."""
        self._desk.acting_known(self._come, self.wrong)

    def _come(self, found: tuple[Sequence[Any], Sequence[CourtLimit], Circumstances]) -> None:
        rights, courts, about = found
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        nobody = said(self._voice, "acting.none")
        parts: list[QWidget] = [] if rights else [nobody]
        for one in rights:
            parts += [rule(), self._row(one)]
        if courts:
            parts += [rule(), Text(self._voice.say("acting.courts"), "heading")]
            parts += [part for limit in courts for part in self._court(limit)]
        parts += self._deciding(about)
        for part in parts:
            self._list.addWidget(part)

    def _row(self, one: Any) -> QWidget:
        voice, mandate = self._voice, one.mandate
        made = QFrame()
        gap = look().gap
        row = QHBoxLayout(made)
        row.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        row.setSpacing(gap(12))
        words = QVBoxLayout()
        words.setSpacing(gap(2))
        row.addLayout(words, 1)
        name = voice.say("acting.line", name=mandate.user, basis=voice.basis(mandate.basis))
        words.addWidget(Text(name, "strong"))
        for line in (", ".join(self._times(one)), *self._means(one)):
            words.addWidget(Text(line, "secondary"))
        state = one.standing.state
        stands = stands_as(one)
        row.addWidget(
            tag(voice.say(f"acting.state.{stands}"), _TONES.get(stands, "")), 0, Qt.AlignmentFlag.AlignVCenter
        )
        if state in _TO_END:
            end = voice.say("acting.end")
            row.addWidget(button(end, "", partial(self._end, mandate.id), f"{end}: {name}"))
        grow(made)
        return made

    def _times(self, one: Any) -> list[str]:
        voice, mandate = self._voice, one.mandate
        found = [voice.say("acting.from", day=voice.day(mandate.starts))] if mandate.starts else []
        if mandate.ends and mandate.ends >= mandate.starts:
            found.append(voice.say("acting.until", day=voice.day(mandate.ends)))
        if one.standing.lapses is not None and one.standing.state in _TO_END:
            found.append(
                voice.say("acting.lapses" if one.comes_back else "acting.stops", day=voice.day(one.standing.lapses))
            )
        elif one.standing.state == "lapsed":
            found.append(voice.say("acting.stopped", day=voice.day(one.standing.lapses)))
        return found

    def _means(self, one: Any) -> list[str]:
        """What the right is for, what it lets somebody do, and who wrote it down."""
        voice, mandate = self._voice, one.mandate
        kinds = [voice.say(f"kind.{key}") for key in sorted(mandate.scope & CHOOSABLE)]
        found = [voice.say("acting.matter", what=mandate.matter)] if mandate.matter else []
        if one.standing.state in _TO_END:
            found.append(voice.say("acting.scope", kinds=", ".join(kinds)) if kinds else voice.say("acting.all"))
        if one.chooses and one.standing.state == "active":
            found.append(voice.say("acting.chooses"))
        if mandate.recorded_by:
            found.append(voice.say("acting.shown", who=mandate.recorded_by, words=mandate.evidence))
        return found

    def _court(self, limit: CourtLimit) -> list[QWidget]:
        voice = self._voice
        left = ", ".join(voice.say(f"kind.{key}") for key in sorted(limit.leaves & CHOOSABLE))
        lifted = limit.lifted is not None
        key = "acting.court-was" if lifted else "acting.court" if left else "acting.court-none"
        parts: list[QWidget] = [said(voice, key, name=limit.user, kinds=left, words=limit.order)]
        if lifted:
            parts.append(said(voice, "acting.court-over", "secondary", day=voice.day(limit.lifted)))
            if limit.why:
                parts.append(said(voice, "acting.court-why", "secondary", words=limit.why))
            return parts
        parts.append(said(voice, "acting.court-time", "secondary", day=voice.day(limit.starts)))
        if limit.ends is not None:
            parts.append(said(voice, "acting.court-end", "secondary", day=voice.day(limit.ends)))
        return parts

    def _deciding(self, about: Circumstances) -> list[QWidget]:
        """The newest of what was found about each decision, and of a child's competence."""
        newest = {one.matter: one for one in sorted(about.capacity, key=lambda one: one.on)}
        parts = [part for one in newest.values() for part in self._capacity(one)]
        if about.competence:
            parts += self._competence(about.competence[-1])
        if not parts:
            return []
        title = Text(self._voice.say("deciding.title"), "heading")
        return [rule(), title, *parts, said(self._voice, "deciding.wrong", "secondary")]

    def _capacity(self, one: Capacity) -> list[QWidget]:
        voice = self._voice
        what = one.matter or voice.say("deciding.record")
        key = "deciding.can" if one.capable else "deciding.can-not"
        parts: list[QWidget] = [said(voice, key, what=what, who=_who(one), day=voice.day(one.on))]
        if one.until is not None:
            parts.append(said(voice, "deciding.until", "secondary", day=voice.day(one.until)))
        return parts

    def _competence(self, one: Competence) -> list[QWidget]:
        voice = self._voice
        key = "deciding.child-can" if one.competent else "deciding.child-can-not"
        parts: list[QWidget] = [said(voice, key, who=_who(one), day=voice.day(one.on))]
        if one.refuses:
            parts.append(said(voice, "deciding.refuses", name=", ".join(sorted(one.refuses))))
        return parts

    def _end(self, mandate: str) -> None:
        self._desk.end_acting(mandate, self.start, self.wrong)

    def save(self) -> None:
        """There is nothing to save here."""


def _who(one: Capacity | Competence) -> str:
    return f"{one.by} ({role(one.role)})"
