-- Each voucher has its leaf, each leaf its digest and one place: in the log, without a gap, or in the queue.
with leaf as (
  select l.leaf_id, l.kind, l.digest, sha256(l.bytes) as true_digest, v.voucher_id is null as no_voucher,
         g.leaf_id is not null as in_log, w.leaf_id is not null as waiting
    from ledger.leaf l
    left join ledger.voucher v on (v.treasury_id, v.voucher_id) = (l.treasury_id, l.leaf_id)
    left join ledger.log_entry g on (g.treasury_id, g.leaf_id) = (l.treasury_id, l.leaf_id)
    left join ledger.leaf_queue w on (w.treasury_id, w.leaf_id) = (l.treasury_id, l.leaf_id)
   where l.treasury_id = %(treasury_id)s),
leaves as (
  select x.kind, l.leaf_id, '' as detail, x.said, x.found
    from leaf l
   cross join lateral (values
     ('leaf-digest', l.digest <> l.true_digest, encode(l.digest, 'hex'), encode(l.true_digest, 'hex')),
     ('leaf-stray', l.kind = 'voucher' and l.no_voucher, 'a voucher', 'none'),
     ('leaf-place', l.in_log = l.waiting, 'one place',
      case when l.in_log then 'in the log and in the queue' else 'neither in the log nor in the queue' end))
     x (kind, bad, said, found)
   where (l.digest <> l.true_digest or l.kind = 'voucher' and l.no_voucher or l.in_log = l.waiting) and x.bad
   limit %(most)s),
bare as (
  select 'leaf-missing' as kind, v.voucher_id, '' as detail, 'a leaf' as said, 'none' as found
    from ledger.voucher v
   where v.treasury_id = %(treasury_id)s
     and not exists (select from ledger.leaf l
                      where (l.treasury_id, l.leaf_id, l.kind) = (v.treasury_id, v.voucher_id, 'voucher'))
   limit %(most)s),
lost as (
  select 'log-leaf-lost' as kind, g.leaf_id, 'place ' || g.log_index as detail, 'a leaf' as said, 'none' as found
    from ledger.log_entry g
   where g.treasury_id = %(treasury_id)s
     and not exists (select from ledger.leaf l where (l.treasury_id, l.leaf_id) = (g.treasury_id, g.leaf_id))
   limit %(most)s),
queued as (
  select 'queue-leaf-lost' as kind, w.leaf_id, '' as detail, 'a leaf' as said, 'none' as found
    from ledger.leaf_queue w
   where w.treasury_id = %(treasury_id)s
     and not exists (select from ledger.leaf l where (l.treasury_id, l.leaf_id) = (w.treasury_id, w.leaf_id))
   limit %(most)s),
gap as (
  select 'log-gap' as kind, n.leaf_id, 'place ' || n.log_index as detail, 'after place ' || n.log_index - 1 as said,
         coalesce('after place ' || n.before, 'the first') as found
    from (select g.leaf_id, g.log_index, lag(g.log_index) over (order by g.log_index) as before
            from ledger.log_entry g where g.treasury_id = %(treasury_id)s) n
   where n.log_index <> coalesce(n.before, -1) + 1
   limit %(most)s),
size as (
  select 'log-size' as kind, null::uuid as leaf_id, 'the log' as detail, coalesce(z.size, 0) || ' leaves' as said,
         c.size || ' leaves' as found
    from (select coalesce(max(g.log_index) + 1, 0) as size from ledger.log_entry g
           where g.treasury_id = %(treasury_id)s) c
    left join ledger.log_size z on z.treasury_id = %(treasury_id)s
   where coalesce(z.size, 0) <> c.size)
select * from leaves union all select * from bare union all select * from lost union all select * from queued
union all select * from gap union all select * from size
