"""The database itself verifies who asks: tokens that are not good see nothing and post nothing."""

import pytest

from ledger import access, errors, journal, periods
from ledger.db import owner, snapshot, transaction
from ledger.install import appoint
from ledger.money import Fen

FACTS = ("account_set", "period", "agency", "office", "person", "duty_held", "event", "voucher", "posting",
         "limit_row", "limit_move", "balance", "balance_day", "leaf", "indicator", "treasury")  # fmt: skip
BAD = ("", "expired", "revoked", "random", "short", "long", "upper", "not hex", "quote", "hash itself",
       "COMP", "COLL", "PUBL", "foreign")  # fmt: skip
"""Tokens that are worth nothing on the execute login; ``foreign`` is of a treasury that is not there."""


def count(scene, login, table, token, where="true"):
    outcome = scene.attack(login, f"select count(*) from ledger.{table} where {where}", token)
    assert outcome.state == "", outcome
    return outcome.rows[0][0]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.usefixtures("unchanged")
def test_a_bad_token_sees_nothing(scene, name):
    token = "f" * 64 if name == "foreign" else scene.token(name)
    assert {table: count(scene, "execute", table, token) for table in FACTS} == dict.fromkeys(FACTS, 0)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "call",
    ["ledger.post()", "ledger.post_small('[]', '[]')", "ledger.set_period_state(1, 1::smallint, 'soft', 'x')",
     "ledger.except_from_close(1, 1::smallint, 'few', 'manual', 'x')"],
)  # fmt: skip
@pytest.mark.usefixtures("unchanged")
def test_a_bad_token_does_nothing(scene, name, call):
    token = "f" * 64 if name == "foreign" else scene.token(name)
    outcome = scene.attack("execute", f"select {call}", token)
    assert (outcome.state, outcome.constraint) == ("42501", "signed_in")


def test_a_good_token_sees_its_treasury_and_no_other(scene):
    for duty, name in (("AUDT_IN", "one"), ("foreign AUDT_IN", "two")):
        token = scene.token(duty)
        for table in FACTS:
            mine, other = ("one", "two") if name == "one" else ("two", "one")
            assert count(scene, "execute", table, token, f"treasury_id = %({mine})s") > 0, table
            assert count(scene, "execute", table, token, f"treasury_id = %({other})s") == 0, table


@pytest.mark.parametrize("login", ["compile", "collect", "bill", "oversee", "audit", "publish"])
def test_each_login_sees_with_its_own_token_only(scene, login):
    own = {"compile": "COMP", "collect": "COLL", "bill": "BILL", "oversee": "OVER", "audit": "AUDI",
           "publish": "PUBL"}[login]  # fmt: skip
    assert count(scene, login, "voucher", scene.token(own)) > 0
    assert count(scene, login, "voucher", scene.token("SIGN")) == 0
    assert count(scene, login, "voucher", "") == 0


@pytest.mark.usefixtures("unchanged")
def test_the_writers_setting_is_nothing_by_hand(scene):
    for token in ("", scene.token("AUDT_IN")):
        sql = "select set_config('gongku.writing', '%(two)s', true); select count(*) from ledger.voucher where treasury_id = %(two)s"
        assert scene.attack("execute", sql, token).rows == [(0,)]


def test_the_writers_setting_does_not_send_a_posting_elsewhere(scene):
    city = scene.home
    before = count(scene, "execute", "event", scene.token("foreign AUDT_IN"))
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        tx.connection.exec_driver_sql(
            "select set_config('gongku.writing', %s, true)", (str(scene.foreign.treasury_id),)
        )
        journal.post(tx, [receipt(city)])
    assert count(scene, "execute", "event", scene.token("foreign AUDT_IN")) == before


def receipt(city, **more):
    return city.event("treasury_receipt", prepared_by="book", facts={"amount": Fen(5)},
                      dims={"fund": "1", "revenue": "1010101"}, **more)  # fmt: skip


def test_a_setting_left_in_the_pool_opens_nothing_for_the_next(scene):
    """One connection: an attacker leaves a token for good; the next person is still themselves."""
    source, city = scene.source, scene.home
    with source.engine("execute").connect() as kept:
        stolen = scene.token("foreign AUDT_IN")
        kept.exec_driver_sql("select set_config('gongku.token', %s, false)", (stolen,))
        kept.commit()
        kept.exec_driver_sql("select set_config('gongku.token', %s, true)", (city.session("AUDT_IN").token,))
        seen = kept.exec_driver_sql("select distinct treasury_id from ledger.voucher").scalars().all()
        assert seen == [city.treasury_id]
        kept.invalidate()


def test_a_token_lives_as_long_as_the_transaction(scene):
    with transaction(scene.source, scene.home.session("AUDT_IN")) as tx:
        assert tx.connection.exec_driver_sql("select count(*) from ledger.voucher").scalar_one() > 0
        backend = tx.connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
    with scene.source.engine("execute").connect() as next_one:
        assert next_one.exec_driver_sql("select pg_backend_pid()").scalar_one() == backend
        assert next_one.exec_driver_sql("select current_setting('gongku.token', true)").scalar() == ""
        assert next_one.exec_driver_sql("select count(*) from ledger.voucher").scalar_one() == 0


def test_no_token_is_readable_in_the_activity_of_others(scene):
    with transaction(scene.source, scene.home.session("AUDT_IN")) as tx:
        tx.connection.exec_driver_sql("select 1")
        shown = scene.attack("execute", "select coalesce(string_agg(query, ' '), '') from pg_stat_activity")
        assert tx.session.token not in shown.rows[0][0]
        assert "gongku.token" in shown.rows[0][0] or "select 1" in shown.rows[0][0]


