-- BUD-003: the working fund in the books of the bureau, against the approved expenditure of the general public budget.
select null as agency, null as project, null as indicator, null as package, null as voucher,
       fund_fen > total * (p ->> 'most')::numeric as fires,
       jsonb_build_object('working_fund_fen', fund_fen, 'expenditure_fen', total) as inputs
  from (select (select -coalesce(sum(b.net_fen), 0) from seen b join named n on (n.chart, n.code) = (b.chart, b.account)
                 where b.role = 'bureau' and b.of_the_year and n.key = 'WORKING_FUND') as fund_fen,
               (select sum(x.fen) from expenditure x where x.fund = '1') as total) x, given
 where total > 0
