from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo.exceptions import AccessError
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from .common import TODAY
from .common_knowledge import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestBriefing(KnowledgeCommon):
    """The card for the call: everything in one panel, for who may read the card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ["Apples", "Bread", "Cheese", "Dates", "Eggs", "Figs"]
        cls.products = {
            name: cls.env["product.product"].create({"name": name, "taxes_id": False})
            for name in names
        }

    def brief(self, user=None, as_of=TODAY):
        card = self.acme.with_user(user or self.seller).with_context(lang="en_US")
        return (
            self.env["customer.lifecycle.briefing"]
            .with_env(card.env)
            ._brief(card, as_of)
        )

    def bought(self, partner, product, *days_ago, amount=100.0, **values):
        """Have a customer buy a product so many days ago."""
        for days in days_ago:
            order = self._purchase(partner, days, amount, **values)
            order.order_line.product_id = self.products[product]
            order.order_line.price_unit = amount

    def names(self, kind, **options):
        return [product["name"] for product in self.brief(**options)[kind]]

    # --------------------------------------------------------------- the relationship

    def test_panel_says_where_the_customer_stands(self):
        standing = self.brief()["standing"]
        self.assertEqual(standing["stage"], self.acme.stage_id.name)
        self.assertEqual(standing["level"], self.acme.level_id.name)
        self.assertTrue(standing["reason"])
        self.assertTrue(standing["next_step"])

    def test_panel_names_whom_to_call(self):
        self.partner.phone = "111"
        self._person("Ana", phone="222", function="Buyer")
        self._person("Nobody can reach")
        people = self.brief()["people"]
        self.assertEqual(
            [(person["name"], person["phone"]) for person in people],
            [("Acme", "111"), ("Ana", "222")],
        )
        self.assertEqual(people[1]["function"], "Buyer")

    def test_panel_says_what_is_known_in_words(self):
        self.acme.properties = {
            "cares": "Silence",
            "birthday": "1980-05-03",
            "vip": True,
            "channel": "phone",
            "sports": ["ski", "run"],
            "story_html": "<p>They <b>sail</b></p>",
            "decider": "",
        }
        facts = {fact["label"]: fact["text"] for fact in self.brief()["facts"]}
        self.assertEqual(
            facts,
            {
                "Cares About": "Silence",
                "Birthday": "05/03/1980",
                "Very Important": "Yes",
                "Channel": "Phone",
                "Sports": "Skiing, Running",
                "Story": "They *sail*",
            },
        )

    def test_panel_shows_open_promises_of_both_sides(self):
        promises = self.env["customer.lifecycle.commitment"]
        for name, side, days in (("Theirs", "theirs", 5), ("Ours", "ours", -2)):
            promises.create(
                {
                    "lifecycle_id": self.acme.id,
                    "name": name,
                    "side": side,
                    "made_date": TODAY - timedelta(days=9),
                    "due_date": TODAY + timedelta(days=days),
                }
            )
        kept = promises.create(
            {
                "lifecycle_id": self.acme.id,
                "name": "Kept",
                "made_date": TODAY,
                "due_date": TODAY,
            }
        )
        kept.action_keep()
        self.assertEqual(
            [
                (promise["text"], promise["side"], promise["when"])
                for promise in self.brief()["promises"]
            ],
            [
                ("Ours", "ours", "was due on 03/14/2026"),
                ("Theirs", "theirs", "due on 03/21/2026"),
            ],
        )

    def test_panel_shows_the_last_idea_and_the_last_rating(self):
        self.assertIsNone(self.brief()["idea"])
        self.assertIsNone(self.brief()["rating"])
        self._idea(TODAY - timedelta(days=30), name="Older")
        self._idea(TODAY - timedelta(days=3), name="Newer", outcome="helped")
        self.acme.sudo().write({"satisfaction": 2, "satisfaction_date": TODAY})
        idea, rating = self.brief()["idea"], self.brief()["rating"]
        self.assertEqual((idea["text"], idea["outcome"]), ("Newer", "It Helped"))
        self.assertEqual((rating["text"], rating["is_bad"]), ("2 of 5", True))

    def test_panel_shows_needs_that_are_not_solved(self):
        options = {"user_id": self.seller.id}
        self._purchase(self.partner, 9, lifecycle_need="Silence", **options)
        unsolved = self._purchase(self.partner, 8, lifecycle_need="Power", **options)
        unsolved._answer_need(False)
        solved = self._purchase(self.partner, 7, lifecycle_need="Light", **options)
        solved._answer_need(True)
        self.assertEqual(
            [(need["text"], need["state"]) for need in self.brief()["needs"]],
            [("Power", "unsolved"), ("Silence", "open")],
        )

    # ----------------------------------------------------------------------- contacts

    def _message(self, document, body, days, author):
        """Post what somebody wrote so many days ago."""
        message = document.message_post(
            body=body,
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        message.date = datetime.combine(TODAY, time(9)) - timedelta(days=days)
        return message

    def test_panel_shows_the_last_three_contacts(self):
        ana = self._person("Ana", email="ana@example.com")
        stranger = self._customer("Stranger")
        order = self._quotation(self.partner, user_id=self.seller.id)
        ours = self.seller.partner_id
        self._message(self.partner, "Too old to be told", 40, ours)
        self._message(self.acme, "How are you?", 30, ours)
        self._message(order, "Is it quiet?", 20, ana)
        self.env["calendar.event"].create(
            {
                "name": "Lunch",
                "start": datetime.combine(TODAY - timedelta(days=10), time(12)),
                "stop": datetime.combine(TODAY - timedelta(days=10), time(13)),
                "user_id": self.seller.id,
                # another customer sat at the table, who is nobody's business here
                "partner_ids": [(6, 0, (ours | ana | stranger).ids)],
            }
        )
        contacts = self.brief()["contacts"]
        self.assertEqual(
            [(each["kind"], each["side"], each["who"]) for each in contacts],
            [
                ("Meeting", "both", "Ana"),
                ("Message", "theirs", "Ana"),
                ("Message", "ours", "Sally"),
            ],
        )
        self.assertEqual(
            [each["text"] for each in contacts],
            ["Lunch", "Is it quiet?", "How are you?"],
        )

    def test_done_activity_is_told_without_its_headings(self):
        log = self.env["customer.lifecycle.contact.log"]
        for note, kind in ((False, "call"), ("They build <b>halls", "visit")):
            log.create(
                {"lifecycle_id": self.acme.id, "kind": kind, "note": note}
            ).action_log()
        self.assertEqual(
            {each["kind"]: each["text"] for each in self.brief()["contacts"]},
            {
                "Call": f"Called {self.partner.name}.",
                "Visit": f"Visited {self.partner.name}. They build <b>halls",
            },
        )

    def test_message_with_a_link_or_an_image_is_told_without_its_address(self):
        body = Markup("<p>See <a href='/a'>this</a> <img src='/b.png' alt='B'/></p>")
        self._message(self.acme, body, 2, self.seller.partner_id)
        [contact] = self.brief()["contacts"]
        self.assertEqual(contact["text"], "See this")

    def test_rating_is_told_with_its_words(self):
        ana = self._person("Ana", email="ana@example.com")
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("customer.lifecycle"),
                "res_id": self.acme.id,
                "partner_id": ana.id,
            }
        )
        self.acme.rating_apply(3, rating=rating, feedback="Too\nloud")
        [contact] = self.brief()["contacts"]
        self.assertEqual(contact["text"], "Rating: 3 of 5. Too loud")
        rating.feedback = False
        self.acme._comment_rating(rating, "And too late")
        self.assertEqual(
            [each["text"] for each in self.brief()["contacts"]],
            ["And too late", "Rating: 3 of 5."],
        )

    def test_text_of_a_message_is_only_for_who_may_open_it(self):
        ana = self._person("Ana", email="ana@example.com")
        order = self._quotation(self.partner, user_id=self.colleague.id)
        self._message(order, "Between the two of us", 2, ana)
        [contact] = self.brief(self.seller)["contacts"]
        self.assertEqual((contact["who"], contact["text"]), ("Ana", ""))
        [contact] = self.brief(self.manager)["contacts"]
        self.assertEqual(contact["text"], "Between the two of us")

    # ----------------------------------------------------------------------- products

    def test_panel_says_what_they_buy(self):
        self.bought(self.partner, "Apples", 65, 45, 25, 5)
        self.bought(self.partner, "Bread", 12)
        bought = {each["name"]: each["text"] for each in self.brief()["bought"]}
        self.assertEqual(bought["Apples"], "About every 20 days; last on 03/11/2026.")
        self.assertEqual(bought["Bread"], "Once, on 03/04/2026.")

    def test_panel_says_what_they_stopped_buying(self):
        self.bought(self.partner, "Apples", 120, 100, 80, 61)
        self.bought(self.partner, "Bread", 120, 90, 60)
        self.bought(self.partner, "Cheese", 130, 90)
        self.bought(self.partner, "Dates", 400)
        stopped = self.brief()["stopped"]
        self.assertEqual(
            [(each["name"], each["text"]) for each in stopped],
            [
                (
                    "Apples",
                    "Used to be every 20 days; none for 61, since 01/14/2026.",
                ),
                (
                    "Cheese",
                    "Used to be every 40 days; none for 90, since 12/16/2025.",
                ),
            ],
            "bread: 60 days are no pause yet; dates: once is no habit",
        )
        self.assertNotIn("Dates", self.names("bought"))
        self.assertIn("Bread", self.names("bought"))

    def test_panel_says_what_others_like_them_also_buy(self):
        peers = [self._customer(f"Peer {number}") for number in range(3)]
        stranger = self._customer("Stranger")
        self.bought(self.partner, "Apples", 30, 10)
        self.bought(self.partner, "Eggs", 900)
        for peer in peers:
            self.bought(peer, "Apples", 20)
            self.bought(peer, "Cheese", 15)
            self.bought(peer, "Eggs", 15)
        for peer in peers[:2]:
            self.bought(peer, "Bread", 10)
        self.bought(peers[0], "Dates", 10)
        for days in (5, 9):
            self.bought(stranger, "Figs", days)
        suggested = self.brief()["suggested"]
        self.assertEqual(
            [(each["name"], each["text"].split(" customers")[0]) for each in suggested],
            [("Cheese", "3 of 3"), ("Bread", "2 of 3")],
            "not what they know, nor what one peer or strangers buy",
        )
        self.products["Cheese"].active = False
        self.assertEqual(self.names("suggested"), ["Bread"], "what can be sold")

    def test_only_what_was_sold_in_this_company_counts(self):
        other = self.env["res.company"].create(
            {"name": "Other", "currency_id": self.company.currency_id.id}
        )
        self.env.user.company_ids |= other
        peers = [self._customer(f"Peer {number}") for number in range(2)]
        self.bought(self.partner, "Apples", 30, 10)
        for peer in peers:
            self.bought(peer, "Apples", 20)
            self.bought(peer.with_company(other), "Bread", 20, company_id=other.id)
            self._quotation(peer).order_line.product_id = self.products["Cheese"]
        self.assertEqual(self.names("suggested"), [])

    def test_given_things_and_rewards_are_not_bought(self):
        self.bought(self.partner, "Apples", 12, amount=0)
        self.assertNotIn("Apples", self.names("bought"))

    # ------------------------------------------------------------------------- access

    def test_products_of_a_colleagues_orders_are_told(self):
        self.bought(self.partner, "Apples", 12, user_id=self.colleague.id)
        self.assertIn("Apples", self.names("bought"))

    def test_whoever_may_not_read_the_card_gets_nothing(self):
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            self.brief(self.colleague)

    @users("lifecycle_sally")
    def test_button_opens_the_panel(self):
        acme = self.acme.with_user(self.env.user)
        action = acme.action_prepare_call()
        self.assertEqual(action["tag"], "customer_lifecycle.briefing")
        self.assertEqual(action["params"], {"card_id": acme.id})
        self.assertEqual(acme.get_briefing()["name"], "Acme")

    def test_customer_without_anything_has_a_panel(self):
        fresh = self.Card.create({"partner_id": self._customer("Fresh").id})
        briefing = fresh.get_briefing()
        for part in ("facts", "contacts", "promises", "bought", "suggested"):
            self.assertEqual(briefing[part], [], part)
