"""The tables of the schemas ``ledger`` and ``access`` as SQLAlchemy Core values, for reads.

The hand-written SQL of ``ledger/schema`` is the truth; ``tests/architecture/test_tables.py`` holds
this mirror equal to what it installs: names, order, types, nullability and primary keys.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import DATERANGE

METADATA = MetaData()
_INSTANT = DateTime(timezone=True)

chart = Table(
    "chart",
    METADATA,
    Column("chart", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    schema="ledger",
)

account = Table(
    "account",
    METADATA,
    Column("chart", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("parent", Text),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("book", Text, nullable=False),
    Column("normal_side", Text, nullable=False),
    Column("postable", Boolean, nullable=False),
    Column("limit_by", Text),
    Column("needs", ARRAY(Text), nullable=False),
    Column("takes", ARRAY(Text), nullable=False),
    Column("confidence", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text),
    Column("valid", DATERANGE, nullable=False),
    schema="ledger",
)

account_key = Table(
    "account_key",
    METADATA,
    Column("chart", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("dim", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("valid", DATERANGE, primary_key=True),
    schema="ledger",
)

class_code = Table(
    "class_code",
    METADATA,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("parent", Text),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("leaf", Boolean, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    schema="ledger",
)

econ_map = Table(
    "econ_map",
    METADATA,
    Column("agency_kind", Text, primary_key=True),
    Column("dept_econ", Text, primary_key=True),
    Column("gov_econ", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    schema="ledger",
)

close_rule = Table(
    "close_rule",
    METADATA,
    Column("chart", Text, primary_key=True),
    Column("step", SmallInteger, primary_key=True),
    Column("from_code", Text, primary_key=True),
    Column("to_code", Text, nullable=False),
    Column("dim", Text, primary_key=True),
    Column("dim_value", Text, primary_key=True),
    Column("source", Text, nullable=False),
    schema="ledger",
)

redaction_rule = Table(
    "redaction_rule",
    METADATA,
    Column("rule", Text, nullable=False),
    Column("field", Text, primary_key=True),
    Column("dim", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("valid", DATERANGE, primary_key=True),
    schema="ledger",
)

redacted_code = Table(
    "redacted_code",
    METADATA,
    Column("field", Text, primary_key=True),
    Column("dim", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("valid", DATERANGE, primary_key=True),
    schema="ledger",
)

duty = Table(
    "duty",
    METADATA,
    Column("duty", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("login", Text, nullable=False),
    schema="ledger",
)

duty_pair = Table(
    "duty_pair",
    METADATA,
    Column("duty_a", Text, primary_key=True),
    Column("duty_b", Text, primary_key=True),
    Column("scope", ARRAY(Text), nullable=False),
    Column("basis", Text, nullable=False),
    schema="ledger",
)

template = Table(
    "template",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("event", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("in_force", DATERANGE, nullable=False),
    Column("posted_under", Text, nullable=False),
    Column("prepared_under", ARRAY(Text), nullable=False),
    Column("body", Text, nullable=False),
    schema="ledger",
)

treasury = Table(
    "treasury",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("demo", Boolean, nullable=False),
    schema="ledger",
)

agency = Table(
    "agency",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("parent", Text),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    schema="ledger",
)

office = Table(
    "office",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("office", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    schema="ledger",
)

person = Table(
    "person",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("office", Text, nullable=False),
    schema="ledger",
)

duty_held = Table(
    "duty_held",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("duty", Text, primary_key=True),
    Column("held", DATERANGE, primary_key=True),
    Column("agencies", ARRAY(Text)),
    Column("document", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", _INSTANT, nullable=False),
    schema="ledger",
)

duty_ended = Table(
    "duty_ended",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("duty", Text, primary_key=True),
    Column("held", DATERANGE, primary_key=True),
    Column("ended_on", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

account_set = Table(
    "account_set",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("chart", Text, nullable=False),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    schema="ledger",
)

period = Table(
    "period",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("period_no", SmallInteger, primary_key=True),
    Column("label", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("last_no", Integer, nullable=False),
    schema="ledger",
)

period_change = Table(
    "period_change",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("period_no", SmallInteger, primary_key=True),
    Column("change_no", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    schema="ledger",
)

period_exception = Table(
    "period_exception",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("period_no", SmallInteger, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", _INSTANT, nullable=False),
    schema="ledger",
)

indicator = Table(
    "indicator",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("parent", Text),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("agency", Text),
    Column("func", Text),
    Column("gov_econ", Text),
    Column("dept_econ", Text),
    Column("fund", Text, nullable=False),
    Column("project", Text),
    Column("budget_source", SmallInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", _INSTANT, nullable=False),
    schema="ledger",
)

event = Table(
    "event",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("narration", Text, nullable=False),
    Column("document", Text),
    Column("prepared_by", Text, nullable=False),
    Column("posted_by", Text, nullable=False),
    Column("reverses", Uuid),
    Column("template_digest", LargeBinary, nullable=False),
    Column("content_digest", LargeBinary, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

voucher = Table(
    "voucher",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("voucher_id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("account_set_id", Integer, nullable=False),
    Column("period_no", SmallInteger, nullable=False),
    Column("no", Integer, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("red", Boolean, nullable=False),
    Column("line_count", SmallInteger, nullable=False),
    Column("debit_fen", BigInteger, nullable=False),
    schema="ledger",
)

posting = Table(
    "posting",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("voucher_id", Uuid, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("account_set_id", Integer, nullable=False),
    Column("book", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("agency", Text),
    Column("func", Text),
    Column("gov_econ", Text),
    Column("dept_econ", Text),
    Column("revenue", Text),
    Column("fund", Text),
    Column("project", Text),
    Column("indicator", Text),
    Column("contract", Text),
    Column("counterparty", Text),
    Column("pay_mode", Text),
    Column("narration", Text),
    Column("limit_key", Text),
    schema="ledger",
)

limit_row = Table(
    "limit_row",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("limit_key", Text, primary_key=True),
    Column("available_fen", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    schema="ledger",
)

limit_move = Table(
    "limit_move",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("limit_key", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("voucher_id", Uuid, nullable=False),
    Column("line_no", SmallInteger, nullable=False),
    Column("delta_fen", BigInteger, nullable=False),
    Column("after_fen", BigInteger, nullable=False),
    schema="ledger",
)

balance = Table(
    "balance",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("debit_fen", BigInteger, nullable=False),
    Column("credit_fen", BigInteger, nullable=False),
    schema="ledger",
)

balance_day = Table(
    "balance_day",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("effective_on", Date, primary_key=True),
    Column("debit_fen", BigInteger, nullable=False),
    Column("credit_fen", BigInteger, nullable=False),
    schema="ledger",
)

leaf = Table(
    "leaf",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("leaf_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    schema="ledger",
)

leaf_key = Table(
    "leaf_key",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("leaf_id", Uuid, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    schema="ledger",
)

leaf_queue = Table(
    "leaf_queue",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("leaf_id", Uuid, primary_key=True),
    schema="ledger",
)

log_size = Table(
    "log_size",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    schema="ledger",
)

log_entry = Table(
    "log_entry",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("log_index", BigInteger, primary_key=True),
    Column("leaf_id", Uuid, nullable=False),
    Column("sequenced_at", _INSTANT, nullable=False),
    schema="ledger",
)

publication = Table(
    "publication",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("account_set_id", Integer, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("published_by", Text, nullable=False),
    Column("published_at", _INSTANT, nullable=False),
    schema="ledger",
)
