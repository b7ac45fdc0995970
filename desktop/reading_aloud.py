"""Reading words aloud where the computer has a voice: Qt's own speech module where it is installed, else nothing.

The module is part of PySide6-Addons, which the product does not ship; a screen reader reads every screen as well.
"""

from __future__ import annotations

import importlib
from typing import Any


class Reader:
    """A voice, or none (`available` is False)."""

    def __init__(self) -> None:
        self._speech: Any = None
        try:
            module = importlib.import_module("PySide6.QtTextToSpeech")
            engines = [name for name in module.QTextToSpeech.availableEngines() if name != "mock"]
            if engines:
                speech = module.QTextToSpeech(engines[0])
                self._speech = speech if speech.availableVoices() else None
        except (ImportError, RuntimeError, AttributeError):
            self._speech = None

    @property
    def available(self) -> bool:
        """Whether there is a voice."""
        return self._speech is not None

    def say(self, words: str) -> None:
        """Read; what was being read stops."""
        if self._speech is not None:
            self._speech.stop()
            self._speech.say(words)

    def stop(self) -> None:
        """Be silent."""
        if self._speech is not None:
            self._speech.stop()
