"""What travels over the API: events in, books out. Money is text in yuan, never a JSON number."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

KEY = validate.Length(1, 200)
CODE = validate.Regexp(r"^[0-9A-Za-z][0-9A-Za-z.-]{0,39}\Z")
AMOUNT = validate.Regexp(r"^-?[0-9]{1,15}(\.[0-9]{1,2})?\Z", error="not text in yuan with at most two decimals")
EVENTS_MOST = 10_000


class Strict(Schema):
    """Refuses what it does not know."""

    class Meta:
        """How marshmallow treats unknown fields."""

        unknown = RAISE


class Codes(fields.Dict):
    """Codes by dimension."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's own
        super().__init__(keys=fields.String(), values=fields.String(validate=validate.Length(1, 200)), **kwargs)


class LineSchema(Strict):
    """One posting of a voucher that is written by hand."""

    class Meta:
        """Other fields are codes by dimension."""

        unknown = "include"

    account = fields.String(required=True)
    side = fields.String(required=True, validate=validate.OneOf(["D", "C"]))
    amount = fields.String(required=True, validate=AMOUNT, metadata={"example": "1234.50"})
    narration = fields.String(allow_none=True)


class VoucherSchema(Strict):
    """The lines of a voucher written by hand, in one account set."""

    set = fields.String(required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)


class EventSchema(Strict):
    """One business event; see docs/events.md."""

    kind = fields.String(required=True, metadata={"example": "treasury_receipt"})
    key = fields.String(required=True, validate=KEY, metadata={"example": "2024-03-05-001"})
    on = fields.String(required=True, metadata={"example": "2024-03-05", "format": "date"})
    narration = fields.String(required=True, validate=validate.Length(1, 500))
    prepared_by = fields.String(required=True)
    document = fields.String(allow_none=True)
    facts = fields.Dict(
        keys=fields.String(), values=fields.String(validate=AMOUNT), metadata={"example": {"amount": "1234.50"}}
    )
    dims = Codes()
    parties = fields.Dict(keys=fields.String(), values=Codes())
    vouchers = fields.List(fields.Nested(VoucherSchema))


class EventsSchema(Strict):
    """Events that are posted together: all of them or none."""

    events = fields.List(fields.Nested(EventSchema), required=True, validate=validate.Length(1, EVENTS_MOST))


class PostQuery(Strict):
    """Whether to post, or only to tell what posting would do."""

    dry_run = fields.Boolean(load_default=False)


class PostedSchema(Schema):
    """What became of an event."""

    kind = fields.String(required=True)
    key = fields.String(required=True)
    event_id = fields.String(required=True)
    already = fields.Boolean(required=True)


class BalanceAfter(Schema):
    """An account as it would stand."""

    set = fields.String()
    account = fields.String()
    debit = fields.String()
    credit = fields.String()


class LimitAfter(Schema):
    """A limit as it would stand."""

    set = fields.String()
    account = fields.String()
    limit = fields.String()
    available = fields.String()


class AnswerSchema(Schema):
    """What became of all of them; in a dry run the balances and limits as they would stand."""

    dry_run = fields.Boolean(required=True)
    events = fields.List(fields.Nested(PostedSchema), required=True)
    balances = fields.List(fields.Nested(BalanceAfter))
    limits = fields.List(fields.Nested(LimitAfter))


class SetSchema(Schema):
    """An account set with its books and periods."""

    class Meta:
        """Everything that the report of sets tells."""

        unknown = "include"


KNOWN = validate.Regexp(r"^([0-9]{1,18}|\d{4}-\d\d-\d\d)\Z")
BOOK = validate.OneOf(["financial", "budgetary", "indicator", "general"])
FORM = validate.OneOf(["csv", "json", "xlsx"])
DIM = validate.Regexp(r"^[a-z_]{2,20}:[^\x00]{0,200}\Z", error="not a dimension and a code, such as func:2050201")


class MeSchema(Schema):
    """Whose token it is."""

    treasury = fields.String(required=True)
    person = fields.String(required=True)
    duty = fields.String(required=True)
    agencies = fields.List(fields.String(), required=True, allow_none=True)


class LogSchema(Schema):
    """How long the log is."""

    size = fields.Integer(required=True)


class BalanceQuery(Strict):
    """Which balances: an account, a book, the day of effect, and what was known (a number of log leaves, or a day)."""

    account = fields.String(validate=CODE)
    book = fields.String(validate=BOOK)
    on = fields.Date()
    known = fields.String(validate=KNOWN)


class BookQuery(Strict):
    """Which trial balance: book, day of effect, and what was known (a number of log leaves, or a day)."""

    book = fields.String(validate=BOOK)
    on = fields.Date()
    known = fields.String(validate=KNOWN)


