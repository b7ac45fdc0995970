"""Whoever would be shown an entry has a key for it, and whoever would not has none: by team and by worker."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from consent_kit import THO, Tree, action, by_role, chosen, concept, consent, decided, named, purpose, ref
from gatekit import NOW, PERSON, entry
from gatekit import request as asked

from consent.acting import link
from consent.choices import Act, By, KeptConsent, kept_for
from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION, USER
from consent.ports import Principal
from consent.standing import Standing
from fhir.entries import PersonId

PLAIN = LabelledEntry(entry("Condition/1"), ("general",))
MONEY = LabelledEntry(entry("Account/1", section="money"), ("money",))
GPS = Principal("gps", "team", "gp", "Surgery")
NURSES = Principal("nurses", "team", "nurse", "Ward", former=("Old ward",))
ADA, BOB = (Principal(name.lower(), "user", "gp", "Surgery", name) for name in ("Ada", "Bob"))
ANN, NIA = (
    Principal(name[:3].lower(), "user", "nurse", "Ward", name, ("Old ward",)) for name in ("Ann Organisation", "Nia")
)
EVERYONE = [ADA, GPS, NURSES, ANN, NIA, BOB]
USERS = [ADA, BOB, ANN, NIA]


def to(target: str) -> Tree:
    return {"role": concept(THO + "v3-ParticipationType", "PRCP"), "reference": ref(target)}


def known(name: str, /, **values: object) -> Tree:
    return {"resourceType": name.split("/")[-2], "fullName": name, "names": [name], **values}


ELSEWHERE = "https://organisation.example/fhir/Practitioner/p"
DOCTOR = known("Practitioner/p", name=[{"text": "Ada"}])
WORKS = known("PractitionerRole/r", practitioner=ref("Practitioner/p"), organization=ref("Organization/9"))
PLACES: dict[str, tuple[Tree, tuple[Tree, ...], set[str]]] = {
    "a worker": (named(USER, "Ada"), (), {"ada"}),
    "a worker with a name like a place": (named(USER, "Ann Organisation"), (), {"ann"}),
    "somebody who has left": (named(USER, "Zoe"), (), set()),
    "a practitioner of a worker's name": (to("Practitioner/p"), (DOCTOR,), {"ada"}),
    "a practitioner of a place by its address": (
        to(ELSEWHERE), (known(ELSEWHERE, name=[{"text": "Ada"}]),), {"ada"},
    ),
    "a place where such a practitioner works": (
        to("Organization/9"), (DOCTOR, WORKS, known("Organization/9", name="Else")), {"ada"},
    ),
    "a team of theirs": (
        to("CareTeam/t"),
        (known("CareTeam/t", participant=[{"member": named(USER, "Bob")["reference"]}]),), {"bob"},
    ),
    "an organisation": (named(ORGANISATION, "Ward"), (), {"ann", "nia"}),
    "an organisation by its name of before": (named(ORGANISATION, "Old ward"), (), {"ann", "nia"}),
    "an organisation that is known": (to("Organization/w"), (known("Organization/w", name="Ward"),), {"ann", "nia"}),
    "an organisation that nobody knows": (to("Organization/x"), (), {"ada", "bob", "ann", "nia"}),
    "a kind of worker": (by_role("nurse"), (), {"ann", "nia"}),
    "somebody who cannot be read": ({"reference": 7}, (), {"ada", "bob", "ann", "nia"}),
}  # fmt: skip


def readers(acts: list[Act], one: LabelledEntry = PLAIN) -> set[str]:
    """The workers who have a key, as themselves or as one of their team."""
    found = Standing(EVERYONE, test_data=False).of_person(PERSON, acts, NOW).readers(one)
    teams = {(team.role, team.organisation) for team in (GPS, NURSES) if team.id in found}
    return {user.id for user in USERS if user.id in found or (user.role, user.organisation) in teams}


def shown(acts: list[Act], one: LabelledEntry = PLAIN) -> set[str]:
    """The workers who are shown it."""
    found = set()
    for user in USERS:
        request = asked(user.role, organisation=user.organisation)
        request = replace(request, actor=replace(request.actor, user=user.name, former=user.former))
        if decided(request, acts, one, among=EVERYONE) != "withhold":
            found.add(user.id)
    return found


@pytest.mark.parametrize(("actor", "who", "refused"), PLACES.values(), ids=PLACES)
def test_whoever_is_refused_has_no_key(actor: Tree, who: tuple[Tree, ...], refused: set[str]) -> None:
    for rule in ({"type": "deny", "actor": [actor]}, {"provision": [{"type": "deny", "actor": [actor]}]}):
        acts = [msgspec.structs.replace(act, known=who) for act in chosen(consent("OPTIN", rule))]
        assert shown(acts) == readers(acts) == {user.id for user in USERS} - refused


@pytest.mark.parametrize(
    ("actor", "who", "permitted"),
    [
        (named(USER, "Ada"), (), {"ada"}),
        (named(USER, "Ann Organisation"), (), {"ann"}),
        (to("Practitioner/p"), (DOCTOR,), set()),
        (to("CareTeam/t"), (known("CareTeam/t", participant=[{"member": named(USER, "Bob")["reference"]}]),), {"bob"}),
        (named(ORGANISATION, "Ward"), (), {"ann", "nia"}),
        (by_role("gp"), (), {"ada", "bob"}),
    ],
)
def test_whoever_alone_is_permitted_has_a_key(actor: Tree, who: tuple[Tree, ...], permitted: set[str]) -> None:
    rule = {"type": "permit", "actor": [actor]}
    acts = [msgspec.structs.replace(act, known=who) for act in chosen(consent("OPTOUT", rule))]
    assert shown(acts) == readers(acts) == permitted


def test_the_choices_that_count_for_one_team_tell_only_its_workers_apart() -> None:
    """A nurse opens what the person had closed to one nurse; for the nurses themselves the refusal stands."""
    kept = KeptConsent("w", kept_for(PERSON, consent("OPTIN")))
    by_nurse = Act(kind="set", time="2026-02", by=By("u-nia", "Nia", "nurse", "Ward"), consents=(kept,))
    acts = [*chosen(consent("OPTIN", {"type": "deny", "actor": [named(USER, "Ann Organisation")]})), by_nurse]
    assert shown(acts) == readers(acts) == {"ada", "bob", "nia"}


@pytest.mark.parametrize(
    ("period", "workers"),
    [({"start": "2026-11"}, {"ada", "bob", "ann", "nia"}), ({"end": "2026-10"}, set()), ({"start": "2027"}, set())],
)
def test_a_key_is_given_for_the_time_that_is_now(period: Tree, workers: set[str]) -> None:
    acts = chosen(consent("OPTOUT", {"provision": [{"type": "permit", "period": period}]}))
    assert shown(acts) == readers(acts) == workers
    alone = {"type": "permit", "actor": [named(USER, "Ada")], "period": period}
    acts = chosen(consent("OPTOUT", {"provision": [alone]}))
    assert shown(acts) == readers(acts) == workers & {"ada"}


@pytest.mark.parametrize("done", ["access", "use"])
@pytest.mark.parametrize("why", ["TREAT", "ETREAT", "HRESCH"])
def test_what_may_be_asked_for_otherwise_gives_a_key_too(done: str, why: str) -> None:
    """Another purpose and action than looking for treatment."""
    rule = {"type": "permit", "actor": [by_role("gp")], "purpose": [purpose(why)], "action": [action(done)]}
    assert readers(chosen(consent("OPTOUT", rule))) == {"ada", "bob"}
    assert readers(chosen(consent("OPTOUT", rule | {"action": [action("correct")]}))) == set()


def test_a_team_has_the_key_where_its_workers_are_alike() -> None:
    money = {"securityLabel": [{"system": CATEGORY, "code": "money"}]}
    one = chosen(consent("OPTIN", {"type": "deny", "actor": [named(USER, "Ada")], **money}))
    told = Standing(EVERYONE, test_data=False).of_person(PERSON, one, NOW)
    assert told.readers(PLAIN) == {"gps", "nurses"}
    assert told.readers(MONEY) == {"bob", "nurses"}
    both = chosen(consent("OPTIN", {"type": "deny", "actor": [named(USER, "Ada"), named(USER, "Bob")]}))
    assert Standing(EVERYONE, test_data=False).of_person(PERSON, both, NOW).readers(PLAIN) == {"nurses"}


def test_a_team_that_is_called_as_a_worker_is_not_that_worker() -> None:
    everyone = [Principal("gps", "team", "gp", "Surgery", "Zoe"), ADA, BOB]
    acts = chosen(consent("OPTIN", {"type": "deny", "actor": [named(USER, "Zoe")]}))
    assert Standing(everyone, test_data=False).of_person(PERSON, acts, NOW).readers(PLAIN) == {"gps"}


def test_what_is_permitted_to_everyone_gives_no_key_to_those_who_are_no_staff() -> None:
    others = [
        Principal("per", "team", "person", link(PersonId("p-2"))),
        Principal("mum", "team", "proxy", link(PersonId("p-2"), "Mum")),
        Principal("wiz", "team", "wizard", "Surgery"),
        Principal("review", "review", "gp", "Surgery"),
    ]
    told = Standing([*EVERYONE, *others], test_data=False)
    for acts in ([], chosen(consent("OPTIN"))):
        assert told.of_person(PERSON, acts, NOW).readers(PLAIN) == {"gps", "nurses"}


@pytest.mark.parametrize("order", [EVERYONE, EVERYONE[::-1]])
def test_entries_are_told_apart_by_what_counts_for_any_of_the_teams(order: list[Principal]) -> None:
    """The person closed one entry to all; a nurse opened everything, which counts for all but the nurses."""
    this = {"type": "deny", "data": [{"meaning": "instance", "reference": ref("Condition/1")}]}
    kept = KeptConsent("w", kept_for(PERSON, consent("OPTIN")))
    by_nurse = Act(kind="set", time="2026-02", by=By("u-nia", "Nia", "nurse", "Ward"), consents=(kept,))
    told = Standing(order, test_data=False).of_person(PERSON, [*chosen(consent("OPTIN", this)), by_nurse], NOW)
    others = [LabelledEntry(entry(f"Condition/{number}"), ("general",)) for number in (2, 3)]
    assert [told.readers(one) for one in (*others, PLAIN)] == [{"gps", "nurses"}, {"gps", "nurses"}, {"gps"}]


def test_what_a_role_sees_by_default_needs_the_person_to_be_known_to_it() -> None:
    assert readers([]) == readers(chosen(consent("OPTIN"))) == {"ada", "bob", "ann", "nia"}
    assert shown([], PLAIN) == {"ada", "bob", "ann", "nia"}
    silent = chosen(consent("", {"type": "deny", "purpose": [purpose("HRESCH")]}))
    assert readers(silent, MONEY) == shown(silent, MONEY)
