"""Setting up: the schema, the logins' passwords, the reference data, and a treasury with its people and books.

Everything here works as the owner of the database; no duty of a treasury may do any of it.
"""

import csv
import io
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection

from ledger.db import LOGINS, Source, owner
from ledger.errors import OtherSchema
from ledger.templates import Template, catalogue


def migrate(connection: Connection) -> None:
    """Bring the schema to this version: numbered SQL files, forward only, each step once."""
    config = Config()
    config.set_main_option("script_location", "ledger:schema")
    config.attributes["connection"] = connection
    config.attributes["run"] = _run
    command.upgrade(config, "head")


def newest() -> str:
    """Tell the last migration that this program knows; ``access.schema_version`` tells the last that was run."""
    config = Config()
    config.set_main_option("script_location", "ledger:schema")
    return ",".join(sorted(ScriptDirectory.from_config(config).get_heads()))


def schema_there(source: Source) -> str:
    """Tell the last migration that was run on these books; nothing if none ever was."""
    with owner(source) as connection:
        if connection.exec_driver_sql("select to_regclass('alembic_version') is null").scalar_one():
            return ""
        found = connection.exec_driver_sql("select string_agg(version_num, ',' order by 1) from alembic_version")
        return found.scalar_one() or ""


def require_schema(source: Source) -> None:
    """See that every migration of this program was run on these books, and none of a later one.

    Raises:
        OtherSchema: they were made by another version of the program.
    """
    there, needed = schema_there(source), newest()
    if there != needed:
        raise OtherSchema(facts={"there": there, "needed": needed})


def _run(connection: Connection, name: str) -> None:
    """Run one SQL file straight on the driver: a placeholder parser would trip over ``%``."""
    text = files("ledger.schema").joinpath(f"{name}.sql").read_text("utf-8")
    _driver(connection).cursor().execute(text.encode())


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError(raw)
    return raw


