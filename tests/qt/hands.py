"""The hands of a worker on the demonstration: keys and clicks, counted."""

from __future__ import annotations

from conftest import Driver, words_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.demo.run import Demonstration
from desktop.widgets.picker import Picker
from desktop.widgets.table import RecordTable
from desktop.widgets.tree import ParagraphTree


class Hands(Driver):
    """Keys and clicks, counted from the moment that something is typed into the search box."""

    count = 0

    def enter(self, demonstration: Demonstration, role: str) -> None:
        user = next(user for user in demonstration.users if user.role == role)
        self.sign_in(user.name, user.passphrase)

    def find(self, words: str) -> None:
        view = self.window.find_view
        self.qtbot.keyClicks(view.query, words)
        self.qtbot.waitUntil(lambda: view.model.rowCount() > 0 and not self.window.session.jobs.busy(), timeout=20_000)
        view._ask()
        self.settle()
        self.count = 0

    def key(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        self.count += 1
        self.qtbot.keyClick(widget or self.window, key)
        self.settle()

    def open_found(self) -> None:
        """Enter takes the first found, Enter again gives the usual reason."""
        self.key(Qt.Key.Key_Return, self.window.find_view.query)
        self.key(Qt.Key.Key_Return, self.window.dialogs()[-1])
        assert self.window.person is not None

    def go(self, page: str) -> None:
        """A click on a line of the navigation."""
        assert self.window.person is not None
        navigation = self.window.person.navigation
        row = navigation.pages.row_of(page)
        assert row >= 0, f"{page} has no line"
        index = navigation.pages.index(row)
        navigation.scrollTo(index)
        self.count += 1
        place: QPoint = navigation.visualRect(index).center()
        self.qtbot.mouseClick(navigation.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.settle()
        assert self.window.person.page == page

    def find_inside(self, words: str) -> None:
        """Ctrl+F, and words typed that are not counted."""
        self._pick(Qt.Key.Key_F, words)

    def go_by_name(self, words: str) -> None:
        """Ctrl+K, a part of a page's name typed that is not counted, Enter."""
        self.key(Qt.Key.Key_Return, self._pick(Qt.Key.Key_K, words).field)

    def _pick(self, key: Qt.Key, words: str) -> Picker:
        self.count += 1
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)
        self.qtbot.keyClick(self.window, key, Qt.KeyboardModifier.ControlModifier)
        self.settle()
        picker = self.window.dialogs()[-1]
        assert isinstance(picker, Picker)
        self.qtbot.keyClicks(picker.field, words)
        self.settle()
        return picker

    def press(self, words: str) -> None:
        """A click on the first line or button that says these words; to scroll to it counts too."""
        found = next(
            child
            for child in self.window.findChildren(QAbstractButton)
            if child.isVisible() and words in words_of(child)
        )
        self.count += 1 if _whole(found) else 2
        found.click()
        self.settle()

    def in_sight(self) -> str:
        """What stands whole within the window now, without turning a page or scrolling a line."""
        said = [words_of(one) for one in self.window.findChildren(QWidget) if _whole(one)]
        for tree in self.window.findChildren(ParagraphTree):
            within = tree.viewport().visibleRegion().boundingRect()
            said += [str(index.data()) for index in tree.indexes() if within.contains(tree.visualRect(index))]
        for table in self.window.findChildren(RecordTable):
            within = table.viewport().visibleRegion().boundingRect()
            rows = (table.model().index(row, table.host) for row in range(table.model().rowCount()))
            said += [table.row_text(index) for index in rows if within.contains(table.visualRect(index))]
        for picker in self.window.findChildren(Picker):
            within = picker.list.viewport().visibleRegion().boundingRect()
            for row, pick in enumerate(picker.rows.rows):
                if within.contains(picker.list.visualRect(picker.rows.index(row, 0))):
                    said.append(pick.text)
        return "\n".join(said).replace("\u200b", "")

    def seen(self) -> str:
        said = [self.texts()]
        for tree in self.window.findChildren(ParagraphTree):
            if tree.isVisible():
                said += [str(index.data()) for index in tree.indexes()]
        for picker in self.window.findChildren(Picker):
            if picker.isVisible():
                said += [pick.text for pick in picker.rows.rows]
        return "\n".join(said).replace("\u200b", "")


def _whole(widget: QWidget) -> bool:
    """Whether nothing of a widget is scrolled away or beyond the window."""
    return widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()
