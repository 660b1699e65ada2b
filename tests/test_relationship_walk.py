"""A relationship from its first need to a broken word, as people click through it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

import pytest
from test_screens import Shop

CUSTOMER = "Anna Baker"
NEED = "Bread that is still good on Monday"
PROMISE = "Bring the new flour on Thursday"
SENDER = "customer.lifecycle.sender"


class Walk:
    """One customer, known for two months, of whom nothing more is known."""

    def __init__(self, server, open_page):
        self.server = server
        self.call = server.call
        self.open_page = open_page
        self.shop = Shop(server)
        self.shop.customer(CUSTOMER, 60)
        [partner] = self.shop.ids("res.partner", [("name", "=", CUSTOMER)])
        self.call("res.partner", "write", [[partner], {"email": "anna@example.com"}])
        # how long a customer stays on a level is for the company to say: here no time
        levels = self.shop.ids("customer.lifecycle.level", [])
        self.call("customer.lifecycle.level", "write", [levels, {"minimum_days": 0}])
        # mails leave at any hour
        companies = self.shop.ids("res.company", [])
        self.call("res.company", "write", [companies, {"resource_calendar_id": False}])
        self.shop.refresh()

    def card(self) -> dict:
        return self.shop.card(CUSTOMER)

    def level(self) -> str:
        """Have the customer read as the scheduled action does, and say its level."""
        self.shop.refresh()
        return self.card()["level_id"][1]

    def open_card(self):
        """Open the card as the salesperson does."""
        path = f"/odoo/customer-lifecycle/{self.card()['id']}"
        page = self.open_page(self.server, path, user="sally")
        page.wait_for_selector(".o_lifecycle_ladder")
        return page

    def xmlid(self, name: str) -> int:
        domain = [("module", "=", "customer_lifecycle"), ("name", "=", name)]
        [found] = self.call("ir.model.data", "search_read", [domain, ["res_id"]])
        return found["res_id"]


@pytest.fixture
def walk(odoo_server, open_page) -> Walk:
    return Walk(odoo_server, open_page)


def test_relationship_climbs_by_what_is_done_and_falls_by_a_broken_promise(
    walk, browser
):
    assert walk.level() == "Product"
    order = order_with_need(walk)
    delivery_keeps_the_promise(walk, order)
    assert walk.level() == "Product"
    customer_clicks_that_it_was_solved(walk, browser)
    assert walk.level() == "Solution"
    page = walk.open_card()
    page.wait_for_selector("text=Next step to Relationship:")
    both_sides_talk(walk)
    assert walk.level() == "Relationship", walk.card()["level_next_step"]
    promise_is_broken(walk)
    assert walk.level() == "Solution"
    page = walk.open_card()
    page.wait_for_selector(f"text=Back to Solution: the promise “{PROMISE}”")
    assert page.errors == []


def order_with_need(walk: Walk) -> int:
    """Write an order with its need, delivered today, and confirm it."""
    page = walk.open_card()
    page.click("button[name=action_new_quotation]")
    page.fill("[name=lifecycle_need] textarea", NEED)
    page.click("text=Add a product")
    page.locator("[name=order_line] .o_selected_row input").first.fill("Thing")
    with page.expect_response("**/onchange**"):  # its name and price
        page.click(".o-autocomplete--dropdown-item:has-text('Thing')")
    page.click(".nav-link:has-text('Other Info')")
    now = datetime.now(timezone.utc).strftime("%m/%d/%Y %H:%M:%S")
    page.fill("[name=commitment_date] input", now)
    page.keyboard.press("Tab")
    page.click("button[name=action_confirm]")
    page.wait_for_selector(".o_reward_rainbow")  # it is the second purchase
    [order] = walk.shop.ids("sale.order", [("lifecycle_need", "=", NEED)])
    assert page.errors == []
    return order


def delivery_keeps_the_promise(walk: Walk, order: int) -> None:
    """Deliver it: what was promised by itself is kept by itself."""
    walk.shop.refresh()
    assert walk.card()["promise_open_count"] == 1
    page = walk.open_page(walk.server, f"/odoo/orders/{order}", user="sally")
    page.click("[name=order_line] td[name=qty_delivered]")
    page.fill("[name=order_line] td[name=qty_delivered] input", "1")
    with page.expect_response("**/web_save**"):
        page.click(".o_form_button_save")
    walk.shop.refresh()
    card = walk.card()
    assert (card["promise_open_count"], card["promise_kept_count"]) == (0, 1)
    assert page.errors == []


def customer_clicks_that_it_was_solved(walk: Walk, browser) -> None:
    """Send the question of the playbook; the customer answers it by one click."""
    rule = walk.xmlid("automation_delivery")
    values = {"active": True, "lifecycle_mode": "auto"}
    walk.call("base.automation", "write", [[rule], values])
    card = walk.card()["id"]
    walk.call(
        "ir.actions.server",
        "run",
        [[walk.xmlid("step_delivery_1")]],
        {
            "context": {
                "active_model": "customer.lifecycle",
                "active_id": card,
                "active_ids": [card],
            }
        },
    )
    [cron] = walk.shop.ids("ir.cron", [("model_id.model", "=", SENDER)])
    walk.call("ir.cron", "method_direct_trigger", [[cron]])
    sent = [("lifecycle_outreach_id", "!=", False)]
    [mail] = walk.call("mail.mail", "search_read", [sent, ["body_html"]])
    assert NEED in mail["body_html"]
    [yes] = re.findall(r'href="[^"]*(/rate/[^"/]+/5)"', mail["body_html"])
    page = browser.new_context(base_url=walk.server.url).new_page()
    page.goto(yes)
    # the click was in the mail: the page sends the answer itself
    page.wait_for_selector(".o_lifecycle_noted:has-text('Yes, it did')")


def both_sides_talk(walk: Walk) -> None:
    """Log a call, write down who decides and what matters, give an idea."""
    page = walk.open_card()
    page.click("button[name=action_log_contact]")
    page.fill(".modal [name=note] textarea", "She opens a second shop in May.")
    page.click(".modal button[name=action_log]")
    page.wait_for_selector("text=She opens a second shop in May.")
    page.click(".nav-link:has-text('What We Know')")
    write_fact(page, "[property-name=decider] input", "Anna herself")
    write_fact(page, "[property-name=cares] textarea", "Being on time")
    page.click("button[name=action_idea]")
    page.fill(".modal [name=name] input", "Bake the dark loaf on Saturdays only")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector("td:has-text('Bake the dark loaf')")
    assert page.errors == []


def write_fact(page, field: str, value: str) -> None:
    """Fill in a fact, and wait as long as nobody needs to go on to the next one.

    Odoo draws all facts again after each; what is typed meanwhile is lost.
    """
    page.fill(field, value)
    page.press(field, "Tab")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.locator(".o_form_button_save").wait_for()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def promise_is_broken(walk: Walk) -> None:
    """Make a promise, and say that it was not kept."""
    page = walk.open_card()
    page.click("button[name=action_promise]")
    page.fill(".modal [name=name] input", PROMISE)
    due = date.today() + timedelta(days=2)
    page.fill(".modal [name=due_date] input", due.strftime("%m/%d/%Y"))
    page.keyboard.press("Tab")
    page.click(".modal button[name=action_promise]")
    page.click(".nav-link:has-text('Promises')")
    page.locator("tr", has_text=PROMISE).locator("button[name=action_break]").click()
    page.click(".modal button:has-text('Ok')")
    state = page.locator("tr", has_text=PROMISE).locator("td[name=state]")
    state.filter(has_text="Not Kept").wait_for()
    assert page.errors == []
