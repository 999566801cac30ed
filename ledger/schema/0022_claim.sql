-- Reimbursement claims (报销单): what was spent stands beside standard × people × days, above it only with a reason that the
-- finance division allows; what is paid by a claim's document is never more than the approved claim, nor paid twice.
set role gongku_owner;

create table ledger.claim_kind (
  kind      text primary key constraint claim_kind_plain check (kind ~ '^[a-z]{2,20}$'),
  place     smallint not null unique,
  dept_econ text not null unique,
  name_zh   text not null,
  name_en   text not null,
  venue     boolean not null
);
comment on table ledger.claim_kind is
  '报销类别 kinds of occasions with the department economic class of their standards; some are held at designated venues only';

create table ledger.venue (
  treasury_id integer not null references ledger.treasury,
  venue       text not null constraint venue_plain check (venue ~ '^[0-9A-Za-z][0-9A-Za-z.-]{0,29}$'),
  valid_from  date not null,
  valid_to    date not null,
  name_zh     text not null,
  name_en     text not null,
  address     text not null,
  document    text not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  constraint venue_designated_once primary key (treasury_id, venue, valid_from),
  constraint venue_recorder unique (treasury_id, venue, valid_from, recorded_by),
  foreign key (treasury_id, recorded_by) references ledger.person,
  constraint venue_days_forward check (valid_to >= valid_from),
  constraint venue_text_plain check (name_zh ~ '\S' and name_en ~ '\S' and address ~ '\S' and document ~ '\S'
    and concat(name_zh, name_en, address, document) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en), length(address), length(document)) <= 200)
);
comment on table ledger.venue is '定点场所 a venue designated for meetings, from day to day, by a document';

create table ledger.venue_approval (
  treasury_id integer not null,
  venue       text not null,
  valid_from  date not null,
  recorded_by text not null,
  approved_by text not null,
  approved_at timestamptz not null default now(),
  constraint venue_approved_once primary key (treasury_id, venue, valid_from),
  constraint venue_approval_known foreign key (treasury_id, venue, valid_from, recorded_by)
    references ledger.venue (treasury_id, venue, valid_from, recorded_by),
  foreign key (treasury_id, approved_by) references ledger.person,
  constraint venue_recorder_may_not_approve check (recorded_by <> approved_by)
);
comment on table ledger.venue_approval is '定点场所批准 which venues are designated, and who approved them';

create table ledger.claim (
  treasury_id     integer not null references ledger.treasury,
  claim           text not null constraint claim_plain check (claim ~ '^BX[0-9]{4}-[0-9]{5}$'),
  fiscal_year     smallint not null check (fiscal_year between 1949 and 2999),
  agency          text not null,
  kind            text not null constraint claim_kind_known references ledger.claim_kind,
  claimant        text not null,
  purpose         text not null,
  place           text not null,
  approval_no     text not null,
  persons         integer not null constraint claim_persons_in_range check (persons between 1 and 9999),
  begins_on       date not null,
  ends_on         date not null,
  venue           text,
  venue_from      date,
  departs         boolean not null,
  reason          text not null,
  reason_document text not null,
  saved_by        text not null,
  saved_at        timestamptz not null default now(),
  primary key (treasury_id, claim),
  constraint claim_saver unique (treasury_id, claim, saved_by),
  constraint claim_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, saved_by) references ledger.person,
  constraint claim_venue_designated foreign key (treasury_id, venue, venue_from) references ledger.venue_approval,
  constraint claim_days_within_year check (ends_on >= begins_on and extract(year from begins_on) = fiscal_year
    and extract(year from ends_on) = fiscal_year),
  constraint claim_departure_reasoned check (departs = (reason ~ '\S') and departs = (reason_document ~ '\S')),
  constraint claim_text_plain check (claimant ~ '\S' and purpose ~ '\S' and place ~ '\S' and approval_no ~ '\S'
    and concat(claimant, purpose, place, approval_no, reason, reason_document) !~ '[\x01-\x1f\x7f]'
    and greatest(length(claimant), length(purpose), length(place), length(approval_no), length(reason_document)) <= 200
    and length(reason) <= 400)
);
comment on table ledger.claim is
  '报销单 a claim for what an occasion cost; it departs if it is above a standard or away from the designated venues, and says why';

