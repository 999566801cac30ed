-- One page of an account's postings: places from the covering index first, account by account, then their texts.
with page as (
  select x.effective_on, x.voucher_id, x.line_no
    from unnest(%(accounts)s::text[]) a (code)
   cross join lateral (
     select p.effective_on, p.voucher_id, p.line_no
       from ledger.posting p
      where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s and p.account = a.code
        and p.effective_on <= %(to_on)s::date
        and (p.effective_on, p.voucher_id, p.line_no) > (%(after_on)s::date, %(after_id)s::uuid, %(after_line)s::smallint)
        and (%(known)s::bigint is null or exists (
              select from ledger.log_entry l where l.treasury_id = p.treasury_id and l.leaf_id = p.voucher_id
                 and l.log_index < %(known)s))
      order by p.effective_on, p.voucher_id, p.line_no
      limit %(most)s) x
   order by 1, 2, 3
   limit %(most)s)
select p.effective_on, p.voucher_id, p.line_no, q.label || '/' || v.no, e.kind, e.key,
       coalesce(p.narration, e.narration), p.book, p.account, p.side, p.amount_fen, e.document,
       p.agency, p.func, p.gov_econ, p.dept_econ, p.revenue, p.fund, p.project, p.indicator, p.contract,
       p.counterparty, p.pay_mode
  from page g
  join ledger.posting p on (p.treasury_id, p.voucher_id, p.line_no) = (%(treasury_id)s, g.voucher_id, g.line_no)
  join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
  join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
  join ledger.period q
    on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
 order by 1, 2, 3
