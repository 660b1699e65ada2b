from datetime import date

from odoo import api, fields, models
from odoo.tools import format_date


class CustomerLifecycleAskable(models.AbstractModel):
    """What can be asked about when it is overdue, and cried out when it is broken.

    The part of a promise that talks to people of ours: never to the customer.
    """

    _name = "customer.lifecycle.askable"
    _description = "Questions and Alerts about Promises"

    def _ask(self, today: date):
        """Give the responsible an activity: was it kept?"""
        kind = self.env.ref(
            "customer_lifecycle.mail_activity_type_promise", raise_if_not_found=False
        )
        # sudo: mail.activity - questions are asked by the addon, in nobody's name
        activities = self.env["mail.activity"].sudo()
        activities.with_context(mail_activity_quick_update=True).create(
            [promise._question_vals(kind, today) for promise in self]
        )
        self.write({"asked_date": today})

    def _question_vals(self, kind, today: date) -> dict:
        """Return the values of the activity that asks whether it was kept."""
        user = self._whom_to_ask()
        here = self.with_context(lang=user.lang or self.company_id.partner_id.lang)
        until = fields.Date.add(today, days=self.company_id.lifecycle_grace_days)
        return {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "activity_type_id": kind.id if kind else False,
            "automated": True,
            "summary": here.env._("Was it kept? %(promise)s", promise=self.name),
            "note": here.env._(
                "Say so on the promise. Without an answer it counts as not kept from "
                "%(date)s on.",
                date=format_date(here.env, until),
            ),
            "user_id": user.id,
            "date_deadline": today,
        }

    def _whom_to_ask(self):
        """Return who answers for it: the responsible, the salesperson, the leader."""
        card = self.lifecycle_id
        people = [self.user_id, card.user_id, card.team_id.user_id]
        return next(
            (user for user in people if user.active and not user.share),
            self.env["res.users"],
        )

    def _drop_questions(self):
        """Remove the activities that ask about these promises."""
        # sudo: mail.activity - the addon's own questions, whoever was asked
        self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("automated", "=", True),
            ]
        ).unlink()

    def _alert_broken(self):
        """Tell the salesperson, the responsible and the manager, once."""
        news = self.filtered(lambda promise: not promise.is_alerted)
        managers = {
            company: self._sales_managers(company) for company in news.company_id
        }
        for promise in news:  # a message that notifies is posted on one record
            people = promise._whom_to_alert(managers[promise.company_id])
            lang = people[:1].lang or promise.company_id.partner_id.lang
            promise.lifecycle_id.message_post(
                body=promise.with_context(lang=lang)._broken_sentence(),
                subtype_xmlid="mail.mt_note",
                partner_ids=people.partner_id.ids,
            )
        news.write({"is_alerted": True})

    @api.model
    def _sales_managers(self, company):
        """Return who manages sales in a company."""
        group = self.env.ref("sales_team.group_sale_manager")
        return self.env["res.users"].search(
            [
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
            ]
        )

    def _whom_to_alert(self, managers):
        """Return the owner, the responsible and the manager of the customer.

        The manager is the leader of the team, else whoever manages sales here.
        """
        card = self.lifecycle_id
        people = card.user_id | self.user_id | (card.team_id.user_id or managers)
        return people.filtered("active")

    def _broken_sentence(self) -> str:
        """Say which promise was not kept, in the language of the context."""
        self.ensure_one()
        values = {
            "promise": self.name,
            "customer": self.lifecycle_id.partner_id.display_name,
            "date": format_date(self.env, self.due_date),
        }
        if self.side == "theirs":
            return self.env._(
                "%(customer)s promised “%(promise)s” for %(date)s and did not keep it.",
                **values,
            )
        return self.env._(
            "“%(promise)s” was promised to %(customer)s for %(date)s and was not kept.",
            **values,
        )
