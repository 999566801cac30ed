-- What published postings of some accounts add up to, debit less credit, by fund, account, function, revenue and kind.
-- A reversal counts as the kind that it reverses.
with undone as materialized (
  select v.label, v.no, o.kind
    from published.voucher v
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (v.treasury_id, v.code, v.reverses)
   where v.treasury_id = %(treasury_id)s and v.code = %(code)s and v.kind = 'reversal')
select coalesce(p.fund, ''), p.account, coalesce(p.func, ''), coalesce(p.revenue, ''), coalesce(u.kind, p.kind),
       p.effective_on < %(starts_on)s::date, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint
  from published.posting p
  left join undone u using (label, no)
 where p.treasury_id = %(treasury_id)s and p.code = %(code)s and p.account = any (%(accounts)s::text[])
   and p.effective_on <= %(on)s::date
 group by 1, 2, 3, 4, 5, 6
