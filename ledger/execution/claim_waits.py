"""What waits among claims: to approve for the unit, to allow for the finance division, to pay."""

from ledger.waiting import day, mine


def standing(state: str) -> str:
    """Give the statement of the claims of a state, without those in which the reader had a part."""
    return f"""
select c.claim, k.name_zh || ' · ' || c.claimant, k.name_en || ' · ' || c.claimant, c.fiscal_year, 1,
       {day("coalesce(max(x.at), c.saved_at)")}, null::date
  from ledger.claim c
  join ledger.claim_kind k using (kind)
  join ledger.claim_state s using (treasury_id, claim)
  left join ledger.claim_step x on (x.treasury_id, x.claim) = (c.treasury_id, c.claim)
 where c.treasury_id = %(t)s and s.state = '{state}' and {mine("c.agency")} and c.saved_by <> %(p)s
 group by c.treasury_id, c.claim, c.saved_at, k.name_zh, k.name_en, c.claimant, c.fiscal_year
having coalesce(bool_and(x.person <> %(p)s), true)"""  # noqa: S608


TO_APPROVE, TO_ALLOW = standing("submitted"), standing("checked")
TO_PAY = f"""
select w.* from ({standing("approved")}) w (subject, name_zh, name_en, year, n, since, due_on)
  join ledger.claim_state s on (s.treasury_id, s.claim) = (%(t)s, w.subject)
  join ledger.claims_paid(null) m on m.claim = w.subject
 where m.paid_fen < s.fen"""  # noqa: S608
