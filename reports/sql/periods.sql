select p.treasury_id, p.account_set_id, p.period_no, p.label, p.starts_on, p.ends_on, p.state, p.last_no
  from ledger.period p
 order by p.treasury_id, p.account_set_id, p.period_no
