from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_promises import TOMORROW, YESTERDAY, PromisesCommon
from .test_merge import MergeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMakingPromises(PromisesCommon):
    """By one click from an order, opportunity, meeting, message or card."""

    def _dialog(self, action, user=None):
        """Return the form of the dialog that an action opens."""
        wizard = self.env[action["res_model"]].with_user(user or self.seller)
        return Form(wizard.with_context(**action["context"]))

    def _made(self, action, user=None, **values):
        """Make the promise that a dialog proposes, and return it."""
        with self._dialog(action, user) as form:
            form.name = values.pop("name", "Send the samples")
            form.due_date = TOMORROW
            for name, value in values.items():
                form[name] = value
        before = self.Promise.search([])
        result = form.save().action_promise()
        self.assertIn("Noted", result["params"]["message"])
        return self.Promise.search([]) - before

    def test_from_an_order(self):
        order = self._quotation(self.partner, user_id=self.seller.id)
        promise = self._made(order.with_user(self.seller).action_promise())
        self.assertRecordValues(
            promise,
            [
                {
                    "lifecycle_id": self.acme.id,
                    "order_id": order.id,
                    "name": "Send the samples",
                    "side": "ours",
                    "kind": "hand",
                    "state": "open",
                    "made_date": TODAY,
                    "due_date": TOMORROW,
                    "user_id": self.seller.id,
                }
            ],
        )

    def test_from_an_opportunity_of_a_contact_person(self):
        person = self._customer("Paula", parent_id=self.partner.id)
        lead = self._lead(person, user_id=self.seller.id)
        promise = self._made(lead.with_user(self.seller).action_promise())
        self.assertEqual((promise.lead_id, promise.lifecycle_id), (lead, self.acme))

    def test_opportunity_without_customer_asks_for_one(self):
        lead = self._lead(self.env["res.partner"], user_id=self.seller.id)
        form = self._dialog(lead.with_user(self.seller).action_promise())
        form.name, form.due_date = "Call back", TOMORROW
        with self.assertRaisesRegex(AssertionError, "partner_id"):
            form.save()

    def _meeting(self, *partners, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": "2026-03-16 10:00:00",
                "stop": "2026-03-16 11:00:00",
                "partner_ids": [partner.id for partner in partners],
                **values,
            }
        )

    def test_from_a_meeting_with_the_customer(self):
        event = self._meeting(self.seller.partner_id, self.partner)
        promise = self._made(event.with_user(self.seller).action_promise())
        self.assertEqual((promise.event_id, promise.lifecycle_id), (event, self.acme))

    def test_from_a_message_of_ours(self):
        order = self._quotation(self.partner, user_id=self.seller.id)
        message = order.with_user(self.seller).message_post(
            body="We send the samples tomorrow", message_type="comment"
        )
        form = self._dialog(self._action_of(message))
        self.assertEqual(
            (form.name, form.side, form.partner_id, form.order_id),
            ("We send the samples tomorrow", "ours", self.partner, order),
        )
        form.due_date = TOMORROW
        form.save().action_promise()
        promise = self.promises(order)
        self.assertEqual(promise.message_id, message)

    def _action_of(self, message):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_promise_action"
        )
        return action | {"context": {"default_message_id": message.id}}

    def test_message_of_the_customer_is_the_customers_promise(self):
        message = self.acme.message_post(
            body="I pay on Friday", author_id=self.partner.id, message_type="email"
        )
        form = self._dialog(self._action_of(message))
        self.assertEqual(
            (form.name, form.side, form.partner_id),
            ("I pay on Friday", "theirs", self.partner),
        )

    def test_script_in_a_message_is_not_taken_over(self):
        message = self.acme.message_post(
            body="<script>alert(1)</script> We send them", message_type="comment"
        )
        promise = self._made(self._action_of(message), name="Send them")
        self.assertEqual(promise.name, "Send them")

    def test_message_that_the_user_may_not_read_is_refused(self):
        colleague = self._user("own", "Colin")
        self.acme.user_id = colleague
        message = self.acme.message_post(body="Secret", message_type="comment")
        with self.assertRaises(AccessError):
            self._dialog(self._action_of(message))

    def test_from_the_card(self):
        promise = self._made(
            self.acme.with_user(self.seller).action_promise(), side="theirs"
        )
        self.assertEqual((promise.lifecycle_id, promise.side), (self.acme, "theirs"))

    def test_who_has_no_card_yet_gets_one(self):
        partner = self._customer("Fresh")
        lead = self._lead(partner, user_id=self.seller.id)
        self.assertFalse(self.card(partner))
        self._dialog(lead.with_user(self.seller).action_promise())
        self.assertFalse(self.card(partner), "opening the dialog changes nothing")
        promise = self._made(lead.with_user(self.seller).action_promise())
        self.assertEqual(promise.lifecycle_id, self.card(partner))
        self.assertEqual(self.card(partner).inclusion, "rule")

    def test_who_is_no_customer_by_rule_is_added_by_hand(self):
        partner = self._customer("Visitor")
        event = self._meeting(self.seller.partner_id, partner)
        promise = self._made(event.with_user(self.seller).action_promise())
        self.assertEqual(promise.lifecycle_id.inclusion, "added")

    def test_customer_of_a_colleague_can_be_promised_something(self):
        self.acme.user_id = self._user("own", "Colin")
        order = self._quotation(self.partner, user_id=self.seller.id)
        promise = self._made(order.with_user(self.seller).action_promise())
        self.assertEqual(promise.with_user(self.seller).name, "Send the samples")
        promise.with_user(self.seller).action_keep()
        self.assertEqual(promise.state, "kept")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nothing_is_promised_to_customers_of_colleagues_without_a_document(self):
        self.acme.user_id = self._user("own", "Colin")
        other = self._customer("Other", user_id=self.seller.id)
        promises = self.Promise.with_user(self.seller)
        values = {"lifecycle_id": self.acme.id, "name": "Samples", "due_date": TOMORROW}
        order = self._quotation(other, user_id=self.seller.id)
        foreign = self._quotation(self.partner, user_id=self.acme.user_id.id)
        for document in ({}, {"order_id": order.id}, {"order_id": foreign.id}):
            with (
                self.subTest(document=document),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                promises.create(values | document)
        own = promises.create(values | {"lifecycle_id": self.refresh(other).id})
        with self.assertRaises(AccessError):
            own.lifecycle_id = self.acme

    def test_one_of_us_is_no_customer(self):
        with (
            self.assertRaisesRegex(UserError, "works here"),
            self.env.cr.savepoint(),
        ):
            self._made(
                self.acme.with_user(self.seller).action_promise(),
                partner_id=self.leader.partner_id,
            )

    def test_without_a_date_it_cannot_be_saved(self):
        form = self._dialog(self.acme.with_user(self.seller).action_promise())
        form.name = "Some day"
        with self.assertRaisesRegex(AssertionError, "due_date"):
            form.save()

    def test_due_in_the_past_is_refused_in_words(self):
        form = self._dialog(self.acme.with_user(self.seller).action_promise())
        form.name, form.due_date = "Yesterday", YESTERDAY
        with self.assertRaisesRegex(ValidationError, "before it was made"):
            form.save()

    def test_merged_opportunities_keep_their_promises(self):
        leads = self._lead(self.partner) | self._lead(self.partner, name="Second")
        promises = self.Promise.union(
            *[self._promise(lead_id=lead.id) for lead in leads]
        )
        merged = leads.merge_opportunity()
        self.assertEqual(promises.lead_id, merged)

    def test_copy_of_a_promise_that_made_itself_is_one_by_hand(self):
        order = self._promised_order(TOMORROW)
        self.follow()
        copy = self.promises(order).with_user(self.seller).copy()
        self.assertRecordValues(copy, [{"kind": "hand", "state": "open"}])
        self.assertEqual(copy.order_id, order)

    def test_form_makes_and_ends_a_promise(self):
        promises = self.Promise.with_user(self.seller)
        with Form(promises) as form:
            form.lifecycle_id = self.acme
            form.name = "Call back"
            form.due_date = TOMORROW
        promise = form.save()
        promise.action_keep()
        self.assertRecordValues(promise, [{"state": "kept", "user_id": self.seller.id}])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestPromiseAccess(PromisesCommon):
    """Who sees and changes promises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls._user("own", "Colin")
        cls.everything = cls._user("all")

    def seen_by(self, user, model="customer.lifecycle.commitment"):
        return (
            self.env[model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            .search([("lifecycle_id", "=", self.acme.id)])
            .ids
        )

    def test_rights_on_models_are_as_the_sales_ladder_says(self):
        people = {
            "own": self.seller,
            "manager": self.leader,
            "none": self._user("none"),
            "portal": self._user("portal"),
            "public": self.env.ref("base.public_user"),
        }
        rights = {
            "customer.lifecycle.commitment": {"own": "rwc", "manager": "rwcu"},
            "customer.lifecycle.vow": {"own": "r", "manager": "rwcu"},
            "customer.lifecycle.promise": {"own": "rwcu", "manager": "rwcu"},
            "customer.lifecycle.promise.report": {"own": "r", "manager": "r"},
        }
        operations = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
        for model, allowed in rights.items():
            for role, user in people.items():
                for letter, operation in operations.items():
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            letter in allowed.get(role, ""),
                        )

    def test_own_and_unassigned_customers_and_what_one_answers_for(self):
        promise = self._promise()
        self.assertEqual(self.seen_by(self.seller), promise.ids)
        self.assertFalse(self.seen_by(self.colleague))
        self.assertEqual(self.seen_by(self.everything), promise.ids)
        promise.user_id = self.colleague
        self.assertEqual(self.seen_by(self.colleague), promise.ids)
        # that says at which stage and level the customer is
        self.assertFalse(
            self.seen_by(self.colleague, "customer.lifecycle.promise.report")
        )
        promise.user_id = self.seller
        self.acme.user_id = False
        self.assertEqual(self.seen_by(self.colleague), promise.ids)

    def test_promise_of_a_colleague_cannot_be_read_or_ended(self):
        promise = self._promise().with_user(self.colleague)
        for attempt in (
            lambda: promise.read(["name"]),
            lambda: promise.write({"name": "Nothing"}),
            promise.action_keep,
            promise.action_reopen,
            lambda: promise.message_post(body="Hello"),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        promise.invalidate_recordset()
        self.assertEqual(promise.sudo().state, "open")

    def test_other_company_is_closed(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user(
            "manager", "Stranger", company_id=other.id, company_ids=other.ids
        )
        promise = self._promise()
        self.assertFalse(self.seen_by(stranger))
        self.assertFalse(self.seen_by(stranger, "customer.lifecycle.promise.report"))
        with self.assertRaises(AccessError):
            promise.with_user(stranger).with_context(
                allowed_company_ids=other.ids
            ).action_keep()
        vow = self.env["customer.lifecycle.vow"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        vows = self.env["customer.lifecycle.vow"].with_user(stranger)
        self.assertNotIn(
            vow, vows.with_context(allowed_company_ids=other.ids).search([])
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestMergedPromises(MergeCommon):
    """Cards that become one keep the promises of both."""

    def _promise(self, card, **values):
        return self.env["customer.lifecycle.commitment"].create(
            {
                "lifecycle_id": card.id,
                "name": f"For {card.partner_id.name}",
                "made_date": TODAY,
                "due_date": TOMORROW,
                **values,
            }
        )

    def _cards(self):
        self._purchase(self.kept, 40)
        self._purchase(self.double, 30)
        return self.refresh(self.kept), self.refresh(self.double)

    def test_promises_of_both_are_kept(self):
        card, lost = self._cards()
        promises = self._promise(card) | self._promise(lost)
        ended = self._promise(lost)
        ended._close("broken")
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged.promise_ids, promises | ended)
        self.assertEqual(
            (merged.promise_open_count, merged.promise_broken_count), (2, 1)
        )

    def test_what_was_vowed_to_both_is_promised_once(self):
        card, lost = self._cards()
        vow = self.env["customer.lifecycle.vow"].create({"name": "We call"})
        first = self._promise(card, kind="vow", vow_id=vow.id)
        second = self._promise(lost, kind="vow", vow_id=vow.id)
        second._close("kept")
        merged = self._merge(self.kept, self.double)
        self.assertEqual(merged.promise_ids, first | second)
        self.assertEqual((first.state, second.state), ("waived", "kept"))
        self.assertEqual(second.vow_id, vow)
