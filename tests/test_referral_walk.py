"""A customer who brings a customer, from the link to the reward, as people click."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from test_screens import CARD, Shop

MARIA = "Maria Soto"
FRIEND = "Fred Friend"
REFERRAL = "customer.lifecycle.referral"
COUPON = "loyalty.card"
CONTACT_LOG = "customer.lifecycle.contact.log"
#: Coupons that can be used, those of the stock of examples left out.
GOOD_COUPONS = [("active", "=", True), ("program_id.name", "like", "Thanks")]


class Bringing:
    """Maria, a customer; and two coupon programs that nobody has chosen yet."""

    def __init__(self, server, open_page):
        self.server = server
        self.call = server.call
        self.open_page = open_page
        self.shop = Shop(server)
        self.shop.customer(MARIA, 60)
        self.shop.refresh()
        for name in ("Thanks for Bringing", "Thanks for Coming"):
            reward = {"discount": 10, "discount_mode": "percent"}
            self.shop.create(
                "loyalty.program",
                {
                    "name": name,
                    "program_type": "coupons",
                    "reward_ids": [(0, 0, reward)],
                },
            )

    def choose_rewards(self) -> None:
        """Choose both programs in the settings, as an administrator does."""
        page = self.open_page(self.server, "/odoo/settings#customer_lifecycle")
        page.click(".settings_tab .tab[data-key=customer_lifecycle]")
        for field, name in (
            ("lifecycle_referral_program_id", "Thanks for Bringing"),
            ("lifecycle_friend_program_id", "Thanks for Coming"),
        ):
            page.fill(f"[name={field}] input", name)
            page.click(f".o-autocomplete--dropdown-item:has-text('{name}')")
        page.click("[name=lifecycle_reward_when] .o_select_menu_toggler")
        page.click(".o_select_menu_item:has-text('The first order is confirmed')")
        page.click(".o_form_button_save")
        page.wait_for_selector(".o_setting_container", state="detached")
        assert page.errors == []

    def open_card(self, name: str):
        """Open the recommendations of a card as the salesperson does."""
        path = f"/odoo/customer-lifecycle/{self.shop.card(name)['id']}"
        page = self.open_page(self.server, path, user="sally")
        page.click(".nav-link:has-text('Recommendations')")
        return page

    def make_link(self) -> str:
        """Make Maria's code and link; return the link."""
        page = self.open_card(MARIA)
        page.click("button[name=action_make_referral_code]")
        link = page.locator("[name=referral_url] a, [name=referral_url] span").first
        link.wait_for()
        assert page.errors == []
        return self.shop.card(MARIA)["referral_url"]

    def coupons(self) -> list[dict]:
        return self.call(COUPON, "search_read", [GOOD_COUPONS, ["code", "partner_id"]])

    def state(self) -> str:
        self.shop.refresh()
        [referral] = self.call(REFERRAL, "search_read", [[], ["state"]])
        return referral["state"]


@pytest.fixture
def bringing(odoo_server, open_page) -> Bringing:
    return Bringing(odoo_server, open_page)


def test_friend_comes_by_link_buys_and_both_are_rewarded(bringing, browser):
    bringing.choose_rewards()
    link = bringing.make_link()
    friend_leaves_an_address(link, browser)
    order = salesperson_sells(bringing)
    assert bringing.state() == "rewarded"
    rewards = {row["partner_id"][1]: row["code"] for row in bringing.coupons()}
    assert set(rewards) == {MARIA, FRIEND}
    for name, words in (
        (MARIA, f"Brought {FRIEND}, who has bought"),
        (FRIEND, f"Came through {MARIA} and has bought"),
    ):
        page = bringing.open_card(name)
        page.wait_for_selector(f"text={words}")
        page.wait_for_selector(f"text={rewards[name]}")
        assert page.errors == []

    bringing.call("sale.order", "action_cancel", [[order]])
    assert bringing.state() == "taken_back"
    assert bringing.coupons() == []
    page = bringing.open_card(MARIA)
    page.wait_for_selector("text=is no longer good for anything")


def friend_leaves_an_address(link: str, browser) -> None:
    page = browser.new_context().new_page()
    page.goto(link)
    page.wait_for_selector("text=Maria recommends us")
    page.fill("input[name=name]", FRIEND)
    page.fill("input[name=email]", "fred@example.com")
    page.click("text=Get in Touch")
    page.wait_for_selector("text=We have your message")


def salesperson_sells(bringing: Bringing) -> int:
    """Make a quotation of what came by the link, and confirm it; return the order."""
    page = bringing.open_page(bringing.server, "/odoo/crm", user="sally")
    page.locator(CARD, has_text=FRIEND).click()
    page.click("button[name=action_sale_quotations_new]")
    # the contact is made of what was left on the page
    page.click(".modal button[name=action_apply]")
    page.wait_for_selector("[name=order_line]")
    page.click("text=Add a product")
    page.locator("[name=order_line] .o_selected_row input").first.fill("Thing")
    with page.expect_response("**/onchange**"):  # its name and price
        page.click(".o-autocomplete--dropdown-item:has-text('Thing')")
    page.click("button[name=action_confirm]")
    page.wait_for_selector(".o_reward_rainbow")  # a first purchase
    [order] = bringing.shop.ids("sale.order", [("partner_id.name", "=", FRIEND)])
    assert page.errors == []
    return order


def test_friend_read_by_several_at_once_is_rewarded_once(bringing):
    bringing.choose_rewards()
    bringing.make_link()
    [maria] = bringing.shop.ids("res.partner", [("name", "=", MARIA)])
    friend = bringing.shop.customer(FRIEND)
    bringing.call(
        "res.partner", "write", [[friend], {"lifecycle_referred_by_id": maria}]
    )
    # each of these reads the friend's card as the scheduled action does
    card = bringing.shop.create("customer.lifecycle", {"partner_id": friend})
    bringing.shop.refresh()
    logs = [bringing.shop.create(CONTACT_LOG, {"lifecycle_id": card}) for _ in range(4)]
    line = {"product_id": bringing.shop.product, "price_unit": 100, "tax_ids": []}
    order = bringing.shop.create(
        "sale.order", {"partner_id": friend, "order_line": [(0, 0, line)]}
    )
    bringing.call("sale.order", "action_confirm", [[order]])
    assert bringing.coupons() == []
    start = Barrier(len(logs))

    def log_a_contact(log: int) -> None:
        start.wait()
        bringing.call(CONTACT_LOG, "action_log", [[log]])

    with ThreadPoolExecutor(len(logs)) as workers:
        list(workers.map(log_a_contact, logs))
    coupons = bringing.coupons()
    assert sorted(coupon["partner_id"][1] for coupon in coupons) == [FRIEND, MARIA]
    assert bringing.state() == "rewarded"
    assert len(bringing.coupons()) == 2
