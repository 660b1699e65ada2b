from odoo import api, fields, models
from odoo.tools import format_date


class CustomerLifecycleRungWords(models.AbstractModel):
    """Conditions of the levels in words: what is there, and what to do about the rest.

    ``_say_<field>(condition)`` has sentences of its own for what the shipped levels
    ask; it returns ``(text, step)``, the step being what brings it about (empty: only
    time or the customer does). For any other field, or another way of asking, there
    are the label and the figures (``customer.lifecycle.rung.figures``). A companion
    adds a method for its field.
    """

    _name = "customer.lifecycle.rung.words"
    _description = "Evidence of Levels in Words"
    _inherit = ["customer.lifecycle.rung.figures"]

    @api.model
    def _words(self, condition: dict) -> tuple[str, str]:
        """Return what a condition finds at a customer, and the step that is missing.

        :param condition: of ``customer.lifecycle.rungs``
        """
        say = getattr(self, f"_say_{condition['field']}", None)
        return (say and say(condition)) or (self._say_figures(condition), "")

    def _at_least(self, condition: dict) -> int | None:
        """Return how many of something a condition asks for; None: not so."""
        value = condition["value"]
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return {">": value + 1, ">=": value}.get(condition["operator"])

    def _asks_if(self, condition: dict, wanted: bool) -> bool:
        """Say whether a condition asks for a field to be set, or for it to be empty."""
        value, operator = condition["value"], condition["operator"]
        values = value if isinstance(value, list) else [value]
        if len(values) != 1 or not isinstance(values[0], bool):
            return False
        return (operator in ("=", "in")) == (values[0] is wanted)

    def _day(self, value) -> str:
        return format_date(self.env, fields.Date.to_date(value))

    # ---------------------------------------------------------------------- the need

    def _say_need_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Write down which need an order is to answer.")
        if not count:
            return self.env._("No need was written down yet."), step
        if not condition["held"]:
            return self._say_figures(condition), step
        if count == 1:
            return self.env._("One need was written down."), step
        return self.env._("%(count)s needs were written down.", count=count), step

    def _say_solved_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        unsolved = condition.get("unsolved_count") or 0
        if unsolved and (condition.get("need_count") or 0) <= (count or 0) + unsolved:
            step = self.env._("Put right what was not solved, and ask again.")
        else:
            step = self.env._("Ask whether it solved the need, and note the answer.")
        if not count:
            return self.env._("Nobody has confirmed yet that a need was solved."), step
        if not condition["held"]:
            return self._say_figures(condition), step
        if count == 1:
            return self.env._("One need was solved."), step
        return self.env._("%(count)s needs were solved.", count=count), step

    # -------------------------------------------------------------- both sides talk

    def _say_last_heard_date(self, condition: dict):
        if condition["operator"] not in (">", ">="):
            return None
        step = self.env._("Get the customer to talk: a call, a visit, a question.")
        if not condition["actual"]:
            return self.env._("The customer has not been heard from yet."), step
        day = self._day(condition["actual"])
        if condition["held"]:
            text = self.env._("Heard from the customer on %(date)s.", date=day)
        else:
            text = self.env._("Not heard from the customer since %(date)s.", date=day)
        return text, step

    def _say_last_reached_date(self, condition: dict):
        if condition["operator"] not in (">", ">="):
            return None
        step = self.env._("Get in touch with the customer.")
        if not condition["actual"]:
            return self.env._("Nobody of us has been in touch yet."), step
        day = self._day(condition["actual"])
        if condition["held"]:
            text = self.env._("One of us was in touch on %(date)s.", date=day)
        else:
            text = self.env._(
                "Nobody of us has been in touch since %(date)s.", date=day
            )
        return text, step

    # ------------------------------------------------------------- we know the people

    def _say_known_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Write down what matters to the customer.")
        # None: noted before this was
        choosable = condition.get("wanted_fact_count")
        if condition["held"]:
            text = self.env._("Facts known about the customer: %(count)s.", count=count)
        elif choosable is not None and choosable < wanted:
            return self._say_facts_not_chosen(choosable, wanted)
        else:
            text = self.env._(
                "Facts known about the customer: %(count)s; %(wanted)s are asked for.",
                count=count or 0,
                wanted=wanted,
            )
        return text, step

    def _say_facts_not_chosen(self, chosen: int, wanted: int):
        """Say that the company wants to know less than a level asks for."""
        step = self.env._(
            "Have an administrator choose more facts to know about customers: at least "
            "%(wanted)s.",
            wanted=wanted,
        )
        if not chosen:
            return self.env._("No facts to know about customers are chosen."), step
        text = self.env._(
            "Facts to know about customers that are chosen: %(chosen)s; %(wanted)s are "
            "asked for.",
            chosen=chosen,
            wanted=wanted,
        )
        return text, step

    def _say_is_decider_known(self, condition: dict):
        if not self._asks_if(condition, True):
            return None
        step = self.env._("Find out who decides, and write it down.")
        if condition.get("is_decider_wanted") is False:
            return self.env._("Who decides is not asked for."), ""
        if condition["held"]:
            return self.env._("It is known who decides."), step
        return self.env._("Nobody has written down who decides."), step

    def _say_contact_person_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Get to know one more person of the company.")
        if condition["held"]:
            text = self.env._("Contact persons known: %(count)s.", count=count)
        else:
            text = self.env._(
                "Contact persons known: %(count)s; %(wanted)s are asked for.",
                count=count or 0,
                wanted=wanted,
            )
        return text, step

    def _say_is_company(self, condition: dict):
        if not self._asks_if(condition, False):
            return None
        if condition["held"]:
            return self.env._("The customer is a private person."), ""
        return self.env._("The customer is not a private person but a company."), ""

    def _say_idea_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Give the customer an idea that is not billed.")
        if not count:
            return self.env._("No idea was given in the last 12 months."), step
        if not condition["held"]:
            return self._say_figures(condition), step
        text = self.env._("Ideas given in the last 12 months: %(count)s.", count=count)
        return text, step

    # ------------------------------------------------------------ our word, their word

    def _say_setback_date(self, condition: dict):
        if not self._asks_if(condition, False):
            return None
        if condition["held"]:
            return self.env._("No setback is open."), ""
        day = self._day(condition["actual"])
        if condition.get("setback_kind") == "promise":
            return (
                self.env._("A promise of ours was not kept (%(date)s).", date=day),
                self.env._(
                    "Make good for the promise that was not kept; reopen it once it is "
                    "kept."
                ),
            )
        if condition.get("setback_kind") == "rating":
            return (
                self.env._("The bad rating of %(date)s is not answered.", date=day),
                self.env._("Answer the bad rating, and put right what was wrong."),
            )
        return (
            self.env._("A need was not solved (%(date)s).", date=day),
            self.env._("Solve the need that is still open."),
        )

    def _say_promise_kept_share(self, condition: dict):
        if condition["operator"] not in (">", ">="):
            return None
        kept = condition.get("promise_kept_count") or 0
        ended = kept + (condition.get("promise_broken_count") or 0)
        step = self.env._("Make a promise, and keep it.")
        if not ended:
            return self.env._("No promise has been made and ended yet."), step
        text = self.env._(
            "%(kept)s of %(ended)s promises were kept.", kept=kept, ended=ended
        )
        return text, step

    def _say_promise_kept_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Make a promise, and keep it.")
        if condition["held"]:
            return self.env._("Promises kept: %(count)s.", count=count), step
        text = self.env._(
            "Promises kept: %(count)s; %(wanted)s are asked for.",
            count=count or 0,
            wanted=wanted,
        )
        return text, step

    def _say_satisfaction(self, condition: dict):
        if condition["operator"] not in (">", ">="):
            return None
        step = self.env._("Ask the customer how satisfied they are.")
        if not condition["actual"]:
            return self.env._("The customer has not rated us yet."), step
        rate = self._figure(condition["actual"])
        if condition["held"]:
            return self.env._("Last rating: %(rate)s of 5.", rate=rate), step
        text = self.env._(
            "Last rating: %(rate)s of 5; at least %(wanted)s is asked for.",
            rate=rate,
            wanted=self._figure(condition["value"]),
        )
        return text, self.env._("Find out what is missing, and put it right.")

    def _say_paid_late_share(self, condition: dict):
        if condition["operator"] not in ("<", "<="):
            return None
        count = condition.get("paid_count") or 0
        late = round((condition["actual"] or 0) * count)
        if not count:
            return self.env._("No invoice was due in the last 12 months."), ""
        if not late:
            return self.env._("Pays as agreed: no invoice was late."), ""
        text = self.env._(
            "%(late)s of %(count)s invoices were paid late.", late=late, count=count
        )
        return text, self.env._("Talk about how and when they pay.")

    def _say_first_purchase_date(self, condition: dict):
        if condition["operator"] not in ("<", "<="):
            return None
        if not condition["actual"]:
            return self.env._("Has not bought yet."), ""
        day = self._day(condition["actual"])
        if condition["held"]:
            return self.env._("A customer since %(date)s.", date=day), ""
        text = self.env._("A customer only since %(date)s.", date=day)
        return text, self.env._("Stay close: only time is missing.")

    def _say_referral_count(self, condition: dict):
        wanted, count = self._at_least(condition), condition["actual"]
        if wanted is None:
            return None
        step = self.env._("Ask for a recommendation.")
        if not count:
            return self.env._("Has not brought another customer yet."), step
        if not condition["held"]:
            return self._say_figures(condition), step
        if count == 1:
            return self.env._("Has brought another customer."), step
        return self.env._("Has brought %(count)s other customers.", count=count), step
