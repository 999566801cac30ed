-- A unit's bank account holds its own money and what it was given of other funds. What leaves the account bears the fund of what
-- it pays for, and of every other fund no more leaves than came; so own money is not spent beyond its budget under another name.
set role gongku_owner;

create function ledger.fund_in_bank_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  one record;
  bad record;
begin
  -- The budgetary book of a voucher balances in every fund, so nothing is paid, or rebooked, from one fund to another.
  select x.treasury_id, x.voucher_id, x.fund, s.agency, s.fiscal_year into bad
    from (select n.treasury_id, n.account_set_id, n.voucher_id, coalesce(n.fund, '') as fund
            from new_rows n where n.book = 'budgetary' group by 1, 2, 3, 4
          having sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end) <> 0) x
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (x.treasury_id, x.account_set_id) and s.role = 'agency'
   where exists (select from ledger.budget_line l
                  where (l.treasury_id, l.fiscal_year, l.agency) = (s.treasury_id, s.fiscal_year, s.agency))
   limit 1;
  if found then
    perform ledger.refuse('bank_money_of_its_fund', ledger.event_of(bad.treasury_id, bad.voucher_id)
      || jsonb_strip_nulls(jsonb_build_object('agency', bad.agency, 'year', bad.fiscal_year, 'fund', nullif(bad.fund, ''))));
  end if;
  -- One account set after the other and always in the same order, so that two payments cannot both take the last of a fund.
  for one in
    select s.treasury_id, s.account_set_id, s.fiscal_year, s.agency, k.code as money
      from (select distinct n.treasury_id, n.account_set_id, n.account from new_rows n where n.book = 'budgetary') m
      join ledger.account_set s on (s.treasury_id, s.account_set_id) = (m.treasury_id, m.account_set_id) and s.role = 'agency'
      join ledger.account_key k on (k.chart, k.code) = (s.chart, m.account) and k.key = 'BUDGET_MONEY'
     where exists (select from ledger.budget_line l
                    where (l.treasury_id, l.fiscal_year, l.agency) = (s.treasury_id, s.fiscal_year, s.agency))
     group by 1, 2, 3, 4, 5 order by 1, 2
  loop
    perform pg_advisory_xact_lock(hashtextextended('fund in bank' || one.account_set_id, one.treasury_id));
    select l.fund, h.fen into bad
      from (select distinct coalesce(n.fund, '') as fund from new_rows n
             where (n.treasury_id, n.account_set_id, n.account) = (one.treasury_id, one.account_set_id, one.money)
               and n.fund is distinct from '6' and (n.side = 'C') = (n.amount_fen > 0)) l
     cross join lateral (
       select sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint as fen
         from ledger.posting p
        where (p.treasury_id, p.account_set_id, p.account, coalesce(p.fund, ''))
              = (one.treasury_id, one.account_set_id, one.money, l.fund)) h
     where h.fen < 0
     limit 1;
    if found then
      perform ledger.refuse('bank_money_held', jsonb_strip_nulls(jsonb_build_object('agency', one.agency, 'year', one.fiscal_year,
        'fund', nullif(bad.fund, ''), 'off_by_fen', -bad.fen)));
    end if;
  end loop;
  return null;
end $$;
comment on function ledger.fund_in_bank_checked() is
  'refuses what leaves a unit''s bank account under a fund that it does not hold there';
-- By its name it fires after posting_checked: a voucher that does not balance at all is told so.
create trigger posting_fund_in_bank_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.fund_in_bank_checked();
alter table ledger.posting enable always trigger posting_fund_in_bank_checked;
reset role;
