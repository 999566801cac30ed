-- No index but the right one may look as good for an event, whatever the statistics say of a treasury that is new to them.
-- The index of reversals, the smallest of all, was taken for the treasury alone: now it holds reversals only. And what was
-- posted before is asked of the index of keys, for its next key in its order.
set role gongku_owner;
alter table ledger.event drop constraint event_reversed_once;
create unique index event_reversed_once on ledger.event (treasury_id, reverses) where reverses is not null;
reset role;
grant create on schema ledger to gongku_writer;
set role gongku_writer;

create or replace function ledger.mark_known() returns boolean language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_sort = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  writing integer := ledger.writing();
begin
  update pg_temp.stage_event s set known_digest = k.content_digest, event_id = k.event_id
    from (select s.kind, s.key, e.content_digest, e.event_id
            from pg_temp.stage_event s
           cross join lateral (select e.kind, e.key, e.content_digest, e.event_id from ledger.event e
                                where e.treasury_id = writing and (e.kind, e.key) >= (s.kind, s.key)
                                order by e.kind, e.key limit 1) e
           where e.kind = s.kind and e.key = s.key) k
   where k.kind = s.kind and k.key = s.key;
  return found;
end $$;

reset role;
revoke create on schema ledger from gongku_writer;
