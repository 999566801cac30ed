-- BUD-013: what each unit got on top of what was released to it at the start.
select u.agency, null as project, null as indicator, null as package, null as voucher,
       u.more > u.opening * (p ->> 'most')::numeric as fires,
       jsonb_build_object('supplements_fen', u.more, 'opening_fen', u.opening) as inputs
  from (select x.agency,
               coalesce(sum(x.net_fen) filter (where x.kind in ('budget_addition', 'reserve_allocation', 'held_budget_allocation')), 0) as more,
               coalesce(sum(x.net_fen) filter (where x.kind = 'unit_decomposition'), 0) as opening
          from units x where x.of_the_year group by x.agency) u, given
 where u.opening > 0
 order by u.agency
