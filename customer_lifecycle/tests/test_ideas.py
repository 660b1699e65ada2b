from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import NotNullViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from odoo.addons.customer_lifecycle.models.mail_activity import IDEA_TYPE

from .common import TODAY
from .common_knowledge import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestIdeas(KnowledgeCommon):
    """Ideas that are not billed: written down, counted, and what came of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._user("none")
        cls._user("portal")
        cls.Idea = cls.env["customer.lifecycle.idea"]
        # an administrator may have deleted it
        cls.kind = cls.env["mail.activity.type"]._load_records(
            [{"xml_id": IDEA_TYPE, "values": {"name": "Idea"}, "noupdate": True}]
        )

    def _done(self, document, feedback="They liked it", **values):
        """Have Sally do an activity *Idea* on a document."""
        activity = document.activity_schedule(
            activity_type_id=self.kind.id,
            user_id=self.seller.id,
            **{"summary": "Order in October"} | values,
        )
        activity.action_feedback(feedback=feedback)
        return self.Idea.search([("lifecycle_id", "=", self.acme.id)])

    def test_idea_says_something(self):
        for nothing in ("  ", False):
            with self.assertRaisesRegex(ValidationError, "Say what was suggested"):
                self._idea(TODAY).name = nothing

    def test_idea_is_of_the_company_of_its_customer(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "the customer's card"):
            self._idea(TODAY, user_id=False).company_id = other

    @mute_logger("odoo.sql_db")
    def test_idea_without_a_day_is_refused_by_the_column(self):
        with self.assertRaises(NotNullViolation), self.env.cr.savepoint():
            self._idea(TODAY).date = False
            self.env.flush_all()

    def test_ideas_of_several_activities_are_read_together(self):
        orders = [self._quotation(self.partner) for _number in range(6)]
        activities = self.env["mail.activity"].union(
            *[
                order.activity_schedule(activity_type_id=self.kind.id)
                for order in orders
            ]
        )
        self.env.flush_all()
        counts = []
        for some in (activities[:1], activities[1:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(some._idea_cards()), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # ------------------------------------------------------------------------- counted

    def test_ideas_of_the_last_year_are_a_fact(self):
        year_ago = TODAY - relativedelta(years=1)
        self._idea(year_ago)
        self._idea(year_ago + timedelta(days=1), outcome="not")
        last = self._idea(TODAY - timedelta(days=3))
        card = self.read_again()
        self.assertRecordValues(card, [{"idea_count": 2, "last_idea_date": last.date}])
        self.assertEqual(card.next_change_date, TODAY + timedelta(days=1))

    def test_idea_leaves_the_year_by_itself(self):
        self._idea()
        later = TODAY + relativedelta(years=1)
        self.assertEqual(self.read_again(later - timedelta(days=1)).idea_count, 1)
        self.assertRecordValues(
            self.read_again(later), [{"idea_count": 0, "last_idea_date": TODAY}]
        )

    def test_idea_marks_its_customer(self):
        self.queued()
        idea = self._idea()
        self.assertIn(self.partner.id, self.queued())
        idea.date = TODAY - timedelta(days=9)
        self.assertIn(self.partner.id, self.queued())
        idea.outcome = "helped"
        self.assertFalse(self.queued(), "no fact")
        idea.unlink()
        self.assertIn(self.partner.id, self.queued())

    # -------------------------------------------------------------------- written down

    def test_idea_is_written_down_from_the_card(self):
        action = self.acme.action_idea()
        form = Form(self.Idea.with_context(**action["context"]))
        form.name = "Order in October"
        idea = form.save()
        self.assertRecordValues(
            idea,
            [
                {
                    "lifecycle_id": self.acme.id,
                    "company_id": self.company.id,
                    "date": TODAY,
                    "user_id": self.env.uid,
                    "outcome": "open",
                }
            ],
        )
        idea.action_helped()
        self.assertEqual(idea.outcome, "helped")

    def test_idea_of_tomorrow_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "not before"):
            self._idea(TODAY + timedelta(days=1))

    def test_activity_that_is_done_is_an_idea(self):
        for document in (
            self.acme,
            self.partner,
            self._person("Ana"),
            self._lead(self.partner),
            self._quotation(self.partner),
        ):
            with self.subTest(document._name):
                self.Idea.search([]).unlink()
                self.assertRecordValues(
                    self._done(document),
                    [
                        {
                            "name": "Order in October",
                            "note": "They liked it",
                            "date": TODAY,
                            "user_id": self.seller.id,
                        }
                    ],
                )

    def test_idea_is_named_by_what_was_told_where_nothing_was_planned(self):
        self.kind.summary = "Give an idea"
        self.assertEqual(
            self._done(self.acme, "Buy less\nof it", summary="Give an idea").name,
            "Buy less",
        )

    def test_activity_without_words_is_an_idea_all_the_same(self):
        self.kind.summary = "Give an idea"
        self.assertEqual(
            self._done(self.acme, feedback="", summary="Give an idea").name,
            "Give an idea",
        )

    def test_other_activities_are_no_ideas(self):
        self.acme.activity_schedule("mail.mail_activity_data_call").action_feedback()
        self.assertFalse(self.acme.idea_ids)

    def test_activity_about_nobody_is_no_idea(self):
        stranger = self._customer("Stranger")
        self._done(stranger)
        self.assertFalse(self.Idea.search([]))

    # -------------------------------------------------------------------------- access

    @users("lifecycle_sally")
    def test_salesperson_writes_ideas_for_own_customers(self):
        idea = self.Idea.with_user(self.env.user).create(
            {"lifecycle_id": self.acme.id, "name": "Order in October"}
        )
        idea.outcome = "helped"
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_model"),
        ):
            idea.unlink()

    @users("lifecycle_colin")
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_ideas_for_customers_of_colleagues_are_not_written(self):
        ideas = self.Idea.with_user(self.env.user)
        with self.assertRaises(AccessError):
            ideas.create({"lifecycle_id": self.acme.id, "name": "Order in October"})

    @users("lifecycle_colin")
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_ideas_for_customers_of_colleagues_are_not_read(self):
        idea = self._idea().with_user(self.env.user)
        with self.assertRaises(AccessError):
            idea.read(["name"])

    @users("lifecycle_lena")
    def test_manager_deletes_ideas(self):
        idea = self._idea().with_user(self.env.user)
        idea.unlink()
        self.assertFalse(idea.exists())

    @users("lifecycle_none", "lifecycle_portal")
    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_else_reads_ideas(self):
        with self.assertRaises(AccessError):
            self.Idea.with_user(self.env.user).search([])

    def test_activity_of_somebody_of_another_company_can_be_done(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("own", "Bob", company_id=other.id, company_ids=other.ids)
        activity = self.partner.activity_schedule(
            activity_type_id=self.kind.id, user_id=stranger.id, summary="Look"
        )
        activity.with_user(self.manager).action_feedback(feedback="They liked it")
        idea = self.Idea.search([("lifecycle_id", "=", self.acme.id)])
        self.assertEqual(idea.user_id, self.manager)
