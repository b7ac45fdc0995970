"""Nights at home: every night of the last year as a picture, the stays counted, and what is not known."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.reconciliation import NIGHTS_FROM
from desktop.models.story import Story
from desktop.models.words import day, plural
from desktop.models.year import nights_words
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.text import Card, Text, rule
from desktop.widgets.year_grid import YearGrid


class Nights(ScrollingPage):
    """The year by night."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("Nights", "Nights at home"))

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap = look().gap
        nights = story.record.nights_at_home
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Nights at home"), "title"))
        if not nights.known:
            card = Card(story.lacking_title(NIGHTS_FROM, self.tr("Not known")))
            none = self.tr("Nothing shown to you could say where nights were spent, so none are counted.")
            card.say(story.lacking(NIGHTS_FROM, none))
            column.addWidget(card)
        else:
            words = nights_words(story)
            words = words[:1].upper() + words[1:]
            card = Card(words, self.tr("before {day}, from what is shared with you").format(day=day(nights.until)))
            if nights.by_night:
                card.add(YearGrid(nights.by_night, date.fromisoformat(nights.until), words))
                card.say(self.tr("Pale: at home. Filled: away. Struck through: not known."))
            column.addWidget(card)
            column.addWidget(self._away(story))
            if nights.unknown:
                column.addWidget(self._unknown(story))
        column.addWidget(
            Text(
                self.tr(
                    "A permanent care home, supported living or a foster placement is home. Hospital, respite and short"
                    " stays are away. Stays that overlap, or that several sources report, count once."
                ),
                "secondary",
            )
        )
        column.addStretch(1)
        self.put(inside)

    def _away(self, story: Story) -> Card:
        nights = story.record.nights_at_home
        away = nights.nights - nights.home
        card = Card(self.tr("Away"), plural(away, "night"))
        gap = look().gap
        for number, (name, when, count) in enumerate(nights.away):
            if number:
                card.add(rule())
            row = QHBoxLayout()
            row.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
            left = QVBoxLayout()
            left.addWidget(Text(name, "strong"))
            left.addWidget(Text(when, "secondary"))
            row.addLayout(left, 3)
            row.addWidget(Text(plural(count, "night"), "body", wrap=False), 0, Qt.AlignmentFlag.AlignRight)
            card.body.addLayout(row)
        if not nights.away:
            card.say(self.tr("No nights away are recorded in what is shown to you."))
        return card

    def _unknown(self, story: Story) -> Card:
        card = Card(self.tr("Not known, and not counted as away"))
        for words in story.record.nights_at_home.unknown:
            card.say(words)
        return card


PAGES = (PageKind("nights", "Nights at home", "care", Nights, order=41),)
