from odoo import api, models
from odoo.tools import SQL

from .customer_lifecycle_outreach import OPEN_STATES


class CustomerLifecycleAbsorb(models.AbstractModel):
    """Two cards become one: contacts merged, or a person put below a company.

    The history, the chatter and the activities of both are kept on the one that
    stays; its figures are those of both after the next refresh.
    """

    _name = "customer.lifecycle.absorb"
    _description = "Merging of Cards"

    @api.model
    def _absorb_contacts(self, partner_ids: list[int]) -> list[int]:
        """Give the cards of contacts that belong to a company now to that company.

        :return: the commercial partners of ``partner_ids`` that exist
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id, commercial_partner_id FROM res_partner WHERE id = ANY(%s)",
                list(partner_ids),
            )
        )
        partners = self.env["res.partner"]
        below = {source: target for source, target in rows if source != target}
        if below:
            cards = self._cards(below)
            for target, sources in cards.grouped(
                lambda card: below[card.partner_id.id]
            ).items():
                self._absorb_partners(sources.partner_id, partners.browse(target))
            # who was brought and has no card yet
            referrals = self.env["customer.lifecycle.referral"].sudo()
            friends = referrals.search([("friend_id", "in", list(below))]).friend_id
            for target, sources in friends.grouped(
                lambda friend: below[friend.id]
            ).items():
                self._absorb_friends(sources, partners.browse(target))
        return sorted({target for _source, target in rows})

    @api.model
    def _absorb_partners(self, sources, target):
        """Unite the cards of ``sources`` with those of ``target``, company by company.

        :param sources: contacts that will not be customers of their own any more
        :param target: the commercial partner that stays
        """
        self._absorb_friends(sources, target)
        cards = self._cards((sources | target).ids)
        for of_company in cards.grouped("company_id").values():
            kept = of_company.filtered(lambda card: card.partner_id == target)
            # the oldest card moves over where the contact that stays has none
            kept = kept or of_company.sorted("id")[:1]
            if kept.partner_id != target:
                kept.write({"partner_id": target.id})
            if "added" in of_company.mapped("inclusion"):
                kept.inclusion = "added"
            plans = filter(None, of_company.mapped("expected_again_date"))
            kept.expected_again_date = max(plans, default=False)
            self._absorb(of_company - kept, kept)
        cards.exists().flush_recordset()  # what follows works on the tables
        self.env["customer.lifecycle.change"]._mark_partners(target.ids, cause="merge")

    def _cards(self, partner_ids):
        """Return the cards of contacts in all companies, archived ones included."""
        # sudo: customer.lifecycle - merging contacts concerns every company
        cards = self.env["customer.lifecycle"].sudo().with_context(active_test=False)
        return cards.search([("partner_id", "in", list(partner_ids))])

    def _absorb(self, cards, kept):
        """Hand everything that hangs on ``cards`` over to ``kept``, and drop them."""
        if not cards:
            return
        self.env.flush_all()
        # history is append-only for everybody; here only its card changes
        self.env.execute_query(
            SQL(
                """
                UPDATE customer_lifecycle_transition
                   SET lifecycle_id = %s
                 WHERE lifecycle_id IN %s
             RETURNING id
                """,
                kept.id,
                tuple(cards.ids),
            )
        )
        self.env["customer.lifecycle.transition"].invalidate_model(flush=False)
        self._absorb_outreach(cards, kept)
        self._absorb_promises(cards, kept)
        self._absorb_referrals(cards, kept)
        self._absorb_knowledge(cards, kept)
        for model, model_field in (
            ("mail.message", "model"),
            ("mail.activity", "res_model"),
            ("ir.attachment", "res_model"),
            ("rating.rating", "res_model"),
        ):
            # sudo: of whoever wrote them; they only change their card
            self.env[model].sudo().with_context(active_test=False).search(
                [(model_field, "=", cards._name), ("res_id", "in", cards.ids)]
            ).write({"res_id": kept.id})
        kept.message_subscribe(cards.message_partner_ids.ids)
        cards.unlink()

    def _absorb_promises(self, cards, kept):
        """Hand promises over; what was vowed to both is promised once."""
        # sudo: customer.lifecycle.commitment - of whoever made them
        promises = self.env["customer.lifecycle.commitment"].sudo()
        vowed = promises.search(
            [("lifecycle_id", "in", (cards | kept).ids), ("vow_id", "!=", False)]
        )
        for of_vow in vowed.grouped("vow_id").values():
            # the one that has ended says more than the one that is open
            rest = of_vow.sorted(lambda promise: (promise.state == "open", promise.id))[
                1:
            ]
            rest.write({"vow_id": False})
            rest.filtered(lambda promise: promise.state == "open")._close("waived")
        promises.flush_model()  # the unique key is checked row by row
        promises.search([("lifecycle_id", "in", cards.ids)]).write(
            {"lifecycle_id": kept.id}
        )
        promises.flush_model()  # the cards go, and with them what still hangs on them

    def _absorb_referrals(self, cards, kept):
        """Hand referrals over; one is left of each customer brought.

        The codes of a card that goes still lead to the one that stays.
        """
        # sudo: customer.lifecycle.referral - written by the addon only
        referrals = self.env["customer.lifecycle.referral"].sudo()
        every = cards | kept
        known = referrals.search(
            [
                "|",
                ("lifecycle_id", "in", every.ids),
                ("friend_lifecycle_id", "in", every.ids),
            ]
        )
        of_friend = known.filtered(lambda each: each.friend_lifecycle_id in every)
        # nobody brings itself, and nobody is brought twice: what was given stays
        of_friend = of_friend.sorted(
            lambda each: (
                each.lifecycle_id in every,
                not each._coupons(),
                each.state == "pending",
                each.id,
            )
        )
        (
            of_friend[1:] | of_friend.filtered(lambda each: each.lifecycle_id in every)
        ).unlink()
        left = known.exists()
        left.filtered(lambda each: each.friend_lifecycle_id in cards).write(
            {"friend_lifecycle_id": kept.id, "friend_id": kept.partner_id.id}
        )
        left.filtered(lambda each: each.lifecycle_id in cards).write(
            {"lifecycle_id": kept.id}
        )
        rewards = sum(every.mapped("referral_reward_count"))
        kept.with_context(__action_feedback=True, lifecycle_silent=True).write(
            {
                "referral_code": self._absorb_codes(cards, kept),
                "referral_reward_count": rewards,
            }
        )
        referrals.flush_model()

    def _absorb_codes(self, cards, kept) -> str | bool:
        """Keep the codes of ``cards`` as former ones of ``kept``.

        :return: the code that ``kept`` is to show: its own, else one of theirs
        """
        code, *others = [*filter(None, (kept | cards).mapped("referral_code")), False]
        # sudo: customer.lifecycle.referral.code - written by the addon only
        former = self.env["customer.lifecycle.referral.code"].sudo()
        former.search([("lifecycle_id", "in", cards.ids)]).lifecycle_id = kept
        former.create(
            [{"code": each, "lifecycle_id": kept.id} for each in others if each]
        )
        former.flush_model()  # the cards go, and with them what still hangs on them
        cards.referral_code = False
        cards.flush_recordset()
        return code

    def _absorb_friends(self, sources, target):
        """Have it that ``target`` was brought where ``sources`` were: once a company.

        Else it would be brought anew, and rewarded a second time. Where both have a
        card, ``_absorb_referrals`` sees to the rest.
        """
        # sudo: customer.lifecycle.referral - written by the addon only
        referrals = self.env["customer.lifecycle.referral"].sudo()
        known = referrals.search([("friend_id", "in", (sources | target).ids)])
        for of_company in known.grouped("company_id").values():
            if target in of_company.friend_id:
                doubles = of_company.filtered(lambda each: each.friend_id != target)
            else:
                # what was given says more than what is still to come
                moving, *_rest = of_company.sorted(
                    lambda each: (
                        not each._coupons(),
                        each.state == "pending",
                        each.id,
                    )
                )
                moving.friend_id = target
                doubles = of_company - moving
            doubles.filtered(
                lambda each: each.state == "pending" and not each.friend_lifecycle_id
            ).unlink()
        referrals.flush_model()

    def _absorb_knowledge(self, cards, kept):
        """Hand ideas over, and what is known of the others and not of ``kept``."""
        # sudo: customer.lifecycle.idea - of whoever gave them
        ideas = self.env["customer.lifecycle.idea"].sudo()
        ideas.search([("lifecycle_id", "in", cards.ids)]).lifecycle_id = kept
        ideas.flush_model()  # the cards go, and with them what still hangs on them
        known = {}
        for card in [*cards, kept]:
            # as stored: reading a property by its name gives records
            facts = card.properties._values
            known |= {name: value for name, value in facts.items() if value}
        if known:
            kept.properties = known

    def _absorb_outreach(self, cards, kept):
        """Hand outreach over; where both cards have a step, the open one is dropped.

        What was sent stays, under an occasion of its own.
        """
        outreach = self.env["customer.lifecycle.outreach"]
        self.env.execute_query(
            SQL(
                """
                  WITH ranked AS (
                       SELECT id,
                              ROW_NUMBER() OVER (
                                  PARTITION BY step_id, occasion
                                      ORDER BY sent_at IS NULL,
                                               lifecycle_id != %(kept)s, id) AS place
                         FROM customer_lifecycle_outreach
                        WHERE lifecycle_id IN %(all)s
                          AND step_id IS NOT NULL),
                       freed AS (
                       UPDATE customer_lifecycle_outreach AS outreach
                          SET occasion = outreach.occasion || '#' || outreach.id,
                              state = CASE WHEN outreach.state = ANY(%(open)s)
                                           THEN 'cancelled' ELSE outreach.state END,
                              reason_code = CASE WHEN outreach.state = ANY(%(open)s)
                                                 THEN 'merged'
                                                 ELSE outreach.reason_code END
                         FROM ranked
                        WHERE ranked.id = outreach.id
                          AND ranked.place > 1
                    RETURNING outreach.id)
                SELECT COUNT(*) FROM freed
                """,
                all=tuple((cards | kept).ids),
                kept=kept.id,
                open=[*OPEN_STATES, "held"],
            )
        )
        # a statement of its own: the unique key is checked row by row
        self.env.execute_query(
            SQL(
                """
                UPDATE customer_lifecycle_outreach
                   SET lifecycle_id = %s
                 WHERE lifecycle_id IN %s
             RETURNING id
                """,
                kept.id,
                tuple(cards.ids),
            )
        )
        outreach.invalidate_model(flush=False)
