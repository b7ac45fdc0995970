"""The access log in an open vault: reading it, checking it, giving people what it tells of them, and receipts.

Part of a `Session`. The privacy office reads all of it; a person who is a user reads what is about them, but for what
is kept back from them (`storage.log_told`); whoever acts for a person reads what they did themself.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence

import msgspec

from fhir.entries import PersonId
from storage import log_heads, receipts
from storage.audit_event import LoggedEvent
from storage.audit_log import Opened, Verification
from storage.choice_keeping import ChoiceKeeping
from storage.errors import TamperedError, UnknownItemError
from storage.joined_people import JoinedPeople
from storage.kept_acts import Told
from storage.keypairs import PrivateKey
from storage.label_marks import LabelMarks
from storage.principals import Holder
from storage.progress import each, part
from storage.records import LogEvent
from storage.statements import Statements


class LogKeeping(JoinedPeople, ChoiceKeeping):
    """What a signed-in user can do with the access log."""

    def verify_log(self) -> Verification:
        """Check the access log against its signed heads, and every person's records against their signed state.

        Who holds the review key has every event compared with its leaf as well, what was chosen, stated and decided
        with what is there, and what people were to be told with what they were given.
        """
        with self._use():
            review = self._review_key()
            told = Told()
            everyone = self._people.ids()
            found = self._log.verify(review, told.hear, part(self._step, after=len(everyone)))
            people = everyone if found.ok else []
            problems = []
            step = part(self._step, before=found.read)
            comparing = each(people, len(people), step, "Comparing the records of everybody")
            changed = sum(not self._log.states.holds(number) for number, _ in comparing)
            if found.ok and not changed:
                changed = self._gone(people)
            if changed:
                problems.append(f"The records of {changed} people are not those that were last signed for.")
            if found.ok and (gone := self._led_nowhere()):
                problems.append(f"Rows to which others lead were taken out of these tables: {', '.join(gone)}.")
            if found.ok:
                problems += told.gone(
                    {"choices": self._choosers, "statements": self._staters, "labels": self._labellers}
                )
            if untold := self._untold(review) if review is not None and found.ok else 0:
                problems.append(f"Of {untold} people who are users, parts of the log about them are kept from them.")
            problem = found.problem or next(iter(problems), "")
            return msgspec.structs.replace(found, people=len(people), problem=problem)

    def _gone(self, people: Sequence[tuple[int, PersonId]]) -> int:
        """How many people were signed for who are not there any more, or cannot be told."""
        try:
            return len(set(self._log.states.people()) - {number for number, _ in people})
        except TamperedError:
            return 1

    def _led_nowhere(self) -> list[str]:
        """The tables in which a row is missing that another row refers to: a principal, a secret, a signer."""
        return sorted({row[2] for row in self._connection.execute("PRAGMA foreign_key_check")})

    def _choosers(self, person: str) -> list[str]:
        number = self._people.number(PersonId(person))
        acts = self._choices.read(number, PersonId(person))
        made = self._connection.execute("SELECT no FROM choice WHERE person = ? AND import IS NULL", (number,))
        here = {row[0] for row in made}  # what came with an import has no line of its own
        return [act.signed_by for act in acts if act.full is not None and act.number in here]

    def _staters(self, person: str) -> list[str]:
        kept = Statements(
            self._connection, self._vault_id, self._principals, self._private, self._keys.custodian_public
        ).read(self._people.number(PersonId(person)))
        return [one.signed_by for one in kept if one.content is not None]

    def _labellers(self, person: str) -> list[str]:
        marks = LabelMarks(
            self._connection, self._vault_id, self._keyring, self._principals, self._keys.custodian_public
        )
        return [""] * len(marks.history(self._people.number(PersonId(person))))

    def log_events(self, person: PersonId | None = None) -> list[LoggedEvent]:
        """Every event (about a person), for those who hold the review key. Raises UnknownItemError for others."""
        with self._use():
            return self._events(self._log.office_keys(self._require_review()), person)

    def own_log(self, person: PersonId) -> list[LoggedEvent]:
        """What the log tells the signed-in user of themself, oldest first; items and reasons only where they may know.
        Whoever acts for that person is told of their own acts only.

        Raises UnknownItemError for everybody else.
        """
        with self._use():
            return self._events(self._own_keys(person, self._hearers(person)), person)

    def _events(self, opened: Opened, person: PersonId | None) -> list[LoggedEvent]:
        if person is None or not self._people.known([person]):
            return list(self._log.read(opened, person))
        found = [event for who in self.joined(person) for event in self._log.read(opened, who)]
        return sorted(found, key=lambda event: event.number)

    def log_heads(self) -> list[tuple[str, int, str]]:
        """The newest signed head of each signer, shortest first: the signer's name (empty: gone), size and time."""
        with self._use():
            known = log_heads.signers(self._connection)
            names = {who.id: who.name for who in self._principals.all()}
            return [
                (names.get(known[head.signer].principal, ""), head.size, head.time)
                for head in log_heads.heads(self._connection)
            ]

    # -- telling people

    def tell(self, person: PersonId, kept_back: str) -> None:
        """Give a person who is a user what the log kept back from them for this, now that they are told of it.

        Raises UnknownItemError for who does not hold the review key.
        """
        with self._use():
            review = self._require_review()
            group, selves = self.joined(person), self._selves(person)
            if selves:
                with self._change():
                    for holder in selves:
                        self._log.tell(review, group, holder, kept_back)

    def tell_due(self) -> None:
        """Give people who are users earlier parts of the log that became theirs when records were joined.

        Nothing happens for who does not hold the review key.
        """
        with self._use():
            if self._review_key() is not None and self._connection.execute("SELECT 1 FROM audit_due").fetchone():
                with self._change():
                    self._tell_due()

    def _tell_due(self) -> None:
        """Inside a transaction."""
        review = self._require_review()
        for (number,) in self._connection.execute("SELECT person FROM audit_due").fetchall():
            person = self._people.id_of(number)
            for holder in self._selves(person):
                self._log.tell(review, self.joined(person), holder)
        self._connection.execute("DELETE FROM audit_due")

    def _untold(self, review: PrivateKey) -> int:
        users = self._principals.of_kinds(("user",))
        selves = [(user, self.subject_of(user.principal)) for user in users]
        return sum(person is not None and self._log.untold(review, person, user) > 0 for user, person in selves)

    # -- receipts

    def receipt(self, person: PersonId, told: Collection[str] = (), without: Container[int] = ()) -> bytes:
        """What the log tells a person, with its proofs: a file that verifies without the vault. Making it is logged.

        The privacy office makes one for anybody, a person for themself. `told`: what was kept back and the person has
        been told of since. `without`: numbers of events that it does not hold.
        """
        with self._use():
            review = self._review_key()
            self._people.number(person)
            if review is None:
                self._own_keys(person, self._selves(person))
            self.record(LogEvent("receipt", person))
            selves = self._selves(person)
            opened = self._log.office_keys(review, kept_back=told) if review else self._own_keys(person, selves)
            return receipts.make(self._log, self._vault_id, self._keys.custodian_public, person, opened, without)

    def check_receipt(self, content: bytes) -> receipts.Checked:
        """Check a receipt by itself and against this vault's log."""
        with self._use():
            found = receipts.verify(content)
            return receipts.compare(found, self._vault_id, self._custodians(), self._log.signers(), self._log.roots)

    def start_anchor(self) -> None:
        """Begin the note outside the vault, for a vault just made."""
        self._log.start_anchor()

    def _require_review(self) -> PrivateKey:
        key = self._review_key()
        if key is None:
            raise UnknownItemError("Only the privacy office can read the access log.")
        return key

    def _own_keys(self, person: PersonId, whose: Sequence[Holder]) -> Opened:
        own = self._principals.holder(self._keys.principal)
        if own.no not in {holder.no for holder in whose}:
            raise UnknownItemError("This part of the access log is another person's.")
        return self._log.own_keys(own.no, self._private[own.no])
