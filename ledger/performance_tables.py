"""The tables of pace and performance as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, SmallInteger, Table, Text

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

pace_limit = Table(
    "pace_limit",
    METADATA,
    Column("since", Date, primary_key=True),
    Column("points_bp", Integer, nullable=False),
    Column("basis", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    schema="ledger",
)

pace_reason = Table(
    "pace_reason",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("month", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("adjusted_fen", BigInteger, nullable=False),
    Column("executed_fen", BigInteger, nullable=False),
    Column("passed_bp", Integer, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

performance_result = Table(
    "performance_result",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("of_version", Integer, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

performance_answer = Table(
    "performance_answer",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("of_version", Integer, nullable=False),
    Column("target_no", SmallInteger, primary_key=True),
    Column("result", Text, nullable=False),
    Column("score_tenths", SmallInteger, nullable=False),
    Column("met", Boolean, nullable=False),
    Column("cause", Text, nullable=False),
    schema="ledger",
)

performance_confirmation = Table(
    "performance_confirmation",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("confirmed_at", _INSTANT, nullable=False),
    schema="ledger",
)
