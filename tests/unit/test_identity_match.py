"""Which records are one person: a table of pairs, and the rules one by one. All people are invented."""

# ruff: noqa: E501  (a table reads best with one pair a line)

from __future__ import annotations

import msgspec
import pytest

from fhir import identity as who
from fhir.entries import PersonId
from fhir.look_ups import identity_keys
from fhir.people import Identifier, Identity, NhsNumberStatus, PersonName
from fhir.person_search import query_keys

A, B, C = "9990000018", "9990000026", "9990000034"
MRN = "https://hospital.example.nhs.uk/mrn"


def person(
    name: str,
    born: str = "",
    number: str = "",
    status: NhsNumberStatus = "verified",
    *ids: tuple[str, str],
    gender: str = "",
    old: str = "",
    standalone: bool = False,
    restricted: bool = False,
) -> Identity:
    """An identity from "Given Given|Family"; without a bar the name is text only."""

    def named(text: str, use: str) -> PersonName:
        given, bar, family = text.partition("|")
        return PersonName(family=family, given=tuple(given.split()), use=use) if bar else PersonName(text=text, use=use)

    names = [named(name, "official")] if name else []
    names += [named(old, "old")] if old else []
    return Identity(
        names=tuple(names),
        birth_date=born,
        birth_date_valid=born != "1961-04-93",
        gender=gender,
        nhs_number=number,
        nhs_status=status if number else "none",
        identifiers=tuple(Identifier(*pair) for pair in ids),
        standalone=standalone or restricted,
        restricted=restricted,
    )


MARGARET = person("Margaret Ann|Ellison", "1938-02-14", A)

