-- Books go on: each account set of a year is opened for the next one, in the same chart, with its opening period and twelve months.
grant create on schema ledger to gongku_writer;
set role gongku_writer;

create function ledger.open_next_year(p_year integer, p_sets text[]) returns text[] language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['CLOS']);
  last ledger.account_set;
  number integer;
  first_day date;
  new_code text;
  made text[] := '{}';
  there boolean := false;
begin
  perform pg_advisory_xact_lock(hashtextextended('account_set', who.treasury_id));
  select coalesce(max(s.account_set_id), 0) into number from ledger.account_set s where s.treasury_id = who.treasury_id;
  if exists (select from unnest(p_sets) as asked (code)
              where not exists (select from ledger.account_set s where (s.treasury_id, s.fiscal_year, s.code)
                                                                     = (who.treasury_id, p_year - 1, asked.code))) then
    perform ledger.refuse('next_set_follows', jsonb_build_object('year', p_year, 'follows', to_jsonb(p_sets)));
  end if;
  for last in select s.* from ledger.account_set s
               where (s.treasury_id, s.fiscal_year) = (who.treasury_id, p_year - 1) and s.role <> 'import'
                 and case when p_sets is null then who.agencies is null or s.agency = any (who.agencies) else s.code = any (p_sets) end
               order by s.code loop
    perform ledger.agency_mine(who, last.agency);
    there := true;
    continue when exists (select from ledger.account_set n where (n.treasury_id, n.role, n.agency, n.fiscal_year)
                                                               = (who.treasury_id, last.role, last.agency, p_year));
    first_day := (last.starts_on + interval '1 year')::date;
    new_code := case when strpos(last.code, (p_year - 1)::text) > 0 then replace(last.code, (p_year - 1)::text, p_year::text)
                     else last.code || '-' || p_year end;
    if not exists (select from ledger.chart c where c.chart = last.chart and c.valid @> first_day)
       or exists (select from ledger.account_set n where (n.treasury_id, n.code) = (who.treasury_id, new_code)) then
      perform ledger.refuse('next_set_follows',
        jsonb_build_object('set', new_code, 'follows', last.code, 'year', p_year, 'chart', last.chart));
    end if;
    number := number + 1;
    insert into ledger.account_set (treasury_id, account_set_id, code, agency, role, chart, fiscal_year, starts_on, ends_on,
                                    currency, name_zh, name_en)
    values (who.treasury_id, number, new_code, last.agency, last.role, last.chart, p_year, first_day,
            (first_day + interval '1 year')::date - 1, last.currency,
            replace(last.name_zh, (p_year - 1)::text, p_year::text), replace(last.name_en, (p_year - 1)::text, p_year::text));
    insert into ledger.period (treasury_id, account_set_id, period_no, label, starts_on, ends_on)
    values (who.treasury_id, number, 0, to_char(p_year, 'FM0000') || '-00', first_day - 1, first_day - 1);
    insert into ledger.period (treasury_id, account_set_id, period_no, label, starts_on, ends_on)
    select who.treasury_id, number, n, to_char(m.first, 'YYYY-MM'), m.first, (m.first + interval '1 month')::date - 1
      from generate_series(1, 12) n
     cross join lateral (select (first_day + make_interval(months => n - 1))::date as first) m;
    made := made || new_code;
  end loop;
  if not there then
    perform ledger.refuse('next_set_follows', jsonb_strip_nulls(jsonb_build_object('year', p_year, 'follows', to_jsonb(p_sets))));
  end if;
  return made;
end $$;
comment on function ledger.open_next_year(integer, text[]) is
  'opens the account sets of a year, each like the one of the year before; what is there already stays';
grant execute on function ledger.open_next_year(integer, text[]) to gongku_execute;

reset role;
revoke create on schema ledger from gongku_writer;
