select n.nspname || '.' || p.proname, p.prosrc
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname in ('ledger', 'access') and p.prorettype = 'trigger'::regtype
