"""The person, a parent and an attorney as users: what each is shown, and what their keys open by raw SQL."""

from __future__ import annotations

from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, run, write

import storage.user_keeping
import storage.vault
from consent.disclosure import DisclosedRecord
from desktop.rights import right_more, rights_of
from fhir.entries import PersonId

PLAIN, SEXUAL, NOPAT, CONCERN, THIRD, OTHER = (
    "zqplain4411",
    "zqsexual8823",
    "zqnopat2211",
    "zqconcern7719",
    "zqthird5566",
    "zqother1188",
)
LATE = "zqlate9090"
WORDS = (PLAIN, SEXUAL, NOPAT, CONCERN, THIRD, OTHER)
LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def labelled(record: dict[str, Any], code: str) -> dict[str, Any]:
    return record | {"meta": {"security": [{"system": LABELS, "code": code}]}}


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A child of 13 with a record, the child and a parent as users, an attorney of an adult, and a gp."""
    folder = tmp_path_factory.mktemp("home")
    vault = make_vault(folder, role="gp")
    concern = condition("s", "a", f"Child is cause for safeguarding concern {CONCERN}")
    concern["code"]["coding"] = [{"system": "http://snomed.info/sct", "code": "836881000000105"}]
    records = [
        condition("p", "a", f"Asthma {PLAIN}", code="195967001"),
        condition("h", "a", f"HIV infection {SEXUAL}", code="86406008"),
        labelled(condition("n", "a", f"Concern about {NOPAT}"), "NOPAT"),
        labelled(condition("t", "a", f"Sister said {THIRD}"), "THIRD-PARTY"),
        concern,
    ]
    child = patient("a", "Okafor", nhs_number(3)) | {"birthDate": "2013-05-06"}
    vault.take(write(folder, "a.json", bundle(child, *records)))
    adult = patient("b", "Lindqvist") | {"birthDate": "1941-05-06"}
    vault.take(write(folder, "b.json", bundle(adult, condition("o", "b", f"Gout {OTHER}", code="90560007"))))
    child_id, adult_id = vault.person("Okafor"), vault.person("Lindqvist")
    vault.add_user("Ada", "person", "", "--person", child_id)
    mandate = ("--basis", "parental-responsibility", "--evidence", "Birth certificate seen")
    vault.add_user("Mum", "proxy", "", "--person", child_id, *mandate)
    power = ("--basis", "health-attorney", "--evidence", "OPG 7000 1234 5678")
    vault.add_user("Ned", "proxy", "", "--person", adult_id, *power)
    return vault


def shown(vault: Vault, user: str, person: str) -> set[str]:
    ran = vault.as_user(user).run("show", person, "--json")
    return {word for word in WORDS if word in ran.out}


def opened(vault: Vault, user: str) -> set[str]:
    loot = insider.loot(vault.path, user, PASSPHRASE)
    return {word for word in WORDS if loot.count(word)}


def test_the_person_sees_their_own_record_minus_what_the_law_keeps_and_nobody_elses(home: Vault) -> None:
    child, adult = home.person("Okafor"), home.person("Lindqvist")
    assert shown(home, "Ada", child) == {PLAIN, SEXUAL}
    assert home.as_user("Ada").run("show", adult, "--json").code != 0
    assert [row["personId"] for row in home.as_user("Ada").json("people")] == [child]
    assert opened(home, "Ada") == {PLAIN, SEXUAL}
    record = home.as_user("Ada").json("show", child)
    assert "ask the person" not in str(record)
    assert "The law may keep some things" in record["notices"][0]


def test_a_parent_sees_as_the_mandate_says_and_never_safeguarding_or_third_party_information(home: Vault) -> None:
    child = home.person("Okafor")
    assert shown(home, "Mum", child) == opened(home, "Mum") == {PLAIN, SEXUAL}
    assert home.as_user("Mum").run("show", home.person("Lindqvist"), "--json").code != 0
    rows = home.json("acting", "list", child)["rights"]
    assert [(row["user"], row["state"], row["lapses"]) for row in rows] == [("Mum", "active", "2029-05-06")]


def test_a_competent_child_refuses_a_parent_and_the_keys_go(home: Vault) -> None:
    child = home.person("Okafor")
    assert home.run("acting", "competence", child, "--competent", "--refuses", "Mum").code == 0
    assert opened(home, "Mum") == set()
    assert shown(home, "Mum", child) == set()
    assert home.json("acting", "list", child)["rights"][0]["state"] == "refused"
    assert shown(home, "Ada", child) == {PLAIN, SEXUAL}
    assert home.run("acting", "competence", child, "--competent").code == 0
    assert opened(home, "Mum") == {PLAIN, SEXUAL}


def test_a_court_order_takes_a_parents_keys_and_only_the_office_lifts_it(home: Vault) -> None:
    child = home.person("Okafor")
    ran = home.run("acting", "court", child, "Mum", "--court", "Family Court", "--dated", "2026-03-03", "--json")
    assert ran.code == 0, ran.err
    assert shown(home, "Mum", child) == opened(home, "Mum") == set()
    assert home.json("acting", "list", child)["rights"][0]["state"] == "forbidden"
    again = ("parental-responsibility", "--evidence", "Seen again")
    assert home.run("acting", "allow", child, "Mum", *again).code == 0
    assert shown(home, "Mum", child) == opened(home, "Mum") == set(), "no new right passes it by"
    assert home.as_user("Mum").run("choices", child, "--set", write(home.folder, "none.json", [])).code != 0
    lift = ("acting", "lift-court", child, ran.json["id"], "--reason")
    assert home.run(*lift, "Order discharged").code != 0, "a gp may not"
    home.add_user("Pat", "custodian", "Riverside Team", "--custodian")
    assert "in a few words" in home.as_user("Pat").run(*lift, "so").err
    assert opened(home, "Mum") == set()
    assert home.as_user("Pat").run(*lift, "Order discharged").code == 0
    assert opened(home, "Mum") == {PLAIN, SEXUAL}


@pytest.mark.parametrize(("told", "readers"), [("--told", {"Ada", "Pat", "Asha"}), ("--not-told", {"Pat", "Asha"})])
def test_why_a_court_limit_is_over_is_for_staff_and_where_told_the_person_and_nobody_else(
    home: Vault, told: str, readers: set[str]
) -> None:
    """Through the command, and by raw SQL with each one's own keys."""
    why, child = "Order discharged zqcourt8080", home.person("Okafor")
    ran = home.run("acting", "court", child, "Mum", "--court", "Family Court", "--dated", "2026-03-03", "--json")
    home.add_user("Pat", "custodian", "Riverside Team", "--custodian")
    carer = ("--basis", "permission", "--evidence", "Said so", "--scope", "general")
    home.add_user("Nan", "carer", "", "--person", child, *carer)
    assert home.as_user("Pat").run("acting", "lift-court", child, ran.json["id"], "--reason", why, told).code == 0
    everyone = ("Ada", "Mum", "Nan", "Pat", "Asha")
    listed = {who for who in everyone if why in home.as_user(who).run("acting", "list", child, "--json").out}
    opens = {who for who in everyone if insider.loot(home.path, who, PASSPHRASE).count(why)}
    assert (listed, opens) == (readers, readers)
    (limit,) = home.as_user("Mum").json("acting", "list", child)["courts"]
    assert (limit["why"], bool(limit["lifted"])) == ("", True), "that it is over, everyone it bound is told"
    lines = [row["reason"] for row in home.as_user("Ada").json("log") if row["kind"] == "statement"]
    assert "CourtLifted" in lines
    assert "CourtWhy" not in lines


