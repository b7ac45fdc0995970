"""Alerts and decisions: Flag and Consent, each in the section its codes decide (`placing.toml`)."""

from __future__ import annotations

from fhir import temporal
from fhir.codes import code_words, concept_codes
from fhir.describe.context import Context, Describer
from fhir.describe.generic import coded, is_active, own_author, readable, tell
from fhir.describe.placing import NO_SAFEGUARDING_ISSUE, place, place_by_words, stricter
from fhir.describe.walk import value_words
from fhir.entries import Entry
from fhir.records import Resource, Tree
from fhir.shapes import extension_value, first, items, text

CHECK_FORM = "Check the signed form."


def describe_flag(resource: Resource, context: Context) -> list[Entry]:
    """One alert, reasonable adjustment, safeguarding mark, legal status or risk."""
    tree = resource.tree
    status = text(tree, "status")
    codes, categories = concept_codes(tree, "code"), concept_codes(tree, "category")
    category = coded(tree, "category")
    title = coded(tree, "code")
    if codes and not codes[0].display and title == code_words(codes[0]):
        title = category  # a bare number says less than the kind of alert
    title = title or category or "Alert"
    placed = place((*categories, *codes)) or stricter(place_by_words(title), place_by_words(category))
    section = placed.section if placed else "alerts"
    kind = placed.kind if placed else "flag"
    if kind == "adjustment" and "interpreter" in title.casefold():
        kind = "interpreter"
    note = extension_value(tree, "Extension-FlagNotes")
    none_known = any(code.code == NO_SAFEGUARDING_ISSUE for code in codes)
    return [
        tell(
            resource,
            context,
            section=section,
            kind=kind,
            title=title,
            own=codes,
            categories=categories,
            first=context.fields(
                ("Kind of alert", category if category != title else ""),
                ("Priority", coded({"is": extension_value(tree, "flag-priority")}, "is")),
            ),
            leave_out=("category",),
            detail=value_words(note) if note is not None else "",
            when=temporal.period(tree.get("period"), ongoing=is_active(status)),
            status=status,
            active=is_active(status),
            assertion="not-a-fact" if status == "entered-in-error" else "none-known" if none_known else "fact",
            author=own_author(resource, context),
        )
    ]


def describe_consent(resource: Resource, context: Context) -> list[Entry]:
    """One decision: about sharing, about treatment in advance, or about research."""
    tree = resource.tree
    status = text(tree, "status")
    categories = concept_codes(tree, "category") + concept_codes(tree, "scope")
    about = coded(tree, "category", "scope")
    placed = place(categories)
    if (placed is None or placed.section == "sharing") and not any(code.code == _SHARING for code in categories):
        placed = place_by_words(about) or placed
    named = place(concept_codes(tree, "category"))
    if named is not None and named.kind in _IN_ADVANCE:
        # What a directive is about tells more than that it is one; its scope is one of the further codes.
        placed, categories = named, concept_codes(tree, "category")
    # The rule of a directive says what it does to sharing or treatment, never "for" or "not for" of its name.
    in_advance = placed is not None and placed.kind in _IN_ADVANCE
    decided = status if in_advance and status in _NOT_SETTLED else "" if in_advance else _decision(tree, status)
    section = placed.section if placed else "sharing"
    kind = placed.kind if placed else "consent"
    word = about if section in ("legal", "end-of-life") and about else f"Consent: {about}" if about else "Consent"
    if word in ("Consent: Consent", "Consent: Patient Consent"):
        word = "Consent"
    provision = first(tree, "provision")
    when = temporal.period(provision.get("period") or tree.get("period"))
    recorded = text(tree, "dateTime") or text(tree, "date")
    return [
        tell(
            resource,
            context,
            section=section,
            kind=kind,
            title=f"{word}, {decided}" if decided else word,
            categories=categories,
            own=categories if section != "sharing" else (),
            first=context.fields(
                ("Decision", decided.capitalize()),
                ("Scope", coded(tree, "scope")),
                ("Made by", readable(context.who(tree.get("performer") or tree.get("consentingParty"), resource))),
                ("Held by", readable(context.who(tree.get("organization"), resource))),
            ),
            leave_out=("scope", "category", "organization", "performer", "consentingParty"),
            value=decided,
            when=when if when.start or when.end else temporal.at(recorded),
            status=status,
            active=is_active(status),
            author=readable(context.who(tree.get("performer") or tree.get("consentingParty"), resource)),
            warnings=(CHECK_FORM,) if in_advance else (),
            recorded=recorded,
        )
    ]


def _decision(tree: Tree, status: str) -> str:
    """What was decided, in words; "" where the root rule does not say (R4 provision.type, R5 decision)."""
    if status == "rejected":
        return "refused"
    kind = text(first(tree, "provision"), "type") or text(tree, "decision")
    if items(first(tree, "provision"), "provision") and kind:
        return f"{_RULES.get(kind, kind)} with exceptions"
    return _RULES.get(kind, kind)


_SHARING = "patient-privacy"
"""The scope of a choice about sharing, which stays one whatever its words name."""

_IN_ADVANCE = ("cpr-decision", "advance-decision", "treatment-preferences")
_NOT_SETTLED = ("draft", "proposed", "rejected")
_RULES = {"permit": "permitted", "deny": "refused"}

DESCRIBERS: dict[str, Describer] = {"Flag": describe_flag, "Consent": describe_consent}
