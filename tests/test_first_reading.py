"""The first reading of a history on a real server, killed half-way."""

from __future__ import annotations

from conftest import wait_until

CUSTOMERS = 4000
STUCK = "the first reading does not go on"

HISTORY = f"""
    WITH people AS (
         INSERT INTO res_partner
                (name, complete_name, active, partner_share, type, autopost_bills,
                 supplier_rank, customer_rank, create_date)
         SELECT 'P' || i, 'P' || i, TRUE, TRUE, 'contact', 'ask', 0, 0, NOW()
           FROM GENERATE_SERIES(1, {CUSTOMERS}) AS i
      RETURNING id),
         orders AS (
         INSERT INTO sale_order
                (name, company_id, partner_id, partner_invoice_id,
                 partner_shipping_id, state, date_order, amount_untaxed,
                 currency_id, currency_rate)
         SELECT 'S' || people.id, company.id, people.id, people.id, people.id, 'sale',
                NOW() - INTERVAL '10 days', 100, company.currency_id, 1
           FROM people, res_company AS company
      RETURNING partner_id, company_id)
    INSERT INTO customer_lifecycle_change
           (partner_ref, company_ref, cause, is_silent, failure_count)
    SELECT partner_id, company_id, 'arrival', TRUE, 0
      FROM orders
"""


def test_killed_first_reading_is_finished_by_the_next_server(
    database, sql, start_server
):
    sql(HISTORY)
    sql("UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'P%'")
    sql("UPDATE ir_cron SET nextcall = NOW() AT TIME ZONE 'UTC' - INTERVAL '1 day'")

    def cards() -> int:
        return sql("SELECT COUNT(*) FROM customer_lifecycle")[0][0]

    def waiting() -> int:
        return sql("SELECT COUNT(*) FROM customer_lifecycle_change")[0][0]

    first = start_server(database, "--max-cron-threads=1")
    wait_until(lambda: cards() > 0, STUCK)
    first.kill()
    sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND pid != pg_backend_pid()"
    )
    half, left = cards(), waiting()
    assert 0 < half < CUSTOMERS
    assert half + left == CUSTOMERS  # what was not done is in the queue again

    start_server(database, "--max-cron-threads=1")
    wait_until(lambda: waiting() == 0, STUCK)
    assert cards() == CUSTOMERS
    moves = sql(
        "SELECT kind, COUNT(*), COUNT(DISTINCT lifecycle_id), BOOL_AND(is_silent)"
        "  FROM customer_lifecycle_transition GROUP BY kind ORDER BY kind"
    )
    assert moves == [
        (kind, CUSTOMERS, CUSTOMERS, True) for kind in ("health", "level", "stage")
    ]
    # Odoo's own digest may be written, but nobody hears of a customer
    assert not sql(
        "SELECT message.subject FROM mail_mail AS mail"
        "  JOIN mail_message AS message ON message.id = mail.mail_message_id"
        " WHERE message.model IN ('customer.lifecycle', 'res.partner', 'sale.order')"
    )
