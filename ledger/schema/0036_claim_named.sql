-- What is spent on trips, meetings, training and receptions names an approved claim wherever a claim can be made, so that no
-- standard is evaded by a payment that names none.
--
-- Asked is whatever raises such a class in any books but by a reversal:
-- * applications and payments of every kind, own money paid from the bank account, advances of staff and of own money that are
--   settled, and debts and prepayments that are paid or settled: each may name a claim, and has to;
-- * payments that may name no claim (pay, withholdings, stores, bonds) and accruals of pay: such a class is nothing of theirs;
-- * vouchers by hand: they name no claim, so they lower such a class or keep it, never raise it; what was paid under a wrong
--   class is reversed and paid anew.
-- A prepayment can name a claim only when the occasion is over; before that an official card or an advance to staff bears it.
-- A number that is not written as a claim is none (lower case, blanks, too few figures); what is written so must be approved.
-- Not asked: releases and refunds, which lower; a move of money to the unit's own account, an allocation, an advance to staff, for
-- nothing is spent yet and what spends it is asked; the clearing between banks, which repeats a payment; the use of stores and
-- assets, which costs no money; openings, totals and closes, which carry over; imported payments, whose books repeat what others
-- published. A city without a compiled budget, or without such a standard, goes on as before: no claim could be made there.
set role gongku_owner;

create or replace function ledger.claim_part(p_kind text) returns text language sql immutable
return case when p_kind in ('payment_reservation', 'held_payment_reservation') then 'apply'
            when p_kind = 'reservation_release' then 'release'
            when p_kind in ('treasury_payment', 'administration_payment', 'prior_year_indicator_payment', 'direct_payment',
                            'authorised_payment', 'bank_payment', 'staff_reimbursement', 'own_money_repayment', 'card_reimbursement',
                            'prepayment_settlement', 'supplier_invoice') then 'pay'
            when p_kind in ('card_repayment', 'supplier_prepayment', 'payable_payment') then 'settle'
            when p_kind in ('payment_refund', 'direct_payment_refund', 'authorised_payment_return') then 'refund' end;
comment on function ledger.claim_part(text) is
  'whether a kind of event applies for a claim, sets free again, pays, settles what was recorded by it, or takes back';

create function ledger.claim_asked(p_kind text) returns boolean language sql immutable
return coalesce(ledger.claim_part(p_kind) in ('apply', 'pay', 'settle'), false)
  or p_kind in ('manual', 'salary_accrual', 'salary_payment', 'withholding_payment', 'inventory_purchase', 'bond_repayment');
comment on function ledger.claim_asked(text) is
  'whether a kind of event that raises a class of claims has to name a claim; what may name none may not raise it';

create function ledger.claim_possible(p_treasury_id integer, p_agency text, p_dept_econ text, p_first_on date, p_last_on date)
returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from ledger.standard_in_force f join ledger.agency a on (a.treasury_id, a.agency) = (p_treasury_id, p_agency)
     where f.treasury_id = p_treasury_id and f.dept_econ = p_dept_econ and f.per = 'time'
       and ledger.most_units(f.driver, 1) is not null and coalesce(f.agency_kind = a.kind, true)
       and f.valid_from <= p_last_on and coalesce(f.until_on > p_first_on, true));
$$;
comment on function ledger.claim_possible(integer, text, text, date, date) is
  'whether a standard of a class, by which an agency of its kind can claim, is in force on some of the days';

-- Of a refund to the bank and an expense in one voucher only what bears a class is of the claim.
create or replace view ledger.claim_event with (security_invoker = true) as
  select e.treasury_id, e.document as claim, e.event_id, e.kind, e.key, e.effective_on, e.posted_by, ledger.claim_part(e.kind) as part,
         (select max(b.fen)::bigint from (
            select sum(p.amount_fen) as fen from ledger.voucher v
              join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
               and p.dept_econ is not null
             where (v.treasury_id, v.event_id) = (e.treasury_id, e.event_id) group by v.voucher_id, p.book) b) as fen
    from ledger.event e
   where e.document like 'BX%' and ledger.claim_part(e.kind) is not null
     and not exists (select from ledger.event r where (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id));

create function ledger.claim_named_checked() returns trigger language plpgsql
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
   limit 1;
  if found then
    perform ledger.refuse('claim_named', jsonb_strip_nulls(to_jsonb(bad)));
  end if;
  return null;
end $$;
comment on function ledger.claim_named_checked() is
  'refuses what raises a class of claims and names none, where an agency has a budget and a standard by which it can claim';
-- By its name it fires after posting_checked: a voucher that does not balance at all is told so.
create trigger posting_claim_named_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.claim_named_checked();
alter table ledger.posting enable always trigger posting_claim_named_checked;

-- What was recorded as spent is checked by claim_paid_checked, which fires before and holds the claims; here it is the money that
-- left: a claim that an official card paid is repaid to the bank once, and not paid to the claimant besides.
create function ledger.claim_settled_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.document like 'BX%' or n.reverses is not null) then
    return null;
  end if;
  select d.kind, d.key, s.claim, s.fen as approved_fen, m.fen as paid_fen into bad
    from (select coalesce(o.document, n.document) as claim, n.treasury_id, min(n.kind) as kind, min(n.key) as key
            from new_rows n left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
           where coalesce(o.document, n.document) ~ '^BX[0-9]{4}-[0-9]{5}$' group by 1, 2) d
    join ledger.claim_state s on (s.treasury_id, s.claim) = (d.treasury_id, d.claim)
     and exists (select from ledger.event t  -- without these, what left is what was recorded
                  where (t.treasury_id, t.document) = (d.treasury_id, d.claim) and t.document like 'BX%'
                    and ledger.claim_part(t.kind) = 'settle')
    cross join lateral (
      select coalesce(sum(e.fen), 0)::bigint as fen from ledger.claim_event e
       where (e.treasury_id, e.claim) = (d.treasury_id, d.claim) and e.part in ('pay', 'settle', 'refund')
         and e.kind not in ('card_reimbursement', 'prepayment_settlement', 'supplier_invoice')) m
   where m.fen > s.fen
   limit 1;
  if found then
    raise exception 'claim % comes to less', bad.claim
      using errcode = 'check_violation', constraint = 'claim_not_overpaid', table = 'event', detail = to_jsonb(bad)::text;
  end if;
  return null;
end $$;
comment on function ledger.claim_settled_checked() is 'refuses more money for a claim than it comes to, through whatever books it leaves';
create trigger claim_settled_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.claim_settled_checked();
alter table ledger.event enable always trigger claim_settled_checked;

grant execute on function ledger.claim_asked(text), ledger.claim_possible(integer, text, text, date, date) to gongku_writer;
reset role;
