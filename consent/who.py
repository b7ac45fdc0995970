"""Who the workers and organisations of a vault are among the actors that a Consent names.

`known_actors` picks, when a choice is kept, the resources that its rules need to be understood; `directory_of` puts
them beside the vault's own users and organisations when a request is decided. An organisation is known by its own
identifier or, where one only bears the name, by that name. A person is never known by name for certain: a refusal then
counts, a permission does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from consent.actors import PEOPLE_AND_PLACES, Directory
from consent.consents import Pointer, Tree, identifier_name
from consent.evidence import references
from consent.naming import OWN_IDENTIFIERS, organisation_name, spoken, user_name

_KEPT = frozenset(
    {
        "resourceType", "id", "identifier", "name", "partOf", "practitioner", "organization", "active", "period",
        "member", "participant", "status", "actual", "membership", "characteristic", "link",
    }
)  # fmt: skip


_ACTORS = PEOPLE_AND_PLACES - {"Patient"}


def known_actors(
    consents: Iterable[Tree], resources: Mapping[str, Tree], organisations: Iterable[str] = ()
) -> tuple[Tree, ...]:
    """The people and places that Consents speak of, whatever belongs to them or they belong to, and the Organizations
    that bear the name of one of these `organisations`; each with only what tells who it is. `resources` are by name."""
    places = {name: tree for name, tree in resources.items() if tree.get("resourceType") in _ACTORS}
    wanted = {spoken(name) for name in organisations}
    start = [name for consent in consents for found in references(consent) for name in found.names]
    start += [name for name, tree in places.items() if _organisation(tree) in wanted]
    led: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    for name, tree in places.items():
        for other in (other for found in references(tree) for other in found.names):
            led.setdefault(name, []).append(other)
            led.setdefault(other, []).append(name)
        for other in _identifiers(tree):
            named.setdefault(other, []).append(name)
    found: set[str] = set()
    while start:
        name = start.pop()
        start += named.pop(name, ())
        if name in places and name not in found:
            found.add(name)
            start += [*led.get(name, ()), *_identifiers(places[name])]
    called: dict[int, list[str]] = {}
    for name, tree in places.items():
        called.setdefault(id(tree), []).append(name)
    kept = {id(places[name]): name for name in sorted(found, reverse=True)}
    return tuple(
        {
            **{key: value for key, value in places[name].items() if key in _KEPT},
            "fullName": name,
            "names": called[place],
        }
        for place, name in sorted(kept.items(), key=lambda one: one[1])
    )


def _organisation(tree: Tree) -> str:
    name = tree.get("name")
    return spoken(name) if tree.get("resourceType") == "Organization" and isinstance(name, str) else ""


def _identifiers(tree: Tree) -> list[str]:
    value = tree.get("identifier")
    names = [identifier_name(item) for item in (value if isinstance(value, list) else ()) if isinstance(item, dict)]
    return [name for name in names if name]


def directory_of(
    known: Iterable[Tree],
    contained: Iterable[tuple[Tree, tuple[str, ...]]],
    *,
    organisations: Iterable[str],
    users: Iterable[str],
    mentioned: Iterable[str],
    now: datetime,
) -> Directory:
    """Who is who. `known` are from `known_actors`, `contained` stand inside Consents, `organisations` and `users` are
    the vault's own, `mentioned` all names that the rules use."""
    merged, twofold = _merged(known)
    resources: list[tuple[Tree, Sequence[str]]] = []
    perhaps: list[tuple[Pointer, Pointer]] = []
    own_organisations = {organisation_name(name) for name in organisations}
    own_users = {user_name(name) for name in users}
    own = own_organisations | own_users | {name for name in mentioned if _is_own(name)}
    bearers: dict[str, list[int]] = {}
    for place, (tree, names) in enumerate(merged):
        bearers.setdefault(_called(tree), []).append(place)
        resources.append((tree, names))
    for name in sorted(own):
        alike = bearers.get(name, [])
        if len(alike) == 1 and name in own_organisations:
            tree, names = merged[alike[0]]
            resources[alike[0]] = (tree, (*names, name))
            continue
        kind = "Organization" if name in own_organisations or organisation_name("") in name else "Practitioner"
        resources.append(({"resourceType": kind}, (name,)))
        perhaps += [(Pointer((name,)), Pointer(merged[place][1][:1])) for place in alike]
    return Directory([*resources, *contained], now, perhaps, twofold=twofold)


def _is_own(name: str) -> bool:
    return any(name.startswith(f"identifier {system}|") for system in OWN_IDENTIFIERS)


def _called(tree: Tree) -> str:
    """By which own name a resource might be known."""
    name = tree.get("name")
    if tree.get("resourceType") == "Organization":
        return organisation_name(name) if isinstance(name, str) else ""
    if tree.get("resourceType") == "Practitioner":
        return user_name(_human(name))
    return ""


def _human(name: Any) -> str:
    """A HumanName as one is called: "Dr Anita Patel"."""
    for one in name if isinstance(name, list) else [name]:
        if isinstance(one, dict):
            if isinstance(one.get("text"), str):
                return str(one["text"])
            prefix, given, family = (one.get(part) or [] for part in ("prefix", "given", "family"))
            words = [word for part in (prefix, given) if isinstance(part, list) for word in part]
            words += family if isinstance(family, list) else [family]
            return " ".join(word for word in words if isinstance(word, str))
    return ""


def _merged(known: Iterable[Tree]) -> tuple[list[tuple[Tree, tuple[str, ...]]], frozenset[str]]:
    """Resources with the names they go by, and names that tell nobody; the same organisation from several files is one,
    and a name that two of a kind go by tells neither."""
    groups: list[tuple[Tree, set[str]]] = []
    for tree in known:
        names = {name for name in (*tree.get("names", ()), *_identifiers(tree)) if name}
        same = [one for one in groups if one[0].get("resourceType") == tree.get("resourceType") and one[1] & names]
        if same and all(_called(one[0]) == _called(tree) for one in same):
            for one in same[1:]:
                same[0][1].update(one[1])
                groups.remove(one)
            same[0][1].update(names)
        elif names:
            groups.append((tree, names))
    bearers = Counter((tree.get("resourceType"), name) for tree, names in groups for name in names)
    merged = [
        ({**tree, "identifier": []}, tuple(sorted((n for n in names if bearers[kind, n] == 1), reverse=True)))
        for tree, names in groups
        for kind in (tree.get("resourceType"),)
    ]
    return merged, frozenset(name for (_, name), many in bearers.items() if many > 1)
