"""The tables of the register of imports as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, SmallInteger, Table, Text

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

import_batch = Table(
    "import_batch",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("import_no", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("agency", Text),
    Column("fiscal_year", SmallInteger),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("mapping_no", Integer, nullable=False),
    Column("mapping_sha256", LargeBinary, nullable=False),
    Column("new_rows", Integer, nullable=False),
    Column("changed_rows", Integer, nullable=False),
    Column("same_rows", Integer, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", _INSTANT, nullable=False),
    schema="ledger",
)

import_package = Table(
    "import_package",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("import_no", Integer, nullable=False),
    Column("ranks", Integer, nullable=False),
    schema="ledger",
)

import_driver = Table(
    "import_driver",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("driver", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("import_no", Integer, nullable=False),
    schema="ledger",
)

import_income = Table(
    "import_income",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("import_no", Integer, nullable=False),
    Column("submissions", Integer, nullable=False),
    schema="ledger",
)

import_undo = Table(
    "import_undo",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("import_no", Integer, primary_key=True),
    Column("why", Text, nullable=False),
    Column("undone_by", Text, nullable=False),
    Column("undone_at", _INSTANT, nullable=False),
    schema="ledger",
)

import_proposal = Table(
    "import_proposal",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("mapping_sha256", LargeBinary, primary_key=True),
    Column("prepared_by", Text, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("mapping_no", Integer, nullable=False),
    Column("prepared_at", _INSTANT, nullable=False),
    schema="ledger",
)
