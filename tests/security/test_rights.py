"""What no login may do, whatever it holds: statement by statement, with the exact SQLSTATE."""

import pytest

LOGINS = (
    "compile", "execute", "collect", "bill", "oversee", "audit", "publish", "administer", "intake",
    "public", "auth", "sequencer", "inspect",
)  # fmt: skip
APPEND_ONLY = (
    "event", "voucher", "posting", "limit_move", "leaf", "log_entry", "period_change",
    "period_exception", "indicator", "duty_held", "duty_ended", "template", "publication",
    "draft_version", "draft_step", "attachment", "fee_version", "fee_basis", "fee_collector", "fee_publication",
    "project", "project_stage", "project_amount", "project_document", "project_progress", "project_publication",
)  # fmt: skip
KEPT = (
    "treasury", "agency", "office", "person", "account_set", "period", "limit_row", "balance",
    "balance_day", "log_size",
)  # fmt: skip
REST = (
    "leaf_key",
    "leaf_queue",
    "chart",
    "account",
    "account_key",
    "class_code",
    "duty",
    "duty_pair",
    "life_event",
    "project_phase",
)
COLUMN = {"template": "event", "chart": "chart", "account": "chart", "account_key": "chart",
          "class_code": "code", "duty": "duty", "duty_pair": "basis", "life_event": "place", "project_phase": "place"}  # fmt: skip
DUTY = {"compile": "COMP", "execute": "AUDT_IN", "collect": "COLL", "bill": "BILL", "oversee": "OVER",
        "audit": "AUDI", "publish": "PUBL", "administer": "SADM"}  # fmt: skip


def write(verb, table):
    column = COLUMN.get(table, "treasury_id")
    return {
        "insert": f"insert into ledger.{table} ({column}) values (null)",
        "insert nothing": f"insert into ledger.{table} select * from ledger.{table} where false",
        "update": f"update ledger.{table} set {column} = {column}",
        "delete": f"delete from ledger.{table}",
        "truncate": f"truncate ledger.{table} cascade",
        "merge": f"merge into ledger.{table} t using (select 1) x on true when matched then delete",
        "copy": f"copy ledger.{table} from stdin",
        "lock": f"lock table ledger.{table} in share row exclusive mode",
    }[verb]


@pytest.mark.parametrize("verb", ["insert", "insert nothing", "update", "delete", "truncate", "merge",
                                  "copy", "lock"])  # fmt: skip
@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.usefixtures("unchanged")
def test_no_login_writes_a_table(scene, login, verb):
    outcomes = {
        table: scene.attack(login, write(verb, table), scene.token(DUTY.get(login, "")))
        for table in (*APPEND_ONLY, *KEPT, *REST)
    }
    assert {t: o.message for t, o in outcomes.items() if o.state != "42501"} == {}


AS = {
    "superuser": "",
    "owner": "set role gongku_owner; ",
    "replica": "set session_replication_role = replica; ",
}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["update", "delete", "truncate", "merge"])
@pytest.mark.parametrize("who", AS)
@pytest.mark.usefixtures("unchanged")
def test_the_record_is_append_only_for_everyone(scene, who, verb, table):
    outcome = scene.attack("root", AS[who] + write(verb, table))
    assert (outcome.state, outcome.constraint) == ("42501", "append_only")


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("verb", ["delete", "truncate"])
@pytest.mark.parametrize("who", AS)
@pytest.mark.usefixtures("unchanged")
def test_what_runs_is_never_taken_away(scene, who, verb, table):
    outcome = scene.attack("root", AS[who] + write(verb, table))
    assert (outcome.state, outcome.constraint) == ("42501", "append_only")


def test_an_upsert_is_no_way_round(scene):
    upsert = ("insert into ledger.limit_move select * from ledger.limit_move limit 1"
              " on conflict (treasury_id, account_set_id, account, limit_key, seq) do update set delta_fen = 1")  # fmt: skip
    assert scene.attack("root", upsert).constraint == "append_only"
    assert scene.attack("execute", upsert, scene.token("AUDT_IN")).state == "42501"


