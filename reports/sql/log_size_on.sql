-- The number of leaves placed up to the end of a day in China.
select coalesce((
  select l.log_index + 1 from ledger.log_entry l
   where l.treasury_id = %(treasury_id)s
     and l.sequenced_at < ((%(day)s::date + 1)::timestamp - interval '8 hours') at time zone 'UTC'
   order by l.log_index desc limit 1), 0)
