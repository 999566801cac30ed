"""Every right, constraint, trigger, policy and function property, read from the catalogue.

The whole list is compared with ``privileges.txt``; what must follow from any list is proven apart. After a
change that was meant, write the list anew with ``GONGKU_WRITE_GOLDEN=1`` and read its diff.
"""

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).with_name("privileges.txt")
OURS = "'{ledger,access,published}'::regnamespace[]"
WRITER = "gongku_writer"
LOGINS = (
    "gongku_administer", "gongku_audit", "gongku_auth", "gongku_bill", "gongku_collect", "gongku_compile",
    "gongku_execute", "gongku_inspect", "gongku_intake", "gongku_oversee", "gongku_public", "gongku_publish",
    "gongku_sequencer",
)  # fmt: skip
SYSTEM = "('pg_catalog', 'information_schema', 'pg_toast')"

FACTS = {
    "role": """
        select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
               rolconnlimit, rolvaliduntil, rolpassword is not null and rolpassword like 'SCRAM-SHA-256$%'
          from pg_authid where rolname like 'gongku%'""",
    "role setting": """
        select coalesce(rolname, 'all'), unnest(setconfig) from pg_db_role_setting left join pg_roles r
            on r.oid = setrole where setrole = 0 or rolname like 'gongku%'""",
    "membership": """
        select m.roleid::regrole, 'has', case when s.rolsuper then 'the superuser' else s.rolname end,
               m.admin_option, m.inherit_option, m.set_option
          from pg_auth_members m join pg_roles s on s.oid = m.member
         where m.roleid::regrole::text like 'gongku%' or s.rolname like 'gongku%'""",
    "database right": """
        select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end, a.privilege_type, a.is_grantable
          from pg_database d cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
         where d.datname = current_database() and a.grantee <> d.datdba""",
    "schema right": """
        select n.nspname, n.nspowner::regrole, case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
               a.privilege_type, a.is_grantable
          from pg_namespace n cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
         where n.nspname in ('ledger', 'access', 'published', 'public') and a.grantee <> n.nspowner""",
    "language right": """
        select l.lanname, case when a.grantee = 0 then 'public' else a.grantee::regrole::text end, a.privilege_type
          from pg_language l cross join aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) a
         where a.grantee <> l.lanowner and l.lanpltrusted""",
    "default right": """
        select d.defaclrole::regrole, d.defaclobjtype,
               case when a.grantee = 0 then 'public' else a.grantee::regrole::text end, a.privilege_type
          from pg_default_acl d cross join aclexplode(d.defaclacl) a""",
    "relation": """
        select c.oid::regclass, c.relkind, c.relowner::regrole, 'row security', c.relrowsecurity, c.relforcerowsecurity,
               c.relpersistence, array_to_string(c.reloptions, ' ')
          from pg_class c where c.relnamespace = any (%(ours)s) and c.relkind <> 'i' and c.relkind <> 't'""",
    "relation right": """
        select c.oid::regclass, case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
               a.privilege_type, a.is_grantable
          from pg_class c cross join aclexplode(c.relacl) a
         where c.relnamespace = any (%(ours)s) and a.grantee <> c.relowner""",
    "column right": """
        select c.oid::regclass, t.attname, a.grantee::regrole, a.privilege_type, a.is_grantable
          from pg_class c join pg_attribute t on t.attrelid = c.oid cross join aclexplode(t.attacl) a
         where c.relnamespace = any (%(ours)s)""",
    "column": """
        select c.oid::regclass, t.attname, format_type(t.atttypid, t.atttypmod), t.attnotnull,
               pg_get_expr(d.adbin, d.adrelid)
          from pg_class c join pg_attribute t on t.attrelid = c.oid
          left join pg_attrdef d on (d.adrelid, d.adnum) = (t.attrelid, t.attnum)
         where c.relnamespace = any (%(ours)s) and c.relkind in ('r', 'v') and t.attnum > 0 and not t.attisdropped""",
    "constraint": """
        select coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname, contype, 'enforced',
               conenforced, 'validated', convalidated, 'deferrable', condeferrable, pg_get_constraintdef(oid)
          from pg_constraint where connamespace = any (%(ours)s) and contype <> 'n'""",
    "index": """
        select i.indexrelid::regclass, i.indisvalid, pg_get_indexdef(i.indexrelid)
          from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = any (%(ours)s)""",
    "trigger": """
        select t.tgrelid::regclass, t.tgname, 'enabled', t.tgenabled, pg_get_triggerdef(t.oid)
          from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where c.relnamespace = any (%(ours)s) and not t.tgisinternal""",
    "policy": """
        select polrelid::regclass, polname, polcmd, polpermissive,
               array_to_string(array(select r::regrole::text from unnest(polroles) r order by 1), ' '),
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
          from pg_policy""",
    "rule": """
        select ev_class::regclass, rulename, is_instead from pg_rewrite r join pg_class c on c.oid = r.ev_class
         where c.relnamespace = any (%(ours)s)""",
    "function": """
        select p.oid::regprocedure, p.prorettype::regtype, l.lanname, p.proowner::regrole,
               case when p.prosecdef then 'definer' else 'invoker' end, p.provolatile,
               array_to_string(p.proconfig, ' ')
          from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = any (%(ours)s)""",
    "function right": """
        select p.oid::regprocedure, case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
               a.privilege_type, a.is_grantable
          from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         where p.pronamespace = any (%(ours)s) and a.grantee <> p.proowner""",
    "server function right": """
        select p.oid::regprocedure, case when a.grantee = 0 then 'public' else a.grantee::regrole::text end
          from pg_proc p cross join aclexplode(p.proacl) a
         where p.pronamespace <> all (%(ours)s) and a.grantee::regrole::text like 'gongku%'""",
    "server function taken from the public": """
        select p.oid::regprocedure from pg_proc p
         where p.proname ~ '^(lo_creat|lo_create|lo_from_bytea|pg_notify|pg_cancel_backend|pg_terminate_backend)$'
           and not exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                            where a.grantee = 0)""",
    "type right": """
        select t.oid::regtype, a.grantee::regrole, a.privilege_type from pg_type t cross join aclexplode(t.typacl) a
         where t.typnamespace = any (%(ours)s) and a.grantee <> t.typowner""",
    "event trigger": "select evtname, evtenabled from pg_event_trigger",
    "large object": "select oid from pg_largeobject_metadata",
    "foreign server": "select srvname from pg_foreign_server",
    "extension": "select extname from pg_extension",
    "publication": "select pubname from pg_publication",
}


