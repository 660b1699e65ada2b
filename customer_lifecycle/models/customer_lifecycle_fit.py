import logging
from datetime import timedelta
from heapq import heappush, heappushpop
from math import isfinite
from zlib import crc32

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..tools import fit as kernel

_logger = logging.getLogger(__name__)

#: Days after which a company is fitted again.
FIT_DAYS = 7
#: Share of the company's cards, and number of customers, newly waiting from which it is
#: fitted at once: history was imported. Below ten repeat buyers nothing is fitted.
FIT_SHARE, FIT_WAITING = 0.1, 10
#: The days on which a fit and the one in use are compared: the latest before the fit.
HOLDOUT_DAYS = 90
#: Customers that they are compared on.
HOLDOUT_CUSTOMERS = 4000
#: Fits of a company that are kept: half a year of weeks.
KEPT_FITS = 26


class HoldoutSample:
    """Some customers of a company, by a checksum of their number: always the same."""

    def __init__(self):
        self._heap = []

    def watch(self, histories):
        """Yield the histories of ``(contact, history)``, and keep some of them."""
        for partner_id, history in histories:
            entry = (-crc32(b"%d" % partner_id), partner_id, history)
            if len(self._heap) < HOLDOUT_CUSTOMERS:
                heappush(self._heap, entry)
            else:
                heappushpop(self._heap, entry)
            yield history

    def score(self, population, as_of: int) -> float:
        """Return how well a population foresees the latest purchases of the sample."""
        histories = [history for _key, _partner_id, history in self._heap]
        score = kernel.holdout_score(population, histories, as_of, HOLDOUT_DAYS)
        return round(score, 5) if isfinite(score) else 0.0


