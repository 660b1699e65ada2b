from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from .customer_lifecycle_rehearsal_cost import Rehearsed, Stop

#: Of more customers than this, those with most at stake are looked at.
PEOPLE_LIMIT = 2000
#: Days to look ahead.
DAYS_AHEAD = 30
#: The code of the gate for mails outside working hours.
QUIET_HOURS = "quiet_hours"
#: A step in the message of a preview.
SECTION = Markup(
    "<section style='margin-bottom:2rem'>"
    "<div style='color:#6c757d;font-family:sans-serif'>%s</div>"
    "<h3 style='font-family:sans-serif'>%s</h3>%s</section>"
)


class CustomerLifecycleRehearsal(models.AbstractModel):
    """What a rule would do, to whom, and whom its steps would leave out, and why.

    The steps are planned and judged as they would be when they are sent, by the same
    code, inside a savepoint that is rolled back: nothing stays of it. Counted is
    what the user may see, in the companies at hand.
    """

    _name = "customer.lifecycle.rehearsal"
    _description = "Rehearsal of Automation Rules"
    _inherit = ["customer.lifecycle.rehearsal.cost"]

    @api.model
    def _rehearse(self, rule, steps) -> dict:
        """Return what the preview of a rule shows.

        :param rule: one ``base.automation`` on customers
        :param steps: those of its steps that are looked at
        :return: tables as of ``_as_table`` by name (``reach``, ``stopped``,
            ``coming``, ``cost``), ``message`` (HTML) and ``message_for`` (words)
        """
        if not self.env["customer.lifecycle"].has_access("read"):
            return {
                "reach": self._as_wrong(
                    self.env._("Shown to whoever may see the customers.")
                )
            }
        with closing(self.env.cr.savepoint()):  # taken back, whatever happens
            return self._rehearsed(rule, steps)

    def _rehearsed(self, rule, steps) -> dict:
        """Return what the preview shows, and leave plans behind."""
        present = rule._lifecycle_present()
        looked_at = self._most_at_stake(present)
        coming = rule._lifecycle_coming(DAYS_AHEAD)
        expected = self._most_at_stake(present.browse().union(*coming))
        now = [self._rehearse_step(step, looked_at) for step in steps]
        later = [self._rehearse_step(step, expected) for step in steps]
        sample = self._sample(now + later, looked_at, coming)
        return {
            "reach": self._reach_table(now, present, looked_at),
            "stopped": self._stopped_table(now, later),
            "coming": self._coming_table(coming),
            "cost": self._cost_table(now, later),
            "message": self._messages(steps, sample),
            "message_for": self._sample_sentence(sample),
        }

    # ---------------------------------------------------------------- planning, judging

    def _most_at_stake(self, cards):
        """Return at most ``PEOPLE_LIMIT`` cards, those with most at stake first."""
        return cards.search(
            [("id", "in", cards.ids)],
            order="amount_at_stake DESC NULLS LAST, id",
            limit=PEOPLE_LIMIT,
        )

    def _rehearse_step(self, step, cards) -> Rehearsed:
        """Plan and judge a step as if its day were now."""
        # sudo: customer.lifecycle.outreach - of customers whom the user has found,
        # and rolled back
        outreach = (
            self.env["customer.lifecycle.planner"]
            .sudo()
            ._plan(step.sudo(), cards.sudo())
        )
        gate = self.env["customer.lifecycle.gate"].sudo()
        verdicts = self._verdicts(outreach)
        through, stops, days = [], [], []
        for each in outreach:
            days.append((each.planned_date - each.lifecycle_id.today).days)
            card_id = each.lifecycle_id.id
            verdict = verdicts.get(each.id)
            if verdict:
                sentence = gate._sentence(verdict.code, verdict.values)
                stops.append(Stop(card_id, verdict.state, verdict.code, sentence))
            else:
                through.append(card_id)
        span = (min(days, default=0), max(days, default=0))
        return Rehearsed(step, through, stops, len(outreach), span)

    def _verdicts(self, outreach) -> dict:
        """Return what the gate says now, and of mails in their next working hours.

        Shown outside working hours, a preview would know nothing but that.

        :return: verdicts by id of the outreach
        """
        gate = self.env["customer.lifecycle.gate"].sudo()
        verdicts = gate._judge(outreach, fields.Datetime.now())
        resting = outreach.filtered(
            lambda each: each.id in verdicts and verdicts[each.id].code == QUIET_HOURS
        )
        at_rest, later = set(resting.ids), {}
        for until, of_moment in resting.grouped(
            lambda each: verdicts[each.id].until
        ).items():
            later |= gate._judge(of_moment, until)
        return {
            id_: verdict for id_, verdict in verdicts.items() if id_ not in at_rest
        } | later

    # ------------------------------------------------------------------------- reached

    def _reach_table(self, rehearsed: Iterable[Rehearsed], present, looked_at) -> dict:
        """Return what each step would do for those already there."""
        columns = [
            (self.env._("Would go out"), lambda found: found.through),
            (self.env._("Would wait"), lambda found: found.stopped("waiting")),
            (self.env._("Held back"), lambda found: found.stopped("held")),
            (self.env._("No longer needed"), lambda found: found.stopped("cancelled")),
            (self.env._("Control group"), lambda found: found.stopped("control")),
        ]
        # what is nowhere is not worth a column
        columns = columns[:1] + [
            (title, ids) for title, ids in columns[1:] if any(map(ids, rehearsed))
        ]
        return {
            "sentence": self._present_sentence(present),
            "count": len(present),
            "notes": self._reach_notes(rehearsed, present, looked_at),
            "header": [
                self.env._("Step"),
                self.env._("When"),
                *(title for title, _ids in columns),
            ],
            "rows": [
                [
                    {"text": found.step.name},
                    {"text": self._days_in_words(*found.days)},
                    *(self._people(title, ids(found)) for title, ids in columns),
                ]
                for found in rehearsed
                if found.planned_count
            ]
            or self._plain_rows(rehearsed, looked_at),
        }

    def _plain_rows(self, rehearsed, looked_at) -> list[list[dict]]:
        """Return the line of a rule that does not do anything by steps."""
        if rehearsed or not looked_at:
            return []
        title = self.env._("What the rule does by itself")
        return [
            [
                {"text": title},
                {"text": self._days_in_words(0, 0)},
                self._people(title, looked_at.ids),
            ]
        ]

    def _present_sentence(self, present) -> str:
        """Say how many customers a rule fits now."""
        if not present:
            return self.env._("No customer is there already.")
        if len(present) == 1:
            return self.env._("1 customer is there already.")
        return self.env._(
            "%(count)s customers are there already.",
            count=self._digits(len(present)),
        )

    def _reach_notes(self, rehearsed, present, looked_at) -> list[str]:
        """Return what else there is to know about those already there."""
        notes = []
        if present and rehearsed:
            notes.append(
                self.env._(
                    "As if it were sent now, mails in working hours. Switched on for "
                    "new cases only, nothing goes out to them."
                )
            )
        if len(looked_at) < len(present):
            notes.append(
                self.env._(
                    "Looked at were the %(limit)s with most at stake.",
                    limit=self._digits(PEOPLE_LIMIT),
                )
            )
        done = max(
            (len(looked_at) - found.planned_count for found in rehearsed), default=0
        )
        if done:
            notes.append(
                self.env._(
                    "%(count)s of them have it already for this occasion, or had it "
                    "not long ago.",
                    count=self._digits(done),
                )
            )
        return notes

    def _days_in_words(self, first: int, last: int) -> str:
        """Say in how many days a step goes out."""
        if not last:
            return self.env._("at once")
        if first == last == 1:
            return self.env._("the next day")
        if first == last:
            return self.env._("after %s days", first)
        return self.env._("after %(first)s to %(last)s days", first=first, last=last)

    # ------------------------------------------------------------------------- stopped

    def _stopped_table(self, now: list[Rehearsed], later: list[Rehearsed]) -> dict:
        """Return who is left out by which check, with an example.

        :param now: of those already there
        :param later: of those who are expected, as they stand now
        """
        labels = dict(self.env["customer.lifecycle.gate"]._reason_names())
        found = {}
        for group, rehearsed in enumerate((now, later)):
            for each in rehearsed:
                for stop in each.stops:
                    key = (each.step, stop.code)
                    found.setdefault(key, ([], []))[group].append(stop)
        return {
            "sentence": "",
            "header": [
                self.env._("Why Not"),
                self.env._("Step"),
                self.env._("Already There"),
                self.env._("Expected"),
                self.env._("For Example"),
            ],
            "rows": [
                [
                    {"text": labels.get(code, code)},
                    {"text": step.name},
                    *(
                        self._people(
                            labels.get(code, code), [stop.card_id for stop in stops]
                        )
                        for stops in groups
                    ),
                    {"text": self._example((groups[0] or groups[1])[0])},
                ]
                for (step, code), groups in found.items()
            ],
        }

    def _example(self, stop: Stop) -> str:
        """Return the sentence about one customer, with its name."""
        card = self.env["customer.lifecycle"].browse(stop.card_id)
        return f"{card.partner_id.name}: {stop.sentence}"

    # -------------------------------------------------------------------------- coming

    def _coming_table(self, coming: dict) -> dict:
        """Return who is expected in the days ahead, week by week."""
        weeks = {}
        for card, day in sorted(coming.items(), key=lambda item: item[1]):
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(card.id)
        return {
            "sentence": self._coming_sentence(len(coming)),
            "count": len(coming),
            "header": [self.env._("Week from"), self.env._("Customers")],
            "rows": [
                [
                    {"text": format_date(self.env, monday)},
                    self._people(format_date(self.env, monday), card_ids),
                ]
                for monday, card_ids in weeks.items()
            ],
        }

    def _coming_sentence(self, count: int) -> str:
        """Say how many customers are expected."""
        if not count:
            return self.env._(
                "Time alone brings nobody else in the next %s days. What customers or "
                "people will do is not foreseen.",
                DAYS_AHEAD,
            )
        if count == 1:
            return self.env._(
                "1 customer is expected in the next %s days, if it does not buy first.",
                DAYS_AHEAD,
            )
        return self.env._(
            "%(count)s customers are expected in the next %(days)s days, if they do "
            "not buy first.",
            count=self._digits(count),
            days=DAYS_AHEAD,
        )

    # ------------------------------------------------------------------------- message

    def _sample(self, rehearsed: list[Rehearsed], present, coming: dict):
        """Return the customer whose message is shown: the first who would get it."""
        cards = self.env["customer.lifecycle"]
        through = next((found.through[0] for found in rehearsed if found.through), 0)
        if through:
            return cards.browse(through)
        first = min(coming, key=coming.get) if coming else cards
        return present[:1] or first or cards.search([], limit=1)

    def _sample_sentence(self, sample) -> str:
        """Say whose message is shown."""
        if not sample:
            return self.env._("There is no customer yet to show a message for.")
        return self.env._("As %s would get it:", sample.partner_id.name)

    def _messages(self, steps, sample) -> Markup:
        """Return the messages of all steps, one below the other."""
        parts = Markup("")
        for step in steps if sample else ():
            outreach = self._outreach_of(step, sample)
            text, error = outreach._message() if outreach else ({}, False)
            parts += SECTION % (
                step.name,
                text.get("subject") or error or self.env._("No message"),
                Markup(text.get("body") or ""),
            )
        return parts

    def _outreach_of(self, step, card):
        """Return an outreach of a step for one customer: planned, or planned now."""
        # sudo: customer.lifecycle.outreach - of a customer whom the user sees
        outreach = self.env["customer.lifecycle.outreach"].sudo()
        domain = [("step_id", "=", step.id), ("lifecycle_id", "=", card.id)]
        planner = self.env["customer.lifecycle.planner"].sudo()
        return (
            outreach.search([*domain, ("sent_at", "=", False)], limit=1)
            or planner._plan(step.sudo(), card.sudo())
            # without an occasion, or too soon after another one
            or planner._plan(step.sudo(), card.sudo(), "preview")
            or outreach.search(domain, limit=1)
        )