def test_a_revoked_session_ends_inside_an_open_pool(scene):
    city = scene.home
    session = access.open_session(city.source, city.treasury_id, "audt_in", "AUDT_IN")
    with transaction(city.source, session) as tx:
        journal.post(tx, [receipt(city)])
    access.close_session(city.source, session)
    with pytest.raises(errors.NotSignedIn), transaction(city.source, session) as tx:
        tx.cursor().execute("select ledger.post()")


def test_whom_an_agency_binds_sees_that_agency_only(scene):
    token = scene.token("few")
    sets = scene.attack("execute", "select code from ledger.account_set", token)
    assert sets.rows == [("A201-2024",)]
    for table in (
        "voucher",
        "posting",
        "balance",
        "balance_day",
        "limit_row",
        "limit_move",
        "period",
    ):
        assert count(scene, "execute", table, token, "account_set_id <> 3") == 0, table
    assert count(scene, "execute", "voucher", token) > 0
    assert count(scene, "execute", "indicator", token, "agency is distinct from '201'") == 0
    for table in ("event", "leaf"):
        everything = count(scene, "execute", table, scene.token("AUDT_IN"))
        assert 0 < count(scene, "execute", table, token) < everything, table


def test_whom_an_agency_binds_posts_into_that_agency_only(scene):
    city = scene.home
    few = access.open_session(city.source, city.treasury_id, "few", "AUDT_IN")
    with pytest.raises(errors.LedgerError) as refused, transaction(city.source, few) as tx:
        journal.post(tx, [receipt(city)])
    assert refused.type in {errors.ForeignAccountSet, errors.UnknownAccountSet}
    outcome = scene.attack("execute", "select ledger.set_period_state(1, 1::smallint, 'soft', 'x')",
                           scene.token("CLOS"))  # fmt: skip
    assert outcome.state == ""
    scene.attack(
        "execute",
        "select ledger.set_period_state(1, 1::smallint, 'open', 'x')",
        scene.token("CLOS"),
    )


@pytest.mark.usefixtures("unchanged")
def test_whom_an_agency_binds_opens_no_indicator_of_another(scene):
    row = '[{"indicator": "X1", "agency": %s, "fiscal_year": 2024, "fund": "1", "document": "x"}]'
    for agency in ('"202"', "null"):
        outcome = scene.attack("compile", "select ledger.open_indicators(%(rows)s)", scene.token("fewcomp"),
                               rows=row % agency)  # fmt: skip
        assert (outcome.state, outcome.constraint) == ("42501", "account_set_yours")


def test_whom_an_agency_binds_opens_its_own_indicators(scene):
    row = '[{"indicator": "X2", "agency": "201", "fiscal_year": 2024, "fund": "1", "document": "x"}]'
    outcome = scene.attack("compile", "select ledger.open_indicators(%(rows)s)", scene.token("fewcomp"), rows=row)
    assert outcome.rows == [(1,)]


def test_whom_an_agency_binds_publishes_only_its_own(scene):
    sql = "select ledger.publish(s.account_set_id, '2023-01-31') from (values (5)) as s(account_set_id)"
    outcome = scene.attack("publish", sql, scene.token("fewpubl"))
    assert (outcome.state, outcome.constraint) == ("55000", "publication_of_closed_period")
    assert scene.attack("publish", sql, scene.token("PUBL")).state == ""
    twice = scene.attack("publish", sql, scene.token("PUBL"))
    assert (twice.state, twice.constraint) == ("23505", "publication_pkey")
    soft = scene.attack("publish", "select ledger.publish(5, '2023-03-31')", scene.token("PUBL"))
    assert (soft.state, soft.constraint) == ("55000", "publication_of_closed_period")


def test_an_old_session_does_not_keep_the_agencies_of_an_ended_appointment(city):
    """All agencies, ended; appointed again for one: the token of before is worth nothing."""
    session = city.session("AUDT_IN")
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.duty_ended select treasury_id, person, duty, held, access.today(), '免字1号'"
            "  from ledger.duty_held where treasury_id = %s and person = 'audt_in'", (city.treasury_id,))  # fmt: skip
        today = connection.exec_driver_sql("select access.today()").scalar_one()
        appoint(connection, city.treasury_id, "audt_in", "AUDT_IN", today, None, "任字3号", ["201"])
    with pytest.raises(errors.NotSignedIn), transaction(city.source, session) as tx:
        tx.cursor().execute("select ledger.post()")
    access.open_session(city.source, city.treasury_id, "audt_in", "AUDT_IN")


def test_a_condition_of_the_public_meets_no_unpublished_row(scene):
    """A condition that fails on a value would tell it in its message."""
    for condition in ("code::integer = 1", "name_zh::integer = 1", "treasury::integer = 1"):
        outcome = scene.attack("public", f"select * from published.account_set where {condition}")
        assert "B2024" not in outcome.message
        assert "财政总会计" not in outcome.message
    outcome = scene.attack("public", "select * from published.balance where (account || name_zh)::integer = 1")
    assert outcome.state == "", "nothing was posted in the one published set"


def test_periods_close_only_by_the_duty_to_close(scene):
    with (
        pytest.raises(errors.NotPermitted),
        transaction(scene.source, scene.home.session("SIGN")) as tx,
    ):
        periods.close_softly(tx, "B2024", 12, "结账")


def test_reading_as_a_person_is_read_only(scene):
    with snapshot(scene.source, scene.home.session("AUDT_IN")) as books:
        assert books.exec_driver_sql("select count(*) from ledger.voucher").scalar_one() > 0
    with (
        pytest.raises(Exception, match="read-only"),
        snapshot(scene.source, scene.home.session("AUDT_IN")) as books,
    ):
        books.exec_driver_sql("select ledger.post_small('[]', '[]')")
