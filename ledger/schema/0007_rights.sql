-- Who may do what: least rights per login, row-level security for everyone but the owner that nobody can be.
set role gongku_owner;

grant usage on schema ledger, access to gongku_writer, gongku_compile, gongku_execute, gongku_collect, gongku_bill,
  gongku_oversee, gongku_audit, gongku_publish, gongku_administer, gongku_inspect;
grant usage on schema access to gongku_auth;
grant usage on schema ledger to gongku_sequencer;
grant usage on schema published to gongku_public, gongku_inspect;
grant select on all tables in schema published to gongku_public, gongku_inspect;
grant usage on schema published to gongku_writer;
grant select on published.voucher, published.posting to gongku_writer;

-- Reference data is no secret.
grant select on ledger.chart, ledger.account, ledger.account_key, ledger.class_code, ledger.econ_map,
    ledger.close_rule, ledger.duty, ledger.duty_pair, ledger.template, ledger.redaction_rule, ledger.redacted_code
  to gongku_writer, gongku_compile, gongku_execute, gongku_collect, gongku_bill, gongku_oversee, gongku_audit,
     gongku_publish, gongku_administer, gongku_inspect;

-- Facts of a treasury: read by its own people, row by row.
grant select on ledger.treasury, ledger.agency, ledger.office, ledger.person, ledger.duty_held, ledger.duty_ended,
    ledger.appointment, ledger.account_set, ledger.period, ledger.period_change, ledger.period_exception,
    ledger.indicator, ledger.event, ledger.voucher, ledger.posting, ledger.limit_row, ledger.limit_move,
    ledger.balance, ledger.balance_day, ledger.leaf, ledger.log_entry, ledger.log_size, ledger.leaf_queue,
    ledger.publication
  to gongku_writer, gongku_compile, gongku_execute, gongku_collect, gongku_bill, gongku_oversee, gongku_audit,
     gongku_publish, gongku_inspect;
grant select on ledger.treasury, ledger.agency, ledger.office, ledger.person, ledger.duty_held, ledger.duty_ended,
    ledger.appointment to gongku_administer;
grant select on ledger.leaf_key to gongku_inspect;

-- The writer: inserts into the journal, updates only what runs.
grant insert on ledger.event, ledger.voucher, ledger.posting, ledger.limit_row, ledger.limit_move, ledger.balance,
    ledger.balance_day, ledger.leaf, ledger.leaf_key, ledger.leaf_queue, ledger.log_entry, ledger.log_size,
    ledger.period_change, ledger.period_exception, ledger.indicator, ledger.publication, ledger.search_row to gongku_writer;
grant update (last_no, state) on ledger.period to gongku_writer;
grant update (available_fen, seq) on ledger.limit_row to gongku_writer;
grant update (debit_fen, credit_fen) on ledger.balance, ledger.balance_day to gongku_writer;
grant update (size) on ledger.log_size to gongku_writer;
grant delete on ledger.leaf_queue to gongku_writer;

do $$
declare
  name text;
  by_set text[] := array['account_set', 'period', 'period_change', 'period_exception', 'voucher', 'posting',
    'limit_row', 'limit_move', 'balance', 'balance_day', 'publication'];
begin
  foreach name in array by_set || array['treasury', 'agency', 'office', 'person', 'duty_held', 'duty_ended',
    'indicator', 'event', 'leaf', 'leaf_key', 'leaf_queue', 'log_entry', 'log_size', 'search_row'] loop
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer '
                   'using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_collect, '
      'gongku_bill, gongku_oversee, gongku_audit, gongku_publish, gongku_administer '
      'using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name = any (by_set) then
        ' and ((select (access.whoami()).sets) is null or account_set_id = any ((select (access.whoami()).sets)::integer[]))'
      when name in ('event', 'leaf', 'log_entry') then
        ' and ((select (access.whoami()).sets) is null or exists (select from ledger.voucher v where v.treasury_id = '
        || format('ledger.%I.treasury_id and v.%I = ledger.%I.%I', name,
                  case name when 'event' then 'event_id' else 'voucher_id' end, name,
                  case name when 'event' then 'event_id' else 'leaf_id' end) || '))'
      when name = 'indicator' then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      else '' end);
  end loop;
end $$;
alter view ledger.appointment set (security_invoker = true);

-- What runs is updated, never taken away: not by the owner either.
do $$
declare
  name text;
begin
  foreach name in array array['treasury', 'agency', 'office', 'person', 'account_set', 'period', 'limit_row', 'balance',
    'balance_day', 'log_size'] loop
    execute format('create trigger never_deleted before delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger never_deleted', name);
  end loop;
end $$;

-- Functions of the writer.
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array[
    'ledger.stage()', 'ledger.unstage()', 'ledger.post()', 'ledger.post_small(jsonb, jsonb)', 'ledger.staged_content()', 'ledger.mark_known()',
    'ledger.salted(bytea, text, text)', 'ledger.sequence(integer, integer)',
    'ledger.set_period_state(integer, smallint, text, text)',
    'ledger.except_from_close(integer, smallint, text, text, text)',
    'ledger.open_indicators(jsonb)', 'ledger.publish(integer, date)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_owner;
grant execute on function access.whoami(), access.today(), access.must_be(text[]), ledger.writing(),
  ledger.event_of(integer, uuid), published.bigrams(text) to gongku_writer;
grant execute on function published.bigrams(text), published.asked(text) to gongku_public, gongku_inspect;
grant execute on function access.whoami(), access.today() to gongku_compile, gongku_execute, gongku_collect,
  gongku_bill, gongku_oversee, gongku_audit, gongku_publish, gongku_administer, gongku_inspect;
grant execute on function access.open_session(bytea, integer, text, text, integer),
  access.revoke_session(bytea) to gongku_auth;
reset role;
set role gongku_writer;
grant execute on function ledger.stage(), ledger.post(), ledger.post_small(jsonb, jsonb)
  to gongku_compile, gongku_execute, gongku_collect;
grant execute on function ledger.open_indicators(jsonb) to gongku_compile;
grant execute on function ledger.set_period_state(integer, smallint, text, text),
  ledger.except_from_close(integer, smallint, text, text, text) to gongku_execute;
grant execute on function ledger.publish(integer, date) to gongku_publish;
grant execute on function ledger.sequence(integer, integer) to gongku_sequencer;
grant execute on function ledger.salted(bytea, text, text) to gongku_inspect;
reset role;

-- What the planner cannot know of empty tables: one treasury is no selection, a key is. The first plans
-- of a session are kept, so they must be right before the first ANALYZE.
select pg_restore_attribute_stats('schemaname', 'ledger', 'relname', c.relname::text, 'attname', 'treasury_id',
         'inherited', false, 'version', current_setting('server_version_num')::integer,
         'null_frac', 0::real, 'avg_width', 4, 'n_distinct', 1::real)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'treasury_id'
 where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r';
