"""One user in several posts: only the keys of the post worked in open anything, and the log says which it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandkit import NOW, PASSPHRASE, Vault, instant, make_vault, run
from vault_samples import CHEAP, GP, change_vault_key, clock, document, make, sign_in, team_of, texts
from vault_samples import PASSPHRASE as SAMPLE_PASSPHRASE

import storage.user_keeping
from desktop.workspace import Workspace
from storage import vault as vaults
from storage.errors import ClosedError, NameTakenError, RecoveryKeyError, SignInError, UnknownItemError, UserStaysError
from storage.keypairs import PrivateKey
from storage.records import NewUser, Principal, StoredContent
from storage.session import Session

NOOR = NewUser("Noor", "nurse", "Riverside Surgery")
THERAPIST = NewUser("Noor", "therapist", "Mill Lane Clinic")
VAULT = "v.onestory"


def by_word(_: object, contents: list[StoredContent], principals: list[Principal]) -> list[frozenset[str]]:
    """Each entry for the team whose role its text names."""
    return [
        frozenset(who.id for who in principals if who.kind == "team" and who.role in one.content.decode())
        for one in contents
    ]


@pytest.fixture
def recovery(tmp_path: Path) -> str:
    """A vault where Noor is a nurse and a therapist, with one entry for each; the recovery key."""
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NOOR, SAMPLE_PASSPHRASE, created.recovery_key, by_word, cost=CHEAP)  # type: ignore[arg-type]
        session.add_post(THERAPIST, created.recovery_key, by_word)  # type: ignore[arg-type]
        for role in ("nurse", "therapist"):
            item = {"id": role, "text": f"for the {role}"}
            session.store_document(document([item], frozenset({team_of(session, role)}), path=role))
    return created.recovery_key


def enter(folder: Path, role: str = "", passphrase: str = SAMPLE_PASSPHRASE) -> Session:
    """Sign Noor in: in the post with this role, or the first."""
    unlocked = vaults.Vault.unlock(folder / VAULT, "Noor", passphrase, clock=clock)
    post = next((one.id for one in unlocked.posts if one.role == role), "")
    return unlocked.enter(post, passphrase)


def test_each_post_opens_what_it_may_and_nothing_of_the_other(tmp_path: Path, recovery: str) -> None:
    for role in ("nurse", "therapist"):
        with enter(tmp_path, role) as session:
            assert session.user.role == role
            assert texts(session) == [f"for the {role}"]
            roles = {who.role for who in session.principals() if who.id in session.my_principals()}
            assert roles - {""} == {role}


def test_what_was_stored_before_the_post_is_read_in_it(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NOOR, SAMPLE_PASSPHRASE, created.recovery_key, by_word, cost=CHEAP)  # type: ignore[arg-type]
        gp = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "1", "text": "early, for the therapist and the gp"}], gp))
        session.add_post(THERAPIST, created.recovery_key, by_word)  # type: ignore[arg-type]
    with enter(tmp_path, "therapist") as session:
        assert texts(session) == ["early, for the therapist and the gp"]
    with enter(tmp_path, "nurse") as session:
        assert texts(session) == []


def test_changing_the_post_needs_no_passphrase_and_ends_the_session_before(tmp_path: Path, recovery: str) -> None:
    with enter(tmp_path, "nurse") as first:
        other = next(post for post in first.posts() if post.role == "therapist")
        with first.as_post(other.id) as second:
            assert texts(second) == ["for the therapist"]
            assert first._private == {}
            with pytest.raises(ClosedError):
                first.people()
            with second.as_post(second.posts()[0].id) as third:
                assert texts(third) == ["for the nurse"]


def test_nobody_enters_a_post_of_someone_else(tmp_path: Path, recovery: str) -> None:
    with sign_in(tmp_path) as session:
        others = [who.id for who in session.principals() if who.name == "Noor"]
        for id in (*others, team_of(session, "nurse"), "custodian", "nobody"):
            with pytest.raises(UnknownItemError):
                session.as_post(id)
    unlocked = vaults.Vault.unlock(tmp_path / VAULT, GP.name, SAMPLE_PASSPHRASE, clock=clock)
    with pytest.raises(UnknownItemError):
        unlocked.enter(others[0])
    sign_in(tmp_path).close()  # the vault was let go


def test_a_post_that_is_left_opens_nothing_more_and_the_other_goes_on(tmp_path: Path, recovery: str) -> None:
    with enter(tmp_path, "therapist") as session:
        old = keys_in_use(session)
    with sign_in(tmp_path) as session:
        session.leave_post("Noor", "therapist", "Mill Lane Clinic", recovery)
        team = frozenset({team_of(session, "therapist")})
        session.store_document(document([{"id": "late", "text": "late, for the therapist"}], team, path="late"))
    with enter(tmp_path, "therapist") as session:  # there is no such post: the first
        assert session.user.role == "nurse"
        assert [post.role for post in session.posts()] == ["nurse"]
        assert texts(session) == ["for the nurse"]
        held = session._principals.team("therapist", "Mill Lane Clinic")
        assert held is not None
        assert held.public.raw not in {key.public.raw for key in old}


def keys_in_use(session: Session) -> list[PrivateKey]:
    return list(session._private.values())


def test_a_user_who_is_removed_leaves_every_post(tmp_path: Path, recovery: str) -> None:
    with sign_in(tmp_path) as session:
        before = {role: session._principals.team(role, place) for role, place in teams()}
        session.remove_user("Noor", recovery)
        assert [who for who in session.principals() if who.name == "Noor"] == []
        for role, place in teams():
            now, then = session._principals.team(role, place), before[role]
            assert now is not None
            assert then is not None
            assert now.public.raw != then.public.raw
    with pytest.raises(SignInError):
        enter(tmp_path)


def teams() -> list[tuple[str, str]]:
    return [(post.role, post.organisation) for post in (NOOR, THERAPIST)]


def test_a_passphrase_changed_in_a_further_post_opens_all_of_them(tmp_path: Path, recovery: str) -> None:
    with enter(tmp_path, "therapist") as session:
        session.change_passphrase(SAMPLE_PASSPHRASE, "seven calm herons wading")
    for role in ("nurse", "therapist"):
        with enter(tmp_path, role, "seven calm herons wading") as session:
            assert session.user.role == role
            assert texts(session) == [f"for the {role}"]


def test_a_further_post_lives_through_changes_of_every_key(tmp_path: Path, recovery: str) -> None:
    new = vaults.slots.new_recovery_key()
    with enter(tmp_path, "therapist") as session:
        change_vault_key(session, recovery)
        assert texts(session) == ["for the therapist"]
        session.change_every_key(new, recovery)
        assert texts(session) == ["for the therapist"]
        with session.as_post("") as nurse:
            assert texts(nurse) == ["for the nurse"]
    for role in ("therapist", "nurse"):
        with enter(tmp_path, role) as session:
            assert texts(session) == [f"for the {role}"]


def test_the_custodians_office_stays_with_the_first_post(tmp_path: Path) -> None:
    created = make(tmp_path, NewUser("Asha", "gp", "Riverside Surgery", frozenset({"custodian"})))
    with created.session as session:
        session.add_post(NewUser("Asha", "nurse", "Ward", frozenset({"custodian"})), "", by_word)  # type: ignore[arg-type]
        nurse = next(post for post in session.posts() if post.role == "nurse")
        assert not nurse.custodian
        with session.as_post(nurse.id) as other:
            assert not other._keys.custodian_signing
            assert not other._keys.custodian_private
            with pytest.raises(RecoveryKeyError):
                other.add_post(NewUser("Asha", "gp", "Elsewhere"), "", by_word)  # type: ignore[arg-type]
            other.change_passphrase(SAMPLE_PASSPHRASE, "seven calm herons wading")
    with sign_in(tmp_path, "Asha", "seven calm herons wading") as session:
        assert session._keys.custodian_signing


def test_what_cannot_be_a_post(tmp_path: Path, recovery: str) -> None:
    with sign_in(tmp_path) as session:
        for post, error in (
            (THERAPIST, NameTakenError),
            (NewUser("Nobody", "nurse", "Ward"), UnknownItemError),
        ):
            with pytest.raises(error):
                session.add_post(post, recovery, by_word)  # type: ignore[arg-type]
        with pytest.raises(UserStaysError):
            session.leave_post("Noor", "nurse", "Riverside Surgery", recovery)
        with pytest.raises(UnknownItemError):
            session.leave_post("Noor", "midwife", "Riverside Surgery", recovery)
    with enter(tmp_path, "therapist") as session:
        with pytest.raises(UserStaysError):
            session.leave_post("Noor", "therapist", "Mill Lane Clinic", recovery)
        with pytest.raises(UserStaysError):
            session.remove_user("Noor", recovery)


def test_a_lost_passphrase_is_replaced_for_every_post(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    key, new = vault.folder / "recovery", tmp_path / "new"
    new.write_text("another phrase of Noor\n")
    words = ("--recovery-key-file", key, "--new-passphrase-file", new, "--vault", vault.path)
    ran = run("users", "reset", "Noor", *words)
    assert ran.code == 0, ran.err
    unlocked = vaults.Vault.unlock(vault.path, "Noor", "another phrase of Noor")
    assert [(post.role, post.organisation) for post in unlocked.posts] == [
        ("nurse", "Riverside Surgery"),
        ("therapist", "Mill Lane Clinic"),
    ]
    unlocked.close()


def test_a_reset_that_fails_in_a_further_post_leaves_every_post_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = joint(tmp_path)
    enrol_later = storage.user_keeping.enrol_later

    def failing(*arguments: object, **named: object) -> object:
        if "therapist" in {one.role for one in arguments if isinstance(one, NewUser)}:
            raise OSError("the disk is gone")
        return enrol_later(*arguments, **named)  # type: ignore[arg-type]

    key = (vault.folder / "recovery").read_text().strip()
    monkeypatch.setattr(storage.user_keeping, "enrol_later", failing)
    with pytest.raises(OSError, match="the disk is gone"):
        Workspace.reset_passphrase(vault.path, "Noor", "another phrase of Noor", recovery_key=key)
    unlocked = vaults.Vault.unlock(vault.path, "Noor", PASSPHRASE)
    assert [post.role for post in unlocked.posts] == ["nurse", "therapist"]
    with unlocked.enter(unlocked.posts[1].id) as session:
        assert session.user.role == "therapist"


# -- the command line


def joint(folder: Path) -> Vault:
    """A vault where Noor is a nurse and a therapist; hers to run commands in."""
    vault = make_vault(folder)
    vault.add_user("Noor", "nurse", "Riverside Surgery")
    ran = vault.run("users", "add-post", "Noor", "--role", "therapist", "--organisation", "Mill Lane Clinic",
                    "--recovery-key-file", vault.folder / "recovery")  # fmt: skip
    assert ran.code == 0, ran.err
    return vault


def test_the_command_line_never_guesses_the_post(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    noor = vault.as_user("Noor")
    ran = noor.run("people", "--json")
    assert ran.code == 2
    assert "nurse, Riverside Surgery; therapist, Mill Lane Clinic" in ran.err
    assert noor.run("people", "--as", "midwife", "--json").code == 2
    for said in ("therapist", "mill lane clinic", "Therapist, Mill Lane Clinic"):
        assert noor.json("users", "--as", said)
        assert noor.json("users", f"--as={said}")
    assert vault.json("users")  # who has one post is never asked


def test_the_log_says_the_post_of_each_access(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    noor = vault.as_user("Noor")
    for said in ("nurse", "therapist"):
        assert noor.run("people", "anyone", "--as", said, "--json").code in (0, 1)
    events = vault.json("log")
    rows = [(one["kind"], one["role"], one["organisation"]) for one in events if one["user"] == "Noor"]
    assert rows == [
        ("sign-in", "nurse", "Riverside Surgery"),
        ("search", "nurse", "Riverside Surgery"),
        ("sign-in", "therapist", "Mill Lane Clinic"),
        ("search", "therapist", "Mill Lane Clinic"),
    ]
    users = [(one["name"], one["role"]) for one in vault.json("users") if one["name"] == "Noor"]
    assert users == [("Noor", "nurse"), ("Noor", "therapist")]
    assert vault.run("log", "verify").code == 0


def test_a_workspace_that_changes_post_says_so_in_the_log(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    with Workspace.sign_in(vault.path, "Noor", PASSPHRASE, choose=lambda posts: posts[0], now=instant(NOW)) as first:
        nurse, therapist = first.posts
        assert first.user == nurse
        with first.work_as(therapist) as second:
            assert second.user == therapist
    rows = [(one["kind"], one["role"]) for one in vault.json("log") if one["user"] == "Noor"]
    assert rows == [("sign-in", "nurse"), ("sign-in", "therapist")]


def test_a_post_that_is_not_theirs_is_refused_to_who_has_one(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    ran = vault.run("users", "--as", "midwife", "--json")
    assert ran.code == 2
    assert ran.sentence == "You do not work in that post; you are at work as: tester, Riverside Team."
    assert ran.out == ""
    assert vault.json("users", "--as", "Tester")
    assert [one["kind"] for one in vault.json("log")].count("sign-in") == 2, "nobody was let in as something else"


def test_a_restore_never_guesses_the_post_and_replaces_nothing_before_it_is_said(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    noor, kept = vault.as_user("Noor"), tmp_path / "monday.backup"
    assert noor.run("backup", kept, "--as", "nurse").code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    for more in ((), ("--as", "midwife")):
        ran = noor.run("restore", kept, *more)
        assert ran.code == 2
        assert "nurse, Riverside Surgery; therapist, Mill Lane Clinic" in ran.sentence
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
        assert [path for path in tmp_path.iterdir() if path.is_dir()] == [], "nothing was set aside"
    assert noor.run("restore", kept, "--as", "therapist").code == 0
    events = vault.json("log")
    assert [(one["user"], one["role"]) for one in events if one["kind"] == "restore"] == [("Noor", "therapist")]


@pytest.mark.parametrize("typed", [" Mill  Lane Clinic", "mill lane clinic "])
def test_spaces_and_case_make_no_twin_of_an_organisation(tmp_path: Path, typed: str) -> None:
    vault = joint(tmp_path)
    key = ("--recovery-key-file", vault.folder / "recovery")
    place = ("--role", "therapist", "--organisation", typed)
    ran = vault.run("users", "add-post", "Noor", *place, *key)
    assert (ran.code, ran.sentence) == (2, "They work in that post already.")
    vault.add_user("Ben", "therapist", typed)
    vault.add_user("Cy", "gp", f"  Elm \t {typed}")
    places = {(one["name"], one["organisation"]) for one in vault.json("users")}
    assert ("Ben", "Mill Lane Clinic") in places
    assert ("Cy", "Elm " + " ".join(typed.split())) in places
    ran = vault.run("users", "rename-organisation", "Riverside Surgery", typed, *key)
    assert (ran.code, ran.sentence) == (2, "There is an organisation of that name already, or was.")
    assert vault.as_user("Noor").json("users", "--as", typed)
    assert vault.run("users", "leave-post", "Noor", *place, *key).code == 0


def test_a_first_user_too_is_of_an_organisation_without_stray_spaces(tmp_path: Path) -> None:
    path = tmp_path / "b.vault"
    Workspace.create(path, "Asha", "gp", "  Ward \n 4 ", PASSPHRASE, now=instant(NOW), anchors=tmp_path)
    with Workspace.sign_in(path, "Asha", PASSPHRASE, now=instant(NOW), anchors=tmp_path) as workspace:
        assert workspace.user.organisation == "Ward 4"


def test_leaving_a_post_that_is_not_held_says_so(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    more = ("--role", "midwife", "--organisation", "Ward 4", "--recovery-key-file", vault.folder / "recovery")
    ran = vault.run("users", "leave-post", "Noor", *more)
    assert (ran.code, ran.sentence) == (1, "Noor does not work as midwife, Ward 4.")
    ran = vault.run("users", "leave-post", "Nobody", *more)
    assert (ran.code, ran.sentence) == (1, "There is no user Nobody in this vault.")


def test_a_reset_answers_programs_too(tmp_path: Path) -> None:
    vault = joint(tmp_path)
    words = ("--recovery-key-file", vault.folder / "recovery", "--new-passphrase-file", vault.folder / "passphrase")
    ran = run("users", "reset", "Noor", *words, "--vault", vault.path, "--json")
    assert ran.code == 0, ran.err
    assert ran.json == {"reset": "Noor"}
