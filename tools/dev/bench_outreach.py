"""Time 10,000 offers from the rule to the mail queue, and Odoo's own way beside it.

Run in an Odoo shell of a database with the addon that may be thrown away:

    ./dev odoo shell -d DATABASE --no-http <tools/dev/bench_outreach.py

*This addon*: the stage of 10,000 customers is set through the ORM, a rule plans the
offers, the scheduled action sends them through the gate: coupon, mail in the queue,
state. *Odoo*: the same 10,000 get a coupon by ``loyalty.generate.wizard`` (its own
mails off) and a mail with the same text through the composer in mass mode.

Both go on in turns, a thousand customers at a time, so that other work on the machine
disturbs both alike. What a round made is deleted before the next one. Prints for each
round one line a step (seconds on the clock; of processors, PostgreSQL's included;
megabytes at the peak beyond what the process had before), then the ratios.
"""

import os
import time
from datetime import timedelta

from odoo.fields import Command, Date

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
#: Customers of a first, small round: templates and methods are compiled then.
WARM = 60
#: As many as the refresh moves in one transaction.
BATCH = 1000
STEPS = {
    "trigger": "this addon: the stage is set, the rule plans",
    "sender": "this addon: gate, coupons, mails in the queue",
    "wizard": "Odoo: coupons by the wizard",
    "composer": "Odoo: mails in the queue by the composer",
}

MAKE = """
    WITH people AS (
         INSERT INTO res_partner
                (name, complete_name, email, email_normalized, lang, active,
                 partner_share, type, autopost_bills, supplier_rank, customer_rank,
                 create_date)
         SELECT 'Bench ' || i, 'Bench ' || i, 'bench' || i || '@example.com',
                'bench' || i || '@example.com', 'en_US', TRUE, TRUE, 'contact', 'ask',
                0, 1, NOW()
           FROM GENERATE_SERIES(1, %(customers)s) AS i
      RETURNING id),
         orders AS (
         INSERT INTO sale_order
                (name, company_id, partner_id, partner_invoice_id,
                 partner_shipping_id, state, date_order, amount_untaxed, currency_id,
                 currency_rate)
         SELECT 'Bench', %(company)s, people.id, people.id, people.id, 'sale',
                %(today)s - pause * 60 + TIME '12:00', 100, %(currency)s, 1
           FROM people, GENERATE_SERIES(1, 3) AS pause
      RETURNING id, partner_id)
    INSERT INTO sale_order_line
           (order_id, order_partner_id, company_id, currency_id, product_id,
            product_uom_id, name, state, product_uom_qty, qty_delivered, price_unit,
            price_subtotal, price_reduce_taxexcl, price_total, customer_lead)
    SELECT orders.id, orders.partner_id, %(company)s, %(currency)s, %(product)s,
           %(unit)s, 'Thing', 'sale', 1, 1, 100, 100, 100, 100, 0
      FROM orders
"""
CLEAN = """
    UPDATE customer_lifecycle_outreach SET message_id = NULL, coupon_id = NULL;
    DELETE FROM mail_mail;
    DELETE FROM mail_notification;
    DELETE FROM mail_message WHERE model IN ('customer.lifecycle', 'loyalty.card');
    DELETE FROM customer_lifecycle_outreach;
    DELETE FROM loyalty_history;
    DELETE FROM loyalty_card;
"""
WORDS = """
    <p>Dear <t t-out="object.partner_id.name"/>,</p>
    <p>It has been a while. With the code <b><t t-out="object.{code}"/></b> you get ten
    percent off your next order, until <t t-out="format_date(object.{expiry})"/>.</p>
    <p>Your team at <t t-out="object.company_id.name"/></p>
"""