create table ledger.claim_line (
  treasury_id      integer not null,
  claim            text not null,
  line_no          smallint not null check (line_no > 0),
  standard         text not null,
  standard_version integer not null,
  unit_fen         bigint not null,
  per              text not null check (per = 'time'),
  dept_econ        text not null,
  driver           text not null,
  persons          integer not null check (persons between 1 and 9999),
  units            smallint not null check (units between 1 and 1100),
  ceiling_fen      bigint not null generated always as (unit_fen * persons * units) stored,
  spent_fen        bigint not null constraint claim_amount_in_range check (spent_fen between 1 and 99999999999999),
  primary key (treasury_id, claim, line_no),
  constraint claim_standard_once unique (treasury_id, claim, standard),
  foreign key (treasury_id, claim) references ledger.claim,
  foreign key (treasury_id, standard, standard_version, unit_fen, per, dept_econ, driver)
    references ledger.spending_standard (treasury_id, standard, version, amount_fen, per, dept_econ, driver)
);
comment on table ledger.claim_line is
  '报销明细 what was spent on a standard beside standard × people × days, nights or meals; each standard stands once in a claim';

create table ledger.claim_invoice (
  treasury_id integer not null,
  claim       text not null,
  line_no     smallint not null,
  invoice     text not null constraint claim_invoice_plain check (invoice ~ '^[0-9A-Z][0-9A-Z-]{3,39}$'),
  constraint claim_invoice_once primary key (treasury_id, claim, invoice),
  foreign key (treasury_id, claim, line_no) references ledger.claim_line
);
create index claim_invoice_number on ledger.claim_invoice (treasury_id, invoice);
comment on table ledger.claim_invoice is '报销票据 the invoices of a line; a number is claimed once in a treasury';

