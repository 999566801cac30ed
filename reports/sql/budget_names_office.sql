select scheme, code, name_zh, name_en from ledger.class_code where scheme in ('func', 'dept_econ')