def ask(scene, sql):
    root = scene.door("root")
    with root.transaction():
        root.execute("set local search_path = pg_catalog")  # so that every name is written in full
        return root.execute(sql.replace("%(ours)s", OURS)).fetchall()


def shown(value):
    return " ".join({None: "-", True: "yes", False: "no", "": "-"}.get(value, str(value)).split())


def facts(scene):
    lines = []
    for kind, sql in FACTS.items():
        lines += sorted(f"{kind}: {' | '.join(map(shown, row))}" for row in ask(scene, sql))
    return lines


def test_the_catalogue_is_the_golden_list(scene):
    found = facts(scene)
    if os.environ.get("GONGKU_WRITE_GOLDEN"):
        GOLDEN.write_text("\n".join(found) + "\n", encoding="utf-8")
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert {"new": sorted(set(found) - set(golden)), "gone": sorted(set(golden) - set(found))} == {
        "new": [], "gone": [],
    }  # fmt: skip
    assert len(found) == len(golden) >= 900


def none(scene, sql):
    assert ask(scene, sql) == []


def test_no_login_can_write_any_table(scene):
    none(
        scene,
        "select r.rolname, c.oid::regclass, v from pg_roles r, pg_class c,"
        " unnest('{INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[]) v"
        " where r.rolname like 'gongku%' and r.rolcanlogin and c.relnamespace = any (%(ours)s)"
        "   and c.relkind in ('r', 'v', 'S', 'm', 'p', 'f') and has_table_privilege(r.oid, c.oid, v)",
    )
    none(
        scene,
        "select r.rolname, c.oid::regclass, v from pg_roles r, pg_class c,"
        " unnest('{INSERT,UPDATE,REFERENCES}'::text[]) v"
        " where r.rolname like 'gongku%' and r.rolcanlogin and c.relnamespace = any (%(ours)s)"
        "   and c.relkind in ('r', 'v') and has_any_column_privilege(r.oid, c.oid, v)",
    )


def test_the_sight_of_that_proof(scene):
    """The same question finds what the writer may: it does not answer nothing to everything."""
    assert ask(scene, "select 1 from pg_class c where c.relnamespace = any (%(ours)s) and c.relkind = 'r'"
                      " and has_table_privilege('gongku_writer', c.oid, 'INSERT')")  # fmt: skip


def test_the_logins_are_these_and_have_no_power(scene):
    rows = ask(
        scene,
        "select rolname from pg_roles where rolname like 'gongku%' and rolcanlogin and not (rolsuper or rolcreaterole"
        " or rolcreatedb or rolreplication or rolbypassrls) order by 1",
    )
    assert tuple(name for (name,) in rows) == LOGINS
    none(scene, "select rolname from pg_roles where rolname in ('gongku_owner', 'gongku_writer') and"
                " (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)")  # fmt: skip


