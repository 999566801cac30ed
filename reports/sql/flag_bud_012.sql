-- BUD-012: what finance holds back of the approved expenditure; the reserve is no unit's and counts on neither side.
select null as agency, null as project, null as indicator, null as package, null as voucher,
       held > total * (p ->> 'most')::numeric as fires,
       jsonb_build_object('held_fen', held, 'expenditure_fen', total) as inputs
  from (select coalesce(sum(x.fen) filter (where x.key = 'HELD_BUDGET'), 0) as held, sum(x.fen) as total
          from expenditure x where x.key <> 'RESERVE_BUDGET') x, given
 where total > 0
