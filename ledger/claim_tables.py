"""The tables of reimbursement claims as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, SmallInteger, Table, Text

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

claim_kind = Table(
    "claim_kind",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("dept_econ", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("venue", Boolean, nullable=False),
    schema="ledger",
)

venue = Table(
    "venue",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("venue", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

venue_approval = Table(
    "venue_approval",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("venue", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)

claim = Table(
    "claim",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("claimant", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("approval_no", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("venue", Text),
    Column("venue_from", Date),
    Column("departs", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_document", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", _INSTANT, nullable=False),
    schema="ledger",
)

claim_line = Table(
    "claim_line",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("standard", Text, nullable=False),
    Column("standard_version", Integer, nullable=False),
    Column("unit_fen", BigInteger, nullable=False),
    Column("per", Text, nullable=False),
    Column("dept_econ", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("units", SmallInteger, nullable=False),
    Column("ceiling_fen", BigInteger, nullable=False),
    Column("spent_fen", BigInteger, nullable=False),
    schema="ledger",
)

claim_invoice = Table(
    "claim_invoice",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("line_no", SmallInteger, nullable=False),
    Column("invoice", Text, primary_key=True),
    schema="ledger",
)

claim_step = Table(
    "claim_step",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("step_no", SmallInteger, primary_key=True),
    Column("action", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    schema="ledger",
)
