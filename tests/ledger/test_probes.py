"""What is looked up row by row is looked up by index, also by a plan that was made in nearly empty books."""

import datetime as dt

from ledger.db import owner
from ledger.install import PersonPlan, create_office, create_person
from tests.conftest import make_city


def test_a_check_that_may_not_hash_may_not_keep_a_copy_either(source):
    with owner(source) as connection:
        found = connection.exec_driver_sql(
            "select proname, 'enable_material=off' = any (proconfig) from pg_proc"
            " where 'enable_hashjoin=off' = any (proconfig) and pronamespace = 'ledger'::regnamespace"
        )
        told = dict(map(tuple, found))
    assert {"event_checked", "voucher_checked", "posting_checked"} <= set(told)
    assert [name for name, holds in told.items() if not holds] == []


LED_BY_TREASURY = """
select distinct c.relname, coalesce('n_distinct=1' = any (a.attoptions), false) as told
  from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'ledger'::regnamespace
  join pg_attribute a on (a.attrelid, a.attnum) = (c.oid, i.indkey[0]) and a.attname = 'treasury_id'
 where c.relkind = 'r' and i.indnatts > 1"""


def test_a_treasury_is_no_key_whatever_the_statistics_have_seen(source, city):
    for other in (city, *(make_city(source) for _ in range(9))):
        other.receive(5)
    with owner(source) as connection:
        told = dict(map(tuple, connection.exec_driver_sql(LED_BY_TREASURY)))
        connection.exec_driver_sql("analyze ledger.voucher")
        seen = connection.exec_driver_sql(
            "select n_distinct from pg_stats where (schemaname, tablename, attname) = ('ledger', 'voucher', 'treasury_id')"
        ).scalar_one()
    assert {"event", "voucher", "posting", "limit_row", "indicator", "leaf"} <= set(told)
    assert ([name for name, holds in told.items() if not holds], seen) == ([], 1)


def appointed(city, person):
    """Appoint one more book-keeper; tell how many rows of people and their duties were read for it."""
    asked = (
        "select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_all_tables"
        " where schemaname = 'ledger' and relname in ('duty_held', 'person', 'office')"
    )
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, f"101.{person}", "101", person, person)
        before = connection.exec_driver_sql(asked).scalar_one()
        plan = PersonPlan(person, person, f"101.{person}", ("BOOK",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字1号")
        return connection.exec_driver_sql(asked).scalar_one() - before


def test_an_appointment_reads_no_more_beside_other_treasuries(source, city):
    alone = appointed(city, "first")
    for _ in range(9):
        make_city(source)
    assert appointed(city, "second") < alone + 100
