-- BUD-018: payments whose text names one of the words, against the economic classes that such spending belongs to.
select e.agency, e.project, e.indicator, null as package, e.place as voucher,
       not jsonb_exists(w.value, coalesce(e.dept_econ, '')) as fires,
       jsonb_build_object('word', w.key, 'dept_econ', e.dept_econ, 'classes', w.value, 'fen', e.net_fen) as inputs
  from paid e, given, jsonb_each(p -> 'words') w
 where e.of_the_year and e.net_fen > 0 and position(w.key in e.said) > 0
 order by e.place, w.key
