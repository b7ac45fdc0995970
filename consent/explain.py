"""Says why, from a trace: one sentence for the person, one for the worker, the whole chain for the privacy officer.

What is withheld is never described to the worker: the sentence is the same whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from consent.decision import Decision, Effect, Step
from consent.decision import explain as explain_default
from consent.plain_words import sentences

_DEFAULTS = frozenset({"defaults"})
_LIMITS = "lawful limits"
_ENGINE = "engine"


def for_worker(effect: Effect, trace: Sequence[Step]) -> str:
    """One plain sentence for whoever asked."""
    last = _deciding(effect, trace)
    if effect == "withhold" or last is None or last.policy in _DEFAULTS:
        return explain_default(Decision(effect, trace=tuple(trace)))
    shown = "Shown because the person has said so."
    return f"{shown} Some of it is not shown." if effect == "mask" else shown


def for_person(effect: Effect, trace: Sequence[Step], who: str = "They") -> str:
    """One plain sentence for the person the record is about. `who` is how the one who asks is called."""
    last = _deciding(effect, trace)
    verb = "cannot see" if effect == "withhold" else ("can see part of" if effect == "mask" else "can see")
    start = f"{who} {verb} this because"
    if last is None or last.policy == _ENGINE:
        return f"{start} nothing you have said, and nothing else, lets them."
    if last.policy == _LIMITS:
        return f"{start} the law limits who may be shown it."
    if last.policy in _DEFAULTS:
        return f"{start} you have not said otherwise, and {last.text[:1].lower()}{last.text[1:]}."
    if last.policy == "choices":
        return f"{start} {last.text}."
    answer = "no" if effect == "withhold" else "yes"
    return f"{start} you said {answer} in your choice {last.policy.removeprefix('Consent/')}: {last.text}."


def for_person_easily(effect: Effect, trace: Sequence[Step], who: str = "They") -> str:
    """The same in Easy Read: short lines, one idea each, without the row or rule."""
    last = _deciding(effect, trace)
    no = effect == "withhold"
    if last is None or last.policy == _ENGINE:
        key = "unclear"
    elif last.policy == _LIMITS:
        key = "law"
    elif last.policy in _DEFAULTS:
        key = "own-writing" if last.provision == "writes" else ("default-no" if no else "default-yes")
    else:
        key = "choice-no" if no else "choice-yes"
    return sentences().say(f"because.{key}", easy=True, who=who)


def chain(trace: Iterable[Step]) -> tuple[str, ...]:
    """Every rule looked at, one line each, in order."""
    return tuple(
        f"{step.policy}{f' {step.provision}' if step.provision else ''}"
        f"{f' [{step.element}]' if step.element else ''}: {step.text}"
        f" ({step.effect}{'' if step.matched else ', does not count'})"
        for step in trace
    )


def _deciding(effect: Effect, trace: Sequence[Step]) -> Step | None:
    """The last step that counted toward what was decided."""
    return next((step for step in reversed(trace) if step.matched and step.effect == effect), None) or next(
        (step for step in reversed(trace) if step.effect == effect), None
    )
