"""What an import says of people and places tells who its own Consents mean. It gives nobody what the person gave to
others, and takes nobody out of what they refused."""

from __future__ import annotations

import msgspec
import pytest
from consent_kit import CUSTODIAN, Tree, actor, chosen, consent, decided, purpose, ref
from gatekit import PERSON, entry
from gatekit import request as asked

from consent.choices import Act, By, KeptConsent, kept_for
from consent.evidence import encode_evidence, evidence_of
from consent.labels import LabelledEntry
from consent.naming import ORGANISATION

EVE = By("u-eve", "Eve", "gp", "Eve Ltd")
WARD, ELSEWHERE = asked("gp", organisation="Ward"), asked("gp", organisation="Eve Ltd")


def place(name: str, called: str, **values: Tree) -> Tree:
    return {"resourceType": "Organization", "fullName": name, "names": [name], "name": called, **values}


def group(called: str) -> Tree:
    """A group with this organisation in it, inside a Consent that calls it "#g"."""
    member = {"entity": {"identifier": {"system": ORGANISATION, "value": called}}}
    return {"contained": [{"resourceType": "Group", "id": "g", "member": [member]}]}


def knowing(known: list[Tree], *trees: Tree) -> list[Act]:
    """These Consents as the person's choices, with who is who."""
    return [msgspec.structs.replace(act, known=tuple(known)) for act in chosen(*trees)]


def imported(*known: Tree, tree: Tree | None = None, **more: Tree) -> Act:
    """The import of a Consent (one that refuses research), with who is who."""
    said = tree or consent("OPTIN", {"type": "deny", "purpose": [purpose("HRESCH")]})
    kept = KeptConsent("x", kept_for(PERSON, {**said, **more}))
    return Act(kind="import", time="2026-02", by=EVE, consents=(kept,), known=known)


CONFIRMED = Act(kind="confirm", time="2026-03", by=CUSTODIAN, ids=("x",))
HERE, THERE = place("Organization/1", "Ward"), place("Organization/1", "Eve Ltd")


def given(whom: str, **more: Tree) -> Tree:
    return consent("OPTOUT", {"type": "permit", "actor": [actor(whom)]}, **more)


def refused(whom: str, **more: Tree) -> Tree:
    return consent("OPTIN", {"type": "deny", "actor": [actor(whom)]}, **more)


LATER = {
    "nothing": (),
    "the same organisation": (imported(HERE),),
    "another of that name": (imported(THERE),),
    "another that belongs to it": (imported(place("Organization/9", "Eve Ltd", partOf=ref("Organization/1"))),),
    "a part of another": (imported(place("Organization/1", "Ward", partOf=ref("Organization/9")), THERE),),
    "another, and it is confirmed": (imported(THERE), CONFIRMED),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_a_choice_means_those_whom_it_was_made_with(later: tuple[Act, ...]) -> None:
    may, may_not = (knowing([HERE], said("Organization/1")) for said in (given, refused))
    assert [decided(who, [*may, *later]) for who in (WARD, ELSEWHERE)] == ["permit", "withhold"]
    assert [decided(who, [*may_not, *later]) for who in (WARD, ELSEWHERE)] == ["withhold", "permit"]


@pytest.mark.parametrize("confirmed", [(), (CONFIRMED,)])
def test_what_stands_inside_a_consent_is_known_to_that_one_only(confirmed: tuple[Act, ...]) -> None:
    later = (imported(**group("Eve Ltd")), *confirmed)
    may, may_not = (knowing([], said("#g", **group("Ward"))) for said in (given, refused))
    assert [decided(who, [*may, *later]) for who in (WARD, ELSEWHERE)] == ["permit", "withhold"]
    assert [decided(who, [*may_not, *later]) for who in (WARD, ELSEWHERE)] == ["withhold", "permit"]


def test_an_imported_choice_means_those_whom_it_was_imported_with_also_when_it_is_confirmed() -> None:
    mine = knowing([THERE], consent("OPTIN"))
    no = imported(HERE, tree=refused("Organization/1"))
    for acts in ([*mine, no], [*mine, no, CONFIRMED]):
        assert decided(WARD, acts) == "withhold"
    yes = imported(HERE, tree=given("Organization/1"))
    told = knowing([THERE])
    assert [decided(who, [*told, yes, CONFIRMED]) for who in (WARD, ELSEWHERE)] == ["permit", "withhold"]


def test_one_that_is_imported_again_as_it_was_means_the_same() -> None:
    no, yes = ([imported(HERE, tree=said("Organization/1"))] * 2 for said in (refused, given))
    assert [decided(who, [*knowing([], consent("OPTIN")), *no]) for who in (WARD, ELSEWHERE)] == ["withhold", "permit"]
    assert [decided(who, [*yes, CONFIRMED]) for who in (WARD, ELSEWHERE)] == ["permit", "withhold"]


def test_one_that_is_imported_again_with_others_under_the_name_still_refuses_and_permits_neither() -> None:
    for more in ((), (CONFIRMED,)):
        no = [imported(one, tree=refused("Organization/1")) for one in (HERE, THERE)]
        assert decided(WARD, [*no, *more]) == "withhold"
        yes = [imported(one, tree=given("Organization/1")) for one in (HERE, THERE)]
        assert [decided(who, [*yes, *more]) for who in (WARD, ELSEWHERE)] == ["withhold", "withhold"]


def test_of_copies_each_says_whom_it_may_mean() -> None:
    """One Consent that came from two places, under two names."""
    for one, other in ((HERE, THERE), (THERE, HERE)):
        copy = imported(other, tree=refused("Organization/1"))
        copy = msgspec.structs.replace(copy, consents=(KeptConsent("y", copy.consents[0].tree),))
        acts = [imported(one, tree=refused("Organization/1")), copy]
        assert [decided(who, acts) for who in (WARD, ELSEWHERE)] == ["withhold", "withhold"]


def test_an_import_makes_nobody_the_writer_of_a_record() -> None:
    """A team keeps seeing what it wrote, whatever is refused to everyone."""
    noted = {"resourceType": "Condition", "asserter": ref("Organization/1")}
    one = LabelledEntry(
        entry("Condition/1"), ("general",), evidence=encode_evidence(evidence_of(noted, ("Condition/1",)))
    )
    nobody = consent("OPTOUT")
    assert decided(ELSEWHERE, [*knowing([], nobody), imported(THERE)], one) == "withhold"
    assert decided(ELSEWHERE, knowing([THERE], nobody), one) == "permit"
