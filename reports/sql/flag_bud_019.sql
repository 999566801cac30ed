-- BUD-019: payments on the classes of the three public expenses to hotels, garages and the like in the last quarter.
select e.agency, e.project, e.indicator, null as package, e.place as voucher,
       e.net_fen > (p ->> 'above_fen')::bigint and extract(month from e.effective_on) >= (p ->> 'first_month')::integer
         and coalesce(e.document, '') = '' as fires,
       jsonb_build_object('fen', e.net_fen, 'on', e.effective_on, 'document', e.document, 'dept_econ', e.dept_econ) as inputs
  from paid e, given
 where e.of_the_year and e.net_fen > 0 and jsonb_exists(p -> 'classes', coalesce(e.dept_econ, ''))
   and exists (select from jsonb_array_elements_text(p -> 'payees') w (payee) where position(w.payee in e.counterparty) > 0)
 order by e.place
