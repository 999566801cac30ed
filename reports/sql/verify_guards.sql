-- The guards of the journal: triggers there and on for everyone, constraints there, checked and enforced.
with needed (relation, name) as (
  select unnest(array['event', 'voucher', 'posting', 'limit_move', 'leaf', 'log_entry', 'period_change',
    'period_exception', 'indicator', 'duty_held', 'duty_ended', 'template', 'publication', 'account_set']), 'append_only'
  union all
  select unnest(array['treasury', 'agency', 'office', 'person', 'period', 'limit_row', 'balance',
    'balance_day', 'log_size']), 'never_deleted'
  union all
  values ('event', 'event_checked'), ('voucher', 'voucher_checked'), ('posting', 'posting_checked'),
    ('indicator', 'indicator_checked'), ('duty_held', 'incompatible_duties'), ('person', 'incompatible_duties'),
    ('office', 'office_stays'), ('event', 'budget_law_checked'), ('posting', 'three_public_checked'), ('event', 'claim_paid_checked'),
    ('posting', 'posting_claim_named_checked'), ('event', 'claim_settled_checked'),
    ('posting', 'reallocation_checked'), ('period', 'close_explained')),
needed_constraint (relation, name) as (
  values ('event', 'event_once'), ('event', 'event_reversed_once'), ('event', 'event_preparer_may_not_post'),
    ('event', 'event_pkey'), ('voucher', 'voucher_pkey'), ('voucher', 'voucher_numbered_once'),
    ('voucher', 'voucher_one_per_set'), ('posting', 'posting_pkey'), ('posting', 'posting_amount_in_range'),
    ('limit_row', 'limit_row_pkey'), ('limit_row', 'limit_may_not_run_dry'), ('limit_move', 'limit_move_pkey'),
    ('limit_move', 'limit_may_not_run_dry'), ('balance', 'balance_pkey'), ('balance_day', 'balance_day_pkey'),
    ('leaf', 'leaf_pkey'), ('log_entry', 'log_entry_pkey'), ('log_entry', 'log_entry_once'),
    ('template', 'template_digest_true'))
select 'guard-trigger' as kind, concat('trigger ', coalesce(n.name, t.tgname), ' on ', coalesce(n.relation, c.relname))
         as detail, 'enabled always' as said,
       case t.tgenabled when 'D' then 'disabled' when 'O' then 'not in replica mode' when 'R' then 'only in replica mode'
         else 'missing' end as found
  from needed n
  full join (pg_trigger t join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'ledger'::regnamespace)
    on not t.tgisinternal and (c.relname, t.tgname) = (n.relation, n.name)
 where coalesce(not t.tgisinternal, true) and t.tgenabled is distinct from 'A'
union all
select 'guard-constraint', concat('constraint ', n.name, ' on ', n.relation), 'there', 'missing'
  from needed_constraint n
 where not exists (select from pg_constraint k join pg_class c on c.oid = k.conrelid
                    where c.relnamespace = 'ledger'::regnamespace and (c.relname, k.conname) = (n.relation, n.name))
   and not exists (select from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
                    where c.relnamespace = 'ledger'::regnamespace and (c.relname, x.relname) = (n.relation, n.name)
                      and i.indisunique and i.indisvalid and i.indimmediate)
union all
select 'guard-constraint', concat('constraint ', k.conname, ' on ', c.relname), 'checked and enforced',
       case when k.conenforced then 'not validated' else 'not enforced' end
  from pg_constraint k join pg_class c on c.oid = k.conrelid
 where c.relnamespace = 'ledger'::regnamespace and k.contype = 'c' and not (k.convalidated and k.conenforced)
 order by 1, 2
