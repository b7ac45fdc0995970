"""A person's choices travel signed: whoever takes them in is told whose signature they bear, and whatever it says they
only narrow until somebody confirms them. What was changed under its signature is said to be so, and can never be
confirmed; of what had its signature taken off nobody can tell, and it is said not to be signed."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64decode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commandkit import NOW, Ran, Vault, bundle, condition, entries, make_vault, nhs_number, patient, run, write
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from storage import signed_bundles
from storage.keypairs import SigningKey
from storage.log_heads import certificate_text

THO = "http://terminology.hl7.org/CodeSystem/"
ROLE = "https://fhir.onestory.example/CodeSystem/role"
LOW = "Low mood"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def consent(**provision: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "choice",
        "status": "active",
        "scope": concept(THO + "consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"reference": "Patient/a"},
        "dateTime": "2026-10-01",
        "provision": provision,
    }


REFUSAL = consent(
    type="deny",
    actor=[{"role": concept(ROLE, "therapist")}],
    securityLabel=[{"system": THO + "v3-ActCode", "code": "PSY"}],
)
PERMISSION = consent(type="permit", actor=[{"role": concept(ROLE, "administrator")}])


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Vault, Vault]:
    """Two vaults with one person's records each: where she chose, and where her choices are brought."""
    psy = {"security": [{"system": THO + "v3-ActCode", "code": "PSY"}]}
    content = bundle(
        patient("a", "Okafor", nhs_number(1)),
        condition("low", "a", LOW, code="366979004", meta=psy),
        condition("asthma", "a", "Asthma", code="195967001"),
    )
    made = []
    for name in ("here", "there"):
        vault = make_vault(tmp_path / name)
        vault.add_user("Ned", "therapist", "Mill Surgery")
        vault.add_user("Cat", "gp", "Mill Surgery", "--custodian")
        vault.store(write(vault.folder, "a.json", content))
        made.append(vault)
    return made[0], made[1]


def exported(vault: Vault, choice: dict[str, Any] = REFUSAL) -> Path:
    """What the custodian takes out of choices that were set at the person's word."""
    file = write(vault.folder, "set.json", choice)
    assert vault.as_user("Cat").run("choices", vault.person(), "--set", file).code == 0
    target = vault.folder / "choices.json"
    ran = vault.as_user("Cat").run("choices", vault.person(), "--out", target)
    assert ran.code == 0, ran.err
    return target


def shown(vault: Vault, user: str) -> set[str]:
    return {entry["title"] for entry in entries(vault.as_user(user).json("show", vault.person()))} & {LOW, "Asthma"}


def imported(vault: Vault, file: Path) -> dict[str, Any]:
    (report,) = vault.take(file)["files"]
    assert report["status"] == "imported"
    return dict(report)


def kept_id(vault: Vault) -> str:
    (one,) = vault.as_user("Cat").json("choices", vault.person())["entry"]
    (id,) = [tag["code"] for tag in one["resource"]["meta"]["tag"] if "/Id/" in tag["system"]]
    return str(id)


def verified(file: Path) -> Ran:
    return run("choices", "--verify", file, "--now", NOW)


def changed(file: Path, change: str, to: str) -> Path:
    text = file.read_text()
    assert change in text
    return write(file.parent, "changed.json", text.replace(change, to))


def test_choices_travel_signed_and_whoever_takes_them_in_is_told_by_whom(pair: tuple[Vault, Vault]) -> None:
    here, there = pair
    file = exported(here)
    assert file.stat().st_mode & 0o777 == 0o600
    assert shown(there, "Ned") == {LOW, "Asthma"}
    said = imported(there, file)["signed"]
    assert "Cat, gp, Mill Surgery" in said
    assert "another vault" in said
    assert shown(there, "Ned") == {"Asthma"}
    told = there.as_user("Cat").run("choices", there.person()).out
    assert "imported, only narrows until confirmed" in told
    assert "Cat, gp, Mill Surgery" in told


