"""The tables of the budgets as SQLAlchemy Core values, beside ``ledger.tables`` and kept equal like it."""

from sqlalchemy import (
    ARRAY,
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
from sqlalchemy.dialects.postgresql import JSONB

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

driver_kind = Table(
    "driver_kind",
    METADATA,
    Column("driver", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit_zh", Text, nullable=False),
    Column("unit_en", Text, nullable=False),
    Column("stated", Boolean, nullable=False),
    schema="ledger",
)

rank_weight = Table(
    "rank_weight",
    METADATA,
    Column("rank_by", Text, primary_key=True),
    Column("weight", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    schema="ledger",
)

spending_standard = Table(
    "spending_standard",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("standard", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("dept_econ", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("agency_kind", Text),
    Column("scope", Text, nullable=False),
    Column("per", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("document_no", Text, nullable=False),
    Column("document_title", Text, nullable=False),
    Column("document_issuer", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("confidence", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

standard_approval = Table(
    "standard_approval",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("standard", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)

driver_value = Table(
    "driver_value",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("driver", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("quantity_milli", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

driver_approval = Table(
    "driver_approval",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("driver", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_package = Table(
    "budget_package",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("activity", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("func", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("project", Text),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", _INSTANT, nullable=False),
    schema="ledger",
)

package_version = Table(
    "package_version",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("mandate", Text, nullable=False),
    Column("activity", Text, nullable=False),
    Column("consequences", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", _INSTANT, nullable=False),
    schema="ledger",
)

package_line = Table(
    "package_line",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("dept_econ", Text, nullable=False),
    Column("standard", Text),
    Column("standard_version", Integer),
    Column("quote_fens", ARRAY(BigInteger)),
    Column("quote_documents", ARRAY(Text)),
    Column("unit_fen", BigInteger, nullable=False),
    Column("per", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("driver_version", Integer),
    Column("quantity_milli", BigInteger, nullable=False),
    Column("times", SmallInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("fen", BigInteger, nullable=False),
    schema="ledger",
)

package_target = Table(
    "package_target",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("target_no", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    schema="ledger",
)

package_withdrawal = Table(
    "package_withdrawal",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("why", Text, nullable=False),
    Column("withdrawn_by", Text, nullable=False),
    Column("withdrawn_at", _INSTANT, nullable=False),
    schema="ledger",
)

package_review = Table(
    "package_review",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("review_no", Integer, primary_key=True),
    Column("saved_by", Text, nullable=False),
    Column("reviewed_by", Text, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("reviewed_at", _INSTANT, nullable=False),
    schema="ledger",
)

line_review = Table(
    "line_review",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("review_no", Integer, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("unit_fen", BigInteger, nullable=False),
    Column("per", Text, nullable=False),
    Column("quantity_milli", BigInteger, nullable=False),
    Column("times", SmallInteger, nullable=False),
    Column("cut", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fen", BigInteger, nullable=False),
    schema="ledger",
)

package_rank = Table(
    "package_rank",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("fund", Text, primary_key=True),
    Column("rank_by", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("ranked_by", Text, nullable=False),
    Column("ranked_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_ceiling = Table(
    "budget_ceiling",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("fund", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", _INSTANT, nullable=False),
    schema="ledger",
)

income_estimate = Table(
    "income_estimate",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("source", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("func", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("basis", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_submission = Table(
    "budget_submission",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("round", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("submitted_by", Text, nullable=False),
    Column("submitted_at", _INSTANT, nullable=False),
    schema="ledger",
)

submitted_package = Table(
    "submitted_package",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("round", SmallInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("package_version", Integer, nullable=False),
    schema="ledger",
)

budget_resolution = Table(
    "budget_resolution",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("document", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("passed_on", Date, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_line = Table(
    "budget_line",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("package", Text, primary_key=True),
    Column("line_no", SmallInteger, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("review_no", Integer),
    Column("agency", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("func", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("dept_econ", Text, nullable=False),
    Column("project", Text),
    Column("fen", BigInteger, nullable=False),
    schema="ledger",
)

reallocation_limit = Table(
    "reallocation_limit",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("same_func_fen", BigInteger, nullable=False),
    Column("other_func_fen", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", _INSTANT, nullable=False),
    schema="ledger",
)

reallocation_approval = Table(
    "reallocation_approval",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_date = Table(
    "budget_date",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_publication = Table(
    "budget_publication",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("tables_sha256", LargeBinary, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("published_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_narrative = Table(
    "budget_narrative",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("abroad_fen", BigInteger, nullable=False),
    Column("reception_fen", BigInteger, nullable=False),
    Column("vehicles_bought_fen", BigInteger, nullable=False),
    Column("vehicles_run_fen", BigInteger, nullable=False),
    Column("goods_fen", BigInteger, nullable=False),
    Column("works_fen", BigInteger, nullable=False),
    Column("services_fen", BigInteger, nullable=False),
    Column("sme_fen", BigInteger, nullable=False),
    Column("vehicles", Integer, nullable=False),
    Column("equipment_500k", Integer, nullable=False),
    Column("equipment_1m", Integer, nullable=False),
    Column("told", JSONB, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

budget_adjustment = Table(
    "budget_adjustment",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("fiscal_year", SmallInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("passed_on", Date, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
    schema="ledger",
)

own_budget_change = Table(
    "own_budget_change",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("change_no", Integer, primary_key=True),
    Column("func", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", _INSTANT, nullable=False),
    schema="ledger",
)

own_budget_approval = Table(
    "own_budget_approval",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("change_no", Integer, primary_key=True),
    Column("asked_by", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)

advance_grant = Table(
    "advance_grant",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("fiscal_year", SmallInteger, primary_key=True),
    Column("advance_no", Integer, primary_key=True),
    Column("indicator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("func", Text, nullable=False),
    Column("dept_econ", Text),
    Column("project", Text),
    Column("amount_fen", BigInteger, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", _INSTANT, nullable=False),
    schema="ledger",
)
