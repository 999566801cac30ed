-- Who is appointed is compared with the appointments of the own treasury only, found by index, and of the own person. Two views of
-- four tables each are too many to be put into one order: all appointments of all treasuries were read for each new one.
set role gongku_owner;

create or replace function ledger.incompatible_duties() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  -- One at a time per treasury, so that two halves of a forbidden pair cannot pass each other; written
  -- and not only locked, so that an older snapshot fails instead of looking past the other half.
  perform from ledger.treasury t where t.treasury_id in (select n.treasury_id from new_rows n)
    order by t.treasury_id for no key update;
  update ledger.treasury t set demo = t.demo where t.treasury_id in (select n.treasury_id from new_rows n);
  select a.person as person_a, a.duty as duty_a, b.person as person_b, b.duty as duty_b, d.basis
    into bad
    from new_rows n
   cross join lateral (
     select p.* from ledger.appointment p where (p.treasury_id, p.person) = (n.treasury_id, n.person) offset 0) a
    join ledger.duty_pair d on a.duty in (d.duty_a, d.duty_b)
   cross join lateral (
     select p.* from ledger.appointment p
      where p.treasury_id = a.treasury_id and p.held && a.held
        and p.duty = case a.duty when d.duty_a then d.duty_b else d.duty_a end offset 0) b
   where b.person = a.person
      or ('office' = any (d.scope) and b.office = a.office)
      or ('unit' = any (d.scope) and b.agency = a.agency)
   limit 1;
  if found then
    raise exception '% as % and % as %: %',
      bad.duty_a, bad.person_a, bad.duty_b, bad.person_b, bad.basis
      using errcode = 'exclusion_violation', constraint = 'duties_incompatible', table = 'duty_held',
            detail = jsonb_build_object('duty', bad.duty_a, 'person', bad.person_a,
              'other_duty', bad.duty_b, 'other_person', bad.person_b, 'basis', bad.basis)::text;
  end if;
  return null;
end $$;

create or replace function ledger.administrators_apart() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  select a.person, a.duty as duty_a, b.duty as duty_b into bad
    from new_rows n
   cross join lateral (
     select p.* from ledger.appointment p where (p.treasury_id, p.person) = (n.treasury_id, n.person) offset 0) a
   cross join lateral (
     select p.* from ledger.appointment p
      where (p.treasury_id, p.person) = (a.treasury_id, a.person) and p.held && a.held offset 0) b
   where a.duty in ('SADM', 'SECU', 'LOGA') and b.duty not in ('SADM', 'SECU', 'LOGA')
   limit 1;
  if found then
    raise exception '% as % and as %: administrators hold no business duty', bad.person, bad.duty_a, bad.duty_b
      using errcode = 'exclusion_violation', constraint = 'duties_incompatible', table = 'duty_held',
            detail = jsonb_build_object('duty', bad.duty_a, 'person', bad.person, 'other_duty', bad.duty_b,
              'other_person', bad.person, 'basis', '三员分立：管理员不兼业务职责 (等级保护)')::text;
  end if;
  return null;
end $$;
reset role;
