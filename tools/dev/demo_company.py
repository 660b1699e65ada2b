"""Make the demo company in a database that has the addon: ``./dev run`` calls it.

What it writes is invented in ``demo_world.py``. It is written in one transaction, so
that an interruption leaves nothing; then the cards are built by the addon's own
refresh, and a few things are done that need cards. A second run does nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from demo_bonds import bind
from demo_data import (
    LOST_REASONS,
    MANAGER,
    MANAGER_AMOUNT,
    PRODUCTS,
    SEED,
    TAGS,
    Customer,
    Lead,
    Order,
)
from demo_outreach import show_outreach
from demo_relationship import DemoRelationship, forget_levels
from demo_setup import (
    SPANISH,
    TIME_ZONE,
    make_teams,
    make_users,
    set_company,
    set_languages,
    stay_offline,
)
from demo_world import invent
from odoo_script import (
    OrderDefaults,
    Progress,
    ScriptError,
    commit,
    open_database,
    quiet_environment,
    refresh_cards,
)

from odoo.api import Environment
from odoo.fields import Command
from odoo.tools import split_every

ORDERS_PER_BATCH = 500
# What a product costs, as a share of its price.
COST_SHARE = 0.55
# How far the demo company of a database is made; see ``main``.
PROGRESS_PARAMETER = "customer_lifecycle.demo_company"
WRITTEN, COMPLETE = "written", "complete"


def main(arguments: list[str] | None = None) -> int:
    """Make the demo company in the database that the command line names."""
    parser = argparse.ArgumentParser(description="Make the demo company.")
    parser.add_argument("-d", "--database", required=True, metavar="NAME")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        registry = open_database(options.database)
        with quiet_environment(registry) as env:
            done = make(env)
    except ScriptError as error:
        print(f"demo company: {error}", file=sys.stderr)
        return 2
    seconds = time.monotonic() - started
    print(f"The demo company is {'made' if done else 'there'} ({seconds:.0f} s).")
    return 0


def make(env: Environment) -> bool:
    """Take up the work where it was left; return whether there was any.

    :raise ScriptError: the database holds somebody's orders already
    """
    parameters = env["ir.config_parameter"]
    state = parameters.get_param(PROGRESS_PARAMETER)
    if state == COMPLETE:
        return False
    if state != WRITTEN:
        if env["sale.order"].search_count([], limit=1):
            raise ScriptError("there are orders in this database: use an empty one")
        DemoCompany(env).write()
        parameters.set_param(PROGRESS_PARAMETER, WRITTEN)
        commit(env)
    place_customers(env)
    DemoCompany(env).use_cards()
    place_customers(env)
    DemoCompany(env).show_setbacks_and_friends()
    show_outreach(env)
    parameters.set_param(PROGRESS_PARAMETER, COMPLETE)
    place_customers(env)
    return True


def place_customers(env: Environment) -> None:
    """Commit, and bring every card up to date.

    :raise ScriptError: some cannot be
    """
    if waiting := refresh_cards(env):
        raise ScriptError(f"{waiting} customers could not be placed: see the log")


class DemoCompany:
    """Writes the invented company into the first company of a database."""

    def __init__(self, env: Environment):
        self.env = env
        self.company = env["res.company"].search([], order="id", limit=1)
        self.zone = ZoneInfo(TIME_ZONE)
        self.today = datetime.now(self.zone).date()
        self.customers = invent(self.today)
        self.bonds = bind(self.customers, SEED)

    def write(self) -> None:
        """Write everything that the cards will be built from; commit nothing."""
        set_languages(self.env)
        set_company(self.company)
        stay_offline(self.env)
        self.teams = make_teams(self.env)
        self.users = make_users(self.env, self.teams)
        self.products = self._make_products()
        self.partners = self._make_partners()
        self.leads = self._make_leads()
        self._make_orders()

    # What is sold, and to whom

    def _make_products(self) -> dict[str, tuple[int, float]]:
        """Return (product id, price) by name."""
        products = self.env["product.product"].create(
            [
                {
                    "name": name,
                    "list_price": price,
                    "standard_price": round(price * COST_SHARE, 2),
                    "type": "service" if price >= 75 and "box" not in name else "consu",
                    "invoice_policy": "delivery",
                    "taxes_id": [Command.clear()],
                }
                for name, price in PRODUCTS.items()
            ]
        )
        return {
            name: (product.id, price)
            for product, (name, price) in zip(products, PRODUCTS.items(), strict=True)
        }

    def _make_partners(self):
        """Return the customers' contacts, in the order of the invented customers."""
        tags = self.env["res.partner.category"].create([{"name": tag} for tag in TAGS])
        tag_ids = {tag.name: tag.id for tag in tags}
        countries = self.env["res.country"].search([])
        country_ids = {country.code: country.id for country in countries}
        partners = self.env["res.partner"].create(
            [self._partner_vals(item, tag_ids, country_ids) for item in self.customers]
        )
        self.env["res.partner"].create(
            [
                {
                    "name": customer.person,
                    "parent_id": partner.id,
                    "function": "Owner" if customer.key % 3 else "Purchasing",
                    "email": customer.email.replace("hola@", "pedidos@"),
                }
                for customer, partner in zip(self.customers, partners, strict=True)
                if customer.segment.is_company
            ]
        )
        for customer, partner in zip(self.customers, partners, strict=True):
            if customer.referred_by is not None:
                partner.lifecycle_referred_by_id = partners[customer.referred_by]
        return partners

    def _partner_vals(
        self, customer: Customer, tag_ids: dict, country_ids: dict
    ) -> dict:
        city, country, zip_code = customer.city
        return {
            "name": customer.name,
            "is_company": customer.segment.is_company,
            "ref": f"B{customer.key + 1:04}",
            "email": customer.email,
            # No number begins like this: nobody is called by mistake.
            "phone": f"+34 555 010 {customer.key:03}",
            "city": city,
            "zip": zip_code,
            "country_id": country_ids[country],
            "lang": SPANISH if country == "ES" else "en_US",
            "category_id": [Command.set([tag_ids[tag] for tag in customer.tags])],
            "user_id": self._user_id(customer),
            "comment": customer.comment,
        }

    def _user_id(self, customer: Customer) -> int | bool:
        return bool(customer.salesperson) and self.users[customer.salesperson].id

    # How they were met

    def _make_leads(self) -> dict[int, int]:
        """Return the won opportunity by customer key."""
        self.stages = self.env["crm.stage"].search([("is_won", "=", False)])
        self.won_stage = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.reasons = self.env["crm.lost.reason"].create(
            [{"name": name} for name in LOST_REASONS]
        )
        pairs = [
            (customer, lead) for customer in self.customers for lead in customer.leads
        ]
        leads = self.env["crm.lead"].create([self._lead_vals(*pair) for pair in pairs])
        self.env.flush_all()
        # The day of the first touch is the lead's create_date, which only SQL can set.
        self.env.cr.execute_values(
            """
            UPDATE crm_lead AS lead
               SET create_date = days.at,
                   date_open = days.at
              FROM (VALUES %s) AS days (id, at)
             WHERE lead.id = days.id
            """,
            [
                (record.id, self._moment(lead.days_ago, 10 * 60))
                for record, (_customer, lead) in zip(leads, pairs, strict=True)
            ],
        )
        leads.invalidate_recordset()
        return {
            customer.key: record.id
            for record, (customer, lead) in zip(leads, pairs, strict=True)
            if lead.status == "won"
        }

    def _lead_vals(self, customer: Customer, lead: Lead) -> dict:
        vals = {
            "name": lead.title,
            "type": "lead" if lead.status == "lead" else "opportunity",
            "partner_id": self.partners[customer.key].id,
            "user_id": self._user_id(customer),
            "team_id": self.teams[customer.segment.team].id,
            "company_id": self.company.id,
            "expected_revenue": lead.amount,
            "stage_id": self.stages[lead.stage].id,
            **self._touch_vals(lead.touch),
        }
        if lead.status == "open" and lead.amount >= MANAGER_AMOUNT:
            vals["user_id"] = self.users[MANAGER].id
        if lead.status == "won":
            vals["stage_id"] = self.won_stage.id
        elif lead.status == "lost":
            reason = self.reasons[customer.key % len(self.reasons)]
            vals |= {"active": False, "probability": 0, "lost_reason_id": reason.id}
        return vals

    def _touch_vals(self, touch: tuple[str, str, str]) -> dict:
        models = {
            "source_id": "utm.source",
            "medium_id": "utm.medium",
            "campaign_id": "utm.campaign",
        }
        return {
            field: self._named(model, name)
            for (field, model), name in zip(models.items(), touch, strict=True)
            if name
        }

    def _named(self, model: str, name: str) -> int:
        """Return the record of that name, which is made if need be."""
        records = self.env[model]
        found = records.search([("name", "=", name)], limit=1)
        return (found or records.create({"name": name})).id

    # What they bought

    def _make_orders(self) -> None:
        pairs = [
            (customer, order)
            for customer in self.customers
            for order in customer.orders
        ]
        pairs.sort(key=lambda pair: (-pair[1].days_ago, pair[1].minute))
        first = {}
        for customer, order in pairs:
            if order.state == "sale":
                first.setdefault(customer.key, order)
        defaults = OrderDefaults(self.env, self.company)
        made = self.env["sale.order"]
        with Progress("Orders", len(pairs)) as progress:
            for batch in split_every(ORDERS_PER_BATCH, pairs, list):
                vals_list = [
                    self._order_vals(customer, order, defaults)
                    | self._origin_vals(customer, first.get(customer.key) is order)
                    for customer, order in batch
                ]
                made |= self.env["sale.order"].create(vals_list)
                self.env.flush_all()
                self.env.invalidate_all()
                progress.add(len(batch))
        # The list of quotations shows when they were created.
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = date_order WHERE id = ANY(%s)",
            [made.ids],
        )
        made.invalidate_recordset(["create_date"])
        self._answer_needs(zip(made, pairs, strict=True))

    def _answer_needs(self, orders) -> None:
        """Write down on the orders which needs they solved."""
        for record, (customer, order) in orders:
            if order.need and order.need_state != "open":
                record.write(
                    {
                        "lifecycle_need_state": order.need_state,
                        "lifecycle_need_answer_date": record.date_order.date(),
                        "lifecycle_need_answer_by_id": self.partners[customer.key].id,
                    }
                )

    def _order_vals(
        self, customer: Customer, order: Order, defaults: OrderDefaults
    ) -> dict:
        day = self.today - timedelta(days=order.days_ago)
        return {
            **defaults.order(day),
            "partner_id": self.partners[customer.key].id,
            "user_id": self._user_id(customer),
            "team_id": self.teams[customer.segment.team].id,
            "date_order": self._moment(order.days_ago, order.minute),
            "state": order.state,
            "lifecycle_need": order.need,
            "order_line": [
                Command.create(
                    {
                        **defaults.LINE,
                        "product_id": self.products[line.product][0],
                        "name": line.product,
                        "product_uom_qty": line.quantity,
                        "price_unit": self.products[line.product][1],
                    }
                )
                for line in order.lines
            ],
        }

    def _origin_vals(self, customer: Customer, is_first: bool) -> dict:
        """Return where a first order came from."""
        if not is_first or customer.key not in self.leads:
            return {}
        [won] = [lead for lead in customer.leads if lead.status == "won"]
        return {
            "opportunity_id": self.leads[customer.key],
            **self._touch_vals(won.touch),
        }

    def _moment(self, days_ago: int, minute: int) -> datetime:
        """Return a time of a day of the company, naive in UTC."""
        day = self.today - timedelta(days=days_ago)
        hour, minute = divmod(minute, 60)
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    # What is done with the cards

    def use_cards(self) -> None:
        """Write what relationships rest on, plan activities, move a card by hand."""
        self._relationship().write(self.customers, self.bonds)
        forget_levels(self.env)
        cards = self._cards()
        activities = []
        for customer in self.customers:
            card = cards.get(customer.name)
            for activity in customer.activities if card else ():
                user = card.user_id or self.env.ref("base.user_admin")
                activities.append(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(card._name),
                        "res_id": card.id,
                        "activity_type_id": self.env.ref(
                            f"mail.mail_activity_data_{activity.kind}"
                        ).id,
                        "summary": activity.summary,
                        "date_deadline": self._deadline(activity.in_days),
                        "user_id": user.id,
                    }
                )
            if card and customer.put_by_hand:
                self._put(card, customer.put_by_hand)
        self.env["mail.activity"].create(activities)

    def show_setbacks_and_friends(self) -> None:
        """Break a promise to a customer that stood higher; reward those who bring."""
        relationship = self._relationship()
        relationship.promise(self.bonds, "broken")
        relationship.reward_friends(self.company)

    def _relationship(self) -> DemoRelationship:
        cards = self._cards()
        by_key = {
            customer.key: cards[customer.name]
            for customer in self.customers
            if customer.name in cards
        }
        return DemoRelationship(self.env, self.today, by_key)

    def _cards(self) -> dict:
        """Return the cards by the customer's name."""
        cards = self.env["customer.lifecycle"].search(
            [("company_id", "=", self.company.id)]
        )
        return {card.partner_id.name: card for card in cards}

    def _deadline(self, in_days: int) -> date:
        return self.today + timedelta(days=in_days)

    def _put(self, card, code: str) -> None:
        """Move a card as the manager would, by dragging it."""
        manager = self.env["res.users"].search([("login", "=", MANAGER)])
        stage = self.env["customer.lifecycle.stage"].search([("code", "=", code)])
        card.with_user(manager).write({"stage_id": stage.id})


if __name__ == "__main__":
    sys.exit(main())
