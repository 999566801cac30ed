"""The tables of the disclosures as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Integer, LargeBinary, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

life_event = Table(
    "life_event",
    METADATA,
    Column("life_event", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    schema="ledger",
)

project_phase = Table(
    "project_phase",
    METADATA,
    Column("stage", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    schema="ledger",
)

fee_version = Table(
    "fee_version",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("also_called", ARRAY(Text), nullable=False),
    Column("life_event", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("standard_kind", Text, nullable=False),
    Column("standard", Text, nullable=False),
    Column("min_fen", BigInteger),
    Column("max_fen", BigInteger),
    Column("unit", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("fund_mode", Text, nullable=False),
    Column("revenue", Text),
    Column("receipt", Text, nullable=False),
    Column("exemptions", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("document_no", Text, nullable=False),
    Column("document_title", Text, nullable=False),
    Column("document_issuer", Text, nullable=False),
    Column("document_on", Date),
    Column("confidence", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

fee_basis = Table(
    "fee_basis",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("basis_no", SmallInteger, primary_key=True),
    Column("document_no", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("issued_on", Date),
    schema="ledger",
)

fee_collector = Table(
    "fee_collector",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    schema="ledger",
)

fee_publication = Table(
    "fee_publication",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("published_at", _INSTANT, nullable=False),
    schema="ledger",
)

project = Table(
    "project",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

project_stage = Table(
    "project_stage",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, nullable=False),
    Column("stage_no", Integer, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("note", Text, nullable=False),
    schema="ledger",
)

project_amount = Table(
    "project_amount",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, nullable=False),
    Column("amount_no", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("year", SmallInteger),
    Column("on_day", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("note", Text, nullable=False),
    schema="ledger",
)

project_document = Table(
    "project_document",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, nullable=False),
    Column("document_no", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    schema="ledger",
)

project_progress = Table(
    "project_progress",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, nullable=False),
    Column("progress_no", Integer, primary_key=True),
    Column("on_day", Date, nullable=False),
    Column("basis_points", Integer, nullable=False),
    Column("note", Text, nullable=False),
    schema="ledger",
)

project_publication = Table(
    "project_publication",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("record_no", Integer, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("published_at", _INSTANT, nullable=False),
    schema="ledger",
)

search_row = Table(
    "search_row",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("search_no", BigInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("no", Integer, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("shown", Text),
    Column("words", TSVECTOR, nullable=False),
    schema="ledger",
)