def test_nobody_may_become_another(scene):
    none(
        scene,
        "select a.rolname, b.rolname from pg_roles a, pg_roles b where a.rolname like 'gongku%' and a.oid <> b.oid"
        " and (pg_has_role(a.oid, b.oid, 'MEMBER') or pg_has_role(a.oid, b.oid, 'SET')"
        "      or pg_has_role(a.oid, b.oid, 'USAGE'))",
    )


def test_every_function_of_a_definer_pins_its_search_path(scene):
    none(
        scene,
        "select p.oid::regprocedure from pg_proc p where p.pronamespace = any (%(ours)s) and p.prosecdef"
        " and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)",
    )
    none(
        scene,  # and so does every one in plpgsql, whoever calls it
        "select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang"
        " where p.pronamespace = any (%(ours)s) and l.lanname = 'plpgsql'"
        " and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)",
    )


def test_the_definers_are_two_and_no_superuser(scene):
    owners = ask(
        scene,
        "select distinct proowner::regrole::text from pg_proc where pronamespace = any (%(ours)s) order by 1",
    )
    assert owners == [("gongku_owner",), (WRITER,)]
    owners = ask(
        scene,
        "select distinct relowner::regrole::text from pg_class where relnamespace = any (%(ours)s)",
    )
    assert owners == [("gongku_owner",)]


def test_what_the_owner_defines_never_writes_the_journal(scene):
    """Row security binds the writer; the owner's own functions may touch sessions and appointments only."""
    rows = ask(
        scene,
        "select p.oid::regprocedure::text from pg_proc p where p.pronamespace = any (%(ours)s) and p.prosecdef"
        " and p.proowner = 'gongku_owner'::regrole order by 1",
    )
    assert [name.partition("(")[0] for (name,) in rows] == [
        "access.accounts", "access.acts", "access.add_passkey", "access.change_password", "access.choose_duty", "access.clients",
        "access.code_offered", "access.confirm_code", "access.drop_code", "access.duties_of", "access.end_own_passkey",
        "access.end_own_visit", "access.end_visits", "access.end_ways", "access.issue_password", "access.issue_token",
        "access.link_subject", "access.offer_code", "access.open_passkey_visit", "access.open_session", "access.open_subject_visit",
        "access.open_visit", "access.passkeys_of", "access.password_of", "access.record_act", "access.revoke_session",
        "access.revoke_token", "access.schema_version", "access.seen", "access.sign_ins", "access.treasuries", "access.try_passkey",
        "access.try_sign_in", "access.visiting", "access.visits_of", "access.wait_of", "access.ways_of",
        "access.whoami", "ledger.incompatible_duties",
    ]  # fmt: skip


def test_nothing_of_ours_is_open_to_everyone(scene):
    none(
        scene,
        "select p.oid::regprocedure from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " where p.pronamespace = any (%(ours)s) and a.grantee = 0",
    )
    none(scene, "select c.oid::regclass from pg_class c cross join aclexplode(c.relacl) a"
                " where c.relnamespace = any (%(ours)s) and a.grantee = 0")  # fmt: skip
    none(scene, "select n.nspname from pg_namespace n cross join aclexplode(n.nspacl) a"
                " where (n.oid = any (%(ours)s) or n.nspname = 'public') and a.grantee = 0")  # fmt: skip
    none(scene, "select 1 from pg_database d cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
                " where d.datname = current_database() and a.grantee = 0")  # fmt: skip


@pytest.mark.parametrize("schema", ["ledger", "access", "published", "public"])
def test_nobody_may_create_in_a_schema(scene, schema):
    none(scene, "select rolname from pg_roles where rolname like 'gongku%' and rolname <> 'gongku_owner'"
                f" and has_schema_privilege(oid, '{schema}', 'CREATE')")  # fmt: skip


def test_only_the_writer_makes_temporary_tables(scene):
    assert ask(scene, "select rolname from pg_roles where rolname like 'gongku%'"
                      " and has_database_privilege(oid, current_database(), 'TEMP')") == [(WRITER,)]  # fmt: skip
    none(scene, "select rolname from pg_roles where rolname like 'gongku%'"
                " and has_database_privilege(oid, current_database(), 'CREATE')")  # fmt: skip


