-- Budget that debt pays for, by indicator, and for what and whom each indicator is.
with debt as materialized (
  select p.indicator, p.fund, sum(case p.side when 'C' then p.amount_fen else -p.amount_fen end)::bigint as fen
    from published.posting p
   where p.treasury_id = %(treasury_id)s and p.code = %(code)s and p.account = any (%(accounts)s::text[])
     and p.kind <> 'year_end_close' and p.effective_on <= %(on)s::date
   group by 1, 2)
select coalesce(d.fund, ''), coalesce(d.indicator, ''), coalesce(w.func, ''), coalesce(w.agency, ''),
       coalesce(w.project, ''), d.fen
  from debt d
  left join (
    select p.indicator, max(p.func) as func, max(p.agency) as agency, max(p.project) as project
      from published.posting p
     where p.treasury_id = %(treasury_id)s and p.code = %(code)s and p.indicator in (select x.indicator from debt x)
     group by 1) w using (indicator)
 order by 1, 2
