-- The postings that a slice asks for, in the order of the books, a page at a time: picked first, then their texts.
with page as (
    select p.* from ledger.posting p
     where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s
       and p.effective_on between %(from_on)s::date and %(to_on)s::date
       and (%(accounts)s::text[] is null or p.account = any (%(accounts)s::text[]))
       and (%(book)s::text is null or p.book = %(book)s)
       and (%(agency)s::text[] is null or coalesce(p.agency, '') = any (%(agency)s::text[]))
       and (%(func)s::text[] is null or coalesce(p.func, '') = any (%(func)s::text[]))
       and (%(gov_econ)s::text[] is null or coalesce(p.gov_econ, '') = any (%(gov_econ)s::text[]))
       and (%(dept_econ)s::text[] is null or coalesce(p.dept_econ, '') = any (%(dept_econ)s::text[]))
       and (%(revenue)s::text[] is null or coalesce(p.revenue, '') = any (%(revenue)s::text[]))
       and (%(fund)s::text[] is null or coalesce(p.fund, '') = any (%(fund)s::text[]))
       and (%(project)s::text[] is null or coalesce(p.project, '') = any (%(project)s::text[]))
       and (%(indicator)s::text[] is null or coalesce(p.indicator, '') = any (%(indicator)s::text[]))
       and (%(contract)s::text[] is null or coalesce(p.contract, '') = any (%(contract)s::text[]))
       and (%(counterparty)s::text[] is null or coalesce(p.counterparty, '') = any (%(counterparty)s::text[]))
       and (%(pay_mode)s::text[] is null or coalesce(p.pay_mode, '') = any (%(pay_mode)s::text[]))
       and (%(side)s::text is null or p.side = %(side)s)
       and (%(kinds)s::text[] is null and %(without_kinds)s::text[] is null or exists (
             select from ledger.voucher v
               join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
               left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
              where (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
                and (%(kinds)s::text[] is null or coalesce(o.kind, e.kind) = any (%(kinds)s::text[]))
                and (%(without_kinds)s::text[] is null or coalesce(o.kind, e.kind) <> all (%(without_kinds)s::text[]))))
       and (%(known)s::bigint is null or exists (
             select from ledger.log_entry l where l.treasury_id = p.treasury_id and l.leaf_id = p.voucher_id
                and l.log_index < %(known)s))
       and (%(until_on)s::date is null
            or (p.effective_on, p.voucher_id, p.line_no) <= (%(until_on)s::date, %(until_id)s::uuid, %(until_line)s))
       and (%(after_on)s::date is null
            or (p.effective_on, p.voucher_id, p.line_no) > (%(after_on)s::date, %(after_id)s::uuid, %(after_line)s))
     order by p.effective_on, p.voucher_id, p.line_no
     limit %(most)s)
select p.effective_on, p.voucher_id, p.line_no, q.label || '/' || v.no, e.kind, e.key,
       coalesce(p.narration, e.narration), p.book, p.account, p.side, p.amount_fen, e.document,
       p.agency, p.func, p.gov_econ, p.dept_econ, p.revenue, p.fund, p.project, p.indicator, p.contract,
       p.counterparty, p.pay_mode
  from page p
  join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
  join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
  join ledger.period q
    on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
 order by p.effective_on, p.voucher_id, p.line_no
