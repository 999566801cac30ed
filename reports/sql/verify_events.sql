-- Events: vouchers there, content as it was asked, template as it was in force, reversals that mirror, indicators
-- that descend.
with line as (
  select v.event_id,
         string_agg(concat(p.account_set_id, '|', p.line_no, '|', p.account, '|', p.side, '|', p.amount_fen, '|',
           p.agency, '|', p.func, '|', p.gov_econ, '|', p.dept_econ, '|', p.revenue, '|', p.fund, '|', p.project, '|',
           p.indicator, '|', p.contract, '|', p.pay_mode, e'\x1f', p.counterparty, e'\x1f', p.narration), e'\n'
           order by p.account_set_id, p.line_no) as lines
    from ledger.voucher v join ledger.posting p using (treasury_id, voucher_id)
   where v.treasury_id = %(treasury_id)s group by 1),
content as (
  select e.event_id, e.kind, e.key, l.event_id is null as nothing, e.content_digest,
         sha256(convert_to(concat(e.kind, e'\n', e.key, e'\n', to_char(e.effective_on, 'YYYY-MM-DD'), e'\n',
           e.narration, e'\n', e.document, e'\n', e.prepared_by, e'\n', e.reverses, e'\n', l.lines),
           'UTF8')) as true_digest,
         e.template_digest, t.digest is null as no_template, t.event as template_of,
         not t.in_force @> e.effective_on as out_of_force, e.effective_on,
         e.reverses, o.event_id is null as no_original, o.reverses is not null as twice
    from ledger.event e
    left join line l using (event_id)
    left join ledger.template t on t.digest = e.template_digest
    left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
   where e.treasury_id = %(treasury_id)s),
told as (
  select x.kind, c.event_id, concat(c.kind, '/', c.key) as detail, x.said, x.found
    from content c
   cross join lateral (values
     ('event-empty', c.nothing, 'vouchers', 'none'),
     ('event-content', not c.nothing and c.content_digest <> c.true_digest, encode(c.content_digest, 'hex'),
      encode(c.true_digest, 'hex')),
     ('event-template', c.no_template or c.template_of <> c.kind or c.out_of_force, encode(c.template_digest, 'hex'),
      case when c.no_template then 'no such template' when c.template_of <> c.kind then 'template of ' || c.template_of
           else 'not in force on ' || c.effective_on end),
     ('event-reverses', c.reverses is not null and (c.no_original or c.twice), c.reverses::text,
      case when c.no_original then 'no such event' else 'itself a reversal' end)) x (kind, bad, said, found)
   where (c.nothing or c.content_digest <> c.true_digest or c.no_template or c.template_of <> c.kind or c.out_of_force
          or c.reverses is not null and (c.no_original or c.twice))
     and x.bad
   limit %(most)s),
reversal as (
  select e.event_id, e.reverses, concat(e.kind, '/', e.key) as name
    from ledger.event e where e.treasury_id = %(treasury_id)s and e.reverses is not null),
red as (
  select r.event_id, p.account_set_id, p.line_no, p.account, p.side, -p.amount_fen as fen,
         concat(p.agency, '|', p.func, '|', p.gov_econ, '|', p.dept_econ, '|', p.revenue, '|', p.fund, '|', p.project, '|',
                p.indicator, '|', p.contract, '|', p.counterparty, '|', p.pay_mode) as dims
    from reversal r join ledger.voucher v on (v.treasury_id, v.event_id) = (%(treasury_id)s, r.event_id)
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)),
black as (
  select r.event_id, p.account_set_id, p.line_no, p.account, p.side, p.amount_fen as fen,
         concat(p.agency, '|', p.func, '|', p.gov_econ, '|', p.dept_econ, '|', p.revenue, '|', p.fund, '|', p.project, '|',
                p.indicator, '|', p.contract, '|', p.counterparty, '|', p.pay_mode) as dims
    from reversal r join ledger.voucher v on (v.treasury_id, v.event_id) = (%(treasury_id)s, r.reverses)
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)),
mirror as (
  select 'reversal-mirror' as kind, event_id, concat('line ', line_no, ' of ', n.name) as detail,
         coalesce(concat_ws(' ', k.account, k.side, k.fen, k.dims), 'no line') as said,
         coalesce(concat_ws(' ', r.account, r.side, r.fen, r.dims), 'no line') as found
    from black k full join red r using (event_id, account_set_id, line_no)
    join reversal n using (event_id)
   where (k.account, k.side, k.fen, k.dims) is distinct from (r.account, r.side, r.fen, r.dims)
   limit %(most)s),
descent as (
  select 'indicator-parent' as kind, null::uuid as event_id, 'indicator ' || i.indicator as detail,
         'parent ' || i.parent as said,
         case when p.indicator is null then 'no such indicator' else 'of another fund or a later year' end as found
    from ledger.indicator i
    left join ledger.indicator p on (p.treasury_id, p.indicator) = (i.treasury_id, i.parent)
   where i.treasury_id = %(treasury_id)s and i.parent is not null
     and (p.indicator is null or p.fund <> i.fund or p.fiscal_year > i.fiscal_year)
   limit %(most)s),
bad as (select * from told union all select * from mirror union all select * from descent)
select b.kind, (select v.voucher_id from ledger.voucher v
                 where (v.treasury_id, v.event_id) = (%(treasury_id)s, b.event_id)
                 order by v.account_set_id limit 1) as voucher_id,
       b.detail, b.said, b.found
  from bad b
