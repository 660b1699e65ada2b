import secrets

from odoo import api, fields, models
from odoo.fields import Domain

#: Letters and figures that nobody confuses, read aloud or on paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Two of a million customers draw the same once in forty times; it is drawn again.
CODE_LENGTH = 7


class CustomerLifecycleReferrer(models.AbstractModel):
    """What a card has by which the customer brings others: code, link, who came.

    A code is made when it is asked for: by a person, or by the message that tells it.
    """

    _name = "customer.lifecycle.referrer"
    _description = "Customer Who Brings Customers"

    referral_code = fields.Char(
        readonly=True,
        copy=False,
        help="Whoever comes with this code was brought by this customer.",
    )
    referral_url = fields.Char(
        string="Referral Link",
        compute="_compute_referral_url",
        help="The page on which somebody leaves name and address, with this code.",
    )
    referral_ids = fields.One2many(
        "customer.lifecycle.referral", "lifecycle_id", readonly=True
    )
    brought_ids = fields.One2many(
        "customer.lifecycle.referral",
        "friend_lifecycle_id",
        string="Came Through",
        readonly=True,
    )
    brought_by_id = fields.Many2one(
        "res.partner",
        compute="_compute_brought_by_id",
        help="The customer who brought this one.",
    )
    referral_total = fields.Integer(
        string="Referrals Made",
        compute="_compute_referral_total",
        help="Whom this customer has brought, those who have not bought yet included.",
    )
    referral_reward_count = fields.Integer(
        string="Rewards for Recommendations",
        readonly=True,
        copy=False,
        help="How often this customer got something for a recommendation, as the one "
        "who brought or who was brought. A rule can wait for it to change.",
    )

    _referral_code_uniq = models.UniqueIndex(
        "(referral_code) WHERE referral_code IS NOT NULL"
    )

    @api.depends("referral_code")
    def _compute_referral_url(self):
        for card in self:
            card.referral_url = card.referral_code and (
                f"{card.get_base_url()}/lifecycle/r/{card.referral_code}"
            )

    @api.depends("brought_ids.lifecycle_id.partner_id")
    def _compute_brought_by_id(self):
        for card in self:
            # sudo: customer.lifecycle.referral - who looks after a customer may know
            # through whom it came, also where that is a colleague's
            card.brought_by_id = card.sudo().brought_ids[:1].lifecycle_id.partner_id

    @api.depends("referral_ids")
    def _compute_referral_total(self):
        counts = dict(
            self.env["customer.lifecycle.referral"]._read_group(
                [("lifecycle_id", "in", self.ids)], ["lifecycle_id"], ["__count"]
            )
        )
        for card in self:
            card.referral_total = counts.get(card, 0)

    def _referrer_name(self) -> str:
        """Return how strangers read of this customer: a person's first name only."""
        self.ensure_one()
        # sudo: res.partner - told to whoever has the link, and nothing else
        partner = self.sudo().partner_id
        name = (partner.name or "").strip()
        return name if partner.is_company else name.split(" ")[0]

    # ---------------------------------------------------------------------------- code

    def action_make_referral_code(self):
        """Give these customers a code and a link to bring others with."""
        self.check_access("read")
        self._make_referral_codes()

    def _make_referral_codes(self):
        """Give whoever has none a code; nobody can guess it, and it stays."""
        # sudo: customer.lifecycle - facts and codes are written by the addon only
        cards = self.sudo().filtered(lambda card: not card.referral_code)
        codes = self._new_referral_codes(len(cards))
        for card, code in zip(cards, codes, strict=True):
            card.referral_code = code

    @api.model
    def _new_referral_codes(self, count: int) -> set[str]:
        """Return so many codes that nobody has or had; few queries, however many."""
        codes = set()
        while len(codes) < count:
            drawn = {
                "".join(secrets.choice(ALPHABET) for _letter in range(CODE_LENGTH))
                for _code in range(count - len(codes))
            }
            codes |= drawn - self._taken_referral_codes(drawn)
        return codes

    @api.model
    def _taken_referral_codes(self, codes: set[str]) -> set[str]:
        """Return which of some codes lead to somebody, and always will."""
        # sudo: customer.lifecycle - a code is one customer's in all companies
        cards = self.env["customer.lifecycle"].sudo().with_context(active_test=False)
        taken = cards.search_fetch(
            [("referral_code", "in", list(codes))], ["referral_code"]
        )
        # sudo: customer.lifecycle.referral.code - as above
        former = self.env["customer.lifecycle.referral.code"].sudo()
        return {
            *taken.mapped("referral_code"),
            *former.search_fetch([("code", "in", list(codes))], ["code"]).mapped(
                "code"
            ),
        }

    def _every_referral_code(self) -> list[str]:
        """Return the codes that lead to these customers, former ones included."""
        # sudo: customer.lifecycle.referral.code - of customers whose codes one has
        former = self.env["customer.lifecycle.referral.code"].sudo()
        former = former.search([("lifecycle_id", "in", self.ids)])
        return [*filter(None, self.mapped("referral_code")), *former.mapped("code")]

    @api.model
    def _of_referral_code(self, code: str | None, company=None):
        """Return the card of whoever has a code, however it was typed.

        Also by the code of a card that this one has absorbed.

        :param company: only a customer of this one (default: of any)
        """
        code = "".join(letter for letter in (code or "").upper() if letter.isalnum())
        # sudo: customer.lifecycle - whoever has the code may use it
        cards = self.env["customer.lifecycle"].sudo()
        if not code:
            return cards
        of_company = Domain("company_id", "=", company.id) if company else Domain.TRUE
        found = cards.search(Domain("referral_code", "=", code) & of_company)
        if found:
            return found
        # sudo: customer.lifecycle.referral.code - as above
        former = self.env["customer.lifecycle.referral.code"].sudo()
        former = former.search([("code", "=", code)])
        return former.lifecycle_id.filtered("active").filtered_domain(of_company)

    # -------------------------------------------------------------------------- rewards

    def _referral_coupons(self):
        """Return the rewards of this customer that can still be used."""
        self.ensure_one()
        # sudo: customer.lifecycle.referral - what the customer has, for its messages
        card = self.sudo()
        coupons = card.referral_ids.coupon_id | card.brought_ids.friend_coupon_id
        today = self.company_id._lifecycle_today()
        return coupons.filtered(
            lambda coupon: (
                coupon.active
                and coupon.points > 0
                and not (coupon.expiration_date and coupon.expiration_date < today)
            )
        )

    def action_open_referrals(self):
        """Open whom this customer has brought, and who brought it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_referral_action"
        )
        domain = Domain("lifecycle_id", "=", self.id) | Domain(
            "friend_lifecycle_id", "=", self.id
        )
        return action | {"domain": list(domain), "context": {}}