def test_what_a_court_has_ordered_is_told_to_who_may_record_or_lift_it_and_not_to_any_staff(home: Vault) -> None:
    court, child = "Family Court zqorder6161", home.person("Okafor")
    order = ("acting", "court", child, "Mum", "--court", court, "--dated", "2026-03-03")
    assert home.run(*order).code == 0
    home.add_user("Sol", "childrens-social-worker", "Council")
    home.add_user("Pru", "privacy-officer", "Riverside Team")
    staff = {"Nia": "nurse", "Hal": "home-care", "Ida": "hospital-clinician", "Lin": "link-worker"}
    for name, role in staff.items():
        home.add_user(name, role, "River")
    for who in ("Asha", "Sol", "Pru", "Ada", "Mum"):
        assert court in str(home.as_user(who).json("acting", "list", child)["courts"]), who
    for who in staff:
        found = home.as_user(who).json("acting", "list", child)
        assert found["courts"] == []
        assert [one["state"] for one in found["rights"]] == ["no-right"], "that it does not count is told"
        assert "ourt" not in home.as_user(who).run("acting", "list", child).out


def test_what_a_court_leaves_of_a_right_is_told_to_no_other_staff_either(home: Vault) -> None:
    child = home.person("Okafor")
    home.add_user("Nia", "nurse", "River")

    def told() -> tuple[object, ...]:
        with home.as_user("Nia").signed_in() as workspace:
            found = rights_of(workspace, PersonId(child))
            return [right_more(one) for one in found.acting], found

    before = told()
    order = ("acting", "court", child, "Mum", "--court", "Family Court", "--dated", "2026-03-03", "--leaves", "general")
    assert home.run(*order).code == 0
    assert told() == before


