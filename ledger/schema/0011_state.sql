-- What the public site may keep in memory: as long as this row stays the same, so does every published view.
set role gongku_owner;
create view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today;
comment on view published.state is
  '公开状态 how many publications there are, and the day in China: append-only tables change by growing';
grant select on published.state to gongku_public, gongku_inspect;
reset role;