create table ledger.claim_step (
  treasury_id integer not null,
  claim       text not null,
  step_no     smallint not null check (step_no between 1 and 2),
  action      text not null constraint claim_action_known check (action in ('approve', 'allow', 'reject', 'withdraw')),
  saved_by    text not null,
  person      text not null,
  remark      text not null constraint claim_remark_plain check (length(remark) <= 400 and remark !~ '[\x01-\x1f\x7f]'),
  document    text not null constraint claim_document_plain check (length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  at          timestamptz not null default now(),
  constraint claim_step_once primary key (treasury_id, claim, step_no),
  constraint claim_step_known foreign key (treasury_id, claim, saved_by) references ledger.claim (treasury_id, claim, saved_by),
  foreign key (treasury_id, person) references ledger.person,
  constraint claim_saver_may_not_approve check ((person = saved_by) = (action = 'withdraw')),
  constraint claim_rejection_reasoned check (action <> 'reject' or remark ~ '\S'),
  constraint claim_allowed_by_document check ((action = 'allow') = (document ~ '\S'))
);
comment on table ledger.claim_step is
  '报销审批 what was done with a claim: the unit approves, the finance division allows what is above a standard';

create view ledger.claim_state with (security_invoker = true) as
  select c.treasury_id, c.claim, c.agency, c.kind, k.dept_econ, c.claimant, c.ends_on, c.departs, c.saved_by,
         case when s.ended is not null then s.ended
              when s.allowed or s.approved and not c.departs then 'approved'
              when s.approved then 'checked' else 'submitted' end as state,
         (select sum(l.spent_fen) from ledger.claim_line l
           where (l.treasury_id, l.claim) = (c.treasury_id, c.claim))::bigint as fen
    from ledger.claim c
    join ledger.claim_kind k using (kind)
    cross join lateral (
      select max(case x.action when 'reject' then 'rejected' when 'withdraw' then 'withdrawn' end) as ended,
             coalesce(bool_or(x.action = 'approve'), false) as approved, coalesce(bool_or(x.action = 'allow'), false) as allowed
        from ledger.claim_step x where (x.treasury_id, x.claim) = (c.treasury_id, c.claim)) s;
comment on view ledger.claim_state is '报销单状态 where each claim stands, and what it comes to';

-- What an event does with a claim that it names as its document; an event of any other kind may not name one.
create function ledger.claim_part(p_kind text) returns text language sql immutable
return case when p_kind in ('payment_reservation', 'held_payment_reservation') then 'apply'
            when p_kind = 'reservation_release' then 'release'
            when p_kind in ('treasury_payment', 'prior_year_indicator_payment', 'direct_payment', 'authorised_payment', 'bank_payment',
                            'card_reimbursement', 'prepayment_settlement') then 'pay'
            when p_kind in ('payment_refund', 'direct_payment_refund', 'authorised_payment_return') then 'refund' end;
comment on function ledger.claim_part(text) is 'whether a kind of event applies for a claim, sets free again, pays or takes back';

create index event_of_claim on ledger.event (treasury_id, document) where document like 'BX%';

create view ledger.claim_event with (security_invoker = true) as
  select e.treasury_id, e.document as claim, e.event_id, e.kind, e.key, e.effective_on, e.posted_by, ledger.claim_part(e.kind) as part,
         (select max(b.fen)::bigint from (
            select sum(p.amount_fen) as fen from ledger.voucher v
              join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
             where (v.treasury_id, v.event_id) = (e.treasury_id, e.event_id) group by v.voucher_id, p.book) b) as fen
    from ledger.event e
   where e.document like 'BX%' and ledger.claim_part(e.kind) is not null
     and not exists (select from ledger.event r where (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id));
comment on view ledger.claim_event is '报销支付 the events that name a claim and were not reversed; what came back is negative';

create function ledger.most_units(p_driver text, p_days integer) returns integer language sql immutable
return case p_driver when 'attendance' then p_days when 'travel_days' then p_days when 'travel_nights' then p_days - 1
                     when 'meals' then 3 * p_days when 'trips' then 1 end;
comment on function ledger.most_units(text, integer) is
  'how often a standard can apply to one person on an occasion of so many days; null if it is no standard of an occasion';

create function ledger.same_name(p_one text, p_other text) returns boolean language sql immutable
return lower(regexp_replace(p_one, '\s', '', 'g')) = lower(regexp_replace(p_other, '\s', '', 'g'));
comment on function ledger.same_name(text, text) is 'whether two names are the same but for blanks and case';

-- The one way in.
create function ledger.record_venue(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
begin
  perform ledger.whole_city(who);
  insert into ledger.venue (treasury_id, venue, valid_from, valid_to, name_zh, name_en, address, document, recorded_by)
  values (who.treasury_id, coalesce(p ->> 'venue', ''), (p ->> 'valid_from')::date, (p ->> 'valid_to')::date, coalesce(p ->> 'name_zh', ''),
          coalesce(p ->> 'name_en', ''), coalesce(p ->> 'address', ''), coalesce(p ->> 'document', ''), who.person);
end $$;
comment on function ledger.record_venue(jsonb) is 'records a venue that is to be designated; the finance division does';

create function ledger.approve_venue(p_venue text, p_valid_from date) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
begin
  perform ledger.whole_city(who);
  insert into ledger.venue_approval (treasury_id, venue, valid_from, recorded_by, approved_by)
  select v.treasury_id, v.venue, v.valid_from, v.recorded_by, who.person from ledger.venue v
   where (v.treasury_id, v.venue, v.valid_from) = (who.treasury_id, p_venue, p_valid_from);
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('venue', p_venue));
  end if;
end $$;
comment on function ledger.approve_venue(text, date) is 'designates a venue that somebody else recorded';

create function ledger.claim_lines(p_treasury_id integer, p_begins_on date, p_ends_on date, p_lines jsonb)
returns table (line_no smallint, standard text, standard_version integer, name_zh text, name_en text, scope text, document_no text,
  unit_fen bigint, per text, dept_econ text, driver text, agency_kind text, persons bigint, units bigint, most integer,
  spent_fen bigint, invoices text[])
language sql stable set search_path = pg_catalog, pg_temp
begin atomic
  select r.place::smallint, r.standard, s.version, s.name_zh, s.name_en, s.scope, s.document_no, s.amount_fen, s.per, s.dept_econ,
         s.driver, s.agency_kind, r.persons, r.units, ledger.most_units(s.driver, p_ends_on - p_begins_on + 1), r.spent_fen,
         coalesce(r.invoices, '{}')
    from rows from (jsonb_to_recordset(p_lines) as (standard text, persons bigint, units bigint, spent_fen bigint, invoices text[]))
         with ordinality as r (standard, persons, units, spent_fen, invoices, place)
    left join ledger.standard_in_force s on (s.treasury_id, s.standard) = (p_treasury_id, r.standard)
      and s.valid_from <= p_begins_on and coalesce(s.until_on > p_begins_on, true);
end;
comment on function ledger.claim_lines(integer, date, date, jsonb) is
  'the lines of a claim with the standards in force on the first day of the occasion, whatever the day of the payment';

create function ledger.save_claim(p jsonb) returns text language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPL']);
  begins date := (p ->> 'begins_on')::date;
  ends date := (p ->> 'ends_on')::date;
  year integer := (p ->> 'fiscal_year')::integer;
  people bigint := (p ->> 'persons')::bigint;
  reasoned boolean := coalesce(p ->> 'reason', '') ~ '\S' and coalesce(p ->> 'reason_document', '') ~ '\S';
  of_kind ledger.claim_kind;
  seat ledger.venue;
  departing boolean := false;
  given text;
  bad record;
begin
  perform ledger.agency_mine(who, p ->> 'agency');
  select k.* into of_kind from ledger.claim_kind k where k.kind = p ->> 'kind';
  if not found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', 'kind', 'code', p ->> 'kind'));
  end if;
  if not (coalesce(ends >= begins and extract(year from begins) = year and extract(year from ends) = year, false)
          and ends <= access.today()) then
    perform ledger.refuse('claim_days_within_year', jsonb_build_object('year', year, 'from', begins, 'to', ends));
  end if;
  if not coalesce(people between 1 and 9999, false) then
    perform ledger.refuse('claim_quantity_fits', jsonb_build_object('persons', people));
  end if;
  -- One after the other: a number, an invoice and a day of travel are given once.
  perform pg_advisory_xact_lock(hashtextextended('claims', who.treasury_id));
  if coalesce(jsonb_array_length(p -> 'lines'), 0) = 0 then
    perform ledger.refuse('claim_has_lines', jsonb_build_object('lines', 0));
  end if;
  select l.* into bad from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l where l.standard_version is null limit 1;
  if found then
    perform ledger.refuse('claim_standard_in_force', jsonb_build_object('line', bad.line_no, 'standard', bad.standard, 'on', begins));
  end if;
  select l.* into bad from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l
   where l.dept_econ <> of_kind.dept_econ or l.per <> 'time' or l.most is null
      or l.agency_kind <> (select a.kind from ledger.agency a where (a.treasury_id, a.agency) = (who.treasury_id, p ->> 'agency')) limit 1;
  if found then
    perform ledger.refuse('claim_standard_fits', jsonb_build_object('line', bad.line_no, 'standard', bad.standard,
      'dept_econ', bad.dept_econ, 'needed', of_kind.dept_econ));
  end if;
  -- A line counts no more people and days than the occasion had, and neither do the lines of one item together: two ranks
  -- share the people, two towns share the nights.
  select l.* into bad
    from (select x.*, sum(x.persons * x.units) over (partition by case x.driver when 'travel_nights' then '' else x.name_zh end, x.driver) as together
            from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') x) l
   where not coalesce(l.persons between 1 and people and l.units between 1 and l.most and l.together <= people * l.most, false) limit 1;
  if found then
    perform ledger.refuse('claim_quantity_fits', jsonb_build_object('line', bad.line_no, 'standard', bad.standard,
      'persons', bad.persons, 'units', bad.units, 'most_persons', people, 'most_units', bad.most));
  end if;
  -- A daily allowance needs no invoice; instead the same person has it once a day.
  select l.* into bad from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l
   where l.driver <> 'travel_days' and cardinality(l.invoices) = 0 limit 1;
  if found then
    perform ledger.refuse('claim_line_proven', jsonb_build_object('line', bad.line_no, 'standard', bad.standard));
  end if;
  select i.invoice, o.claim into bad
    from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l cross join unnest(l.invoices) as i (invoice)
    join ledger.claim_invoice o on (o.treasury_id, o.invoice) = (who.treasury_id, i.invoice)
    join ledger.claim_state s on (s.treasury_id, s.claim) = (o.treasury_id, o.claim) and s.state not in ('rejected', 'withdrawn') limit 1;
  if found then
    perform ledger.refuse('claim_invoice_once', jsonb_build_object('invoice', bad.invoice, 'claim', bad.claim));
  end if;
  select l.standard, c.claim, c.begins_on into bad
    from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l
    join ledger.claim_line o on (o.treasury_id, o.standard) = (who.treasury_id, l.standard)
    join ledger.claim c on (c.treasury_id, c.claim) = (o.treasury_id, o.claim) and c.agency = p ->> 'agency'
     and c.begins_on <= ends and c.ends_on >= begins and ledger.same_name(c.claimant, p ->> 'claimant')
    join ledger.claim_state s on (s.treasury_id, s.claim) = (c.treasury_id, c.claim) and s.state not in ('rejected', 'withdrawn')
   where l.driver = 'travel_days' limit 1;
  if found then
    perform ledger.refuse('claim_allowance_once', jsonb_build_object('standard', bad.standard, 'claim', bad.claim, 'from', bad.begins_on));
  end if;
  -- BUD-020: a designated venue for all the days; BUD-010: nothing above its standard. Both only with a reason and its document.
  if coalesce(p ->> 'venue', '') <> '' then
    select v.* into seat from ledger.venue v join ledger.venue_approval a using (treasury_id, venue, valid_from)
     where (v.treasury_id, v.venue) = (who.treasury_id, p ->> 'venue') and v.valid_from <= begins and v.valid_to >= ends
     order by v.valid_from limit 1;
  end if;
  if seat.venue is null and (of_kind.venue or coalesce(p ->> 'venue', '') <> '') then
    departing := true;
    if not reasoned or coalesce(p ->> 'venue', '') <> '' then
      perform ledger.refuse('claim_venue_designated', jsonb_strip_nulls(jsonb_build_object('venue', nullif(p ->> 'venue', ''), 'from', begins, 'to', ends)));
    end if;
  end if;
  select l.*, l.unit_fen * l.persons * l.units as ceiling_fen into bad
    from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l
   where l.spent_fen > l.unit_fen * l.persons * l.units order by l.line_no limit 1;
  if found then
    departing := true;
    if not reasoned then
      perform ledger.refuse('claim_within_standard', jsonb_build_object('line', bad.line_no, 'standard', bad.standard, 'scope', bad.scope,
        'document', bad.document_no, 'unit_fen', bad.unit_fen, 'ceiling_fen', bad.ceiling_fen, 'spent_fen', bad.spent_fen));
    end if;
  end if;
  select format('BX%s-%s', year, lpad((count(*) + 1)::text, 5, '0')) into given
    from ledger.claim c where c.treasury_id = who.treasury_id and c.fiscal_year = year;
  insert into ledger.claim (treasury_id, claim, fiscal_year, agency, kind, claimant, purpose, place, approval_no, persons, begins_on,
                            ends_on, venue, venue_from, departs, reason, reason_document, saved_by)
  values (who.treasury_id, given, year, p ->> 'agency', of_kind.kind, coalesce(p ->> 'claimant', ''), coalesce(p ->> 'purpose', ''),
          coalesce(p ->> 'place', ''), coalesce(p ->> 'approval_no', ''), people, begins, ends, seat.venue, seat.valid_from, departing,
          case when departing then p ->> 'reason' else '' end, case when departing then p ->> 'reason_document' else '' end, who.person);
  insert into ledger.claim_line (treasury_id, claim, line_no, standard, standard_version, unit_fen, per, dept_econ, driver, persons, units,
                                 spent_fen)
  select who.treasury_id, given, l.line_no, l.standard, l.standard_version, l.unit_fen, l.per, l.dept_econ, l.driver, l.persons, l.units,
         coalesce(l.spent_fen, 0)
    from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l order by l.line_no;
  insert into ledger.claim_invoice (treasury_id, claim, line_no, invoice)
  select who.treasury_id, given, l.line_no, i.invoice
    from ledger.claim_lines(who.treasury_id, begins, ends, p -> 'lines') l cross join unnest(l.invoices) as i (invoice) order by 3, 4;
  return given;
end $$;
comment on function ledger.save_claim(jsonb) is
  'records a claim and gives its number: standards in force on the first day, no more people and days than there were, every invoice once, '
  'nothing above a standard and no meeting away from the designated venues without a reason';

create function ledger.claims_paid(p_claim text) returns table (claim text, paid_fen bigint, paid_on date) language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  who access.identity := access.must_be();
begin
  return query
  select c.claim, coalesce(sum(e.fen), 0)::bigint, max(e.effective_on) filter (where e.part = 'pay')
    from ledger.claim c
    left join ledger.claim_event e on (e.treasury_id, e.claim) = (c.treasury_id, c.claim) and e.part in ('pay', 'refund')
   where c.treasury_id = who.treasury_id and (p_claim is null or c.claim = p_claim)
     and (who.agencies is null or c.agency = any (who.agencies))
   group by c.claim;
end $$;
comment on function ledger.claims_paid(text) is
  'what was paid by each claim that one may see, less what came back: an agency does not see the books that it was paid from';

create function ledger.step_claim(p jsonb) returns text language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  asked text := p ->> 'action';
  who access.identity := access.must_be(case asked when 'approve' then array['UCHK'] when 'allow' then array['REVW']
                                          when 'withdraw' then array['APPL'] else array['UCHK', 'REVW'] end);
  at ledger.claim_state;
  became text;
begin
  select s.* into at from ledger.claim_state s where (s.treasury_id, s.claim) = (who.treasury_id, p ->> 'claim');
  perform ledger.agency_mine(who, at.agency);
  if at.claim is null then
    perform ledger.refuse('budget_record_known', jsonb_build_object('claim', p ->> 'claim'));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('claim' || at.claim, who.treasury_id));
  select s.* into at from ledger.claim_state s where (s.treasury_id, s.claim) = (who.treasury_id, at.claim);
  if not coalesce(case at.state when 'submitted' then asked = 'approve' or asked = 'withdraw' or asked = 'reject' and who.duty = 'UCHK'
                                when 'checked' then asked = 'allow' or asked = 'reject' and who.duty = 'REVW' end, false) then
    perform ledger.refuse('claim_step_follows', jsonb_build_object('claim', at.claim, 'state', at.state));
  end if;
  if asked <> 'withdraw' and (
       exists (select from ledger.person x where (x.treasury_id, x.person) = (who.treasury_id, who.person)
                  and (ledger.same_name(x.name, at.claimant) or ledger.same_name(x.person, at.claimant)))
       or exists (select from ledger.claim_step s where (s.treasury_id, s.claim, s.person) = (who.treasury_id, at.claim, who.person))) then
    perform ledger.refuse('claimant_may_not_approve', jsonb_build_object('claim', at.claim, 'claimant', at.claimant));
  end if;
  insert into ledger.claim_step (treasury_id, claim, step_no, action, saved_by, person, remark, document)
  select who.treasury_id, at.claim, count(*) + 1, asked, at.saved_by, who.person, coalesce(p ->> 'remark', ''), coalesce(p ->> 'document', '')
    from ledger.claim_step s where (s.treasury_id, s.claim) = (who.treasury_id, at.claim);
  select s.state into became from ledger.claim_state s where (s.treasury_id, s.claim) = (who.treasury_id, at.claim);
  return became;
end $$;
comment on function ledger.step_claim(jsonb) is
  'approves, allows, rejects or withdraws a claim and gives its state: the unit approves, the finance division allows what departs, '
  'nobody a claim of their own';

-- Whatever names a claim as its document pays that claim: approved, of the agency and class, after the occasion, and in all
-- no more than it comes to. A reversal counts for the event that it reverses.
create function ledger.claim_paid_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.document like 'BX%' or n.reverses is not null) then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('claim' || d.claim, d.treasury_id))
     from (select distinct n.treasury_id, coalesce(o.document, n.document) as claim
             from new_rows n left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
            where coalesce(o.document, n.document) ~ '^BX[0-9]{4}-[0-9]{5}$' order by 1, 2) d;
  select n.kind, n.key, n.document as claim, s.state into bad
    from new_rows n left join ledger.claim_state s on (s.treasury_id, s.claim) = (n.treasury_id, n.document)
   where n.document ~ '^BX[0-9]{4}-[0-9]{5}$' and n.reverses is null and s.state is distinct from 'approved' limit 1;
  if found then
    raise exception 'claim % is not approved', bad.claim
      using errcode = 'check_violation', constraint = 'claim_approved', table = 'event',
            detail = jsonb_strip_nulls(to_jsonb(bad))::text;
  end if;
  select n.kind, n.key, s.claim, s.agency, s.dept_econ, s.ends_on into bad
    from new_rows n join ledger.claim_state s on (s.treasury_id, s.claim) = (n.treasury_id, n.document)
    cross join lateral (  -- the lines of an agency's own set name no agency
      select coalesce(bool_or(p.dept_econ = s.dept_econ and coalesce(p.agency, b.agency) = s.agency)
                      and bool_and(coalesce(p.dept_econ = s.dept_econ, true)
                                   and coalesce(p.agency, case when b.role = 'agency' then b.agency end, s.agency) = s.agency), false) as fits
        from ledger.voucher v join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
        join ledger.account_set b on (b.treasury_id, b.account_set_id) = (v.treasury_id, v.account_set_id)
       where (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)) m
   where n.reverses is null and (ledger.claim_part(n.kind) is null or n.effective_on < s.ends_on or not m.fits)
   limit 1;
  if found then
    raise exception 'event % does not fit claim %', bad.key, bad.claim
      using errcode = 'check_violation', constraint = 'claim_pays_its_own', table = 'event', detail = to_jsonb(bad)::text;
  end if;
  select n.kind, n.key, s.claim, s.claimant into bad
    from new_rows n join ledger.claim_state s on (s.treasury_id, s.claim) = (n.treasury_id, n.document)
    join ledger.person x on (x.treasury_id, x.person) = (n.treasury_id, n.posted_by)
   where n.reverses is null
     and (ledger.same_name(x.name, s.claimant) or ledger.same_name(x.person, s.claimant) or x.person = s.saved_by
          or exists (select from ledger.claim_step t where (t.treasury_id, t.claim, t.person) = (n.treasury_id, s.claim, x.person)))
   limit 1;
  if found then
    raise exception 'who claims or approves % does not pay it', bad.claim
      using errcode = 'check_violation', constraint = 'claimant_may_not_approve', table = 'event', detail = to_jsonb(bad)::text;
  end if;
  select d.kind, d.key, s.claim, s.fen as approved_fen, m.paid as paid_fen, m.applied as applied_fen into bad
    from (select coalesce(o.document, n.document) as claim, n.treasury_id, min(n.kind) as kind, min(n.key) as key
            from new_rows n left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
           where coalesce(o.document, n.document) ~ '^BX[0-9]{4}-[0-9]{5}$' group by 1, 2) d
    join ledger.claim_state s on (s.treasury_id, s.claim) = (d.treasury_id, d.claim)
    cross join lateral (
      select coalesce(sum(e.fen) filter (where e.part in ('pay', 'refund')), 0)::bigint as paid,
             coalesce(sum(case e.part when 'apply' then e.fen when 'release' then -e.fen when 'refund' then e.fen end), 0)::bigint as applied
        from ledger.claim_event e where (e.treasury_id, e.claim) = (d.treasury_id, d.claim)) m
   where m.paid not between 0 and s.fen or m.applied > s.fen
   limit 1;
  if found then
    raise exception 'claim % comes to less', bad.claim
      using errcode = 'check_violation', constraint = 'claim_not_overpaid', table = 'event', detail = to_jsonb(bad)::text;
  end if;
  return null;
