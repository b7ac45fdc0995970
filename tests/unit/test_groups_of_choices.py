"""Which choices replace which: by whom they are, and for whom; and what counts as being about sharing."""

from __future__ import annotations

from typing import Any

from consent_kit import ME, A, B, Tree, actor, answer, by_role, concept, consent, kind, record, ref, request, seen, sees

from consent.naming import role_coding

CONDITIONS: Tree = {"class": [kind("Condition")]}


def later(tree: Tree) -> Tree:
    return tree | {"id": "later", "dateTime": "2026-02-01"}


def test_a_choice_that_names_no_grantor_is_the_persons_own() -> None:
    by_name = {"performer": [ref(ME)]}
    assert sees([consent("OPTOUT"), later(consent("OPTIN", **by_name))]) == {"x"}
    assert sees([consent("OPTOUT", **by_name), later(consent("OPTIN"))]) == {"x"}
    assert sees([consent("OPTOUT"), later(consent("OPTIN", performer=[ref("RelatedPerson/mother")]))]) == set()


def test_a_choice_for_other_recipients_replaces_nothing() -> None:
    to_a: Tree = {"type": "permit", "actor": [actor(A)]}
    to_both: Tree = {"type": "deny", "actor": [actor(A), actor(B)], **CONDITIONS}
    assert sees([consent("", to_a), later(consent("", to_both))]) == {"x"}
    same = to_both | {"actor": [actor(A)]}
    assert sees([consent("", to_a), later(consent("", same))]) == set(), "the control: it replaces one for the same"
    holders = to_a | {"actor": [actor(A), actor(B, "CST")]}
    kept = record("x", "N", performer=[ref(B)])
    assert sees([consent("", holders), later(consent("", same))], A, kept) == set(), "who holds it is no recipient"


def test_a_choice_for_another_kind_of_worker_replaces_nothing_either() -> None:
    nurses, pharmacists = ({"type": "deny", "actor": [by_role(role)]} for role in ("nurse", "pharmacist"))
    nurse = request("Practitioner/p", roles=[role_coding("nurse")._asdict()])

    def as_seen(*consents: Tree) -> set[str]:
        return seen(answer(list(consents), nurse, record("x", "N")))

    refused, others = consent("OPTIN", nurses), later(consent("OPTIN", pharmacists))
    assert (as_seen(refused), as_seen(others)) == (set(), {"x"})
    assert as_seen(refused, others) == as_seen(others, refused) == set()
    assert as_seen(refused, later(consent("OPTIN", nurses | CONDITIONS))) == {"x"}, "the control: one for the same"


def test_it_is_about_sharing_by_its_scope_or_by_its_category() -> None:
    other: Any = [concept("https://example.org/categories", "other")]
    assert sees(consent("OPTIN", category=other)) == {"x"}
    assert sees({key: value for key, value in consent("OPTIN").items() if key != "scope"}) == {"x"}
    neither = {key: value for key, value in consent("OPTIN", category=other).items() if key != "scope"}
    assert sees(neither) == set()


def test_who_asks_in_one_of_their_posts_is_permitted_as_of_that_employer_only() -> None:
    posts = [
        {"resourceType": "Practitioner", "id": "p"},
        *(
            {"resourceType": "PractitionerRole", "id": f"at-{name}", "active": True,
             "practitioner": ref("Practitioner/p"), "organization": ref(f"Organization/{name}")}
            for name in ("a", "b")
        ),
        *({"resourceType": "Organization", "id": name} for name in ("a", "b")),
    ]  # fmt: skip
    only_b = consent("OPTOUT", {"type": "permit", "actor": [actor(B)]})
    for who, found in (("PractitionerRole/at-a", set()), ("PractitionerRole/at-b", {"x"}), ("Practitioner/p", {"x"})):
        assert seen(answer(only_b, request(who), record("x", "N"), posts)) == found, who
