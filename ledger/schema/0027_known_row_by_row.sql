-- What was posted before is asked row by row, in a query of its own for each staged event: no plan can turn that round.
grant create on schema ledger to gongku_writer;
set role gongku_writer;

create or replace function ledger.mark_known() returns boolean language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_sort = off as $$
declare
  writing integer := ledger.writing();
begin
  update pg_temp.stage_event s
     set (known_digest, event_id) = (
           select e.content_digest, e.event_id from ledger.event e
            where e.treasury_id = writing and (e.kind, e.key) >= (s.kind, s.key) order by e.kind, e.key limit 1)
   where (select (e.kind, e.key) = (s.kind, s.key) from ledger.event e
           where e.treasury_id = writing and (e.kind, e.key) >= (s.kind, s.key) order by e.kind, e.key limit 1);
  return found;
end $$;

reset role;
revoke create on schema ledger from gongku_writer;
