from collections import defaultdict
from datetime import date, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo.fields import Domain

from odoo.addons.customer_lifecycle.tools.forecast import (
    Forecaster,
    Limits,
    summarize,
)
from odoo.addons.customer_lifecycle.tools.model import Population
from odoo.addons.customer_lifecycle.tools.season import Season

#: How the customers of the two companies buy, by name.
POPULATIONS = {
    "Lifecycle Test": Population.default(41.3),
    "Lifecycle Twin": Population(
        r=0.6,
        alpha=20.0,
        a=0.8,
        b=3.0,
        weights=(0.3, 0.2, 0.2, 0.2, 0.1),
        season=Season((0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 0.6, 0.6, 1.2, 1.2, 1.5, 1.5)),
        typical_days=25.0,
    ),
}
DATES = ("due_date", "slipping_date", "lapsed_date")
#: The forecast of who has not bought.
NOTHING = dict.fromkeys(DATES, False) | {
    "regularity": "unknown",
    "return_chance": 0,
    "expected_purchases": 0,
    "expected_amount": 0,
    "amount_at_stake": 0,
    "rhythm_span": 0,
    "rhythm_log_sum": 0,
}


class Twin:
    """The facts of one customer in one company, read slowly with Python."""

    def __init__(self, company, customer, created, as_of):
        self.company, self.customer, self.as_of = company, customer, as_of
        self.env = customer.env
        self.tz = pytz.timezone(company.lifecycle_tz)
        below = Domain("partner_id.commercial_partner_id", "=", customer.id)
        mine = below & Domain("company_id", "=", company.id)
        self.orders = self.env["sale.order"].search(mine, order="date_order, id")
        self.leads = (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search(mine, order="id")
        )
        self.created = created  # when leads came, by id

    def day(self, at):
        return pytz.utc.localize(at).astimezone(self.tz).date()

    def amounts(self):
        """Return what was bought and whether it is a purchase, by day."""
        days = defaultdict(list)
        for order in self.orders.filtered(lambda order: order.state == "sale"):
            amount = order.amount_untaxed / order.currency_rate
            days[self.day(order.date_order)].append(amount)
        return days

    def purchases(self):
        return sorted(
            day
            for day, amounts in self.amounts().items()
            if day <= self.as_of and any(amount > 0 for amount in amounts)
        )

    def total(self, since=date.min):
        return sum(
            sum(amounts)
            for day, amounts in self.amounts().items()
            if since < day <= self.as_of
        )

    def deliveries(self):
        return [
            self.day(order.commitment_date or order.date_order)
            for order in self.orders
            if order.state == "sale" and order.amount_untaxed > 0
        ]

    def in_year(self, day):
        return day <= self.as_of < day + relativedelta(years=1)

    def is_owner(self, user):
        return user.active and not user.share and self.company in user.company_ids

    def owner(self):
        candidates = [self.customer.user_id]
        candidates += [
            order.user_id for order in reversed(self.orders) if order.state != "cancel"
        ]
        candidates += [lead.user_id for lead in reversed(self.leads)]
        return next(filter(self.is_owner, candidates), self.env["res.users"])

    def team(self):
        teams = [
            order.team_id for order in reversed(self.orders) if order.state != "cancel"
        ]
        teams += [lead.team_id for lead in reversed(self.leads)]
        return next(filter(None, teams), self.env["crm.team"])

    def touch(self):
        """Return the time and the record of the first touch."""
        touches = [(self.created[lead.id], 1, lead.id, lead) for lead in self.leads]
        touches += [(order.date_order, 2, order.id, order) for order in self.orders]
        return min(touches, default=None)

    def brought(self):
        friends = self.env["res.partner"].search(
            [("lifecycle_referred_by_id.commercial_partner_id", "=", self.customer.id)]
        )
        return sum(
            bool(Twin(self.company, friend, self.created, self.as_of).purchases())
            for friend in friends.commercial_partner_id
        )

    def brought_amount(self):
        friends = self.env["res.partner"].search(
            [("lifecycle_referred_by_id.commercial_partner_id", "=", self.customer.id)]
        )
        return sum(
            Twin(self.company, friend, self.created, self.as_of).total()
            for friend in friends.commercial_partner_id
        )

    def forecast(self):
        """Return what the maths say of these purchases, called without Odoo."""
        bought = [day.toordinal() for day in self.purchases()]
        if not bought:
            return NOTHING
        summary = summarize(bought, POPULATIONS[self.company.name].season)
        forecaster = Forecaster(POPULATIONS[self.company.name], Limits(60, 0.2, 0.05))
        found = forecaster.forecast(summary, self.as_of.toordinal())
        average = max(self.total() / len(bought), 0)
        due, slipping, lapsed = (
            date.fromordinal(day) if day else False
            for day in (found.due, found.slipping, found.lapsed)
        )
        return {
            "due_date": due,
            "slipping_date": slipping,
            "lapsed_date": lapsed,
            "regularity": found.regularity,
            "return_chance": found.return_chance,
            "expected_purchases": found.expected_purchases,
            "expected_amount": found.expected_purchases * average,
            "amount_at_stake": found.at_stake_purchases * average,
            "rhythm_span": summary.span,
            "rhythm_log_sum": summary.log_sum,
        }

    def next_change(self):
        days = [self.forecast()[name] for name in DATES if self.forecast()[name]]
        days += [
            day + relativedelta(years=1) for day in self.amounts() if self.in_year(day)
        ]
        days += [day for day in self.amounts() if day > self.as_of]
        lapsed = self.forecast()["lapsed_date"] or date.max
        days += [
            day
            for first in self.purchases()[:1]
            for number in range(1, 12)
            if (day := first + relativedelta(years=number)) < lapsed
        ]
        days += self.deliveries()
        ideas = self.env["customer.lifecycle.idea"].search(
            [
                ("lifecycle_id.partner_id", "=", self.customer.id),
                ("company_id", "=", self.company.id),
                ("date", "<=", self.as_of),
            ]
        )
        days += [day + relativedelta(years=1) for day in ideas.mapped("date")]
        promises = self.orders.env["customer.lifecycle.commitment"].search(
            [("order_id", "in", self.orders.ids), ("state", "=", "open")]
        )
        # the validity of what was sent: it ends by itself the day after
        days += [promise.due_date + timedelta(days=1) for promise in promises]
        # the shipped level of trust asks for a year as a customer
        days += [day + timedelta(days=365) for day in self.purchases()[:1]]
        return min((day for day in days if day > self.as_of), default=False)

    def needs(self):
        """Return how many needs there are, and how many were answered which way."""
        needed = self.orders.filtered(
            lambda order: order.state == "sale" and order.lifecycle_need
        )
        states = needed.mapped("lifecycle_need_state")
        return {
            "need_count": len(needed),
            "solved_count": states.count("solved"),
            "unsolved_count": states.count("unsolved"),
        }

    def known(self):
        """Return what is known of the people, the facts and the ideas."""
        card = self.env["customer.lifecycle"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("company_id", "=", self.company.id),
            ]
        )
        people = self.customer.child_ids.filtered(
            lambda person: not person.is_company and (person.email or person.phone)
        )
        facts = dict(card.properties or {})
        wanted = self.company.lifecycle_properties_definition or []
        given = [idea.date for idea in card.idea_ids if idea.date <= self.as_of]
        return {
            "is_company": self.customer.is_company,
            "contact_person_count": len(people),
            "known_count": len([value for value in facts.values() if value]),
            "is_decider_known": (
                bool(facts.get("decider"))
                or "decider" not in [fact["name"] for fact in wanted]
            ),
            "idea_count": len([day for day in given if self.in_year(day)]),
            "last_idea_date": max(given, default=False),
        }

    def facts(self):
        bought = self.purchases()
        quotations = self.orders.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        open_leads = self.leads.filtered(
            lambda lead: (
                lead.active
                and lead.type == "opportunity"
                and lead.won_status == "pending"
            )
        )
        touch = self.touch()
        first = touch and touch[-1]
        pauses = [
            (after - before).days
            for before, after in zip(bought, bought[1:], strict=False)
        ]
        return self.forecast() | {
            "purchase_count": len(bought),
            "first_purchase_date": bought[0] if bought else False,
            "last_purchase_date": bought[-1] if bought else False,
            "purchase_span_days": sum(pauses),
            "interval_days": sum(pauses) / len(pauses) if pauses else 0,
            "amount_total": self.total(),
            "amount_year": sum(
                sum(amounts)
                for day, amounts in self.amounts().items()
                if self.in_year(day)
            ),
            "amount_average": self.total() / len(bought) if bought else 0,
            **self.needs(),
            **self.known(),
            "last_delivery_date": max(
                (day for day in self.deliveries() if day <= self.as_of), default=False
            ),
            "quotation_count": len(quotations),
            "oldest_quotation_date": min(
                (self.day(order.date_order) for order in quotations), default=False
            ),
            "opportunity_count": len(open_leads),
            "opportunity_amount": sum(open_leads.mapped("expected_revenue")),
            "referral_count": self.brought(),
            "referral_amount": self.brought_amount(),
            "first_touch_date": self.day(touch[0]) if touch else False,
            "source_id": first.source_id.id if first else False,
            "medium_id": first.medium_id.id if first else False,
            "campaign_id": first.campaign_id.id if first else False,
            "suggested_user_id": self.owner().id,
            "suggested_team_id": self.team().id,
            "next_change_date": self.next_change(),
        }
