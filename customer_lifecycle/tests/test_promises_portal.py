from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_promises import PromisesCommon


@tagged("post_install", "-at_install")
class TestPromisesOfTheCustomer(HttpCase, PromisesCommon):
    """The pages on which a customer sees the promises of both sides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        person = cls._customer("Paula", parent_id=cls.partner.id)
        cls.user = cls._user("portal", "Paula", partner_id=person.id)
        stranger = cls._customer("Stranger")
        cls._purchase(stranger, 20)
        card = cls.refresher._refresh(cls.company, stranger.ids, as_of=TODAY)
        cls.ours = cls._promise(name="Send <script>alert(1)</script> samples")
        cls.theirs = cls._promise(name="Pay the bill", side="theirs")
        cls.foreign = cls._promise(card=card, name="Not for Paula")

    def setUp(self):
        super().setUp()
        self.authenticate(self.user.login, self.user.login)

    def _page(self, path, status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return response.text

    def test_list_shows_the_promises_of_both_sides_and_nobody_elses(self):
        page = self._page("/my/promises")
        self.assertIn("Pay the bill", page)
        self.assertIn("You to us", page)
        self.assertIn("We to you", page)
        self.assertNotIn("Not for Paula", page)

    @mute_logger("odoo.http")
    def test_promise_of_a_company_that_the_customer_does_not_see_is_not_found(self):
        other = self.env["res.company"].create({"name": "Other"})
        card = self.Card.with_company(other).create(
            {"partner_id": self.partner.id, "company_id": other.id}
        )
        promise = self._promise(card=card, name="Between others", user_id=False)
        self.assertNotIn("Between others", self._page("/my/promises"))
        self._page(f"/my/promises/{promise.id}", 404)

    def test_colleague_who_has_left_is_nobody_to_ask(self):
        self.ours.user_id.active = False
        self.assertNotIn("Sally", self._page(f"/my/promises/{self.ours.id}"))

    def test_script_in_the_text_stays_text(self):
        for path in ("/my/promises", f"/my/promises/{self.ours.id}"):
            page = self._page(path)
            self.assertIn("Send &lt;script&gt;alert(1)", page)
            self.assertNotIn("Send <script>", page)

    def test_one_promise_says_who_and_by_when(self):
        self.ours.proof = "Our own business"
        page = self._page(f"/my/promises/{self.ours.id}")
        self.assertIn("Sally", page)
        self.assertIn("03/17/2026", page)
        self.assertNotIn("Our own business", page)

    @mute_logger("odoo.http")
    def test_promise_of_another_customer_is_not_found(self):
        for path in (
            f"/my/promises/{self.foreign.id}",
            "/my/promises/0",
            "/my/promises/999999999",
            "/my/promises/-1",
            "/my/promises/x",
        ):
            self._page(path, 404)
        self.assertEqual(self.foreign.state, "open")

    def test_home_counts_them(self):
        response = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["promise_count"]}
        )
        self.assertEqual(response["promise_count"], 2)
        self.assertIn("/my/promises", self._page("/my/home"))

    def test_order_is_named_to_whom_it_may_be_shown(self):
        order = self._purchase(self.partner, 1)
        self.ours.order_id = order
        self.assertIn(order.name, self._page(f"/my/promises/{self.ours.id}"))

    def test_nobody_who_is_not_logged_in_sees_them(self):
        self.logout()
        page = self._page(f"/my/promises/{self.theirs.id}")
        self.assertNotIn("Pay the bill", page)
        self.assertIn("/web/login", self.url_open("/my/promises").url)

    def test_customer_without_promises_reads_so(self):
        newcomer = self._user("portal", "Newcomer")
        self.authenticate(newcomer.login, newcomer.login)
        self.assertIn("no promises between us", self._page("/my/promises"))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models")
    def test_portal_user_has_no_other_way_to_them(self):
        for method, args in (
            ("read", [self.ours.ids, ["name"]]),
            ("search_read", [[]]),
            ("write", [self.ours.ids, {"name": "Nothing"}]),
            ("action_keep", [self.ours.ids]),
        ):
            with self.assertRaisesRegex(
                Exception, "Access Error|not allowed|AccessError"
            ):
                self.make_jsonrpc_request(
                    "/web/dataset/call_kw",
                    {
                        "model": "customer.lifecycle.commitment",
                        "method": method,
                        "args": args,
                        "kwargs": {},
                    },
                )
        self.assertEqual(self.ours.state, "open")


@tagged("post_install", "-at_install")
class TestPromiseErrors(HttpCase, PromisesCommon):
    """What a user reads whose promise is refused."""

    @mute_logger("odoo.sql_db", "odoo.http")
    def test_errors_are_said_in_words(self):
        self.authenticate(self.seller.login, self.seller.login)
        for vals, words in (
            ({"made_date": "2026-03-16"}, "Due"),
            (
                {"made_date": "2026-03-16", "due_date": "2026-03-15"},
                "cannot be due before it was made",
            ),
        ):
            self.assertIn(words, self._refusal(vals))
        self.assertFalse(self.acme.promise_ids)

    def _refusal(self, vals):
        """Return what a user reads who makes such a promise."""
        vals = {"lifecycle_id": self.acme.id, "name": "Send the samples"} | vals
        response = self.url_open(
            "/web/dataset/call_kw",
            json={
                "params": {
                    "model": "customer.lifecycle.commitment",
                    "method": "create",
                    "args": [vals],
                    "kwargs": {},
                }
            },
        )
        return response.json()["error"]["data"]["message"]
