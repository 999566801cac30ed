-- What the public may see: views of published figures, and nothing else. The views are barriers: no condition
-- of a reader meets a row that is not published, not even to fail on it.
set role gongku_owner;

create table ledger.publication (
  treasury_id    integer not null,
  account_set_id integer not null,
  as_of          date not null,
  published_by   text not null,
  published_at   timestamptz not null default clock_timestamp(),
  primary key (treasury_id, account_set_id, as_of),
  foreign key (treasury_id, account_set_id) references ledger.account_set
);
comment on table ledger.publication is '公开 an account set published as of the end of a closed period';
create trigger append_only before update or delete or truncate on ledger.publication
  for each statement execute function ledger.append_only();
alter table ledger.publication enable always trigger append_only;

create function ledger.publish(p_account_set_id integer, p_as_of date) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
begin
  if not exists (
    select from ledger.period p
     where p.treasury_id = who.treasury_id and p.account_set_id = p_account_set_id
       and (who.sets is null or p.account_set_id = any (who.sets))
       and p.ends_on = p_as_of and p.state = 'closed' and p.period_no > 0) then
    raise exception 'only the end of a closed period can be published'
      using errcode = 'object_not_in_prerequisite_state', constraint = 'publication_of_closed_period';
  end if;
  insert into ledger.publication (treasury_id, account_set_id, as_of, published_by)
  values (who.treasury_id, p_account_set_id, p_as_of, who.person);
end $$;
comment on function ledger.publish(integer, date) is 'publishes a set as of the end of a period closed for good';

create view published.account_set with (security_barrier) as
  select s.treasury_id, t.code as treasury, t.name_zh as treasury_zh, t.name_en as treasury_en, t.demo,
         s.account_set_id, s.code, s.name_zh, s.name_en, s.role, s.chart, s.fiscal_year, s.starts_on, s.currency,
         max(p.as_of) as as_of
    from ledger.publication p
    join ledger.account_set s using (treasury_id, account_set_id)
    join ledger.treasury t using (treasury_id)
   group by s.treasury_id, s.account_set_id, t.treasury_id;
comment on view published.account_set is 'published account sets and the day up to which they are published';

create view published.balance with (security_barrier) as
  select s.treasury_id, s.code, a.book, a.code as account, a.name_zh, a.name_en, a.element, a.normal_side,
         coalesce(sum(b.debit_fen - b.credit_fen) filter (where b.effective_on < s.starts_on), 0)::bigint as opening_fen,
         coalesce(sum(b.debit_fen) filter (where b.effective_on >= s.starts_on), 0)::bigint as debit_fen,
         coalesce(sum(b.credit_fen) filter (where b.effective_on >= s.starts_on), 0)::bigint as credit_fen,
         coalesce(sum(b.debit_fen - b.credit_fen), 0)::bigint as closing_fen
    from published.account_set s
    join ledger.balance_day b using (treasury_id, account_set_id)
    join ledger.account a on (a.chart, a.code) = (s.chart, b.account)
   where b.effective_on <= s.as_of
   group by s.treasury_id, s.code, a.chart, a.code;
comment on view published.balance is
  'trial balances of the published sets; opening and closing are debit minus credit';
reset role;
