from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerLifecycleCommon


class PreviewCommon(CustomerLifecycleCommon):
    """Three customers: one purchase, two, and four."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_levels_by_purchases()
        cls.once, cls.twice, cls.often = (
            cls._customer(name) for name in ("Once", "Twice", "Often")
        )
        cls._purchases(cls.once, 3)
        cls._purchases(cls.twice, 20, 10)
        cls._purchases(cls.often, 50, 40, 30, 20)
        cls.cards = cls.refresher._refresh(
            cls.company, (cls.once | cls.twice | cls.often).ids, as_of=TODAY
        )
        cls.env["customer.lifecycle.change"].search([]).sudo().unlink()

    def _moves(self, preview):
        """Return the lines of a table: number of customers by place left, entered."""
        self.assertNotIn("is_wrong", preview, preview)
        return {
            (row[0]["text"], row[1]["text"]): row[2]["number"]
            for row in preview["rows"]
        }

    def _behind(self, preview):
        """Return the cards behind all numbers of a table."""
        ids = []
        for row in preview["rows"]:
            call = row[2]["open"]
            found = getattr(self.env[call["model"]], call["method"])(*call["args"])
            self.assertEqual(len(found), row[2]["number"])
            ids += found
        self.assertEqual(len(ids), len(set(ids)))
        return self.Card.browse(ids)

    def _preview(self, place, **values):
        """Return what the screen shows when a place is edited but not saved."""
        return self.env["customer.lifecycle.preview"]._of_places(
            place._card_field, [place._as_change(**values)]
        )

    def _work_off_queue(self):
        """Do what the scheduled action does, without its commits."""
        total, until = self.refresher._pending()
        self.refresher._work_off(
            self.refresher._claim(total, until), {self.company: TODAY}
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPlacePreview(PreviewCommon):
    """Who would move if a stage or a level were changed."""

    RULE = "[('purchase_count', 'in', [1, 2])]"

    def test_place_as_it_is_shows_nothing(self):
        for place in (self.stages["growth"], self.levels["solution"]):
            self.assertFalse(place.preview)

    def test_edited_rule_shows_from_where_to_where(self):
        preview = self._preview(
            self.stages["growth"], rule_domain="[('purchase_count', '<=', 4)]"
        )
        # Often stands in a later stage, whose rule still wins
        self.assertEqual(self._moves(preview), {("Conversion", "Growth"): 1})
        self.assertEqual(preview["sentence"][:9], "1 custome")
        self.assertEqual(self._behind(preview), self.card(self.once))

    def test_rule_without_effect_says_so(self):
        preview = self._preview(
            self.stages["growth"], rule_domain="[('purchase_count', 'in', [2, 3, 77])]"
        )
        self.assertEqual(preview["rows"], [])
        self.assertEqual(preview["sentence"], "No customer would move.")

    def test_saving_moves_exactly_those_that_were_shown_silently(self):
        stage = self.stages["conversion"]
        preview = self._preview(stage, rule_domain="[('purchase_count', '=', 77)]")
        shown = self._behind(preview)
        before = {card: card.stage_id for card in self.cards}
        stage.rule_domain = "[('purchase_count', '=', 77)]"
        self._work_off_queue()
        moved = self.cards.filtered(lambda card: card.stage_id != before[card])
        self.assertEqual(moved, shown)
        self.assertEqual(
            {(before[card].name, card.stage_id.name): len(moved) for card in moved},
            self._moves(preview),
        )
        self.assertTrue(all(self.transitions(card)[-1].is_silent for card in moved))

    def test_form_shows_it_while_the_rule_is_edited(self):
        with Form(self.stages["growth"]) as form:
            self.assertFalse(form.preview)
            form.rule_domain = self.RULE
            self.assertEqual(self._moves(form.preview), {("Conversion", "Growth"): 1})
            form.rule_domain = self.stages["growth"].rule_domain
            self.assertFalse(form.preview)

    def test_form_of_a_new_stage_shows_it(self):
        form = Form(self.env["customer.lifecycle.stage"])
        form.name = "Buyers"
        form.sequence = 99
        form.rule_domain = "[('purchase_count', '>', 1)]"
        self.assertEqual(
            self._moves(form.preview),
            {("Growth", "Buyers"): 1, ("Retention", "Buyers"): 1},
        )
        form.rule_domain = False
        self.assertEqual(form.preview["sentence"], "No customer would move.")

    def test_position_decides_which_rule_wins(self):
        growth = self.stages["growth"]
        growth.rule_domain = "[('purchase_count', '>', 1)]"
        self._work_off_queue()
        preview = self._preview(growth, sequence=99)
        self.assertEqual(self._moves(preview), {("Retention", "Growth"): 1})

    def test_wrong_rule_is_named_and_counts_nothing(self):
        for rule, word in (
            ("[('bought', '>', 1)]", "bought"),
            ("[('purchase_count', '>'", "valid filter"),
            ("[('stage_id', '=', 1)]", "stage_id"),
            ("[('purchase_count', '=', 'many')]", "many"),
        ):
            with self.subTest(rule=rule), mute_logger("odoo.sql_db"):
                preview = self._preview(self.stages["growth"], rule_domain=rule)
                self.assertTrue(preview["is_wrong"])
                self.assertIn(word, preview["sentence"])
                self.assertEqual(preview["rows"], [])
        self.assertTrue(self.Card.search_count([]), "The transaction goes on")

    def test_wrong_rule_stays_in_the_form_and_is_not_saved(self):
        form = Form(self.stages["growth"])
        wrong = "[('last_purchase_date', '>', 'tomorrow or so')]"
        form.rule_domain = wrong
        self.assertIn("tomorrow or so", form.preview["sentence"])
        self.assertEqual(form.rule_domain, wrong)
        with self.assertRaisesRegex(ValidationError, "tomorrow or so"):
            form.save()

    def test_pinned_card_does_not_move(self):
        card = self.card(self.once)
        card.stage_id = self.stages["retention"]
        self.assertEqual(card.stage_pinned_until, TODAY + timedelta(days=30))
        rule = "[('purchase_count', '<=', 2)]"
        growth = self.stages["growth"]
        preview = self._preview(growth, rule_domain=rule)
        self.assertFalse(self._behind(preview) & card)
        with freeze_time("2026-04-15 12:00:00"):  # its last day
            self.assertFalse(self._behind(self._preview(growth, rule_domain=rule)))
        with freeze_time("2026-04-16 12:00:00"):
            preview = self._preview(growth, rule_domain=rule)
            self.assertEqual(self._moves(preview), {("Retention", "Growth"): 1})

    def test_pin_of_the_level_leaves_the_stage_free(self):
        card = self.card(self.often)
        card.level_id = self.levels["product"]
        preview = self._preview(
            self.stages["retention"], rule_domain="[('purchase_count', '=', 77)]"
        )
        self.assertEqual(self._behind(preview), card)

    def test_archived_card_counts_as_it_does_in_the_refresh(self):
        card = self.card(self.once)
        card.action_archive()
        preview = self._preview(self.stages["growth"], rule_domain=self.RULE)
        self.assertEqual(self._behind(preview), card)
        self.stages["growth"].rule_domain = self.RULE
        self._work_off_queue()
        self.assertEqual(card.stage_id, self.stages["growth"])

    def test_level_is_lost_with_the_rung_below(self):
        self.assertEqual(self.card(self.often).level_id, self.levels["solution"])
        preview = self._preview(
            self.levels["solution"], rule_domain="[('purchase_count', '>', 2)]"
        )
        self.assertEqual(self._moves(preview), {("Solution", "Product"): 1})
        self.assertEqual(self._behind(preview), self.card(self.twice))

    def test_rule_over_a_field_that_is_empty_does_not_hold(self):
        asked = self._customer("Asked")
        self._quotation(asked)
        card = self.refresh(asked)
        self.assertFalse(card.due_date)
        preview = self._preview(
            self.levels["solution"], rule_domain="[('due_date', '>', '2020-01-01')]"
        )
        self.assertEqual(self._moves(preview), {("Product", "Solution"): 1})
        self.assertEqual(self._behind(preview), self.card(self.once))

    def test_same_queries_for_three_cards_and_for_thirty(self):
        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._preview(self.stages["growth"], rule_domain=self.RULE)
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(30)]
        )
        for partner in partners:
            self._quotation(partner)
        self.refresh(*partners)
        self.assertEqual(queries(), few)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPlaceUse(PreviewCommon):
    """Taking stages and levels out of use says first who would move."""

    def test_archiving_asks_where_customers_would_move(self):
        stage = self.stages["growth"]
        action = stage.action_archive()
        self.assertTrue(stage.active, "Nothing is done yet")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(self._moves(wizard.preview), {("Growth", "Acquisition"): 1})
        wizard.action_apply()
        self.assertFalse(stage.active)
        self._work_off_queue()
        self.assertEqual(self.card(self.twice).stage_id, self.stages["acquisition"])
        action = stage.action_unarchive()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(self._moves(wizard.preview), {("Acquisition", "Growth"): 1})

    def test_archiving_a_stage_that_moves_nobody_asks_nothing(self):
        stage = self.stages["advocacy"]
        self.assertFalse(isinstance(stage.action_archive(), dict))
        self.assertFalse(stage.active)

    def test_salesperson_cannot_archive(self):
        seller = self._user("own")
        with self.assertRaises(AccessError):
            self.stages["growth"].with_user(seller).action_archive()


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPreviewAccess(PreviewCommon):
    """What is counted is what the user may see, and no more."""

    RULE = "[('purchase_count', '=', 77)]"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        cls.other.lifecycle_tz = "UTC"
        # nothing bought there: the one card in Acquisition
        cls.Card.create({"partner_id": cls.once.id, "company_id": cls.other.id})
        cls.manager = cls._user(
            "manager", company_ids=[Command.set((cls.company | cls.other).ids)]
        )

    def test_only_companies_at_hand_are_counted(self):
        rule = "[('purchase_count', 'in', [0, 1])]"
        change = self.stages["retention"]._as_change(rule_domain=rule)
        for companies, count in (
            (self.company, 2),  # Once comes, Often goes
            (self.other, 1),
            (self.company | self.other, 3),
        ):
            previews = self.env["customer.lifecycle.preview"].with_user(self.manager)
            previews = previews.with_context(allowed_company_ids=companies.ids)
            with self.subTest(companies=companies.mapped("name")):
                self.assertEqual(
                    previews._of_places("stage_id", [change])["count"], count
                )

    def test_only_own_cards_are_counted_and_listed(self):
        seller = self._user("own", "Oscar")
        self.card(self.once).user_id = self.manager
        previews = self.env["customer.lifecycle.preview"].with_user(seller)
        change = self.stages["conversion"]._as_change(rule_domain=self.RULE)
        self.assertEqual(previews._of_places("stage_id", [change])["count"], 0)
        places = [self.stages[code].id for code in ("conversion", "acquisition")]
        self.assertEqual(previews.moving_card_ids("stage_id", [change], *places), [])
        previews = previews.with_user(self.manager)
        self.assertEqual(
            previews.moving_card_ids("stage_id", [change], *places),
            self.card(self.once).ids,
        )

    def test_users_without_cards_are_refused(self):
        change = self.stages["conversion"]._as_change(rule_domain=self.RULE)
        for role in ("none", "portal"):
            previews = self.env["customer.lifecycle.preview"]
            previews = previews.with_user(self._user(role))
            with self.assertRaises(AccessError):
                previews.moving_card_ids("stage_id", [change], False, 1)

    def test_other_fields_are_refused(self):
        previews = self.env["customer.lifecycle.preview"]
        with self.assertRaises(ValidationError):
            previews.moving_card_ids("user_id", [], False, 1)


@tagged("post_install", "-at_install")
class TestPreviewTours(HttpCase, PreviewCommon):
    """The preview in a browser."""

    def test_rule_that_is_edited_shows_who_would_move(self):
        manager = self._user("manager", "Mark")
        before = self.stages["retention"].rule_domain
        self.start_tour("/odoo", "customer_lifecycle_preview", login=manager.login)
        self.assertEqual(self.stages["retention"].rule_domain, before)

    def test_archiving_asks(self):
        manager = self._user("manager", "Mark")
        self.start_tour("/odoo", "customer_lifecycle_place_use", login=manager.login)
        self.assertFalse(self.stages["retention"].active)
