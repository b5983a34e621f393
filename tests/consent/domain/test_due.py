"""Instants at which consent ends, in the programme's own time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from consent.domain.due import comes_of_age_at, expires_at
from consent.domain.events import Capacity, Expired, Source
from consent.domain.fold import Published, fold
from consent.domain.forms import Validity
from tests.consent.domain.builders import ADULT, BEGINNING, JOINS, Story, variant


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Helsinki", datetime(2027, 3, 1, 22, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2027, 3, 1, 15, tzinfo=UTC)),
    ],
)
def test_an_item_expires_at_midnight_of_the_programmes_time_zone(zone: str, expected: datetime) -> None:
    given = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

    assert expires_at(given, Validity(years=1), ZoneInfo(zone)) == expected


def test_for_ever_and_once_do_not_expire() -> None:
    given = datetime(2026, 3, 1, tzinfo=UTC)

    assert expires_at(given, Validity(), ZoneInfo("UTC")) is None
    assert expires_at(given, Validity(once=True), ZoneInfo("UTC")) is None


def test_a_leap_day_child_comes_of_age_on_the_first_of_march() -> None:
    assert comes_of_age_at(date(2008, 2, 29), 18, ZoneInfo("UTC")) == datetime(2026, 3, 1, tzinfo=UTC)
    assert comes_of_age_at(date(2008, 2, 29), 16, ZoneInfo("UTC")) == datetime(2024, 2, 29, tzinfo=UTC)


def test_a_form_with_a_validity_lapses_on_the_day_after() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    story = Story(form="v2")
    story.forms["v2"] = Published(variant(ADULT, "2", audio={"validity": {"years": 1}}), BEGINNING)
    given = story.affirms(1, JOINS | {"audio": "yes"})
    ends = expires_at(given.holds_from, story.forms["v2"].form.by_key["audio"].validity, zone)
    assert ends is not None
    story.add(
        Expired, 0, items=("audio",), holds_from=ends, recorded_at=ends, capacity=Capacity.SYSTEM, source=Source.SYSTEM
    )

    [last, after] = [
        {one.key.item for one in fold(story.events, story.forms, at, at).standing}
        for at in (ends - timedelta(microseconds=1), ends)
    ]

    assert ends.astimezone(zone) == datetime(2027, 1, 2, tzinfo=zone)
    assert (last - after, "audio" in last) == ({"audio"}, True)


@pytest.mark.parametrize(
    ("written", "read"),
    [(None, Validity()), ("forever", Validity()), ("once", Validity(once=True)), ({"years": 5}, Validity(years=5))],
)
def test_a_forms_validity_is_read_as_it_is_written(written: object, read: Validity) -> None:
    form = variant(ADULT, "2", audio={"validity": written})

    assert form.by_key["audio"].validity == read
