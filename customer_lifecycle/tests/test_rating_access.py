from odoo.exceptions import AccessError
from odoo.fields import Command, Datetime
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_outreach import OutreachCommon
from .test_access import AccessCommon

RATING = "rating.rating"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestRatingAccess(AccessCommon):
    """Ratings about cards are read with the card, and given by customers only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.of_mine, cls.of_foreign, cls.of_free = (
            cls._rating(card) for card in (cls.mine, cls.foreign, cls.free)
        )
        cls.ratings = cls.of_mine | cls.of_foreign | cls.of_free
        cls.other = cls._rating(cls.foreign.partner_id)
        cls.ids = (cls.ratings | cls.other).ids
        administrators = cls.env.ref("base.group_system").all_user_ids
        cls.people["admin"] = administrators.filtered("active")[:1]
        cls.people["admin"].company_ids |= cls.company

    @classmethod
    def _rating(cls, record, **values):
        """Have the customer of a record rate it."""
        return cls.env[RATING].create(cls._values(record, **values))

    @classmethod
    def _values(cls, record, **values):
        partner = record if record._name == "res.partner" else record.partner_id
        return {
            "res_model_id": cls.env["ir.model"]._get_id(record._name),
            "res_id": record.id,
            "partner_id": partner.id,
            "rating": 5,
            "consumed": True,
        } | values

    def seen_by(self, role, **context):
        """Return those of the ratings of this class that a user finds."""
        ratings = self.env[RATING].with_user(self.people[role]).with_context(**context)
        found = ratings.search([("id", "in", self.ids)])
        [(number,)] = ratings._read_group([("id", "in", self.ids)], [], ["__count"])
        self.assertEqual(number, len(found))
        return found.sudo()

    def assertRefused(self, attempt):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            attempt()
        self.env.invalidate_all()

    def test_ratings_are_seen_with_the_card(self):
        own = self.of_mine | self.of_free
        self.assertEqual(self.seen_by("own"), own | self.other)
        for role in ("all", "manager"):
            self.assertEqual(self.seen_by(role), self.ratings | self.other, role)

    def test_without_sales_rights_no_rating_of_a_card_is_seen(self):
        self.assertEqual(self.seen_by("none"), self.other)
        found = self.env[RATING].with_user(self.people["none"])
        self.assertFalse(found.search_read([("res_model", "=", "customer.lifecycle")]))
        self.assertFalse(
            found.search_count(
                [("access_token", "=", self.of_mine.access_token)],
            )
        )
        self.assertRefused(lambda: found.browse(self.of_mine.id).read(["feedback"]))

    def test_rating_of_a_foreign_card_is_not_read(self):
        foreign = self.of_foreign.with_user(self.seller)
        self.assertRefused(lambda: foreign.read(["access_token", "rating"]))
        self.assertEqual(self.of_mine.with_user(self.seller).rating, 5)

    def test_portal_and_public_read_no_ratings(self):
        for role in ("portal", "public"):
            ratings = self.env[RATING].with_user(self.people[role])
            self.assertFalse(ratings.has_access("read"), role)

    def test_rating_of_an_archived_card_is_seen_with_it(self):
        self.mine.active = False
        self.assertIn(self.of_mine, self.seen_by("own"))

    def test_rating_of_another_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        manager = self.people["manager"]
        manager.company_ids |= other
        both = {"allowed_company_ids": (self.company | other).ids}
        self.assertEqual(len(self.seen_by("manager", **both)), 4)
        alone = {"allowed_company_ids": other.ids}
        self.assertEqual(self.seen_by("manager", **alone), self.other)

    def test_open_rating_and_its_token_are_read_by_nobody(self):
        asked = self._rating(self.mine, rating=0, consumed=False)
        for role in ("own", "manager", "none"):
            ratings = self.env[RATING].with_user(self.people[role])
            domain = [("access_token", "=", asked.access_token)]
            self.assertFalse(ratings.search(domain), role)
            self.assertRefused(lambda ratings=ratings: ratings.browse(asked.id).read())

    def test_template_finds_the_open_rating_of_the_customer(self):
        asked = self._rating(self.mine, rating=0, consumed=False)
        card = self.mine.with_user(self.seller)
        self.assertEqual(card._rating_get_access_token(), asked.access_token)
        foreign = self.foreign.with_user(self.seller)
        self.assertRefused(lambda: foreign._rating_get_access_token())

    def test_nobody_of_us_gives_changes_or_deletes_a_rating(self):
        for role in ("none", "own", "manager", "admin"):
            for number, attempt in enumerate(self._forgeries(self.people[role])):
                with self.subTest(role=role, number=number):
                    self.assertRefused(attempt)
        self.assertEqual(self.of_mine.rating, 5)
        self.assertEqual(len(self.mine.rating_ids), 1)

    def _forgeries(self, user):
        """Return what would give, change or delete ratings in a customer's place."""
        mine = self.of_mine.with_user(user)
        return (
            lambda: mine.write({"rating": 1}),
            lambda: mine.write({"res_id": self.foreign.id}),
            lambda: mine.write({"res_model_id": self.other.res_model_id.id}),
            lambda: mine.reset(),
            lambda: mine.unlink(),
            lambda: mine.copy(),
            lambda: mine.create(self._values(self.mine, rating=1)),
        )

    def test_token_does_not_answer_in_the_customers_place(self):
        asked = self._rating(self.mine, rating=0, consumed=False)
        for role in ("own", "manager", "admin", "portal"):
            card = self.mine.with_user(self.people[role])
            for how in (
                {"token": asked.access_token},
                {"rating": asked.with_user(self.people[role])},
            ):
                with self.subTest(role=role, how=how):
                    self.assertRefused(
                        lambda card=card, how=how: card.rating_apply(1, **how)
                    )
        self.assertFalse(asked.consumed)
        self.mine.rating_apply(5, token=asked.access_token)
        self.assertTrue(asked.consumed)

    def test_other_rating_does_not_become_one_of_a_card(self):
        other = self.other.with_user(self.people["none"])
        for values in (
            {"res_model_id": self.of_mine.res_model_id.id, "res_id": self.mine.id},
            {"res_model": "customer.lifecycle", "res_id": self.mine.id},
        ):
            with self.subTest(values=values):
                self.assertRefused(lambda values=values: other.write(values))
        self.assertEqual(self.other.res_model, "res.partner")

    def test_card_forges_no_rating(self):
        card = self.mine.with_user(self.seller)
        for command in (
            Command.create(self._values(self.mine, rating=1)),
            Command.update(self.of_mine.id, {"rating": 1}),
            Command.delete(self.of_mine.id),
            Command.clear(),
        ):
            with self.subTest(command=command):
                self.assertRefused(
                    lambda command=command: card.write({"rating_ids": [command]})
                )
        self.assertEqual(self.mine.rating_ids, self.of_mine)
        self.assertEqual(self.of_mine.rating, 5)

    def test_ratings_of_other_records_stay_as_odoo_has_them(self):
        other = self.other.with_user(self.people["none"])
        other.write({"rating": 3, "feedback": "Fine"})
        self.assertEqual(self.other.rating, 3)
        made = other.create(self._values(self.foreign.partner_id))
        self.assertEqual(made.read(["rating"])[0]["rating"], 5)

    def test_statistics_are_for_who_may_read_the_card(self):
        for method in ("rating_get_stats", "rating_get_grades"):
            for user, card in (
                (self.people["none"], self.mine),
                (self.seller, self.foreign),
            ):
                refused = getattr(card.with_user(user), method)
                self.assertRefused(refused)
        stats = self.mine.with_user(self.seller).rating_get_stats()
        self.assertEqual((stats["total"], stats["avg"]), (1, 5))

    def test_forged_rating_takes_nobody_down(self):
        self.refresh(self.mine.partner_id)
        self.assertEqual(self.mine.satisfaction, 5)
        ratings = self.env[RATING].with_user(self.people["none"])
        self.assertRefused(lambda: ratings.create(self._values(self.mine, rating=1)))
        self.refresh(self.mine.partner_id)
        self.assertEqual(self.mine.satisfaction, 5)

    def test_merging_contacts_takes_the_ratings_along(self):
        kept, source = self.mine.partner_id, self.free.partner_id
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizard.with_user(self.people["admin"])
        wizard._merge((kept | source).ids, kept)
        self.env.invalidate_all()
        self.assertEqual(self.mine.rating_ids, self.of_mine | self.of_free)
        self.assertEqual((self.of_mine | self.of_free).partner_id, kept)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRatingAsked(OutreachCommon):
    """What writes ratings about cards does so for the customer."""

    def test_salesperson_sends_a_question_and_reads_the_answer(self):
        [step] = self._steps(
            {"state": "lifecycle_ask", "lifecycle_ask": "rating"}, mode="auto"
        )
        card = self._buyer("Ana")
        card.user_id = seller = self._user("own")
        ask = self.planner._plan(step, card)
        sender = self.sender.with_user(seller).sudo()
        sender._send(ask.with_user(seller).sudo(), Datetime.now())
        self.assertEqual(ask.state, "sent", ask.reason)
        self.assertFalse(card.with_user(seller).rating_ids)
        customer = self._user("portal", partner_id=card.partner_id.id)
        card.with_user(customer).sudo().rating_apply(5, rating=ask.rating_id)
        self.env.invalidate_all()
        self.assertEqual(card.with_user(seller).rating_ids.rating, 5)
        said = ask.rating_id.message_id.with_user(seller)
        self.assertEqual((said.rating_value, said.model), (5, card._name))
        card.with_user(customer).sudo()._comment_rating(ask.rating_id, "Thanks")
        self.assertEqual(card.with_user(seller).rating_ids.feedback, "Thanks")

    def test_deleted_message_leaves_the_rating(self):
        card = self._buyer("Ana")
        card.user_id = seller = self._user("own")
        values = {
            "res_model_id": self.card_model.id,
            "res_id": card.id,
            "partner_id": card.partner_id.id,
        }
        rating = card.rating_apply(1, rating=self.env[RATING].create(values))
        rating.message_id.with_user(seller).unlink()
        self.assertFalse(rating.exists().message_id)
        self.assertEqual(rating.exists().rating, 1)

    def test_card_that_is_deleted_takes_its_ratings_along(self):
        card = self._buyer("Ana")
        values = {
            "res_model_id": self.card_model.id,
            "res_id": card.id,
            "partner_id": card.partner_id.id,
        }
        rating = self.env[RATING].create(values)
        card.unlink()
        self.assertFalse(rating.exists())
