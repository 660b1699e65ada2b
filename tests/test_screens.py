"""The screens in a real browser: what people click, and what becomes of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

CARD = ".o_kanban_record:not(.o_kanban_ghost)"


def days_ago(days: int) -> str:
    return (datetime.now() - timedelta(days=days)).strftime("%Y-%m-%d 12:00:00")


class Shop:
    """A shop with a salesperson and customers, filled over JSON-RPC."""

    def __init__(self, server):
        self.server = server
        [self.cron] = self.ids("ir.cron", [("model_id.model", "=", REFRESH)])
        self.product = self.create("product.product", {"name": "Thing"})
        [group] = self.ids(
            "ir.model.data",
            [("module", "=", "sales_team"), ("name", "=", "group_sale_salesman")],
        )
        [group] = server.call("ir.model.data", "read", [[group], ["res_id"]])
        self.user = self.create(
            "res.users",
            {
                "name": "Sally Sales",
                "login": "sally",
                "password": "sally",
                "group_ids": [(4, group["res_id"])],
            },
        )

    def ids(self, model: str, domain: list) -> list[int]:
        return self.server.call(model, "search", [domain])

    def create(self, model: str, values: dict) -> int:
        return self.server.call(model, "create", [[values]])[0]

    def customer(self, name: str, *purchases: int) -> int:
        """Create a contact that bought so many days ago."""
        partner = self.create("res.partner", {"name": name, "user_id": self.user})
        for days in purchases:
            line = {"product_id": self.product, "price_unit": 100, "tax_ids": []}
            self.create(
                "sale.order",
                {
                    "partner_id": partner,
                    "state": "sale",
                    "date_order": days_ago(days),
                    "order_line": [(0, 0, line)],
                },
            )
        return partner

    def refresh(self) -> None:
        """Run the scheduled action, as the server does by itself."""
        self.server.call("ir.cron", "method_direct_trigger", [[self.cron]])

    def card(self, name: str) -> dict:
        [card] = self.server.call(
            "customer.lifecycle",
            "search_read",
            [[("partner_id.name", "=", name)]],
        )
        return card


REFRESH = "customer.lifecycle.refresh"


@pytest.fixture(scope="module")
def shop(shared_server) -> Shop:
    shop = Shop(shared_server)
    shop.customer("Anna Once", 10)
    shop.customer("Bruno Steady", 95, 65, 35, 5)
    shop.customer("Carla Gone", 400, 370, 340)
    shop.customer("Dora Drag", 10)
    shop.create("res.partner", {"name": "Nora New", "user_id": shop.user})
    shop.refresh()
    return shop


def column(page, name: str):
    return page.locator(".o_kanban_group", has=page.locator(f"text='{name}'")).first


def drag(page, card, target) -> None:
    """Drag as a hand does: in steps, over the column."""
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 14)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 20, steps=5)
    page.mouse.move(end["x"] + 100, end["y"] + 130, steps=15)
    page.mouse.up()


def test_salesperson_finds_every_customer_in_its_column_with_its_reason(
    shop, open_page
):
    page = open_page(shop.server, "/odoo/customer-lifecycle", user="sally")
    page.wait_for_selector(CARD)
    for stage, name, reason in (
        ("Conversion", "Anna Once", "One purchase so far"),
        ("Retention", "Bruno Steady", "Buys about every 30 days"),
        ("Reactivation", "Carla Gone", "used to buy about every 30"),
    ):
        text = column(page, stage).inner_text()
        assert name in text
        assert reason in text
    assert page.errors == []


def test_dragged_card_stays_and_says_who_moved_it(shop, open_page):
    page = open_page(shop.server, "/odoo/customer-lifecycle", user="sally")
    card = page.locator(CARD, has_text="Dora Drag")
    card.wait_for()
    drag(page, card, column(page, "Growth"))
    column(page, "Growth").locator(CARD, has_text="Dora Drag").wait_for()
    page.wait_for_selector("text=Moved to Growth by Sally Sales")
    shop.refresh()
    moved = shop.card("Dora Drag")
    assert moved["stage_id"][1] == "Growth"
    assert moved["stage_pinned_until"]
    assert page.errors == []


def test_contact_is_added_from_a_column(shop, open_page):
    page = open_page(shop.server, "/odoo/customer-lifecycle", user="sally")
    page.wait_for_selector(CARD)
    column(page, "Acquisition").locator(".o_kanban_quick_add").click()
    field = page.locator(".o_kanban_quick_create [name=partner_id] input")
    field.fill("Nora New")
    page.click(".o-autocomplete--dropdown-item:has-text('Nora New')")
    page.click(".o_kanban_quick_create .o_kanban_add")
    column(page, "Acquisition").locator(CARD, has_text="Nora New").wait_for()
    assert shop.card("Nora New")["inclusion"] == "added"
    assert page.errors == []


def test_level_that_was_not_earned_is_not_offered_to_a_salesperson(shop, open_page):
    page = open_page(shop.server, "/odoo/customer-levels", user="sally")
    page.locator(CARD, has_text="Anna Once").click()
    page.click(".o_lifecycle_ladder button:has-text('Trust')")
    page.wait_for_selector("text=A sales manager can raise the customer")
    assert page.locator(".o_lifecycle_rung .o_lifecycle_move").count() == 0


def test_card_dragged_to_a_level_that_was_not_earned_is_refused_in_words(
    shop, open_page
):
    page = open_page(shop.server, "/odoo/customer-levels", user="sally")
    card = page.locator(CARD, has_text="Anna Once")
    card.wait_for()
    drag(page, card, column(page, "Trust"))
    page.wait_for_selector("text=has not earned the level Trust yet")
    assert shop.card("Anna Once")["level_id"][1] == "Product"


def test_manager_raises_a_level_with_a_reason(shop, open_page):
    page = open_page(shop.server, "/odoo/customer-levels")
    page.locator(CARD, has_text="Carla Gone").click()
    page.click(".o_lifecycle_ladder button:has-text('Relationship')")
    page.click(".o_lifecycle_rung .o_lifecycle_move")
    page.fill(".modal [name=note] textarea", "old friend of the house")
    page.click(".modal button:has-text('Move Customers')")
    page.wait_for_selector("text=old friend of the house")
    assert shop.card("Carla Gone")["level_id"][1] == "Relationship"


@pytest.mark.parametrize(
    ("path", "view", "sign"),
    [
        ("/odoo/customer-lifecycle", "list", ".o_data_row"),
        ("/odoo/customer-lifecycle", "pivot", ".o_pivot table"),
        ("/odoo/customer-lifecycle", "graph", ".o_graph_canvas_container canvas"),
        ("/odoo/customer-lifecycle", "activity", ".o_activity_view"),
        ("/odoo/customer-lifecycle-analysis", "list", ".o_data_row"),
        ("/odoo/customer-lifecycle-moves", "pivot", ".o_pivot_view"),
    ],
)
def test_view_opens_without_an_error(shop, open_page, path, view, sign):
    page = open_page(shop.server, path, user="sally")
    page.click(f".o_switch_view.o_{view}")
    page.wait_for_selector(sign)
    assert page.errors == []


def test_contacts_are_grouped_by_stage_and_moved_there(shop, open_page):
    page = open_page(shop.server, "/odoo/action-base.action_partner_form")
    page.click(".o_switch_view.o_kanban")
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_group_by_menu >> text=Lifecycle Stage")
    page.keyboard.press("Escape")
    page.wait_for_selector(".o_kanban_group")
    card = page.locator(CARD, has_text="Anna Once")
    # the card is shown there before the server has it
    with page.expect_response("**/web_save**"):
        drag(page, card, column(page, "Retention"))
    column(page, "Retention").locator(CARD, has_text="Anna Once").wait_for()
    shop.refresh()
    assert shop.card("Anna Once")["stage_id"][1] == "Retention"
    assert page.errors == []


def test_form_tells_rhythm_and_chance_in_words(shop, open_page):
    page = open_page(shop.server, "/odoo/customer-lifecycle", user="sally")
    page.locator(CARD, has_text="Bruno Steady").click()
    chance = page.locator("[name=return_chance]").last.inner_text()
    assert re.fullmatch(r"(Very likely|Likely|About even) \(\d\d%\)", chance)
    rhythm = page.locator("[name=regularity]").last.inner_text()
    assert rhythm in ("Like clockwork", "Regular", "Irregular")
    assert page.locator(".o_lifecycle_dates_point").count() == 4
    page.go_back()
    page.locator(CARD, has_text="Anna Once").click()
    page.wait_for_selector("text=Too few purchases to tell")
    # who has bought once or twice has no pause that is too long for it
    assert page.locator(".o_lifecycle_dates_point").count() == 3
    assert page.errors == []


def test_card_fits_the_width_of_a_phone(shop, open_page):
    page = open_page(
        shop.server,
        "/odoo/customer-lifecycle",
        user="sally",
        viewport={"width": 390, "height": 844},
    )
    card = page.locator(CARD, has_text="Bruno Steady")
    page.click(".o_kanban_group >> text=Retention", force=True)
    card.wait_for()
    assert card.bounding_box()["width"] <= 390
    assert page.errors == []


def test_empty_database_explains_what_will_appear(odoo_server, open_page):
    page = open_page(odoo_server, "/odoo/customer-lifecycle")
    page.wait_for_selector("text=No customers yet")
    assert page.errors == []