end $$;
create trigger claim_paid_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.claim_paid_checked();
alter table ledger.event enable always trigger claim_paid_checked;

-- What the public may see: which claims ran above a standard or were away from the designated venues, and why; not whose.
create view published.claim_departure with (security_barrier) as
  select c.treasury_id, t.code as treasury, c.fiscal_year, c.claim, c.agency, a.name_zh as agency_zh, a.name_en as agency_en, c.kind,
         k.name_zh as kind_zh, k.name_en as kind_en, c.begins_on, c.ends_on, c.persons,
         l.ceiling_fen, l.spent_fen, l.above_fen, k.venue and c.venue is null as off_list, c.reason, s.document,
         (s.at at time zone interval '8 hours')::date as allowed_on
    from ledger.claim_step s
    join ledger.claim c using (treasury_id, claim)
    join ledger.claim_kind k using (kind)
    join ledger.agency a on (a.treasury_id, a.agency) = (c.treasury_id, c.agency)
    join ledger.treasury t on t.treasury_id = c.treasury_id
    cross join lateral (
      select sum(x.ceiling_fen)::bigint as ceiling_fen, sum(x.spent_fen)::bigint as spent_fen,
             sum(greatest(x.spent_fen - x.ceiling_fen, 0))::bigint as above_fen
        from ledger.claim_line x where (x.treasury_id, x.claim) = (c.treasury_id, c.claim)) l
   where s.action = 'allow';
