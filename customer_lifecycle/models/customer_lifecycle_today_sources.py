from odoo import models
from odoo.tools import SQL

#: What can wait for somebody, and how urgent that is: 1 to 100, no two alike. Set by
#: us, as a shopkeeper would: his word first, then who is leaving, then courtesy.
URGENCIES = {
    "setback": 100,
    "promise": 90,
    "activity_late": 80,
    "slipping": 72,
    "lapsed": 70,
    "quotation": 60,
    "activity_today": 55,
    "outreach": 50,
    "promise_soon": 45,
    "referral": 41,
    "second_purchase": 40,
    "first_purchase": 39,
    "climbed": 38,
    "anniversary": 37,
    "care": 25,
    "need": 20,
}
#: Days after a contact before the same matter is brought up again.
CALM_DAYS = 7
#: Days that a quotation waits for its answer, and after which it is the past.
ANSWER_DAYS, QUOTATION_DAYS = 5, 60
#: Days ahead in which a promise is recalled before it is due.
SOON_DAYS = 2
#: Days after which whoever has lapsed is no matter for today any more.
LAPSED_DAYS = 60
#: Days for which there is something to celebrate.
NEWS_DAYS = 7
#: Days after a delivery on which it is asked whether it solved the need; the last one.
NEED_DAYS, NEED_PAST_DAYS = 7, 60


