-- Every voucher added up again from its raw postings: books, lines, turnover, colour, set and day.
with of_book as (
  select p.voucher_id, p.book, count(*) as lines, min(p.line_no) as first_no, max(p.line_no) as last_no,
         min(p.account_set_id) as low_set, max(p.account_set_id) as high_set,
         min(p.effective_on) as first_on, max(p.effective_on) as last_on,
         bool_or(p.amount_fen < 0) as some_red, bool_and(p.amount_fen < 0) as all_red,
         coalesce(sum(p.amount_fen) filter (where p.side = 'D'), 0) as debit_fen,
         coalesce(sum(p.amount_fen) filter (where p.side = 'C'), 0) as credit_fen
    from ledger.posting p where p.treasury_id = %(treasury_id)s group by 1, 2),
whole as (
  select b.voucher_id, sum(b.lines) as lines, min(b.first_no) as first_no, max(b.last_no) as last_no,
         min(b.low_set) as low_set, max(b.high_set) as high_set, min(b.first_on) as first_on, max(b.last_on) as last_on,
         bool_or(b.some_red) as some_red, bool_and(b.all_red) as all_red, sum(b.debit_fen) as debit_fen,
         string_agg(concat(b.book, ' debit ', b.debit_fen), ', ' order by b.book)
           filter (where b.debit_fen <> b.credit_fen) as off_debit,
         string_agg(concat(b.book, ' credit ', b.credit_fen), ', ' order by b.book)
           filter (where b.debit_fen <> b.credit_fen) as off_credit
    from of_book b group by 1),
header as (
  select v.voucher_id, v.line_count, v.debit_fen, v.red, v.account_set_id, v.effective_on
    from ledger.voucher v where v.treasury_id = %(treasury_id)s)
select x.kind, voucher_id, '' as detail, x.said, x.found
  from header h full join whole w using (voucher_id)
 cross join lateral (values
   ('voucher-missing', h.line_count is null, 'a header', w.lines || ' lines without one'),
   ('voucher-empty', w.lines is null, h.line_count || ' lines', 'none'),
   ('voucher-unbalanced', w.off_debit is not null, w.off_debit, w.off_credit),
   ('voucher-lines', (h.line_count, 1, h.line_count) <> (w.lines, w.first_no, w.last_no), h.line_count || ' lines',
    w.lines || ' lines, numbered ' || w.first_no || ' to ' || w.last_no),
   ('voucher-debit', h.debit_fen <> w.debit_fen, h.debit_fen::text, w.debit_fen::text),
   ('voucher-red', (h.red, h.red) <> (w.some_red, w.all_red), case when h.red then 'red' else 'black' end,
    case when w.all_red then 'red' when w.some_red then 'red and black' else 'black' end),
   ('voucher-set', (h.account_set_id, h.account_set_id) <> (w.low_set, w.high_set), 'set ' || h.account_set_id,
    'set ' || w.low_set || ' to ' || w.high_set),
   ('voucher-day', (h.effective_on, h.effective_on) <> (w.first_on, w.last_on), h.effective_on::text,
    w.first_on || ' to ' || w.last_on)) x (kind, bad, said, found)
 where (w.off_debit is not null
        or (h.line_count, 1, h.line_count, h.debit_fen, h.red, h.red, h.account_set_id, h.account_set_id,
            h.effective_on, h.effective_on)
           is distinct from
           (w.lines, w.first_no, w.last_no, w.debit_fen, w.some_red, w.all_red, w.low_set, w.high_set,
            w.first_on, w.last_on))
   and x.bad
 limit %(most)s
