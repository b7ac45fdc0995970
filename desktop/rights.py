"""Who acts for a person, what courts limit for them, and whether the person can decide, in plain words. No Qt.

Every sentence here is for whoever may record it; the person's own words for the same stand in `models/my_words.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from consent.acting import linked
from consent.categories import categories
from consent.limits import SetLimit
from consent.proxies import (
    ADULT,
    GILLICK_FROM,
    PRESUMED_CAPABLE,
    Basis,
    Capacity,
    Circumstances,
    Competence,
    CourtLimit,
    State,
    lapse_of,
    sees,
    table,
)
from desktop.acting import Acts
from desktop.models.tongue import Said, ours, tr
from desktop.models.words import calendar_day, role
from desktop.reports import UserRow
from fhir.entries import PersonId

SOON = timedelta(days=30)
"""So long before it lapses or ends a right is said to be about to."""
_OVER: frozenset[State] = frozenset({"ended", "closed", "no-right"})
STANDINGS: Said[State] = Said(
    {
        "active": "Counts today",
        "not-yet": "Has not begun",
        "ended": "Has ended",
        "lapsed": "Lapsed, until it is renewed",
        "waits": "Does not count yet",
        "refused": "The young person does not agree",
        "forbidden": "Forbidden by a court",
        "closed": "Closed: the person has died",
        "no-right": "Gives no right to see the record",
    }
)
"""How a right to act stands on a day."""


class RightsVault(Protocol):
    """The calls of a workspace that this uses."""

    def joined_with(self, person: PersonId) -> tuple[PersonId, ...]: ...
    def acting_for(self, person: PersonId) -> list[Acts]: ...
    def court_limits(self, person: PersonId) -> list[CourtLimit]: ...
    def circumstances(self, person: PersonId) -> Circumstances: ...
    def users(self) -> list[UserRow]: ...
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Rights:
    """Who acts for a person, what courts limit for them, what binds first, what was found about the person, and the
    users who may be let act for them; on a day."""

    acting: tuple[Acts, ...]
    courts: tuple[CourtLimit, ...]
    about: Circumstances
    users: tuple[str, ...]
    today: date

    @property
    def child(self) -> bool:
        """Whether Gillick competence may be asked about: from 11, and to 17, who may still refuse somebody."""
        return self.about.age_is_at_least(GILLICK_FROM, self.today) and not self.adult

    @property
    def adult(self) -> bool:
        """Whether they are 18 or over, or of an age that is not known."""
        return self.about.age_is_at_least(ADULT, self.today)

    @property
    def matters(self) -> list[str]:
        """The decisions of which something was found, but for who sees the record."""
        return list(dict.fromkeys(one.matter for one in self.about.capacity if one.matter))


def rights_of(vault: RightsVault, person: PersonId) -> Rights:
    """All of it for a person, whoever they are joined with. Raises NothingFoundError for whoever may not see it."""
    whole = vault.joined_with(person)
    users = [one.name for one in vault.users() if _acts_for(one, whole)]
    return Rights(
        tuple(vault.acting_for(person)),
        tuple(vault.court_limits(person)),
        vault.circumstances(person),
        tuple(sorted(dict.fromkeys(users))),
        vault.now().date(),
    )


def _acts_for(user: UserRow, whole: Sequence[PersonId]) -> bool:
    link = linked(user.role, user.organisation)
    return link is not None and bool(link.user) and link.person in whole


# -- a right


def is_over(one: Acts) -> bool:
    """Whether a right is over, so that nobody needs to end it."""
    return one.standing.state in _OVER or (one.standing.state == "lapsed" and not one.comes_back)


def right_words(one: Acts) -> str:
    """A right to act for the person in one sentence: whose, on which basis, for what, from when and until when."""
    mandate = one.mandate
    until = mandate.ends is not None and mandate.ends >= mandate.starts
    parts = [
        ours(one.basis),
        *([tr("about “{matter}”").format(matter=mandate.matter)] if mandate.matter else []),
        tr("since {day}").format(day=calendar_day(mandate.starts)),
        *([tr("until {day}").format(day=calendar_day(mandate.ends))] if mandate.ends and until else []),
    ]
    return f"{mandate.user}: {', '.join(parts)}."


def right_more(one: Acts) -> str:
    """What a right lets somebody do and never lets them see, and on what it rests; why it does not count, where it does
    not."""
    mandate, parts = one.mandate, []
    gone = one.standing.state == "lapsed" and not one.comes_back
    if one.standing.state not in ("active", "ended") and not gone:
        parts.append(f"{ours(one.standing.words)}.")
    if not is_over(one):
        seen = sees(mandate) & one.left
        parts.append(f"{_lets(seen, chooses=one.chooses)} {never_words()}")
    if one.standing.state == "active" and one.standing.lapses is not None:
        words = tr("It lapses on {day}, unless it is renewed.") if one.comes_back else tr("It ends on {day}.")
        parts.append(words.format(day=calendar_day(one.standing.lapses)))
    shown = tr("Shown by: {evidence}.").format(evidence=mandate.evidence.rstrip(".")) if mandate.evidence else ""
    by = tr("Recorded by {name}.").format(name=mandate.recorded_by) if mandate.recorded_by else ""
    parts.append(" ".join(part for part in (shown, by) if part))
    return "\n".join(part for part in parts if part)


def right_mark(one: Acts, today: date) -> tuple[str, str]:
    """How a right stands, and the tone of it: what is about to lapse or end is said before that it counts."""
    standing, ends = one.standing, one.mandate.ends
    if standing.state == "active":
        lapses = standing.lapses
        if lapses is not None and lapses - today <= SOON and (ends is None or lapses <= ends):
            words = tr("Lapses on {day}, unless renewed") if one.comes_back else tr("Ends on {day}")
            return words.format(day=calendar_day(lapses)), "warning"
        if ends is not None and ends - today <= SOON:
            return tr("Ends on {day}").format(day=calendar_day(ends)), "warning"
        return STANDINGS["active"], "good"
    if is_over(one):
        return STANDINGS["ended" if standing.state == "lapsed" else standing.state], ""
    if standing.state == "lapsed" and standing.lapses is not None:
        return tr("Lapsed on {day}, until it is renewed").format(day=calendar_day(standing.lapses)), "warning"
    tones: dict[State, str] = {"forbidden": "warning", "refused": "warning", "waits": "info", "not-yet": "info"}
    return STANDINGS[standing.state], tones.get(standing.state, "")


def renewed_until(one: Acts, about: Circumstances, today: date) -> date | None:
    """The day on which a right would lapse, were it renewed today; None where renewing gains nothing: it does not lapse
    by itself, it is over, or no renewal goes beyond that birthday."""
    if one.standing.state not in ("active", "lapsed") or one.standing.lapses is None:
        return None
    renewed = lapse_of(replace(one.mandate, renewed=(*one.mandate.renewed, today)), about)
    return renewed if renewed is not None and renewed > max(one.standing.lapses, today) else None


def basis_words(basis: Basis) -> str:
    """What a legal basis is: its words and where it stands in the law."""
    return f"{ours(basis.words)}. {basis.source}."


def lets_words(basis: Basis, *, adult: bool = False, carer: bool = False) -> str:
    """What a right on this basis would let somebody do, when it counts, and what it never shows; a line for each. Of
    an adult no birthdays are told; a carer chooses nothing."""
    if basis.during == "never":
        return tr("It gives no right to see the record, so there is nothing to record.")
    counts = {
        "capable": tr("It counts only while the person can decide this for themself."),
        "lacking": tr("It counts only while the person is found unable to decide this, and is 16 or over."),
        "child": tr("It counts only while the person is under 18."),
    }.get(basis.during, "")
    ages = "" if adult else ", ".join(str(years) for years in basis.lapses)
    lapses = tr("It lapses at these birthdays unless it is renewed: {ages}.").format(ages=ages) if ages else ""
    months = tr("It lapses {n} months after it was last confirmed.").format(n=basis.months) if basis.months else ""
    seen = _lets(basis.sees - table().never, chooses=basis.chooses and not carer, up_to=basis.by_scope)
    return "\n".join(part for part in (seen, never_words(), counts, lapses, months) if part)


def never_words() -> str:
    """What nobody who acts for somebody is shown."""
    return tr("It never shows them notes about keeping the person safe, or what others said in confidence.")


def _lets(seen: frozenset[str], *, chooses: bool, up_to: bool = False) -> str:
    every = frozenset(categories()) - table().never
    what = tr("every kind of information") if seen >= every else kinds_words(seen) or tr("nothing")
    words = tr("Lets them see, at most: {kinds}") if up_to else tr("Lets them see: {kinds}")
    more = tr("; and choose for the person who sees what.") if chooses else tr("; and choose nothing for the person.")
    return words.format(kinds=what) + more


# -- what a court limits


def court_words(limit: CourtLimit) -> str:
    """What a court limits in one sentence: whom, to what, by which order, and who recorded it."""
    left = kinds_words(limit.leaves)
    seen = tr("sees nothing") if not left else tr("sees only {kinds}").format(kinds=left)
    return f"{limit.user}: {seen}. {limit.order}. " + tr("Recorded by {name}.").format(name=limit.by)


def lifted_because(limit: CourtLimit | SetLimit) -> str:
    """Why a limit was lifted; empty for nothing that this user is told."""
    return tr("Lifted because: {why}").format(why=limit.why) if limit.why and limit.lifted is not None else ""


def court_time(limit: CourtLimit, today: date) -> str:
    """How what a court limits stands on a day: in force and until when, not yet, or over."""
    if limit.lifted is not None and limit.lifted <= today:
        return tr("Lifted {day}").format(day=calendar_day(limit.lifted))
    if limit.over(today) and limit.ends is not None:
        return tr("Ended {day}").format(day=calendar_day(limit.ends))
    until = tr("until {day}").format(day=calendar_day(limit.ends)) if limit.ends else tr("until it is lifted")
    first = tr("From {day}").format(day=calendar_day(limit.starts))
    return f"{first}, {until}"


# -- whether the person can decide


def capacity_words(one: Capacity) -> str:
    """What was found about one decision in one sentence: whether they can make it, who assessed it, and when."""
    matter = one.matter or tr("who sees their record")
    words = tr("Can decide “{matter}”.") if one.capable else tr("Can not decide “{matter}”.")
    return f"{words.format(matter=matter)} " + assessed_by(one.by, one.role, one.on)


def competence_words(one: Competence) -> str:
    """What a clinician found about a child in one sentence, and whom the child refuses."""
    words = tr("Competent to decide about their record.") if one.competent else tr("Not competent to decide this yet.")
    names = ", ".join(sorted(one.refuses))
    refuses = tr(" Does not agree that they see it: {names}.").format(names=names) if names else ""
    return f"{words}{refuses} " + assessed_by(one.by, one.role, one.on)


def assessed_by(name: str, role_key: str, on: date) -> str:
    """Who assessed the person, and when."""
    return tr("Assessed by {name} ({role}), {day}.").format(name=name, role=role(role_key), day=calendar_day(on))


def capacity_mark(one: Capacity, about: Circumstances, today: date) -> tuple[str, str]:
    """How a finding stands on a day: whether it counts, until when, or why no more."""
    same = [other for other in about.capacity if other.matter == one.matter and other.on <= today]
    if one.until is not None and one.until <= today:
        return tr("Counts no more since {day}").format(day=calendar_day(one.until)), ""
    if same and max(enumerate(same), key=lambda found: (found[1].on, found[0]))[1] is not one:
        return tr("A newer finding counts"), ""
    if one.until is not None:
        words = tr("Look again by {day}").format(day=calendar_day(one.until))
        return words, "warning" if one.until - today <= SOON else ""
    return tr("Counts until somebody finds otherwise"), ""


def competence_mark(one: Competence, about: Circumstances, today: date) -> tuple[str, str]:
    """How a finding about a child stands on a day."""
    if about.competence and about.competence[-1] is not one:
        return tr("A newer finding counts"), ""
    if not about.age_is_at_least(PRESUMED_CAPABLE, today):
        return tr("Counts until the 16th birthday"), "good" if one.competent else ""
    return tr("From 16 they are taken as able to decide"), ""


def nothing_found(about: Circumstances, today: date) -> str:
    """What holds while nobody has found anything."""
    if about.age_is_at_least(PRESUMED_CAPABLE, today):
        return tr("Nobody has found otherwise: the person is taken as able to decide for themself.")
    if about.age_is_at_least(GILLICK_FROM, today):
        return tr("Nobody has assessed yet whether this child can decide about their record for themself.")
    return tr("The person is under 11: those with parental responsibility decide for them.")


def kinds_words(keys: Iterable[str]) -> str:
    """Kinds of information in a sentence."""
    return ", ".join(ours(categories()[key].name).lower() for key in sorted(keys) if key in categories())
