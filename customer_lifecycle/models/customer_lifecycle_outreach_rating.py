from odoo import fields, models
from odoo.tools import hmac

#: The questions that the customer answers by a click.
RATED_QUESTIONS = ("rating", "solved")


class CustomerLifecycleOutreachRating(models.AbstractModel):
    """How a customer answers a question: one rating for each question that is sent.

    Its token is known before it is made, so that a preview shows the true links and
    makes nothing.
    """

    _name = "customer.lifecycle.outreach.rating"
    _description = "Rating of an Outreach"

    rating_id = fields.Many2one(
        "rating.rating",
        string="Answer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    question = fields.Char(
        readonly=True, help="What was asked, whatever the step asks by now."
    )

    def _rating_url(self, rate: int) -> str:
        """Return the address at which the customer gives a rating.

        For templates: ``object._rating_url(5)``.

        :param rate: 5 happy, 3 neutral, 1 unhappy
        """
        self.ensure_one()
        return f"{self.get_base_url()}/rate/{self._rating_token()}/{rate}"

    def _rating_token(self) -> str:
        """Return what nobody can guess who did not get the mail."""
        self.ensure_one()
        return hmac(self.env(su=True), "customer_lifecycle rating", str(self.id))

    def _make_ratings(self, question: str = "rating"):
        """Make the ratings that the links of these questions lead to.

        A question that is sent again has its rating already.

        :param question: one of ``RATED_QUESTIONS``
        """
        self.question = question
        asking = self.filtered(lambda each: not each.rating_id)
        model = self.env["ir.model"]._get("customer.lifecycle")
        # sudo: rating.rating - nobody but the customer may write its answer
        ratings = (
            self.env["rating.rating"]
            .sudo()
            .create(
                [
                    {
                        "access_token": each._rating_token(),
                        "res_model_id": model.id,
                        "res_id": each.lifecycle_id.id,
                        "partner_id": each.partner_id.id,
                        "rated_partner_id": each.lifecycle_id.user_id.partner_id.id,
                        "is_internal": False,
                    }
                    for each in asking
                ]
            )
        )
        for each, rating in zip(asking, ratings, strict=True):
            each.rating_id = rating

    def _needs_to_solve(self) -> list[str]:
        """Return the needs that the customer is asked about, in their own words.

        For templates: ``object._needs_to_solve()``.
        """
        self.ensure_one()
        solving = self.env["customer.lifecycle.solving"]
        orders = solving._orders_to_solve(self.lifecycle_id, fields.Datetime.now())
        return list(dict.fromkeys(orders.mapped("lifecycle_need")))
