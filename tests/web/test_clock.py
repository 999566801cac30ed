"""The day is China's, wherever the machine stands."""

import datetime as dt
import time

import pytest

from ledger.db import owner
from web.clock import in_china, today


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati"])  # at any instant one of them has another day
def test_the_day_of_the_pages_is_the_day_of_the_books(source, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = today()
        with owner(source) as connection:
            held = connection.exec_driver_sql("select access.today()").scalar_one()
        assert held in {before, today()}  # midnight may fall between
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_instant_without_a_zone_is_of_utc():
    at = dt.datetime(2024, 12, 31, 16, 30)  # noqa: DTZ001 - what is asked
    assert in_china(at).date() == dt.date(2025, 1, 1) == in_china(at.replace(tzinfo=dt.UTC)).date()
