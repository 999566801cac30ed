-- Leaves whose bytes are not those of their rows, written out again as docs/log-leaf.md says. Where the key of
-- the commitments was erased, the leaf's own commitments stand, present or blank as the rows are.
with body as (
  select p.voucher_id,
         string_agg(concat(p.line_no, '|', p.account, '|', p.side, '|', p.amount_fen, '|', p.agency, '|', p.func, '|',
           p.gov_econ, '|', p.dept_econ, '|', p.revenue, '|', p.fund, '|', p.project, '|', p.indicator, '|',
           p.contract, '|', p.pay_mode, '|',
           case when p.counterparty is null then '' when k.key is null then coalesce(nullif(
                  split_part(split_part(encode(l.bytes, 'escape'), e'\n', 14 + p.line_no), '|', 15), ''), 'commitment')
                else ledger.salted(k.key, 'counterparty.' || p.line_no, p.counterparty) end, '|',
           case when p.narration is null then '' when k.key is null then coalesce(nullif(
                  split_part(split_part(encode(l.bytes, 'escape'), e'\n', 14 + p.line_no), '|', 16), ''), 'commitment')
                else ledger.salted(k.key, 'narration.' || p.line_no, p.narration) end), e'\n' order by p.line_no) as lines
    from ledger.posting p
    left join ledger.leaf_key k on (k.treasury_id, k.leaf_id) = (p.treasury_id, p.voucher_id)
    left join ledger.leaf l on k.key is null and (l.treasury_id, l.leaf_id) = (p.treasury_id, p.voucher_id)
   where p.treasury_id = %(treasury_id)s group by 1),
written as (
  select v.voucher_id, l.bytes,
         convert_to(concat('gongku.voucher/1', e'\n', t.code, e'\n', s.code, e'\n', q.label, '/', v.no, e'\n',
           to_char(v.effective_on, 'YYYY-MM-DD'), e'\n',
           to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e'\n', e.kind, e'\n', e.key, e'\n',
           encode(e.template_digest, 'hex'), e'\n', e.reverses, e'\n',
           case when k.key is null then split_part(encode(l.bytes, 'escape'), e'\n', 11)
                else ledger.salted(k.key, 'narration', e.narration) end, e'\n',
           case when k.key is null then split_part(encode(l.bytes, 'escape'), e'\n', 12)
                else ledger.salted(k.key, 'document', coalesce(e.document, '')) end, e'\n',
           case when k.key is null then split_part(encode(l.bytes, 'escape'), e'\n', 13)
                else ledger.salted(k.key, 'prepared_by', e.prepared_by) end, e'\n',
           case when k.key is null then split_part(encode(l.bytes, 'escape'), e'\n', 14)
                else ledger.salted(k.key, 'posted_by', e.posted_by) end, e'\n', b.lines), 'UTF8') as true_bytes
    from ledger.voucher v
    join ledger.leaf l on (l.treasury_id, l.leaf_id) = (v.treasury_id, v.voucher_id)
    join ledger.treasury t on t.treasury_id = v.treasury_id
    left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
    left join ledger.period q
      on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
    left join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
    left join ledger.leaf_key k on (k.treasury_id, k.leaf_id) = (v.treasury_id, v.voucher_id)
    left join body b on b.voucher_id = v.voucher_id
   where v.treasury_id = %(treasury_id)s)
select w.voucher_id, w.bytes, w.true_bytes from written w where w.bytes <> w.true_bytes limit %(most)s
