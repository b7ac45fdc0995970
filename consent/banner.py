"""The banner: who the person is and what must be known at a glance, from what is shown and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from consent.disclosure import Banner, BannerItem, DisclosedSection
from consent.states import MAY_BE_HIDDEN, UNREADABLE
from fhir.entries import Entry
from fhir.people import Demographics, Identity
from fhir.temporal import say

CHECK_FORM = "Check the signed form."
_PLANS = {
    "advance-decision": "Advance decision",
    "respect": "ReSPECT",
    "treatment-preferences": "Treatment preferences",
}
_NEEDS = {"adjustment": "Reasonable adjustment", "communication": "Communication", "interpreter": "Communication"}
_KINDS = frozenset({"cpr-decision", "key-worker", *_PLANS, *_NEEDS})
_LONG_FORM = re.compile(r"\s*\([^)]*\)")
_OF_ONE_KIND = re.compile(r"\b(?:drug|medic\w*|food|environmental|insect|latex|nkda)\b", re.I)
"""What is said to be unknown of one kind of allergy only: not of all."""
_SEE_THERE = "See what is recorded under Allergies"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_IN_PRIVATE = frozenset({"safeguarding", "domestic-abuse"})
"""What nobody may read over a shoulder: the banner says no word of it, only to open the record in private."""
_MOST = 8
_QUOTED = 70
"""The longest sentence that is quoted in the banner."""


def least_identity(identity: Identity) -> Identity:
    """What anyone who may find the person sees of them: current names, date of birth, gender and NHS number.

    Former names and local identifiers tell of adoption, gender recognition or of a clinic, so they are left out.
    """
    names = tuple(name for name in identity.names if name.use not in ("old", "maiden"))
    return msgspec.structs.replace(identity, names=names, identifiers=())


def merged(identity: Identity, known: Sequence[Demographics], *, restricted: bool) -> Demographics:
    """One set of details from the shown Patient resources, newest first: for each detail the first that says it."""
    found = Demographics(identity=identity)
    for one in known:
        found = msgspec.structs.replace(
            found,
            preferred_name=found.preferred_name or one.preferred_name,
            pronouns=found.pronouns or one.pronouns,
            addresses=found.addresses or one.addresses,
            telecoms=found.telecoms or one.telecoms,
            language=found.language or one.language,
            interpreter_required=one.interpreter_required
            if found.interpreter_required is None
            else found.interpreter_required,
            ethnicity=found.ethnicity or one.ethnicity,
            religion=found.religion or one.religion,
            marital_status=found.marital_status or one.marital_status,
            gp_practice=found.gp_practice or one.gp_practice,
            nhs_number_status_text=found.nhs_number_status_text or one.nhs_number_status_text,
        )
    if restricted:
        return msgspec.structs.replace(found, addresses=(), telecoms=(), gp_practice="")
    return found


def banner(
    demographics: Demographics,
    sections: Mapping[str, DisclosedSection],
    *,
    test_data: bool,
    full: bool,
) -> Banner:
    """The banner over these sections, which are all there are. `full` says that nothing is withheld from this reader on
    any record."""
    identity = demographics.identity
    shown = [
        item.entry
        for section in sections.values()
        for item in section.entries
        if item.entry.kind in _KINDS and item.entry.assertion != "not-a-fact"
    ]
    items: list[BannerItem] = []
    if test_data:
        items.append(BannerItem("test-data", "Test data", "This vault holds test data only.", "warning"))
    if identity.deceased:
        when = "" if identity.deceased == "yes" else f" ({say(identity.deceased[:10])})"
        items.append(BannerItem("deceased", "Deceased", f"This person has died{when}.", "info"))
    if identity.restricted:
        text = "Address, contact details and GP practice are protected."
        items.append(BannerItem("restricted", "Restricted", text, "warning"))
    items += _allergies(sections["allergies"])
    items += _decisions(shown)
    items += _unread(sections["end-of-life"], "cpr", "CPR and plans")
    items += _alerts(item.entry for item in sections["alerts"].entries if not _IN_PRIVATE & set(item.categories))
    items += _unread(sections["alerts"], "alert", "Alerts")
    items += _needs(demographics, shown)
    return Banner(
        identity=identity,
        demographics=demographics,
        items=tuple({(item.kind, item.label, item.text): item for item in reversed(items)}.values())[::-1],
        open_in_private=any(
            bool(_IN_PRIVATE & set(item.categories)) and item.entry.assertion != "not-a-fact"
            for section in sections.values()
            for item in section.entries
        ),
        not_shared="" if full else MAY_BE_HIDDEN,
    )


def _allergies(section: DisclosedSection) -> list[BannerItem]:
    """Each allergy in words; that there are none only where a source says so; and when a list is incomplete."""
    facts = [
        item.entry for item in section.entries if item.entry.assertion == "fact" and item.entry.active is not False
    ]
    known = [_allergy(entry) for entry in facts if entry.kind == "allergy"]
    items = known[:_MOST] + _more(len(known) - _MOST)
    items += [
        BannerItem("allergy", "Allergies", entry.title, "warning", entry.entry_id)
        for entry in facts
        if entry.kind == "list-warning"
    ]
    told = [entry for entry in facts if entry.kind not in ("allergy", "list", "list-warning")]
    if items or told:
        # What a source tells in a table or as an event is not counted among them, and must not be missed for them.
        items += [BannerItem("allergy", "Allergies", _SEE_THERE, "warning", told[0].entry_id)] if told else []
        return items + _unread(section, "allergy", "Allergies")
    for item in section.entries:
        if item.entry.assertion == "none-known":
            said = item.entry.title if _OF_ONE_KIND.search(item.entry.title) else "No known allergies"
            return [BannerItem("allergy", "Allergies", said, "plain", item.entry.entry_id)]
    empty = (item.entry for item in section.entries if item.entry.kind == "nothing-recorded")
    nothing = next((entry for entry in empty if not entry.title.casefold().startswith("ended")), None)
    if nothing is not None and not facts:
        return [BannerItem("allergy", "Allergies", nothing.title, "warning", nothing.entry_id)]
    text = {
        "none-recorded": "None recorded",
        "not-connected": "No source of allergies is connected",
        "failed": "Could not be read",
        "data": _SEE_THERE,
    }.get(section.state, "May not be shown to you; ask the person")
    return [BannerItem("allergy", "Allergies", text, "plain" if section.state == "none-recorded" else "warning")]


def _unread(section: DisclosedSection, kind: str, label: str) -> list[BannerItem]:
    """That a part of the record could not be read, or not all of it: nobody may take it for empty."""
    if section.state != "failed" and section.notice != UNREADABLE:
        return []
    text = "Could not be read" if section.state == "failed" else "Some of it could not be read"
    return [BannerItem(kind, label, text, "warning")]


def _allergy(entry: Entry) -> BannerItem:
    said = ": ".join(part for part in (entry.title, entry.detail) if part)
    return BannerItem("allergy", "Allergy", said, "danger", entry.entry_id)


def _more(count: int) -> list[BannerItem]:
    return [BannerItem("allergy", "Allergies", f"and {count} more", "danger")] if count > 0 else []


def _decisions(entries: Iterable[Entry]) -> list[BannerItem]:
    items: list[BannerItem] = []
    for entry in entries:
        if entry.active is False:
            continue
        if entry.kind == "cpr-decision":
            items.append(BannerItem("cpr", "CPR", _decision_words(entry), "danger", entry.entry_id))
        elif entry.kind in _PLANS:
            items.append(
                BannerItem("advance-decision", _PLANS[entry.kind], _decision_words(entry), "warning", entry.entry_id)
            )
    return items


def _decision_words(entry: Entry) -> str:
    """The words of the decision, when, by whom, its review, and always the same advice."""
    review = next((field.value for field in entry.fields if "review" in field.label.casefold()), "")
    parts = [
        entry.value if entry.value and entry.value not in entry.title else "",
        entry.when.text or "date not given",
        f"by {entry.author}" if entry.author else "author not given",
        f"review {review}" if review else _review_in_words(entry) or "no review date given",
    ]
    title = entry.title if entry.kind == "cpr-decision" else _LONG_FORM.sub("", entry.title)
    return f"{title} ({', '.join(part for part in parts if part)}). {CHECK_FORM}"


def _review_in_words(entry: Entry) -> str:
    """Where a review is written in the words of the decision only: that sentence as it stands, or where to read it."""
    said = [one for one in _SENTENCE.split(entry.detail) if "review" in one.casefold()]
    if not said:
        return ""
    sentence = said[0].strip().rstrip(".")
    quotable = len(said) == 1 and len(sentence) <= _QUOTED and not set(sentence) & set("(),")
    return f"“{sentence}”" if quotable else "review: read the entry"


def _alerts(entries: Iterable[Entry]) -> list[BannerItem]:
    current = [entry for entry in entries if entry.active is not False and entry.assertion == "fact"]
    return [
        BannerItem(
            "alert", "Alert", ": ".join(part for part in (entry.title, entry.value) if part), "warning", entry.entry_id
        )
        for entry in current[:_MOST]
    ]


def _needs(demographics: Demographics, entries: Sequence[Entry]) -> list[BannerItem]:
    items: list[BannerItem] = []
    said = any(entry.kind in ("communication", "interpreter") for entry in entries)  # then it has a source to open
    if demographics.interpreter_required and not said:
        language = demographics.language or "language not given"
        items.append(BannerItem("communication", "Interpreter", f"Interpreter needed: {language}", "info"))
    elif demographics.language and not said and demographics.language.casefold() not in ("english", "en", "en-gb"):
        items.append(BannerItem("communication", "Language", demographics.language, "info"))
    for entry in entries:
        if entry.active is False or entry.assertion != "fact":
            continue
        if entry.kind in _NEEDS:
            kind = "adjustment" if entry.kind == "adjustment" else "communication"
            items.append(BannerItem(kind, _NEEDS[entry.kind], _need_words(entry), "info", entry.entry_id))
        elif entry.kind == "key-worker":
            items.append(BannerItem("key-worker", "Key worker", entry.title, "plain", entry.entry_id))
    return items


def _need_words(entry: Entry) -> str:
    """What is needed: for the person's own words their first sentence, since the title is only the heading."""
    said = entry.value or entry.detail
    if entry.own_words and said:
        return f"“{said.partition('. ')[0].rstrip('.')}.”"
    # The name of an adjustment is often that there is one; the note beside it says what to do.
    return f"{entry.title}: {said}" if entry.kind == "adjustment" and 0 < len(said) <= _QUOTED else entry.title
