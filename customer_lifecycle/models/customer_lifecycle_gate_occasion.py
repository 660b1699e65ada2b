from datetime import date, datetime

from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_gate_mixin import Verdict
from .customer_lifecycle_purchase import Scope

#: Occasions that are over as soon as the card says another one.
OF_CARD = ("stage", "level", "year", "reward")


class CustomerLifecycleGateOccasion(models.AbstractModel):
    """Checks whether an outreach still makes sense: what it is for may be over."""

    _name = "customer.lifecycle.gate.occasion"
    _description = "Gate: the Occasion"
    _inherit = ["customer.lifecycle.gate.mixin"]

    # ---------------------------------------------------------------- step and customer

    def _check_step(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Nothing goes out for a step that is gone or says nothing."""
        verdicts = {}
        for each in outreach:
            if not each.step_id:
                verdicts[each.id] = Verdict("cancelled", "step_gone")
            elif each in self._mails(each) and not self._has_message(each):
                verdicts[each.id] = Verdict(
                    "held", "no_message", {"step": each.step_id.name}
                )
        return verdicts

    def _has_message(self, outreach) -> bool:
        """Say whether the step of an outreach has a message; for companions."""
        return bool(outreach._template())

    def _check_customer(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Nobody who was left out or archived hears from us."""
        verdicts = {}
        for each in outreach:
            card = each.lifecycle_id
            if card.inclusion == "excluded":
                verdicts[each.id] = Verdict("cancelled", "left_out")
            elif not (
                card.active and card.partner_id.active and each.partner_id.active
            ):
                verdicts[each.id] = Verdict("cancelled", "archived")
        return verdicts

    # ------------------------------------------------------------------------- occasion

    def _check_occasion(self, outreach, at: datetime) -> dict[int, Verdict]:
        """What an outreach is for may be over: the stage, the quotation, the year."""
        over = Verdict("cancelled", "occasion_over")
        open_quotations = self._open_quotations(outreach, at)
        verdicts = {}
        for each in outreach:
            kind, _sep, value = each.occasion.partition(":")
            if kind == "quotation":
                now = open_quotations.get((each.company_id.id, self._customer_id(each)))
            elif kind in OF_CARD:
                now = self._occasion_of_card(each, kind, at)
            else:
                continue
            if str(now) != value:
                verdicts[each.id] = over
        return verdicts

    def _customer_id(self, outreach) -> int:
        """Return the contact whose orders count."""
        return outreach.lifecycle_id.partner_id.id

    def _occasion_of_card(self, outreach, kind: str, at: datetime):
        """Return what the card says the occasion is now."""
        planner = self.env["customer.lifecycle.planner"]
        return getattr(planner, f"_occasion_{kind}")(
            outreach.lifecycle_id, self._day(outreach.company_id, at)
        )

    def _open_quotations(self, outreach, at) -> dict[tuple[int, int], date]:
        """Return the day of the oldest open quotation, by company and customer."""
        asked = outreach.filtered(lambda each: each.occasion.startswith("quotation:"))
        evidence = self.env["customer.lifecycle.facts"]
        found = {}
        for company, of_company in asked.grouped("company_id").items():
            scope = Scope(
                company,
                tuple(of_company.lifecycle_id.partner_id.ids),
                self._day(company, at),
            )
            rows = self.env.execute_query(
                SQL(
                    "SELECT partner_id, oldest_day FROM (%s) AS quotations",
                    evidence._quotations_sql(scope),
                )
            )
            found |= {(company.id, partner_id): day for partner_id, day in rows}
        return found

    # ------------------------------------------------------------------------- purchase

    def _check_bought(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Nobody is asked to buy who just did: read from the orders themselves.

        The facts of the card may be as old as the last refresh.
        """
        stopping = outreach.filtered(
            lambda each: (
                each.step_id.lifecycle_stops_on_purchase and not each._is_prize()
            )
        )
        verdicts = {}
        for company, of_company in stopping.grouped("company_id").items():
            bought = self._last_purchases(company, of_company, at)
            for each in of_company:
                last = bought.get(self._customer_id(each))
                if last and last > self._since(each):
                    verdicts[each.id] = Verdict(
                        "cancelled", "bought", {"date": last.isoformat()}
                    )
        return verdicts

    def _since(self, outreach) -> date:
        """Return the day after which a purchase ends an outreach.

        The purchase that it is for, else the day on which it was planned. A reminder
        is for what its offer was for.
        """
        origin = outreach.offer_id or outreach
        kind, _sep, value = origin.occasion.partition(":")
        if kind == "purchase":
            # of a merged customer: the occasion, and which of two it was
            day = value.partition("#")[0]
            return date.min if day == "none" else date.fromisoformat(day)
        return self._day(origin.company_id, origin.create_date)

    def _last_purchases(self, company, outreach, at) -> dict[int, date]:
        """Return the day on which customers bought last: ``{partner id: day}``."""
        purchases = self.env["customer.lifecycle.facts"]
        where = SQL(
            "company_id = %s AND partner_id = ANY(%s::integer[])",
            company.id,
            outreach.lifecycle_id.partner_id.ids,
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT partner_id, MAX(day)
                      FROM (%(days)s) AS days
                     WHERE is_purchase
                       AND day <= %(today)s
                  GROUP BY partner_id
                    """,
                    days=purchases._purchase_day_query(where),
                    today=self._day(company, at),
                )
            )
        )

    # ---------------------------------------------------------------------------- reply

    def _check_replied(self, outreach, at: datetime) -> dict[int, Verdict]:
        """Whoever wrote to us gets an answer by a person, not the next step.

        For the later steps of a ladder, and where an answer is what it waits for.
        """
        later = {step: step != step._ladder()[:1] for step in outreach.step_id}
        asked = outreach.filtered(
            lambda each: (
                not each._is_prize()
                and (
                    later[each.step_id]
                    or each.kind == "reminder"
                    or each.occasion.startswith("quotation:")
                )
            )
        )
        verdicts = {}
        for company, of_company in asked.grouped("company_id").items():
            wrote = self._last_messages(company, of_company)
            for each in of_company:
                last = wrote.get(self._customer_id(each))
                if last and last > each.create_date:
                    verdicts[each.id] = Verdict(
                        "cancelled", "replied", {"date": last.date().isoformat()}
                    )
        return verdicts

    def _last_messages(self, company, outreach) -> dict[int, datetime]:
        """Return when customers last wrote, on any record: ``{partner id: UTC}``."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT author.commercial_partner_id, MAX(message.date)
                      FROM mail_message AS message
                      JOIN res_partner AS author
                        ON author.id = message.author_id
                     WHERE author.commercial_partner_id = ANY(%(customers)s)
                       AND author.partner_share
                       AND message.message_type IN ('email', 'comment')
                       AND message.lifecycle_is_automatic IS NOT TRUE
                       AND message.date > %(since)s
                       AND (message.record_company_id IS NULL
                            OR message.record_company_id = %(company)s)
                  GROUP BY author.commercial_partner_id
                    """,
                    customers=outreach.lifecycle_id.partner_id.ids,
                    since=min(outreach.mapped("create_date")),
                    company=company.id,
                )
            )
        )

    # ------------------------------------------------------------------------ sentences

    def _say_step_gone(self, values):
        return self.env._("Its step was deleted.")

    def _say_no_message(self, values):
        return self.env._(
            "Not sent: the step “%(step)s” has no message.", step=values.get("step")
        )

    def _say_left_out(self, values):
        return self.env._("This customer was left out by hand.")

    def _say_archived(self, values):
        return self.env._("The customer or its contact is archived.")

    def _say_occasion_over(self, values):
        return self.env._("What it was for is over.")

    def _say_bought(self, values):
        if not values.get("date"):
            return self.env._("The customer has bought since.")
        return self.env._(
            "The customer bought on %(date)s.",
            date=self._date_in_words(values),
        )
