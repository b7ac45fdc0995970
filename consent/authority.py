"""Every authority in its order, asked about one person's entries for one request: lawful limits, the person's choices,
the defaults (consent.md, The order of authority). Decisions are kept by all that they depend on.
"""

from __future__ import annotations

from collections.abc import Sequence

from consent.decision import Attributes, Decision, LookedAt, Policy, RoleDefaults, decide_on, explain, looked_at
from consent.defaults import defaults
from consent.explain import for_worker
from consent.facts import EntryFacts
from consent.labels import LabelledEntry
from consent.limits import LawfulLimits, NeedToKnow, ProtectedIdentities
from consent.persons_choices import Chosen, RequestChoices
from consent.request import Request


def policies(*, test_data: bool) -> tuple[Policy, ...]:
    """The policies of this version in the order of authority, but for the person's choices, which stand before the
    last. Raises PolicyError where a table cannot be read.
    """
    need, identities = NeedToKnow(test_data=test_data), ProtectedIdentities(test_data=test_data)
    return (LawfulLimits(), need, identities, RoleDefaults(defaults(), test_data=test_data))


class Authority:
    """Decides on entries for one request."""

    def __init__(self, request: Request, rules: Sequence[Policy], choices: RequestChoices | None = None) -> None:
        """`rules` are `policies`; `choices` is None where the person chose nothing."""
        self._request = request
        self._rules = tuple(rules)
        self._choices = choices
        self._known: dict[tuple[object, ...], tuple[Decision, str]] = {}
        last = self._rules[-1] if self._rules else None
        self._tests = request.actor.role == "tester" and isinstance(last, RoleDefaults) and last.test_data
        """Testers see everything of invented people: no choice binds them in a vault for testing."""

    def on(self, labelled: LabelledEntry) -> tuple[Decision, str]:
        """The decision on one entry, and why in one sentence for whoever asks."""
        if self._choices is None:
            key = looked_at(labelled)
            try:
                return self._known[key]
            except KeyError:
                decision = decide_on(Attributes(*key), self._request, self._rules)
                return self._known.setdefault(key, (decision, explain(decision)))
        return self.on_facts(looked_at(labelled), EntryFacts(labelled))

    def on_facts(self, looked: LookedAt, facts: EntryFacts) -> tuple[Decision, str]:
        """The same, where choices were made. `looked` is what `looked_at` tells of the entry."""
        assert self._choices is not None
        said = self._choices.said(facts)
        own = said.may_be_own and self._wrote(Attributes(*looked), facts)
        key = (looked, id(said), own)  # the choices keep alive what they said
        known = self._known.get(key)
        if known is None:
            unbound = self._request.actor.role == "person" or self._tests
            chosen = Chosen(said, own_writing=own, themself=unbound)
            asked = [
                ProtectedIdentities(chosen, test_data=one.test_data) if isinstance(one, ProtectedIdentities) else one
                for one in self._rules
            ]
            rules = (*asked[:-1], chosen, *asked[-1:])
            decision = decide_on(Attributes(*looked), self._request, rules)
            known = self._known[key] = (decision, for_worker(decision.effect, decision.trace))
        return known

    def _wrote(self, item: Attributes, facts: EntryFacts) -> bool:
        """Whether the requester's own team wrote it: by its source, or by its references."""
        assert self._choices is not None
        last = self._rules[-1] if self._rules else None
        by_source = isinstance(last, RoleDefaults) and last.own_writing(item, self._request)
        return by_source or self._choices.wrote(facts)
