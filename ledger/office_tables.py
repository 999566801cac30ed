"""The tables of the office as SQLAlchemy Core values, beside those of ``ledger.tables`` and kept equal like them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from ledger.tables import METADATA

_INSTANT = DateTime(timezone=True)

credential = Table(
    "credential",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("password", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("code_secret", Text),
    Column("code_offered", Text),
    Column("code_step", BigInteger, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    schema="access",
)

sign_in = Table(
    "sign_in",
    METADATA,
    Column("sign_in_id", Uuid, primary_key=True),
    Column("treasury_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    schema="access",
)

visit = Table(
    "visit",
    METADATA,
    Column("visit_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("treasury_id", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("duty", Text),
    Column("second_factor", Boolean, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("opened_at", _INSTANT, nullable=False),
    Column("seen_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("revoked_at", _INSTANT),
    Column("means", Text, nullable=False),
    schema="access",
)

passkey = Table(
    "passkey",
    METADATA,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("treasury_id", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("rp_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("synced", Boolean, nullable=False),
    Column("added_at", _INSTANT, nullable=False),
    schema="access",
)

passkey_use = Table(
    "passkey_use",
    METADATA,
    Column("challenge", LargeBinary, primary_key=True),
    Column("credential_id", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("at", _INSTANT, nullable=False),
    schema="access",
)

passkey_ended = Table(
    "passkey_ended",
    METADATA,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("ended_by", Text, nullable=False),
    Column("document", Text),
    Column("at", _INSTANT, nullable=False),
    schema="access",
)

subject = Table(
    "subject",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("linked_by", Text, nullable=False),
    Column("linked_at", _INSTANT, primary_key=True),
    schema="access",
)

subject_ended = Table(
    "subject_ended",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("linked_at", _INSTANT, primary_key=True),
    Column("ended_by", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    schema="access",
)

act = Table(
    "act",
    METADATA,
    Column("act_id", Uuid, primary_key=True),
    Column("treasury_id", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("duty", Text),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("address", Text),
    Column("at", _INSTANT, nullable=False),
    schema="access",
)

workflow = Table(
    "workflow",
    METADATA,
    Column("from_state", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("duty", Text, primary_key=True),
    Column("to_state", Text, nullable=False),
    Column("by_whom", Text, nullable=False),
    schema="ledger",
)

draft = Table(
    "draft",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("draft_id", Uuid, primary_key=True),
    Column("no", Integer, nullable=False),
    Column("account_set_id", Integer, nullable=False),
    Column("reverses", Uuid),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("reviewed_by", Text),
    Column("posted_by", Text),
    Column("event_id", Uuid),
    Column("effective_on", Date),
    Column("narration", Text, nullable=False),
    Column("debit_fen", BigInteger, nullable=False),
    Column("credit_fen", BigInteger, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    schema="ledger",
)

draft_version = Table(
    "draft_version",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("draft_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", _INSTANT, nullable=False),
    schema="ledger",
)

draft_step = Table(
    "draft_step",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("draft_id", Uuid, primary_key=True),
    Column("step_no", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("remark", Text),
    Column("at", _INSTANT, nullable=False),
    schema="ledger",
)

attachment = Table(
    "attachment",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("attachment_id", Uuid, primary_key=True),
    Column("draft_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", _INSTANT, nullable=False),
    schema="ledger",
)

session = Table(
    "session",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("treasury_id", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("agencies", ARRAY(Text)),
    Column("opened_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("revoked_at", _INSTANT),
    Column("visit_id", Uuid),
    schema="access",
)

client = Table(
    "client",
    METADATA,
    Column("treasury_id", Integer, primary_key=True),
    Column("client", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("person", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", _INSTANT, nullable=False),
    schema="access",
)
