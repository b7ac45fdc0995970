"""Dialogs about who may open the vault, and with what: users, organisations, passphrases, the recovery key.

What is secret is typed hidden, given on once and never kept in a widget that stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from desktop.dialogs.frame import Framed
from desktop.dialogs.place import ask_place
from desktop.models.words import role
from desktop.theme.tokens import look
from desktop.widgets.focus import follow
from desktop.widgets.text import Text, button, notice

LEAST = 8
"""Letters of a passphrase."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Keys", text)


class Form(Framed):
    """A title, fields, and a button that can be pressed once `complete` says so. With `recovery` it asks for the
    recovery key too: for whoever does not hold the custodian's office."""

    def __init__(self, title: str, done: str, parent: QWidget | None, *, recovery: bool = False) -> None:
        super().__init__(_tr("OneStory: users and keys"), parent)
        self.setModal(True)
        self.body.addWidget(Text(title, "title"))
        self._cancel = button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel"))
        self.buttons.addWidget(self._cancel)
        self.done_button = button(done, "primary", self.accept)
        self.done_button.setDefault(True)
        self.buttons.addWidget(self.done_button)
        self._recovery = recovery
        self._key: QLineEdit | None = None

    @property
    def recovery_key(self) -> str:
        """What was typed as the recovery key; empty where it was not asked for."""
        return self._key.text().strip() if self._key is not None else ""

    def complete(self) -> bool:
        """Whether all that is needed is there."""
        raise NotImplementedError

    def line(self, name: str, *, secret: bool = False, hint: str = "") -> QLineEdit:
        """Add a field."""
        made = QLineEdit()
        made.setAccessibleName(name)
        made.setPlaceholderText(hint)
        made.setMaxLength(200)
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
        made.textChanged.connect(lambda _text: self.check())
        self.labelled(name, made)
        return made

    def labelled(self, name: str, widget: QWidget) -> None:
        """Add a control with its name above."""
        label = Text(name, "strong")
        label.setBuddy(widget)
        self.body.addWidget(label)
        self.body.addWidget(widget)

    def finish(self, wide: int = 600) -> None:
        """All fields are there."""
        if self._recovery:
            hint = _tr("14 groups of four, as it was printed")
            self._key = self.line(_tr("The recovery key"), secret=True, hint=hint)
        follow(follow(follow(self._area, self._inside), self._cancel), self.done_button)  # Tab: fields, then buttons
        self.check()
        self.fit(look().px(wide))

    def check(self) -> None:
        """Offer the button where all that is needed is there."""
        key = not self._recovery or bool(self.recovery_key)
        self.done_button.setEnabled(key and self.complete())


class AddUser(Form):
    """A new user of the staff or of the privacy office."""

    def __init__(
        self,
        roles: Sequence[str],
        organisations: Sequence[str],
        parent: QWidget | None = None,
        *,
        recovery: bool,
    ) -> None:
        super().__init__(_tr("Add a worker"), _tr("Add them"), parent, recovery=recovery)
        self.name = self.line(_tr("Their name"))
        self.role = QComboBox()
        self.role.setAccessibleName(_tr("What they are"))
        for key in roles:
            self.role.addItem(role(key), key)
        self.labelled(_tr("What they are"), self.role)
        self.organisation = QComboBox()
        self.organisation.setEditable(True)
        self.organisation.addItems(list(organisations))
        self.organisation.setAccessibleName(_tr("Where they work"))
        if (typed := self.organisation.lineEdit()) is not None:
            typed.setAccessibleName(_tr("Where they work"))
        self.organisation.currentTextChanged.connect(lambda _text: self.check())
        self.labelled(_tr("Where they work"), self.organisation)
        self.passphrase = self.line(_tr("A passphrase for them"), secret=True, hint=_tr("8 letters or more"))
        self.again = self.line(_tr("The same passphrase again"), secret=True)
        self.custodian = QCheckBox(_tr("They hold the custodian’s office"))
        self.custodian.setAccessibleName(_tr("They hold the custodian’s office: keys that reach everything"))
        self.body.addWidget(self.custodian)
        words = _tr("When this is done they can read what their role may of all that is stored. It is logged.")
        self.body.addWidget(notice(words))
        self.name.setFocus()
        self.finish()

    def complete(self) -> bool:
        passphrase = self.passphrase.text()
        named = bool(self.name.text().strip() and self.organisation.currentText().strip())
        return named and len(passphrase) >= LEAST and passphrase == self.again.text()


class UseKeyring(Form):
    """Whether this computer's keyring opens the vault for oneself, turned on or off."""

    def __init__(self, parent: QWidget | None = None, *, on: bool) -> None:
        title = _tr("Sign in with this computer’s keyring?") if not on else _tr("The keyring opens this vault for you")
        super().__init__(title, _tr("Turn it off") if on else _tr("Turn it on"), parent)
        words = (
            _tr("When this is off, you sign in with your passphrase alone.")
            if on
            else _tr(
                "You can then sign in without your passphrase, which still works. Whoever uses your account on this"
                " computer while its keyring is unlocked can sign in as you, also when OneStory has locked itself."
            )
        )
        self.body.addWidget(notice(words, "" if on else "warning"))
        self.done_button.setFocus()
        self.finish()

    def complete(self) -> bool:
        return True


class RenewUser(Form):
    """Somebody's passphrase is lost."""

    def __init__(self, name: str, parent: QWidget | None = None, *, recovery: bool) -> None:
        title = _tr("A new passphrase for {name}").format(name=name)
        super().__init__(title, _tr("Give it to them"), parent, recovery=recovery)
        self.passphrase = self.line(_tr("A passphrase for them"), secret=True, hint=_tr("8 letters or more"))
        self.again = self.line(_tr("The same passphrase again"), secret=True)
        words = _tr(
            "They get fresh keys, and read what they could before. What was kept for them alone is gone:"
            " whom they opened lately, and what they had begun to write."
        )
        self.body.addWidget(notice(words, "warning"))
        self.passphrase.setFocus()
        self.finish()

    def complete(self) -> bool:
        passphrase = self.passphrase.text()
        return len(passphrase) >= LEAST and passphrase == self.again.text()


