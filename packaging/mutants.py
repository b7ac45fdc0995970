"""Change the deciding code one small thing at a time and see that a test breaks: `mutmut` over the named files.

    python packaging/mutants.py [consent/decision.py …] [name of a mutant, which may hold * …]

Needs `mutmut` (3.8), which is no dependency of the project, and `pytest` 9.0 or older, whose insides it reads: install
both into an environment that has the project's own.
Works in a copy (`build/mutants`). Of mutmut's changes those of sentences are left out, and those of what a step of a
trace says: they tell, they do not decide. What survived, and why, stands in docs/mutants.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutants"
FILES = (
    "decision", "need_to_know", "limits", "provision", "precedence", "redaction", "gate", "authority", "overruling",
    "states", "overrides", "choices", "standing", "matching", "persons_choices", "emergencies", "emergency_keys",
    "consent_versions",
)  # fmt: skip
TESTS = (
    "acting", "authority", "banner_lines", "choices_of_teams", "closed_beforehand", "consent_decide",
    "consent_decision", "consent_gate", "consent_versions",
    "consent_tables", "consent_trace", "consent_traps", "consent_traps_data", "consent_traps_reading",
    "deciding_edges", "decision_trace", "emergencies", "emergency_keys", "gate_edges", "gate_in_turn",
    "groups_of_choices", "kept_choices", "keys_as_decided", "labels_beside", "law_tables", "lawful_limits",
    "matching_edges", "matching_lists", "newest_choices", "overrides", "overruling", "possible_choices",
    "problems_told", "proxies", "redaction", "released", "standing_choices", "who_imports_say_it_is", "who_is_who",
)  # fmt: skip
TELLING = frozenset({"Step", "_step", "_said", "_kept", "PolicyError", "NotDisclosedError", "dataclass", "cast"})
"""Calls whose parts are words for people, or for the type checker."""


def only_what_decides() -> None:
    """Take out of mutmut's changes those that no decision depends on. Its list is changed in place."""
    import libcst
    from mutmut.mutation import mutators

    def codes(node: libcst.BaseString) -> Iterator[libcst.BaseString]:
        """One change of each string that is one word."""
        if isinstance(node, libcst.SimpleString) and " " not in node.value and not node.value.startswith('"""'):
            yield from list(mutators.operator_string(node))[:1]

    def parts(node: libcst.Call) -> Iterable[libcst.Call]:
        name = getattr(getattr(node.func, "attr", node.func), "value", "")
        return () if name in TELLING else mutators.operator_arg_removal(node)

    instead: dict[Any, Any] = {mutators.operator_string: codes, mutators.operator_arg_removal: parts}
    changed = [(kind, instead.get(operator, operator)) for kind, operator in mutators.mutation_operators]
    mutators.mutation_operators[:] = changed  # type: ignore[index]


def prepared(files: Iterable[str]) -> None:
    """A copy of the project in which mutmut may work, told what to change and what to run."""
    shutil.rmtree(WORK, ignore_errors=True)
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    for name in kept.stdout.splitlines():
        (WORK / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, WORK / name)
    tests = [f"tests/unit/test_{name}.py" for name in TESTS]
    said = {
        "source_paths": ["consent"],
        "only_mutate": list(files),
        "also_copy": ["fhir", "storage", "desktop", "packaging"],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
        "process_isolation": "forkserver",  # tables read once must be read by the changed code
    }
    lines = [f"{name} = {value!r}" for name, value in said.items()]
    with (WORK / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[tool.mutmut]", *lines, ""]))


def main() -> None:
    """Prepare the copy, and run there."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    files = [name for name in sys.argv[1:] if name.endswith(".py")]
    names = [name for name in sys.argv[1:] if name not in files]
    prepared(files or [f"consent/{name}.py" for name in FILES])
    os.chdir(WORK)
    sys.argv = ["mutmut", "run", "--max-children", os.environ.get("MUTANTS_AT_ONCE", "2"), *names]
    only_what_decides()
    from mutmut.__main__ import cli

    cli()


if __name__ == "__main__":
    main()