class PageQuery(Strict):
    """A page of postings; ``after`` is the ``next_page`` of the page before."""

    after = fields.String(validate=validate.Length(1, 100))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
    from_on = fields.Date(data_key="from")
    on = fields.Date(data_key="to")
    known = fields.String(validate=KNOWN)


class FileQuery(BookQuery):
    """Which file of a trial balance."""

    format = fields.String(load_default="csv", validate=FORM)


class ExportQuery(Strict):
    """Which postings of a set are exported, and as what."""

    from_on = fields.Date(data_key="from")
    on = fields.Date(data_key="to")
    known = fields.String(validate=KNOWN)
    format = fields.String(load_default="csv", validate=FORM)


class MasterQuery(Strict):
    """As what master data are given; without a format as a plain JSON list."""

    format = fields.String(validate=FORM)


class ReportQuery(Strict):
    """What a report is asked; each report takes some of these, and refuses the others.

    ``dims`` are exact codes and ``under`` codes with everything below, each written ``dimension:code``.
    """

    format = fields.String(load_default="json", validate=FORM)
    on = fields.Date()
    from_on = fields.Date(data_key="from")
    known = fields.String(validate=KNOWN)
    book = fields.String(validate=BOOK)
    account = fields.List(fields.String(validate=CODE), validate=validate.Length(max=100))
    kind = fields.List(fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=100))
    without_kind = fields.List(fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=100))
    dims = fields.List(fields.String(validate=DIM), validate=validate.Length(max=20))
    under = fields.List(fields.String(validate=DIM), validate=validate.Length(max=20))
    measure = fields.String(validate=validate.OneOf(["debit", "credit", "net", "contra"]))
    by = fields.String(validate=validate.OneOf(["func", "gov_econ", "dept_econ"]))
    fund = fields.String(validate=CODE)
    agency = fields.String(validate=CODE)
    indicator = fields.String(validate=validate.Length(1, 100))
    sign = fields.String(validate=validate.OneOf(["normal", "debit"]))
    rolled = fields.Boolean()
    recomputed = fields.Boolean()
    until = fields.String(validate=validate.Length(1, 100))
    cursor = fields.String(data_key="after", validate=validate.Length(1, 100))
    most = fields.Integer(data_key="limit", validate=validate.Range(1, 1000))


class ReportSchema(Schema):
    """A table with its columns and rows; amounts are yuan as text; the manifest says whether it is whole."""

    class Meta:
        """The columns differ by report."""

        unknown = "include"


class VoucherLineRead(Schema):
    """A posting of a voucher."""

    line = fields.Integer(required=True)
    book = fields.String(required=True)
    account = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    side = fields.String(required=True)
    amount = fields.String(required=True)
    narration = fields.String(required=True)
    dims = Codes(required=True)


class VoucherPlace(Schema):
    """Where another voucher of the same event stands."""

    set = fields.String(required=True)
    voucher = fields.String(required=True)


class VoucherRead(Schema):
    """A posted voucher with its event, the people who stand for it, and its lines."""

    set = fields.String(required=True)
    voucher = fields.String(required=True)
    on = fields.Date(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    event_id = fields.String(required=True)
    narration = fields.String(required=True)
    document = fields.String(allow_none=True)
    prepared_by = fields.String(required=True)
    preparer = fields.String(required=True)
    reviewer = fields.String(allow_none=True)
    poster = fields.String(required=True)
    recorded_at = fields.DateTime(required=True)
    log_index = fields.Integer(allow_none=True)
    reverses = fields.String(allow_none=True)
    reversed_by = fields.String(allow_none=True)
    others = fields.List(fields.Nested(VoucherPlace), required=True)
    lines = fields.List(fields.Nested(VoucherLineRead), required=True)


class TokenOrder(Strict):
    """A token for a client: a person's duty, for some days, by a document."""

    client = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{1,39}\Z"))
    person = fields.String(required=True, validate=validate.Length(1, 100))
    duty = fields.String(required=True, validate=validate.Length(1, 20))
    days = fields.Integer(required=True, strict=True, validate=validate.Range(1, 366))
    document = fields.String(required=True, validate=validate.Length(1, 200))


class TokenSchema(Schema):
    """The token, told this once."""

    client = fields.String(required=True)
    token = fields.String(required=True)


class ClientSchema(Schema):
    """A client with its duty and the end of its token; the token itself is kept nowhere."""

    client = fields.String(required=True)
    person = fields.String(required=True)
    duty = fields.String(required=True)
    document = fields.String(required=True)
    issued_by = fields.String(required=True)
    issued_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    revoked_at = fields.DateTime(allow_none=True)


class RevokedSchema(Schema):
    """Whether there was a token to end."""

    client = fields.String(required=True)
    revoked = fields.Boolean(required=True)
