"""*Take my record*: a copy of all that whoever is here is shown, as pages or for another program; or of the choices."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from desktop.dialogs.place import ask_place
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_writing import WritingPage
from desktop.widgets.layouts import Flow
from desktop.widgets.text import button

FORMS: Final = {"pdf": "My record.pdf", "fhir": "My record.json", "choices": "My choices.json"}


class TakePage(WritingPage):
    """The page."""

    writes = True

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "take.lead")
        flow = Flow(look().gap(8))
        for form in FORMS:
            flow.add(button(voice.say(f"take.{form}"), "primary" if form == "pdf" else "", partial(self._ask, form)))
        self.body.addWidget(flow)

    def _ask(self, form: str) -> None:
        place = ask_place(self, self._voice.say(f"take.{form}"), FORMS[form], f"*{Path(FORMS[form]).suffix}")
        if place is not None:
            self.take(form, place)

    def take(self, form: str, file: Path) -> None:
        """Write the copy to a new file."""
        self._desk.take(form, file, lambda: self.tell(self._voice.say("take.done")), self.wrong)

    def save(self) -> None:
        """There is nothing to save here."""
