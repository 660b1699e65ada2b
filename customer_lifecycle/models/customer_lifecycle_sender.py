import logging
from datetime import datetime

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .customer_lifecycle_outreach import OPEN_STATES
from .customer_lifecycle_outreach_rating import RATED_QUESTIONS

_logger = logging.getLogger(__name__)

#: The longest part of an error that a record keeps.
ERROR_LENGTH = 300


class CustomerLifecycleSender(models.AbstractModel):
    """Brings approved outreach to its customers, through the gate.

    ``_send`` is ordinary code without commit or clock of its own; the scheduled action
    around it takes what is due in committed batches. What one outreach needs (coupon,
    mail in Odoo's queue, state) is written in one transaction: killed at any point,
    all of it is there or nothing, and the next run goes on.
    """

    _name = "customer.lifecycle.sender"
    _description = "Sender of Outreach"

    # -------------------------------------------------------------- scheduled action

    @api.model
    def _cron_send(self, batch_size: int = 500):
        """Send what is approved and due. Killed, the next call goes on.

        :param batch_size: outreach per transaction
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        companies = self.env["res.company"].search([])
        days = {company: company._lifecycle_today() for company in companies}
        self._prepare_run(days)
        total = self._due_count(days)
        commit_progress(remaining=total)
        for done in range(batch_size, total + batch_size, batch_size):
            claimed = self._claim(batch_size, days)  # first after a commit
            self._send_whole_or_singly(claimed)
            if not commit_progress(min(batch_size, total)):
                self._wake()
                break  # no time left; Odoo calls again soon
            _logger.info("Outreach: %s of %s done", min(done, total), total)

    def _prepare_run(self, days: dict):
        """Do what the day brings before anything is sent.

        :param days: today by company
        """
        self._drop_late(days)
        self.env["base.automation"]._plan_backlog()

    def _drop_late(self, days: dict):
        """Cancel what nobody approved in time, or what had to wait too long."""
        outreach = self.env["customer.lifecycle.outreach"]
        for company, today in days.items():
            late = outreach.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", OPEN_STATES),
                    ("expiry_date", "<", today),
                ]
            )
            for state, of_state in late.grouped("state").items():
                of_state._put("cancelled", f"late_{state}")

    def _due_sql(self, days: dict) -> SQL:
        """Return the condition of what can be tried now."""
        return SQL(
            """
            state IN ('approved', 'waiting')
            AND COALESCE(wait_until, %(now)s) <= %(now)s
            AND planned_date <= (
                SELECT day.today
                  FROM UNNEST(%(companies)s::integer[], %(days)s::date[])
                    AS day (company_id, today)
                 WHERE day.company_id = customer_lifecycle_outreach.company_id)
            """,
            now=fields.Datetime.now(),
            companies=[company.id for company in days],
            days=list(days.values()),
        )

    def _due_count(self, days: dict) -> int:
        """Return how many outreach this run tries."""
        self.env["customer.lifecycle.outreach"].flush_model()
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM customer_lifecycle_outreach WHERE %s",
                self._due_sql(days),
            )
        )
        return count

    def _claim(self, limit: int, days: dict):
        """Lock the next outreach to try; nothing while another worker is at it.

        Two workers at once could each let one mail through to the same customer: the
        caps count what is committed.
        """
        [(is_free,)] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(hashtext(%s))",
                "customer.lifecycle.sender",
            )
        )
        if not is_free:
            return self.env["customer.lifecycle.outreach"]
        rows = self.env.execute_query(
            SQL(
                """
                  SELECT id
                    FROM customer_lifecycle_outreach
                   WHERE %(due)s
                ORDER BY planned_date, id
                   LIMIT %(limit)s
              FOR UPDATE SKIP LOCKED
                """,
                due=self._due_sql(days),
                limit=limit,
            )
        )
        return self.env["customer.lifecycle.outreach"].browse(id_ for (id_,) in rows)

    def _send_whole_or_singly(self, outreach):
        """Send a batch; if it fails, one by one, and hold back the one that fails."""
        at = fields.Datetime.now()
        try:
            with self.env.cr.savepoint():
                self._send(outreach, at)
                self.env.flush_all()
            return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # nobody's fault: the next run tries it again
        except Exception:
            _logger.info("Outreach: a batch failed and is sent one by one")
        self.env.invalidate_all(flush=False)
        for single in outreach:
            try:
                with self.env.cr.savepoint():
                    self._send(single, at)
                    self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:
                self.env.invalidate_all(flush=False)
                _logger.warning("Outreach %s failed", single.id, exc_info=True)
                single._put("held", "error", {"error": self._first_cause(error)})

    def _first_cause(self, error: BaseException) -> str:
        """Return what went wrong in one line: what rendering wraps is below it."""
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        return f"{type(error).__name__}: {error}".strip()[:ERROR_LENGTH]

    @api.model
    def _wake(self, at: datetime | None = None):
        """Have the scheduled action run after this transaction, or at a time (UTC).

        Once for each time, however often it is asked for.
        """
        woken = self.env.cr.precommit.data.setdefault(
            "customer_lifecycle.sender", set()
        )
        cron = self.env.ref("customer_lifecycle.ir_cron_send", raise_if_not_found=False)
        if cron and at not in woken:
            woken.add(at)
            # sudo: ir.cron - whoever approves may have it sent
            cron.sudo()._trigger(at)

    # ------------------------------------------------------------------------- sending

    @api.model
    def _send(self, outreach, at: datetime):
        """Judge outreach, write why some of it does not go out, and deliver the rest.

        :param at: the moment of sending (UTC, naive)
        """
        self.env["customer.lifecycle.planner"]._address(outreach)
        verdicts = self.env["customer.lifecycle.gate"]._judge(outreach, at)
        self._write_verdicts(outreach, verdicts)
        through = outreach.filtered(lambda each: each.id not in verdicts)
        alike = through.grouped(lambda each: (each.company_id, each.kind, each.step_id))
        for (company, kind, step), same in alike.items():
            here = self.with_company(company)
            getattr(here, f"_deliver_{kind}")(step, same.with_company(company), at)
        self.env["customer.lifecycle.planner"]._keep_waits(
            through.filtered(lambda each: each.state == "sent")
        )

    def _write_verdicts(self, outreach, verdicts: dict):
        """Write what the gate said, one statement for each different verdict."""
        stopped = outreach.filtered(lambda each: each.id in verdicts)
        alike = stopped.grouped(lambda each: repr(verdicts[each.id]))
        for same in alike.values():
            verdict = verdicts[same[:1].id]
            same._put(
                verdict.state,
                verdict.code,
                verdict.values,
                wait_until=verdict.until,
            )
            if verdict.until:
                self._wake(verdict.until)

    def _sent(self, outreach, at: datetime, **more):
        """Write that outreach is on its way."""
        outreach._put("sent", sent_at=at, wait_until=False, **more)

    # ---------------------------------------------------------------------- activities

    def _deliver_activity(self, step, outreach, at):
        """Give a person something to do, one ``create`` for all customers."""
        summaries = outreach._rendered_texts(
            step, "lifecycle_summary", "inline_template"
        )
        notes = outreach._rendered_texts(step, "lifecycle_note", "qweb")
        deadline = outreach._deadline(step)
        model = self.env["ir.model"]._get("customer.lifecycle")
        # no mail for each: a day may bring many, and Odoo counts them on every screen
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities = quiet.create(
            [
                {
                    "res_model_id": model.id,
                    "res_id": each.lifecycle_id.id,
                    "activity_type_id": step.lifecycle_activity_type_id.id,
                    "summary": summaries[each.id],
                    "note": notes[each.id],
                    "user_id": each._owner(step).id,
                    "date_deadline": deadline,
                    "automated": True,
                }
                for each in outreach
            ]
        )
        for each, activity in zip(outreach, activities, strict=True):
            each.activity_id = activity
        self._sent(outreach, at)

    # --------------------------------------------------------------------------- mails

    def _deliver_message(self, step, outreach, at):
        """Queue the mails of a step; what Odoo's exclusion lists stop is held back."""
        self._mail(outreach, at)

    _deliver_reminder = _deliver_message

    def _deliver_ask(self, step, outreach, at):
        """Queue questions, each with the rating that its links lead to."""
        if step.lifecycle_ask in RATED_QUESTIONS:
            outreach._make_ratings(step.lifecycle_ask)
        self._mail(outreach, at)

    def _deliver_offer(self, step, outreach, at):
        """Make the coupons and queue their mails; no one without the other."""
        today = self.env.company._lifecycle_today()
        outreach.offer_expiry_date = outreach._offer_ends(step, today)
        made = outreach._make_coupons()
        self._mail(made, at)
        stopped = made.filtered(lambda each: each.state != "sent")
        coupons = stopped.coupon_id
        stopped.write({"coupon_id": False, "offer_expiry_date": False})
        coupons.unlink()
        (made - stopped)._plan_reminders()

    def _mail(self, outreach, at):
        """Queue one mail for each outreach of a step, through Odoo's mass mailing."""
        if not outreach:
            return
        outreach._drop_earlier_mails()
        composer = outreach._composer(outreach[:1]._template())
        mails, _messages = composer._action_send_mail()
        going = self.env["customer.lifecycle.outreach"]
        for mail in mails:
            each = mail.lifecycle_outreach_id
            each.message_id = mail.mail_message_id
            if mail.state == "outgoing":
                going += each
        self._sent(going, at)
        for mail in mails:
            if mail.state != "outgoing":
                mail.lifecycle_outreach_id._put(
                    "held", "mail_refused", {"failure": mail.failure_type}
                )
