"""Clinical time is shown as exactly as its source wrote it, and no more."""

from __future__ import annotations

import pytest

from fhir import temporal
from fhir.entries import When


@pytest.mark.parametrize(
    ("written", "precision", "shown"),
    [
        ("2026", "year", "2026"),
        ("2026-11", "month", "Nov 2026"),
        ("2026-11-21", "day", "21 Nov 2026"),
        ("2026-11-21T09:12:00Z", "instant", "21 Nov 2026, 09:12"),
        ("2026-07-01T09:12:00+01:00", "instant", "1 Jul 2026, 09:12"),
        ("2026-07-01T09:12:00Z", "instant", "1 Jul 2026, 09:12 UTC"),
        ("2026-11-21T09:12:00.123-05:00", "instant", "21 Nov 2026, 09:12 (UTC-05:00)"),
        ("2026-03-28T12:00:00+00:00", "instant", "28 Mar 2026, 12:00"),
        ("2026-03-29T12:00:00+01:00", "instant", "29 Mar 2026, 12:00"),
        ("2026-10-25T12:00:00+00:00", "instant", "25 Oct 2026, 12:00"),
        ("2024-02-29", "day", "29 Feb 2024"),
        ("1961-04-93", "unknown", "1961-04-93, not a real date"),
        ("2023-02-29", "unknown", "2023-02-29, not a real date"),
        ("2026-13", "unknown", "2026-13, not a real date"),
        ("2026-01-01T25:00:00Z", "unknown", "2026-01-01T25:00:00Z, not a real date"),
        ("", "unknown", ""),
        ("soon", "unknown", "soon"),
    ],
)
def test_dates_keep_their_precision_and_impossible_ones_their_text(written: str, precision: str, shown: str) -> None:
    assert temporal.read_date(written) == (precision, shown)


def test_periods_say_both_ends_and_join_times_of_one_day() -> None:
    assert temporal.period({"start": "2026-03-03", "end": "2026-03-09"}).text == "3 Mar 2026 to 9 Mar 2026"
    day = temporal.period({"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T09:30:00Z"})
    assert day.text == "3 Mar 2026, 09:00 to 09:30"
    assert temporal.period({"end": "2026-03"}).text == "until Mar 2026"
    assert temporal.period({}) == When()


def test_an_interval_is_open_only_where_that_is_known() -> None:
    assert temporal.period({"start": "2026"}).ongoing is False
    known = temporal.period({"start": "2026"}, ongoing=True)
    assert (known.ongoing, known.text) == (True, "since 2026")


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        ({"onsetString": "about 2019"}, "about 2019"),
        ({"onsetAge": {"value": 40, "unit": "years", "code": "a"}}, "aged 40"),
        ({"onsetAge": {"value": 6, "code": "mo"}}, "aged 6 months"),
        (
            {"onsetRange": {"low": {"value": 30, "unit": "years"}, "high": {"value": 35, "unit": "years"}}},
            "aged 30 to 35 years",
        ),
        ({"onsetDateTime": "2019-05"}, "May 2019"),
        ({"onsetPeriod": {"start": "2019", "end": "2020"}}, "2019 to 2020"),
        ({"onset": "2019-05-01"}, "1 May 2019"),
        ({}, ""),
        ({"onsetDateTime": ["2019"]}, ""),
        ({"onsetPeriod": "2019"}, "2019"),
    ],
)
def test_onset_is_read_in_every_form(tree: dict[str, object], shown: str) -> None:
    assert temporal.choice(tree, "onset").text == shown


def test_timings_are_said_in_words() -> None:
    repeat = {"frequency": 2, "period": 1, "periodUnit": "d", "when": ["ACM"], "boundsPeriod": {"start": "2026-01"}}
    assert temporal.timing_words({"repeat": repeat}) == "2 times every day before breakfast Jan 2026"
    assert temporal.timing_words({"code": {"text": "BID"}}) == "BID"
    assert temporal.timing({"event": ["2026-02-01", "2026-01-01"]}).start == "2026-01-01"
