"""One person: the banner on top, the navigation on the left, one page at a time, and details beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from consent.disclosure import DisclosedRecord
from desktop.models.chronicle import Filters
from desktop.models.story import NavigationRow, Story
from desktop.theme.tokens import look
from desktop.views.detail import Detail
from desktop.views.overview import Overview
from desktop.views.plugs import Page, PageKind, Shell, Strip, plugged
from desktop.views.section import WIDEST, SectionView
from desktop.views.sources import Sources
from desktop.views.timeline import Timeline
from desktop.widgets.banner import PersonBanner
from desktop.widgets.focus import follow
from desktop.widgets.leaving import let_go
from desktop.widgets.navigation import Navigation
from desktop.widgets.pieces import Pieces
from desktop.widgets.text import button, rule
from fhir.entries import EntryId

_AS_WIDE_AS_CAN_BE = frozenset({"timeline"})
"""Pages that more room shows more of."""


class PersonView(QWidget):
    """Shows one `DisclosedRecord`; made for one person and thrown away with them.

    Open a page once the view stands where it is shown: what is laid out at its final size is laid out once.
    """

    wants_original = Signal(str)
    wants_nights = Signal()
    copied = Signal(str)
    lists_everything = Signal(bool)
    grouped = Signal(str, str)

    def __init__(
        self,
        record: DisclosedRecord,
        shell: Shell,
        *,
        everything: bool = False,
        grouping: Callable[[str], str] = lambda _section: "",
        alike: int = 0,
    ) -> None:
        """`alike` says how many others here may be the same person."""
        super().__init__()
        self.setProperty("role", "page")
        self.story = Story(record)
        self._shell = shell
        self._everything, self._grouping, self._alike = everything, grouping, alike
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._column = column
        self._all_alerts = False
        self._first = QWidget(self)  # never shown: it keeps the banner's place in the order of Tab
        self._first.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._first.hide()
        self._make_banner(brief=False)
        self._strips: list[Strip] = []
        for kind in plugged().strips:
            strip = kind.make(shell)
            column.addWidget(strip)
            strip.show_story(self.story)
            self._strips.append(strip)
        self._row = row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        column.addLayout(row, 1)
        row.addWidget(self._side())
        self.pages = QStackedWidget()
        row.addWidget(self.pages, 1)
        self._beside = QVBoxLayout()
        self._beside.setContentsMargins(0, 0, 0, 0)
        row.addLayout(self._beside)
        self._made: list[Page | Detail] = []
        self._plugged: dict[str, Page] = {}
        self._filled: dict[Page, str] = {}
        self._opening = Pieces(self)
        self.page = ""
        self._list_pages()

    # Pages are made when they are first opened, so that the first paint waits for the overview alone.

    @cached_property
    def overview(self) -> Overview:
        """The cards."""
        made = Overview()
        made.wants_nights.connect(self.wants_nights)
        self._add_page(made)
        return made

    @cached_property
    def timeline(self) -> Timeline:
        """Everything dated."""
        made = Timeline(self._shell, self.pages)
        self._add_page(made)
        return made

    @cached_property
    def section(self) -> SectionView:
        """The page of whichever section is open and has no page of its own."""
        made = SectionView(self._grouping, self.pages)
        made.grouped.connect(self.grouped)
        self._add_page(made)
        return made

    @cached_property
    def sources(self) -> Sources:
        """Where the record comes from."""
        made = Sources()
        self._add_page(made)
        return made

    @cached_property
    def detail(self) -> Detail:
        """The details of one entry."""
        made = Detail(self._shell)
        made.hide()
        made.opened.connect(self.open_entry)
        made.wants_original.connect(self.wants_original)
        made.closed.connect(self.back)
        self._beside.addWidget(made)
        self._made.append(made)
        return made

    def _add_page(self, page: Page) -> None:
        self.pages.addWidget(page)
        page.opened.connect(self.open_entry)
        page.page.connect(self.open_page)
        page.copied.connect(self.copied)
        self._made.append(page)

    def _page(self, key: str) -> Page:
        """The page of a key, made now if it was not opened before."""
        if key in ("overview", "timeline", "sources"):
            own: Page = getattr(self, key)
            return own
        kind = plugged().page(key)
        if kind is None:
            return self.section
        if key not in self._plugged:
            self._plugged[key] = kind.make(self._shell)
            self._add_page(self._plugged[key])
        return self._plugged[key]

    def _shows_detail(self) -> bool:
        return any(isinstance(made, Detail) and made.isVisibleTo(self) for made in self._made)

    def _make_banner(self, *, brief: bool) -> None:
        self.banner = self._banner(brief=brief)
        self.banner.opened.connect(self.open_entry)
        self.banner.wants_all.connect(self._show_all_alerts)
        self._column.insertWidget(0, self.banner)

    def _banner(self, *, brief: bool) -> PersonBanner:
        return PersonBanner(self.story.record.banner, self.story.today, brief=brief, alike=self._alike)

    def _change_banner(self, *, brief: bool) -> None:
        let_go(self.banner)
        self._make_banner(brief=brief)
        follow(self._first, self.banner)  # else Tab would come to it last

    def _show_all_alerts(self) -> None:
        if self.banner.brief:
            self._all_alerts = True
            self._change_banner(brief=False)

    def _fit_banner(self) -> None:
        """Say less in the banner where all of it would take more than half of the window; one press shows the rest."""
        if not self.banner.brief and not self._all_alerts and self.height() > 0:
            if self.banner.heightForWidth(self.width()) > self.height() * 0.42:
                self._change_banner(brief=True)
        elif self.banner.brief:
            full = self._banner(brief=False)
            fits = full.heightForWidth(self.width()) <= self.height() * 0.42
            full.deleteLater()
            if fits:
                self._change_banner(brief=False)

    def _side(self) -> QFrame:
        made = QFrame()
        made.setProperty("role", "side")
        gap = look().gap
        column = QVBoxLayout(made)
        column.setContentsMargins(0, gap(8), 0, gap(6))
        column.setSpacing(gap(2))
        self.navigation = Navigation()
        self.navigation.chosen.connect(self._go)
        column.addWidget(self.navigation, 1)
        self.more: QPushButton = button("", "quiet", self._choose_everything)
        column.addWidget(rule())
        more = QHBoxLayout()
        more.setContentsMargins(gap(10), 0, gap(10), 0)
        more.addWidget(self.more)
        column.addLayout(more)
        self._side_frame = made
        return made

    def _go(self, page: str) -> None:
        """What the navigation asks for: a page that was never open is made in this turn and filled in the next."""
        before = len(self._made)
        self._page(page)
        if len(self._made) == before:
            self.open_page(page)
        else:
            self._opening.build([lambda: self.open_page(page)])

    def open_page(self, page: str) -> None:
        """Show overview, timeline, sources, a plugged page or a section by its key."""
        self._opening.stop()
        if page == self.page:
            return
        shown = self._page(page)
        self._bring(shown)
        if self._filled.get(shown) != page:  # what was filled once stays as it was left
            shown.show_story(self.story, page)
            self._filled[shown] = page
        self.page = page
        if self.navigation.pages.row_of(page) < 0:
            self._toggle_everything()
        self.navigation.choose(page)
        self.close_detail()
        self._arrange()

    def listed(self) -> Filters | None:
        """What the page in front lists, where it is a list of dated entries."""
        current = self.pages.currentWidget()
        return current.listed() if isinstance(current, Page) else None

    def _bring(self, page: QWidget) -> None:
        """Put a page in front and give it its place before it is filled, so that it is laid out once."""
        self.pages.setCurrentWidget(page)
        for part in (self.parentWidget(), self, self.pages):
            layout = part.layout() if part is not None else None
            if layout is not None:
                layout.activate()

    def open_entry(self, entry_id: str) -> None:
        """Show the details of a released entry; anything else is ignored."""
        try:
            item = self.story.entry(EntryId(entry_id))
        except KeyError:
            return
        self.detail.show_entry(item, self.story)
        self.detail.show()
        self._arrange()

    def close_detail(self) -> None:
        """Put the details away."""
        if self._shows_detail():
            self.detail.hide()
            self.detail.clear()
            self._arrange()

    def back(self) -> bool:
        """One step back: details first, then the overview; False when there is nowhere to go."""
        if self._shows_detail():
            self.close_detail()
            current = self.pages.currentWidget()
            if isinstance(current, Page):
                current.take_focus()
            return True
        if self.page != "overview":
            self.open_page("overview")
            self.navigation.setFocus()
            return True
        return False

    def open_numbered(self, number: int) -> None:
        """Open the page at a place in the navigation, counted from 1."""
        pages = self.navigation.pages.pages()
        if 0 < number <= len(pages):
            self.open_page(pages[number - 1])

    def clear(self) -> None:
        """Forget the person everywhere in this view."""
        self._opening.stop()
        for part in (*self._made, *self._strips):
            part.clear()
            let_go(part)
        self.navigation.pages.clear()
        let_go(self.banner)
        del self.story

    def _choose_everything(self) -> None:
        self._toggle_everything()
        self.lists_everything.emit(self._everything)

    def _toggle_everything(self) -> None:
        self._everything = not self._everything
        self._list_pages()
        self.navigation.choose(self.page)

    def _list_pages(self) -> None:
        more = [
            (kind.group, _row(kind, self.story))
            for kind in plugged().pages
            if kind.key not in self.story.record.sections and (self._everything or kind.shown(self.story))
        ]
        self.navigation.pages.show(self.story.navigation(everything=self._everything, more=more))
        words = self.tr("Fewer parts") if self._everything else self.tr("All parts of the record")
        self.more.setText(words)
        self.more.setAccessibleName(words)
        self.navigation.fit()

    def _arrange(self) -> None:
        px = look().px
        self._side_frame.setFixedWidth(min(px(224), self.width() // 3))
        room = self.width() - self._side_frame.width()
        beside = room >= px(900)
        shown = self._shows_detail()
        widest = room if self.page in _AS_WIDE_AS_CAN_BE else px(WIDEST) + (px(400) if shown else 0)
        self._row.setContentsMargins(0, 0, max(room - widest, 0), 0)
        self.pages.setVisible(not shown or beside)
        if shown:
            self.detail.setMinimumWidth(px(360) if beside else 0)
            self.detail.setMaximumWidth(px(400) if beside else 16777215)
        self._beside.setContentsMargins(
            0 if beside else px(16), px(14) if shown else 0, px(16) if shown else 0, px(16) if shown else 0
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_banner()
        self._arrange()


def _row(kind: PageKind, story: Story) -> NavigationRow:
    return NavigationRow(kind.key, QCoreApplication.translate("Plugged", kind.name), kind.count(story))
