from datetime import timedelta

from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY
from .common_offer import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOutreachPeople(OfferCommon):
    """People leave, move to another company, are deleted and merged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [cls.step] = cls._steps({}, mode="auto")

    def _firm(self, name="firm"):
        """Return the card of a company that is reached by the first of two people."""
        card = self._buyer(name, email=False)
        people = self.env["res.partner"].create(
            [
                {
                    "name": person,
                    "parent_id": card.partner_id.id,
                    "email": f"{person}@{name}.example.com",
                }
                for person in ("pia", "max")
            ]
        )
        return card, *people

    def _send(self, outreach):
        self.sender._send(outreach, self.env.cr.now())

    # ---------------------------------------------------------------------- addressees

    def test_what_was_sent_outlives_the_person_who_got_it(self):
        card, pia, _max = self._firm()
        sent = self.planner._plan(self.step, card)
        self._send(sent)
        self.assertEqual((sent.state, sent.partner_id), ("sent", pia))
        pia.unlink()
        self.assertEqual(sent.exists().state, "sent")
        self.assertFalse(self.planner._plan(self.step, card))

    def test_planned_outreach_goes_to_another_person_of_the_customer(self):
        def moves(person):
            person.parent_id = self._customer("Other Firm")

        leaving = {
            "archived": lambda person: person.action_archive(),
            "deleted": lambda person: person.unlink(),
            "moved": moves,
        }
        for name, leave in leaving.items():
            with self.subTest(name):
                card, pia, colleague = self._firm(name)
                planned = self.planner._plan(self.step, card)
                self.assertEqual(planned.partner_id, pia)
                leave(pia)
                self._send(planned)
                self.assertEqual(
                    (planned.state, planned.partner_id), ("sent", colleague)
                )

    # -------------------------------------------------------------------------- merging

    def _merge(self, source, target):
        self.env["customer.lifecycle.absorb"]._absorb_partners(
            source.partner_id, target.partner_id
        )

    def test_of_two_that_were_held_back_one_stays(self):
        ana, anna = self._buyer("Ana"), self._buyer("Anna")
        both = self.planner._plan(self.step, ana | anna)
        both._put("held", "complaint")
        self._merge(ana, anna)
        self.assertEqual(set(both.mapped("state")), {"held", "cancelled"})
        held = both.filtered(lambda each: each.state == "held")
        self.assertTrue(held.outlook)

    def test_reminders_of_merged_customers_are_judged(self):
        step = self._offer_step(lifecycle_reminder_template_id=self.template.id)
        offers = self._sent_offer("Ana", step) | self._sent_offer("Anna", step)
        self._merge(*offers.lifecycle_id)
        self.assertEqual(len(offers.lifecycle_id), 1)
        with freeze_time(TODAY + timedelta(days=23)):
            reminders = self.Outreach.search([("offer_id", "in", offers.ids)])
            self.sender._send_whole_or_singly(reminders)
            # the second goes with the next run
            self.assertEqual(reminders.mapped("state"), ["sent", "waiting"])

    # --------------------------------------------------------------------------- owners

    def test_nobody_who_has_left_gets_something_to_do(self):
        gone, leader = (
            new_test_user(self.env, login, groups="sales_team.group_sale_salesman")
            for login in ("gone", "leader")
        )
        card = self._buyer()
        card.write(
            {
                "user_id": gone.id,
                "team_id": self.env["crm.team"].create(
                    {"name": "Team", "user_id": leader.id}
                ),
            }
        )
        gone.active = False
        for role in ("salesperson", "person"):
            with self.subTest(role):
                [step] = self._steps(
                    {
                        "lifecycle_channel": "activity",
                        "lifecycle_owner_role": role,
                        "lifecycle_owner_id": gone.id,
                    }
                )
                planned = self.planner._plan(step, card)
                self.assertEqual(planned._owner(step), leader)

    # --------------------------------------------------------------------------- access

    def test_nobody_starts_a_step_for_customers_of_others(self):
        card = self._buyer()
        card.user_id = self.env.user
        other = new_test_user(
            self.env, "own_only", groups="sales_team.group_sale_salesman"
        )
        # the numbers of cards, given as those of another model
        self.step.with_user(other).with_context(
            active_model="res.partner", active_id=card.id, active_ids=card.ids
        ).run()
        self.assertFalse(self.Outreach.search([("step_id", "=", self.step.id)]))
