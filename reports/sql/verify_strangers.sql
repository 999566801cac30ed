-- Rows of treasuries that are not there; templates whose body is not that of their digest.
select 'treasury-unknown' as kind, x.treasury_id || ' in ' || x.named as detail, 'a treasury' as said, 'none' as found
  from (select distinct e.treasury_id, 'event' as named from ledger.event e
        union all select distinct v.treasury_id, 'voucher' from ledger.voucher v
        union all select distinct p.treasury_id, 'posting' from ledger.posting p
        union all select distinct m.treasury_id, 'limit_move' from ledger.limit_move m
        union all select distinct b.treasury_id, 'balance' from ledger.balance b
        union all select distinct l.treasury_id, 'leaf' from ledger.leaf l
        union all select distinct g.treasury_id, 'log_entry' from ledger.log_entry g) x
 where not exists (select from ledger.treasury t where t.treasury_id = x.treasury_id)
union all
select 'template-digest', 'template ' || t.event, encode(t.digest, 'hex'), encode(sha256(convert_to(t.body, 'UTF8')), 'hex')
  from ledger.template t where t.digest <> sha256(convert_to(t.body, 'UTF8'))
 limit %(most)s