PAIRS: list[tuple[str, Identity, Identity, who.Decision]] = [
    # the same person
    ("sex corrected", person("Margaret Ann|Ellison", "1938-02-14", A, gender="male"), person("Peggy|Ellison", "1938-02-14", A, gender="female"), "same"),
    ("identical", MARGARET, MARGARET, "same"),
    ("married name", MARGARET, person("Margaret|Hartley", "1938-02-14", A), "same"),
    ("date of birth unknown", MARGARET, person("Margaret|Ellison", "", A), "same"),
    ("name unknown", MARGARET, person("", "1938-02-14", A), "same"),
    ("only the year known", MARGARET, person("", "1938", A), "same"),
    ("year and month known", MARGARET, person("Peggy|Ellison", "1938-02", A), "same"),
    ("day mistyped", MARGARET, person("Margaret|Ellison", "1938-02-15", A), "same"),
    ("impossible date", person("Ann|Cole", "1961-04-93", A), person("Ann|Cole", "1961-04-09", A), "same"),
    ("short form", MARGARET, person("Peggy|Ellison", "1938-03-01", A), "same"),
    ("given names reversed", MARGARET, person("Ann Margaret|Ellison", "", A), "same"),
    ("initial", MARGARET, person("M|Ellison", "", A), "same"),
    ("capitals", MARGARET, person("MARGARET|ELLISON", "", A), "same"),
    ("text only", MARGARET, person("Mrs Margaret Ellison", "", A), "same"),
    ("text, family first", MARGARET, person("ELLISON, Margaret (Mrs)", "", A), "same"),
    ("umlaut", person("Jürgen|Müller", "", A), person("Juergen|Mueller", "", A), "same"),
    ("accents", person("Zoë|Núñez", "", A), person("Zoe|Nunez", "", A), "same"),
    ("Polish letters", person("Łukasz|Żółkiewski", "", A), person("Lukasz|Zolkiewski", "", A), "same"),
    ("Cyrillic", person("Ольга|Петрова", "", A), person("Olga|Petrova", "", A), "same"),
    ("spelling of Muhammad", person("Mohammed|Khan", "", A), person("Muhammad|Khan", "", A), "same"),
    ("hyphenated family name", person("Jo|Smith-Jones", "", A), person("Jo|Smith", "", A), "same"),
    ("Mac and Mc", person("Fiona|MacDonald", "", A), person("Fiona|McDonald", "", A), "same"),
    ("apostrophe", person("Sean|O'Brien", "", A), person("Seán|OBrien", "", A), "same"),
    ("particle", person("Pieter|van de Berg", "", A), person("Pieter|Berg", "", A), "same"),
    ("misspelt family name", person("Alan|Thompson", "", A), person("Alan|Thomson", "", A), "same"),
    ("status not given, all agrees", MARGARET, person("Margaret|Ellison", "1938-02-14", A, "none"), "same"),
    ("not traced, all agrees", MARGARET, person("Margaret|Ellison", "1938-02-14", A, "unverified"), "same"),
    ("hospital number", person("", "", "", "none", (MRN, "M442")), person("", "", "", "none", (MRN, "M442")), "same"),
    ("hospital number, dates", person("Ann|Lee", "1950", "", "none", (MRN, "M442")),
     person("", "1950-05-05", "", "none", (MRN, "M442")), "same"),
    ("hospital number, new surname", person("Ann|Lee", "1950-05-05", "", "none", (MRN, "M442")),
     person("Ann|Fox", "1950-05-05", "", "none", (MRN, "M442")), "same"),
    ("Arabic name, two spellings", person("Fatima|El-Sayed", "1971-03-04", A), person("Fatimah|Elsayed", "1971-03-04", A),
     "same"),
    ("Greek letters", person("Γιώργος|Παππάς", "", A), person("Giorgos|Pappas", "", A), "same"),
    ("double surname, half of it", person("Ana|García López", "1980-05-06", A), person("Ana|Garcia", "1980-05-06", A), "same"),
    ("maiden name kept as old", person("Ruth|Fox", "1965-06-07", A, old="Ruth|Ellison"),
     person("Ruth|Ellison", "", A), "same"),
    ("family and given name exchanged", person("Reed|Ann", "", A), person("Ann|Reed", "", A), "same"),
    # different people
    ("twins", person("Jaina|Solo", "2017-05-15", A), person("Jacen|Solo", "2017-05-15", B), "new"),
    ("twins without numbers", person("Amy|Hill", "2017-05-15"), person("Emma|Hill", "2017-05-15"), "new"),
    ("father and son", person("John|Reed", "1938-02-14", A), person("John|Reed", "1968-02-14", B), "new"),
    ("father and son without numbers", person("John|Reed", "1938-02-14"), person("John|Reed", "1968-07-01"), "new"),
    ("mother and daughter", person("Ann|Reed", "1938-02-14"), person("Ann|Reed", "1970-02-14"), "new"),
    ("brother and sister named alike", person("Alex|Reed", "1990-01-02", gender="male"),
     person("Alex|Reed", "1990-01-02", gender="female"), "new"),
    ("same birthday", person("Ann|Reed", "1990-01-02"), person("Eve|Marsh", "1990-01-02"), "new"),
    ("nothing in common", MARGARET, person("Tom|Brook", "1999-09-09", B), "new"),
    ("nothing known", person(""), person(""), "new"),
    ("same number of another system", person("Ann|Reed", "", "", "none", (MRN, "M442")),
     person("Eve|Marsh", "", "", "none", ("https://other.example.nhs.uk/mrn", "M442")), "new"),
    ("template text", person("Ann|Reed", "", "$nhs-number", "invalid"), person("Eve|Marsh", "", "$nhs-number", "invalid"),
     "new"),
    ("template identifier", person("Ann|Reed", "", "", "none", (MRN, "{{mrn}}")),
     person("Eve|Marsh", "", "", "none", (MRN, "{{mrn}}")), "new"),
    ("practice code", person("Ann|Reed", "", "", "none", ("https://fhir.nhs.uk/Id/ods-organization-code", "A1001")),
     person("Eve|Marsh", "", "", "none", ("https://fhir.nhs.uk/Id/ods-organization-code", "A1001")), "new"),
    ("system is no URI", person("Ann|Reed", "", "", "none", ("MRN", "M442")),
     person("Eve|Marsh", "", "", "none", ("MRN", "M442")), "new"),
    ("clinic and GP by name", person("Ann|Reed", "1990-01-02", standalone=True), person("Ann|Reed", "1990-01-02"), "new"),
    ("twins of one address and practice", person("Amy|Hill", "2017-05-15", A, "verified", ("https://gp.example.nhs.uk/household", "H1")),
     person("Emma|Hill", "2017-05-15", B, "verified", ("https://gp.example.nhs.uk/household", "H1")), "new"),
    ("neighbours of one property number", person("Ann|Reed", "", "", "none", ("https://council.example.gov.uk/uprn", "100021")),
     person("Eve|Marsh", "", "", "none", ("https://council.example.gov.uk/uprn", "100021")), "new"),
    ("father and son, junior in the name", person("John Paul|Reed", "1940-01-01", A), person("John|Reed", "1971-08-09", B), "new"),
    ("grandmother and granddaughter", person("Rose|Khan", "1931-12-01"), person("Rose|Khan", "1999-04-05"), "new"),
    ("clinic identity with the name and date of another", person("Ann|Reed", "1990-01-02", A), person("Ann|Reed", "1990-01-02", standalone=True),
     "new"),
    # cannot be told without a human
    ("names alone", person("Ann|Reed"), person("Ann|Reed"), "possible"),
    ("names and date alone", person("Ann|Reed", "1990-01-02"), person("Ann|Reed", "1990-01-02"), "possible"),
    ("names, date, two numbers", person("Ann|Reed", "1990-01-02", A), person("Ann|Reed", "1990-01-02", B), "possible"),
    ("day and month exchanged", person("Ann|Reed", "1990-01-02"), person("Ann|Reed", "1990-02-01"), "possible"),
    ("number, all else differs", MARGARET, person("Tom|Brook", "1999-09-09", A), "possible"),
    ("number, nothing else", MARGARET, person("", "", A), "possible"),
    ("status not given, only date", MARGARET, person("", "1938-02-14", A, "none"), "possible"),
    ("status not given, only name", MARGARET, person("Margaret|Ellison", "", A, "none"), "possible"),
    ("both not traced", person("Ann|Reed", "1990", A, "unverified"), person("Ann|Reed", "1990", A, "unverified"),
     "possible"),
    ("invalid number called verified", person("Ann|Reed", "1990", "1234567890", "invalid"),
     person("Ann|Reed", "1990", "1234567890", "invalid"), "possible"),
    ("invalid number believed", person("Ann|Reed", "1990-01-02", "1234567890"),
     person("Ann|Reed", "1990-01-02", "1234567890"), "possible"),
    ("twins given one number", person("Jaina|Solo", "2017-05-15", A), person("Jacen|Solo", "2017-05-15", A), "possible"),
    ("brother and sister whose names are nearly alike, given one number", person("Paul|Peel", "2017-05-15", A, gender="male"), person("Paula|Peel", "2017-05-15", A, gender="female"), "possible"),
    ("the same, unverified and with one hospital number", person("Jon|Peel", "2017-05-15", A, "none", (MRN, "77"), gender="male"), person("Joan|Peel", "2017-05-15", A, "none", (MRN, "77"), gender="female"), "possible"),
    ("father's number on the son", person("John|Reed", "1938-02-14", A), person("John|Reed", "1965-07-01", A), "possible"),
    ("hospital number, all else differs", person("Ann|Reed", "1990-01-02", "", "none", (MRN, "M442")),
     person("Tom|Brook", "1950-03-04", "", "none", (MRN, "M442")), "possible"),
    ("hospital number, another name, no dates", person("Ann|Reed", "1990-01-02", "", "none", (MRN, "M442")),
     person("Tom|Brook", "", "", "none", (MRN, "M442")), "possible"),
    ("hospital number, two NHS numbers", person("Ann|Reed", "1990-01-02", A, "verified", (MRN, "M442")),
     person("Ann|Reed", "1990-01-02", B, "verified", (MRN, "M442")), "possible"),
    ("example number", person("Ann|Reed", "1990-01-02", "", "none", (MRN, "12345")),
     person("", "1990-01-02", "", "none", (MRN, "12345")), "possible"),
    ("restricted, same number", MARGARET, person("Margaret|Ellison", "1938-02-14", A, restricted=True), "possible"),
    ("restricted twice", person("Ann|Reed", "1990-01-02", A, restricted=True),
     person("Ann|Reed", "1990-01-02", A, restricted=True), "possible"),
    ("changed surname, no number", person("Ann|Reed", "1990-01-02", old="Ann|Fox"), person("Ann|Fox", "1990-01-02"), "possible"),
    ("transliteration without a number", person("Ольга|Петрова", "1971-03-04"), person("Olga|Petrova", "1971-03-04"), "possible"),
    ("twins of one given name initial", person("A|Hill", "2017-05-15"), person("Amy|Hill", "2017-05-15"), "possible"),
    ("child's local number on the sibling", person("Amy|Hill", "2017-05-15", "", "none", (MRN, "M442")),
     person("Emma|Hill", "2017-05-15", "", "none", (MRN, "M442")), "possible"),
    ("adopted, same number", person("Ann|Reed", "1990-01-02", A), person("Ann|Reed", "1990-01-02", A, standalone=True), "possible"),
    ("clinic number", person("Ann|Reed", "1990", "", "none", (MRN, "M442"), standalone=True),
     person("Ann|Reed", "1990", "", "none", (MRN, "M442"), standalone=True), "possible"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
def test_the_table_of_pairs_is_decided_as_a_careful_human_would(
    one: Identity, other: Identity, expected: who.Decision
) -> None:
    assert who.match(one, [(PersonId("p1"), other)]).decision == expected
    assert who.match(other, [(PersonId("p1"), one)]).decision == expected


def test_the_table_is_large_enough_to_mean_something() -> None:
    kinds = [pair[3] for pair in PAIRS]
    assert len(PAIRS) >= 60
    assert min(kinds.count(kind) for kind in ("same", "new", "possible")) >= 15


def test_no_pair_of_different_or_doubtful_people_is_ever_joined() -> None:
    wrong = [
        name
        for name, one, other, expected in PAIRS
        if expected != "same"
        and "same" in {who.match(a, [(PersonId("p1"), b)]).decision for a, b in ((one, other), (other, one))}
    ]
    assert wrong == []


@pytest.mark.parametrize(("one", "other"), [pair[1:3] for pair in PAIRS if pair[3] == "same"])
def test_people_who_are_the_same_are_found_by_a_common_key(one: Identity, other: Identity) -> None:
    assert set(identity_keys(one)) & set(identity_keys(other))


@pytest.mark.parametrize("gender", ["", "male", "female"])
def test_whoever_a_question_could_be_asked_about_is_worth_comparing(gender: str) -> None:
    people = {one: None for _, one, other, *_ in PAIRS for one in (one, other)}
    everyone = [*people, *(msgspec.structs.replace(one, gender=gender) for one in people)]
    worth = said = 0
    for one in everyone:
        numbers = who.numbers_of(one)
        for other in everyone:
            compared = who.worth_comparing(one, other, numbers)
            worth += compared
            if who.decide(one, other) != "new":
                said += 1
                assert compared, (one, other)
    assert worth < 1.5 * said, "hardly anybody is compared in vain"


def test_a_match_names_the_person_and_lays_the_evidence_side_by_side() -> None:
    found = who.match(person("Margaret|Hartley", "1938-02-14", A), [(PersonId("p1"), MARGARET)])
    assert found.person_id == "p1"
    lines = {line.label: line for line in found.evidence}
    assert (lines["Name"].candidate, lines["Name"].existing) == ("Margaret HARTLEY", "Margaret Ann ELLISON")
    assert lines["Name"].agreement == "differ"
    assert lines["NHS number"].candidate == "999 000 0018 (verified)"
    assert lines["Date of birth"].agreement == "agree"


def test_a_number_that_different_people_hold_joins_nobody() -> None:
    known = [(PersonId("p1"), MARGARET), (PersonId("p2"), person("Tom|Brook", "1999-09-09", A))]
    found = who.match(MARGARET, known)
    assert found.decision == "possible"
    assert {comparison.person_id for comparison in found.possible} == {"p1", "p2"}


def test_a_bare_number_beside_the_person_does_not_make_it_shared() -> None:
    known = [(PersonId("p1"), MARGARET), (PersonId("p2"), person("", "", A, "none"))]
    found = who.match(MARGARET, known)
    assert (found.decision, found.person_id) == ("same", "p1")
    assert [comparison.person_id for comparison in found.possible] == ["p2"]


def test_evidence_for_two_known_people_is_left_to_a_human() -> None:
    known = [
        (PersonId("p1"), MARGARET),
        (PersonId("p2"), person("Margaret|Ellison", "1938", "", "none", (MRN, "M442"))),
    ]
    candidate = person("Margaret|Ellison", "1938-02-14", A, "verified", (MRN, "M442"))
    assert who.match(candidate, known).decision == "possible"


def test_joining_keeps_all_names_and_the_best_number_and_date() -> None:
    joined = who.merged(person("Peggy|Ellison", "1938", A, "none", (MRN, "M442")), MARGARET)
    assert (joined.birth_date, joined.nhs_status, len(joined.names)) == ("1938-02-14", "verified", 2)
    assert joined.identifiers == (Identifier(MRN, "M442"),)


def test_joining_never_loses_a_restriction() -> None:
    assert who.merged(MARGARET, person("Margaret|Ellison", "", A, restricted=True)).restricted
    assert who.merged(person("Margaret|Ellison", "", A, restricted=True), MARGARET).standalone


def test_a_person_id_is_the_same_each_time_and_never_given_twice() -> None:
    first = who.person_id_for(MARGARET, {"id": "a"})
    assert first == who.person_id_for(MARGARET, {"id": "b"})
    assert first.startswith("p")
    assert len(first) == 13
    assert who.person_id_for(MARGARET, {"id": "a"}, {first}) != first


def test_people_without_a_usable_number_get_ids_of_their_own() -> None:
    one, other = (
        person("Ann|Reed", "1990", "1234567890", "invalid"),
        person("Eve|Marsh", "1991", "1234567890", "invalid"),
    )
    assert who.person_id_for(one, {"id": "1"}) != who.person_id_for(other, {"id": "1"})
    restricted = person("Ann|Reed", "1990", A, restricted=True)
    assert who.person_id_for(restricted, {"id": "1"}) != who.person_id_for(restricted, {"id": "2"})


FOUND = ["999 000 0018", "9990000018", "999-000-0018", "99900", "ellison", "Ellison, Margaret", "marg ell", "ÉLLISON ann",
         "14 Feb 1938", "14/02/1938", "1938-02-14", "14th February 1938", "14.2.38", "Feb 14, 1938", "February 1938", "1938",
         "14 2 1938", "140238", "Margaret 140238", "14 02 1938", "1938/2/14", "1938.02.14", "14/Feb/1938", "14-feb-38", "14 Feb '38", "14/2/'38",
         "14th of february, 1938", "Feb 14 38", "2/1938", "02/1938", "dob 14/2/38", "D.O.B.: 14 Feb 1938", "born 14 feb 38",
         "date of birth 14.02.1938", "margaret born on 14 2 1938", "Mrs Ellison", "Miss M. Ellison 14/2/38", "Margaret 1938", "marg 1938", "marg ell 1938",
         "14021938", "ellison 14/2/1938", "999 000 0018 margaret",
         "NHS 9990000018", "NHS number: 999 000 0018", "NHS No. 999-000-0018", "nhs no 9990000018"]  # fmt: skip
NOT_FOUND = [
    "",
    "  ",
    "999 000 0026",
    "smith",
    "ellison margaret smith",
    "15 Feb 1938",
    "150238",
    "15 2 1938",
    "14 2 1939",
    "2/1939",
    "margaret 1939",
    "dob 15/2/38",
    "ellison 1939",
    "marg marg",
    "mrs",
    "nhs no",
    "mrs smith",
    "lison",
]


@pytest.mark.parametrize("query", FOUND)
def test_a_person_is_found_by_usual_ways_of_typing(query: str) -> None:
    assert who.matches_query(query, MARGARET)


@pytest.mark.parametrize("query", FOUND)
def test_what_finds_a_person_is_looked_up_and_not_only_tried_on_the_newest(query: str) -> None:
    keys = who.search_keys(MARGARET)
    asked = query_keys(query)
    assert any(all(any(key.startswith(one) for key in keys) for one in each) for each in asked)


@pytest.mark.parametrize(
    ("query", "name", "born"),
    [
        ("June 1950", "June|Hill", "1950-11-02"),
        ("June 1950", "Ann|Hill", "1950-06-02"),
        ("Jane 1950", "Jane|Hill", "1950-11-02"),
        ("Julia 1950", "Julia|Hill", "1950-11-02"),
        ("augustus 1950", "Augustus|Hill", "1950-11-02"),
        ("born 1950", "Max|Born", "1950-11-02"),
        ("Miss", "Julia|Miss", "1950-11-02"),
    ],
)
def test_a_name_that_begins_like_a_month_is_a_name(query: str, name: str, born: str) -> None:
    assert who.matches_query(query, person(name, born, A))


@pytest.mark.parametrize("query", NOT_FOUND)
def test_a_person_is_not_found_by_what_does_not_fit(query: str) -> None:
    assert not who.matches_query(query, MARGARET)


def test_a_name_that_repeats_is_found_as_it_is_written() -> None:
    twice = person("David David|Whitaker", "1938-02-14", A)
    assert who.matches_query("David David Whitaker", twice)
    assert not who.matches_query("David David David", twice)
    assert not who.matches_query("David David", person("David|Whitaker", "1938-02-14", A))


def test_search_keys_hold_folded_names_number_and_date() -> None:
    keys = who.search_keys(person("Zoë|Núñez", "1938-02-14", A))
    assert {"name:zoe", "name:nunez", "born:1938-02-14", f"number:{A}"} <= set(keys)


@pytest.mark.parametrize(
    "asked", ["3 March 1938", "1938-03-03", "03031938", "3/3/38", "March 1938", "Margaret 3 March 1938"]
)
def test_who_is_known_by_a_year_alone_is_looked_up_and_found_by_a_whole_date(asked: str) -> None:
    only = person("Margaret|Ellison", "1938", A)
    stored = who.search_keys(only)
    assert who.matches_query(asked, only)
    ways = query_keys(asked)
    assert any(all(any(key.startswith(part) for key in stored) for part in way) for way in ways)
    others = who.search_keys(person("Margaret|Ellison", "1938-02-14", A))
    looked_up = [way for way in ways if all(any(key.startswith(part) for key in others) for part in way)]
    assert looked_up == [], "nobody else of that year is looked through"