def test_a_signature_widens_nothing_until_somebody_confirms(pair: tuple[Vault, Vault]) -> None:
    here, there = pair
    before = shown(there.add_user("Adam", "administrator", "Mill Surgery"), "Adam")
    imported(there, exported(here, PERMISSION))
    assert shown(there, "Adam") == before == set()
    assert there.as_user("Cat").run("choices", there.person(), "--confirm", kept_id(there)).code == 0
    assert shown(there, "Adam") == {LOW, "Asthma"}


def test_one_command_verifies_and_needs_no_vault(pair: tuple[Vault, Vault]) -> None:
    file = exported(pair[0])
    ran = verified(file)
    assert ran.code == 0, ran.err
    assert "Cat, gp, Mill Surgery" in ran.out
    assert "by itself" in ran.out
    (key,) = [line for line in ran.out.splitlines() if "key" in line]
    signer = signed_bundles.verify(file.read_bytes())
    assert signer is not None
    assert signer.by.fingerprint in key
    assert "of this vault" in pair[0].run("choices", "--verify", file).out
    assert "Of another vault" in pair[1].run("choices", "--verify", file).out


@pytest.mark.parametrize(
    ("what", "to"),
    [
        ('"deny"', '"permit"'),
        ('"therapist"', '"nurse"'),
        ("OKAFOR", "OKAFUR"),
        ("Cat, gp", "Cam, gp"),
        ("2026-11-21T09:00:00", "2026-11-22T09:00:00"),
        ('"data":"', '"data":"A'),
        ('"data":"', '"data":"AAAA'),
        ('"signature":{', '"signature":{"onBehalfOf":{"display":"The court"},'),
        ('"entry":[', '"entry":[{"resource":{"resourceType":"Consent"}}],"entry":['),
        ('"entry":[', '"entr\\u0079":[],"entry":['),
        ('"timestamp":', '"weight":1e999999999,"timestamp":'),
        ('"timestamp":', '"text":"\\ud800","timestamp":'),
    ],
)
def test_whatever_is_changed_shows(pair: tuple[Vault, Vault], what: str, to: str) -> None:
    ran = verified(changed(exported(pair[0]), what, to))
    assert ran.code == 1
    assert "changed since" in ran.sentence


def test_layout_is_no_change(pair: tuple[Vault, Vault]) -> None:
    file = exported(pair[0])
    spaced = json.dumps(dict(reversed(json.loads(file.read_bytes()).items())), indent=3)
    assert verified(write(file.parent, "spaced.json", spaced)).code == 0


def test_what_was_changed_still_narrows_and_is_never_confirmed(pair: tuple[Vault, Vault]) -> None:
    """Refusing the file would let whoever spoils a signature do away with what the person refused."""
    here, there = pair
    said = imported(there, changed(exported(here), "OKAFOR", "OKAFUR"))["signed"]
    assert "changed since" in said
    assert shown(there, "Ned") == {"Asthma"}
    assert "changed since" in there.as_user("Cat").run("choices", there.person()).out
    ran = there.as_user("Cat").run("choices", there.person(), "--confirm", kept_id(there))
    assert ran.code == 2
    assert "changed since" in ran.sentence
    assert there.as_user("Cat").run("choices", there.person(), "--withdraw", kept_id(there)).code == 0
    assert shown(there, "Ned") == {LOW, "Asthma"}


def test_what_is_not_signed_is_said_not_to_be(pair: tuple[Vault, Vault]) -> None:
    _, there = pair
    sprain = bundle(patient("a", "Okafor", nhs_number(1)), condition("x", "a", "Sprain"))
    assert "signed" not in imported(there, write(there.folder, "b.json", sprain))
    bare = write(there.folder, "no.json", bundle(patient("a", "Okafor", nhs_number(1)), REFUSAL))
    assert "not signed" in imported(there, bare)["signed"]
    assert "not signed" in there.as_user("Cat").run("choices", there.person()).out
    ran = verified(bare)
    assert ran.code == 1
    assert "not signed" in ran.sentence


