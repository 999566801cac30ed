"""One event becomes vouchers in every account set that it touches, or nothing."""

from ledger.db import snapshot


def test_a_payment_posts_in_three_account_sets(city):
    city.receive(500000)
    indicator = city.grant(123450)
    posted = city.pay(indicator, 123450)
    with snapshot(city.source) as books:
        rows = books.exec_driver_sql(
            "select s.code, p.account, p.side, p.amount_fen from ledger.voucher v"
            "  join ledger.posting p using (treasury_id, voucher_id)"
            "  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
            " where v.treasury_id = %s and v.event_id = %s order by 1, p.line_no",
            (city.treasury_id, posted.event_id),
        ).all()
    assert [tuple(row) for row in rows] == [
        ("A201-2024", "5001", "D", 123450),
        ("A201-2024", "4001", "C", 123450),
        ("A201-2024", "7101", "D", 123450),
        ("A201-2024", "6001", "C", 123450),
        ("B2024", "5001", "D", 123450),
        ("B2024", "1001", "C", 123450),
        ("B2024", "7001", "D", 123450),
        ("B2024", "8041", "C", 123450),
        ("I2024", "Z701", "D", 123450),
        ("I2024", "Z503", "C", 123450),
    ]