def test_even_the_writer_may_only_insert(scene):
    """The definer of ``post`` itself: were it fooled, what is written stays written."""
    allowed = {"period", "limit_row", "balance", "balance_day", "log_size", "leaf_queue"}
    for table in (*APPEND_ONLY, *KEPT, *REST):
        for verb in ("update", "delete", "truncate"):
            sql = f"set role gongku_writer; set gongku.writing = '%(one)s'; {write(verb, table)}"
            outcome = scene.attack("root", sql)
            may = verb == "delete" and table == "leaf_queue"
            assert outcome.state == ("" if may else "42501"), (table, verb, allowed)


EXECUTE = [
    ("upsert", "insert into ledger.period select * from ledger.period on conflict do nothing"),
    ("copy out to a program", "copy (select 1) to program 'true'"),
    ("copy in from a program", "copy ledger.posting from program 'true'"),
    ("copy out to a file", "copy (select 1) to '/tmp/gongku-attack'"),
    ("copy in from a file", "copy ledger.posting from '/etc/passwd'"),
    ("read access.session", "select * from access.session"),
    ("read leaf keys", "select key from ledger.leaf_key"),
    ("read for update", "select * from ledger.period for update"),
    ("read for share", "select * from ledger.limit_row for share"),
    ("turn row security off", "set row_security = off; select * from ledger.voucher"),
    ("force row security away", "alter table ledger.voucher disable row level security"),
    ("add a column", "alter table ledger.voucher add column x int"),
    ("drop a constraint", "alter table ledger.event drop constraint event_preparer_may_not_post"),
    ("disable a trigger", "alter table ledger.posting disable trigger posting_checked"),
    ("disable all triggers", "alter table ledger.posting disable trigger all"),
    ("drop a trigger", "drop trigger append_only on ledger.voucher"),
    ("drop a table", "drop table ledger.voucher cascade"),
    ("drop a function", "drop function ledger.append_only() cascade"),
    ("drop a schema", "drop schema ledger cascade"),
    ("own a table", "alter table ledger.voucher owner to gongku_execute"),
    ("make a rule", "create rule r as on insert to ledger.voucher do instead nothing"),
    (
        "make a trigger",
        "create trigger t before insert on ledger.voucher execute function ledger.append_only()",
    ),
    ("make a policy", "create policy p on ledger.voucher using (true)"),
    ("change a policy", "alter policy duty on ledger.voucher using (true)"),
    ("make an index", "create index on ledger.voucher (no)"),
    ("make statistics", "create statistics ledger.s on no, red from ledger.voucher"),
    ("make a function in ledger", "create function ledger.f() returns int return 1"),
    ("make a function in access", "create function access.f() returns int return 1"),
    ("make a function in public", "create function public.f() returns int return 1"),
    ("make a table in public", "create table public.t (x int)"),
    ("make a view in public", "create view public.v as select 1"),
    ("make a sequence", "create sequence public.s"),
    ("make a type", "create type public.y as (a int)"),
    ("make a schema", "create schema mine"),
    ("make a temporary table", "create temp table t (x int)"),
    ("make a temporary view", "create temp view v as select 1"),
    ("make a temporary function", "create function pg_temp.f() returns int return 1"),
    ("make a temporary table after staging", "select ledger.stage(); create temp table t (x int)"),
    ("shadow a table", "select ledger.stage(); create temp table account (x int)"),
    ("read the staging table", "select ledger.stage(); select * from pg_temp.stage_event"),
    (
        "change the staging table",
        "select ledger.stage(); update pg_temp.stage_line set amount_fen = 1",
    ),
    ("empty the staging table", "select ledger.stage(); delete from pg_temp.stage_line"),
    ("own the staging table", "select ledger.stage(); alter table pg_temp.stage_line add x int"),
    (
        "choose an event's id",
        "select ledger.stage(); insert into pg_temp.stage_event (event_id) values (null)",
    ),
    (
        "call an event known",
        "select ledger.stage(); insert into pg_temp.stage_event (known_digest) values (null)",
    ),
    (
        "trigger on the staging table",
        "select ledger.stage(); create trigger t before insert on pg_temp.stage_line execute function ledger.append_only()",
    ),
    ("replace post", "create or replace function ledger.post() returns int return 1"),
    (
        "replace whoami",
        "create or replace function access.whoami() returns access.identity return null",
    ),
    ("alter post", "alter function ledger.post() reset search_path"),
    ("take post", "alter function ledger.post() owner to gongku_execute"),
    ("alter a view", "alter view ledger.appointment set (security_invoker = false)"),
    ("comment", "comment on table ledger.voucher is 'x'"),
    ("grant oneself a table", "grant insert on ledger.leaf_key to gongku_execute"),
    ("grant oneself more of a table", "grant insert on ledger.voucher to gongku_execute"),
    (
        "grant oneself a function",
        "grant execute on function ledger.publish(int, date) to gongku_execute",
    ),
    ("grant oneself a role", "grant gongku_owner to gongku_execute"),
    (
        "default privileges",
        "alter default privileges for role gongku_owner grant all on tables to public",
    ),
    ("become superuser", "alter role gongku_execute superuser"),
    ("bypass row security", "alter role gongku_execute bypassrls"),
    ("make a role", "create role mine"),
    ("another's password", "alter role gongku_publish password 'x'"),
    ("another's settings", "alter role gongku_public set statement_timeout = 0"),
    ("database settings", "alter database gongku set session_replication_role = replica"),
    ("set role owner", "set role gongku_owner"),
    ("set role writer", "set role gongku_writer"),
    ("set role compile", "set role gongku_compile"),
    ("set role superuser", "set role postgres"),
    ("set role monitor", "set role pg_read_all_data"),
    ("set session authorization", "set session authorization postgres"),
    ("set session authorization writer", "set session authorization gongku_writer"),
    ("replica mode", "set session_replication_role = replica"),
    ("event triggers off", "set event_triggers = off"),
    ("do block", "do $$ begin null; end $$"),
    ("large object", "select lo_create(0)"),
    ("large object of old", "select lo_creat(-1)"),
    ("large object from bytes", "select lo_from_bytea(0, 'x')"),
    ("import a file", "select lo_import('/etc/passwd')"),
    ("notify by function", "select pg_notify('x', 'y')"),
    ("read a file", "select pg_read_file('/etc/passwd')"),
    ("read a binary file", "select pg_read_binary_file('PG_VERSION')"),
    ("list a folder", "select pg_ls_dir('.')"),
    ("read passwords", "select rolpassword from pg_authid"),
    ("read passwords by view", "select passwd from pg_shadow"),
    ("read login rules", "select * from pg_hba_file_rules"),
    ("read statistics", "select * from pg_statistic"),
    ("end another's connection", "select pg_terminate_backend(1)"),
    ("cancel another's work", "select pg_cancel_backend(1)"),
    ("reload", "select pg_reload_conf()"),
    ("rotate the log", "select pg_rotate_logfile()"),
    ("switch the journal", "select pg_switch_wal()"),
    ("replication slot", "select pg_create_physical_replication_slot('x')"),
    ("reset statistics", "select pg_stat_reset()"),
    (
        "export statistics",
        "select pg_restore_relation_stats('schemaname', 'ledger', 'relname', 'voucher')",
    ),
    ("publication", "create publication p for table ledger.voucher"),
    ("all publications", "create publication p for all tables"),
    ("subscription", "create subscription s connection '' publication p with (connect = false)"),
    (
        "event trigger",
        "create event trigger e on ddl_command_start execute function ledger.append_only()",
    ),
    ("language", "create language plperlu"),
    ("cast", "create cast (text as integer) with inout as implicit"),
    ("extension", "create extension plpgsql_check"),
    ("foreign server", "create server s foreign data wrapper postgres_fdw"),
    ("reindex", "reindex table ledger.voucher"),
    ("cluster", "cluster ledger.voucher using voucher_pkey"),
    ("security label", "security label on table ledger.voucher is 'x'"),
    ("must_be", "select access.must_be('{AUDT_IN}')"),
    ("open_session", "select access.open_session('\\x00', %(one)s, 'sign', 'SIGN', 1)"),
    ("revoke_session", "select access.revoke_session(%(good_hash)s)"),
    ("writing", "select ledger.writing()"),
    ("mark_known", "select ledger.mark_known()"),
    ("staged_content", "select ledger.staged_content()"),
    ("event_of", "select ledger.event_of(%(two)s, %(foreign_voucher)s)"),
    ("salted", "select ledger.salted('\\x00', 'a', 'b')"),
    ("sequence", "select ledger.sequence(%(one)s, 1)"),
    ("publish", "select ledger.publish(1, '2024-01-31')"),
    ("open_indicators", "select ledger.open_indicators('[]')"),
    ("append_only", "select ledger.append_only()"),
    ("posting_checked", "select ledger.posting_checked()"),
]
OTHER_STATES = {
    "extension": "0A000",  # it is not there to be had
    "language": "0A000",
    "foreign server": "42704",  # no wrapper is there
    "security label": "22023",  # no provider is loaded
    "grant oneself more of a table": "",  # a warning: "no privileges were granted"
}