def test_another_signature_on_a_file_does_not_cover_what_was_put_in(pair: tuple[Vault, Vault]) -> None:
    """Also not where a name stands twice in an object, of which readers take one or the other."""
    here, there = pair
    text = exported(here).read_text()
    twice = text.replace('"entry":[', '"entry":[{"resource":' + json.dumps(PERMISSION) + '}],"entry":[', 1)
    report = imported(there, write(here.folder, "twice.json", twice))
    permitted = there.as_user("Cat").json("choices", there.person())["entry"]
    assert "permit" not in json.dumps(permitted) or "changed since" in report["signed"]


def test_any_jose_library_can_check_it(pair: tuple[Vault, Vault]) -> None:
    """RFC 7515 and FHIR R4 alone: the detached payload is the Bundle without its signature, names in order."""
    tree = json.loads(exported(pair[0]).read_bytes())
    signature = tree.pop("signature")
    head, nothing, signed = b64decode(signature["data"]).decode().split(".")
    header = json.loads(urlsafe_b64decode(head + "=="))
    assert (header["alg"], header["jwk"]["crv"], nothing) == ("EdDSA", "Ed25519", "")
    payload = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text = f"{head}.{signed_bundles._url64(payload)}".encode()
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(header["jwk"]["x"] + "=="))
    key.verify(urlsafe_b64decode(signed + "=="), text)


def forged(file: Path, custodian: SigningKey | None, vault: str = "") -> Path:
    """The same choices signed by a key of one's own, for which a custodian's key of one's own vouches, or nobody."""
    found = signed_bundles.verify(file.read_bytes())
    assert found is not None
    mine = SigningKey.generate()
    by = msgspec.structs.replace(found.by, key=mine.public.hex(), vault=vault or found.by.vault)
    if custodian is not None:
        text = certificate_text(bytes.fromhex(by.vault), by.principal, mine.public)
        by = msgspec.structs.replace(by, custodian=custodian.public.hex(), certificate=custodian.sign(text).hex())
    signed = signed_bundles.sign(found.bundle, by, mine.sign)
    return write(file.parent, "forged.json", msgspec.json.encode(signed))


def test_a_key_that_no_custodian_vouches_for_signs_nothing(pair: tuple[Vault, Vault]) -> None:
    ran = verified(forged(exported(pair[0]), None))
    assert ran.code == 1
    assert "does not vouch" in ran.sentence


def test_somebody_with_a_custodians_key_of_their_own_is_nobody_of_this_vault(pair: tuple[Vault, Vault]) -> None:
    """They can name this vault, and its user; the fingerprint is another, and it is said so."""
    here, _ = pair
    file = exported(here)
    own = run("choices", "--verify", file, *here.access())
    false = run("choices", "--verify", forged(file, SigningKey.generate()), *here.access())
    assert "A user of this vault" in own.out
    assert "Of another vault" in false.out
    assert own.out.splitlines()[-1] != false.out.splitlines()[-1]


def test_no_name_of_a_record_or_of_this_vault_is_in_the_file(pair: tuple[Vault, Vault]) -> None:
    """What leaves is the choices and whom they are about: not the person's id here, not their address."""
    here, _ = pair
    person = here.person()
    text = exported(here).read_text()
    assert person not in text
    assert LOW not in text


def test_taking_choices_out_is_logged_and_overwrites_nothing(pair: tuple[Vault, Vault]) -> None:
    here, _ = pair
    file = exported(here)
    ran = here.as_user("Cat").run("choices", here.person(), "--out", file)
    assert ran.code == 2
    assert "nothing was overwritten" in ran.sentence
    assert "export" in {event["kind"] for event in here.as_user("Cat").json("log", "--person", here.person())}
