"""The tables in Python are those of the installed catalogue, column by column."""

import pytest
from sqlalchemy.dialects import postgresql

from ledger import (
    budget_tables,
    claim_tables,
    disclosure_tables,
    fund_tables,
    import_tables,
    office_tables,
    performance_tables,
    tables,
)
from ledger.db import owner

SCHEMAS = ["ledger", "access"]
INSTALLED = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where n.nspname = any (%s) and c.relkind in ('r', 'p')
 order by n.nspname, c.relname, a.attnum"""
KEYS = """
select n.nspname, c.relname, a.attname
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  cross join unnest(k.conkey) with ordinality as i(attnum, place)
  join pg_attribute a on (a.attrelid, a.attnum) = (c.oid, i.attnum)
 where n.nspname = any (%s) and k.contype = 'p'
 order by n.nspname, c.relname, i.place"""


@pytest.fixture(scope="module")
def mirror():
    return {
        (table.schema, table.name): table
        for table in sorted(tables.METADATA.tables.values(), key=lambda each: (each.schema, each.name))
    }


def spelled(column):
    return column.type.compile(dialect=postgresql.dialect()).lower()


def test_every_column_is_there_in_its_order_with_its_type(source, mirror):
    with owner(source) as connection:
        installed = [tuple(row) for row in connection.exec_driver_sql(INSTALLED, (SCHEMAS,))]
    assert installed == [
        (schema, name, column.name, spelled(column), column.nullable)
        for (schema, name), table in sorted(mirror.items())
        for column in table.columns
    ]


def test_every_primary_key_is_the_same(source, mirror):
    with owner(source) as connection:
        installed = [tuple(row) for row in connection.exec_driver_sql(KEYS, (SCHEMAS,))]
    assert installed == [
        (schema, name, column.name) for (schema, name), table in sorted(mirror.items()) for column in table.primary_key
    ]


def test_each_table_is_reached_by_its_own_name(mirror):
    assert all(
        table
        in {
            getattr(room, name, None)
            for room in (
                tables,
                office_tables,
                disclosure_tables,
                budget_tables,
                fund_tables,
                claim_tables,
                import_tables,
                performance_tables,
            )
        }
        for (_, name), table in mirror.items()
    )
