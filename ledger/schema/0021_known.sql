-- Which staged events were posted before: each is looked up by its key, whatever the statistics say of the events. A join
-- that the planner may turn round reads every event of the treasury for every staged one, once it believes them few. The
-- treasury is a parameter of a generic plan: of a treasury that no statistics know it would believe that any index will do.
grant create on schema ledger to gongku_writer;
set role gongku_writer;

create or replace function ledger.mark_known() returns boolean language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
declare
  writing integer := ledger.writing();
begin
  update pg_temp.stage_event s set known_digest = k.content_digest, event_id = k.event_id
    from (select s.kind, s.key, e.content_digest, e.event_id
            from pg_temp.stage_event s
           cross join lateral (select e.content_digest, e.event_id from ledger.event e
                                where e.treasury_id = writing and e.kind = s.kind and e.key = s.key
                               offset 0) e) k
   where k.kind = s.kind and k.key = s.key;
  return found;
end $$;

reset role;
revoke create on schema ledger from gongku_writer;