@pytest.mark.parametrize(("name", "sql"), EXECUTE, ids=[name for name, _ in EXECUTE])
@pytest.mark.usefixtures("unchanged")
def test_a_signed_in_clerk_may_not(scene, name, sql):
    outcome = scene.attack("execute", sql, scene.token("AUDT_IN"))
    assert outcome.state == OTHER_STATES.get(name, "42501"), outcome


ALONE = ["create database mine", "create tablespace t location '/tmp'", "alter system set fsync = off",
         "drop database gongku", "vacuum full ledger.voucher"]  # fmt: skip


@pytest.mark.parametrize("sql", ALONE)
@pytest.mark.usefixtures("unchanged")
def test_a_signed_in_clerk_may_not_outside_a_transaction_either(scene, sql):
    notices = []
    door = scene.door("execute")
    door.add_notice_handler(lambda diag: notices.append(diag.message_primary))
    try:
        door.execute(sql)
        assert "permission denied to vacuum" in notices[0]
    except Exception as error:  # noqa: BLE001 - the state is what is looked at
        assert error.sqlstate == "42501"


CALLS = {
    "ledger.stage()": {"compile", "execute", "collect"},
    "ledger.post()": {"compile", "execute", "collect"},
    "ledger.post_small('[]', '[]')": {"compile", "execute", "collect"},
    "ledger.open_indicators('[]')": {"compile"},
    "ledger.set_period_state(1, 12::smallint, 'soft', 'x')": {"execute"},
    "ledger.except_from_close(1, 12::smallint, 'x', 'x', 'x')": {"execute"},
    "ledger.publish(1, '2024-01-31')": {"publish"},
    "ledger.record_fees('[]')": {"compile"},
    "ledger.record_project('{}')": {"execute"},
    "ledger.publish_fees('[]')": {"publish"},
    "ledger.publish_projects('[]')": {"publish"},
    "ledger.sequence(0, 1)": {"sequencer"},
    "ledger.salted('', '', '')": {"inspect"},
    "access.open_session('', 0, '', '', 1)": {"auth"},
    "access.revoke_session('')": {"auth"},
    "access.must_be('{}')": set(),
    "access.schema_version()": {"auth"},
    "access.open_passkey_visit('', '', '', 0, '', '')": {"auth"},
    "access.add_passkey('', '', '', '', '', 0, true, '')": {"auth"},
    "access.enter('', 0, '', '', true, '', '')": set(),
    "access.link_subject('', '', '', '')": {"administer"},
    "access.end_ways('', '')": {"administer"},
    "ledger.writing()": set(),
    "access.whoami()": {*DUTY, "inspect"},
    "access.today()": {*DUTY, "inspect"},
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.usefixtures("unchanged")
def test_a_function_answers_only_its_logins(scene, call):
    called = {login for login in LOGINS if "permission denied for" not in scene.attack(login, f"select {call}").message}
    assert called == CALLS[call]


@pytest.mark.parametrize("login", ["public", "intake", "auth", "sequencer"])
@pytest.mark.usefixtures("unchanged")
def test_a_login_without_business_reads_no_table(scene, login):
    for table in (*APPEND_ONLY, *KEPT, *REST, "appointment"):
        assert scene.attack(login, f"select 1 from ledger.{table}").state == "42501", table
    assert scene.attack(login, "select 1 from access.session").state == "42501"


def test_the_public_reads_what_is_published(scene):
    for view in ("account_set", "balance"):
        assert scene.attack("public", f"select * from published.{view}").state == ""
