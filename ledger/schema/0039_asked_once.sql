-- A form that is sent twice asks once: while a change of a unit's own money waits, the same is not asked again.
set role gongku_owner;

create function ledger.own_change_asked_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  -- Who asks holds the lock of the unit's changes, so that of two at once the second sees the first.
  select n.agency, n.fiscal_year, c.change_no into bad
    from new_rows n
    join ledger.own_budget_change c
      on (c.treasury_id, c.fiscal_year, c.agency, c.func, c.amount_fen, c.reason)
       = (n.treasury_id, n.fiscal_year, n.agency, n.func, n.amount_fen, n.reason) and c.change_no < n.change_no
   where not exists (select from ledger.own_budget_approval a
                      where (a.treasury_id, a.fiscal_year, a.agency, a.change_no)
                          = (c.treasury_id, c.fiscal_year, c.agency, c.change_no))
   limit 1;
  if found then
    perform ledger.refuse('own_change_asked_once',
      jsonb_build_object('agency', bad.agency, 'year', bad.fiscal_year, 'change_no', bad.change_no));
  end if;
  return null;
end $$;
comment on function ledger.own_change_asked_checked() is 'refuses to ask for what was asked and waits';
create trigger own_change_asked_checked after insert on ledger.own_budget_change
  referencing new table as new_rows for each statement execute function ledger.own_change_asked_checked();
alter table ledger.own_budget_change enable always trigger own_change_asked_checked;
reset role;
