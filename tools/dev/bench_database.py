"""Time the forecast of 200,000 customers, from 372,000 orders in PostgreSQL.

Run in an Odoo shell of a database with the addon:

    ./dev odoo shell -d DATABASE --no-http <tools/dev/bench_database.py

Everything happens in one transaction that is rolled back: the database stays as it
was. Prints one line a step: seconds, those of this process alone, megabytes at its peak
beyond what the process had before the first step, what.
"""

import time
from datetime import timedelta

from odoo.addons.customer_lifecycle.models.customer_lifecycle_purchase import Scope

CUSTOMERS = 200_000
REPEATERS = 80_000
ORDERS = 372_000
DAYS = 900
BATCH = 5_000
ONES = 200

MAKE = """
    SELECT SETSEED(0.5);
    CREATE TEMP TABLE bench_customer ON COMMIT DROP AS
      WITH people AS (
           INSERT INTO res_partner
                  (name, complete_name, active, partner_share, type, autopost_bills,
                   supplier_rank, customer_rank, create_date)
           SELECT 'Bench ' || i, 'Bench ' || i, TRUE, TRUE, 'contact', 'ask', 0, 1,
                  NOW()
             FROM GENERATE_SERIES(1, %(customers)s) AS i
        RETURNING id)
    SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number,
           %(today)s - (FLOOR(RANDOM() * %(days)s))::integer AS first_day
      FROM people;
    CREATE INDEX ON bench_customer (number);
    ANALYZE bench_customer;
    UPDATE res_partner SET commercial_partner_id = id
     WHERE id IN (SELECT id FROM bench_customer);
    CREATE TEMP TABLE bench_order ON COMMIT DROP AS
    SELECT number, first_day AS day FROM bench_customer
     UNION ALL
    -- repeat purchases: few customers make many of them
    SELECT customer.number,
           first_day + FLOOR(place * (%(today)s - first_day + 1))::integer
      FROM (SELECT 1 + FLOOR(%(repeaters)s * POWER(RANDOM(), 1.5))::integer AS number,
                   RANDOM() AS place
              FROM GENERATE_SERIES(1, %(orders)s - %(customers)s)) AS draw
      JOIN bench_customer AS customer USING (number);
    INSERT INTO sale_order
           (name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
            state, date_order, amount_untaxed, currency_id, currency_rate)
    SELECT 'Bench', %(company)s, id, id, id, 'sale', day + TIME '12:00',
           20 + FLOOR(RANDOM() * 200), %(currency)s, 1
      FROM bench_order JOIN bench_customer USING (number);
    ANALYZE res_partner; ANALYZE sale_order;
"""


def memory(kind: str) -> float:
    """Return the megabytes of this process: ``VmRSS`` now, ``VmHWM`` at the peak."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith(kind))
    return int(line.split()[1]) / 1024


#: Megabytes of the process with Odoo loaded and nothing done.
BEFORE = memory("VmRSS")


def print_line(seconds: float, cpu: float, growth: float, title: str):
    """Print one line; without other work, the rest of the seconds is PostgreSQL's."""
    print(f"{seconds:9.4f} s {cpu:9.4f} s here {growth:7.0f} MB  {title}", flush=True)


class Step:
    """Times what is done within, and prints it."""

    def __init__(self, title: str, divisor: int = 1):
        self.title, self.divisor = title, divisor

    def __enter__(self):
        with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
            peak.write("5")  # the peak begins anew
        self.start, self.cpu_start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error):
        self.seconds = (time.perf_counter() - self.start) / self.divisor
        self.cpu = (time.process_time() - self.cpu_start) / self.divisor
        self.growth = max(0.0, memory("VmHWM") - BEFORE)
        print_line(self.seconds, self.cpu, self.growth, self.title)


def make_company(env):
    """Return a company with the customers and orders of the benchmark."""
    company = env["res.company"].create({"name": "Benchmark", "lifecycle_tz": "UTC"})
    env.flush_all()
    env.cr.execute(
        MAKE,
        {
            "company": company.id,
            "currency": company.currency_id.id,
            "customers": CUSTOMERS,
            "repeaters": REPEATERS,
            "orders": ORDERS,
            "days": DAYS,
            "today": company._lifecycle_today(),
        },
    )
    env.cr.execute("SELECT id FROM bench_customer ORDER BY id")
    return company, [partner_id for (partner_id,) in env.cr.fetchall()]


def bench(env):
    """Run all steps."""
    company, partner_ids = make_company(env)
    today = company._lifecycle_today()
    refresh = env["customer.lifecycle.refresh"].sudo().with_company(company)
    fits = env["customer.lifecycle.fit"].sudo()
    with Step(f"first facts of {CUSTOMERS} customers, the forecast among them"):
        write_facts(refresh, company, partner_ids, today)
    env.cr.execute("ANALYZE customer_lifecycle")
    with Step("fit to all purchases, compared with the one in use before") as fit:
        fits._fit_company(company, today)
    with Step("score, dates and chances of all of them, written") as forecast:
        while fits._spread_next({company: today}):
            pass
    print_line(
        fit.seconds + forecast.seconds,
        fit.cpu + forecast.cpu,
        max(fit.growth, forecast.growth),
        "together",
    )
    with Step("facts of all of them again, nothing differs"):
        write_facts(refresh, company, partner_ids, today)
    bench_ones(env, refresh, company, partner_ids)


def write_facts(refresh, company, partner_ids, today):
    """Write the facts of customers in batches, without decisions."""
    for start in range(0, len(partner_ids), BATCH):
        batch = tuple(partner_ids[start : start + BATCH])
        refresh._write_facts(Scope(company, batch, today))


def bench_ones(env, refresh, company, partner_ids):
    """Time one customer at a time, each after one more purchase."""
    ones = partner_ids[100 : 100 + ONES]
    refresh._refresh(company, ones)
    env.cr.execute(
        "INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id,"
        " partner_shipping_id, state, date_order, amount_untaxed, currency_id,"
        " currency_rate) SELECT 'Bench', %s, id, id, id, 'sale',"
        " NOW() AT TIME ZONE 'UTC', 100, %s, 1 FROM UNNEST(%s) AS id",
        (company.id, company.currency_id.id, ones),
    )
    today = company._lifecycle_today()
    forecast = env["customer.lifecycle.forecast"]
    scopes = [Scope(company, (partner_id,), today) for partner_id in ones]
    with Step("one customer after a purchase: its forecast", ONES):
        for scope in scopes:
            forecast._forecast(scope)
    with Step("one customer after a purchase: facts and forecast written", ONES):
        for scope in scopes:
            refresh._write_facts(scope)
    later = today + timedelta(days=1)
    with Step("one customer: the whole refresh, decisions included", ONES):
        for partner_id in ones:
            refresh._refresh(company, [partner_id], as_of=later)


try:
    bench(env)  # noqa: F821 - the shell's
finally:
    env.cr.rollback()  # noqa: F821
