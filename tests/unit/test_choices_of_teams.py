"""For whom a choice counts: the team that made it, one that is named or wrote a record, users who have left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from consent_kit import CUSTODIAN, Tree, by_role, chosen, concept, consent, decided, named, purpose, ref
from gatekit import NOW, PERSON, SURGERY, entry
from gatekit import request as asked

from consent.choices import Act, By, KeptConsent, kept_for
from consent.evidence import encode_evidence, evidence_of
from consent.facts import EntryFacts
from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION, USER
from consent.persons_choices import Acts, Neighbourhood, RequestChoices, neighbourhood, next_change, refers_of
from consent.ports import Principal
from consent.request import Request
from consent.standing import Standing
from fhir.entries import Link

MONEY = LabelledEntry(entry("Account/1", section="money"), ("money",))
LETTER = entry("Composition/1", section="documents", links=(Link("section", "Condition/1"),))
YES, NO = consent("OPTIN"), consent("OPTOUT")


def by_worker(role: str, organisation: str, *trees: Tree, kind: Any = "set") -> Act:
    kept = tuple(KeptConsent(f"w{n}", kept_for(PERSON, tree)) for n, tree in enumerate(trees))
    return Act(kind=kind, time="2026-02", by=By("u-ned", "Ned", role, organisation), consents=kept)


def nurse(organisation: str, *former: str) -> Request:
    of = asked("nurse", organisation=organisation)
    return replace(of, actor=replace(of.actor, former=former))


# -- nobody widens for themselves


@pytest.mark.parametrize(
    ("who", "effect"),
    [
        (nurse("Ward"), "withhold"),
        (nurse("New ward", "Ward"), "withhold"),
        (nurse("Elsewhere"), "permit"),
        (nurse(""), "permit"),
        (asked("pharmacist", organisation="Ward"), "permit"),
    ],
)
def test_what_a_worker_sets_gives_their_own_team_nothing(who: Request, effect: str) -> None:
    assert decided(who, [by_worker("nurse", "Ward", YES)], MONEY) == effect
    assert decided(who, chosen(NO), MONEY) == "withhold"
    assert decided(who, [*chosen(YES), by_worker("nurse", "Ward", NO)], MONEY) == "withhold"


def test_a_worker_of_no_organisation_gives_themself_nothing_either() -> None:
    acts = [by_worker("nurse", "", YES)]
    assert decided(nurse(""), acts, MONEY) == "withhold"
    assert decided(asked("pharmacist", organisation=""), acts, MONEY) == "permit"
    assert decided(nurse("Ward"), acts, MONEY) == "permit"


def test_keys_are_given_for_each_team_by_what_counts_for_it() -> None:
    teams = [Principal(name, "team", "nurse", name) for name in ("Elsewhere", "Ward", "Other")]
    acts = [by_worker("nurse", "Ward", YES)]
    for order in (teams, teams[::-1]):
        told = Standing(order, test_data=False).of_person(PERSON, acts, NOW)
        assert told.readers(MONEY) == {"Elsewhere", "Other"}


def test_of_joined_people_a_team_gains_only_by_what_another_set_for_one_of_them() -> None:
    """The ward's nurses set something for one, the others' for the other: as many choices count for either."""
    silent = consent("", {"type": "deny", "purpose": [purpose("HRESCH")]})
    acts = [
        *[msgspec.structs.replace(act, about=person) for person in ("p-1", "p-2") for act in chosen(silent)],
        msgspec.structs.replace(by_worker("nurse", "Ward", YES), about="p-1"),
        msgspec.structs.replace(by_worker("nurse", "Other", silent), about="p-2"),
    ]
    teams = [Principal(name, "team", "nurse", name) for name in ("Ward", "Other")]
    for order in (teams, teams[::-1]):
        assert Standing(order, test_data=False).of_person(PERSON, acts, NOW).readers(MONEY) == {"Other"}


# -- what a team wrote itself


OURS = named(ORGANISATION, SURGERY.name)
GENERAL = {"securityLabel": [{"system": CATEGORY, "code": "general"}]}


@pytest.mark.parametrize(
    ("own", "imported", "effect"),
    [
        (YES, consent("OPTIN", {"type": "deny", **GENERAL}), "permit"),
        (YES, consent("OPTIN", {"type": "deny", "actor": [by_role("gp")]}), "permit"),
        (YES, consent("OPTIN", {"type": "deny", "actor": [OURS]}), "withhold"),
        (consent("", {"type": "permit", "actor": [OURS]}), consent("OPTIN", {"type": "deny", **GENERAL}), "permit"),
        (
            consent("OPTIN", {"type": "deny", "actor": [OURS]}),
            consent("OPTIN", {"type": "deny", **GENERAL}),
            "withhold",
        ),
        (
            consent("OPTIN", {"type": "deny", **GENERAL}),
            consent("OPTIN", {"type": "deny", "actor": [OURS]}),
            "withhold",
        ),
    ],
)
def test_an_imported_refusal_leaves_a_team_what_it_wrote_unless_it_names_it(
    own: Tree, imported: Tree, effect: str
) -> None:
    acts = [*chosen(own), by_worker("nurse", "Ward", imported, kind="import")]
    assert decided(asked("gp", organisation=SURGERY.name), acts) == effect
    if by_role("gp") not in imported["provision"].get("actor", []) and imported["provision"].get("actor") != [OURS]:
        assert decided(asked("gp", organisation="Elsewhere"), acts) == "withhold"


def test_an_import_that_permits_gives_nothing() -> None:
    acts = [*chosen(NO), by_worker("nurse", "Ward", YES, kind="import")]
    assert decided(asked("gp"), acts) == "withhold"


def test_an_import_ends_no_refusal_that_another_import_brought() -> None:
    """Whoever imports must not be able to end a refusal; the newer one counts once it is confirmed."""
    older, newer = NO | {"dateTime": "2025-01-01"}, YES | {"dateTime": "2026-01-01"}
    first, second = (by_worker("nurse", "Ward", one, kind="import") for one in (older, newer))
    second = msgspec.structs.replace(second, consents=(msgspec.structs.replace(second.consents[0], id="newer"),))
    for acts in (
        [first, second],
        [second, first],
        [msgspec.structs.replace(first, consents=(*first.consents, *second.consents))],
    ):
        assert decided(asked("gp"), acts) == "withhold"
    older = msgspec.structs.replace(
        first, ids=tuple(one.id for one in first.consents), kind="withdraw", by=CUSTODIAN, consents=()
    )
    assert decided(asked("gp"), [first, second, older]) == "permit"
    both = msgspec.structs.replace(older, ids=(*older.ids, "newer"), kind="confirm")
    assert decided(asked("gp"), [first, second, both]) == "permit", "of the person's own the newest counts"


def test_of_imports_the_newer_refusal_and_the_older_both_stand() -> None:
    """One that names the very record binds also the team that wrote it."""
    it = {"meaning": "instance", "reference": ref("Condition/1")}
    naming = consent("OPTIN", {"type": "deny", "data": [it]}) | {"dateTime": "2025-01-01"}
    plain = consent("OPTIN", {"type": "deny", **GENERAL}) | {"dateTime": "2026-01-01"}
    ours, others = asked("gp", organisation=SURGERY.name), asked("gp", organisation="Elsewhere")
    for imported, effect in ((naming, "withhold"), (plain, "permit")):
        assert decided(ours, [by_worker("nurse", "Ward", imported, kind="import")]) == effect
        assert decided(others, [by_worker("nurse", "Ward", imported, kind="import")]) == "withhold"
    assert decided(ours, [by_worker("nurse", "Ward", naming, plain, kind="import")]) == "withhold"


def works(number: int, place: str) -> Tree:
    name = f"PractitionerRole/{number}"
    return {
        "resourceType": "PractitionerRole",
        "fullName": name,
        "names": [name],
        "practitioner": ref("Practitioner/p"),
        "organization": {"identifier": {"system": ORGANISATION, "value": place}},
    }


def test_who_has_two_employers_wrote_for_neither_for_certain() -> None:
    tree = {"resourceType": "Condition", "asserter": ref("Practitioner/p")}
    noted = LabelledEntry(
        entry("Condition/1"), ("general",), evidence=encode_evidence(evidence_of(tree, ("Condition/1",)))
    )
    person = {"resourceType": "Practitioner", "fullName": "Practitioner/p", "names": ["Practitioner/p"]}
    (act,) = chosen(NO)
    for places, effect in ((("Ward",), "permit"), (("Ward", "Elsewhere"), "withhold"), (("Elsewhere",), "withhold")):
        known = (person, *[works(number, place) for number, place in enumerate(places)])
        acts = [msgspec.structs.replace(act, known=known)]
        assert decided(asked("gp", organisation="Ward"), acts, noted) == effect, places


# -- who is named


def test_an_organisation_that_no_user_works_for_is_the_one_of_its_name() -> None:
    """As when somebody looks as it to see what it would be shown."""
    tree = {"resourceType": "Organization", "fullName": "Organization/9", "names": ["Organization/9"], "name": "Ward"}
    (act,) = chosen(
        consent("OPTOUT", {"type": "permit", "actor": [{**by_role("gp"), "reference": ref("Organization/9")}]})
    )
    acts = [msgspec.structs.replace(act, known=(tree,))]
    gps = Principal("gps", "team", "gp", "Surgery")
    assert decided(asked("gp", organisation="Ward"), acts, among=[gps]) == "permit"
    assert decided(asked("gp", organisation="Surgery"), acts, among=[gps]) == "withhold"


PRINCIPALS = [
    Principal("gps", "team", "gp", "Surgery"),
    Principal("ada", "user", "gp", "Surgery", "Ada"),
    Principal("bob", "user", "gp", "Surgery", "Bob"),
]


def as_user(name: str) -> Request:
    of = asked("gp", organisation="Surgery")
    return replace(of, actor=replace(of.actor, user=name))


def test_an_organisation_is_known_by_the_names_it_had() -> None:
    among = neighbourhood([Principal("gps", "team", "gp", "Brook  Street", former=("River", "Delta")), *PRINCIPALS])
    assert among.formerly("BROOK Street") == ("River", "Delta")
    assert among.formerly("Surgery") == ()


def test_a_refused_practitioner_may_be_the_user_of_that_name() -> None:
    doctor = {
        "resourceType": "Practitioner",
        "fullName": "Practitioner/9",
        "names": ["Practitioner/9"],
        "name": [{"text": "Ada"}],
    }
    (act,) = chosen(
        consent("OPTIN", {"type": "deny", "actor": [{**by_role("gp"), "reference": ref("Practitioner/9")}]})
    )
    acts = [msgspec.structs.replace(act, known=(doctor,))]
    assert [decided(as_user(name), acts, among=PRINCIPALS) for name in ("Ada", "Bob")] == ["withhold", "permit"]


def test_a_refusal_of_somebody_who_has_left_binds_nobody_else() -> None:
    gone = {"actor": [named(USER, "Zoe")]}
    for rule in ({"type": "deny", **gone}, {"provision": [{"type": "deny", **gone}]}):
        assert decided(as_user("Ada"), chosen(consent("OPTIN", rule)), among=PRINCIPALS) == "permit"
    doubtful = consent("OPTIN", {"type": "deny", "actor": [7, named(USER, "Zoe")]})
    assert decided(as_user("Ada"), chosen(doubtful), among=PRINCIPALS) == "withhold"


def test_a_kind_of_worker_in_codes_of_elsewhere_may_be_anyone() -> None:
    doctors = {"actor": [{"role": concept("urn:roles", "doctor")}]}
    assert decided(asked("gp"), chosen(consent("OPTIN", {"type": "deny", **doctors}))) == "withhold"
    assert decided(asked("gp"), chosen(consent("OPTOUT", {"type": "permit", **doctors}))) == "withhold"


# -- when, and what is led to


@pytest.mark.parametrize(
    ("period", "effect"), [({"start": "2026-11"}, "permit"), ({"end": "2026-10"}, "withhold"), ({}, "withhold")]
)
def test_a_permission_holds_in_its_time(period: Tree, effect: str) -> None:
    rule = {"type": "permit", "period": period or {"start": "2027"}}
    assert decided(asked("gp"), chosen(consent("OPTOUT", {"provision": [rule]}))) == effect


def test_choices_that_are_not_in_force_for_everyone_change_by_themselves_too() -> None:
    """What a worker set replaces what was chosen before, but not for their own team."""
    rule = {"type": "deny", "period": {"end": "2027"}, "purpose": [purpose("TREAT")]}
    acts = [*chosen(consent("OPTIN", {"provision": [rule]})), by_worker("nurse", "Ward", NO)]
    found = next_change(acts, NOW)
    assert found is not None
    assert found.year == 2028


def test_of_a_record_that_is_not_here_nobody_knows_what_it_leads_to() -> None:
    led = consent("OPTIN", {"type": "deny", "data": [{"meaning": "related", "reference": ref("Composition/1")}]})
    assert decided(asked("gp"), chosen(led)) == "withhold"
    assert (
        decided(asked("gp"), chosen(led), refers=refers_of(lambda: [LabelledEntry(LETTER, ("general",))])) == "withhold"
    )
    elsewhere = LabelledEntry(entry("Condition/2"), ("general",))
    letters = [
        LabelledEntry(LETTER, ("general",)),
        LabelledEntry(msgspec.structs.replace(LETTER, links=(Link("section", "Condition/3"),)), ("general",)),
    ]
    assert decided(asked("gp"), chosen(led), elsewhere, refers=refers_of(lambda: letters)) == "permit"
    for led_to in ("Condition/1", "Condition/3"):
        one = LabelledEntry(entry(led_to), ("general",))
        assert decided(asked("gp"), chosen(led), one, refers=refers_of(lambda: letters)) == "withhold"


def test_every_choice_is_asked_only_of_those_for_whom_it_counts() -> None:
    told = Acts(chosen(YES), PERSON, NOW, Neighbourhood())
    gps, nurses = (RequestChoices(told, asked(role)) for role in ("gp", "nurse"))
    assert gps.counting is nurses.counting, "what counts for both is read once"
    assert gps.said(EntryFacts(MONEY)).ruling.effect == "permit"
    assert (gps.may_permit, gps.may_refuse) == (True, False)
