"""What a worker with raw SQL reads: opens a vault with plain sqlcipher3, takes every key that one user's passphrase
leads to, decrypts all that opens, and looks for words in it.

    python tests/security/insider.py VAULT --user NAME --passphrase-file FILE WORD…

Prints how much opened and how often each word was found; exit code 1 when any word was. It obeys no signature, no
state and no gate, tries every key on every sealed piece, and also looks through every column of every table as it
stands. Of this project it uses the key file's reader and the primitives, nothing that reads records.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec
import zstandard
from sqlcipher3 import dbapi2 as sqlcipher

from storage import slots
from storage.errors import TamperedError
from storage.keypairs import Box, PrivateKey


@dataclass
class Loot:
    """All that one user's keys open.

    `principals` counts the private keys reached, `classes` the content keys, `events` what was read of the log.
    """

    principals: int = 0
    classes: int = 0
    pieces: int = 0
    events: int = 0
    opened: list[bytes] = field(default_factory=list)

    def count(self, word: str) -> int:
        """How often a word stands in it, in any usual encoding."""
        forms = {word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode().hex().encode()}
        forms |= {base64.b64encode(b"x" * shift + word.encode())[4:-4] for shift in range(3)}
        forms.discard(b"")  # what the word alone decides of its base64; of a short word nothing
        return sum(piece.count(form) for piece in self.opened for form in forms)


def loot(vault: Path, user: str, passphrase: str) -> Loot:
    """Everything that opens for this user, by raw SQL and their own keys. Raises SignInError."""
    header = slots.read(vault)
    return with_keys(vault, header.vault, slots.open_user(header, user, passphrase))


def with_keys(vault: Path, vault_id: bytes, keys: slots.Keys, vault_key: bytes = b"") -> Loot:
    """The same with keys that were copied before, and perhaps a vault key that a colleague gave away."""
    connection = sqlcipher.connect(f"{vault.resolve().as_uri()}?mode=ro", uri=True)
    connection.execute(f"PRAGMA key = \"x'{(vault_key or keys.vault_keys[0]).hex()}'\"")
    try:
        return _Thief(connection, vault_id, keys).everything()
    finally:
        connection.close()


class _Thief:
    def __init__(self, connection: sqlcipher.Connection, vault_id: bytes, keys: slots.Keys) -> None:
        self._sql = connection.execute
        self._vault = vault_id
        self._private = [PrivateKey(raw) for raw in {keys.private_key, keys.custodian_private} if raw]
        self._loot = Loot()
        self._secrets: dict[int, Box] = {}

    def everything(self) -> Loot:
        self._take_private_keys()
        boxes = self._content_keys()
        self._loot.principals, self._loot.classes = len(self._private), len(boxes)
        for sealed, aad in self._sealed():
            self._loot.pieces += 1
            for box in boxes:
                try:
                    content = box.open(sealed, aad)
                except TamperedError:
                    continue
                self._loot.opened.append(self._expanded(content))
                break
        self._read_statements()
        self._read_the_log()
        for (table,) in self._sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table == "dictionary":
                continue
            for row in self._sql(f'SELECT * FROM "{table}"'):
                self._loot.opened += [v if isinstance(v, bytes) else str(v).encode() for v in row if v is not None]
        return self._loot

    def _take_private_keys(self) -> None:
        """Every team and office whose private key is sealed to a key in hand, and on from there."""
        rows = self._sql("SELECT team, member, message FROM membership").fetchall()
        numbers = [row[0] for row in self._sql("SELECT no FROM principal")]
        tried = 0
        while tried < len(self._private):
            own = self._private[tried]
            tried += 1
            for team, member, message in rows:
                for number in {member, *numbers} if len(rows) < 50 else {member}:
                    info = msgspec.msgpack.encode(("membership", self._vault, team, number))
                    content = _opened(own, message, info)
                    if content is not None and all(content != key.raw for key in self._private):
                        self._private.append(PrivateKey(content))

    def _content_keys(self) -> list[Box]:
        secrets = self._secrets
        for no, id, principal, message in self._sql("SELECT no, id, principal, message FROM secret").fetchall():
            info = msgspec.msgpack.encode(("secret", self._vault, id, principal))
            for key in self._private:
                content = _opened(key, message, info)
                if content is not None:
                    secrets[no] = Box(content)
        found: dict[bytes, Box] = {}
        for person, sealing, principal, sealed in self._sql("SELECT person, sealing, principal, box FROM grants"):
            aad = msgspec.msgpack.encode(("grant", self._vault, person, sealing, principal))
            for secret in secrets.values():
                try:
                    granted = msgspec.msgpack.decode(secret.open(sealed, aad))
                except TamperedError:
                    continue
                found.update((key[1], Box(key[1])) for key in granted)
        return list(found.values())

    def _sealed(self) -> Iterator[tuple[bytes, bytes]]:
        """Every sealed piece, with what binds it to its place."""
        for table, kind in (("pack", b"pack"), ("source_block", b"block")):
            for sealed, *place in self._sql(f"SELECT box, no, person, import, class FROM {table}"):
                yield sealed, kind + self._vault + b"%d/%d/%d/%d" % tuple(place)
        for person, no, rules, full in self._sql("SELECT person, no, rules, full FROM choice"):
            for what, sealed in (("rules", rules), ("full", full)):
                yield sealed, b"choice" + self._vault + f"{what}/{person}/{no}".encode()
        for id, *columns in self._sql("SELECT id, frame, about, issues FROM import"):
            for kind, sealed in zip(("frame", "about", "issues"), columns, strict=True):
                if sealed is not None:
                    yield sealed, b"document" + self._vault + f"{kind}/{id}".encode()

    def _read_statements(self) -> None:
        """Every statement whose key is among the secrets in hand."""
        for no, person, sealed in self._sql("SELECT no, person, box FROM statement"):
            self._loot.pieces += 1
            for box in self._secrets.values():
                try:
                    content = box.open(sealed, b"statement" + self._vault + f"{person}/{no}".encode())
                except TamperedError:
                    continue
                self._loot.opened.append(content)
                break

    def _read_the_log(self) -> None:
        """Every event of the access log whose session's key is sealed to a key in hand."""
        sessions: dict[int, Box] = {}
        for no, message in self._sql("SELECT no, message FROM audit_session"):
            for key in self._private:
                content = _opened(key, message, b"audit session" + self._vault + b"%d" % no)
                if content is not None:
                    sessions[no] = Box(content)
        keys: dict[int, Box] = {}
        for no, session, sealed in self._sql("SELECT no, session, box FROM audit_key"):
            if session in sessions:
                content = sessions[session].open(sealed, b"audit key" + self._vault + b"%d" % no)
                keys[no] = Box(msgspec.msgpack.decode(content)[1])
        for principal, no, message in self._sql("SELECT principal, audit_key, message FROM audit_told"):
            for key in self._private:
                content = _opened(key, message, f"audit told {principal}".encode() + self._vault + b"%d" % no)
                if content is not None:
                    keys[no] = Box(msgspec.msgpack.decode(content)[1])
        for table, part in (("audit", b""), ("audit_details", b"details")):
            for seq, key_no, sealed in self._sql(f"SELECT seq, audit_key, box FROM {table}"):
                self._loot.pieces += 1
                if key_no in keys:
                    content = keys[key_no].open(sealed, b"audit" + part + self._vault + b"%d" % seq)
                    self._loot.opened.append(zstandard.ZstdDecompressor().decompress(content, max_output_size=1 << 26))
                    self._loot.events += not part

    def _expanded(self, content: bytes) -> bytes:
        dictionaries = [zstandard.ZstdCompressionDict(row[0]) for row in self._sql("SELECT content FROM dictionary")]
        for dictionary in (None, *dictionaries):
            given = {} if dictionary is None else {"dict_data": dictionary}
            try:
                return zstandard.ZstdDecompressor(**given).decompress(content)
            except zstandard.ZstdError:
                continue
        return content


def _opened(key: PrivateKey, message: bytes, info: bytes) -> bytes | None:
    try:
        return key.open(message, info)
    except TamperedError:
        return None


def main(arguments: Iterable[str]) -> int:
    """Print what was found; 1 when any word was."""
    parser = argparse.ArgumentParser(description="Look for words in all that a user's keys open by raw SQL.")
    parser.add_argument("vault", type=Path)
    parser.add_argument("words", nargs="+")
    parser.add_argument("--user", required=True)
    parser.add_argument("--passphrase-file", type=Path, required=True)
    given = parser.parse_args(list(arguments))
    found = loot(given.vault, given.user, given.passphrase_file.read_text("utf-8").splitlines()[0])
    opened = len(found.opened)
    print(f"{given.user}: {found.principals} private keys, {found.classes} content keys, {found.pieces} sealed pieces, "
          f"{found.events} events of the log, {opened} pieces and columns read")  # fmt: skip
    hits = {word: found.count(word) for word in given.words}
    for word, count in hits.items():
        print(f"{count:6} {word}")
    return int(any(hits.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
