select account, closing_fen from published.balance
 where treasury_id = %(treasury)s and code = %(code)s and book = 'budgetary'