def test_an_attorney_waits_until_capacity_is_lacking(home: Vault) -> None:
    adult = home.person("Lindqvist")
    assert shown(home, "Ned", adult) == opened(home, "Ned") == set()
    assert home.run("acting", "capacity", adult, "--lacking").code == 0
    assert shown(home, "Ned", adult) == opened(home, "Ned") == {OTHER}
    assert home.run("acting", "capacity", adult, "--capable").code == 0
    assert opened(home, "Ned") == set()


def stated(vault: Vault, user: str, person: str) -> list[bytes | None]:
    """What the keys of a user open of what is stated about someone."""
    with storage.vault.Vault.open(vault.path, user, PASSPHRASE) as session:
        return [one.content for one in session.statements(PersonId(person))]


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_new_passphrase_tells_nobody_more_and_takes_no_right(home: Vault, *, signed_in: bool) -> None:
    adult, child = home.person("Lindqvist"), home.person("Okafor")
    assert home.run("acting", "capacity", adult, "--lacking").code == 0
    assert home.run("acting", "competence", child, "--competent").code == 0
    asked = [(user, who) for user in ("Ada", "Mum", "Ned") for who in (adult, child)]
    before = {one: stated(home, *one) for one in asked}
    assert not any(before["Ada", adult])
    assert not any(before["Ned", child])
    assert any(before["Ned", adult])
    key = home.folder / "recovery"
    for user in ("Ada", "Mum", "Ned"):
        if signed_in:
            with home.signed_in() as workspace:
                workspace.renew_user(user, PASSPHRASE, recovery_key=key.read_text().strip())
        else:
            words = ("--recovery-key-file", key, "--new-passphrase-file", home.folder / "passphrase")
            assert run("users", "reset", user, *words, "--vault", home.path).code == 0
    assert {one: stated(home, *one) for one in asked} == before
    assert shown(home, "Ned", adult) == opened(home, "Ned") == {OTHER}
    assert shown(home, "Mum", child) == opened(home, "Mum") == {PLAIN, SEXUAL}


def test_a_person_who_signs_in_for_the_first_time_reads_who_acts_for_them_since_before(home: Vault) -> None:
    """As whoever was there first does: rights, ended ones, what courts limit, and what was found of them as a child."""
    child = home.person("Okafor")
    assert home.run("acting", "court", child, "Mum", "--court", "Family Court", "--dated", "2026-03-03").code == 0
    assert home.run("acting", "competence", child, "--competent", "--refuses", "Mum").code == 0
    home.add_user("Ada again", "person", "", "--person", child)
    before, later = (home.as_user(name).json("acting", "list", child) for name in ("Ada", "Ada again"))
    assert [row["user"] for row in later["rights"]] == ["Mum"]
    assert later == before
    home.add_user("Dad", "proxy", "", "--person", child, "--basis", "parental-responsibility", "--evidence", "Seen")
    assert "Mum" not in str(home.as_user("Dad").json("acting", "list", child))


