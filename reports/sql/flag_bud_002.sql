-- BUD-002: the reserve of the general public budget, as it was approved, against all that was approved.
select null as agency, null as project, null as indicator, null as package, null as voucher,
       reserve < total * (p ->> 'least')::numeric or reserve > total * (p ->> 'most')::numeric as fires,
       jsonb_build_object('reserve_fen', reserve, 'expenditure_fen', total) as inputs
  from (select coalesce(sum(x.fen) filter (where x.key = 'RESERVE_BUDGET'), 0) as reserve, sum(x.fen) as total
          from expenditure x where x.fund = '1') x, given
 where total > 0
