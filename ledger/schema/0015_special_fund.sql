-- Special funds (专项资金): applications by cost line, a formal check, experts drawn from a published seed without those in
-- conflict, cuts line by line, a collective decision above the threshold, a public result; no project is funded twice.
set role gongku_owner;

create table ledger.fund_call (
  treasury_id   integer not null references ledger.treasury,
  call          text not null constraint call_plain check (call ~ '^[0-9A-Za-z][0-9A-Za-z.-]{0,29}$'),
  fiscal_year   smallint not null check (fiscal_year between 1949 and 2999),
  name_zh       text not null,
  name_en       text not null,
  fund          text not null,
  func          text not null,
  document      text not null,
  opens_on      date not null,
  closes_on     date not null,
  total_fen     bigint not null constraint call_amount_in_range check (total_fen between 1 and 99999999999999999),
  threshold_fen bigint not null constraint call_threshold_in_range check (threshold_fen >= 0),
  experts       smallint not null constraint call_experts_odd check (experts between 3 and 15 and experts % 2 = 1),
  field         text not null,
  seed_source   text not null,
  opened_by     text not null,
  opened_at     timestamptz not null default now(),
  primary key (treasury_id, call),
  foreign key (treasury_id, opened_by) references ledger.person,
  constraint call_forward check (closes_on >= opens_on),
  constraint call_text_plain check (name_zh ~ '\S' and name_en ~ '\S' and document ~ '\S' and field ~ '\S' and seed_source ~ '\S'
    and concat(name_zh, name_en, document, field, seed_source) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en), length(document), length(field), length(seed_source)) <= 200)
);
comment on table ledger.fund_call is
  '专项资金申报通知 a call for applications: its money, the amount from which a collective decides, how many experts review, '
  'and which public number of a day after the closing one will draw them';

create table ledger.fund_application (
  treasury_id integer not null,
  application text not null constraint application_plain check (application ~ '^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$'),
  call        text not null,
  agency      text not null,
  applicant   text not null,
  project_zh  text not null,
  site        text not null,
  equipment   text not null,
  identity    text not null generated always as (lower(regexp_replace(applicant || '|' || project_zh || '|' || site, '[^[:alnum:]|]', '', 'g'))) stored,
  saved_by    text not null,
  saved_on    date not null,
  saved_at    timestamptz not null default now(),
  primary key (treasury_id, application),
  constraint application_of_call unique (treasury_id, application, call),
  constraint application_saver unique (treasury_id, application, saved_by),
  constraint application_call_known foreign key (treasury_id, call) references ledger.fund_call,
  constraint application_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, saved_by) references ledger.person,
  constraint application_text_plain check (applicant ~ '\S' and project_zh ~ '\S' and site ~ '\S'
    and concat(applicant, project_zh, site, equipment) !~ '[\x01-\x1f\x7f]'
    and greatest(length(applicant), length(project_zh), length(site), length(equipment)) <= 200)
);
create index application_identity on ledger.fund_application (treasury_id, identity);
comment on table ledger.fund_application is '专项资金申报 an application; identity is applicant, project and site without punctuation';

create table ledger.fund_cost (
  treasury_id integer not null,
  application text not null,
  line_no     smallint not null check (line_no > 0),
  item        text not null constraint fund_cost_said check (item ~ '\S' and length(item) <= 200 and item !~ '[\x01-\x1f\x7f]'),
  asked_fen   bigint not null constraint fund_cost_in_range check (asked_fen between 1 and 99999999999999),
  primary key (treasury_id, application, line_no),
  foreign key (treasury_id, application) references ledger.fund_application
);
comment on table ledger.fund_cost is '申报费用明细 the cost lines of an application';

