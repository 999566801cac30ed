-- The years of each treasury whose bureau, indicators or department budgets are published, the newest first.
select y.treasury, y.fiscal_year, t.name_zh, t.name_en, t.demo
  from (select s.treasury, s.fiscal_year from published.account_set s where s.role in ('bureau', 'indicator')
        union select b.treasury, b.fiscal_year from published.budget b) y
  join (select s.treasury, min(s.treasury_zh) as name_zh, min(s.treasury_en) as name_en, bool_or(s.demo) as demo
          from published.account_set s group by 1) t using (treasury)
 order by y.treasury, y.fiscal_year desc
