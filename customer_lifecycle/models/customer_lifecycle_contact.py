from odoo import SUPERUSER_ID, models
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class CustomerLifecycleContact(models.AbstractModel):
    """When people of both sides were in touch: one row per contact and customer.

    A contact is a message that a person wrote, an activity that was done, or a meeting
    that was held; with any person of the company, on the contact, the card, an order
    or an opportunity. What programs write is none: notifications, mailings, outreach,
    automatic answers; nor are notes, which the customer does not see.
    """

    _name = "customer.lifecycle.contact"
    _description = "Contacts with Customers"
    _inherit = ["customer.lifecycle.membership"]

    def _contacts_sql(self, scope: Scope) -> SQL:
        """Return the last contacts of the customers of a scope.

        Grain: one row per customer who was ever in touch. Columns: ``partner_id,
        heard_day, reached_day`` and ``next_day``, of the next meeting.
        """
        return SQL(
            """
            SELECT partner_id,
                   MAX(heard_day) AS heard_day,
                   MAX(reached_day) AS reached_day,
                   MIN(next_day) AS next_day
              FROM (%(messages)s UNION ALL %(meetings)s) AS contacts
          GROUP BY partner_id
            """,
            messages=self._message_days_sql(scope),
            meetings=self._meeting_days_sql(scope),
        )

    # ------------------------------------------------------------------------ messages

    def _contact_threads(self) -> dict[str, SQL]:
        """Return the records on which customers are talked with, by model.

        A companion adds a model by extending it, and marks the customers itself.

        :return: SQL with columns ``res_id``, ``partner_id`` (commercial partner) and
            ``company_id`` (empty: of every company)
        """
        return {
            "res.partner": SQL(
                "SELECT id AS res_id, commercial_partner_id AS partner_id, company_id"
                "  FROM res_partner"
            ),
            "customer.lifecycle": SQL(
                "SELECT id AS res_id, partner_id, company_id FROM customer_lifecycle"
            ),
            "sale.order": SQL(
                """
                SELECT sale.id AS res_id, partner.commercial_partner_id AS partner_id,
                       sale.company_id
                  FROM sale_order AS sale
                  JOIN res_partner AS partner
                    ON partner.id = sale.partner_id
                """
            ),
            "crm.lead": SQL(
                "SELECT id AS res_id, partner_id, company_id FROM (%s) AS leads",
                self._lead_query(),
            ),
        }

    def _scope_threads_sql(self, scope: Scope) -> SQL:
        """Return the records on which the customers of a scope are talked with."""
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %(model)s AS model, res_id, partner_id, company_id
                  FROM (%(threads)s) AS threads
                 WHERE partner_id = ANY(%(partners)s::integer[])
                   AND (company_id IS NULL OR company_id = %(company)s)
                """,
                model=model,
                threads=threads,
                partners=list(scope.partner_ids),
                company=scope.company.id,
            )
            for model, threads in self._contact_threads().items()
        )

    def _message_days_sql(self, scope: Scope) -> SQL:
        """Return the last contacts on each record; columns as in ``_contacts_sql``."""
        # an aggregate of each record: read by the index on (model, res_id), and never
        # the whole table
        return SQL(
            """
            SELECT threads.partner_id,
                   (latest.heard_at AT TIME ZONE 'UTC'
                                    AT TIME ZONE %(tz)s)::date AS heard_day,
                   (latest.reached_at AT TIME ZONE 'UTC'
                                      AT TIME ZONE %(tz)s)::date AS reached_day,
                   NULL::date AS next_day
              FROM (%(threads)s) AS threads