def set_passwords(connection: Connection, folder: Path) -> None:
    """Give every login a password, kept in a file of its own that only this user reads.

    A login whose file is there keeps its password; only the verifier travels to the server.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    raw = _driver(connection)
    for name in LOGINS:
        path = folder / name
        if not path.is_file():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32))
        login = f"gongku_{name}"
        verifier = raw.pgconn.encrypt_password(
            path.read_text("ascii").strip().encode(), login.encode(), b"scram-sha-256"
        )
        raw.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier.decode())))


def load_master(connection: Connection) -> None:
    """Load the dated master data and the posting templates; what is there already is brought up to date.

    A code that was wrong is a data fix: edit the CSV, run ``gongku init`` again. Templates are only added.
    """
    for table, keys in _MASTER:
        rows = list(_master(table))
        _upsert(connection, table, keys, rows)
    connection.exec_driver_sql(
        "update ledger.class_code c set leaf = not exists ("
        "select from ledger.class_code k where (k.scheme, k.parent) = (c.scheme, c.code))"
    )
    _expand_redactions(connection)
    for template in catalogue():
        _register(connection, template)


_MASTER = (
    ("chart", ("chart",)),
    ("account", ("chart", "code")),
    ("account_key", ("chart", "key", "dim", "value", "valid")),
    ("class_code", ("scheme", "code")),
    ("econ_map", ("agency_kind", "dept_econ")),
    ("close_rule", ("chart", "step", "from_code", "dim", "dim_value")),
    ("redaction_rule", ("field", "dim", "code", "valid")),
    ("duty", ("duty",)),
    ("duty_pair", ("duty_a", "duty_b")),
    ("workflow", ("from_state", "action", "duty")),
    ("life_event", ("life_event",)),
    ("project_phase", ("stage",)),
    ("driver_kind", ("driver",)),
    ("rank_weight", ("rank_by",)),
    ("claim_kind", ("kind",)),
    ("pace_limit", ("since",)),
)
_ARRAYS = frozenset({"needs", "takes", "scope"})
_NULL_WHEN_BLANK = frozenset({"parent", "limit_by", "note"})


def _master(table: str) -> Iterable[dict[str, object]]:
    """Read one CSV of the master data as the columns of its table."""
    text = files("ledger.master").joinpath(f"{table}.csv").read_text("utf-8")
    for given in csv.DictReader(io.StringIO(text)):
        row: dict[str, object] = {}
        for name, value in given.items():
            if name in _ARRAYS:
                row[name] = value.split()
            elif name == "postable":
                row[name] = value == "1"
            elif name in _NULL_WHEN_BLANK:
                row[name] = value or None
            elif name not in {"valid_from", "valid_to"}:
                row[name] = value
        if "valid_from" in given:
            row["valid"] = f"[{given['valid_from']},{given['valid_to']})"
        if table == "class_code":
            row["leaf"] = True
        yield row


def _upsert(connection: Connection, table: str, keys: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    statement = sql.SQL("insert into ledger.{} ({}) values ({}) on conflict ({}) do update set {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder(c) for c in columns),
        sql.SQL(", ").join(map(sql.Identifier, keys)),
        sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in columns),
    )
    _driver(connection).cursor().executemany(statement, rows)


def _expand_redactions(connection: Connection) -> None:
    """Write down every code that a redaction rule covers: a rule for a code covers all below it."""
    connection.exec_driver_sql("delete from ledger.redacted_code")
    connection.exec_driver_sql(
        "with recursive below as ("
        " select r.field, r.dim, r.code, r.rule, r.valid from ledger.redaction_rule r"
        " union select b.field, b.dim, c.code, b.rule, b.valid from below b"
        "   join ledger.class_code c on c.scheme = b.dim and c.parent = b.code)"
        " insert into ledger.redacted_code select field, dim, code, min(rule), valid from below group by 1, 2, 3, 5"
    )


def _register(connection: Connection, template: Template) -> None:
    connection.exec_driver_sql(
        "insert into ledger.template (digest, event, title_zh, title_en, source, confidence, in_force,"
        " posted_under, prepared_under, body) values (%s, %s, %s, %s, %s, %s, daterange(%s, %s), %s, %s, %s)"
        " on conflict do nothing",
        (
            template.digest,
            template.event,
            template.title_zh,
            template.title_en,
            template.source,
            template.confidence,
            template.in_force.first,
            template.in_force.until,
            template.posted_under,
            list(template.prepared_under),
            template.body,
        ),
    )


def install(source: Source, secrets_folder: Path) -> None:
    """Set up the database of a source, or bring it to this version; running it again changes nothing."""
    with owner(source) as connection:
        migrate(connection)
        set_passwords(connection, secrets_folder)
        load_master(connection)


@dataclass(frozen=True, slots=True)
class TreasuryPlan:
    """A treasury to be created."""

    treasury_id: int
    code: str
    name_zh: str
    name_en: str
    level: int = 4
    currency: str = "CNY"
    demo: bool = False


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """An agency to be created; parents come before their children."""

    agency: str
    name_zh: str
    name_en: str
    kind: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person to be created with their office and the duties they are appointed to."""

    person: str
    name: str
    office: str
    duties: tuple[str, ...] = ()
    agencies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SetPlan:
    """An account set to be created for one fiscal year that begins on a first day of a month."""

    code: str
    agency: str
    role: str
    chart: str
    fiscal_year: int
    starts_on: date
    name_zh: str
    name_en: str
    currency: str = "CNY"


def create_treasury(connection: Connection, plan: TreasuryPlan) -> None:
    """Create a treasury with an empty log."""
    connection.exec_driver_sql(
        "insert into ledger.treasury (treasury_id, code, name_zh, name_en, level, currency, demo)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (
            plan.treasury_id,
            plan.code,
            plan.name_zh,
            plan.name_en,
            plan.level,
            plan.currency,
            plan.demo,
        ),
    )
    connection.exec_driver_sql("insert into ledger.log_size (treasury_id) values (%s)", (plan.treasury_id,))


