-- Transfers paid to lower levels by fund, function, receiver and project; a hidden receiver is blank.
select coalesce(p.fund, ''), coalesce(p.func, ''), coalesce(p.counterparty, ''), coalesce(p.project, ''),
       sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint
  from published.posting p
 where p.treasury_id = %(treasury_id)s and p.code = %(code)s and p.account = any (%(accounts)s::text[])
   and p.kind <> 'year_end_close' and p.effective_on <= %(on)s::date
 group by 1, 2, 3, 4 order by 1, 2, 3, 4
