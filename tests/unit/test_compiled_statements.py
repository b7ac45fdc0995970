"""Statements of a vault's connection stay compiled however many others there are."""

from __future__ import annotations

from pathlib import Path

from storage import connection as file
from storage.keypairs import fresh_key


def test_what_is_asked_again_is_not_compiled_again(tmp_path: Path) -> None:
    path = tmp_path / "statements.vault"
    file.create_file(path)
    connection = file.connect(path, fresh_key())
    try:
        connection.execute("CREATE TABLE thing (no INTEGER PRIMARY KEY, name TEXT)")
        for number in range(200):
            connection.execute(f"SELECT no + {number} FROM thing").fetchall()
        compiled: list[int] = []

        def ask(action: int, *_about: str | None) -> int:
            compiled.append(action)
            return 0

        connection.set_authorizer(ask)
        after: list[int] = []
        for _ in range(20):
            connection.execute("SELECT name FROM thing WHERE no = ?", (1,)).fetchone()
            connection.execute("SELECT no FROM thing WHERE name = ?", ("a",)).fetchone()
            after.append(len(compiled))
        assert after[0] > 0
        assert set(after[1:]) == {after[0]}
    finally:
        connection.close()
