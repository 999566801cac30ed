-- The vouchers of one account set as beancount text, in the order of their numbers. paths: account -> its name there.
-- Strings escape backslash, quote and line ends; every other character stands for itself.
select concat(to_char(v.effective_on, 'YYYY-MM-DD'), ' * "',
         replace(replace(e.narration, '\', '\\'), '"', '\"'), e'"\n  set: "', %(set)s::text,
         e'"\n  number: "', coalesce(q.label, 'period ' || v.period_no), '/', v.no,
         e'"\n  kind: "', e.kind, e'"\n  key: "', replace(replace(e.key, '\', '\\'), '"', '\"'),
         e'"\n  template: "', encode(e.template_digest, 'hex'),
         case when e.document is not null then concat(e'"\n  document: "',
           replace(replace(replace(replace(e.document, '\', '\\'), '"', '\"'), e'\n', '\n'), e'\r', '\r')) end,
         e'"\n  prepared_by: "', e.prepared_by, e'"\n  posted_by: "', e.posted_by,
         case when o.event_id is not null then
           concat(e'"\n  reverses: "', o.kind, '/', replace(replace(o.key, '\', '\\'), '"', '\"')) end,
         e'"\n', case when v.red then e'  red: TRUE\n' end, l.lines),
       coalesce(l.count, 0)
  from ledger.voucher v
  left join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
  left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
  left join ledger.period q
    on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
  left join lateral (
    select count(*) as count,
           string_agg(concat('  ', %(paths)s::jsonb ->> p.account, '  ',
             case p.side when 'D' then p.amount_fen else -p.amount_fen end * 0.01, ' ', %(currency)s::text,
             e'\n    side: "', p.side, '"',
             case when p.agency is not null then concat(e'\n    agency: "', p.agency, '"') end,
             case when p.func is not null then concat(e'\n    func: "', p.func, '"') end,
             case when p.gov_econ is not null then concat(e'\n    gov_econ: "', p.gov_econ, '"') end,
             case when p.dept_econ is not null then concat(e'\n    dept_econ: "', p.dept_econ, '"') end,
             case when p.revenue is not null then concat(e'\n    revenue: "', p.revenue, '"') end,
             case when p.fund is not null then concat(e'\n    fund: "', p.fund, '"') end,
             case when p.project is not null then
               concat(e'\n    project: "', replace(replace(p.project, '\', '\\'), '"', '\"'), '"') end,
             case when p.indicator is not null then concat(e'\n    indicator: "', p.indicator, '"') end,
             case when p.contract is not null then
               concat(e'\n    contract: "', replace(replace(p.contract, '\', '\\'), '"', '\"'), '"') end,
             case when p.counterparty is not null then
               concat(e'\n    counterparty: "', replace(replace(p.counterparty, '\', '\\'), '"', '\"'), '"') end,
             case when p.pay_mode is not null then concat(e'\n    pay_mode: "', p.pay_mode, '"') end,
             case when p.narration is not null then
               concat(e'\n    narration: "', replace(replace(p.narration, '\', '\\'), '"', '\"'), '"') end,
             e'\n'), '' order by p.line_no) as lines
      from ledger.posting p where (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)) l on true
 where v.treasury_id = %(treasury_id)s and v.account_set_id = %(account_set_id)s
 order by v.period_no, v.no
