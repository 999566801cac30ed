-- What people call a voucher: set, period and number; a voucher that is gone is called as its leaf still does.
select n.voucher_id,
       case when v.voucher_id is not null then
              concat(coalesce(s.code, 'set ' || v.account_set_id), ' ', coalesce(q.label, 'period ' || v.period_no), '/',
                     v.no)
            when l.leaf_id is not null then
              concat(split_part(encode(l.bytes, 'escape'), e'\n', 3), ' ', split_part(encode(l.bytes, 'escape'), e'\n', 4))
            else 'voucher ' || n.voucher_id end
  from unnest(%(ids)s::uuid[]) n (voucher_id)
  left join ledger.voucher v on (v.treasury_id, v.voucher_id) = (%(treasury_id)s, n.voucher_id)
  left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
  left join ledger.period q
    on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
  left join ledger.leaf l on (l.treasury_id, l.leaf_id) = (%(treasury_id)s, n.voucher_id)
