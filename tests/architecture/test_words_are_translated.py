"""Every word for people in views, widgets, dialogs and models can be translated: none is shown as a bare literal.

Found in the syntax tree: literals that read like words, and are in no call that translates them or marks them for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DESKTOP = Path(__file__).parents[2] / "desktop"
ROOMS = ("views", "widgets", "dialogs", "models")
WORDS = re.compile(r"[A-Za-z]{2,}.*\s+[A-Za-z]|^[A-Z][a-z]+")
KEYS = re.compile(r"^((Ctrl|Alt|Shift)\+.*|PgUp|PgDown|Esc|Del|F\d+)$")
SAID = frozenset({"tr", "ours", "_tr", "_words", "translate", "later", "Said", "plural", "say", "_say", "_counted"})
"""Calls that translate, mark for it, or (`say`) look words up in a table of sentences."""
NAMED = frozenset({"PageKind", "StripKind", "ActionKind", "ScreenKind", "CommandKind"})
"""What is plugged in: its name is translated by whoever lists it (`desktop.views.plugs`)."""
NO_WORDS = frozenset(
    {"setProperty", "setStyleSheet", "compile", "cast", "TypeVar", "strftime", "toString", "startswith"}
)

LOOKED_UP = {
    "desktop/models/circle.py": {"Role", "Relationship", "Telephone", "Email", "Phone"},
    "desktop/models/entries.py": {"differ on ", "Address", "Telephone", "Text message"},
    "desktop/models/measures.py": {"within range"},
    "desktop/models/story.py": {"Address"},
    "desktop/models/medicines.py": {
        "Prescribed by", "Why stopped", "Reason stopped", "Given: ", "Not given: ", "Not known whether given: ",
    },
    "desktop/models/support.py": {
        "With", "Provided by", "Social care visits", "Social care delivery mechanism", "Social care funding",
        "Activity", "Authored on", "Paid by", "Cost of a week", "Frequency", "Unit cost", "Planned units a week",
        "in progress", "per week", "per hour",
    },
    "desktop/views/plugged/adding.py": {"Added by"},
    "desktop/views/plugged/conflicts.py": {"Address", "NHS number", "Date of birth", "Died", "Deceased"},
    "desktop/views/plugged/medicines.py": {
        "Reason", "Why not", "Reason not given", "Status reason", "Outcome", "Why stopped", "Reason stopped",
    },
    "desktop/views/plugged/reading.py": {"DocumentReference", "Binary", "Composition", "Media", "DiagnosticReport"},
    "desktop/views/plugged/support.py": {"Appointment: ", "Cost of "},
}  # fmt: skip
"""Labels and beginnings that are looked for in a record, and FHIR's own names: never shown by these modules."""
WRITTEN = {
    "desktop/views/plugged/desk.py": {"handed over"},
    "desktop/models/contributions.py": {
        "Communication", "Observation", "QuestionnaireResponse", "Task", "Note", "Vital Signs",
    },
    "desktop/models/results.py": {"Assessments and reviews", "Reports", "Scores", "Survey", "Other results"},
    "desktop/models/asked.py": {"Task", "Communication"},
    "desktop/models/tongue.py": {"PySide6.QtCore", "Record"},
    "desktop/models/board.py": {"Begun", "Board", "Cell", "NotPlain", "Until"},
    "desktop/views/my_take.py": {"My record.pdf", "My record.json", "My choices.json"},
    "desktop/views/my_writing.py": {"my words", "joined up"},
}  # fmt: skip
"""What goes into a record, a table of data or a file's name, in the language of the record."""
OURS = frozenset({"OneStory", "OneStory: "})


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (DESKTOP / room).rglob("*.py"))


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each literal that reads like words and is translated by nobody."""
    tree = ast.parse(path.read_text("utf-8"))
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        words = node.value
        if WORDS.search(words) and not KEYS.match(words) and words not in OURS and not _beneath(node, above):
            yield node.lineno, words


def _beneath(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal is no word for people where it stands, or is translated there."""
    below, here = node, above.get(node)
    if isinstance(here, ast.Expr):
        return True  # a docstring
    while here is not None:
        if isinstance(here, ast.Call) and _name(here.func) in SAID | NAMED | NO_WORDS:
            return True
        if isinstance(here, ast.Raise) or (isinstance(here, ast.Subscript) and below is here.slice):
            return True
        if isinstance(here, ast.AnnAssign | ast.arg) and below is here.annotation:
            return True
        if isinstance(here, ast.FunctionDef) and below is here.returns:
            return True
        below, here = here, above.get(here)
    return False


def _name(call: ast.expr) -> str:
    return call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""


def excused(path: Path) -> set[str]:
    name = path.relative_to(DESKTOP.parent).as_posix()
    return LOOKED_UP.get(name, set()) | WRITTEN.get(name, set())


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(DESKTOP).as_posix())
def test_no_words_for_people_are_left_out(path: Path) -> None:
    found = [(line, words) for line, words in literals(path) if words not in excused(path)]
    assert found == []


def test_nothing_is_excused_that_is_not_there() -> None:
    for name in {*LOOKED_UP, *WRITTEN}:
        path = DESKTOP.parent / name
        assert excused(path) <= {words for _line, words in literals(path)}, name


def test_a_word_that_is_shown_as_it_is_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "shown.py"
    path.write_text(
        '"""A docstring of words."""\n'
        "def show(label):\n"
        '    label.setText("None recorded here")\n'
        '    label.setText(tr("None recorded here"))\n'
        '    label.setText(f"Seen on {day} by somebody")\n'
        '    label.setToolTip("Closed")\n'
        '    label.setProperty("role", "Some role")\n'
    )
    found = sorted(words for _line, words in literals(path))
    assert found == [" by somebody", "Closed", "None recorded here", "Seen on "]
