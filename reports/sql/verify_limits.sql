-- Each limit from its raw rows: one move for each limited posting, places without a gap, sums, and what is left.
with limited as (
  select p.voucher_id, p.line_no, p.account_set_id, p.account, p.limit_key,
         case p.side when 'D' then p.amount_fen else -p.amount_fen end as delta_fen
    from ledger.posting p where p.treasury_id = %(treasury_id)s and p.limit_key is not null),
move as (
  select m.voucher_id, m.line_no, m.account_set_id, m.account, m.limit_key, m.seq, m.delta_fen, m.after_fen,
         row_number() over w as true_seq, sum(m.delta_fen) over w as true_after
    from ledger.limit_move m where m.treasury_id = %(treasury_id)s
  window w as (partition by m.account_set_id, m.account, m.limit_key order by m.seq rows unbounded preceding)),
whole as (
  select m.account_set_id, m.account, m.limit_key, count(*) as seq, sum(m.delta_fen) as available_fen
    from move m group by 1, 2, 3),
kept as (
  select r.account_set_id, r.account, r.limit_key, r.seq, r.available_fen
    from ledger.limit_row r where r.treasury_id = %(treasury_id)s),
against_postings as (
  select case when m.seq is null then 'limit-move-missing' when p.delta_fen is null then 'limit-move-stray'
              else 'limit-move' end as kind, voucher_id,
         concat('line ', line_no, ' account ', coalesce(m.account, p.account), ' limit ',
                coalesce(m.limit_key, p.limit_key)) as detail,
         coalesce('change of ' || m.delta_fen || ' in ' || concat_ws('/', m.account_set_id, m.account, m.limit_key),
                  'no change') as said,
         coalesce('posting of ' || p.delta_fen || ' in ' || concat_ws('/', p.account_set_id, p.account, p.limit_key),
                  'no posting') as found
    from limited p full join move m using (voucher_id, line_no)
   where (p.account_set_id, p.account, p.limit_key, p.delta_fen)
         is distinct from (m.account_set_id, m.account, m.limit_key, m.delta_fen)
   limit %(most)s),
chain as (
  select 'limit-chain' as kind, m.voucher_id,
         concat('line ', m.line_no, ' account ', m.account, ' limit ', m.limit_key) as detail,
         'place ' || m.seq || ', ' || m.after_fen || ' left' as said,
         'place ' || m.true_seq || ', ' || m.true_after || ' left' as found
    from move m where (m.seq, m.after_fen) <> (m.true_seq, m.true_after) or m.after_fen < 0
   limit %(most)s),
running as (
  select 'limit-row' as kind, null::uuid as voucher_id,
         concat(coalesce(s.code, 'set ' || coalesce(k.account_set_id, w.account_set_id)), ' account ', account, ' limit ',
                limit_key) as detail,
         coalesce('place ' || k.seq || ', ' || k.available_fen || ' left', 'no row') as said,
         coalesce('place ' || w.seq || ', ' || w.available_fen || ' left', 'no moves') as found
    from kept k full join whole w using (account_set_id, account, limit_key)
    left join ledger.account_set s
      on (s.treasury_id, s.account_set_id) = (%(treasury_id)s, coalesce(k.account_set_id, w.account_set_id))
   where (coalesce(k.seq, -1), coalesce(k.available_fen, 0)) <> (coalesce(w.seq, 0), coalesce(w.available_fen, 0))
   limit %(most)s)
select * from against_postings union all select * from chain union all select * from running
