"""What must not be missed about a person, gathered so that it can be read at a glance. Pure; knows no Qt.

Alerts of one kind stand together. A statement that several sources make is said once, with each source's date and
author under it; different statements are all said.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent.disclosure import Banner, BannerItem
from desktop.models.tongue import later, ours, tr
from fhir.entries import EntryId

_DATED = ("cpr", "advance-decision")
_ADVICE = later("Check the signed form.")


@dataclass(frozen=True)
class Alert:
    """One box of the banner: heading, what is said, and who said so and when. `opens` leads to the source."""

    heading: str
    said: tuple[str, ...]
    small: tuple[str, ...] = ()
    tone: str = "plain"
    opens: EntryId | None = None
    dashed: bool = False

    @property
    def spoken(self) -> str:
        """All of it, for a screen reader."""
        return f"{self.heading}: {'; '.join((*self.said, *self.small))}"


def alerts(banner: Banner, alike: int = 0) -> list[Alert]:
    """The boxes of a banner, in the gate's order. That the data are for testing is said by the window's own strip.

    `alike` says how many others here may be the same person.
    """
    gathered: dict[tuple[str, str], list[BannerItem]] = {}
    for item in banner.items:
        if item.kind != "test-data":
            gathered.setdefault((item.kind, item.label), []).append(item)
    made = [_together(items) for items in gathered.values()]
    if alike:
        several = tr("{count} others here may be the same person; check the date of birth").format(count=alike)
        one = tr("Someone else here may be the same person; check the date of birth")
        made.append(Alert(tr("Possible duplicate"), (one if alike == 1 else several,), tone="warning"))
    if banner.open_in_private:
        made.append(
            Alert(tr("Open in private"), (tr("Best read where nobody looks over your shoulder"),), tone="violet")
        )
    if banner.not_shared:
        made.append(Alert(tr("Not shared with you"), (ours(banner.not_shared),), dashed=True))
    return made


def _said_by_another(item: BannerItem, others: list[BannerItem]) -> bool:
    """Whether another says all that this says of the same substance: one allergy that two sources tell of, the one in
    fewer words. Nothing is said less of; a reaction or a severity that only this one has keeps it."""
    substance, reactions = _reactions(item)
    return bool(reactions) and any(
        told == substance and reactions < more for told, more in map(_reactions, others) if item.kind == "allergy"
    )


def _reactions(item: BannerItem) -> tuple[str, frozenset[str]]:
    """What an allergy is to, and each reaction with the severity that stands behind them all."""
    substance, _, said = item.text.partition(": ")
    said, bracket, severity = said.partition(" (")
    return substance.casefold(), frozenset(f"{one}{bracket}{severity}".casefold() for one in said.split(", ") if one)


def _together(items: list[BannerItem]) -> Alert:
    items = [item for item in items if not _said_by_another(item, items)]
    told: dict[str, dict[str, None]] = {}
    for item in items:
        statement, details = _parts(item)
        told.setdefault(statement, {}).update({details: None} if details else {})
    said, small = tuple(told), tuple(detail for details in told.values() for detail in details)
    if len(told) > 1 and small:
        # Each with its own dates: of two decisions that say the opposite it must be seen which is the newer.
        said = tuple(_with_details(*one) for one in told.items())
        small = tuple({tr(_ADVICE) for one in told if one.endswith(tr(_ADVICE))})
    first = items[0]
    opens = next((item.entry_id for item in items if item.entry_id is not None), None)
    tone = "violet" if first.kind in ("adjustment", "communication") and first.tone == "plain" else first.tone
    return Alert(ours(first.label), said, small, tone, opens)


def _with_details(statement: str, details: dict[str, None]) -> str:
    words = statement.removesuffix(f". {tr(_ADVICE)}")
    return f"{words} ({'; '.join(details)})" if details else words


def _parts(item: BannerItem) -> tuple[str, str]:
    """The statement, and the date, author and review that stand in brackets after it."""
    if item.kind not in _DATED:
        said_by_us = item.entry_id is None or (item.kind == "allergy" and item.tone == "plain")
        return ours(item.text) if said_by_us else item.text, ""
    text = item.text.removesuffix(_ADVICE).strip()
    advice = f". {tr(_ADVICE)}" if text != item.text else ""
    head, bracket, rest = text.rpartition(" (")
    if not bracket or not rest.rstrip(".").endswith(")"):
        return ours(item.text) if item.entry_id is None else item.text, ""
    details = rest.rstrip(".").removesuffix(")").split(", ")
    return head + advice, ", ".join(map(ours, details))
