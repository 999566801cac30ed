select c.code, c.parent, c.name_zh, c.name_en from ledger.class_code c where c.scheme = %(scheme)s
