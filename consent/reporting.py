"""What in a Consent is well written and yet means nothing here: codes and people that are not known.

Each is also what no permission matches and every refusal does (consent.md, Reading a FHIR Consent, rule 8).
"""

from __future__ import annotations

from collections.abc import Iterator

from consent.actors import Directory
from consent.consents import Actor, Consent, Problem, Provision
from consent.matching import is_holder
from consent.vocabulary import Coding, label, vocabulary


def not_understood(consent: Consent, directory: Directory, asks: frozenset[str] = frozenset()) -> list[Problem]:
    """Everything in the rules of a Consent that is not known, by its place. `directory` says who is who for it; `asks`
    are names of whoever asks, which are known whoever else is."""
    found: list[Problem] = []
    rules = [consent.root]
    while rules:
        rule = rules.pop(0)
        rules += rule.provisions
        told = _in_rule(rule, directory, asks)
        found += [Problem(consent.key, f"{rule.path}.{element}", text) for element, text in told]
    return found


def _in_rule(rule: Provision, directory: Directory, asks: frozenset[str]) -> Iterator[tuple[str, str]]:
    words = vocabulary()
    for actor in rule.actors or ():
        if actor is not None and (text := _unknown_actor(actor, directory, asks)):
            yield "actor", text
    for purpose in rule.purposes or ():
        if purpose and not (words.system(purpose.system) == "actreason" and purpose.code in words.purposes):
            yield "purpose", "is a purpose that is not known here"
    for concept in rule.actions or ():
        if concept is not None and not any(
            words.system(coding.system) == "action" and coding.code in words.actions for coding in concept
        ):
            yield "action", "is an action that is not known here"
    for value in rule.labels or ():
        known = label(value) if value else None
        if value and (known is None or known.kind == "other"):
            yield "securityLabel", "is a label that is not known here"
    for name, values in (("class", rule.classes), ("resourceType", rule.types), ("documentType", rule.documents)):
        if any(value is not None and _unknown_class(value) for value in values or ()):
            yield name, "is a kind of record that is not known here"
    if any(concept == () for concept in rule.codes or ()):
        yield "code", "is only words"


def _unknown_actor(actor: Actor, directory: Directory, asks: frozenset[str]) -> str:
    if is_holder(actor) is None:
        return "both receives and holds the record"
    if actor.who is None:
        general = any(vocabulary().system(role.system) == "participation" for role in actor.roles)
        return "names a role and nobody" if general or not actor.roles else ""
    if directory.told_two_ways(actor.who):
        return "names someone who is told of in two ways, so that it cannot be known who is meant"
    if directory.known(actor.who) or asks.intersection(actor.who.names):
        return ""
    return "names someone who is not known here"


def _unknown_class(value: Coding) -> bool:
    system = vocabulary().system(value.system)
    if system == "types":
        return value.code not in vocabulary().types | {"Resource", "DomainResource"}
    return system != "media" and "://" not in value.code and "structuredefinition" not in value.system.casefold()
