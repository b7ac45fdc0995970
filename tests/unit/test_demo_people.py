"""The invented people: valid, repeatable, consistent in themselves, and never dated after their day."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest
from stdnum.gb import nhs

from consent.consents import read_consent
from desktop.demo.calendar import Calendar
from desktop.demo.generator import cast, files, write_people, written
from desktop.demo.run import demo_users
from desktop.demo.stories import check_digit, stories

DAY = date(2026, 11, 21)
PLANNED = {"Appointment", "Goal", "CarePlan", "Task"}
DUE = "11778-8"
A_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Any]:
    """The cast and twenty more, parsed: {path: bundle}; the XML file is left out."""
    out = tmp_path_factory.mktemp("people")
    paths = write_people(out, people=34, seed=7, as_of=DAY)
    return {path.relative_to(out): json.loads(path.read_bytes()) for path in paths if path.suffix == ".json"}


def resources_of(bundle: Any) -> list[Any]:
    return [entry["resource"] for entry in bundle["entry"]]


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def test_every_consent_is_understood_whole(people: dict[Path, Any]) -> None:
    """Their words stand in the narrative: as a policy, they could not be read."""
    found = [one for bundle in people.values() for one in resources_of(bundle) if one["resourceType"] == "Consent"]
    read = [read_consent(one, number) for number, one in enumerate(found)]
    assert len(found) >= 5
    assert [problem for one in read for problem in one.problems] == []
    assert all(one["text"]["div"] for one in found)


def test_every_resource_of_the_cast_is_valid_fhir(people: dict[Path, Any]) -> None:
    slugs = {story["slug"] for story in cast()}
    checked = 0
    for path, bundle in people.items():
        if path.parts[0] not in slugs:
            continue
        version = "STU3" if "GPConnect" in str(bundle["meta"].get("profile")) else "R4B"
        for resource in resources_of(bundle):
            name = resource["resourceType"]
            module = import_module(f"fhir.resources.{version}.{name.lower()}")
            getattr(module, name).model_validate(resource)
            checked += 1
    assert checked > 1000


def test_some_generated_people_are_valid_fhir_in_both_versions(people: dict[Path, Any]) -> None:
    slugs = {story["slug"] for story in cast()}
    versions = set()
    for path, bundle in list(people.items())[-40:]:
        if path.parts[0] in slugs:
            continue
        version = "STU3" if "GPConnect" in str(bundle["meta"].get("profile")) else "R4B"
        module = import_module(f"fhir.resources.{version}.bundle")
        module.Bundle.model_validate(bundle)
        versions.add(version)
    assert versions == {"STU3", "R4B"}


def test_every_reference_leads_to_a_resource_of_its_own_file(people: dict[Path, Any]) -> None:
    for path, bundle in people.items():
        known = {f"{one['resourceType']}/{one['id']}" for one in resources_of(bundle)}
        assert len(known) == len(bundle["entry"]), path
        dangling = set(re.findall(r'"reference": ?"([^"]+)"', json.dumps(bundle))) - known
        assert not dangling, path


def test_the_same_people_seed_and_day_give_the_same_bytes(tmp_path: Path) -> None:
    one = write_people(tmp_path / "one", people=20, seed=3, as_of=DAY)
    two = write_people(tmp_path / "two", people=20, seed=3, as_of=DAY)
    assert [path.relative_to(tmp_path / "one") for path in one] == [path.relative_to(tmp_path / "two") for path in two]
    assert all(first.read_bytes() == second.read_bytes() for first, second in zip(one, two, strict=True))


def test_another_seed_gives_other_people_but_the_same_cast(tmp_path: Path) -> None:
    write_people(tmp_path / "one", people=16, seed=1)
    write_people(tmp_path / "two", people=16, seed=2)
    one, two = ({path.name for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one & two == {str(story["slug"]) for story in cast()}


def test_nhs_numbers_are_valid_from_the_test_range_and_each_persons_own() -> None:
    taken = frozenset(str(story["person"]["nhs"]) for story in cast())
    generated = [story["person"]["nhs"] for story, _ in zip(stories(5, taken), range(300), strict=False)]
    numbers = [*taken, *generated]
    assert len(set(numbers)) == len(cast()) + 300
    for number in numbers:
        assert number.startswith("999")
        assert nhs.is_valid(number), number


def test_nine_digits_without_a_check_digit_have_none() -> None:
    assert check_digit("999012345") == 4
    assert check_digit("999000109") is None


@pytest.mark.parametrize("day", [DAY, date(2026, 12, 2), date(2027, 8, 15)])
def test_nothing_but_plans_and_appointments_is_dated_after_the_day(day: date) -> None:
    for story in cast():
        for name, content in files(story, Calendar(day)):
            if name.endswith(".xml"):
                continue
            for resource in resources_of(json.loads(content)):
                if resource["resourceType"] in PLANNED or DUE in str(resource.get("code")):
                    continue
                late = {text for text in strings(resource) if A_DATE.match(text) and text[:10] > day.isoformat()}
                assert not late, (story["slug"], name, resource["resourceType"], late)


def test_nothing_happens_before_birth(people: dict[Path, Any]) -> None:
    for path, bundle in people.items():
        if path.stem == "hospital-old":  # holds a wrong birth date on purpose
            continue
        everything = resources_of(bundle)
        born = next(one["birthDate"] for one in everything if one["resourceType"] == "Patient")
        early = {text for text in strings(everything) if A_DATE.match(text) and text[:10] < born}
        assert not early, path


def test_appointments_of_the_cast_are_in_the_future_or_over(people: dict[Path, Any]) -> None:
    booked = [
        resource
        for bundle in people.values()
        for resource in resources_of(bundle)
        if resource["resourceType"] == "Appointment" and resource["status"] == "booked"
    ]
    assert len(booked) > 15
    assert all(resource["start"][:10] > DAY.isoformat() for resource in booked)


def test_moving_the_day_moves_the_story_and_the_words_but_not_the_birth_date() -> None:
    story = cast()[0]
    now = dict(files(story, Calendar(DAY)))["hospital.json"]
    later = dict(files(story, Calendar(date(2026, 12, 19))))["hospital.json"]
    assert b"2026-10-30" in now
    assert b"2026-11-27" in later
    assert b'"birthDate": "1938-02-14"' in later
    letters = [one for one in resources_of(json.loads(later)) if one["resourceType"] == "DocumentReference"]
    words = base64.b64decode(letters[1]["content"][0]["attachment"]["data"]).decode()
    assert "from 27 November 2026 to 10 December 2026" in words


def test_no_date_of_a_story_is_left_unwritten_in_words(people: dict[Path, Any]) -> None:
    for path, bundle in people.items():
        left = [text for text in strings(bundle) if "{20" in text]
        letters = [one for one in resources_of(bundle) if one["resourceType"] == "DocumentReference"]
        left += [
            one["description"] for one in letters if b"{20" in base64.b64decode(one["content"][0]["attachment"]["data"])
        ]
        assert not left, path


def test_instants_are_in_british_clock_time() -> None:
    calendar = Calendar(DAY)
    assert calendar.at("2026-03-28T09:00").endswith("+00:00")
    assert calendar.at("2026-03-29T09:00").endswith("+01:00")
    assert calendar.at("2026-10-25T09:00").endswith("+00:00")


def test_both_versions_xml_pdf_and_restricted_people_occur(people: dict[Path, Any], tmp_path: Path) -> None:
    named = {path.parts[0]: path for path in people}
    assert {"margaret-ellison", "amara-reid", "leila-haddad", "callum-wright"} <= named.keys()
    stu3 = [path for path, bundle in people.items() if "GPConnect" in str(bundle["meta"].get("profile"))]
    assert len({path.parts[0] for path in stu3}) >= 2
    assert any(path.suffix == ".xml" for path in write_people(tmp_path, people=4, seed=1))
    pdfs = [text for bundle in people.values() for text in strings(bundle) if text.startswith("JVBERi0")]
    assert pdfs
    assert base64.b64decode(pdfs[0]).startswith(b"%PDF-1.4")
    assert base64.b64decode(pdfs[0]).endswith(b"%%EOF\n")


def test_the_restricted_persons_address_and_telephone_appear_in_no_source(people: dict[Path, Any]) -> None:
    for path, bundle in people.items():
        if path.parts[0] != "leila-haddad":
            continue
        person = next(one for one in resources_of(bundle) if one["resourceType"] == "Patient")
        assert [label["code"] for label in person["meta"]["security"]] == ["R"]
        assert not {"address", "telecom", "generalPractitioner"} & person.keys()


def test_telephones_are_from_the_drama_ranges_and_postcodes_belong_to_no_place(people: dict[Path, Any]) -> None:
    for bundle in people.values():
        for one in resources_of(bundle):
            for telecom in one.get("telecom", []):
                if telecom["system"] == "phone":
                    assert re.fullmatch(r"07700 900\d{3}|01632 960\d{3}", telecom["value"])
            for address in one["address"] if isinstance(one.get("address"), list) else []:
                assert address["postalCode"].startswith("ZZ99 ")


def test_the_demonstration_users_belong_to_organisations_of_the_sources() -> None:
    tables = resources.files("desktop.demo")
    users = tomllib.loads((tables / "users.toml").read_text("utf-8"))["user"]
    places = tomllib.loads((tables / "places.toml").read_text("utf-8"))["organisations"]
    known = {place["code"]: place["name"] for place in places.values()}
    roles = {user["role"] for user in users}
    assert {"gp", "nurse", "social-worker", "home-care", "ambulance", "mental-health", "pharmacist"} <= roles
    assert {"childrens-social-worker", "administrator", "custodian", "privacy-officer"} <= roles
    for user in users:
        assert len(user["passphrase"]) >= 12
        if user["role"] not in ("custodian", "privacy-officer", "person", "carer", "proxy"):
            assert known[user["code"]] == user["organisation"]
        assert {post["organisation"] for post in user.get("post", ())} <= set(known.values())


def test_the_demonstration_has_a_person_a_carer_a_proxy_and_somebody_in_two_posts() -> None:
    users = demo_users()
    people = {story["person"]["nhs"] for story in cast()}
    assert {"person", "carer", "proxy"} <= {user.role for user in users}
    assert all(user.person in people for user in users if user.role in ("person", "carer", "proxy"))
    assert any(user.post for user in users)
    guide = (Path(__file__).parents[2] / "docs" / "user-guide.md").read_text("utf-8")
    assert [user.name for user in users if user.name not in guide] == []


def test_another_seed_tells_the_same_stories_of_other_people(tmp_path: Path) -> None:
    def sample(name: str, seed: int) -> dict[str, bytes]:
        paths = written(tmp_path / name, people=len(cast()), seed=seed, other_cast=True)
        return {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in paths}

    one, again, other = sample("one", 7), sample("again", 7), sample("other", 8)
    assert one == again
    assert len(one) == len(other) == len(write_people(tmp_path / "cast", people=len(cast()), seed=1))
    assert {path.partition("/")[0] for path in one}.isdisjoint(path.partition("/")[0] for path in other)
    told = b"".join(one.values())
    for story in cast():
        person = story["person"]
        called = f"{person['given'][0]} {person['family']}"
        for word in (person["nhs"], called, called.upper(), story["slug"]):
            assert word.encode() not in told, word
