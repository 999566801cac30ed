-- A treasury is no key. Where statistics have seen many small treasuries, the planner believes that the treasury alone finds
-- the few rows of a voucher, and takes any index that begins with it; a checked import into a new treasury then reads all
-- of its rows for each of them. It is told that every row may be of one treasury, which is what most installations have.
set role gongku_owner;
do $$
declare
  one record;
begin
  for one in
    select c.oid::regclass as name from pg_index i
      join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'ledger'
      join pg_attribute a on (a.attrelid, a.attnum) = (c.oid, i.indkey[0]) and a.attname = 'treasury_id'
     where c.relkind = 'r' and i.indnatts > 1
     group by c.oid order by c.oid
  loop
    execute format('alter table %s alter column treasury_id set (n_distinct = 1)', one.name);
  end loop;
end $$;
reset role;
