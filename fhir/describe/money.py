"""What care costs and who pays: claims, cover, accounts, invoices, payments, contracts.

Claims and statements of benefit come by the thousand, so they are read by name and not walked: type, provider, dates,
what was charged for, and every amount with its digits as written. All other types are told in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from fhir import temporal
from fhir.codes import read_concept
from fhir.describe.context import Context, Describer
from fhir.describe.datatypes import humanise
from fhir.describe.generic import coded, is_active, own_author, own_name, readable, tell
from fhir.entries import Code, Entry, Field, Link
from fhir.quantities import money_words
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text

_WORDS = {"Claim": "Claim", "ExplanationOfBenefit": "Statement of benefit", "ClaimResponse": "Answer to a claim"}
_CODED = ("productOrService", "service", "category", "revenue")
_CAUSES = ("diagnosis", "procedure")
_TOTALS = ("total", "totalCost", "totalBenefit", "unallocDeductable")
_AMOUNTS = ("unitPrice", "net")
_LINKED = ("claim", "prescription", "referral", "request", "originalPrescription")


def describe_claim(resource: Resource, context: Context) -> list[Entry]:
    """What was charged or paid, for what, by whom."""
    tree = resource.tree
    codes: dict[Code, None] = {}
    charged, lines = _items(tree, codes)
    lines += _causes(tree, codes)
    totals = list(_totals(tree))
    kind_of = _words(tree, "type", codes)
    provider = context.who(tree.get("provider") or tree.get("organization"), resource)
    payer = text(first(first(tree, "insurance"), "coverage"), "display") or context.who(tree.get("insurer"), resource)
    created = text(tree, "created")
    status = text(tree, "status")
    period = tree.get("billablePeriod")
    word = _WORDS[resource.type]
    what = charged or kind_of
    entry = context.entry(
        resource,
        section="money",
        kind="claim" if resource.type == "Claim" else "benefit",
        title=f"{word}: {what}" if what else word,
        value=totals[0].value if totals else "",
        when=temporal.period(period) if period is not None else temporal.at(created),
        status=status,
        active=is_active(status),
        author=provider,
        fields=context.fields(
            ("Kind", kind_of),
            ("Use", text(tree, "use")),
            ("Provider", provider),
            ("Payer", payer),
            ("Outcome", text(tree, "outcome") or _words(tree, "outcome", codes)),
            ("Explanation", text(tree, "disposition")),
            ("Created", temporal.say(created)),
        )
        + tuple(totals + lines),
        links=tuple(_links(tree, resource, context)),
        recorded=created,
    )
    # What a bill is for can be as sensitive as the care itself, so its codes stay with it; they do not place it.
    return [msgspec.structs.replace(entry, codes=tuple(codes)) if codes else entry]


def _words(tree: Tree, name: str, codes: dict[Code, None]) -> str:
    value = tree.get(name)
    if value is None:
        return ""
    shown, some = read_concept(value)
    for code in some:
        codes[code] = None
    return (
        shown
        if some and (some[0].display or shown == text(first(tree, name), "text"))
        else some[0].code
        if some
        else shown
    )


def _items(tree: Tree, codes: dict[Code, None]) -> tuple[str, list[Field]]:
    """What was first charged for, and a line for every item with its amounts."""
    charged = ""
    lines: list[Field] = []
    for name in ("item", "addItem"):
        if name not in tree:
            continue
        for number, item in enumerate(items(tree, name), 1):
            said = ""
            for key in _CODED:
                if key in item:
                    said = _words(item, key, codes)
                    if said:
                        break
            charged = charged or said
            parts = [said] if said else []
            parts += [f"{humanise(key).lower()} {money_words(item[key])}" for key in _AMOUNTS if key in item]
            for part in items(item, "adjudication"):
                amount = money_words(part.get("amount"))
                if amount:
                    parts.append(f"{_label(part.get('category'))} {amount}")
            if parts:
                lines.append(Field(f"Item {number}", ", ".join(parts)))
    return charged, lines


def _label(value: Any) -> str:
    """The first display of a concept, read the short way: there are a dozen in every item."""
    try:
        return str(value["coding"][0]["display"])
    except (KeyError, IndexError, TypeError):
        return read_concept(value)[0]


def _causes(tree: Tree, codes: dict[Code, None]) -> Iterator[Field]:
    for name in _CAUSES:
        for item in items(tree, name) if name in tree else ():
            if f"{name}CodeableConcept" not in item:
                continue
            words = _words(item, f"{name}CodeableConcept", codes)
            if words:
                yield Field(name.capitalize(), words)


def _totals(tree: Tree) -> Iterator[Field]:
    for name in _TOTALS:
        for item in items(tree, name) if name in tree else ():
            amount = item.get("amount")
            category = read_concept(item.get("category"))[0] if "category" in item else ""
            words = money_words(amount if amount is not None else item)
            if words:
                yield Field(f"{humanise(name)}, {category}" if category else humanise(name), words)
    payment = first(tree, "payment")
    if payment:
        paid = money_words(payment.get("amount"))
        if paid:
            yield Field("Paid", paid)


def _links(tree: Tree, resource: Resource, context: Context) -> Iterator[Link]:
    for name in _LINKED:
        if name in tree:
            target = context.resolve(tree[name], resource)
            if target is not None and not target.key.endswith("/referral"):
                yield Link(name, target.key)
    for item in items(tree, "item"):
        for encounter in items(item, "encounter") if "encounter" in item else ():
            target = context.resolve(encounter, resource)
            if target is not None:
                yield Link("item.encounter", target.key)


def describe_money(resource: Resource, context: Context) -> list[Entry]:
    """Cover, an account, an invoice, a payment or a contract."""
    tree = resource.tree
    status = text(tree, "status")
    kind, word = _MONEY[resource.type]
    name = coded(tree, "type", "subType", "code") or own_name(tree)
    payer = readable(context.who(tree.get("payor") or tree.get("insurer"), resource))
    total = next((money_words(tree[key]) for key in _GROSS if isinstance(tree.get(key), dict)), "")
    what = name or (f"paid by {payer}" if payer else "")
    return [
        tell(
            resource,
            context,
            section="money",
            kind=kind,
            title=f"{word}: {what}" if what else word,
            first=context.fields(("Payer", payer), ("Amount", total)),
            value=total,
            status=status,
            active=is_active(status),
            author=own_author(resource, context) or payer,
            recorded=text(tree, "created"),
        )
    ]


_GROSS = ("totalGross", "totalNet", "paymentAmount", "amount", "priceOverride", "total", "balance")
_MONEY = {
    "Coverage": ("cover", "Cover"),
    "CoverageEligibilityRequest": ("cover", "Question about cover"),
    "CoverageEligibilityResponse": ("cover", "Answer about cover"),
    "Account": ("account", "Account"),
    "Invoice": ("invoice", "Invoice"),
    "ChargeItem": ("charge", "Charge"),
    "PaymentNotice": ("payment", "Notice of payment"),
    "PaymentReconciliation": ("payment", "Payment"),
    "Contract": ("contract", "Contract"),
    "EnrollmentRequest": ("cover", "Enrolment asked for"),
    "EnrollmentResponse": ("cover", "Answer to an enrolment"),
    "InsurancePlan": ("cover", "Insurance plan"),
}

DESCRIBERS: dict[str, Describer] = {
    **dict.fromkeys(_WORDS, describe_claim),
    **dict.fromkeys(_MONEY, describe_money),
}
