-- A project enters the budget of the department for whose unit it is registered, and no other department's.
set role gongku_owner;

create function ledger.package_project_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  select n.package, n.agency, n.project, p.owner into bad
    from new_rows n
    left join lateral (select y.owner from ledger.project y where (y.treasury_id, y.project) = (n.treasury_id, n.project)
                        order by y.record_no desc limit 1) p on true
   where n.project is not null
     and n.department is distinct from (
       with recursive up as (
         select a.agency, a.parent from ledger.agency a where (a.treasury_id, a.agency) = (n.treasury_id, p.owner)
         union all
         select a.agency, a.parent from up join ledger.agency a on (a.treasury_id, a.agency) = (n.treasury_id, up.parent))
       select u.agency from up u where u.parent is null)
   limit 1;
  if found then
    perform ledger.refuse('package_project_of_department', jsonb_strip_nulls(to_jsonb(bad)));
  end if;
  return null;
end $$;
comment on function ledger.package_project_checked() is 'refuses a package of a project that is registered for another department';
create trigger package_project_checked after insert on ledger.budget_package
  referencing new table as new_rows for each statement execute function ledger.package_project_checked();
alter table ledger.budget_package enable always trigger package_project_checked;
reset role;