class CustomerLifecycleFit(models.Model):
    """How the customers of a company buy, read from all their purchases: one per fit.

    Written by the scheduled action, once a week and company, and never edited. A fit
    that says less about recent purchases than the one in use is kept and not used;
    its note says so.
    """

    _name = "customer.lifecycle.fit"
    _description = "Fit of the Forecast"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        required=True, readonly=True, help="The last day whose purchases were read."
    )
    state = fields.Selection(
        [
            ("fitted", "From your customers"),
            ("shrunk", "From few customers, held near the defaults"),
            ("default", "Too few customers: the defaults"),
        ],
        string="Rests On",
        required=True,
        readonly=True,
    )
    is_used = fields.Boolean(
        string="In Use", readonly=True, help="Whether the forecast rests on this fit."
    )
    is_worse = fields.Boolean(
        readonly=True, help="Whether the fit in use foresaw recent purchases better."
    )
    previous_id = fields.Many2one(
        "customer.lifecycle.fit",
        string="In Use Before",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    note = fields.Text(compute="_compute_note", help="Why this fit is not used.")
    parameters = fields.Json(
        string="Population",
        readonly=True,
        help="How paces, regularities and leaving are spread.",
    )
    parameters_text = fields.Text(
        string="Parameters", compute="_compute_parameters_text"
    )
    typical_days = fields.Float(
        string="Usual Days between Purchases",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Median over your customers of their days between purchases.",
    )
    customer_count = fields.Integer(
        string="Buyers", readonly=True, help="Customers with a purchase."
    )
    repeat_count = fields.Integer(
        string="Repeat Buyers", readonly=True, help="Customers who bought again."
    )
    sample_count = fields.Integer(
        string="Sample", readonly=True, help="Customers whose purchases were weighed."
    )
    goodness = fields.Float(
        readonly=True,
        digits=(16, 4),
        aggregator=False,
        help="Mean log-likelihood of a customer of the sample; higher is better. It "
        "compares fits of the same company.",
    )
    holdout_score = fields.Float(
        string="Score",
        readonly=True,
        digits=(16, 5),
        aggregator=False,
        help="How well recent purchases were foreseen: mean log score, at most 0; "
        "higher is better.",
    )
    previous_holdout_score = fields.Float(
        string="Score of the Fit in Use Before",
        readonly=True,
        digits=(16, 5),
        aggregator=False,
        help="The same, of the same purchases, by the fit that was in use until then.",
    )
    lost_count = fields.Integer(
        string="Lost",
        readonly=True,
        help="Customers who stopped coming, as the settings define it.",
    )
    lost_warned_count = fields.Integer(
        string="Lost after a Warning",
        readonly=True,
        help="How many of the lost would have been slipping in time.",
    )
    passed_lapsed_count = fields.Integer(
        string="Passed Lapsed",
        readonly=True,
        help="Pauses that went beyond the lapsed date.",
    )
    passed_lapsed_back_count = fields.Integer(
        string="Came Back after Lapsed",
        readonly=True,
        help="How many of those ended in a purchase.",
    )

    is_spreading = fields.Boolean(
        readonly=True, help="Whether cards still wait for the dates of this fit."
    )
    spread_ref = fields.Integer(
        readonly=True, help="Last contact whose card has the dates of this fit."
    )
    last_change_ref = fields.Integer(
        readonly=True, help="Last row of the queue when the purchases were read."
    )

    _one_in_use_uniq = models.UniqueIndex(
        "(company_id) WHERE is_used", "Another fit of this company is in use already."
    )

    @api.depends("parameters")
    def _compute_parameters_text(self):
        """Write the parameters out, one kind a line."""
        for fit in self:
            fit.parameters_text = "\n".join(
                f"{name}: {self._written(value)}"
                for name, value in (fit.parameters or {}).items()
            )

    def _written(self, value) -> str:
        """Return a parameter, or a list of them, with the digits that matter."""
        if isinstance(value, list):
            return ", ".join(map(self._written, value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    # ---------------------------------------------------------------------- when due

    @api.model
    def _fit_if_due(self, days: dict):
        """Fit the companies for which it is time; ``days``: today by company.

        A fit that fails is logged and keeps nobody from being refreshed.
        """
        for company in days:
            if not self._fit_is_due(company, days):
                continue
            try:
                with self.env.cr.savepoint():
                    self._fit_company(company, days[company])
            except Exception:
                _logger.exception("Customer lifecycle: no fit of %s", company.name)

    def _fit_is_due(self, company, days: dict) -> bool:
        """Say whether the company's fit may be out of date.

        After some days, and when many customers have come to the queue since: history
        was imported.
        """
        last = self.search([("company_id", "=", company.id)], order="id desc", limit=1)
        if not last or last.date <= days[company] - timedelta(days=FIT_DAYS):
            return True
        [(waiting, cards)] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT COUNT(DISTINCT partner_ref)
                          FROM customer_lifecycle_change
                         WHERE company_ref = %(company)s
                           AND id > %(last)s
                           -- what a fit, a setting or the clock has queued is no news
                           AND cause NOT IN ('rule', 'time')),
                       (SELECT COUNT(*)
                          FROM customer_lifecycle
                         WHERE company_id = %(company)s)
                """,
                company=company.id,
                last=last.last_change_ref,
            )
        )
        return waiting >= FIT_WAITING and waiting > cards * FIT_SHARE

    # ------------------------------------------------------------------------ the fit

    @api.model
    def _fit(self, companies):
        """Fit companies to their purchases until today."""
        for company in companies:
            self._fit_company(company, company._lifecycle_today())

    def _fit_company(self, company, today):
        """Fit a company, and use the fit unless it foresees less than the one in use.

        Whoever moves by it moves silently.

        :return: the fit
        """
        self.env.flush_all()
        histories = self.env["customer.lifecycle.forecast"]._histories(company, today)
        sample = HoldoutSample()
        found = kernel.fit(sample.watch(histories), today.toordinal())
        vals = self._prepare_fit_vals(company, today, found)
        vals |= self._prepare_score_vals(company, today, found, sample)
        fit = self.create(vals)
        if not fit.is_worse:
            fit._use()
        # chances are of a day: the weekly reading brings them up to date for everybody
        company.lifecycle_fit_id._spread_again()
        return fit

    def _prepare_fit_vals(self, company, today, found) -> dict:
        """Return the values that describe what was found."""
        return {
            "company_id": company.id,
            "date": today,
            "state": found.state,
            "parameters": found.population.to_dict(),
            "typical_days": found.population.typical_days,
            "customer_count": found.customer_count,
            "repeat_count": found.repeat_count,
            "sample_count": found.sample_count,
            "goodness": found.goodness if isfinite(found.goodness) else 0.0,
            "last_change_ref": self._last_change(),
        }

    def _prepare_score_vals(self, company, today, found, sample) -> dict:
        """Return how the fit and the one in use foresee the same recent purchases."""
        previous = company.lifecycle_fit_id
        score = sample.score(found.population, today.toordinal())
        if not previous:
            return {"holdout_score": score}
        population = self.env["customer.lifecycle.forecast"]._population(company)
        before = sample.score(population, today.toordinal())
        return {
            "holdout_score": score,
            "previous_id": previous.id,
            "previous_holdout_score": before,
            "is_worse": score < before,
        }

    def _last_change(self) -> int:
        """Return the last row of the queue."""
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM customer_lifecycle_change")
        )
        return last

    def _use(self):
        """Have the company's forecast rest on this fit from now on."""
        self.ensure_one()
        others = self.search(
            [("company_id", "=", self.company_id.id), ("is_used", "=", True)]
        )
        others.write({"is_used": False, "is_spreading": False})
        others.flush_recordset()  # one in use at a time
        self.is_used = True
        self.company_id.lifecycle_fit_id = self

    def _spread_again(self):
        """Have the scheduled action write the forecast of every card anew, silently."""
        if self:
            self.write({"is_spreading": True, "spread_ref": 0})
            self.env["customer.lifecycle.change"]._wake()

    @api.model
    def _spread_next(self, days: dict) -> bool:
        """Write the forecast of the next cards that wait for it.

        The place is kept in the same transaction: killed, the next call goes on.

        :param days: today by company
        :return: whether there was something to do
        """
        fit = self.search([("is_spreading", "=", True)], limit=1)
        if not fit:
            return False
        company = fit.company_id
        today = days.get(company) or company._lifecycle_today()
        forecast = self.env["customer.lifecycle.forecast"]
        if not fit.spread_ref:
            fit._keep_outcomes(today)
        partner_ids = forecast._next_partners(company, fit.spread_ref)
        if partner_ids:
            fit._spread(partner_ids, today)
            fit.spread_ref = partner_ids[-1]
        else:
            fit.is_spreading = False
        return True

    def _spread(self, partner_ids: list[int], today):
        """Write the forecast of some cards; if that fails, queue them one by one."""
        forecast = self.env["customer.lifecycle.forecast"]
        company = self.company_id
        try:
            with self.env.cr.savepoint():
                forecast._spread(company, partner_ids, today)
        except Exception:
            _logger.exception("Customer lifecycle: %s customers fail", len(partner_ids))
            # the queue sets aside whoever fails, and refreshes the others
            changes = self.env["customer.lifecycle.change"]
            changes._mark_silently(company, partner_ids, "rule")

    def _keep_outcomes(self, today):
        """Keep what became of the company's customers, by this fit, for sentences."""
        forecast = self.env["customer.lifecycle.forecast"]
        try:
            with self.env.cr.savepoint():
                self.write(forecast._outcomes(self.company_id, today))
        except Exception:
            _logger.exception("Customer lifecycle: no outcomes of %s", self.company_id)

    @api.autovacuum
    def _gc_fits(self):
        """Delete the oldest fits of each company, but never the one in use."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM (SELECT id, is_used,
                               ROW_NUMBER() OVER (PARTITION BY company_id
                                                      ORDER BY id DESC) AS place
                          FROM customer_lifecycle_fit) AS fits
                 WHERE place > %s AND is_used IS NOT TRUE
                """,
                KEPT_FITS,
            )
        )
        self.browse(fit_id for (fit_id,) in rows).unlink()

    # --------------------------------------------------------------------- on screens

    @api.depends("is_worse", "previous_id", "holdout_score", "previous_holdout_score")
    @api.depends_context("lang")
    def _compute_note(self):
        """Say why a fit is not used, in the reader's language."""
        self.note = False
        for fit in self.filtered("is_worse"):
            values = {
                "days": HOLDOUT_DAYS,
                "score": f"{fit.holdout_score:.4f}",
                "previous": f"{fit.previous_holdout_score:.4f}",
                "date": format_date(self.env, fit.previous_id.date or fit.date),
            }
            fit.note = self.env._(
                "Not used: of the purchases of the last %(days)s days it foresees less "
                "(score %(score)s) than the reading of %(date)s (%(previous)s), which "
                "stays in use.",
                **values,
            )

    @api.depends("parameters")
    def _compute_parameters_text(self):
        """Write the parameters out, one kind a line."""
        for fit in self:
            fit.parameters_text = "\n".join(
                f"{name}: {self._written(value)}"
                for name, value in (fit.parameters or {}).items()
            )

    def _written(self, value) -> str:
        """Return a parameter, or a list of them, with the digits that matter."""
        if isinstance(value, list):
            return ", ".join(map(self._written, value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)
