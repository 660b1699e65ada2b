"""Time Today: 20,000 cards of four salespeople, something waiting with most of them.

Run by ``./dev bench today`` in an Odoo shell.

Everything happens in one transaction that is rolled back: the database stays as it
was. Prints the best and the worst of some runs, in seconds: what the screen asks for.
"""

import time

from odoo.tests import new_test_user

CARDS, SELLERS, RUNS = 20_000, 4, 5
MAKE = """
    SELECT SETSEED(0.5);
    CREATE TEMP TABLE bench_customer ON COMMIT DROP AS
      WITH people AS (
           INSERT INTO res_partner
                  (name, complete_name, active, partner_share, type, autopost_bills,
                   supplier_rank, customer_rank, create_date)
           SELECT 'Bench ' || i, 'Bench ' || i, TRUE, TRUE, 'contact', 'ask', 0, 1,
                  NOW()
             FROM GENERATE_SERIES(1, %(cards)s) AS i
        RETURNING id)
    SELECT id, ROW_NUMBER() OVER (ORDER BY id)::integer AS number FROM people;
    UPDATE res_partner SET commercial_partner_id = id
     WHERE id IN (SELECT id FROM bench_customer);
    CREATE TEMP TABLE bench_card ON COMMIT DROP AS
      WITH cards AS (
    INSERT INTO customer_lifecycle
           (partner_id, company_id, user_id, active, inclusion, stage_id, level_id,
            health, purchase_count, first_purchase_date, last_purchase_date,
            purchase_span_days, interval_days, amount_total, amount_year,
            amount_average, amount_at_stake, expected_amount, due_date, slipping_date,
            lapsed_date, first_touch_date, last_contact_date, regularity, rhythm_span,
            rhythm_log_sum)
    SELECT id, %(company)s, (%(sellers)s::integer[])[1 + number %% %(count)s], TRUE,
           'rule', %(stage)s,
           (SELECT level.id FROM customer_lifecycle_level AS level
          ORDER BY (level.id * number) %% 7 LIMIT 1),
           (ARRAY['on_rhythm', 'due', 'slipping', 'lapsed'])[1 + number %% 4], 12,
           %(today)s - 400, %(today)s - 30, 370, 33, 12000, 9000, 1000,
           FLOOR(RANDOM() * 5000), FLOOR(RANDOM() * 9000), %(today)s - 20,
           %(today)s - 10, %(today)s - number %% 200, %(today)s - 400,
           %(today)s - number %% 300, 'regular', 370, 38
      FROM bench_customer RETURNING id, partner_id, user_id)
    SELECT cards.*, number FROM cards JOIN bench_customer AS customer
        ON customer.id = partner_id;
    INSERT INTO sale_order
           (name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
            state, date_order, amount_untaxed, amount_total, currency_id, currency_rate)
    SELECT 'Bench', %(company)s, id, id, id,
           CASE WHEN place = 1 AND number %% 4 = 0 THEN 'sent' ELSE 'sale' END,
           %(today)s - place * 30 + TIME '12:00', 100, 121, %(currency)s, 1
      FROM bench_customer, GENERATE_SERIES(1, 5) AS place;
    INSERT INTO customer_lifecycle_commitment
           (lifecycle_id, company_id, name, side, kind, state, made_date, due_date)
    SELECT id, %(company)s, 'Bench', 'ours', 'hand',
           CASE WHEN place = 1 AND number %% 5 = 0 THEN 'open' ELSE 'kept' END,
           %(today)s - 40, %(today)s - number %% 30
      FROM bench_card, GENERATE_SERIES(1, 3) AS place;
    INSERT INTO mail_activity
           (res_model_id, res_model, res_id, active, date_deadline, user_id,
            activity_type_id, automated)
    SELECT (SELECT id FROM ir_model WHERE model = document), document,
           CASE document WHEN 'res.partner' THEN partner_id ELSE id END, TRUE,
           %(today)s + number %% 21 - 10, user_id, %(call)s, FALSE
      FROM bench_card,
           UNNEST(ARRAY['customer.lifecycle', 'res.partner']) AS document
     WHERE number %% 3 = 0;
    INSERT INTO mail_message (model, res_id, date, message_type)
    SELECT 'customer.lifecycle', id, NOW() - MAKE_INTERVAL(days => place),
           'comment'
      FROM bench_card, GENERATE_SERIES(1, 10) AS place;
    ANALYZE res_partner; ANALYZE sale_order; ANALYZE customer_lifecycle;
    ANALYZE customer_lifecycle_commitment; ANALYZE mail_activity; ANALYZE mail_message;
"""
COLUMNS = (
    "amount",
    "is_snoozed",
    "kind",
    "next_step",
    "reason",
)


def bench(env):
    """Make the cards, and ask what the screen asks."""
    company = env["res.company"].create({"name": "Benchmark", "lifecycle_tz": "UTC"})
    sellers = [
        new_test_user(
            env,
            login=f"bench_{number}",
            groups="sales_team.group_sale_salesman",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for number in range(SELLERS)
    ]
    env.flush_all()
    env.cr.execute(
        MAKE,
        {
            "cards": CARDS,
            "company": company.id,
            "sellers": [seller.id for seller in sellers],
            "count": SELLERS,
            "stage": env["customer.lifecycle.stage"].search([], limit=1).id,
            "currency": company.currency_id.id,
            "call": env.ref("mail.mail_activity_data_call").id,
            "today": company._lifecycle_today(),
        },
    )
    today = env["customer.lifecycle.today"].with_user(sellers[0])
    today = today.with_context(allowed_company_ids=company.ids)
    mine = [("is_mine", "=", True), ("is_snoozed", "=", False)]
    print(f"lines of mine: {today.search_count(mine)}", flush=True)
    specification = dict.fromkeys(COLUMNS, {}) | {
        "lifecycle_id": {"fields": {"display_name": {}}}
    }
    clock(
        "the list opens: its first 80 lines and their number",
        lambda: today.web_search_read(mine, specification, limit=80),
    )
    clock(
        "everybody's, grouped by salesperson",
        lambda: today.sudo().web_read_group(
            [("is_snoozed", "=", False)], ["user_id"], ["__count"]
        ),
    )
    clock("the app looks whether something waits", today.action_open_app)


def clock(title, ask):
    """Print the best and the worst time of some runs with a cold cache."""
    seconds = []
    for _run in range(RUNS):
        env.invalidate_all()  # noqa: F821 - the shell's
        start = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - start)
    print(f"{min(seconds):7.3f} to {max(seconds):.3f} s  {title}", flush=True)


try:
    bench(env)  # noqa: F821 - the shell's
finally:
    env.cr.rollback()  # noqa: F821
