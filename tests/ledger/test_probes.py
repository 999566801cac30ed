"""What is looked up row by row is looked up by index, also by a plan that was made in nearly empty books."""

from ledger.db import owner


def test_a_check_that_may_not_hash_may_not_keep_a_copy_either(source):
    with owner(source) as connection:
        found = connection.exec_driver_sql(
            "select proname, 'enable_material=off' = any (proconfig) from pg_proc"
            " where 'enable_hashjoin=off' = any (proconfig) and pronamespace = 'ledger'::regnamespace"
        )
        told = dict(map(tuple, found))
    assert {"event_checked", "voucher_checked", "posting_checked"} <= set(told)
    assert [name for name, holds in told.items() if not holds] == []
