-- BUD-016: payments of each unit under economic classes that end in 99.
select x.agency, null as project, null as indicator, null as package, null as voucher,
       x.other > x.whole * (p ->> 'most')::numeric as fires,
       jsonb_build_object('other_fen', x.other, 'paid_fen', x.whole) as inputs
  from (select e.agency, sum(e.net_fen) as whole, coalesce(sum(e.net_fen) filter (where right(e.dept_econ, 2) = '99'), 0) as other
          from paid e where e.of_the_year group by e.agency having sum(e.net_fen) > 0) x, given
 order by x.agency