@pytest.mark.parametrize(
    ("day", "found"),
    [("2024-05-05", "The child is under 11"), ("2024-05-06", ""), ("2031-05-05", ""), ("2031-05-06", "Gillick")],
)
def test_competence_is_recorded_from_the_eleventh_birthday_to_the_day_before_the_eighteenth(
    home: Vault, day: str, found: str
) -> None:
    child = home.person("Okafor")
    then = (*home.access()[:-1], f"{day}T12:00:00Z")
    ran = run("acting", "competence", child, "--competent", "--refuses", "Mum", *then)
    assert ran.code == (2 if found else 0)
    assert ran.code == 0 or found in ran.sentence


def test_a_right_over_a_child_is_renewed_to_the_day_before_the_eighteenth_birthday(home: Vault) -> None:
    child = home.person("Okafor")
    right = home.json("acting", "list", child)["rights"][0]["id"]
    for day, code in (("2031-05-05", 0), ("2031-05-06", 2)):
        ran = run("acting", "renew", child, right, *home.access()[:-1], f"{day}T12:00:00Z")
        assert ran.code == code
    assert ran.sentence == "This right is over children and ended on the 18th birthday: it cannot be renewed."
    told = run("acting", "list", child, "--json", *home.access()[:-1], "2031-05-06T13:00:00Z")
    (row,) = told.json["rights"]
    assert (row["state"], row["lapses"]) == ("lapsed", "2031-05-06")


def test_who_gains_by_it_records_nothing(home: Vault) -> None:
    child = home.person("Okafor")
    mandate = home.json("acting", "list", child)["rights"][0]["id"]
    for command in (
        ("acting", "renew", child, mandate),
        ("acting", "competence", child, "--not-competent"),
        ("acting", "allow", child, "Mum", "care-order", "--evidence", "I say so"),
    ):
        assert home.as_user("Mum").run(*command).code == 2
    assert home.run("acting", "allow", child, "Mum", "section-20", "--evidence", "Accommodated").code == 2
    more = ("--evidence", "Seen", "--scope", "gossip")
    ran = home.run("acting", "allow", child, "Mum", "parental-responsibility", *more)
    assert (ran.code, ran.sentence.partition(":")[0]) == (2, "The kinds of information are")


def test_a_clinician_keeps_an_entry_from_the_persons_view_and_not_from_staff(home: Vault) -> None:
    child = home.person("Okafor")
    plain = next(one["entryId"] for one in entries(home.json("show", child)) if PLAIN in one["title"])
    limit = ("acting", "limit", child, "SERIOUS-HARM", plain, "--reason", "Danger to the child")
    assert home.run(*limit).code == 2, "it needs a review date"
    id = home.json(*limit, "--review", "2027-05-01")["id"]
    assert shown(home, "Ada", child) == opened(home, "Ada") == {SEXUAL}
    assert PLAIN in shown(home, "Asha", child)
    lift = ("acting", "lift", child, id, "--reason")
    assert home.run(*lift, " no ").code == 2, "it needs a reason"
    assert opened(home, "Ada") == {SEXUAL}
    assert home.run(*lift, "The danger is over zqover9090").code == 0
    assert opened(home, "Ada") == {PLAIN, SEXUAL}
    assert home.run(*lift, "Once more zqover9191").code == 2, "it is over already"
    why = {who: insider.loot(home.path, who, PASSPHRASE).count("zqover9090") for who in ("Asha", "Ada", "Mum")}
    assert why == {"Asha": 1, "Ada": 0, "Mum": 0}, "that something was kept, and why it is not now, is for staff"


def test_a_limit_holds_for_a_newer_state_of_the_same_record(home: Vault) -> None:
    child = home.person("Okafor")
    plain = next(one["entryId"] for one in entries(home.json("show", child)) if PLAIN in one["title"])
    reason = ("--reason", "Danger to the child", "--review", "2027-05-01")
    assert home.run("acting", "limit", child, "SERIOUS-HARM", plain, *reason).code == 0
    newer = condition("p", "a", f"Asthma {PLAIN} again", code="195967001", meta={"lastUpdated": "2026-11-01T00:00:00Z"})
    them = patient("a", "Okafor", nhs_number(3)) | {"birthDate": "2013-05-06"}
    home.store(home.folder / "a.json", write(home.folder, "d.json", bundle(them, newer)))
    assert shown(home, "Ada", child) == opened(home, "Ada") == {SEXUAL}
    assert PLAIN in shown(home, "Asha", child)


