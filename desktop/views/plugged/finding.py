"""Find in the record (Ctrl+F) and the palette of everything that can be done (Ctrl+K)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget
from rapidfuzz import fuzz, process, utils

from desktop.models.entries import detail_text, when_text
from desktop.models.finding import Finder, pieces
from desktop.models.tongue import ours
from desktop.models.words import plural
from desktop.views.plugs import CommandKind, Shell, plugged
from desktop.widgets.picker import Pick, Picker

_LEAST = 72
_LONGEST = 110


def _tr(text: str) -> str:
    return QCoreApplication.translate("Finding", text)


def find_in_record(shell: Shell) -> None:
    """Open the finder over the record that is open."""
    story = shell.story()
    if story is None:
        return
    ready: list[Finder] = []

    def answer(text: str) -> list[Pick]:
        made: list[Pick] = []
        for found in ready[0].find(text) if ready else ():
            entry = found.item.entry
            title = tuple(pieces(entry.title, found.words))
            more = detail_text(entry).replace("\n", " ")
            if not any(hit for _, hit in title):
                more = _around(entry_words(more, entry.fields), found.words)
            under = " · ".join(part for part in (story.section_of(entry), entry.source.name, _short(more)) if part)
            made.append(Pick(entry.entry_id, title, tuple(pieces(under, found.words)), when_text(entry)))
        return made

    def said(text: str, count: int) -> str:
        return plural(count, "entry", "entries") + _tr(". Enter opens, Esc closes.") if count else _tr("Esc closes.")

    def nothing(text: str) -> tuple[str, str]:
        if not ready:
            return _tr("Getting ready…"), ""
        if not text.strip():
            return (
                _tr("Find anything that is shown to you"),
                _tr(
                    "Words in any order: leg ulcer\nShort forms: BP, HbA1c, TTO\nA year or a month: 2019, Nov 2026\n"
                    "A code, a service or a name as it is written"
                ),
            )
        words = _tr("Nothing that is shown to you has these words. There may be more that is not shown.")
        if any(section.state == "failed" for section in story.record.sections.values()):
            words += " " + _tr("Some parts of this record could not be read.")
        return _tr("Nothing found"), words

    picker = Picker(
        _tr("Find in this record"),
        _tr("for example: BP, allergy, fell, 2019"),
        answer,
        said,
        nothing,
        shell.open_entry,
        _widget(shell),
    )
    picker.finished.connect(lambda _code: ready.clear())
    shell.show_dialog(picker)
    picker.field.setFocus()

    def shown() -> list[object]:
        return list(getattr(shell, "dialogs", list)())

    def done(finder: Finder) -> None:
        if picker in shown():
            ready.append(finder)
            picker.again()

    # A long record takes a moment to prepare, and the window must not wait for it.
    shell.session.jobs.start(lambda _job: Finder(story), done, lambda _error: None)


def entry_words(more: str, fields: tuple[object, ...]) -> str:
    """The detail of an entry and its labelled lines, as one line."""
    lines = [f"{getattr(one, 'label', '')}: {getattr(one, 'value', '')}" for one in fields]
    return " · ".join(part.replace("\n", " ") for part in (more, *lines) if part)


def _around(text: str, words: tuple[str, ...]) -> str:
    """The stretch of a text around the first word that matched."""
    plain = text.casefold()
    at = min((found for word in words if (found := plain.find(word)) >= 0), default=0)
    start = max(0, at - 40)
    return ("…" if start else "") + _short(text[start:])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def palette(shell: Shell) -> None:
    """Open the list of everything that can be done now, and of every page of the record."""
    widget = _widget(shell)
    actions: dict[str, QAction] = {}
    names: dict[str, tuple[str, str]] = {}
    for number, action in enumerate(widget.actions() if widget is not None else ()):
        words = action.text().replace("&", "")
        if words and action.isEnabled() and action.isVisible():
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            actions[f"action {number}"] = action
            names[f"action {number}"] = (words, keys)
    story = shell.story()
    if story is not None:
        for row in story.navigation(everything=True):
            if row.page:
                section = story.record.sections.get(row.page)
                name = row.name if section is None else ours(section.section.name)
                names[f"page {row.page}"] = (_tr("Go to {name}").format(name=name), "")
        for kind in plugged().pages:
            if f"page {kind.key}" not in names and kind.shown(story):
                name = QCoreApplication.translate("Plugged", kind.name)
                names[f"page {kind.key}"] = (_tr("Go to {name}").format(name=name), "")
    searched = {key: words.removeprefix(_tr("Go to {name}").format(name="")) for key, (words, _) in names.items()}

    def answer(text: str) -> list[Pick]:
        plain = text.strip()
        if not plain:
            return [Pick(key, ((words, False),), (), keys) for key, (words, keys) in names.items()]
        parts = tuple(word for word in plain.casefold().split() if word)
        return [Pick(key, tuple(pieces(names[key][0], parts)), (), names[key][1]) for key in ranked(plain, searched)]

    def said(text: str, count: int) -> str:
        return _tr("Enter does it, Esc closes.") if count else _tr("Esc closes.")

    def nothing(_text: str) -> tuple[str, str]:
        return _tr("Nothing here is called that."), _tr("Try another word, for example: print, medicines, lock")

    def do(key: str) -> None:
        if key in actions:
            actions[key].trigger()
        else:
            shell.open_page(key.removeprefix("page "))

    picker = Picker(_tr("Do something"), _tr("for example: print, medicines, lock"), answer, said, nothing, do, widget)
    shell.show_dialog(picker)
    picker.field.setFocus()


def ranked(asked: str, names: dict[str, str], most: int = 14) -> list[str]:
    """Keys of the names that fit what was typed: those with words that begin so, then those that hold it, then those
    that are nearly spelt so."""
    words = asked.casefold().split()
    begins, holds = [], []
    for key, name in names.items():
        plain = name.casefold()
        if all(f" {word}" in f" {plain}" for word in words):
            begins.append(key)
        elif all(word in plain for word in words):
            holds.append(key)
    rest = {key: name for key, name in names.items() if key not in begins and key not in holds}
    begins.sort(key=lambda key: (names[key].casefold().find(words[0]), len(names[key])))
    near = process.extract(
        asked, rest, scorer=fuzz.WRatio, processor=utils.default_process, limit=most, score_cutoff=_LEAST
    )
    return [*begins, *holds, *(key for _, _, key in near)][:most]


def _widget(shell: Shell) -> QWidget | None:
    return shell if isinstance(shell, QWidget) else None


COMMANDS = (
    CommandKind("find-in-record", "Find in this record…", find_in_record, "Ctrl+F", "record", 10),
    CommandKind("palette", "Everything one can do…", palette, "Ctrl+K", "user", 12),
)
