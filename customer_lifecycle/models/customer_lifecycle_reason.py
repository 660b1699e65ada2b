from odoo import api, models
from odoo.tools import format_date


class CustomerLifecycleReason(models.AbstractModel):
    """Why a customer stands where it stands, in sentences for people.

    Written from a *snapshot*: a dict of facts and ISO dates, made from a card on a
    day. A transition keeps the snapshot and not the text, so that everybody reads
    it in their own language.
    """

    _name = "customer.lifecycle.reason"
    _description = "Reasons in Words"
    _inherit = [
        "customer.lifecycle.figures",
        "customer.lifecycle.buyer",
        "customer.lifecycle.fall",
    ]

    @api.model
    def _transition_vals(
        self, card, kind, old, new, details=None, **transition
    ) -> dict:
        """Return the values of the transition of a card from ``old`` to ``new``.

        :param details: what the snapshot keeps beside the figures
        """
        column = kind if kind == "health" else f"{kind}_id"
        if kind == "level":
            snapshot = self._facts_snapshot(card, transition["date"])
        else:
            health = new if kind == "health" else card.health
            snapshot = self._snapshot(card, transition["date"], health)
        return {
            "lifecycle_id": card.id,
            "company_id": card.company_id.id,
            "kind": kind,
            f"from_{column}": old,
            f"to_{column}": new,
            "snapshot": snapshot | (details or {}),
            **transition,
        }

    # --------------------------------------------------------------------- sentences

    @api.model
    def _transition_sentence(self, transition) -> str:
        """Return what happened and why, in the reader's language."""
        snapshot = transition.snapshot or {}
        if transition.cause == "manual":
            return self._manual_sentence(transition)
        if transition.kind == "level" and snapshot.get("fall"):
            return self._fall_sentence(snapshot["fall"], transition.to_level_id)
        if transition.kind == "level":
            return self._level_sentence(snapshot)
        return self._sentence(snapshot)

    @api.model
    def _manual_sentence(self, transition, until=None) -> str:
        """Return who moved a card, until when it stays, and why."""
        place = transition.to_stage_id or transition.to_level_id
        values = {
            "place": place.name,
            # sudo: res.users - the name of a colleague, maybe of another company
            "user": transition.create_uid.sudo().name,
            "until": until and format_date(self.env, until),
            "note": transition.note,
        }
        if until and transition.note:
            return self.env._(
                "Moved to %(place)s by %(user)s, until %(until)s: “%(note)s”.", **values
            )
        if until:
            return self.env._(
                "Moved to %(place)s by %(user)s, until %(until)s.", **values
            )
        if transition.note:
            return self.env._("Moved to %(place)s by %(user)s: “%(note)s”.", **values)
        return self.env._("Moved to %(place)s by %(user)s.", **values)

    @api.model
    def _pins(self, cards) -> dict[tuple[int, str], str]:
        """Return the sentence of each pin that holds: by ``(card id, kind)``."""
        pinned = cards.filtered("pinned_until")
        if not pinned:
            return {}
        moves = self.env["customer.lifecycle.transition"].search(
            [
                ("lifecycle_id", "in", pinned.ids),
                ("cause", "=", "manual"),
                ("kind", "in", ["stage", "level"]),
            ],
            order="id",
        )
        last = {(move.lifecycle_id.id, move.kind): move for move in moves}
        sentences = {}
        for (card_id, kind), move in last.items():
            until = move.lifecycle_id[f"{kind}_pinned_until"]
            if until:
                sentences[card_id, kind] = self._manual_sentence(move, until)
        return sentences

    @api.model
    def _sentence(self, snapshot: dict) -> str:
        """Return why a customer stands in its stage and health."""
        if not snapshot.get("purchase_count"):
            return self._prospect_sentence(snapshot)
        parts = [self._buyer_sentences(snapshot), self._advocate_sentence(snapshot)]
        return " ".join(filter(None, parts))

    @api.model
    def _prospect_sentence(self, snapshot: dict) -> str:
        days = self._days_between(snapshot, "oldest_quotation_date")
        quotations = snapshot.get("quotation_count")
        if quotations == 1 and days < 2:
            return self.env._("Has not bought yet; has a new quotation.")
        if quotations and days < 2:
            return self.env._("Has not bought yet; has new quotations.")
        if quotations == 1:
            return self.env._(
                "Has not bought yet; a quotation has been open for %(days)s days.",
                days=days,
            )
        if quotations:
            return self.env._(
                "Has not bought yet; %(count)s quotations are open, the oldest for "
                "%(days)s days.",
                count=quotations,
                days=days,
            )
        opportunities = snapshot.get("opportunity_count")
        if opportunities == 1:
            return self.env._("Has not bought yet; one opportunity is open.")
        if opportunities:
            return self.env._(
                "Has not bought yet; %(count)s opportunities are open.",
                count=opportunities,
            )
        if snapshot.get("amount_total", 0) < 0:
            return self.env._("Has given something back; no purchase is on record.")
        return self.env._("Has not bought yet.")

    @api.model
    def _advocate_sentence(self, snapshot: dict) -> str:
        brought = snapshot.get("referral_count")
        if not brought:
            return ""
        if brought == 1:
            return self.env._("Has brought another customer.")
        return self.env._("Has brought %(count)s other customers.", count=brought)

    @api.model
    def _level_sentence(self, snapshot: dict) -> str:
        """Return the evidence that the level rests on."""
        evidence = snapshot.get("evidence")
        parts = [self._bought_sentence(snapshot)]
        if evidence:
            parts += self._evidence_sentences(evidence)
        else:  # the first rung, or kept before there was evidence
            parts += [self._need_sentence(snapshot), self._advocate_sentence(snapshot)]
        return " ".join(filter(None, parts))

    @api.model
    def _bought_sentence(self, snapshot: dict) -> str:
        purchases = snapshot.get("purchase_count")
        if not purchases:
            return self.env._("In contact, has not bought yet.")
        if purchases == 1:
            return self.env._("Bought once.")
        if snapshot["purchase_span_days"] < 2:
            return self.env._("Bought on two days in a row.")
        return self.env._(
            "%(purchases)s purchases in %(days)s days.",
            purchases=purchases,
            days=snapshot["purchase_span_days"],
        )

    @api.model
    def _need_sentence(self, snapshot: dict) -> str:
        needs = snapshot.get("need_count")
        if not needs:
            return ""
        if needs == 1:
            return self.env._("On one order the need was written down.")
        return self.env._("On %(count)s orders the need was written down.", count=needs)