def memory(kind: str) -> float:
    """Return the megabytes of this process: ``VmRSS`` now, ``VmHWM`` at the peak."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith(kind))
    return int(line.split()[1]) / 1024


#: Megabytes of the process with Odoo loaded and nothing done: an idle server.
BEFORE = memory("VmRSS")


class Step:
    """Adds up what is done within it, in turns with other steps.

    ``seconds`` on the clock; ``work``: seconds of processors, of this process and of
    its PostgreSQL backend; ``growth``: megabytes.
    """

    def __init__(self, title: str, cr):
        cr.execute("SELECT pg_backend_pid()")
        self.title, [self.backend] = title, cr.fetchone()
        self.seconds = self.work = self.growth = 0.0

    def __enter__(self):
        with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
            peak.write("5")  # the peak begins anew
        self.start, self.work_start = time.perf_counter(), self._work()

    def __exit__(self, *_error):
        self.seconds += time.perf_counter() - self.start
        self.work += self._work() - self.work_start
        self.growth = max(self.growth, memory("VmHWM") - BEFORE)

    def _work(self) -> float:
        """Return the seconds of processors that both have used so far."""
        with open(f"/proc/{self.backend}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def show(self):
        print(
            f"{self.seconds:9.2f} s {self.work:9.2f} s of work {self.growth:6.0f} MB  "
            f"{self.title}",
            flush=True,
        )


class Bench:
    """A company with 10,000 customers, a program, a rule, and a text for two models."""

    def __init__(self, env):
        self.company = env["res.company"].create(
            {"name": "Benchmark", "lifecycle_tz": "UTC"}
        )
        # no quiet hours: the benchmark runs at any time of the day
        self.company.resource_calendar_id = False
        self.env = env(
            context=dict(env.context, allowed_company_ids=self.company.ids),
        )
        self.stages = {
            stage.code: stage
            for stage in self.env["customer.lifecycle.stage"].search([])
        }
        self.program = self._program()
        self.cards = self._cards()
        self.ours = self._template(
            "customer.lifecycle.outreach", "coupon_code", "offer_expiry_date"
        )
        self.theirs = self._template("loyalty.card", "code", "expiration_date")
        self.rule = self._rule()
        self.env.cr.commit()

    def _program(self):
        return self.env["loyalty.program"].create(
            {
                "name": "Ten percent",
                "program_type": "coupons",
                "company_id": self.company.id,
                "reward_ids": [
                    Command.create({"discount": 10, "discount_mode": "percent"})
                ],
                "communication_plan_ids": [Command.clear()],
            }
        )

    def _cards(self):
        product = self.env["product.product"].create(
            {"name": "Thing", "list_price": 100, "standard_price": 40}
        )
        self.env.flush_all()
        self.env.cr.execute(
            MAKE,
            {
                "customers": CUSTOMERS,
                "company": self.company.id,
                "currency": self.company.currency_id.id,
                "product": product.id,
                "unit": product.uom_id.id,
                "today": self.company._lifecycle_today(),
            },
        )
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id"
            " WHERE name LIKE 'Bench %' RETURNING id"
        )
        partner_ids = [partner_id for (partner_id,) in self.env.cr.fetchall()]
        refresh = self.env["customer.lifecycle.refresh"].sudo()
        for start in range(0, len(partner_ids), BATCH):
            refresh._refresh(
                self.company, partner_ids[start : start + BATCH], is_silent=True
            )
        self.env.cr.commit()
        self.env.cr.execute("ANALYZE")
        self.env.invalidate_all()
        return self.env["customer.lifecycle"].search(
            [("partner_id", "in", partner_ids)], order="id"
        )

    def _template(self, model: str, code: str, expiry: str):
        return self.env["mail.template"].create(
            {
                "name": "Bench",
                "model_id": self.env["ir.model"]._get(model).id,
                "subject": "{{ object.partner_id.name }}, ten percent for you",
                "body_html": WORDS.format(code=code, expiry=expiry),
                "partner_to": "{{ object.partner_id.id }}",
                "lang": "{{ object.partner_id.lang }}",
                "email_from": "shop@example.com",
            }
        )

    def _rule(self):
        model = self.env["ir.model"]._get("customer.lifecycle")
        return self.env["base.automation"].create(
            {
                "name": "Bench",
                "model_id": model.id,
                "trigger": "on_stage_set",
                "trg_field_ref": self.stages["reactivation"].id,
                "lifecycle_mode": "auto",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Offer",
                            "model_id": model.id,
                            "usage": "base_automation",
                            "state": "lifecycle_offer",
                            "lifecycle_program_id": self.program.id,
                            "lifecycle_template_id": self.ours.id,
                            # all of them get it
                            "lifecycle_control_share": 0,
                        }
                    )
                ],
            }
        )

    # -------------------------------------------------------------------------- ways

    def this_addon(self, cards):
        """Go from the rule to the mail queue."""
        with self.steps["trigger"]:
            self._set_stage(cards, "reactivation")
        with self.steps["sender"]:
            # what the scheduled action calls; here without an end of its time
            self.env["customer.lifecycle.sender"]._cron_send()
            self.env.cr.commit()
        self.env.invalidate_all()

    def _set_stage(self, cards, code: str, **context):
        today = self.company._lifecycle_today()
        target = self.stages[code].id
        for start in range(0, len(cards), BATCH):
            batch = cards[start : start + BATCH].with_context(**context)
            batch._move(
                "stage_id", dict.fromkeys(batch.ids, target), cause="rule", date=today
            )
            self.env.cr.commit()
            self.env.invalidate_all()

    def odoo_alone(self, cards):
        """Make coupons and mails with Odoo's own wizards."""
        partner_ids = cards.partner_id.ids
        self.env.invalidate_all()
        until = Date.today() + timedelta(days=30)
        with self.steps["wizard"]:
            coupons = (
                self.env["loyalty.generate.wizard"]
                .with_context(loyalty_no_mail=True)
                .create(
                    {
                        "program_id": self.program.id,
                        "mode": "selected",
                        "customer_ids": [Command.set(partner_ids)],
                        "valid_until": until,
                    }
                )
                .generate_coupons()
            )
            self.env.cr.commit()
        with self.steps["composer"]:
            self.env["mail.compose.message"].create(
                {
                    "composition_mode": "mass_mail",
                    "model": "loyalty.card",
                    "res_ids": coupons.ids,
                    "template_id": self.theirs.id,
                    "email_layout_xmlid": False,
                    "auto_delete": True,
                    "auto_delete_keep_log": True,
                    "use_exclusion_list": True,
                    "force_send": False,
                }
            )._action_send_mail()
            self.env.cr.commit()
        self.env.invalidate_all()

    # ------------------------------------------------------------------------- rounds

    def run(self):
        """Do a small round to compile what is compiled once, then all rounds."""
        self._set_stage(self.cards, "growth", lifecycle_silent=True)
        self.round(self.cards[:WARM])
        for number in range(1, ROUNDS + 1):
            self.round(self.cards)
            print(f"round {number}, {len(self.cards)} customers")
            for step in self.steps.values():
                step.show()
            self.show_ratio("seconds", "on the clock")
            self.show_ratio("work", "of work")

    def round(self, cards):
        """Do both ways for some customers, in turns."""
        self.steps = {name: Step(title, self.env.cr) for name, title in STEPS.items()}
        ways = [self.this_addon, self.odoo_alone]
        for start in range(0, len(cards), BATCH):
            for way in ways:
                way(cards[start : start + BATCH])
            ways.reverse()
        self._check("customer.lifecycle", len(cards))
        self._check("loyalty.card", len(cards))
        self._clean(cards)

    def _check(self, model: str, wanted: int):
        """Stop where not everybody has a mail: it would be no comparison."""
        mails = self.env["mail.mail"].search_count(
            [("model", "=", model), ("state", "=", "outgoing")]
        )
        coupons = self.env["loyalty.card"].search_count([])
        if (mails, coupons) != (wanted, 2 * wanted):
            states = self.env["customer.lifecycle.outreach"]._read_group(
                [], ["state", "reason_code"], ["__count"]
            )
            raise AssertionError(
                f"{mails} mails of {wanted}, {coupons} coupons: {states}"
            )

    def _clean(self, cards):
        """Delete what a round made, and put the customers back."""
        self.env.flush_all()
        self.env.cr.execute(CLEAN)
        self.env.invalidate_all()
        self._set_stage(cards, "growth", lifecycle_silent=True)
        for table in ("mail_mail", "mail_message", "customer_lifecycle_outreach"):
            self.env.cr.execute(f"ANALYZE {table}")
        self.env.cr.commit()

    def show_ratio(self, what: str, word: str):
        """Print how much longer a round took with this addon."""
        trigger, sender, wizard, composer = (
            getattr(step, what) for step in self.steps.values()
        )
        ours, theirs = trigger + sender, wizard + composer
        print(
            f"{ours / theirs:9.2f} times as long {word}"
            f" ({ours:.1f} s / {theirs:.1f} s)",
            flush=True,
        )


Bench(env).run()  # noqa: F821 - the shell's
