-- What is drawn on the stabilisation fund is in it (预算稳定调节基金): an approved adjustment says how much may be drawn, the books
-- say how much there is. Whatever lowers the fund is looked at: a draw, what a person books, a provision that is taken back.
set role gongku_owner;

create function ledger.stabilisation_fund_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  one record;
  rest bigint;
begin
  -- One fund after the other and always in the same order, so that two draws cannot both take the last of it.
  for one in
    select m.*
      from (select n.treasury_id, n.account_set_id, n.account, min(n.voucher_id::text)::uuid as voucher_id,
                   sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end)::bigint as fen
              from new_rows n group by 1, 2, 3
            having sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end) > 0) m
      join ledger.account_set s on (s.treasury_id, s.account_set_id) = (m.treasury_id, m.account_set_id)
     where exists (select from ledger.account_key k
                    where (k.chart, k.key, k.dim, k.code) = (s.chart, 'STABILISATION_FUND', '', m.account))
     order by m.treasury_id, m.account_set_id
  loop
    perform pg_advisory_xact_lock(hashtextextended('stabilisation fund' || one.account_set_id, one.treasury_id));
    select coalesce(sum(case p.side when 'C' then p.amount_fen else -p.amount_fen end), 0)::bigint into rest
      from ledger.posting p
     where (p.treasury_id, p.account_set_id, p.account) = (one.treasury_id, one.account_set_id, one.account);
    if rest < 0 then
      perform ledger.refuse('stabilisation_fund_holds', ledger.event_of(one.treasury_id, one.voucher_id)
        || jsonb_build_object('amount_fen', one.fen, 'held_fen', rest + one.fen));
    end if;
  end loop;
  return null;
end $$;
comment on function ledger.stabilisation_fund_checked() is 'refuses whatever takes more from the stabilisation fund than it holds';
-- By its name it fires after posting_checked: a voucher that does not balance at all is told so.
create trigger posting_stabilisation_fund_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.stabilisation_fund_checked();
alter table ledger.posting enable always trigger posting_stabilisation_fund_checked;
reset role;