class CustomerLifecycleTodaySources(models.AbstractModel):
    """What can wait for somebody: one statement for each kind of matter.

    Each reads ``cards``, the active cards of the companies with ``as_of``, the day it
    is there, and has the columns ``kind, lifecycle_id, day, res_id, amount``: since
    when it waits, the record that it is about (or NULL), and what it is worth beyond
    the forecast (company currency, or NULL). A companion adds a kind here, in
    ``_urgencies``, to the selection ``kind`` and with a sentence ``_say_<kind>``.
    """

    _name = "customer.lifecycle.today.sources"
    _description = "What Waits Today"

    def _urgencies(self) -> dict[str, int]:
        """Return how urgent each kind of matter is: 1 to 100, no two alike."""
        return URGENCIES

    def _sources(self) -> list[SQL]:
        """Return the statements that find what waits."""
        return [
            self._setbacks_sql(),
            self._promises_due_sql(),
            self._activities_due_sql(),
            self._leaving_sql(),
            self._unanswered_quotations_sql(),
            self._outreach_to_approve_sql(),
            self._celebrations_sql(),
            self._care_sql(),
            self._needs_to_ask_sql(),
        ]

    def _setbacks_sql(self) -> SQL:
        """Setbacks not made good, of which nobody of us spoke, or not for a week."""
        return SQL(
            """
            SELECT 'setback' AS kind, id AS lifecycle_id, setback_date AS day,
                   NULL::integer AS res_id, NULL::numeric AS amount
              FROM cards
             WHERE setback_date IS NOT NULL
               AND (last_reached_date IS NULL
                    OR last_reached_date < setback_date
                    OR last_reached_date <= as_of - %(calm)s)
            """,
            calm=CALM_DAYS,
        )

    def _promises_due_sql(self) -> SQL:
        """Our promises that are overdue, or soon due."""
        return SQL(
            """
            SELECT CASE WHEN promise.due_date < as_of THEN 'promise'
                        ELSE 'promise_soon' END,
                   cards.id, promise.due_date, promise.id, NULL
              FROM customer_lifecycle_commitment AS promise
              JOIN cards
                ON cards.id = promise.lifecycle_id
             WHERE promise.state = 'open'
               AND promise.side = 'ours'
               -- what a quotation promises passes by itself
               AND promise.kind != 'quotation'
               AND promise.due_date <= as_of + %(soon)s
            """,
            soon=SOON_DAYS,
        )

    def _activities_due_sql(self) -> SQL:
        """Activities due, of whoever looks after the customer, on what is theirs."""
        return SQL(
            """
            SELECT CASE WHEN activity.date_deadline < as_of THEN 'activity_late'
                        ELSE 'activity_today' END,
                   cards.id, activity.date_deadline, activity.id, NULL
              FROM (%(activities)s) AS activity
              JOIN cards
                ON cards.partner_id = activity.partner_id
               AND cards.company_id = COALESCE(activity.company_id, cards.company_id)
             WHERE activity.date_deadline <= as_of
               AND (cards.user_id IS NULL OR activity.user_id IS NULL
                    OR cards.user_id = activity.user_id)
            """,
            activities=self._activities_sql(),
        )

    def _activities_sql(self) -> SQL:
        """Return open activities about customers: on cards, contacts, orders, leads."""
        columns = SQL("activity.id, activity.user_id, activity.date_deadline")
        return SQL(
            """
            SELECT %(columns)s, card.partner_id, card.company_id
              FROM mail_activity AS activity
              JOIN cards AS card
                ON card.id = activity.res_id
             WHERE activity.active AND activity.res_model = 'customer.lifecycle'
         UNION ALL
            SELECT %(columns)s, partner.commercial_partner_id, NULL
              FROM mail_activity AS activity
              JOIN res_partner AS partner
                ON partner.id = activity.res_id
             WHERE activity.active AND activity.res_model = 'res.partner'
         UNION ALL
            SELECT %(columns)s, partner.commercial_partner_id, sale.company_id
              FROM mail_activity AS activity
              JOIN sale_order AS sale
                ON sale.id = activity.res_id
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
             WHERE activity.active AND activity.res_model = 'sale.order'
         UNION ALL
            SELECT %(columns)s, lead.partner_id, lead.company_id
              FROM mail_activity AS activity
              JOIN (%(leads)s) AS lead
                ON lead.id = activity.res_id
             WHERE activity.active AND activity.res_model = 'crm.lead'
            """,
            columns=columns,
            leads=self.env["customer.lifecycle.membership"]._lead_query(),
        )

    def _leaving_sql(self) -> SQL:
        """Customers slipping or lapsed with whom nobody has spoken since.

        Long ago is no matter for today: reactivation has rules of its own.
        """
        return SQL(
            """
            SELECT health, id, day, NULL, NULL
              FROM cards
        CROSS JOIN LATERAL (SELECT CASE health WHEN 'slipping' THEN slipping_date
                                               WHEN 'lapsed' THEN lapsed_date END)
                   AS leaving (day)
             WHERE health IN ('slipping', 'lapsed')
               AND day > as_of - %(past)s
               AND (last_contact_date IS NULL OR last_contact_date < day)
            """,
            past=LAPSED_DAYS,
        )

    def _unanswered_quotations_sql(self) -> SQL:
        """Quotations without an answer, of which nobody spoke for a week."""
        return SQL(
            """
            (WITH sale AS MATERIALIZED (
                    SELECT sale.id, sale.company_id, partner.commercial_partner_id,
                           (sale.date_order
                                AT TIME ZONE 'UTC'
                                AT TIME ZONE COALESCE(company.lifecycle_tz, 'UTC')
                           )::date AS day,
                           sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0),
                                                          1) AS amount
                      FROM sale_order AS sale
                      JOIN res_company AS company
                        ON company.id = sale.company_id
                      JOIN res_partner AS partner
                        ON partner.id = sale.partner_id
                     WHERE sale.state IN ('draft', 'sent')
                       -- the index; one day more, for the time zone
                       AND sale.date_order
                           >= (SELECT MIN(as_of) FROM days) - %(past)s - 1)
            SELECT 'quotation', cards.id, sale.day + %(answer)s, sale.id, sale.amount
              FROM sale
              JOIN cards
                ON cards.partner_id = sale.commercial_partner_id
               AND cards.company_id = sale.company_id
             WHERE sale.day BETWEEN as_of - %(past)s AND as_of - %(answer)s
               AND (last_heard_date IS NULL OR last_heard_date <= sale.day)
               AND (last_contact_date IS NULL OR last_contact_date <= as_of - %(calm)s))
            """,
            answer=ANSWER_DAYS,
            past=QUOTATION_DAYS,
            calm=CALM_DAYS,
        )

    def _outreach_to_approve_sql(self) -> SQL:
        """Outreach that waits for somebody to approve it."""
        return SQL(
            """
            SELECT 'outreach', cards.id, outreach.planned_date, outreach.id, NULL
              FROM customer_lifecycle_outreach AS outreach
              JOIN cards
                ON cards.id = outreach.lifecycle_id
             WHERE outreach.state = 'planned'
               AND outreach.planned_date <= as_of
               AND outreach.expiry_date >= as_of
            """
        )

    def _celebrations_sql(self) -> SQL:
        """Good news of the last days for which nobody has found a word yet."""
        return SQL(
            """
            SELECT news.kind, cards.id, news.day, news.res_id, NULL
              FROM (SELECT CASE purchase_count WHEN 1 THEN 'first_purchase'
                                               ELSE 'second_purchase' END AS kind,
                           id, last_purchase_date AS day, NULL::integer AS res_id
                      FROM cards
                     WHERE purchase_count IN (1, 2)
                 UNION ALL
                    SELECT 'anniversary', id,
                           (first_purchase_date + MAKE_INTERVAL(years => years))::date,
                           NULL
                      FROM (SELECT *, EXTRACT(YEAR FROM AGE(as_of, first_purchase_date)
                                      )::integer AS years FROM cards) AS cards
                     WHERE years > 0 AND health != 'lapsed'
                 UNION ALL
                    SELECT 'referral', referral.lifecycle_id,
                           friend.first_purchase_date, referral.id
                      FROM customer_lifecycle_referral AS referral
                      JOIN cards AS friend
                        ON friend.id = referral.friend_lifecycle_id
                     WHERE referral.state NOT IN ('refused', 'taken_back')
                 UNION ALL
                    SELECT 'climbed', move.lifecycle_id, move.date, NULL
                      FROM cards
                      JOIN customer_lifecycle_transition AS move
                        ON move.lifecycle_id = cards.id
                      JOIN customer_lifecycle_level AS below
                        ON below.id = move.from_level_id
                      JOIN customer_lifecycle_level AS above
                        ON above.id = move.to_level_id
                     -- few have moved lately: their index, not all of history
                     WHERE cards.level_since >= as_of - %(news)s
                       AND move.kind = 'level'
                       AND above.sequence > below.sequence
                       AND move.cause IN ('facts', 'time')
                       AND move.is_silent IS NOT TRUE
                       AND move.date >= as_of - %(news)s) AS news
              JOIN cards
                ON cards.id = news.id
              JOIN res_company AS company
                ON company.id = cards.company_id
             WHERE news.day BETWEEN as_of - %(news)s AND as_of
               -- an activity that was done since: a thank-you, a call
               AND NOT EXISTS (SELECT
                                 FROM mail_message AS message
                                WHERE message.model = 'customer.lifecycle'
                                  AND message.res_id = cards.id
                                  AND message.mail_activity_type_id IS NOT NULL
                                  AND (message.date
                                           AT TIME ZONE 'UTC'
                                           AT TIME ZONE COALESCE(company.lifecycle_tz,
                                                                 'UTC'))::date
                                      >= news.day)
            """,
            news=NEWS_DAYS,
        )

    def _care_sql(self) -> SQL:
        """Customers with whom nobody has spoken for the days of their level."""
        # care_date of the card, but joined: not a subquery for each card
        return SQL(
            """
            SELECT 'care', cards.id, care.day, NULL, NULL
              FROM cards
              JOIN customer_lifecycle_level AS level
                ON level.id = cards.level_id
        CROSS JOIN LATERAL (SELECT COALESCE(last_contact_date, first_touch_date)
                                   + level.care_days) AS care (day)
             WHERE level.care_days > 0
               AND health != 'lapsed'
               AND care.day <= as_of
            """
        )

    def _needs_to_ask_sql(self) -> SQL:
        """Deliveries of which nobody has asked yet whether they solved the need."""
        return SQL(
            """
            SELECT 'need', id, last_delivery_date + %(days)s, NULL, NULL
              FROM cards
             WHERE need_count > COALESCE(solved_count, 0) + COALESCE(unsolved_count, 0)
               AND last_delivery_date BETWEEN as_of - %(past)s AND as_of - %(days)s
               AND (last_contact_date IS NULL OR last_contact_date <= as_of - %(calm)s)
            """,
            days=NEED_DAYS,
            past=NEED_PAST_DAYS,
            calm=CALM_DAYS,
        )