create table ledger.fund_check (
  treasury_id integer not null,
  application text not null,
  saved_by    text not null,
  checked_by  text not null,
  passed      boolean not null,
  reason      text not null,
  checked_at  timestamptz not null default now(),
  constraint fund_checked_once primary key (treasury_id, application),
  constraint fund_check_known foreign key (treasury_id, application, saved_by)
    references ledger.fund_application (treasury_id, application, saved_by),
  foreign key (treasury_id, checked_by) references ledger.person,
  constraint fund_saver_may_not_check check (saved_by <> checked_by),
  constraint fund_check_reasoned check (passed or reason ~ '\S'),
  constraint fund_check_plain check (length(reason) <= 400 and reason !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.fund_check is '形式审查 whether an application is complete, and why not';

create table ledger.expert (
  treasury_id integer not null references ledger.treasury,
  expert      text not null constraint expert_plain check (expert ~ '^[0-9A-Za-z.-]{1,30}$'),
  name        text not null,
  employer    text not null,
  field       text not null,
  listed_by   text not null,
  listed_at   timestamptz not null default now(),
  primary key (treasury_id, expert),
  foreign key (treasury_id, listed_by) references ledger.person,
  constraint expert_text_plain check (name ~ '\S' and employer ~ '\S' and field ~ '\S'
    and concat(name, employer, field) !~ '[\x01-\x1f\x7f]' and greatest(length(name), length(employer), length(field)) <= 200)
);
comment on table ledger.expert is '评审专家 experts who may be drawn, by field; pages show their code, never their name';

create table ledger.expert_tie (
  treasury_id integer not null,
  expert      text not null,
  applicant   text not null constraint expert_tie_said check (applicant ~ '\S' and length(applicant) <= 200),
  tie         text not null constraint expert_tie_reasoned check (tie ~ '\S' and length(tie) <= 200),
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (treasury_id, expert, applicant),
  foreign key (treasury_id, expert) references ledger.expert,
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.expert_tie is '回避关系 which applicants an expert is tied to besides the employer';

create table ledger.expert_draw (
  treasury_id integer not null,
  call        text not null,
  seed        text not null constraint draw_seed_said check (length(seed) between 8 and 200 and seed !~ '[\x01-\x1f\x7f]'),
  seed_source text not null constraint draw_source_said check (seed_source ~ '\S' and length(seed_source) <= 200 and seed_source !~ '[\x01-\x1f\x7f]'),
  drawn_by    text not null,
  drawn_at    timestamptz not null default now(),
  constraint experts_drawn_once primary key (treasury_id, call),
  foreign key (treasury_id, call) references ledger.fund_call,
  foreign key (treasury_id, drawn_by) references ledger.person
);
comment on table ledger.expert_draw is '专家抽取 the draw of a call: a public number made later than the closing day decides, so that anyone can draw again';

create table ledger.drawn_expert (
  treasury_id integer not null,
  call        text not null,
  expert      text not null,
  lot         bytea not null,
  place       smallint not null,
  excluded    text,
  seat        smallint,
  primary key (treasury_id, call, expert),
  constraint drawn_place_once unique (treasury_id, call, place),
  constraint drawn_seat_once unique (treasury_id, call, seat),
  foreign key (treasury_id, call) references ledger.expert_draw,
  foreign key (treasury_id, expert) references ledger.expert,
  constraint drawn_excluded_has_no_seat check (excluded is null or seat is null)
);
comment on table ledger.drawn_expert is
  '抽取结果 every expert of the field in the order of the lots; a tie to an applicant excludes, the first others have the seats';

create table ledger.expert_opinion (
  treasury_id integer not null,
  application text not null,
  call        text not null,
  expert      text not null,
  score       smallint not null constraint opinion_score_in_range check (score between 0 and 100),
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  constraint opinion_once primary key (treasury_id, application, expert),
  foreign key (treasury_id, application, call) references ledger.fund_application (treasury_id, application, call),
  constraint opinion_of_drawn_expert foreign key (treasury_id, call, expert) references ledger.drawn_expert,
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.expert_opinion is '专家意见 the score that a drawn expert gives an application';

create table ledger.opinion_line (
  treasury_id integer not null,
  application text not null,
  expert      text not null,
  line_no     smallint not null,
  allowed_fen bigint not null constraint opinion_not_negative check (allowed_fen >= 0),
  reason      text not null,
  primary key (treasury_id, application, expert, line_no),
  foreign key (treasury_id, application, expert) references ledger.expert_opinion (treasury_id, application, expert),
  constraint opinion_line_known foreign key (treasury_id, application, line_no) references ledger.fund_cost,
  constraint opinion_reason_plain check (length(reason) <= 400 and reason !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.opinion_line is '逐项审减 what an expert leaves of each cost line, and why';

create table ledger.fund_decision (
  treasury_id    integer not null,
  application    text not null,
  identity       text not null,
  granted        boolean not null,
  granted_fen    bigint not null check (granted_fen >= 0),
  members        smallint not null check (members >= 1),
  present        smallint not null,
  votes_for      smallint not null,
  votes_against  smallint not null,
  minutes_sha256 bytea,
  reason         text not null constraint decision_reasoned check (reason ~ '\S' and length(reason) <= 400 and reason !~ '[\x01-\x1f\x7f]'),
  decided_on     date not null,
  decided_by     text not null,
  decided_at     timestamptz not null default now(),
  constraint fund_decided_once primary key (treasury_id, application),
  foreign key (treasury_id, application) references ledger.fund_application,
  foreign key (treasury_id, decided_by) references ledger.person,
  constraint decision_votes_counted check (present between 0 and members and votes_for >= 0 and votes_against >= 0
    and votes_for + votes_against <= present),
  constraint decision_amount_fits check (granted = (granted_fen > 0))
);
create unique index fund_once_per_project on ledger.fund_decision (treasury_id, identity) where granted;
comment on table ledger.fund_decision is
  '审议决定 the decision on an application; above the threshold by a collective with quorum, majority and minutes';

create table ledger.fund_publication (
  treasury_id  integer not null,
  call         text not null,
  published_by text not null,
  published_at timestamptz not null default now(),
  constraint fund_published_once primary key (treasury_id, call),
  foreign key (treasury_id, call) references ledger.fund_call,
  foreign key (treasury_id, published_by) references ledger.person
);
comment on table ledger.fund_publication is '专项资金结果公开 which calls have their results public';

-- What an application comes to: of each line the middle of the opinions, so that one expert alone moves nothing.
create view ledger.fund_line with (security_invoker = true) as
  select c.treasury_id, c.application, c.line_no, c.item, c.asked_fen, count(o.expert) as opinions,
         (array_agg(o.allowed_fen order by o.allowed_fen) filter (where o.expert is not null))[(count(o.expert)::integer + 1) / 2] as allowed_fen,
         string_agg(o.reason, '；' order by o.expert) filter (where o.allowed_fen < c.asked_fen) as reasons
    from ledger.fund_cost c
    left join ledger.opinion_line o using (treasury_id, application, line_no)
   group by c.treasury_id, c.application, c.line_no;
comment on view ledger.fund_line is '评审明细 each cost line with the middle of what the experts leave of it';

-- The one way in.
create function ledger.open_fund_call(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  bad record;
begin
  perform ledger.whole_city(who);
  select x.scheme, x.code into bad from (values ('fund', p ->> 'fund'), ('func', p ->> 'func')) x (scheme, code)
   where not exists (select from ledger.class_code k where (k.scheme, k.code) = (x.scheme, x.code) and k.leaf) limit 1;
  if found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', bad.scheme, 'code', bad.code));
  end if;
  insert into ledger.fund_call (treasury_id, call, fiscal_year, name_zh, name_en, fund, func, document, opens_on, closes_on,
                                total_fen, threshold_fen, experts, field, seed_source, opened_by)
  values (who.treasury_id, p ->> 'call', (p ->> 'fiscal_year')::smallint, coalesce(p ->> 'name_zh', ''),
          coalesce(p ->> 'name_en', ''), p ->> 'fund', p ->> 'func', coalesce(p ->> 'document', ''), (p ->> 'opens_on')::date,
          (p ->> 'closes_on')::date, (p ->> 'total_fen')::bigint, (p ->> 'threshold_fen')::bigint,
          (p ->> 'experts')::smallint, coalesce(p ->> 'field', ''), coalesce(p ->> 'seed_source', ''), who.person);
end $$;
comment on function ledger.open_fund_call(jsonb) is 'opens a call for applications; the finance division does';

create function ledger.apply_for_fund(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  called ledger.fund_call;
begin
  perform ledger.agency_mine(who, p ->> 'agency');
  select c.* into called from ledger.fund_call c where (c.treasury_id, c.call) = (who.treasury_id, p ->> 'call');
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('call', p ->> 'call'));
  end if;
  if not coalesce((p ->> 'saved_on')::date between called.opens_on and called.closes_on, false) then
    perform ledger.refuse('application_in_time', jsonb_build_object('call', called.call, 'from', called.opens_on, 'to', called.closes_on));
  end if;
  if (p ->> 'saved_on')::date > access.today()
     or exists (select from ledger.expert_draw d where (d.treasury_id, d.call) = (who.treasury_id, called.call)) then
    perform ledger.refuse('application_in_time', jsonb_build_object('call', called.call));
  end if;
  insert into ledger.fund_application (treasury_id, application, call, agency, applicant, project_zh, site, equipment, saved_by, saved_on)
  values (who.treasury_id, p ->> 'application', called.call, p ->> 'agency', coalesce(p ->> 'applicant', ''),
          coalesce(p ->> 'project_zh', ''), coalesce(p ->> 'site', ''), coalesce(p ->> 'equipment', ''), who.person, (p ->> 'saved_on')::date);
  insert into ledger.fund_cost (treasury_id, application, line_no, item, asked_fen)
  select who.treasury_id, p ->> 'application', r.place, coalesce(r.item, ''), r.asked_fen
    from rows from (jsonb_to_recordset(coalesce(p -> 'costs', '[]')) as (item text, asked_fen bigint)) with ordinality as r (item, asked_fen, place);
  if not found then
    perform ledger.refuse('application_has_costs', jsonb_build_object('application', p ->> 'application'));
  end if;
end $$;
comment on function ledger.apply_for_fund(jsonb) is 'saves an application with its cost lines while the call is open';

create function ledger.check_application(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
begin
  perform ledger.agency_mine(who, a.agency) from ledger.fund_application a
   where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  insert into ledger.fund_check (treasury_id, application, saved_by, checked_by, passed, reason)
  select a.treasury_id, a.application, a.saved_by, who.person, (p ->> 'passed')::boolean, coalesce(p ->> 'reason', '')
    from ledger.fund_application a where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('application', p ->> 'application'));
  end if;
end $$;
comment on function ledger.check_application(jsonb) is 'records the formal check of an application that somebody else saved';

create function ledger.list_experts(p_experts jsonb, p_ties jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PEXP']);
  made integer;
begin
  perform ledger.whole_city(who);
  insert into ledger.expert (treasury_id, expert, name, employer, field, listed_by)
  select who.treasury_id, r.expert, coalesce(r.name, ''), coalesce(r.employer, ''), coalesce(r.field, ''), who.person
    from jsonb_to_recordset(p_experts) as r (expert text, name text, employer text, field text);
  get diagnostics made = row_count;
  insert into ledger.expert_tie (treasury_id, expert, applicant, tie, recorded_by)
  select who.treasury_id, r.expert, coalesce(r.applicant, ''), coalesce(r.tie, ''), who.person
    from jsonb_to_recordset(p_ties) as r (expert text, applicant text, tie text);
  return made;
end $$;
comment on function ledger.list_experts(jsonb, jsonb) is 'adds experts to the pool, and ties that exclude them';

create function ledger.draw_experts(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PEXP']);
  called ledger.fund_call;
  seated integer;
begin
  perform ledger.whole_city(who);
  select c.* into called from ledger.fund_call c where (c.treasury_id, c.call) = (who.treasury_id, p ->> 'call');
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('call', p ->> 'call'));
  end if;
  if access.today() <= called.closes_on then
    perform ledger.refuse('draw_after_closing', jsonb_build_object('call', called.call, 'closes_on', called.closes_on));
  end if;
  insert into ledger.expert_draw (treasury_id, call, seed, seed_source, drawn_by)
  values (who.treasury_id, called.call, coalesce(p ->> 'seed', ''), called.seed_source, who.person);
  insert into ledger.drawn_expert (treasury_id, call, expert, lot, place, excluded, seat)
  select who.treasury_id, called.call, o.expert, o.lot, o.place, o.excluded,
         case when o.excluded is null and o.turn <= called.experts then o.turn end
    from (select l.*, row_number() over (order by l.lot) as place,
                 row_number() over (partition by l.excluded is null order by l.lot) as turn
            from (select e.expert, sha256(convert_to((p ->> 'seed') || '|' || called.call || '|' || e.expert, 'UTF8')) as lot,
                         (select min(a.applicant) from ledger.fund_application a
                           where (a.treasury_id, a.call) = (who.treasury_id, called.call)
                             and (a.applicant = e.employer or exists (
                               select from ledger.expert_tie t where (t.treasury_id, t.expert, t.applicant)
                                 = (who.treasury_id, e.expert, a.applicant)))) as excluded
                    from ledger.expert e where (e.treasury_id, e.field) = (who.treasury_id, called.field)) l) o;
  select count(*) into seated from ledger.drawn_expert d where (d.treasury_id, d.call) = (who.treasury_id, called.call) and d.seat is not null;
  if seated < called.experts then
    perform ledger.refuse('draw_has_experts', jsonb_build_object('call', called.call, 'needed', called.experts, 'free', seated));
  end if;
  return seated;
end $$;
comment on function ledger.draw_experts(jsonb) is
  'draws the experts of a call after its closing day: the lot of each is the SHA-256 of seed|call|expert, the lowest without a tie sit';

create function ledger.record_opinion(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PRRV']);
  applied ledger.fund_application;
  bad record;
begin
  perform ledger.agency_mine(who, a.agency) from ledger.fund_application a
   where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  select a.* into applied from ledger.fund_application a
   where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  if not exists (select from ledger.fund_check c where (c.treasury_id, c.application) = (who.treasury_id, p ->> 'application') and c.passed) then
    perform ledger.refuse('opinion_after_check', jsonb_build_object('application', p ->> 'application'));
  end if;
  if not exists (select from ledger.drawn_expert d where (d.treasury_id, d.call, d.expert)
                   = (who.treasury_id, applied.call, p ->> 'expert') and d.seat is not null) then
    perform ledger.refuse('opinion_of_drawn_expert', jsonb_build_object('application', applied.application, 'expert', p ->> 'expert'));
  end if;
  if exists (select from ledger.fund_decision d where (d.treasury_id, d.application) = (who.treasury_id, applied.application)) then
    perform ledger.refuse('fund_decided_once', jsonb_build_object('application', applied.application));
  end if;
  select c.line_no into bad from ledger.fund_cost c
    left join jsonb_to_recordset(coalesce(p -> 'lines', '[]')) as r (line_no smallint, allowed_fen bigint, reason text) using (line_no)
   where (c.treasury_id, c.application) = (who.treasury_id, applied.application)
     and (r.line_no is null or r.allowed_fen > c.asked_fen or r.allowed_fen < c.asked_fen and coalesce(r.reason, '') !~ '\S') limit 1;
  if found then
    perform ledger.refuse('opinion_only_lowers', jsonb_build_object('application', applied.application, 'line', bad.line_no));
  end if;
  insert into ledger.expert_opinion (treasury_id, application, call, expert, score, recorded_by)
  values (who.treasury_id, applied.application, applied.call, p ->> 'expert', (p ->> 'score')::smallint, who.person);
  insert into ledger.opinion_line (treasury_id, application, expert, line_no, allowed_fen, reason)
  select who.treasury_id, applied.application, p ->> 'expert', r.line_no, r.allowed_fen, coalesce(r.reason, '')
    from jsonb_to_recordset(p -> 'lines') as r (line_no smallint, allowed_fen bigint, reason text);
end $$;
comment on function ledger.record_opinion(jsonb) is
  'records what a drawn expert leaves of every cost line of a checked application; nothing is raised, every cut has its reason';

create function ledger.decide_application(p jsonb) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
  applied ledger.fund_application;
  called ledger.fund_call;
  come_to bigint;
  given bigint;
  judged integer;
begin
  perform ledger.agency_mine(who, a.agency) from ledger.fund_application a
   where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  select a.* into applied from ledger.fund_application a
   where (a.treasury_id, a.application) = (who.treasury_id, p ->> 'application');
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('application', p ->> 'application'));
  end if;
  select c.* into called from ledger.fund_call c where (c.treasury_id, c.call) = (who.treasury_id, applied.call);
  perform pg_advisory_xact_lock(hashtextextended('call' || called.call, who.treasury_id));
  select sum(l.allowed_fen)::bigint, min(l.opinions) into come_to, judged from ledger.fund_line l
   where (l.treasury_id, l.application) = (who.treasury_id, applied.application);
  if (p ->> 'granted')::boolean then
    if judged < called.experts then
      perform ledger.refuse('decision_after_opinions',
        jsonb_build_object('application', applied.application, 'opinions', judged, 'needed', called.experts));
    end if;
    if come_to >= called.threshold_fen and (
         (p ->> 'minutes_sha256') !~ '^[0-9a-f]{64}$' or p ->> 'minutes_sha256' is null
         or 3 * (p ->> 'present')::integer < 2 * (p ->> 'members')::integer
         or 2 * (p ->> 'votes_for')::integer <= (p ->> 'members')::integer) then
      perform ledger.refuse('decision_of_collective',
        jsonb_build_object('application', applied.application, 'amount_fen', come_to, 'threshold_fen', called.threshold_fen));
    end if;
    select coalesce(sum(d.granted_fen), 0) into given from ledger.fund_decision d join ledger.fund_application a using (treasury_id, application)
     where (a.treasury_id, a.call) = (who.treasury_id, called.call);
    if given + come_to > called.total_fen then
      perform ledger.refuse('decision_within_call',
        jsonb_build_object('application', applied.application, 'free_fen', called.total_fen - given, 'asked_fen', come_to));
    end if;
  end if;
  insert into ledger.fund_decision (treasury_id, application, identity, granted, granted_fen, members, present, votes_for,
                                    votes_against, minutes_sha256, reason, decided_on, decided_by)
  values (who.treasury_id, applied.application, applied.identity, (p ->> 'granted')::boolean,
          case when (p ->> 'granted')::boolean then come_to else 0 end, (p ->> 'members')::smallint, (p ->> 'present')::smallint,
          (p ->> 'votes_for')::smallint, (p ->> 'votes_against')::smallint,
          case when p ->> 'minutes_sha256' ~ '^[0-9a-f]{64}$' then decode(p ->> 'minutes_sha256', 'hex') end,
          coalesce(p ->> 'reason', ''), (p ->> 'decided_on')::date, who.person);
  return case when (p ->> 'granted')::boolean then come_to else 0 end;
end $$;
comment on function ledger.decide_application(jsonb) is
  'grants what the experts leave of an application, or refuses it; from the threshold on with two thirds present, a majority of all '
  'members and minutes; never beyond the call, and no project twice';

create function ledger.publish_fund(p_call text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
  bad record;
begin
  perform ledger.whole_city(who);
  if not exists (select from ledger.fund_call c where (c.treasury_id, c.call) = (who.treasury_id, p_call)) then
    perform ledger.refuse('budget_record_known', jsonb_build_object('call', p_call));
  end if;
  -- Nobody can still apply, and whoever did is checked and, having passed, decided.
  select c.call, a.application into bad
    from ledger.fund_call c
    left join lateral (
      select x.application from ledger.fund_application x
        left join ledger.fund_check k using (treasury_id, application)
       where (x.treasury_id, x.call) = (c.treasury_id, c.call)
         and (k.application is null or k.passed and not exists (
           select from ledger.fund_decision d where (d.treasury_id, d.application) = (x.treasury_id, x.application)))
       order by x.application limit 1) a on true
   where (c.treasury_id, c.call) = (who.treasury_id, p_call) and (c.closes_on >= access.today() or a.application is not null);
  if found then
    perform ledger.refuse('fund_published_whole', jsonb_strip_nulls(jsonb_build_object('call', bad.call, 'application', bad.application)));
  end if;
  insert into ledger.fund_publication (treasury_id, call, published_by) values (who.treasury_id, p_call, who.person);
end $$;
comment on function ledger.publish_fund(text) is 'publishes the results of a call once every checked application is decided';

-- What the public may see.
create view published.fund_call with (security_barrier) as
  select c.treasury_id, t.code as treasury, c.call, c.fiscal_year, c.name_zh, c.name_en, c.fund, c.func, c.document, c.opens_on,
         c.closes_on, c.total_fen, c.threshold_fen, c.experts, c.field, d.seed, d.seed_source, d.drawn_at, p.published_at
    from ledger.fund_publication p
    join ledger.fund_call c using (treasury_id, call)
    join ledger.treasury t using (treasury_id)
    left join ledger.expert_draw d using (treasury_id, call);
comment on view published.fund_call is '专项资金 the calls whose results are public, with the seed of their draw';

create view published.fund_result with (security_barrier) as
  select a.treasury_id, t.code as treasury, a.call, a.application, a.agency, a.applicant, a.project_zh, a.site,
         (select sum(c.asked_fen) from ledger.fund_cost c
           where (c.treasury_id, c.application) = (a.treasury_id, a.application))::bigint as asked_fen,
         coalesce(d.granted_fen, 0) as granted_fen, coalesce(d.granted, false) as granted,
         case when k.passed then d.reason else k.reason end as reason, d.members, d.present, d.votes_for, d.votes_against,
         encode(d.minutes_sha256, 'hex') as minutes_sha256, d.decided_on
    from ledger.fund_publication p
    join ledger.fund_application a using (treasury_id, call)
    join ledger.treasury t using (treasury_id)
    join ledger.fund_check k using (treasury_id, application)
    left join ledger.fund_decision d using (treasury_id, application);
comment on view published.fund_result is '评审结果 who asked for how much, who was granted how much, and why';

create view published.fund_draw with (security_barrier) as
  select d.treasury_id, t.code as treasury, d.call, d.expert, encode(d.lot, 'hex') as lot, d.place, d.excluded is not null as excluded, d.seat
    from ledger.fund_publication p
    join ledger.drawn_expert d using (treasury_id, call)
    join ledger.treasury t using (treasury_id);
comment on view published.fund_draw is '抽取公示 the lots of all experts of the field by code, so that anyone can draw again';

-- Who may do what.
do $$
declare
  name text;
begin
  foreach name in array array['fund_call', 'fund_application', 'fund_cost', 'fund_check', 'expert', 'expert_tie', 'expert_draw',
    'drawn_expert', 'expert_opinion', 'opinion_line', 'fund_decision', 'fund_publication'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name = 'fund_application' then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      else '' end);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.fund_line to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish,
  gongku_inspect;
grant select on published.fund_call, published.fund_result, published.fund_draw to gongku_public, gongku_inspect;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.open_fund_call(jsonb)', 'ledger.apply_for_fund(jsonb)', 'ledger.check_application(jsonb)',
    'ledger.list_experts(jsonb, jsonb)', 'ledger.draw_experts(jsonb)', 'ledger.record_opinion(jsonb)',
    'ledger.decide_application(jsonb)', 'ledger.publish_fund(text)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.open_fund_call(jsonb), ledger.apply_for_fund(jsonb), ledger.check_application(jsonb),
  ledger.decide_application(jsonb) to gongku_compile;
grant execute on function ledger.list_experts(jsonb, jsonb), ledger.draw_experts(jsonb), ledger.record_opinion(jsonb) to gongku_execute;
grant execute on function ledger.publish_fund(text) to gongku_publish;
reset role;
