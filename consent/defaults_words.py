"""The table of defaults and the statutory need to know in plain words, for any citizen to read and question.

`as_markdown` is what `docs/defaults.md` holds and `onestory defaults` prints. Knows no person and no record.
"""

from __future__ import annotations

from collections.abc import Iterable

from consent.categories import categories
from consent.defaults import Defaults, Rule, defaults
from consent.need_to_know import need_to_know
from consent.request import PURPOSES, RELATIONSHIPS, STAFF_ROLES
from fhir.sections import sections

ROLE_NAMES: dict[str, str] = {
    "gp": "GP",
    "nurse": "Nurse",
    "health-visitor": "Health visitor",
    "hospital-clinician": "Hospital clinician",
    "mental-health": "Mental health worker",
    "amhp": "Approved mental health professional",
    "pharmacist": "Pharmacist",
    "ambulance": "Ambulance crew",
    "therapist": "Therapist",
    "midwife": "Midwife",
    "social-worker": "Social worker",
    "childrens-social-worker": "Children's social worker",
    "care-home": "Care home staff",
    "home-care": "Home care worker",
    "supported-living": "Supported living worker",
    "link-worker": "Link worker",
    "administrator": "Administrator",
    "tester": "Tester",
}
TIES: dict[str, str] = {
    "registered": "you are registered with them",
    "caseload": "you are on their caseload",
    "referred": "you have been referred to them",
    "present": "you are with them now",
    "self-claimed": "they only say that they know you (they must say why, and it is checked)",
    "none": "they have nothing to do with you",
}


def as_markdown(role: str = "") -> str:
    """The whole table as Markdown, or what it says about one role (a key of `ROLE_NAMES`)."""
    table = defaults()
    lines = [
        "# What each kind of worker may see where you have said nothing",
        "",
        "This page is made from the tables that the program itself uses. Whatever no line here permits is not shown."
        " Your own choices come before these lines; the law comes before both.",
        "",
    ]
    if not role:
        lines += [*_grounds(table), ""]
    for key, name in ROLE_NAMES.items():
        if role in ("", key):
            lines += [*_role(table, key, name), ""]
    if not role:
        lines += [*_statute(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _grounds(table: Defaults) -> list[str]:
    lines = ["## Why someone may ask at all", ""]
    for ground in dict.fromkeys(table.purposes[key] for key in PURPOSES):
        for_what = _said(PURPOSES[key].lower() for key in PURPOSES if table.purposes[key] == ground)
        answer = "yes" if ground.permitted else "no"
        lines.append(f"- For {for_what}: {answer}. {ground.words}. (Source: {ground.source}.)")
        if not ground.permitted:
            lines += [
                f"  But for {PURPOSES[key].lower()} also: {who}."
                for key in PURPOSES
                if table.purposes[key] == ground and (who := _who_offers(table, key))
            ]
    lines.append("")
    for tie in dict.fromkeys(table.relationships[key] for key in RELATIONSHIPS):
        when = "; or when ".join(TIES[key] for key in RELATIONSHIPS if table.relationships[key] == tie)
        answer = "yes" if tie.permitted else "no"
        lines.append(f"- When {when}: {answer}. {tie.words}. (Source: {tie.source}.)")
    lines += ["", *(f"{need.words}. (Source: {need.source}.)" for need in table.needs)]
    lines += ["", "A team keeps seeing what it wrote itself, unless you name that very team or entry."]
    return lines


def _who_offers(table: Defaults, purpose: str) -> str:
    return ", ".join(name.lower() for key, name in ROLE_NAMES.items() if table.offers(key, purpose))


def _role(table: Defaults, key: str, name: str) -> list[str]:
    lines = [f"## {name}", ""]
    for rule in table.rules:
        if key in rule.roles:
            lines += _rule(table, rule)
    needs = [rule for rule in need_to_know().rules if key in rule.roles]
    if needs:
        kinds = [one.name for one in need_to_know().information if any(one.key in rule.information for rule in needs)]
        lines.append(f"- Sees, because the law gives them a duty to know: {_said(kinds)}.")
    return lines


def _rule(table: Defaults, rule: Rule) -> list[str]:
    kinds = [category.name for key, category in categories().items() if key in rule.categories]
    places = "the whole record" if len(rule.sections) == len(sections()) else _said(_places(rule.sections))
    lines = [f"- **{rule.words}.**", f"  Kinds of information: {_said(kinds)}.", f"  Where: {places}."]
    if rule.treated:
        lines.append("  Only what a medicine in use is given for.")
    if rule.test_data_only:
        lines.append("  Only in a vault that holds invented people.")
    direct = {purpose for purpose, ground in table.purposes.items() if ground.permitted}
    if rule.purposes != direct:
        lines.append(f"  For: {_said(PURPOSES[key].lower() for key in PURPOSES if key in rule.purposes)}.")
    tied = {tie for tie, ground in table.relationships.items() if ground.permitted}
    if rule.relationships != tied:
        lines.append(f"  When: {'; or '.join(TIES[key] for key in RELATIONSHIPS if key in rule.relationships)}.")
    lines.append(f"  Source: {rule.source}.")
    return lines


def _statute() -> list[str]:
    lines = [
        "## Safeguarding: what the law decides",
        "",
        "Professional safeguarding and child-protection information is not among your choices, and nobody is told of it"
        " whom no line here names.",
        "",
    ]
    table = need_to_know()
    for one in table.information:
        lines += [f"### {one.name}", "", f"{one.words}.", ""]
        for rule in table.rules:
            if one.key in rule.information:
                who = _said(name for key, name in ROLE_NAMES.items() if key in rule.roles)
                lines.append(f"- {rule.words}: {who}. (Source: {rule.source}.)")
        lines.append("")
    return lines


def _places(keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    return [section.name for key, section in sections().items() if key in wanted]


def _said(names: Iterable[str]) -> str:
    return ", ".join(names)


def main() -> None:
    """Print the table; `python -m consent.defaults_words > docs/defaults.md` brings the page up to date."""
    print(as_markdown(), end="")


if set(ROLE_NAMES) != STAFF_ROLES:  # pragma: no cover - a role was added without a name
    raise AssertionError("every staff role has a name")

if __name__ == "__main__":
    main()
