"""Nothing is sent unasked: on a database with years of orders, installed and updated.

Odoo's own time triggers begin in 1970 on their first run; the rules of the addon must
not. Every rule is switched on as an administrator does it in a list, and every
scheduled action is run: 5,000 customers who left long ago hear nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import ROOT

CUSTOMERS = 5000
ADDON = "customer_lifecycle"

#: Three purchases two years ago, and then nothing.
HISTORY = f"""
    WITH people AS (
         INSERT INTO res_partner
                (name, complete_name, active, partner_share, type, autopost_bills,
                 supplier_rank, customer_rank, create_date, email, email_normalized)
         SELECT 'P' || i, 'P' || i, TRUE, TRUE, 'contact', 'ask', 0, 0, NOW(),
                'p' || i || '@example.com', 'p' || i || '@example.com'
           FROM GENERATE_SERIES(1, {CUSTOMERS}) AS i
      RETURNING id)
    INSERT INTO sale_order
           (name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
            state, date_order, amount_untaxed, currency_id, currency_rate)
    SELECT 'S' || people.id || '-' || days, company.id, people.id, people.id,
           people.id, 'sale', NOW() - MAKE_INTERVAL(days => days), 100,
           company.currency_id, 1
      FROM people, res_company AS company, UNNEST(ARRAY[730, 760, 790]) AS days
"""
#: What would have been sent, or planned to be.
HEARD = """
    SELECT (SELECT COUNT(*) FROM customer_lifecycle_outreach),
           (SELECT COUNT(*) FROM mail_mail AS mail
              JOIN mail_message AS message ON message.id = mail.mail_message_id
             WHERE message.model LIKE 'customer.lifecycle%'
                OR message.model IN ('res.partner', 'sale.order', 'loyalty.card')),
           (SELECT COUNT(*) FROM mail_activity
             WHERE res_model = 'customer.lifecycle'),
           (SELECT COUNT(*) FROM loyalty_card)
"""


@pytest.fixture
def before(databases):
    """A database with years of orders and without the addon."""
    name = databases.clone(os.environ["LIFECYCLE_BASE"])
    databases.execute(HISTORY, name)
    databases.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'P%'", name
    )
    yield name
    databases.drop(name)


def odoo(database: str, *options: str) -> None:
    """Run Odoo to its end."""
    command = [sys.executable, "-m", "odoo", "server", "-d", database, *options]
    subprocess.run(
        [*command, "--stop-after-init", "--no-http"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=600,
    )


def run_crons(server) -> None:
    """Run every scheduled action that could send something, until it has ended.

    A run stops when its time is over, and goes on in the next one.
    """
    crons = server.call(
        "ir.cron",
        "search",
        [
            [
                "|",
                ("model_id.model", "=like", "customer.lifecycle%"),
                ("model_id.model", "=", "base.automation"),
            ]
        ],
        {"context": {"active_test": False}},
    )
    assert len(crons) >= 3
    waiting = True
    while waiting:
        for cron in crons:
            server.call("ir.cron", "method_direct_trigger", [[cron]])
        waiting = server.call("customer.lifecycle.change", "search_count", [[]])


def test_installing_activating_and_updating_sends_nothing(
    before, databases, start_server
):
    odoo(before, "-i", ADDON)
    server = start_server(before)
    run_crons(server)
    lapsed = databases.execute(
        "SELECT COUNT(*) FROM customer_lifecycle WHERE health = 'lapsed'", before
    )
    assert lapsed == [(CUSTOMERS,)]
    assert databases.execute(HEARD, before) == [(0, 0, 0, 0)]

    rules = server.call(
        "base.automation",
        "search",
        [[("model_name", "=", "customer.lifecycle"), ("active", "=", False)]],
    )
    assert len(rules) >= 10
    server.call("base.automation", "write", [rules, {"active": True}])
    run_crons(server)
    assert databases.execute(HEARD, before) == [(0, 0, 0, 0)]
    server.stop()

    odoo(before, "-u", ADDON)
    server = start_server(before)
    run_crons(server)
    assert databases.execute(HEARD, before) == [(0, 0, 0, 0)]
