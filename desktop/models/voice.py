"""How the person's own screens speak: ordinary words or Easy Read, from the two tables of sentences. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from consent.plain_choices import What, Who
from consent.plain_words import Sentences, sentences
from consent.proxies import table
from consent.workers import group_name, worker_name
from desktop.models.easy_errors import easy_error, easy_warning
from desktop.models.tongue import ours
from desktop.models.words import day as written_day


@cache
def own_words() -> Sentences:
    """The sentences of the screens themselves."""
    return Sentences("desktop.models", "my_words.toml")


class Voice:
    """One of the two ways of speaking: to the person, or to whoever acts for them, who is told their `name`."""

    def __init__(self, *, easy: bool = False, name: str = "") -> None:
        self.easy, self.name = easy, name

    @property
    def acts(self) -> bool:
        """Whether it speaks to whoever acts for the person."""
        return bool(self.name)

    def say(self, key: str, **values: object) -> str:
        """A sentence of the screens, or of the table of choices."""
        table = own_words() if own_words().has(key) else sentences()
        return ours(table.written(key, easy=self.easy, acts=self.acts)).format(**{"name": self.name, **values})

    def number(self, key: str, n: int, **values: object) -> str:
        """A sentence that has one form for one and another for more, parted by a bar."""
        one, more = self.say(key, n=n, **values).split("|")
        return one if n == 1 else more

    def error(self, words: str) -> str:
        """What the vault says of what went wrong."""
        return ours(easy_error(words)) if self.easy else words

    def warnings(self, said: Iterable[str]) -> str:
        """What signing in noticed, each thing once."""
        return "\n\n".join(dict.fromkeys(ours(easy_warning(words)) if self.easy else ours(words) for words in said))

    def wrong(self, words: str) -> str:
        """That something went wrong, and what the vault says of it."""
        return self.say("wrong", words=self.error(words))

    def worker(self, who: Who) -> str:
        """What a recipient is called."""
        return ours(worker_name(who, easy=self.easy, acts=self.acts))

    def workers(self, who: Who) -> str:
        """The same inside a sentence: small, but for a name and what begins with capitals of its own ("GPs", a law)."""
        name = self.worker(who)
        begins = " ".join(name.split()[:2])
        return name[:1].lower() + name[1:] if who.kind == "role" and begins[1:] == begins[1:].lower() else name

    def group(self, key: str) -> str:
        """What a group of workers is called."""
        return ours(group_name(key, easy=self.easy, acts=self.acts))

    def what(self, what: What, title: str = "") -> str:
        """What a choice is about; `title` is that of a single thing, where it may be shown."""
        if what.kind == "item":
            return title or self.say("single.unknown")
        name = self.say(f"kind.{what.value or 'everything'}")
        return name[:1].upper() + name[1:]

    def kind(self, key: str) -> str:
        """A kind of information as a heading."""
        return self.what(What("category", key))

    def basis(self, key: str) -> str:
        """The legal basis of a right to act, to stand after a name."""
        basis = table().bases[key]
        return ours(basis.easy if self.easy else basis.name)

    def day(self, day: date | None) -> str:
        """A day as people write it."""
        return written_day(day.isoformat()) if day else ""
