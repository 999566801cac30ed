select a.code, a.parent, a.name_zh, a.name_en, a.element, a.book, a.normal_side, a.postable
  from ledger.account a where a.chart = %(chart)s order by a.code collate "C"