def test_a_lapse_at_a_birthday_needs_nobody_to_act(home: Vault) -> None:
    child = home.person("Okafor")
    late = [*home.as_user("Mum").access()[:-1], "2029-05-06T08:00:00Z"]
    ran = run("show", child, "--json", *late)
    assert not any(word in ran.out for word in WORDS)


def test_after_a_birthday_the_keys_go_when_anyone_opens_the_record(home: Vault) -> None:
    other = patient("c", "Zielinski") | {"birthDate": "2013-05-06"}
    home.store(write(home.folder, "c.json", bundle(other, condition("x", "c", f"Eczema {LATE}", code="24079001"))))
    child = home.person("Zielinski")
    mandate = ("--basis", "parental-responsibility", "--evidence", "Order seen")
    home.add_user("Gran", "proxy", "", "--person", child, *mandate)
    assert insider.loot(home.path, "Gran", PASSPHRASE).count(LATE)
    assert run("show", child, "--json", *home.access()[:-1], "2029-05-06T08:00:00Z").code == 0
    assert not insider.loot(home.path, "Gran", PASSPHRASE).count(LATE)


def test_the_log_still_verifies(home: Vault) -> None:
    assert home.json("log", "verify")["ok"]


def test_whoever_is_linked_to_one_person_has_nothing_to_do_with_another(home: Vault) -> None:
    adult = home.person("Lindqvist")
    nothing = write(home.folder, "none.json", [])
    for user in ("Ada", "Mum"):
        them = home.as_user(user)
        for command in (
            ("choices", adult),
            ("choices", adult, "--set", nothing),
            ("acting", "list", adult),
            ("acting", "capacity", adult, "--lacking"),
        ):
            assert them.run(*command).code == 1, (user, command)
        assert them.run("undo", "anything").code == 1
        assert them.run("matches", "list", "--json").raw.strip() in (b"[]", b"")


def test_a_proxy_without_a_right_in_force_changes_nothing(home: Vault) -> None:
    adult = home.person("Lindqvist")
    nothing = write(home.folder, "none.json", [])
    assert home.as_user("Ned").run("choices", adult, "--set", nothing).code == 1


def test_a_refused_parent_gets_nothing_back_because_the_child_looks(home: Vault) -> None:
    child = home.person("Okafor")
    home.add_user("Theo", "therapist", "Gym")
    assert home.as_user("Theo").run("acting", "competence", child, "--competent", "--refuses", "Mum").code in (0, 1, 2)
    assert home.run("acting", "competence", child, "--competent", "--refuses", "Mum").code in (0, 1)
    assert shown(home, "Ada", child) == {PLAIN, SEXUAL}
    assert opened(home, "Mum") == shown(home, "Mum", child) == set()


@pytest.mark.parametrize("user", ["Ada", "Mum"])
def test_who_is_or_acts_for_a_person_works_as_somebody_else(home: Vault, user: str) -> None:
    post = ("--role", "nurse", "--organisation", "Ward", "--recovery-key-file", home.folder / "recovery")
    ran = home.run("users", "add-post", user, *post)
    assert ran.code == 2
    assert ran.sentence == f"{user} is here as a person, carer or proxy; as a worker they need a user of their own."
    assert len([one for one in home.json("users") if one["name"] == user]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--basis", "friendship", "--evidence", "They know each other"),
        ("--basis", "permission", "--evidence", "Said so", "--scope", "gossip"),
    ],
    ids=["basis", "scope"],
)
def test_nobody_is_added_who_was_to_act_for_somebody_and_may_not(home: Vault, wrong: tuple[str, ...]) -> None:
    before = home.json("users")
    who = ("add", "Cousin", "--role", "proxy", "--organisation", "", "--person", home.person("Lindqvist"))
    keys = ("--new-passphrase-file", home.folder / "passphrase", "--recovery-key-file", home.folder / "recovery")
    ran = home.run("users", *who, *keys, *wrong)
    assert ran.code == 2
    assert ran.sentence
    assert home.json("users") == before