def test_the_public_reads_only_what_is_published(scene):
    rows = ask(scene, "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                      f" where n.nspname not in {SYSTEM} and n.nspname !~ '^pg_' and c.relkind in ('r', 'v', 'm', 'f', 'p', 'S')"
                      " and has_schema_privilege('gongku_public', n.oid, 'USAGE')"
                      " and has_any_column_privilege('gongku_public', c.oid, 'SELECT') order by 1")  # fmt: skip
    views = ask(scene, "select c.oid::regclass::text from pg_class c"
                       " where c.relnamespace = 'published'::regnamespace and c.relkind = 'v' order by 1")  # fmt: skip
    assert rows == views
    assert ("published.voucher",) in views
    none(scene, "select n.nspname from pg_namespace n where n.nspname in ('ledger', 'access', 'public')"
                " and has_schema_privilege('gongku_public', n.oid, 'USAGE')")  # fmt: skip
    none(scene, "select p.oid::regprocedure from pg_proc p where p.pronamespace = any (%(ours)s)"
                " and has_function_privilege('gongku_public', p.oid, 'EXECUTE')"
                " and (p.pronamespace <> 'published'::regnamespace or p.prosecdef or p.provolatile <> 'i')")  # fmt: skip


def test_every_published_view_is_a_barrier_and_every_other_asks_as_its_reader(scene):
    none(scene, "select oid::regclass from pg_class where relkind = 'v' and relnamespace = 'published'::regnamespace"
                " and not coalesce('security_barrier=true' = any (reloptions), false)")  # fmt: skip
    none(scene, "select oid::regclass from pg_class where relkind = 'v'"
                " and relnamespace = any ('{ledger,access}'::regnamespace[])"
                " and not coalesce('security_invoker=true' = any (reloptions), false)")  # fmt: skip


def test_the_keys_of_leaves_are_for_the_inspector_alone(scene):
    readers = ask(scene, "select rolname from pg_roles where rolname like 'gongku%' and rolname <> 'gongku_owner'"
                         " and has_any_column_privilege(oid, 'ledger.leaf_key', 'SELECT')")  # fmt: skip
    assert set(readers) <= {("gongku_inspect",), (WRITER,)}
    assert ("gongku_inspect",) in readers


def test_sessions_are_read_by_nobody(scene):
    none(scene, "select rolname from pg_roles where rolname like 'gongku%' and rolname <> 'gongku_owner'"
                " and (has_any_column_privilege(oid, 'access.session', 'SELECT')"
                "      or has_table_privilege(oid, 'access.session', 'INSERT,UPDATE,DELETE,TRUNCATE'))")  # fmt: skip


def test_every_trigger_fires_always(scene):
    none(scene, "select t.tgrelid::regclass, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
                " where c.relnamespace = any (%(ours)s) and not t.tgisinternal and t.tgenabled <> 'A'")  # fmt: skip


def test_what_the_writer_may_insert_but_not_change_is_append_only(scene):
    """Whatever the writer adds and never updates carries the append-only trigger on all three verbs."""
    rows = ask(scene, "select c.relname from pg_class c where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r'"
                      " and has_table_privilege('gongku_writer', c.oid, 'INSERT')"
                      " and not has_any_column_privilege('gongku_writer', c.oid, 'UPDATE')"
                      " and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only'"
                      "   and t.tgenabled = 'A' and t.tgtype = (2 | 8 | 16 | 32))")  # fmt: skip
    assert {name for (name,) in rows} == {"leaf_key", "leaf_queue"}, "erasable keys, and a queue that is emptied"


def test_row_security_is_on_for_every_table_of_facts(scene):
    none(scene, "select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid"
                " where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r' and a.attname = 'treasury_id'"
                " and not c.relrowsecurity")  # fmt: skip
    none(scene, "select polrelid::regclass, polname from pg_policy where not polpermissive or polname not in"
                " ('writer', 'inspect', 'duty') or 0 = any (polroles)")  # fmt: skip


def test_no_login_is_without_a_scram_password(scene):
    none(scene, "select rolname from pg_authid where rolname like 'gongku%' and rolcanlogin"
                " and coalesce(rolpassword, '') !~ '^SCRAM-SHA-256\\$'")  # fmt: skip
    none(scene, "select rolname from pg_authid where rolname in ('gongku_owner', 'gongku_writer')"
                " and rolpassword is not null")  # fmt: skip


def test_no_function_builds_a_statement_from_what_it_is_given(scene):
    """EXECUTE stands in one function only, which formats a role's name."""
    rows = ask(scene, "select p.proname from pg_proc p where p.pronamespace = any (%(ours)s)"
                      r" and p.prosrc ~* '\mexecute\M' order by 1")  # fmt: skip
    assert rows == [("stage",)]


def test_no_login_owns_anything(scene):
    none(scene, "select d.objid, r.rolname from pg_shdepend d join pg_roles r on r.oid = d.refobjid"
                " where r.rolname like 'gongku%' and r.rolcanlogin and d.deptype = 'o'")  # fmt: skip
