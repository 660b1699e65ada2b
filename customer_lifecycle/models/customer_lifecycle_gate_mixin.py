from datetime import date, datetime
from typing import NamedTuple

import pytz

from odoo import fields, models
from odoo.tools import SQL, format_date

from .customer_lifecycle_outreach import PURPOSES


class Verdict(NamedTuple):
    """Why an outreach does not go out now.

    :param state: ``waiting`` (it will be tried again), ``held`` (a person can try
        again), ``cancelled`` (it is over) or ``control``
    :param code: the sentence, ``_say_<code>`` of the gate
    :param values: figures of the sentence, JSON-safe (dates in ISO form)
    :param until: when to try again (UTC), for ``waiting``
    """

    state: str
    code: str
    values: dict = {}
    until: datetime | None = None


class CustomerLifecycleGateMixin(models.AbstractModel):
    """What the checks of the gate have in common. Inherited by each part of the gate.

    A check ``_check_x(outreach, at)`` returns ``{outreach id: Verdict}`` of what it
    stops. It reads only, with a few queries for any number of outreach, and runs as
    superuser after everything was flushed.
    """

    _name = "customer.lifecycle.gate.mixin"
    _description = "Helper of the Gate"

    def _mails(self, outreach):
        """Return what goes to the customer; the rest goes to a person of ours."""
        return outreach.filtered(lambda each: each.kind in PURPOSES)

    def _asks_recommendation(self, outreach) -> bool:
        """Say whether an outreach asks to be recommended."""
        return (
            outreach.kind == "ask"
            and outreach.step_id.lifecycle_ask == "recommendation"
        )

    def _address(self, outreach) -> str | bool:
        """Return the address as it is compared; False if there is none."""
        return outreach.partner_id.email_normalized

    def _namesakes(self, outreach, company) -> dict[int, str]:
        """Return who has the addresses of outreach: ``{partner id: address}``.

        Archived contacts too, and those that another company shares with this one.
        """
        addresses = {self._address(each) for each in outreach} - {False}
        if not addresses:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT id, email_normalized
                      FROM res_partner
                     WHERE email_normalized = ANY(%s)
                       AND (company_id IS NULL OR company_id = %s)
                    """,
                    list(addresses),
                    company.id,
                )
            )
        )

    def _day(self, company, at: datetime) -> date:
        """Return the day it is for a company at a time (UTC, naive)."""
        zone = pytz.timezone(company.lifecycle_tz or "UTC")
        return pytz.utc.localize(at).astimezone(zone).date()

    def _date_in_words(self, values: dict, name: str = "date") -> str:
        """Return a date of the figures of a sentence as the reader writes dates."""
        return format_date(self.env, fields.Date.to_date(values.get(name)))
