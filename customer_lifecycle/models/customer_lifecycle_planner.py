import secrets
from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL

from .customer_lifecycle_outreach import OPEN_STATES, SENT_STATES

#: Days between purchases where nothing is known yet.
USUAL_PAUSE_DAYS = 90.0


class CustomerLifecyclePlanner(models.AbstractModel):
    """Plans the steps of playbooks: one outreach by card, step and occasion.

    Planning the same step for the same occasion again does nothing: the database has a
    unique key for it.
    """

    _name = "customer.lifecycle.planner"
    _description = "Planner of Outreach"

    @api.model
    def _plan(self, step, cards, occasion: str | None = None):
        """Plan a step for some customers, and return the outreach that is new.

        :param occasion: what it is for; default: by the step's setting
        """
        rows = [
            row
            for company, of_company in cards.grouped("company_id").items()
            for row in self._rows(
                step, of_company, company._lifecycle_today(), occasion
            )
        ]
        if not rows:
            return self.env["customer.lifecycle.outreach"]
        # what somebody names is an occasion of its own, such as a prize
        return self._insert(step, rows, 0 if occasion else step.lifecycle_cooling_days)

    def _rows(self, step, cards, today: date, occasion) -> list[tuple]:
        """Return ``(card id, company id, occasion, planned, last day)`` to insert."""
        rows = []
        before = self._steps_before(step)
        for card in cards:
            key = occasion or self._occasion(step, card, today)
            if not key:
                continue
            planned = today + timedelta(
                days=sum(self._wait_days(each, card) for each in before)
            )
            last = planned + timedelta(days=max(step.lifecycle_expiry_days, 0))
            rows.append((card.id, card.company_id.id, key, planned, last))
        return rows

    def _steps_before(self, step):
        """Return the steps of a ladder up to this one."""
        ladder = step._ladder()
        return ladder[: ladder.ids.index(step.id) + 1]

    def _wait_days(self, step, card) -> int:
        """Return the days that a step waits, by the customer's own rhythm."""
        usual = (
            card.interval_days
            or card.company_id.lifecycle_fit_id.typical_days
            or USUAL_PAUSE_DAYS
        )
        days = round(step.lifecycle_wait_share * usual)
        if step.lifecycle_wait_max_days:
            days = min(days, step.lifecycle_wait_max_days)
        return max(days, step.lifecycle_wait_min_days, 0)

    def _occasion(self, step, card, today: date) -> str | None:
        """Return what a step is for, or None where there is no such occasion."""
        kind = step.lifecycle_occasion or "purchase"
        if kind == "once":
            return kind
        value = getattr(self, f"_occasion_{kind}")(card, today)
        return f"{kind}:{value}" if value else None

    def _occasion_purchase(self, card, today):
        """The pause since the last purchase; before the first one, since the touch."""
        return card.last_purchase_date or "none"

    def _occasion_quotation(self, card, today):
        return card.oldest_quotation_date

    def _occasion_delivery(self, card, today):
        return card.last_delivery_date

    def _occasion_stage(self, card, today):
        return f"{card.stage_id.id}@{card.stage_since}"

    def _occasion_level(self, card, today):
        return f"{card.level_id.id}@{card.level_since}"

    def _occasion_year(self, card, today):
        first = card.first_purchase_date
        return first and (
            today.year
            - first.year
            - ((today.month, today.day) < (first.month, first.day))
        )

    def _occasion_reward(self, card, today):
        """The last reward for a recommendation, while there is one to tell of."""
        return card._referral_coupons() and card.referral_reward_count

    def _insert(self, step, rows: list[tuple], cooling_days: int):
        """Insert what is not planned yet and not too soon after the last time.

        :param cooling_days: days after the last time that are too soon; 0: none
        """
        outreach = self.env["customer.lifecycle.outreach"]
        outreach.flush_model()
        self.env["customer.lifecycle"].flush_model(["partner_id"])
        self.env["res.partner"].flush_model()
        automation = step.base_automation_id
        is_offer = step._outreach_kind() == "offer"
        cards, companies, occasions, planned, last = zip(*rows, strict=True)
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_lifecycle_outreach
                            (lifecycle_id, company_id, partner_id, step_id,
                             automation_id, kind, occasion, state, planned_date,
                             expiry_date, coupon_code,
                             create_uid, create_date, write_uid, write_date)
                     SELECT plan.card_id, plan.company_id, %(addressee)s, %(step)s,
                            %(automation)s, %(kind)s, plan.occasion, %(state)s,
                            plan.planned, plan.last, plan.code,
                            %(uid)s, %(now)s, %(uid)s, %(now)s
                       FROM UNNEST(%(cards)s::integer[], %(companies)s::integer[],
                                   %(occasions)s::varchar[], %(planned)s::date[],
                                   %(last)s::date[], %(codes)s::varchar[])
                         AS plan (card_id, company_id, occasion, planned, last, code)
                       JOIN customer_lifecycle AS card
                         ON card.id = plan.card_id
                      -- another occasion comes too soon after the last one
                      WHERE %(cooling)s = 0 OR NOT EXISTS (
                            SELECT
                              FROM customer_lifecycle_outreach AS earlier
                             WHERE earlier.lifecycle_id = plan.card_id
                               AND earlier.step_id = %(step)s
                               AND earlier.occasion != plan.occasion
                               AND earlier.state = ANY(%(counting)s)
                               AND earlier.planned_date
                                   > plan.planned - %(cooling)s::integer)
                ON CONFLICT (lifecycle_id, step_id, occasion) DO NOTHING
                  RETURNING id
                """,
                step=step.id,
                addressee=self._addressee_sql(),
                automation=automation.id or None,
                kind=step._outreach_kind(),
                state="approved" if automation.lifecycle_mode == "auto" else "planned",
                uid=self.env.uid,
                now=self.env.cr.now(),
                cards=list(cards),
                companies=list(companies),
                occasions=list(occasions),
                planned=list(planned),
                last=list(last),
                codes=[self._code() if is_offer else None for _row in rows],
                counting=[*OPEN_STATES, *SENT_STATES, "control"],
                cooling=cooling_days,
            )
        )
        planned = outreach.browse(id_ for (id_,) in found)
        if planned and automation.lifecycle_mode == "auto":
            self.env["customer.lifecycle.sender"]._wake()
        return planned

    def _code(self) -> str:
        """Return a new code: Odoo's own has 32 random bits, too few for thousands.

        With 48, two of ten thousand are the same once in five million times.
        """
        return f"{self.env['loyalty.card']._generate_code()}-{secrets.token_hex(2)}"

    def _addressee_sql(self) -> SQL:
        """Return whom a mail to the customer of ``card`` is addressed to.

        The customer itself if it has an address, else a person who works there.
        """
        return SQL(
            """
            COALESCE((SELECT person.id
                        FROM res_partner AS person
                       WHERE person.commercial_partner_id = card.partner_id
                         AND person.active
                         AND person.email_normalized IS NOT NULL
                    ORDER BY person.id != card.partner_id,
                             person.type != 'contact', person.id
                       LIMIT 1),
                     card.partner_id)
            """
        )

    @api.model
    def _address(self, outreach):
        """Address outreach anew whose addressee has left, or has no address."""
        lost = outreach.filtered(
            lambda each: self._has_left(each) or not each.partner_id.email_normalized
        )
        if not lost:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE customer_lifecycle_outreach AS outreach
                   SET partner_id = %(addressee)s
                  FROM customer_lifecycle AS card
                 WHERE card.id = outreach.lifecycle_id
                   AND outreach.id IN %(lost)s
             RETURNING outreach.id
                """,
                addressee=self._addressee_sql(),
                lost=lost._ids,
            )
        )
        outreach.invalidate_model(["partner_id"], flush=False)

    def _has_left(self, outreach) -> bool:
        """Say whether the addressee does not belong to the customer any more."""
        person = outreach.partner_id
        return not (
            person.active
            and person.commercial_partner_id == outreach.lifecycle_id.partner_id
        )

    @api.model
    def _keep_waits(self, sent):
        """Move the later steps of the ladders of what was sent: their waits are kept.

        One statement for all of them; nothing is moved to an earlier day.
        """
        rows = [
            (each.lifecycle_id.id, each.occasion, later.id, day)
            for step, of_step in sent.grouped("step_id").items()
            for each in of_step
            for later, day in self._later_days(step, each)
        ]
        if not rows:
            return
        outreach = self.env["customer.lifecycle.outreach"]
        outreach.flush_model()
        cards, occasions, steps, days = zip(*rows, strict=True)
        self.env.execute_query(
            SQL(
                """
                UPDATE customer_lifecycle_outreach AS later
                   SET planned_date = plan.day,
                       expiry_date = later.expiry_date
                                     + (plan.day - later.planned_date)
                  FROM UNNEST(%(cards)s::integer[], %(occasions)s::varchar[],
                              %(steps)s::integer[], %(days)s::date[])
                    AS plan (card_id, occasion, step_id, day)
                 WHERE later.lifecycle_id = plan.card_id
                   AND later.occasion = plan.occasion
                   AND later.step_id = plan.step_id
                   AND later.state = ANY(%(open)s)
                   AND later.planned_date < plan.day
             RETURNING later.id
                """,
                cards=list(cards),
                occasions=list(occasions),
                steps=list(steps),
                days=list(days),
                open=list(OPEN_STATES),
            )
        )
        outreach.invalidate_model(["planned_date", "expiry_date"])

    def _later_days(self, step, outreach):
        """Yield each later step of a ladder with the first day on which it may go."""
        ladder = step._ladder()
        day = outreach.company_id._lifecycle_today()
        if step not in ladder:
            return
        for later in ladder[ladder.ids.index(step.id) + 1 :]:
            day += timedelta(days=self._wait_days(later, outreach.lifecycle_id))
            yield later, day
