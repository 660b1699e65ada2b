from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models

#: The coupon of each side, and the setting that says of which program it is.
SIDES = {
    "coupon_id": "lifecycle_referral_program_id",
    "friend_coupon_id": "lifecycle_friend_program_id",
}


class CustomerLifecycleReferralReward(models.AbstractModel):
    """What both sides get for a recommendation: given once, and taken back.

    The coupons are Odoo's, made without its mail: what tells the customer of them is
    an outreach, which passes the gate. They are made in the transaction that writes
    the state, so that killed at any point nobody gets a second one.
    """

    _name = "customer.lifecycle.referral.reward"
    _description = "Reward of a Referral"

    coupon_id = fields.Many2one(
        "loyalty.card",
        string="Reward",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What whoever brought the customer got for it.",
    )
    friend_coupon_id = fields.Many2one(
        "loyalty.card",
        string="Reward of the Customer Brought",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    rewarded_date = fields.Date(string="Rewarded On", readonly=True)

    # ------------------------------------------------------------------------- giving

    def _reward(self):
        """Give both sides of these referrals what the settings say.

        One ``create`` for the coupons. Whatever speaks against it by now is written
        instead; without a program there is nothing to give.
        """
        if not self:
            return
        refused = self._still_refused()
        for each, (code, values) in refused.items():
            each.write(
                {"state": "refused", "refusal_code": code, "refusal_values": values}
            )
        earned = self.filtered(lambda each: each not in refused)
        earned.state = "earned"
        earned._make_coupons()
        rewarded = earned.filtered(lambda each: each.coupon_id or each.friend_coupon_id)
        for company, of_company in rewarded.grouped("company_id").items():
            of_company.write(
                {"state": "rewarded", "rewarded_date": company._lifecycle_today()}
            )
        rewarded._tell_cards()

    def _make_coupons(self):
        """Make the coupons of both sides that these do not have yet."""
        planner = self.env["customer.lifecycle.planner"]
        sides = [
            (each, field, program)
            for each in self
            for field, setting in SIDES.items()
            if each._is_running(program := each.company_id[setting]) and not each[field]
        ]
        coupons = (
            self.env["loyalty.card"]
            ._lifecycle_quietly()
            .create(
                [
                    {
                        "program_id": program.id,
                        "partner_id": each._side(field).partner_id.id,
                        "code": planner._code(),
                        "points": program._lifecycle_points(),
                        "expiration_date": each._coupon_ends(program),
                    }
                    for each, field, program in sides
                ]
            )
        )
        for (each, field, _program), coupon in zip(sides, coupons, strict=True):
            each[field] = coupon
        self.env["loyalty.history"].create(
            [
                {
                    "card_id": coupon.id,
                    "issued": coupon.points,
                    "description": self.env._("Reward for a recommendation"),
                }
                for coupon in coupons
            ]
        )

    def _is_running(self, program) -> bool:
        """Say whether a program is still one whose coupons can be used."""
        today = self.company_id._lifecycle_today()
        return program.active and not (program.date_to and program.date_to < today)

    def _side(self, field: str):
        """Return the card of whoever gets a coupon."""
        return self.friend_lifecycle_id if "friend" in field else self.lifecycle_id

    def _coupon_ends(self, program):
        """Return the last day of a reward; False: none."""
        days = self.company_id.lifecycle_reward_days
        if not days:
            return program.date_to
        last = self.company_id._lifecycle_today() + timedelta(days=days)
        return min(last, program.date_to or last)

    def _tell_cards(self):
        """Count the rewards on the cards, which rules wait for, and note them there."""
        notes = {}
        for each, field in ((each, field) for each in self for field in SIDES):
            if each[field]:
                card = each._side(field)
                words = each._in_words(card)._reward_sentence(field)
                notes.setdefault(card, []).append(words)
        cards = self.env["customer.lifecycle"].union(*notes)
        # several at once on one card are one note, a line each
        cards._message_log_batch(
            bodies={card.id: Markup("<br/>").join(notes[card]) for card in cards}
        )
        for count, counted in cards.grouped(
            lambda card: card.referral_reward_count + len(notes[card])
        ).items():
            counted.write({"referral_reward_count": count})

    def _in_words(self, card):
        """Return this in the language of whoever reads the card."""
        lang = card.user_id.lang or card.company_id.partner_id.lang
        return self.with_context(lang=lang)

    def _reward_sentence(self, field: str) -> str:
        """Say who got what for whom."""
        coupon = self[field]
        values = {
            "reward": coupon.program_id._lifecycle_words(),
            "code": coupon.code,
        }
        if field == "coupon_id":
            return self.env._(
                "Brought %(friend)s, who has bought: %(reward)s, code %(code)s. The "
                "customer does not know it yet.",
                friend=self.friend_id.display_name,
                **values,
            )
        return self.env._(
            "Came through %(referrer)s and has bought: %(reward)s, code %(code)s. The "
            "customer does not know it yet.",
            referrer=self.lifecycle_id.partner_id.display_name,
            **values,
        )

    # -------------------------------------------------------------------- taking back

    def _coupons(self):
        """Return the coupons of both sides, archived ones included."""
        return self.coupon_id | self.friend_coupon_id

    def _take_back(self):
        """Archive the coupons that nobody has used: the order was cancelled."""
        if not self:
            return
        used = self._used_coupons()
        (self._coupons() - used)._lifecycle_quietly().action_archive()
        self.state = "taken_back"
        self._note_of_coupons(
            lambda each, coupon: each._taken_back_sentence(coupon, coupon in used)
        )

    def _note_of_coupons(self, say):
        """Note on the cards of both sides what became of their coupons.

        :param say: a function of one of these, in the language of whoever reads the
            card, and the coupon, that returns the sentence
        """
        for each in self:
            for field in SIDES:
                if each[field]:
                    card = each._side(field) or each.lifecycle_id
                    card.message_post(
                        body=say(each._in_words(card), each[field]),
                        subtype_xmlid="mail.mt_note",
                    )

    def _used_coupons(self):
        """Return the coupons of these that are on a confirmed order."""
        coupons = self._coupons()
        lines = self.env["sale.order.line"].search(
            [("coupon_id", "in", coupons.ids), ("state", "=", "sale")]
        )
        return coupons & lines.coupon_id

    def _taken_back_sentence(self, coupon, is_used: bool) -> str:
        """Say what became of a reward whose order was cancelled."""
        values = {"friend": self.friend_id.display_name, "code": coupon.code}
        if is_used:
            return self.env._(
                "The first order of %(friend)s was cancelled. The reward %(code)s was "
                "used already.",
                **values,
            )
        return self.env._(
            "The first order of %(friend)s was cancelled: the reward %(code)s is no "
            "longer good for anything.",
            **values,
        )

    def _give_again(self):
        """Make the same coupons good again: the friend has bought after all."""
        if self:
            self._coupons()._lifecycle_quietly().action_unarchive()
            self.state = "rewarded"
            self._note_of_coupons(
                lambda each, coupon: each.env._(
                    "%(friend)s has bought after all: the reward %(code)s is good "
                    "again.",
                    friend=each.friend_id.display_name,
                    code=coupon.code,
                )
            )
