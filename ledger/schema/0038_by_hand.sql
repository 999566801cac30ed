-- A close, an opening and the totals of an earlier year bring their own lines, as a voucher by hand does; none of them is a way to
-- pay for an occasion without a claim, or to give one fund what is of another.
set role gongku_owner;

create function ledger.lines_given(p_kind text) returns boolean language sql immutable
return coalesce(p_kind in ('manual', 'year_end_close', 'opening', 'yearly_totals'), false);
comment on function ledger.lines_given(text) is 'whether a kind of event brings lines of its own that no template gives, and is no reversal';

create or replace function ledger.claim_asked(p_kind text) returns boolean language sql immutable
return coalesce(ledger.claim_part(p_kind) in ('apply', 'pay', 'settle'), false) or ledger.lines_given(p_kind)
  or p_kind in ('salary_accrual', 'salary_payment', 'withholding_payment', 'inventory_purchase', 'bond_repayment');

-- As before, and what a close or an opening raises is asked too. No books that begin with the year open with an expense.
create or replace function ledger.claim_named_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  classes text[] := array(select k.dept_econ from ledger.claim_kind k);
  asked text[];
  nameless uuid[];
  bad record;
begin
  -- Of which agencies, in which books, is a claim asked for which class? A line of an indicator that names no class is of the
  -- class that the indicator was granted for.
  select array_agg(distinct x.account_set_id || ' ' || x.agency || ' ' || x.dept_econ) into asked
    from (select d.treasury_id, d.account_set_id, s.fiscal_year, d.first_on, d.last_on,
                 coalesce(d.agency, case when s.role = 'agency' then s.agency end) as agency, coalesce(d.dept_econ, i.dept_econ) as dept_econ
            from (select n.treasury_id, n.account_set_id, n.agency, n.dept_econ, case when n.dept_econ is null then n.indicator end as indicator,
                         min(n.effective_on) as first_on, max(n.effective_on) as last_on
                    from new_rows n
                   where n.dept_econ = any (classes) or n.dept_econ is null and n.book = 'indicator'
                   group by 1, 2, 3, 4, 5) d
            join ledger.account_set s on (s.treasury_id, s.account_set_id) = (d.treasury_id, d.account_set_id)
            left join ledger.indicator i on (i.treasury_id, i.indicator) = (d.treasury_id, d.indicator)) x
   where x.dept_econ = any (classes)
     and (exists (select from ledger.budget_line l
                   where (l.treasury_id, l.fiscal_year, l.agency) = (x.treasury_id, x.fiscal_year, x.agency))
          or exists (select from ledger.advance_grant g  -- what may be spent before the budget is approved
                      where (g.treasury_id, g.fiscal_year, g.agency) = (x.treasury_id, x.fiscal_year, x.agency)))
     and ledger.claim_possible(x.treasury_id, x.agency, x.dept_econ, x.first_on, x.last_on);
  if asked is null then
    return null;
  end if;
  -- What names a claim is checked by claim_paid_checked; of the rest, what raises the class.
  select array_agg(distinct v.voucher_id) into nameless
    from (select distinct n.treasury_id, n.voucher_id from new_rows n
           where n.dept_econ = any (classes) or n.dept_econ is null and n.book = 'indicator') d
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (d.treasury_id, d.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
   where e.reverses is null and ledger.claim_asked(e.kind)
     and (ledger.claim_part(e.kind) is null or coalesce(e.document, '') !~ '^BX[0-9]{4}-[0-9]{5}$');
  if nameless is null then
    return null;
  end if;
  select e.kind, e.key, s.code as set, x.agency, x.dept_econ, k.kind as claim_kind, nullif(e.document, '') as document into bad
    from (select v.treasury_id, v.event_id, v.account_set_id, v.effective_on,
                 coalesce(p.agency, case when s.role = 'agency' then s.agency end) as agency, coalesce(p.dept_econ, i.dept_econ) as dept_econ,
                 case when p.book = 'indicator' then p.account else p.book end as of,
                 sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) as fen
            from (select distinct n.treasury_id from new_rows n) t cross join unnest(nameless) as q (voucher_id)
            join ledger.voucher v on (v.treasury_id, v.voucher_id) = (t.treasury_id, q.voucher_id)
            join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
            join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
            left join ledger.indicator i on p.dept_econ is null and (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
           where v.account_set_id || ' ' || coalesce(p.agency, case when s.role = 'agency' then s.agency end)
                   || ' ' || coalesce(p.dept_econ, i.dept_econ) = any (asked)
             and (exists (select from ledger.account a
                           where (a.chart, a.code) = (s.chart, p.account) and a.element in ('expense', 'budget_expense'))
                  or exists (select from ledger.account_key y
                              where (y.chart, y.code) = (s.chart, p.account) and y.key in ('RESERVED', 'EXECUTED_PAYMENT')))
           group by 1, 2, 3, 4, 5, 6, 7) x
    join ledger.event e on (e.treasury_id, e.event_id) = (x.treasury_id, x.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (x.treasury_id, x.account_set_id)
    join ledger.claim_kind k on k.dept_econ = x.dept_econ
   where x.fen > 0 and ledger.claim_possible(x.treasury_id, x.agency, x.dept_econ, x.effective_on, x.effective_on)
     and (e.kind <> 'opening' or x.effective_on >= s.starts_on or s.starts_on = make_date(s.fiscal_year, 1, 1))
     -- A close that is done again gives back what was taken back since: it raises what stands below nil, up to nil.
     and (e.kind <> 'year_end_close' or 0 < (
           select sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)
             from ledger.posting p
             left join ledger.indicator i on p.dept_econ is null and (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
            where (p.treasury_id, p.account_set_id) = (x.treasury_id, x.account_set_id)
              and coalesce(p.agency, s.agency) = x.agency and coalesce(p.dept_econ, i.dept_econ) = x.dept_econ
              and case when p.book = 'indicator' then p.account else p.book end = x.of
              and (exists (select from ledger.account a
                            where (a.chart, a.code) = (s.chart, p.account) and a.element in ('expense', 'budget_expense'))
                   or exists (select from ledger.account_key y
                               where (y.chart, y.code) = (s.chart, p.account) and y.key in ('RESERVED', 'EXECUTED_PAYMENT')))))
   limit 1;
  if found then
    perform ledger.refuse('claim_named', jsonb_strip_nulls(to_jsonb(bad)));
  end if;
  return null;
end $$;

-- What a unit has or has spent of a fund (its money, its quotas, its spending) rises by an event of its own: an allocation, a quota,
-- a payment, income, what an earlier year paid wrongly. By hand it stays or falls, and own money rises by income; so what was carried
-- over of one fund (8101, 8102, 8201, 8202) is not given to another, in however many vouchers.
create function ledger.money_by_hand_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  money text[] := array(select distinct k.code from ledger.account_key k
                         where k.key in ('BUDGET_MONEY', 'BUDGET_QUOTA', 'BUDGET_QUOTA_RECEIVABLE'));
  bad record;
begin
  -- Most of what is posted in bulk is of a unit without a budget, or brings no lines of its own.
  if not exists (select from (select distinct n.treasury_id, n.account_set_id from new_rows n where n.book = 'budgetary') d
                   join ledger.account_set s on (s.treasury_id, s.account_set_id) = (d.treasury_id, d.account_set_id) and s.role = 'agency'
                   join ledger.budget_line l on (l.treasury_id, l.fiscal_year, l.agency) = (s.treasury_id, s.fiscal_year, s.agency))
     or not exists (select from (select distinct n.treasury_id, n.voucher_id from new_rows n where n.book = 'budgetary') d
                      join ledger.voucher v on (v.treasury_id, v.voucher_id) = (d.treasury_id, d.voucher_id)
                      join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
                     where ledger.lines_given(e.kind)) then
    return null;
  end if;
  select x.*, e.kind into bad
    from (select n.treasury_id, n.voucher_id, s.account_set_id, s.chart, s.agency, s.fiscal_year, s.starts_on, n.fund,
                 coalesce(sum(f.fen) filter (where n.account = any (money)), 0) as money_fen,
                 coalesce(sum(f.fen) filter (where a.element = 'budget_expense'), 0) as spent_fen,
                 coalesce(-sum(f.fen) filter (where a.element = 'budget_revenue' and n.fund = '6'), 0) as income_fen
            from new_rows n
            join ledger.account_set s on (s.treasury_id, s.account_set_id) = (n.treasury_id, n.account_set_id) and s.role = 'agency'
            join ledger.account a on (a.chart, a.code) = (s.chart, n.account)
           cross join lateral (select case n.side when 'D' then n.amount_fen else -n.amount_fen end as fen) f
           where n.book = 'budgetary' and n.fund is not null  -- money of no fund pays for nothing: what is spent names its fund
           group by 1, 2, 3, 4, 5, 6, 7, 8) x
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (x.treasury_id, x.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and ledger.lines_given(e.kind)
   where x.money_fen + x.spent_fen > x.income_fen
     and not (e.kind = 'opening' and v.effective_on < x.starts_on)
     and exists (select from ledger.budget_line l
                  where (l.treasury_id, l.fiscal_year, l.agency) = (x.treasury_id, x.fiscal_year, x.agency))
     -- A close that is done again gives back what was taken back since: it raises what stands below nil, up to nil.
     and (e.kind <> 'year_end_close' or x.money_fen > 0 or x.spent_fen > 0 and 0 < (
           select sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)
             from ledger.posting p join ledger.account a on (a.chart, a.code) = (x.chart, p.account) and a.element = 'budget_expense'
            where (p.treasury_id, p.account_set_id, p.fund) = (x.treasury_id, x.account_set_id, x.fund)))
   limit 1;
  if found then
    perform ledger.refuse('fund_rises_by_event', ledger.event_of(bad.treasury_id, bad.voucher_id)
      || jsonb_build_object('agency', bad.agency, 'year', bad.fiscal_year, 'fund', bad.fund,
                            'amount_fen', bad.money_fen + bad.spent_fen - bad.income_fen));
  end if;
  return null;
end $$;
comment on function ledger.money_by_hand_checked() is
  'refuses a voucher by hand that makes a unit have, or have spent, more of a fund from nowhere or from another fund';
-- By its name it fires after posting_fund_in_bank_checked, which says that a voucher does not balance in each fund.
create trigger posting_money_by_hand_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.money_by_hand_checked();
alter table ledger.posting enable always trigger posting_money_by_hand_checked;

-- The stabilisation fund is drawn on by a draw, which names its approved adjustment. By hand it is not lowered; what was put into it
-- wrongly is reversed. A close and the totals of a year whose budget was resolved here draw on it as little.
create function ledger.drawn_by_hand_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  funds text[] := array(select distinct k.code from ledger.account_key k
                         where k.key in ('STABILISATION_FUND', 'BUDGET_STABILISATION_FUND'));
  bad record;
begin
  select x.* into bad
    from (select n.treasury_id, n.voucher_id, n.account_set_id, n.account,
                 sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end)::bigint as fen
            from new_rows n where n.account = any (funds) group by 1, 2, 3, 4) x
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (x.treasury_id, x.account_set_id)
    join ledger.account_key k on (k.chart, k.code) = (s.chart, x.account) and k.key in ('STABILISATION_FUND', 'BUDGET_STABILISATION_FUND')
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (x.treasury_id, x.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and ledger.lines_given(e.kind)
   where x.fen > 0 and not (e.kind = 'opening' and v.effective_on < s.starts_on)
     and (e.kind = 'manual' or exists (select from ledger.budget_resolution r
                                        where (r.treasury_id, r.fiscal_year) = (s.treasury_id, s.fiscal_year)))
   limit 1;
  if found then
    perform ledger.refuse('adjustment_approved', ledger.event_of(bad.treasury_id, bad.voucher_id)
      || jsonb_build_object('amount_fen', bad.fen));
  end if;
  return null;
end $$;
comment on function ledger.drawn_by_hand_checked() is 'refuses a voucher by hand that draws on the stabilisation fund';
-- By its name it fires after posting_checked: a voucher that does not balance at all is told so.
create trigger posting_drawn_by_hand_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.drawn_by_hand_checked();
alter table ledger.posting enable always trigger posting_drawn_by_hand_checked;

grant execute on function ledger.lines_given(text) to gongku_writer;
reset role;
