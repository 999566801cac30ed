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


class BookQuery(Strict):
    """Which trial balance: book, day of effect, and what was known (a number of log leaves, or a day)."""

    book = fields.String(validate=validate.OneOf(["financial", "budgetary", "indicator", "general"]))
    on = fields.Date()
    known = fields.String(validate=validate.Regexp(r"^([0-9]{1,18}|\d{4}-\d\d-\d\d)\Z"))


class PageQuery(Strict):
    """A page of postings; ``after`` is the ``next`` of the page before."""

    after = fields.String(validate=validate.Length(1, 100))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
    from_on = fields.Date(data_key="from")
    on = fields.Date(data_key="to")
    known = fields.String(validate=validate.Regexp(r"^([0-9]{1,18}|\d{4}-\d\d-\d\d)\Z"))


class FileQuery(BookQuery):
    """Which file of a trial balance."""

    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "json", "xlsx"]))


class ReportSchema(Schema):
    """A table with its columns and rows; amounts are yuan as text; the manifest says whether it is whole."""

    class Meta:
        """The columns differ by report."""

        unknown = "include"
