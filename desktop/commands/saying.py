"""How commands speak: words for people and, with `--json`, exactly one JSON document on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape as without_markup
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from desktop.show_text import harmless

out = Console(highlight=False, emoji=False)  # a record's ":a:" is no picture
err = Console(stderr=True, highlight=False, emoji=False)


def escape(text: str) -> str:
    """Text from outside as rich may print it: with no markup and no terminal commands in it."""
    return without_markup(harmless(text))


def say(sentence: str) -> None:
    """One sentence on standard output, whatever is in it."""
    out.print(escape(sentence), soft_wrap=True)


def print_json(value: Any) -> None:
    """Exactly one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False) + "\n")
    sys.stdout.flush()


def columns(*names: str) -> Table:
    """A table in which nothing is ever cut off: what is too wide goes on below."""
    return Table(*(Column(name, overflow="fold") for name in names), box=None)


@contextmanager
def progress_bar(json_output: bool) -> Iterator[Any]:
    """A progress callback: a bar on a terminal, silence otherwise."""
    if json_output or not err.is_terminal:
        yield lambda what, done, total: None
        return
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=escape(what), completed=done, total=total or None)


def never() -> bool:
    """Nobody cancels on the command line but with Ctrl+C."""
    return False
