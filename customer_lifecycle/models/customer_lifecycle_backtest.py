from dataclasses import replace
from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..tools import backtest


class CustomerLifecycleBacktest(models.AbstractModel):
    """What limits would have done in the past of the company at hand.

    Of the customers whom the user may see; the definitions of *lost* and *disturbed*
    are those of ``tools/backtest.py``. Nothing is written.
    """

    _name = "customer.lifecycle.backtest"
    _description = "Back-Test of the Limits"
    _inherit = ["customer.lifecycle.limits"]

    # ------------------------------------------------------------------- what is shown

    @api.model
    @api.readonly
    def limits_effect(self, limits: dict) -> dict:
        """Return what limits would have done in the past, for the settings.

        :param limits: the fields of ``Limits``
        :return: tables as of ``_as_table`` by the name of the part of the screen:
            ``slipping``, ``lapsed``, ``danger``; or what is wrong, by the part
        """
        limits, wrong = self._checked_limits(limits)
        if wrong:
            return wrong
        company = self.env.company
        # sudo: customer.lifecycle.forecast - the fit of the company, for its own limits
        forecasts = self.env["customer.lifecycle.forecast"].sudo()
        today = company._lifecycle_today()
        found = backtest.backtest(
            self._histories(company, today),
            forecasts._population(company),
            limits,
            today.toordinal(),
        )
        # the database has drawn them already
        buyers = self._count(self._visible(company))
        found = replace(found, customer_count=buyers)
        return {
            "slipping": self._slipping_table(found),
            "lapsed": self._lapsed_table(found),
            "danger": self._danger_table(found),
        }

    # -------------------------------------------------------------------- the past

    def _slipping_table(self, found) -> dict:
        """Return what each limit would have done: lost warned of, good disturbed."""
        if found.says_little:
            return self._as_sentence(self._too_few_sentence(found))
        return {
            "sentence": self._warned_sentence(found),
            "notes": self._slipping_notes(found),
            "header": [
                self.env._("Limit"),
                self.env._("Lost, warned of in time"),
                self.env._("Days before they counted as lost"),
                self.env._("Normal pauses disturbed"),
                self.env._("Customers disturbed"),
            ],
            "rows": [
                self._limit_row(found, one, one is found.chosen)
                for one in found.results
            ],
        }

    def _limit_row(self, found, one, is_chosen: bool) -> list[dict]:
        """Return the line of one limit."""
        share = self._percent(one.share, is_exact=True)
        row = [
            {"text": self.env._("%s, your limit", share) if is_chosen else share},
            self._cell(
                self.env._(
                    "%(warned)s of %(lost)s",
                    warned=self._digits(len(one.warned)),
                    lost=self._digits(len(found.lost)),
                ),
                self.env._("Lost, warned of in time"),
                one.warned,
            ),
            {"text": str(one.days_before_lost) if one.warned else "–"},
            {"text": self._percent(one.disturbed_pauses, found.good_pauses)},
            self._cell(
                self._digits(len(one.disturbed)),
                self.env._("Disturbed, although they came back"),
                one.disturbed,
            ),
        ]
        return [cell | {"is_chosen": is_chosen} for cell in row]

    def _warned_sentence(self, found) -> str:
        """Say what the chosen limit would have done."""
        chosen = found.chosen
        values = {
            "warned": self._digits(len(chosen.warned)),
            "lost": self._digits(len(found.lost)),
            "days": chosen.days_before_lost,
            "share": self._percent(chosen.disturbed_pauses, found.good_pauses),
        }
        if not chosen.warned:
            return self.env._(
                "Would have warned in time of none of the %(lost)s customers lost so "
                "far, and disturbed %(share)s of the normal pauses.",
                **values,
            )
        return self.env._(
            "Would have warned in time of %(warned)s of the %(lost)s customers lost so "
            "far, usually %(days)s days before they counted as lost, and disturbed "
            "%(share)s of the normal pauses.",
            **values,
        )

    def _too_few_sentence(self, found) -> str:
        """Say why nothing is said."""
        lost = len(found.lost)
        if not lost:
            return self.env._("Too few to tell: nobody was lost so far.")
        if lost == 1:
            return self.env._("Too few to tell: 1 customer was lost so far.")
        return self.env._(
            "Too few to tell: %(lost)s customers were lost so far.", lost=lost
        )

    def _slipping_notes(self, found) -> list[str]:
        """Say what the words mean, and how many customers were looked at."""
        notes = [
            self.env._(
                "Lost: bought at least 3 times, and silent for more than 4 of its own "
                "usual pauses and the days ahead. In time: before 3 such pauses."
            )
        ]
        if found.sample_count < found.customer_count:
            notes.append(
                self._sampled_sentence(found.sample_count, found.customer_count)
            )
        return notes

    def _lapsed_table(self, found) -> dict:
        """Return how many came back after they had lapsed."""
        passed, back = found.passed_lapsed, found.back
        if len(passed) < backtest.FEW_PAUSES:
            return self._as_sentence(
                self.env._("Too few to tell: hardly anybody has lapsed so far.")
            )
        gone = len(passed) - len(back)
        return {
            "sentence": self._back_sentence(len(passed), len(back)),
            "header": [
                self.env._("After the lapsed date"),
                self.env._("Pauses"),
                self.env._("Customers"),
            ],
            "rows": [
                [
                    {"text": title},
                    {"text": self._digits(count)},
                    self._cell(self._digits(len(set(customers))), title, customers),
                ]
                for title, count, customers in (
                    (self.env._("Came back"), len(back), back),
                    (
                        self.env._("Still away"),
                        gone,
                        self._less(passed, back),
                    ),
                )
            ],
        }

    def _less(self, customers: tuple, others: tuple) -> tuple:
        """Return the customers without one mention of each of the others."""
        left = list(customers)
        for one in others:
            left.remove(one)
        return tuple(left)

    def _back_sentence(self, passed: int, back: int) -> str:
        """Say how many came back who had lapsed, as people say it."""
        if not back:
            return self.env._(
                "Of the %(passed)s pauses that went beyond it, none has ended so far.",
                passed=self._digits(passed),
            )
        return self.env._(
            "Of the pauses that went beyond it, 1 in %(one_in)s ended in a purchase.",
            one_in=max(round(passed / back), 1),
        )

    def _danger_table(self, found) -> dict:
        """Return how pauses ended that became rare, and from where it is dangerous."""
        if found.says_little:
            return self._as_sentence(self._too_few_sentence(found))
        danger = found.danger_band
        return {
            "sentence": self._danger_sentence(found, danger),
            "header": [
                self.env._("Own pauses that are longer"),
                self.env._("Pauses that came so far"),
                self.env._("Ended in a purchase"),
                self.env._("Ended in a loss"),
                self.env._("Lost customers"),
            ],
            "rows": [self._band_row(band, band is danger) for band in found.bands],
        }

    def _band_row(self, band, is_danger: bool) -> list[dict]:
        """Return the line of a band of pauses."""
        lost, reached = len(band.lost), band.reached_pauses
        if band.says_little:
            shares = [{"text": self.env._("Too few to tell")}, {"text": "–"}]
        else:
            shares = [
                {"text": self._percent(reached - lost, reached)},
                {"text": self._percent(lost, reached)},
            ]
        row = [
            {"text": self._band_name(band)},
            {"text": self._digits(reached)},
            *shares,
            self._cell(self._digits(lost), self.env._("Lost customers"), band.lost),
        ]
        return [cell | {"is_chosen": is_danger} for cell in row]

    def _band_name(self, band) -> str:
        """Name a band by its ends."""
        if not band.above:
            return self.env._("under %s", self._percent(band.up_to))
        return self.env._(
            "%(up_to)s to %(above)s",
            up_to=self._percent(band.up_to),
            above=self._percent(band.above),
        )

    def _danger_sentence(self, found, danger) -> str:
        """Name the band from which on more leave than usual."""
        usual = self._percent(len(found.lost), len(found.judged))
        if danger is None:
            return self.env._(
                "In no band more customers leave than usual here (%s).", usual
            )
        return self.env._(
            "The danger begins when only %(share)s of the customer's own pauses are "
            "longer: of the pauses that came so far, %(lost)s ended in a loss. Of all "
            "customers, %(usual)s are lost.",
            share=self._percent(danger.up_to),
            lost=self._percent(len(danger.lost), danger.reached_pauses),
            usual=usual,
        )

    # --------------------------------------------------------------------- the cards

    def _histories(self, company, today: date) -> dict[int, list[int]]:
        """Return the purchase days of the buyers who are looked at, by card.

        Those with enough purchases for a rhythm, and as many without.
        """
        drawn = {}
        for condition in (SQL(">="), SQL("<")):
            query = self._visible(company)
            query.add_where(
                SQL(
                    "%s %s %s",
                    SQL.identifier(query.table, "purchase_count"),
                    condition,
                    backtest.MIN_PURCHASES,
                )
            )
            query.order = SQL("HASHINT4(%s)", SQL.identifier(query.table, "id"))
            query.limit = backtest.MAX_CUSTOMERS
            drawn |= dict(
                self.env.execute_query(
                    query.select(
                        SQL.identifier(query.table, "partner_id"),
                        SQL.identifier(query.table, "id"),
                    )
                )
            )
        # sudo: customer.lifecycle.forecast - reads every order of customers whom the
        # user may see, also those of colleagues; only their days are used
        forecasts = self.env["customer.lifecycle.forecast"].sudo()
        where = SQL(
            "company_id = %s AND partner_id = ANY(%s::integer[])",
            company.id,
            list(drawn),
        )
        rows = self.env.execute_query(forecasts._grouped_sql(where, today))
        return {drawn[partner_id]: history for partner_id, history in rows}
