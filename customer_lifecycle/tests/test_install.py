from dataclasses import replace
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.customer_lifecycle.hooks import post_init_hook
from odoo.addons.customer_lifecycle.tools.model import Population

from .common import TODAY
from .test_refresh import RefreshCommon


class ArrivalCommon(RefreshCommon):
    """A company with a history, and automations that count in the card's color."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steady, cls.gone, cls.prospect, cls.child = cls.env["res.partner"].create(
            [{"name": name} for name in ("Steady", "Gone", "Prospect", "Child")]
        )
        cls._purchases(cls.steady, 5, 25, 45, 65)
        cls._purchases(cls.gone, 900)
        cls._quotation(cls.prospect)
        cls.parent = cls._customer("Parent", is_company=True)
        cls.child.parent_id = cls.parent
        cls._purchase(cls.child, 3)
        cls.customers = cls.steady + cls.gone + cls.prospect + cls.parent
        model = cls.env["ir.model"]._get("customer.lifecycle")
        cls.env["base.automation"].create(
            [
                {
                    "name": f"Count moves into {stage.name}",
                    "model_id": model.id,
                    "trigger": "on_stage_set",
                    "trg_field_ref": stage.id,
                    "action_server_ids": [
                        Command.create(
                            {
                                "name": "Count",
                                "model_id": model.id,
                                "state": "code",
                                "code": "record.write({'color': record.color + 1})",
                            }
                        )
                    ],
                }
                for stage in cls.stages.values()
            ]
        )
        cls._begin()

    def setUp(self):
        super().setUp()
        self.env.cr.precommit.clear()

    def _count(self, model):
        return self.env[model].search_count([])

    def assertColors(self, *colors):
        """Assert how often automations ran, customer by customer."""
        self.env.invalidate_all()
        cards = self._cards(self.customers)
        self.assertEqual([card.color for card in cards], list(colors))

    def assertStages(self, *codes):
        cards = self._cards(self.customers)
        self.assertEqual([card.stage_id.code for card in cards], list(codes))


@tagged("post_install", "-at_install")
class TestInstall(ArrivalCommon):
    """The first day on a database with a history: all cards, and no sound."""

    def test_hook_queues_everybody_silently(self):
        nobody = self._customer("Nobody")
        self._begin()
        post_init_hook(self.env)
        queued = self.changes.search([("company_ref", "=", self.company.id)])
        self.assertEqual(
            sorted(queued.mapped("partner_ref")), sorted(self.customers.ids)
        )
        self.assertNotIn(nobody.id, queued.mapped("partner_ref"))
        self.assertEqual(set(queued.mapped("is_silent")), {True})
        self.assertEqual(set(queued.mapped("cause")), {"arrival"})

    def test_hook_wakes_the_scheduled_action(self):
        triggers = self.env["ir.cron.trigger"].search([])
        post_init_hook(self.env)
        woken = self.env["ir.cron.trigger"].search([]) - triggers
        self.assertEqual(woken.cron_id, self.cron)

    def test_hook_fits_each_company_first(self):
        companies = self.env["res.company"].search([])
        companies.lifecycle_fit_id.unlink()
        post_init_hook(self.env)
        self.assertEqual(companies.lifecycle_fit_id.mapped("is_used"), [True] * 2)
        self.assertRecordValues(
            self.company.lifecycle_fit_id,
            [
                {
                    "date": TODAY,
                    "state": "default",
                    "customer_count": 3,
                    "repeat_count": 1,
                    "typical_days": 20,
                }
            ],
        )

    def test_hook_takes_the_time_zone_of_the_company(self):
        self.company.partner_id.tz = "America/Bogota"
        post_init_hook(self.env)
        self.assertEqual(self.company.lifecycle_tz, "America/Bogota")

    def test_first_run_builds_all_cards(self):
        post_init_hook(self.env)
        with self.enter_registry_test_mode():
            self.assertIs(self.cron.method_direct_trigger(), True)
        self.assertStages("retention", "reactivation", "acquisition", "conversion")
        self.assertFalse(self.changes.search([]))

    def test_first_run_starts_no_automation(self):
        post_init_hook(self.env)
        self._run()
        self.assertColors(0, 0, 0, 0)
        moves = self._cards(self.customers).transition_ids
        self.assertEqual(len(moves), 4 * 3 - 1)  # the prospect's health is unknown
        self.assertEqual(set(moves.mapped("is_silent")), {True})
        self.assertEqual(set(moves.mapped("cause")), {"arrival"})

    def test_first_run_sends_nothing(self):
        models = ("mail.mail", "mail.message", "mail.activity", "mail.notification")
        before = [self._count(model) for model in models]
        post_init_hook(self.env)
        self._run()
        self.env.flush_all()
        self.assertEqual([self._count(model) for model in models], before)
        self.assertEqual(len(self._cards(self.customers)), 4)

    def test_second_hook_moves_nobody(self):
        for _time in range(2):
            post_init_hook(self.env)
            self._run()
        self.assertEqual(len(self._cards(self.customers).transition_ids), 11)
        self.assertColors(0, 0, 0, 0)


@tagged("post_install", "-at_install")
class TestSilence(ArrivalCommon):
    """After the first day: which moves are heard, and which are not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.changes._mark_everybody("arrival", cls.company)
        cls._refresh_quietly()

    @classmethod
    def _refresh_quietly(cls):
        cls.refresher._refresh(
            cls.company, cls.customers.ids, as_of=TODAY, is_silent=True
        )
        cls._begin()

    def test_purchase_is_heard_once(self):
        self._purchase(self.prospect, 0)
        self._run()
        self.assertStages("retention", "reactivation", "conversion", "conversion")
        self.assertColors(0, 0, 1, 0)
        self._run()
        self._run(on=TODAY + timedelta(days=1))
        self.assertColors(0, 0, 1, 0)

    def test_lapse_is_heard_once(self):
        self.env["customer.lifecycle.fit"]._fit(self.company)  # as in the weeks to come
        self._run()
        lapsed = self._cards(self.steady).lapsed_date
        self._run(on=lapsed - timedelta(days=1))
        self.assertColors(0, 0, 0, 0)
        self._run(on=lapsed)
        self.assertStages("reactivation", "reactivation", "acquisition", "conversion")
        self.assertColors(1, 0, 0, 0)
        self._run(on=lapsed + timedelta(days=1))
        self.assertColors(1, 0, 0, 0)

    def test_move_by_hand_is_heard_once(self):
        self._cards(self.prospect).stage_id = self.stages["growth"]
        self.assertColors(0, 0, 1, 0)
        self._run()
        self.assertStages("retention", "reactivation", "growth", "conversion")
        self.assertColors(0, 0, 1, 0)

    def test_edited_rule_is_not_heard(self):
        self.stages["growth"].rule_domain = '[("purchase_count", ">=", 1)]'
        self.stages["retention"].rule_domain = '[("purchase_count", ">=", 5)]'
        self._run()
        self.assertStages("growth", "reactivation", "acquisition", "growth")
        self.assertColors(0, 0, 0, 0)

    def _enter(self, *days_ago, **context):
        """Create confirmed orders with their true dates, as an import does."""
        self.env["sale.order"].with_context(**context).create(
            [
                {
                    "partner_id": self.prospect.id,
                    "date_order": TODAY - timedelta(days=days),
                    "state": "sale",
                    "order_line": [
                        Command.create(
                            {"product_id": self.product.id, "price_unit": 10}
                        )
                    ],
                }
                for days in days_ago
            ]
        )

    def test_import_is_not_heard(self):
        self._enter(5, 0, import_file=True)
        self._run()
        self.assertStages("retention", "reactivation", "growth", "conversion")
        self.assertColors(0, 0, 0, 0)

    def test_same_orders_entered_one_by_one_are_heard(self):
        self._enter(5)
        self._enter(0)
        self._run()
        self.assertStages("retention", "reactivation", "growth", "conversion")
        self.assertColors(0, 0, 1, 0)

    def test_old_order_entered_now_is_not_heard(self):
        self._enter(400)
        self._run()
        self.assertStages("retention", "reactivation", "reactivation", "conversion")
        self.assertColors(0, 0, 0, 0)

    def test_refit_is_not_heard(self):
        # as if everybody bought several times a day
        hasty = replace(Population.default(), r=5.0, alpha=1.0)
        self._use_population(hasty)._spread_again()
        self._run()
        self.assertStages("retention", "reactivation", "acquisition", "reactivation")
        self.assertColors(0, 0, 0, 0)

    def test_changed_customer_rule_is_not_heard(self):
        self.company.lifecycle_customer_domain = '[("name", "!=", "Gone")]'
        self._run()
        self.assertEqual(len(self._cards(self.customers)), 3)
        self.company.lifecycle_customer_domain = "[]"
        self._run()
        self.assertColors(0, 0, 0, 0)

    def test_hand_after_silence_is_heard(self):
        self.stages["growth"].rule_domain = '[("purchase_count", ">=", 1)]'
        self._run()
        self._purchase(self.prospect, 0)
        self._run()
        self.assertColors(0, 0, 1, 0)
