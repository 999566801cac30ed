"""The tables of the special funds as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

fund_call = Table(
    "fund_call",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("call", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("func", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("threshold_fen", BigInteger, nullable=False),
    Column("experts", SmallInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("seed_source", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", _INSTANT, nullable=False),
    schema="ledger",
)

fund_application = Table(
    "fund_application",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("call", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("applicant", Text, nullable=False),
    Column("project_zh", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("equipment", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_on", Date, nullable=False),
    Column("saved_at", _INSTANT, nullable=False),
    schema="ledger",
)

fund_cost = Table(
    "fund_cost",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("item", Text, nullable=False),
    Column("asked_fen", BigInteger, nullable=False),
    schema="ledger",
)

fund_check = Table(
    "fund_check",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("saved_by", Text, nullable=False),
    Column("checked_by", Text, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checked_at", _INSTANT, nullable=False),
    schema="ledger",
)

expert = Table(
    "expert",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("expert", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("employer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("listed_by", Text, nullable=False),
    Column("listed_at", _INSTANT, nullable=False),
    schema="ledger",
)

expert_tie = Table(
    "expert_tie",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("expert", Text, primary_key=True),
    Column("applicant", Text, primary_key=True),
    Column("tie", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

expert_draw = Table(
    "expert_draw",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("call", Text, primary_key=True),
    Column("seed", Text, nullable=False),
    Column("seed_source", Text, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("drawn_at", _INSTANT, nullable=False),
    schema="ledger",
)

drawn_expert = Table(
    "drawn_expert",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("call", Text, primary_key=True),
    Column("expert", Text, primary_key=True),
    Column("lot", LargeBinary, nullable=False),
    Column("place", SmallInteger, nullable=False),
    Column("excluded", Text),
    Column("seat", SmallInteger),
    schema="ledger",
)

expert_opinion = Table(
    "expert_opinion",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("call", Text, nullable=False),
    Column("expert", Text, primary_key=True),
    Column("score", SmallInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

opinion_line = Table(
    "opinion_line",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("expert", Text, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("allowed_fen", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    schema="ledger",
)

fund_decision = Table(
    "fund_decision",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("application", Text, primary_key=True),
    Column("identity", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("granted_fen", BigInteger, nullable=False),
    Column("members", SmallInteger, nullable=False),
    Column("present", SmallInteger, nullable=False),
    Column("votes_for", SmallInteger, nullable=False),
    Column("votes_against", SmallInteger, nullable=False),
    Column("minutes_sha256", LargeBinary),
    Column("reason", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", _INSTANT, nullable=False),
    schema="ledger",
)

fund_publication = Table(
    "fund_publication",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("call", Text, primary_key=True),
    Column("published_by", Text, nullable=False),
    Column("published_at", _INSTANT, nullable=False),
    schema="ledger",
)
