-- What was reversed in red has not happened: a draw on the stabilisation fund or a cut that was taken back uses nothing of its
-- adjustment (BUD-006) any more. An event is reversed once and a reversal never, so that its room comes back only once.
set role gongku_owner;

create or replace function ledger.changed_by(p_treasury_id integer, p_event_id uuid) returns bigint language sql stable
set search_path = pg_catalog, pg_temp as $$
  select coalesce(max(b.fen), 0)::bigint from (
    select sum(p.amount_fen) as fen from ledger.voucher v
      join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
     where (v.treasury_id, v.event_id) = (p_treasury_id, p_event_id)
       and not exists (select from ledger.event r where (r.treasury_id, r.reverses) = (p_treasury_id, p_event_id))
     group by v.voucher_id, p.book) b;
$$;
comment on function ledger.changed_by(integer, uuid) is
  'the amount of an event in each of its books, and nothing once it was reversed';
-- What the desk tells of an adjustment is what the check counts.
grant execute on function ledger.changed_by(integer, uuid)
  to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_inspect;
reset role;
