import re
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon

VIEW = "customer_lifecycle.customer_lifecycle_outreach_view_form"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreachScreens(OutreachCommon):
    """What people see of outreach, and what they decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("own", "Sally")
        cls.colleague = cls._user("own", "Colin")
        cls.boss = cls._user("manager", "Mark")
        [cls.step] = cls._steps({})

    def _planned(self, *names, user=None, step=None):
        """Return planned outreach for new customers of a salesperson."""
        cards = self.Card.union(*map(self._buyer, names))
        cards.user_id = user or self.seller
        return self.planner._plan(step or self.step, cards)

    # ------------------------------------------------------------------------ deciding

    def test_many_are_approved_at_once_and_say_by_whom(self):
        outreach = self._planned("Ana", "Ben", "Cleo")
        outreach[2]._put("held", "error", {"error": "x"})
        outreach.with_user(self.seller).action_approve()
        self.assertEqual(outreach.mapped("state"), ["approved", "approved", "held"])
        self.assertEqual(outreach[:2].approved_by_id, self.seller)
        self.assertFalse(outreach[2].approved_by_id)

    def test_approving_asks_no_more_queries_for_more(self):
        few = self._planned("Ana", "Ben")
        many = self._planned(*(f"Customer {number}" for number in range(20)))
        counts = []
        for outreach in (few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            outreach.with_user(self.seller).action_approve()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_cancelled_is_what_has_reached_nobody(self):
        outreach = self._planned("Ana", "Ben")
        outreach[1]._put("sent", sent_at=self.env.cr.now())
        outreach.with_user(self.seller).action_cancel()
        self.assertEqual(outreach.mapped("state"), ["cancelled", "sent"])
        self.assertEqual(outreach[0].reason, "Cancelled by Sally on 03/16/2026.")

    def test_cancellation_is_taken_back_to_be_approved_again(self):
        [outreach] = self._planned("Ana")
        outreach.with_user(self.seller).action_approve()
        outreach.with_user(self.seller).action_cancel()
        self.assertTrue(outreach.can_take_back)
        outreach.with_user(self.seller).action_reopen()
        self.assertEqual(outreach.state, "planned")
        self.assertFalse(outreach.approved_by_id)
        self.assertFalse(outreach.reason)

    def test_what_the_gate_cancelled_stays_cancelled(self):
        [outreach] = self._planned("Ana")
        outreach._put("cancelled", "late_planned")
        self.assertFalse(outreach.can_take_back)
        outreach.with_user(self.seller).action_reopen()
        self.assertEqual(outreach.state, "cancelled")

    def test_held_back_is_tried_again_with_days_anew(self):
        [outreach] = self._planned("Ana")
        outreach._put("held", "error", {"error": "x"})
        later = outreach.expiry_date + timedelta(days=3)
        with freeze_time(later):
            outreach.with_user(self.seller).action_try_again()
        self.assertEqual(outreach.state, "approved")
        self.assertEqual(outreach.approved_by_id, self.seller)
        self.assertEqual(outreach.expiry_date, later + timedelta(days=14))

    def test_nobody_decides_on_a_colleagues_customer(self):
        [outreach] = self._planned("Ana", user=self.colleague)
        for name in ("action_approve", "action_cancel", "action_reopen"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(outreach.with_user(self.seller), name)()
        self.assertEqual(outreach.state, "planned")

    def test_nobody_writes_outreach_directly(self):
        [outreach] = self._planned("Ana")
        for user in (self.seller, self.boss):
            for attempt in (
                lambda each: each.write({"state": "sent"}),
                lambda each: each.unlink(),
            ):
                with self.subTest(user.name), self.assertRaises(AccessError):
                    attempt(outreach.with_user(user))

    def test_own_and_unassigned_are_seen_and_counted(self):
        mine = self._planned("Ana")
        foreign = self._planned("Ben", user=self.colleague)
        free = self._planned("Cleo")
        free.lifecycle_id.user_id = False
        everything = mine | foreign | free
        domain = [("id", "in", everything.ids)]
        for user, seen in (
            (self.seller, mine | free),
            (self.colleague, foreign | free),
            (self.boss, everything),
        ):
            found = self.Outreach.with_user(user)
            self.assertEqual(found.search(domain), seen, user.name)
            [(count,)] = found._read_group(domain, [], ["__count"])
            self.assertEqual(count, len(seen), user.name)
        for role in ("none", "portal"):
            self.assertFalse(
                self.Outreach.with_user(self._user(role)).has_access("read")
            )

    def test_other_company_sees_nothing(self):
        outreach = self._planned("Ana")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user(
            "manager", "Olga", company_id=other.id, company_ids=other.ids
        )
        seen = self.Outreach.with_user(stranger).with_context(
            allowed_company_ids=other.ids
        )
        self.assertFalse(seen.search([("id", "in", outreach.ids)]))

    # ------------------------------------------------------------------------- seeing

    def test_form_shows_the_message_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.template.with_context(lang="es_ES").write(
            {
                "subject": "Para {{ object.partner_id.name }}",
                "body_html": "<p>Hola <t t-out='object.partner_id.name'/></p>",
            }
        )
        outreach = self._planned("Ana", "Ben")
        outreach[0].partner_id.lang = "es_ES"
        shown = [
            Form(each.with_user(self.seller), view=VIEW).message_subject
            for each in outreach
        ]
        self.assertEqual(shown, ["Para Ana", "For Ben"])
        self.assertIn("Hola Ana", outreach[0].with_user(self.seller).message_body)

    def test_message_before_and_after_is_the_very_mail_without_its_link(self):
        [outreach] = self._planned("Ana")
        shown = outreach.with_user(self.seller).message_body
        outreach.action_approve()
        self.sender._send(outreach, self.env.cr.now())
        mail = self._mails(outreach)
        self.assertIn("/lifecycle/unsubscribe/", mail.body_html)
        self.assertNotIn("href", shown)
        sent = re.sub(r' href="[^"]*"', "", mail.body_html)
        self.assertEqual(shown, sent)
        self.env.invalidate_all()
        self.assertEqual(outreach.message_body, sent)

    def test_form_shows_what_was_sent_after_the_template_has_changed(self):
        [outreach] = self._planned("Ana")
        outreach.action_approve()
        self.sender._send(outreach, self.env.cr.now())
        self.template.subject = "Something else"
        self.env.invalidate_all()
        self.assertEqual(outreach.message_subject, "For Ana")

    def test_template_that_fails_is_told_instead_of_shown(self):
        self.template.body_html = "<p><t t-out='object.partner_id.nothing'/></p>"
        [outreach] = self._planned("Ana")
        form = Form(outreach.with_user(self.seller), view=VIEW)
        self.assertIn("cannot be made for this customer", form.message_error)
        self.assertFalse(form.message_body)
        self.assertEqual(form.state, "planned")

    def test_activity_shows_what_the_person_will_read(self):
        [step] = self._steps(
            {
                "lifecycle_channel": "activity",
                "lifecycle_summary": "Call {{ object.partner_id.name }}",
            }
        )
        [outreach] = self._planned("Ana", step=step)
        self.assertEqual(outreach.message_subject, "Call Ana")

    def test_screen_says_how_the_customer_stands_until_there_is_a_reason(self):
        [outreach] = self._planned("Ana")
        self.assertEqual(outreach.why, outreach.lifecycle_id.reason)
        outreach.action_cancel()
        self.assertIn("Cancelled by", outreach.why)

    def test_looking_at_the_form_leaves_no_mail_and_no_coupon(self):
        [step] = self._steps({"state": "lifecycle_offer"})
        [outreach] = self._planned("Ana", step=step)
        mails = self.env["mail.mail"].search_count([])
        Form(outreach.with_user(self.seller), view=VIEW)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(outreach.coupon_id)
        self.assertFalse(
            self.env["loyalty.card"].search([("program_id", "=", self.program.id)])
        )

    def test_reasons_are_grouped_in_words(self):
        outreach = self._planned("Ana", "Ben", "Cleo")
        outreach[:2]._put("cancelled", "by_hand", {"name": "Sally"})
        outreach[2]._put("held", "error", {"error": "x"})
        found = self.Outreach.with_user(self.seller)
        groups = found.formatted_read_group(
            [("id", "in", outreach.ids)], ["reason_group"], ["__count"]
        )
        counts = {group["reason_group"]: group["__count"] for group in groups}
        self.assertEqual(counts, {"by_hand": 2, "error": 1})
        labels = dict(found._fields["reason_group"]._description_selection(found.env))
        self.assertEqual(labels["by_hand"], "Cancelled by hand")
        for group in groups:
            domain = Domain(group["__extra_domain"]) & Domain("id", "in", outreach.ids)
            self.assertEqual(found.search_count(domain), group["__count"])

    def test_every_reason_of_the_gate_has_a_name_to_group_by(self):
        gate = self.env["customer.lifecycle.gate"]
        codes = {code for code, _name in gate._reason_names()}
        self.assertEqual(codes - set(gate._reason_labels()), set())
        names = [name for _code, name in gate._reason_names()]
        self.assertEqual(len(names), len(set(names)))

    def test_salesperson_reads_and_groups_by_rule_and_step(self):
        """Whoever may not read rules and actions sees their names here."""
        outreach = self._planned("Ana")
        found = self.Outreach.with_user(self.seller)
        domain = [("id", "in", outreach.ids)]
        names = {"fields": {"display_name": {}}}
        [row] = found.web_search_read(
            domain, {"step_id": names, "automation_id": names, "user_id": names}
        )["records"]
        self.assertEqual(row["step_id"]["display_name"], "Step 1")
        self.assertEqual(row["automation_id"]["display_name"], "Playbook")
        self.assertEqual(row["user_id"]["display_name"], "Sally")
        for name in ("step_id", "automation_id", "state", "kind", "lifecycle_id"):
            [group] = found.web_read_group(domain, [name], ["__count"])["groups"]
            self.assertEqual(group["__count"], 1, name)

    def test_columns_are_in_the_order_of_life(self):
        outreach = self._planned("Ana", "Ben", "Cleo")
        outreach[0].action_cancel()
        outreach[1]._put("sent", sent_at=self.env.cr.now())
        groups = self.Outreach.with_context(read_group_expand=True).web_read_group(
            [("id", "in", outreach.ids)], ["state"], ["__count"]
        )["groups"]
        self.assertEqual(
            [group["state"] for group in groups], ["planned", "cancelled", "sent"]
        )

    def test_card_counts_what_its_button_opens(self):
        outreach = self._planned("Ana")
        card = outreach.lifecycle_id.with_user(self.seller)
        self.assertEqual(card.outreach_count, 1)
        action = card.action_open_outreach()
        self.assertEqual(
            self.Outreach.with_user(self.seller).search(action["domain"]), outreach
        )
        outreach.action_cancel()
        card.invalidate_recordset()
        self.assertEqual(card.outreach_count, 0)

    def test_empty_screen_says_whether_a_rule_is_on(self):
        self.Outreach.search([]).unlink()
        rules = self.env["base.automation"].search(
            [("model_id", "=", self.card_model.id)]
        )
        outreach = self.Outreach.with_user(self.seller)
        self.assertEqual(outreach.get_empty_list_help("<p>help</p>"), "<p>help</p>")
        rules.active = False
        self.assertIn("No automation rule", outreach.get_empty_list_help("<p>help</p>"))
