"""Putting a backup back: from the screen of backups, or from signing in where no vault opens, as on a new computer."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.dialogs.keys import Form
from desktop.dialogs.restoring import RestoringDialog
from desktop.models.words import day, plural
from desktop.reports import RestoreDone
from desktop.views.plugs import Shell
from desktop.widgets.text import Text, notice


def _tr(text: str) -> str:
    return QCoreApplication.translate("Backups", text)


class RestoreDialog(Form):
    """Asks for name and passphrase of the time of the backup, and says what putting it back means."""

    def __init__(self, file: Path, user: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Put this backup back?"), _tr("Put it back"), parent)
        self.body.addWidget(Text(file.name, "lead"))
        means = _tr(
            "The vault is replaced by the backup. What it holds now is kept beside it, and you are told what in"
            " it is newer: choices made since, records, users. Everyone has to sign in again."
        )
        anew = _tr(
            "No vault opens here: the backup is put in its place. What is there is kept beside it. Names and"
            " passphrases are those of the time of the backup."
        )
        self.body.addWidget(notice(means if user else anew, "warning"))
        self.user = self.line(_tr("Your name when it was made"))
        self.passphrase = self.line(_tr("Your passphrase when it was made"), secret=True)
        self.user.setText(user)
        self.passphrase.setFocus()
        self.finish()

    def complete(self) -> bool:
        return bool(self.user.text().strip() and self.passphrase.text())


def ask_which(shell: Shell) -> None:
    """Ask for the file of a backup, then as `ask_restore`."""
    name, _kind = QFileDialog.getOpenFileName(
        _parent(shell), _tr("A backup"), "", _tr("Backups (*.backup);;All files (*)")
    )
    if name:
        ask_restore(shell, Path(name))


def ask_restore(shell: Shell, file: Path) -> None:
    """Ask for name and passphrase, then sign out and put it back."""
    user = shell.session.user
    dialog = RestoreDialog(file, user.name if user else "", _parent(shell))
    dialog.accepted.connect(lambda: _restore(shell, file, dialog.user.text().strip(), dialog.passphrase.text()))
    shell.show_dialog(dialog)


def _restore(shell: Shell, file: Path, name: str, passphrase: str) -> None:
    """Sign out and put it back, with how far it is in front; nobody is signed in meanwhile."""

    def told(words: str) -> None:
        front.accept()
        shell.tell(words)

    def done(answer: RestoreDone) -> None:
        shell.tell(restored_words(answer))  # the window went back to signing in, and its dialogs with it

    job = shell.session.restore(file, name, passphrase, done, told, lambda *far: front.progress(*far))
    front = RestoringDialog(job.cancel, _parent(shell))
    shell.show_dialog(front)


def _parent(shell: Shell) -> QWidget | None:
    return shell if isinstance(shell, QWidget) else None


def restored_words(done: RestoreDone) -> str:
    """What putting a backup back did, and what in the vault it replaced is newer."""
    said = [_tr("The backup of {day} is back in place.").format(day=day(done.made, time=True))]
    if done.replaced is not None:
        said.append(_tr("What it replaced is kept as {file}.").format(file=done.replaced.name))
        if not done.compared:
            said.append(_tr("It could not be read with this passphrase, so what in it is newer is not known."))
        else:
            newer = _tr("Newer there: {imports}, {choices} of choices, {events} of the access log.")
            said.append(
                newer.format(
                    imports=plural(len(done.newer_imports), "import"),
                    choices=plural(done.newer_choices, "change"),
                    events=plural(done.newer_events, "line"),
                )
            )
    if done.newer_choices:
        names = ", ".join(name or _tr("somebody who is not in the backup") for name in done.chose.values())
        asked = _tr("Ask these people to make their choices again before anyone looks at their records: {names}.")
        said.append(asked.format(names=names))
    if done.users_lost:
        said.append(_tr("Added since, and cannot sign in now: {names}.").format(names=", ".join(done.users_lost)))
    if done.users_back:
        said.append(_tr("Removed since, and can sign in again: {names}.").format(names=", ".join(done.users_back)))
    return "\n\n".join(said)
