"""A second reading of what a person has closed to emergencies, by brute force over the raw R4 structure.

Stands beside `consent_oracle` and shares nothing with the engine. By consent.md (The order of authority, 4; Reading a
FHIR Consent, 2, 4, 6 to 8): a refusal closes where it names an emergency itself or by what it inherits; a plain one
does not. Of Consents of one group a closing stands until one that is surely newer permits that record in an emergency
by the measure of every permission, and holds nothing that may be a condition which is not known.
"""

from __future__ import annotations

import json
from typing import Any

from consent_oracle import (
    KNOWN_ELEMENTS,
    PURPOSES,
    Case,
    all_chains,
    deepest,
    effects_of,
    elements_of,
    policy_of,
    several,
    strictly_older,
    tidy,
    time_in,
)

EMERGENCIES = ("BTG", "ETREAT")
Tree = dict[str, Any]


def closed(consents: list[Tree], request: Tree, records: list[Tree], now: str, purpose: str) -> set[str]:
    """The records that are closed to this requester in an emergency of one purpose."""
    asked = {**request, "purposes": [purpose]}
    consents = [{**one, "provision": tidy(one["provision"])} if "provision" in one else one for one in consents]
    return {
        f"{record['resourceType']}/{record['id']}"
        for record in records
        if is_closed(consents, Case(asked, records, record, now))
    }


def is_closed(consents: list[Tree], case: Case) -> bool:
    groups: dict[str, list[Tree]] = {}
    for text in {json.dumps({k: v for k, v in one.items() if k != "id"}, sort_keys=True) for one in consents}:
        consent = json.loads(text)
        if case.in_force(consent):
            groups.setdefault(case.group(consent), []).append(consent)
    return any(
        not any(strictly_older(one.get("dateTime"), other.get("dateTime")) for other in group if opens(other, case))
        for group in groups.values()
        for one in group
        if closes(one, case)
    )


def opens(consent: Tree, case: Case) -> bool:
    """Whether it permits the record, and nothing in it may be a condition that is not known."""
    chains = all_chains(consent["provision"]) if "provision" in consent else []
    whole = not any(set(rule) - KNOWN_ELEMENTS for chain in chains for rule in chain)
    return whole and case.answer(consent) == "permit"


def closes(consent: Tree, case: Case) -> bool:
    """Whether a refusal in it that names an emergency holds, and no permission within that refusal does."""
    root = consent.get("provision")
    if root is None:
        return False
    base = policy_of(consent)
    unsure = "modifierExtension" in consent or ("period" in root and time_in(case.now, root["period"]) is None)
    if base == "contradiction" or (base is None and "type" not in root):
        root, unsure = {"type": "deny", **root}, True  # what it names to permit, it does not close
    if "type" not in root:  # what it was meant as, though a permission that names nobody is not given
        conditions = elements_of(root, top=True) or set(root) - KNOWN_ELEMENTS
        opposite = {"permit": "deny", "deny": "permit"}[base or "deny"]
        root = {**root, "type": opposite if conditions else base}
    consent = {**consent, "provision": root}
    holding = [chain for chain in all_chains(root) if case.chain_holds(consent, chain, unsure)]

    def effect(chain: list[Tree]) -> str:
        return effects_of(consent, chain)[-1]

    return any(
        deepest(chain[-1], [one for one in holding if within(one, chain)], effect, len(chain)) == "deny"
        for chain in all_chains(root)
        if effect(chain) == "deny" and for_emergencies(chain)
    )


def within(chain: list[Tree], outer: list[Tree]) -> bool:
    return len(chain) >= len(outer) and all(one is other for one, other in zip(chain, outer, strict=False))


def for_emergencies(chain: list[Tree]) -> bool:
    """Whether the purposes of the last rule, its own or those it inherits, name or may name an emergency."""
    told = [rule["purpose"] for rule in chain if "purpose" in rule]
    return bool(told) and any(
        not isinstance(one, dict) or one["code"] in EMERGENCIES or one["code"] not in PURPOSES
        for one in several(told[-1])
    )