comment on view published.claim_departure is '超标准报销 claims that were allowed above a standard or away from designated venues, and why';

create or replace view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today,
         (select count(*) from ledger.budget_publication) as budgets, (select count(*) from ledger.standard_approval) as standards,
         (select count(*) from ledger.fund_publication) as funds,
         (select count(*) from ledger.claim_step where action = 'allow') as claims;

-- Who may do what.
do $$
declare
  name text;
begin
  foreach name in array array['venue', 'venue_approval', 'claim', 'claim_line', 'claim_invoice', 'claim_step'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit '
      'using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name = 'claim' then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      when name like 'claim%' then
        format(' and exists (select from ledger.claim c where (c.treasury_id, c.claim) = (%1$I.treasury_id, %1$I.claim))', name)
      else '' end);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.claim_kind, ledger.claim_state, ledger.claim_event to gongku_writer, gongku_compile, gongku_execute,
  gongku_oversee, gongku_audit, gongku_inspect;
grant select on published.claim_departure to gongku_public, gongku_inspect;
grant execute on function ledger.claim_part(text), ledger.most_units(text, integer), ledger.same_name(text, text),
  ledger.claim_lines(integer, date, date, jsonb) to gongku_writer;
grant execute on function ledger.claim_part(text), ledger.most_units(text, integer) to gongku_compile, gongku_execute, gongku_oversee,
  gongku_audit, gongku_inspect;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.record_venue(jsonb)', 'ledger.approve_venue(text, date)', 'ledger.save_claim(jsonb)',
    'ledger.step_claim(jsonb)', 'ledger.claims_paid(text)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.record_venue(jsonb), ledger.approve_venue(text, date), ledger.step_claim(jsonb) to gongku_compile;
grant execute on function ledger.save_claim(jsonb), ledger.step_claim(jsonb) to gongku_execute;
grant execute on function ledger.claims_paid(text) to gongku_compile, gongku_execute, gongku_oversee, gongku_audit;
reset role;
