"""The person's year: waits, going home, support over time, what is due; and what is not known is said so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from gatekit import COUNCIL, HOSPITAL, SURGERY, entry
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.entries import Code, Entry, Field, Link, Source, When
from fhir.year.due import due_next
from fhir.year.going_home import GoingHome, going_home
from fhir.year.support import support_over_time
from fhir.year.waits import waits

TODAY = date(2026, 11, 21)
NURSES = Source(name="Riverside Community Health", lane="community", key="Z99020")


def of(section: str, kind: str, name: str, start: str = "", end: str = "", **values: Any) -> Entry:
    values.setdefault("codes", ())
    values.setdefault("source", COUNCIL)
    values.setdefault("title", name)
    when = When(start=start, end=end)
    return entry(f"X/{kind}-{name}", section=section, kind=kind, when=when, **values)


def request(name: str, start: str, **values: Any) -> Entry:
    return of("referrals", "social-care-contact", name, start, **values)


def led(kind: str, name: str, start: str, to: Entry, rel: str = "referralRequest", **values: Any) -> Entry:
    section = "assessments" if kind == "assessment" else "services"
    return of(section, kind, name, start, links=(Link(rel, to.resource),), **values)


class TestWaits:
    def test_days_are_from_the_request_to_what_it_led_to(self) -> None:
        asked = request("discharge", "2026-02-26", active=False)
        found = waits(
            [
                asked,
                led("assessment", "a", "2026-02-27", asked, "basedOn"),
                led("package", "p", "2026-03-05", asked),
                led("package", "later", "2026-06-01", asked),
            ],
            TODAY,
        )
        [one] = found
        assert (one.state, one.days, one.assessed) == ("started", 7, 1)
        assert one.started == date(2026, 3, 5)

    def test_an_open_request_is_still_waiting_and_comes_first(self) -> None:
        done = request("done", "2026-02-26", active=False)
        found = waits(
            [done, led("package", "p", "2026-02-28", done), request("open", "2026-11-17", active=True)], TODAY
        )
        assert [(one.title, one.state, one.days) for one in found] == [("open", "waiting", 4), ("done", "started", 2)]

    @pytest.mark.parametrize(
        ("start", "active", "words"),
        [
            ("2026-02-26", False, "It is closed, but nothing shown to you says when what was asked for began"),
            ("2026-02", True, "When it was asked for is not known to the day"),
            ("2027-01-01", True, "Planned for later"),
        ],
    )
    def test_what_is_not_known_is_said(self, start: str, active: bool, words: str) -> None:
        [one] = waits([request("r", start, active=active)], TODAY)
        assert (one.state, one.days, one.words) == ("unknown", None, words)

    def test_what_another_source_calls_by_the_same_name_is_not_tied(self) -> None:
        asked = request("r", "2026-02-26", active=False)
        [one] = waits([asked, led("package", "p", "2026-03-05", asked, source=HOSPITAL)], TODAY)
        assert one.state == "unknown"

    def test_equipment_waits_until_it_is_there(self) -> None:
        there = of(
            "equipment", "equipment", "rail", "2026-03-24", recorded="2026-03-09", status="in place", active=True
        )
        not_yet = of("equipment", "equipment", "bed", recorded="2026-11-17", status="requested", active=True)
        found = {one.title: (one.state, one.days) for one in waits([there, not_yet], TODAY)}
        assert found == {"rail": ("started", 15), "bed": ("waiting", 4)}

    def test_a_request_that_was_called_off_is_not_counted(self) -> None:
        assert waits([request("r", "2026-02-26", status="revoked")], TODAY) == ()


def medicine(title: str, start: str, end: str = "", dose: str = "ONE in the morning", **values: Any) -> Entry:
    return of("medicines", "medicine-request", title, start, end, fields=(Field("Dose", dose),), **values)


class TestGoingHome:
    STAY = of("admissions", "admission", "Ward 7", "2026-02-18T19:40:00Z", "2026-03-05T13:30:00Z", source=HOSPITAL)
    LEFT = of("discharges", "discharge", "out", "2026-03-05", source=HOSPITAL,
              fields=(Field("Discharged to", "Usual place of residence"),))  # fmt: skip

    def home(self, *entries: Entry) -> GoingHome:
        [found] = going_home([self.STAY, self.LEFT, *entries], TODAY)
        return found

    def steps(self, *entries: Entry) -> dict[str, str]:
        return {step.title: step.words for step in self.home(*entries).steps}

    def test_where_to_and_when(self) -> None:
        home = self.home()
        assert (home.admitted, home.left, home.to) == (date(2026, 2, 18), date(2026, 3, 5), "Usual place of residence")
        assert home.steps == ()

    def test_medicines_started_changed_stopped_and_left_alone(self) -> None:
        found = self.steps(
            medicine("Bisoprolol 2.5mg tablets", "2021-03-15", source=SURGERY),
            medicine("Bisoprolol 5mg tablets", "2026-03-05", source=HOSPITAL),
            medicine("Nitrofurantoin 50mg capsules", "2026-02-16", "2026-02-18", source=SURGERY),
            medicine("Apixaban 2.5mg tablets", "2021-02-22", source=SURGERY),
            medicine("Apixaban 2.5mg tablets ", "2026-03-05", source=HOSPITAL),
            medicine("Senna 7.5mg tablets", "2026-03-04", source=HOSPITAL),
            medicine("Ramipril 2.5mg capsules", "2019-07-02", source=SURGERY),
        )
        assert found == {
            "Bisoprolol 5mg tablets": "Changed; before: Bisoprolol 2.5mg tablets, ONE in the morning",
            "Nitrofurantoin 50mg capsules": "Stopped",
            "Senna 7.5mg tablets": "Started",
        }

    def test_support_that_began_again_is_new_or_did_not_come_back(self) -> None:
        service = (Field("Service", "Home Support"),)
        found = self.steps(
            of("services", "package", "twice a day", "2023-11-20", "2026-02-18", fields=service, active=False),
            of("services", "package", "four times a day", "2026-03-07", fields=service, active=True),
            of("services", "package", "day centre", "2022-01-01", "2026-02-18", active=False),
            of("services", "package", "pendant", "2024-01-15", active=True),
            of("services", "package", "sitting", "2026-04-08", active=True),
            of("services", "package", "much later", "2026-09-09", active=True),
        )
        assert found == {
            "four times a day": "Began again 2 days after going home; before: twice a day",
            "day centre": "Ended with the stay, and nothing shown to you says that it began again",
            "pendant": "Goes on as before: no end is recorded",
            "sitting": "Began 34 days after going home",
        }

    def test_equipment_and_the_first_contact_of_each_service(self) -> None:
        found = self.steps(
            of("equipment", "equipment", "frame", "2026-03-05", recorded="2026-03-04", status="in place", active=True),
            of("equipment", "equipment", "bed", recorded="2026-03-09", status="requested", active=True),
            of("contacts", "contact", "second", "2026-03-14", source=NURSES),
            of("contacts", "contact", "first", "2026-03-08", source=NURSES),
            of("contacts", "contact", "clinic", "2026-03-08", source=HOSPITAL),
        )
        assert found == {
            "frame": "Delivered 1 day after it was asked for",
            "bed": "Asked for; that it came is not recorded",
            "first": "First contact by Riverside Community Health, 3 days after going home",
        }

    def test_one_stay_that_two_sources_report_is_told_once_and_an_open_one_not_at_all(self) -> None:
        told = of("admissions", "admission", "Stay", "2026-02-18", "2026-03-05", source=SURGERY)
        still = of("admissions", "admission", "now", "2026-11-01", source=HOSPITAL, active=True)
        assert len(going_home([self.STAY, self.LEFT, told, still], TODAY)) == 1


def package(name: str, start: str, end: str = "", hours: str = "", payer: str = "", **values: Any) -> Entry:
    fields = (Field("Social care planned hours", hours), Field("Social care funding", payer))
    values.setdefault("active", not end)
    return of("services", "package", name, start, end, fields=tuple(one for one in fields if one.value), **values)


def cost(of_package: Entry, unit: str, frequency: str, units: str = "", **fields: str) -> Entry:
    made = of("money", "care-cost", f"Cost of {of_package.title}", of_package.when.start, of_package.when.end)
    lines = (("Unit cost", unit), ("Frequency", frequency), ("Planned units a week", units), *fields.items())
    return _with(made, of_package.resource, tuple(Field(label, value) for label, value in lines if value))


def _with(made: Entry, resource: str, fields: tuple[Field, ...]) -> Entry:
    import msgspec

    return msgspec.structs.replace(made, resource=resource, fields=fields)


class TestSupportOverTime:
    def test_hours_and_cost_by_payer_step_with_every_change(self) -> None:
        first = package("Twice a day", "2025-01-01", "2026-01-01", "7 hours a week", "Council")
        second = package("Four times a day", "2026-01-01", hours="14 hours a week", payer="Council")
        own = package("Pendant", "2025-06-01", payer="Self")
        found = support_over_time(
            [first, cost(first, "£22.4", "Hourly", "7.0"), second, cost(second, "£23.1", "Hourly", "14"),
             own, cost(own, "£5.2", "Weekly", "1")],
            TODAY,
        )  # fmt: skip
        assert [(one.start.isoformat(), str(one.hours), str(one.cost)) for one in found.stretches] == [
            ("2025-01-01", "7", "156.80"),
            ("2025-06-01", "7", "162.00"),
            ("2026-01-01", "14", "328.60"),
        ]
        assert found.payers == ("Council", "Self")
        assert found.stretches[-1].by_payer[1] == ("Self", None, Decimal("5.20"))
        assert [words for words, _ in found.not_counted] == ["Pendant: hours a week not recorded"]

    def test_what_no_source_says_is_not_nought(self) -> None:
        found = support_over_time([package("Home care", "2025-01-01", hours="7 hours a week", payer="Council")], TODAY)
        assert (found.stretches[0].hours, found.stretches[0].cost) == (Decimal(7), None)
        assert found.stretches[0].by_payer == (("Council", Decimal(7), None),)

    def test_what_a_source_says_of_the_week_is_believed_before_reckoning(self) -> None:
        one = package("Care home", "2025-01-01", payer="Council")
        found = support_over_time([one, cost(one, "£900", "Weekly", **{"Cost of a week": "£915.00"})], TODAY)
        assert found.stretches[0].cost == Decimal("915.00")

    def test_the_same_service_from_two_sources_counts_once(self) -> None:
        code = (Code("s", "HS"),)
        council = package("Home care", "2025-01-01", hours="7 hours a week", payer="Council", codes=code)
        provider = package("Visits", "2025-01-01", codes=code, source=NURSES)
        for pile in ([council, provider], [provider, council]):
            found = support_over_time(pile, TODAY)
            assert [str(one.hours) for one in found.stretches] == ["7"]
            assert len(found.services) == 1

    def test_two_services_of_one_source_with_one_start_are_two(self) -> None:
        code = (Code("s", "HS"),)
        council = package("Home care", "2025-01-01", hours="10 hours a week", payer="Council", codes=code)
        direct = package("Home care", "2025-01-01", hours="5 hours a week", payer="Council", codes=code)
        direct = _with(direct, "EpisodeOfCare/direct", direct.fields)
        costs = cost(council, "£20", "Hourly", "10"), cost(direct, "£18", "Hourly", "5")
        provider = package("Visits", "2025-01-01", hours="5 hours a week", codes=code, source=NURSES)
        for more in ([], [provider]):
            for pile in ([council, direct, *costs, *more], [*more, *reversed(costs), direct, council]):
                found = support_over_time(pile, TODAY)
                assert [(str(one.hours), str(one.cost)) for one in found.stretches] == [("15", "290.00")]
                assert len(found.services) == 2

    def test_what_one_source_tells_in_two_ways_is_not_counted_in_either(self) -> None:
        old = package("Home care", "2025-01-01", hours="10 hours a week", payer="Council")
        new = _with(
            package("Home care", "2025-01-01"),
            old.resource,
            (Field("Social care planned hours", "14 hours a week"), *old.fields[1:]),
        )
        found = support_over_time([old, new, cost(old, "£20", "Hourly", "10")], TODAY)
        assert found.services == ()
        assert [words for words, _ in found.not_counted] == [
            "Home care: one source tells it in two ways, and not which is newer"
        ]
        same = _with(package("Home care", "2025-01-01"), old.resource, old.fields)
        assert str(support_over_time([old, same], TODAY).stretches[0].hours) == "10"

    def test_what_goes_on_is_as_at_the_oldest_extract_that_tells_of_it(self) -> None:
        one = package("Home care", "2025-01-01", hours="10 hours a week", as_at="2026-09-30")
        two = package("Day care", "2025-01-01", hours="1 hour a week", as_at="2026-06-30")
        over = package("Meals", "2024-01-01", "2025-01-01", as_at="2025-03-31")
        assert support_over_time([one, two, over], TODAY).as_at == "2026-06-30"
        assert support_over_time([over, package("Pendant", "2025-01-01")], TODAY).as_at == ""

    def test_what_another_source_says_of_hours_and_cost_is_told(self) -> None:
        code = (Code("s", "HS"),)
        council = package("Home care", "2025-01-01", hours="10 hours a week", payer="Council", codes=code)
        provider = package("Visits", "2025-01-01", hours="9 hours a week", codes=code, source=NURSES)
        told = {words.partition(": ")[2] for words, _ in support_over_time([council, provider], TODAY).not_counted}
        assert told & {f"another source says {one} hours a week, not {other}" for one, other in ((9, 10), (10, 9))}

    @pytest.mark.parametrize(
        ("name", "by", "hours", "together"),
        [
            ("Calls", "", "7 hours a week", True),  # the council's name without its remark
            ("Home care", "Fenland", "7.00 hours a week", True),  # by the same provider, as many hours
            ("Home care", "Fenland", "3 hours a week", False),
            ("Home care", "Other", "7 hours a week", False),
        ],
    )
    def test_a_service_that_its_provider_reports_too_counts_once(
        self, name: str, by: str, hours: str, together: bool
    ) -> None:
        codes = (Code("types", "HS", "Home Support"),)
        council = package("Calls (7 hours a week)", "2026-01-05", hours="7 hours a week", payer="Council", codes=codes)
        council = _with(council, "EpisodeOfCare/c", (*council.fields, Field("Provided by", "Fenland")))
        own = package(name, "2026-01-05", hours=hours, payer="Council", source=SURGERY)
        own = _with(own, "EpisodeOfCare/p", (*own.fields, *((Field("Provided by", by),) if by else ())))
        for pile in ([council, own], [own, council]):
            found = support_over_time(pile, TODAY)
            assert (len(found.services) == 1) is together
            assert (found.stretches[-1].hours == Decimal(7)) is together

    def test_a_cost_below_nought_is_told_and_makes_nothing_cheaper(self) -> None:
        calls = package("Calls", "2026-01-05", hours="14 hours a week", payer="Council")
        refund = package("Taxi", "2026-01-05", hours="-2 hours a week", payer="Council")
        pile = [calls, cost(calls, "£20", "Hourly", "14"), refund, cost(refund, "£-45.00", "Weekly")]
        found = support_over_time(pile, TODAY)
        assert [(one.hours, one.cost) for one in found.stretches] == [(Decimal(14), Decimal("280.00"))]
        assert [words for words, _ in found.not_counted] == [
            "Taxi: hours and cost a week recorded as less than nothing"
        ]
        told = {one.title: one.cost for one in found.services}
        assert told["Taxi"] == Decimal("-45.00"), "kept as recorded"
        assert "Taxi: hours a week recorded as less than nothing" in {
            words for words, _ in support_over_time(pile, TODAY, costs_told=False).not_counted
        }

    def test_a_service_that_ends_before_it_begins_is_told_and_not_counted(self) -> None:
        odd = package("Calls", "2026-04-14", "2026-04-01", "14 hours a week", "Council")
        found = support_over_time([odd], TODAY)
        assert [words for words, _ in found.not_counted] == ["Calls: it ends before it begins"]
        assert (found.stretches, found.services) == ((), ())

    def test_unknown_starts_ends_and_single_payments_are_said_not_guessed(self) -> None:
        ramp = package("Ramp", "2026-01-01", hours="0 hours a week")
        found = support_over_time(
            [
                package("No start", "2025"),
                package("No end", "2025-01-01", active=False),
                ramp,
                cost(ramp, "£500", "One-off"),
                package("Next year", "2027-01-01"),
            ],
            TODAY,
        )
        assert [words for words, _ in found.not_counted] == [
            "No end: when it ended is not known",
            "No start: when it began is not known to the day",
            "Ramp: cost a week not recorded",
        ]
        assert support_over_time([], TODAY).stretches == ()

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 400), st.integers(0, 30)), max_size=6), st.randoms())
    def test_stretches_join_without_gaps_and_hours_agree_with_a_count_day_by_day(
        self, rows: list[tuple[int, int, int]], random: Any
    ) -> None:
        begin = date(2024, 1, 1).toordinal()
        pile = [
            package(
                f"s{n}",
                date.fromordinal(begin + start).isoformat(),
                date.fromordinal(begin + start + length).isoformat(),
                f"{hours} hours a week",
                "Council",
            )
            for n, (start, length, hours) in enumerate(rows)
        ]
        random.shuffle(pile)
        until = date.fromordinal(begin + 600)
        found = support_over_time(pile, until)
        for one, after in zip(found.stretches, found.stretches[1:], strict=False):
            assert one.end == after.start
        for stretch in found.stretches:
            for day in (stretch.start.toordinal() - begin, stretch.end.toordinal() - begin - 1):
                assert stretch.hours == sum(hours for start, length, hours in rows if start <= day < start + length)


class TestDueNext:
    def test_all_teams_by_day_with_the_overdue_first_and_the_undated_last(self) -> None:
        limit = (Field("Restriction › Period", "until 18 Nov 2026"),)
        found = due_next(
            [
                of("appointments", "appointment", "clinic", "2026-12-17T11:20:00Z", source=HOSPITAL, active=True),
                of("appointments", "appointment", "past", "2026-10-17", source=HOSPITAL, active=True),
                of("assessments", "review", "yearly review", "2026-11-25", active=True),
                of("actions", "task", "blood test", "2026-11-10", active=True, fields=limit, source=SURGERY),
                of("referrals", "referral", "falls", "2026-09-08", active=True, source=SURGERY),
                of("services", "package", "reablement", "2026-10-20", "2026-12-01", active=True),
                of("legal", "deprivation-of-liberty", "DoLS", "2026-01-01", "2026-12-31", active=True),
                of("care-plan", "goal", "walk", active=True, fields=(Field("Target", "by 4 Jan 2027"),)),
                of("equipment", "equipment", "bed", recorded="2026-11-17", status="requested", active=True),
                of("equipment", "equipment", "rail", "2026-03-24", status="in place", active=True),
                of("actions", "task", "done", "2026-11-10", active=False, status="completed"),
                of("appointments", "appointment", "off", "2026-12-18", status="cancelled", active=None),
            ],
            TODAY,
        )
        assert [(one.title, one.kind, one.overdue) for one in found] == [
            ("blood test", "task", True),
            ("yearly review", "review", False),
            ("reablement", "ends", False),
            ("clinic", "appointment", False),
            ("DoLS", "ends", False),
            ("walk", "goal", False),
            ("falls", "referral", False),
            ("bed", "equipment", False),
        ]

    def test_a_review_whose_day_has_passed_is_overdue_and_one_long_forgotten_is_not_repeated_for_ever(self) -> None:
        found = due_next(
            [
                of("assessments", "review", "late", "2026-11-01", active=True),
                of("assessments", "review", "old", "2019-11-01", active=True),
            ],
            TODAY,
        )
        assert [(one.title, one.overdue) for one in found] == [("late", True)]