def create_agencies(connection: Connection, treasury_id: int, plans: Iterable[AgencyPlan]) -> None:
    """Create agencies, parents first, each with one office of its own name."""
    for plan in plans:
        connection.exec_driver_sql(
            "insert into ledger.agency (treasury_id, agency, parent, name_zh, name_en, kind)"
            " values (%s, %s, %s, %s, %s, %s)",
            (treasury_id, plan.agency, plan.parent, plan.name_zh, plan.name_en, plan.kind),
        )
        create_office(connection, treasury_id, plan.agency, plan.agency, plan.name_zh, plan.name_en)


def create_office(
    connection: Connection, treasury_id: int, office: str, agency: str, name_zh: str, name_en: str
) -> None:
    """Create an office of an agency."""
    connection.exec_driver_sql(
        "insert into ledger.office (treasury_id, office, agency, name_zh, name_en) values (%s, %s, %s, %s, %s)",
        (treasury_id, office, agency, name_zh, name_en),
    )


def create_person(connection: Connection, treasury_id: int, plan: PersonPlan, first: date, document: str) -> None:
    """Create a person and appoint them to duties from a day on, by a document.

    Raises:
        DutiesIncompatible: a duty may not meet one that they, their office or their unit hold already.
    """
    connection.exec_driver_sql(
        "insert into ledger.person (treasury_id, person, name, office) values (%s, %s, %s, %s)",
        (treasury_id, plan.person, plan.name, plan.office),
    )
    for duty in plan.duties:
        appoint(connection, treasury_id, plan.person, duty, first, None, document, plan.agencies)


def appoint(
    connection: Connection,
    treasury_id: int,
    person: str,
    duty: str,
    first: date,
    until: date | None,
    document: str,
    agencies: Sequence[str] | None = None,
) -> None:
    """Appoint a person to a duty from a day on, up to but without ``until``, for some agencies or all.

    Raises:
        DutiesIncompatible: the duty may not meet one that they, their office or their unit hold already.
    """
    connection.exec_driver_sql(
        "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
        " values (%s, %s, %s, daterange(%s, %s), %s, %s)",
        (
            treasury_id,
            person,
            duty,
            first,
            until,
            None if agencies is None else list(agencies),
            document,
        ),
    )


def create_account_sets(connection: Connection, treasury_id: int, plans: Iterable[SetPlan]) -> None:
    """Create account sets, each with its opening period (0) and twelve months, all open."""
    taken = connection.exec_driver_sql(
        "select coalesce(max(account_set_id), 0) from ledger.account_set where treasury_id = %s",
        (treasury_id,),
    ).scalar_one()
    for number, plan in enumerate(plans, taken + 1):
        firsts = [_month(plan.starts_on, n) for n in range(13)]
        connection.exec_driver_sql(
            "insert into ledger.account_set (treasury_id, account_set_id, code, agency, role, chart,"
            " fiscal_year, starts_on, ends_on, currency, name_zh, name_en)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                treasury_id,
                number,
                plan.code,
                plan.agency,
                plan.role,
                plan.chart,
                plan.fiscal_year,
                firsts[0],
                firsts[12] - _DAY,
                plan.currency,
                plan.name_zh,
                plan.name_en,
            ),
        )
        before = firsts[0] - _DAY
        periods: list[tuple[int, str, date, date]] = [
            (0, f"{plan.fiscal_year:04d}-00", before, before),
            *((n, f"{firsts[n - 1]:%Y-%m}", firsts[n - 1], firsts[n] - _DAY) for n in range(1, 13)),
        ]
        _driver(connection).cursor().executemany(
            "insert into ledger.period (treasury_id, account_set_id, period_no, label, starts_on, ends_on)"
            " values (%s, %s, %s, %s, %s, %s)",
            [(treasury_id, number, *period) for period in periods],
        )


_DAY = timedelta(days=1)


def _month(first: date, later: int) -> date:
    """Give the first day of the month so many months later."""
    months = first.year * 12 + first.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)
