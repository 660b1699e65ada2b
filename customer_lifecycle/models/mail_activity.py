from odoo import models
from odoo.fields import Domain

#: The kind of activity that is an idea given, once it is done.
IDEA_TYPE = "customer_lifecycle.mail_activity_type_idea"


class MailActivity(models.Model):
    """An activity *Idea* that is done is an idea given to the customer."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        kind = self.env.ref(IDEA_TYPE, raise_if_not_found=False)
        given = self.filtered(
            lambda activity: (
                activity.active and kind and activity.activity_type_id == kind
            )
        )
        vals_list = given._idea_vals_list(feedback)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # sudo: customer.lifecycle.idea - whoever was asked to give it has given it
        self.env["customer.lifecycle.idea"].sudo().create(vals_list)
        return result

    def _idea_vals_list(self, feedback) -> list[dict]:
        """Return the ideas that these activities are; none where nobody gets it."""
        cards = self._idea_cards()
        return [
            {
                "lifecycle_id": cards[activity].id,
                "name": activity._idea_name(feedback),
                "note": feedback or False,
                "date": cards[activity].company_id._lifecycle_today(),
                "user_id": activity._idea_giver(cards[activity].company_id).id,
            }
            for activity in self
            if cards.get(activity)
        ]

    def _idea_giver(self, company):
        """Return who gave it: whose activity it was, if that is one of the company's.

        Else whoever did it in their place; nobody in particular where a program did.
        """
        # sudo: res.users - of which companies they are
        people = (self.user_id | self.env.user).sudo()
        return people.filtered(lambda user: company in user.company_ids)[:1]

    def _idea_name(self, feedback) -> str:
        """Return the idea in a line: as planned, else as told when it was done.

        The summary that every activity of the kind begins with says nothing.
        """
        kind = self.activity_type_id
        unsaid = {
            kind.with_context(lang=lang).summary
            for lang, _name in self.env["res.lang"].get_installed()
        }
        told = (feedback or "").strip().split("\n")[0]
        planned = self.summary if self.summary not in unsaid else ""
        return planned or told or self.summary or kind.name

    def _idea_cards(self) -> dict:
        """Return the card whose customer each activity is about: ``{activity: card}``.

        One query per model and one for the cards.
        """
        # sudo: customer.lifecycle - of whoever the activity concerns
        cards = self.env["customer.lifecycle"].sudo()
        keys = self._idea_customers()
        found = {
            (card.partner_id.id, card.company_id.id): card
            for card in cards.search(
                Domain(
                    "partner_id", "in", [partner for partner, _company in keys.values()]
                )
                & Domain("company_id", "in", [company for _p, company in keys.values()])
            )
        }
        return {activity: found.get(key) for activity, key in keys.items()}

    def _idea_customers(self) -> dict:
        """Return ``{activity: (commercial partner id, company id)}``."""
        promises = self.env["customer.lifecycle.promise"]
        customers = {}
        for model, activities in (
            self.filtered("res_model").grouped("res_model").items()
        ):
            # sudo: the records of activities that the user may do
            documents = self.env[model].sudo().browse(activities.mapped("res_id"))
            documents = {document.id: document for document in documents.exists()}
            for activity in activities:
                document = documents.get(activity.res_id)
                if not document:
                    continue
                partner = promises._partner_of(document).commercial_partner_id
                company = self.env.company
                if "company_id" in document._fields and document.company_id:
                    company = document.company_id
                customers[activity] = (partner.id, company.id)
        return customers