CROSS JOIN LATERAL (SELECT MAX(at) FILTER (WHERE is_heard) AS heard_at,
                           MAX(at) FILTER (WHERE is_reached) AS reached_at
                      FROM (%(messages)s) AS messages) AS latest
             WHERE latest.heard_at IS NOT NULL OR latest.reached_at IS NOT NULL
            """,
            tz=scope.company.lifecycle_tz,
            threads=self._scope_threads_sql(scope),
            messages=self._messages_sql(scope),
        )

    def _messages_sql(self, scope: Scope) -> SQL:
        """Return the contacts on the record ``threads``, up to the day of reading.

        Columns: ``message_id, at`` (UTC), ``is_heard, is_reached``.
        """
        return SQL(
            """
            SELECT id AS message_id, date AS at,
                   side IN ('theirs', 'both') AS is_heard,
                   side IN ('ours', 'both') AS is_reached
              FROM (SELECT message.id, message.date, %(side)s AS side
                      FROM mail_message AS message
                 LEFT JOIN mail_message_subtype AS subtype
                        ON subtype.id = message.subtype_id
                 LEFT JOIN mail_activity_type AS kind
                        ON kind.id = message.mail_activity_type_id
                 LEFT JOIN res_partner AS author
                        ON author.id = message.author_id
                     WHERE message.model = threads.model
                       AND message.res_id = threads.res_id
                       AND %(is_contact)s
                       -- on a contact of every company, what was written in this one;
                       -- mail that came in was written to all of them
                       AND (threads.company_id IS NOT NULL
                            OR message.message_type = 'email'
                            OR COALESCE(message.record_company_id, %(company)s)
                               = %(company)s)
                       AND message.date
                           < (%(as_of)s::date + 1)::timestamp
                             AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') AS sided
             WHERE side IN ('theirs', 'ours', 'both')
            """,
            side=self._side_sql(),
            is_contact=self._is_contact_sql(),
            company=scope.company.id,
            as_of=scope.as_of,
            tz=scope.company.lifecycle_tz,
        )

    def _is_contact_sql(self) -> SQL:
        """Return the condition that ``message`` may be a contact, by its kind.

        Of ``message`` and its ``subtype`` alone.
        """
        return SQL(
            """
            (message.mail_activity_type_id IS NOT NULL
             OR message.lifecycle_contact IS NOT NULL
             OR message.message_type IN ('email', 'comment')
                AND message.is_internal IS NOT TRUE
                AND subtype.internal IS NOT TRUE
                AND message.lifecycle_is_automatic IS NOT TRUE)
            """
        )

    def _side_sql(self) -> SQL:
        """Return who was in touch in ``message``: theirs, ours, both; else NULL.

        As somebody said of it, or as its kind of activity says, or by its author.
        """
        return SQL(
            """
            CASE
            WHEN message.lifecycle_contact IS NOT NULL THEN message.lifecycle_contact
            WHEN message.mail_activity_type_id IS NOT NULL
            THEN CASE WHEN %(is_ours)s THEN kind.lifecycle_contact END
            WHEN %(is_ours)s THEN 'ours'
            WHEN author.commercial_partner_id = threads.partner_id
              -- who wrote from an address that is not known yet
              OR author.id IS NULL AND message.message_type = 'email' THEN 'theirs'
            END
            """,
            is_ours=SQL("message.author_id IN (%s)", self._our_people_sql()),
        )

    def _our_people_sql(self) -> SQL:
        """Return the contacts of our users, also of those who have left.

        Whatever works in nobody's name does so as the first user.
        """
        return SQL(
            "SELECT partner_id FROM res_users WHERE share IS NOT TRUE AND id != %s",
            SUPERUSER_ID,
        )

    def _touched_sql(self, message_ids, also_others: bool = False) -> SQL:
        """Return the customers whose contacts some messages may be.

        :param also_others: those of what is no contact too: it may have been one
        :return: subquery with columns ``partner_id, company_id, date``
        """
        threads = SQL(" UNION ALL ").join(
            SQL(
                "SELECT partner_id, company_id FROM (%s) AS records"
                " WHERE message.model = %s AND records.res_id = message.res_id",
                records,
                model,
            )
            for model, records in self._contact_threads().items()
        )
        return SQL(
            """
            SELECT threads.partner_id, threads.company_id, message.date
              FROM mail_message AS message
         LEFT JOIN mail_message_subtype AS subtype
                ON subtype.id = message.subtype_id
CROSS JOIN LATERAL (%(threads)s) AS threads
             WHERE message.id = ANY(%(messages)s)
               AND %(is_contact)s
            """,
            threads=threads,
            messages=list(message_ids),
            is_contact=SQL("TRUE") if also_others else self._is_contact_sql(),
        )

    # ------------------------------------------------------------------------ meetings

    def _meeting_days_sql(self, scope: Scope) -> SQL:
        """Return the meetings of the customers; columns as in ``_contacts_sql``."""
        # a meeting counts from its day on: next_change_date wakes the card then
        return SQL(
            """
            SELECT partner_id,
                   MAX(day) FILTER (WHERE day <= %(as_of)s),
                   MAX(day) FILTER (WHERE day <= %(as_of)s),
                   MIN(day) FILTER (WHERE day > %(as_of)s)
              FROM (%(meetings)s) AS meetings
          GROUP BY partner_id
            """,
            meetings=self._meetings_sql(scope),
            as_of=scope.as_of,
        )

    def _meetings_sql(self, scope: Scope) -> SQL:
        """Return the meetings of one of us with somebody of the customer.

        Grain: one row per customer, person and meeting. Columns: ``partner_id,
        event_id, day, at`` (UTC). Who has declined is not there.
        """
        return SQL(
            """
            SELECT person.commercial_partner_id AS partner_id, event.id AS event_id,
                   event.start AS at,
                   CASE WHEN event.allday THEN event.start_date
                        ELSE (event.start AT TIME ZONE 'UTC'
                                          AT TIME ZONE %(tz)s)::date END AS day
              FROM res_partner AS person
              JOIN calendar_event_res_partner_rel AS invited
                ON invited.res_partner_id = person.id
              JOIN calendar_event AS event
                ON event.id = invited.calendar_event_id
         LEFT JOIN calendar_attendee AS attendee
                ON attendee.event_id = event.id
               AND attendee.partner_id = person.id
         LEFT JOIN crm_lead AS lead
                ON lead.id = event.opportunity_id
             WHERE person.commercial_partner_id = ANY(%(partners)s::integer[])
               AND event.active
               AND attendee.state IS DISTINCT FROM 'declined'
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND person.id NOT IN (%(our_people)s)
               AND EXISTS (SELECT
                             FROM res_users AS users
                             JOIN res_company_users_rel AS allowed
                               ON allowed.user_id = users.id
                        LEFT JOIN calendar_event_res_partner_rel AS ours
                               ON ours.calendar_event_id = event.id
                              AND ours.res_partner_id = users.partner_id
                            WHERE users.share IS NOT TRUE
                              AND users.id != %(root)s
                              AND allowed.cid = %(company)s
                              AND (users.id = event.user_id
                                   OR ours.res_partner_id IS NOT NULL))
            """,
            tz=scope.company.lifecycle_tz,
            partners=list(scope.partner_ids),
            company=scope.company.id,
            our_people=self._our_people_sql(),
            root=SUPERUSER_ID,
        )
