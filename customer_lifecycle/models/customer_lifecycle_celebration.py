from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models

from .customer_lifecycle_change import NEWS_DAYS

#: Purchases that are celebrated, and how.
PURCHASES = {1: "first_purchase", 2: "second_purchase"}
#: Customers that one notification names; more are counted.
NAMED = 3


class CustomerLifecycleCelebration(models.AbstractModel):
    """Sees what there is to celebrate, and tells the salesperson once.

    A step of the refresh, after the decisions: a first or second purchase, a level
    climbed, an anniversary. The card gets a note, the salesperson a message on the
    screen. Nothing of it reaches the customer; a rule may.
    """

    _name = "customer.lifecycle.celebration"
    _description = "Celebrations"

    @api.model
    def _standing(self, cards) -> dict:
        """Return the level on which each card stands, by its id."""
        return {card.id: card.level_id for card in cards}

    @api.model
    def _celebrate(self, cards, before: dict, day: date, is_silent: bool = False):
        """Write down what there is to celebrate with some cards, and tell who cares.

        :param before: what ``_standing`` said before the decisions
        :param is_silent: note what is past, and celebrate nothing
        """
        reasons: dict[tuple, list[int]] = {}
        for card in cards.filtered("active"):
            values = self._values(card, before[card.id], day)
            if is_silent:
                values = {
                    name: value
                    for name, value in values.items()
                    if name not in ("celebration", "celebration_date")
                }
            if values:
                reasons.setdefault(tuple(values.items()), []).append(card.id)
        quiet = cards.with_context(lifecycle_silent=True) if is_silent else cards
        celebrated = cards.browse()
        for values, card_ids in reasons.items():
            quiet.browse(card_ids).write(dict(values))
            celebrated |= cards.browse(card_ids)
        if not is_silent:
            self._tell(celebrated.filtered(lambda card: card.celebration_date == day))
        return celebrated

    def _values(self, card, level, day: date) -> dict:
        """Return what to write on a card; the greatest reason is the one to tell.

        :param level: on which it stood until now; empty: on none
        """
        values, kinds = {}, []
        news = day - timedelta(days=NEWS_DAYS)
        count, last = card.purchase_count, card.last_purchase_date
        if count > card.celebrated_count and count in PURCHASES and last > news:
            values["celebrated_count"] = count
            kinds.append(PURCHASES[count])
        if level not in (level.browse(), card.level_id) and (
            level.sequence < card.level_id.sequence
        ):
            kinds.append("level")
        first = card.first_purchase_date
        years = relativedelta(day, first).years if first else 0
        if (
            years > card.celebrated_years
            and first + relativedelta(years=years) > news
            and card.health != "lapsed"
        ):
            values["celebrated_years"] = years
            kinds.append("anniversary")
        if kinds:
            values |= {"celebration": kinds[0], "celebration_date": day}
        return values

    # ------------------------------------------------------------------------- telling

    def _tell(self, cards):
        """Note it on the cards, and tell whoever looks after them."""
        for user, of_user in cards.grouped(self._whom_to_tell).items():
            lang = user.lang or self.env.lang
            here = of_user.with_context(lang=lang)
            here._message_log_batch(
                bodies={card.id: card._celebration_sentence() for card in here}
            )
            if user:
                self.with_context(lang=lang)._show(user, here - self._cheered(here))

    def _whom_to_tell(self, card):
        """Return who looks after a card; maybe nobody."""
        people = card.user_id | card.team_id.user_id
        return people.filtered(lambda user: user.active and not user.share)[:1]

    def _cheered(self, cards):
        """Return the cards whose purchase its salesperson has just confirmed."""
        orders = self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "in", cards.partner_id.ids),
                ("company_id", "in", cards.company_id.ids),
                ("lifecycle_cheered_id", "!=", False),
            ]
        )
        seen = {
            (
                order.partner_id.commercial_partner_id,
                PURCHASES.get(order.lifecycle_purchase_number),
                order.lifecycle_cheered_id,
            )
            for order in orders
        }
        return cards.filtered(
            lambda card: (card.partner_id, card.celebration, card.user_id) in seen
        )

    def _show(self, user, cards):
        """Show a user what there is to celebrate, in one message on the screen."""
        if not cards:
            return
        if len(cards) == 1:
            message = cards._celebration_sentence()
        else:
            names = cards[:NAMED].mapped("partner_id.display_name")
            message = self.env._(
                "%(count)s customers give a reason to celebrate: %(names)s…",
                count=len(cards),
                names=", ".join(names),
            )
        user._bus_send(
            "simple_notification",
            {
                "type": "success",
                "title": self.env._("A reason to celebrate"),
                "message": message,
                "sticky": False,
            },
        )