class RemoveUser(Form):
    """Somebody leaves."""

    def __init__(self, name: str, parent: QWidget | None = None, *, office: bool, recovery: bool) -> None:
        super().__init__(_tr("Does {name} leave?").format(name=name), _tr("Remove them"), parent, recovery=recovery)
        self.body.addWidget(
            Text(_tr("Every key they knew changes: nothing that is stored from now on opens for them."))
        )
        self.body.addWidget(notice(_tr("What they had copied before, they still have."), "warning"))
        if office:
            words = _tr("They hold the custodian’s office, so the recovery key changes too: you get the new one first.")
            self.body.addWidget(notice(words, "warning"))
        self.finish()

    def complete(self) -> bool:
        return True


class RenameOrganisation(Form):
    """An organisation has another name."""

    def __init__(self, organisations: Sequence[str], parent: QWidget | None = None, *, recovery: bool) -> None:
        super().__init__(_tr("Rename an organisation"), _tr("Rename it"), parent, recovery=recovery)
        self.before = QComboBox()
        self.before.setAccessibleName(_tr("The name so far"))
        self.before.addItems(list(organisations))
        self.labelled(_tr("The name so far"), self.before)
        self.name = self.line(_tr("The new name"))
        self.body.addWidget(notice(_tr("Choices that name it as before still mean it. Who may see what stays.")))
        self.name.setFocus()
        self.finish()

    def complete(self) -> bool:
        return bool(self.name.text().strip())


class ChangeKeys(Form):
    """Why the keys are to change, before the new recovery key is shown."""

    def __init__(self, parent: QWidget | None = None, *, every: bool, recovery: bool) -> None:
        title = _tr("Change every key?") if every else _tr("A new recovery key?")
        super().__init__(title, _tr("Show me the new key"), parent, recovery=recovery)
        words = _tr(
            "For when the recovery key, or a copy of it, was lost or seen. Everything stored is sealed anew, under new"
            " keys of every team and office. This may take a while."
        )
        if not every:
            words = _tr("The recovery key of now opens this vault no more. All other keys stay.")
        self.body.addWidget(Text(words))
        self.finish()

    def complete(self) -> bool:
        return True


class ChangePassphrase(Form):
    """Whoever is signed in takes another passphrase."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Change your passphrase"), _tr("Change it"), parent)
        self.before = self.line(_tr("Your passphrase now"), secret=True)
        self.new = self.line(_tr("A new passphrase"), secret=True, hint=_tr("8 letters or more"))
        self.again = self.line(_tr("The new passphrase again"), secret=True)
        self.before.setFocus()
        self.finish(520)

    def complete(self) -> bool:
        new = self.new.text()
        return bool(self.before.text()) and len(new) >= LEAST and new == self.again.text()


class NewRecoveryKey(Framed):
    """Shows a new recovery key once, before it is used: going on takes the last group of it, or a file it was saved to.

    `save` writes it to a new file and calls back with nothing, or with what was wrong.
    """

    def __init__(
        self, key: str, save: Callable[[Path, Callable[[str], None]], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(_tr("OneStory: the new recovery key"), parent)
        self.setModal(True)
        self._last, self._save = key.split("-")[-1], save
        self.body.addWidget(Text(_tr("The new recovery key"), "title"))
        self.body.addWidget(
            Text(_tr("Write it down or print it, and keep it locked away. It is shown this once and kept nowhere."))
        )
        groups = key.split("-")
        lines = [" ".join(groups[at : at + 5]) for at in range(0, len(groups), 5)]
        self.shown = Text("\n".join(lines), "key", wrap=False)
        self.shown.setAccessibleName(_tr("Recovery key: {key}").format(key=" ".join(groups)))
        self.shown.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addWidget(self.shown)
        self.body.addWidget(button(_tr("Save it to a file…"), "", self._ask_file))
        self.said = Text("", "secondary")
        self.body.addWidget(self.said)
        name = _tr("Type its last group, to show that you have it")
        label = Text(name, "strong")
        self.last = QLineEdit()
        self.last.setAccessibleName(name)
        label.setBuddy(self.last)
        self.body.addWidget(label)
        self.body.addWidget(self.last)
        self.body.addWidget(notice(_tr("Nothing is changed until you go on. The key of before then opens nothing.")))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        self.done_button = button(_tr("I have it: go on"), "primary", self.accept)
        self.done_button.setEnabled(False)
        self.buttons.addWidget(self.done_button)
        self.last.textChanged.connect(lambda text: self._have(text.strip().upper() == self._last))
        self.finished.connect(lambda _code: self.forget())
        self.fit(look().px(620))

    def forget(self) -> None:
        """The key stays in no widget."""
        self.shown.setText("")
        self.shown.setAccessibleName("")
        self._last = ""
        self.last.clear()

    def _have(self, has: bool) -> None:
        self.done_button.setEnabled(has and bool(self._last))

    def _ask_file(self) -> None:
        place = ask_place(self, _tr("Save the recovery key"), "recovery-key.txt")
        if place is not None:
            self.save_to(place)

    def save_to(self, file: Path) -> None:
        """Save the key to a new file."""

        def saved(wrong: str) -> None:
            self.said.setText(wrong or _tr("Saved. Print it, lock it away, and delete the file."))
            if not wrong:
                self._have(True)

        self._save(file, saved)