def test_a_refused_parent_decides_nothing_either_though_they_are_not_told(home: Vault) -> None:
    """What a child refuses is told to staff only: the parent's own session cannot know, so whoever decides does not
    count what the parent does from then on."""
    child = home.person("Okafor")
    hers = write(home.folder, "hers.json", [refusing("nurse")])
    assert home.as_user("Ada").run("choices", child, "--set", hers).code == 0
    assert home.run("acting", "competence", child, "--competent", "--refuses", "Mum").code == 0
    before = home.as_user("Ada").json("choices", child)["entry"]
    none = write(home.folder, "none.json", [])
    for more in ((), ("--set", none), ("--set", none, "--preview"), ("--out", home.folder / "taken.json")):
        ran = home.as_user("Mum").run("choices", child, *more, "--json")
        assert (ran.code, "nurse" in ran.out + ran.err) == (1, False), more
    assert home.as_user("Ada").json("choices", child)["entry"] == before
    home.add_user("Nan", "nurse")
    assert shown(home, "Nan", child) == set()


def test_keys_open_nobody_elses_choices_to_who_is_tied_to_one_person(home: Vault) -> None:
    child, adult = home.person("Okafor"), home.person("Lindqvist")
    for person, about, mark in ((child, "a", "zqrulechild"), (adult, "b", "zqruleadult")):
        code = [{"coding": [{"system": "http://snomed.info/sct", "code": mark}]}]
        rule = {"type": "deny", "code": code}
        chosen = refusing("nurse") | {"patient": {"reference": f"Patient/{about}"}, "provision": rule}
        said = {"status": "generated", "div": f"<div>{mark}words</div>"}
        assert home.run("choices", person, "--set", write(home.folder, "c.json", [chosen | {"text": said}])).code == 0
    found = {
        user: {
            mark
            for mark in ("zqrulechild", "zqruleadult", "zqrulechildwords", "zqruleadultwords")
            if insider.loot(home.path, user, PASSPHRASE).count(mark)
        }
        for user in ("Ada", "Mum", "Ned", "Asha")
    }
    assert found == {
        "Ada": {"zqrulechild", "zqrulechildwords"},
        "Mum": {"zqrulechild"},
        "Ned": {"zqruleadult"},
        "Asha": {"zqrulechild", "zqruleadult"},
    }
    mandate = ("--basis", "health-attorney", "--evidence", "OPG 7000 1234 5678")
    home.add_user("Late", "proxy", "", "--person", adult, *mandate)
    assert insider.loot(home.path, "Late", PASSPHRASE).count("zqruleadult")
    assert not insider.loot(home.path, "Late", PASSPHRASE).count("zqrulechild")


def refusing(role: str) -> dict[str, Any]:
    """Everything is refused to a kind of worker."""
    system = "https://fhir.onestory.example/CodeSystem/role"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]
        },
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-10-01",
        "provision": {"type": "deny", "actor": [{"role": {"coding": [{"system": system, "code": role}]}}]},
    }


def test_a_person_sees_as_a_worker_what_that_worker_gets_minus_what_the_law_keeps_from_them(
    home: Vault,
) -> None:
    """With an entry not for the patient, one of a third party's and one of safeguarding: staff see them, she does not,
    neither in her own view nor through anybody's eyes."""
    child = PersonId(home.person("Okafor"))
    workers = {"Sol": "childrens-social-worker", "Nan": "nurse", "Ivo": "home-care", "Amb": "ambulance"}
    for name, role in workers.items():
        home.add_user(name, role, "Elsewhere")
    kept = {NOPAT, CONCERN, THIRD}
    with home.as_user("Ada").signed_in() as ada:
        mine = words_of(ada.open_person(child))
        through = {name: words_of(ada.see_as(child, role, "Elsewhere", name)) for name, role in workers.items()}
    assert mine == {PLAIN, SEXUAL}
    really = {}
    for name in workers:
        with home.as_user(name).signed_in() as worker:
            really[name] = words_of(worker.open_person(child))
        assert through[name] == really[name] & mine, name
        assert not through[name] & kept
    assert any(found & kept for found in really.values()), "a control: somebody sees what she may not"


def words_of(record: DisclosedRecord) -> set[str]:
    text = " ".join(item.entry.title for section in record.sections.values() for item in section.entries)
    return {word for word in WORDS if word in text}
