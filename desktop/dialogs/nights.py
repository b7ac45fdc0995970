"""How nights at home were counted: the stays taken away, and what is not known."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.reconciliation import NIGHTS_FROM
from desktop.dialogs.frame import Framed
from desktop.models.story import Story
from desktop.models.words import day, plural
from desktop.models.year import nights_words
from desktop.theme.tokens import look
from desktop.widgets.text import Text, rule


class NightsDialog(Framed):
    """The working of one figure, from what is shared with this reader."""

    def __init__(self, story: Story, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("Dialogs", "OneStory: nights at home"), parent)
        nights = story.record.nights_at_home
        column = self.body
        column.addWidget(Text(self.tr("How nights at home are counted"), "title"))
        if not nights.known:
            column.addWidget(
                Text(story.lacking(NIGHTS_FROM, self.tr("Nothing shown to you could say where nights were spent.")))
            )
            self._close()
            return
        words = nights_words(story)
        column.addWidget(
            Text(
                self.tr("{words}, before {until}, from what is shared with you.").format(
                    words=words[:1].upper() + words[1:], until=day(nights.until)
                ),
            )
        )
        for name, when, count in nights.away:
            column.addWidget(rule())
            row = QHBoxLayout()
            left = QVBoxLayout()
            left.addWidget(Text(name, "strong"))
            left.addWidget(Text(when, "secondary"))
            row.addLayout(left, 3)
            row.addWidget(Text(self.tr("{nights} away").format(nights=plural(count, "night"))), 1)
            column.addLayout(row)
        if not nights.away:
            column.addWidget(Text(self.tr("No nights away are recorded in what is shown to you."), "secondary"))
        if nights.unknown:
            column.addWidget(rule())
            column.addWidget(Text(self.tr("Not known, and not counted as away:"), "strong"))
            for words in nights.unknown:
                column.addWidget(Text(words, "secondary"))
        self._close()

    def _close(self) -> None:
        self.body.addWidget(
            Text(
                self.tr("A permanent care home, supported living or a foster placement is home; hospital is away."),
                "secondary",
            )
        )
        self.add_close()
        self.fit(look().px(520))
