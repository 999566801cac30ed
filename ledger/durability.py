"""Whether a database server keeps what it confirms, and lets nobody in unasked."""

from typing import Any

import psycopg
from psycopg.rows import tuple_row

from ledger.errors import UnsafeServer

_OLDEST = 180000
_DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_write", "remote_apply"},
    "data_checksums": {"on"},
    "ignore_checksum_failure": {"off"},
    "zero_damaged_pages": {"off"},
}


def assert_durable(where: psycopg.Connection[Any] | str) -> None:
    """Refuse a server that could lose what it confirmed, or that lets anyone in unasked.

    ``where`` is a connection or DSN of a role that may read ``pg_hba_file_rules``: a superuser, or
    one that was granted SELECT on the view and EXECUTE on the function of that name.

    Raises:
        UnsafeServer: every reason found is in the text.
    """
    if isinstance(where, str):
        with psycopg.connect(where) as connection:
            faults = _faults(connection)
    else:
        faults = _faults(where)
    if faults:
        raise UnsafeServer("; ".join(faults))


def _faults(connection: psycopg.Connection[Any]) -> list[str]:
    """List what makes a server unsafe: its version, settings and login rules."""
    faults = []
    if connection.info.server_version < _OLDEST:
        faults.append(f"PostgreSQL {connection.info.server_version // 10000} is older than 18")
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "select name, setting from pg_settings where name = any(%s) order by name",
            [list(_DURABLE)],
        )
        faults += [f"{name} is {value}" for name, value in cursor if value not in _DURABLE[name]]
        cursor.execute(
            "select split_part(item, '=', 2), coalesce(rolname, 'all roles')"
            " from pg_db_role_setting cross join unnest(setconfig) item"
            " left join pg_roles on pg_roles.oid = setrole"
            " where item like 'synchronous\\_commit=%'"
        )
        faults += [
            f"synchronous_commit is {value} for {role}"
            for value, role in cursor
            if value not in _DURABLE["synchronous_commit"]
        ]
    try:
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(
                "select file_name, line_number, coalesce(error, 'trusts everyone')"
                " from pg_hba_file_rules where auth_method = 'trust' or error is not null"
            )
            faults += [f"{file} line {line}: {fault}" for file, line, fault in cursor]
    except psycopg.errors.InsufficientPrivilege:
        faults.append(
            "the login rules cannot be read (grant select on pg_hba_file_rules and"
            f' execute on function pg_hba_file_rules() to "{connection.info.user}")'
        )
    return faults
