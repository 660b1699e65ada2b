from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class CustomerLifecycleEvidenceKnowledge(models.AbstractModel):
    """What we know of customers as evidence: people, facts about them, ideas given.

    Each source has one row per ``partner_id``.
    """

    _name = "customer.lifecycle.evidence.knowledge"
    _description = "Evidence of Knowing Customers"

    def _knowledge_sources(self, scope: Scope) -> dict[str, SQL]:
        """Return the sources that ``_knowledge_columns`` are made of."""
        return {
            "people": self._people_sql(scope),
            "knowledge": self._known_sql(scope),
            "ideas": self._ideas_sql(scope),
        }

    def _knowledge_columns(self, scope: Scope) -> dict[str, SQL]:
        """Return the columns about what we know and what we suggested."""
        return {
            "is_company": SQL("COALESCE(partner.is_company, FALSE)"),
            "contact_person_count": SQL("COALESCE(people.person_count, 0)"),
            "known_count": SQL("COALESCE(knowledge.known_count, 0)"),
            # what the company does not want to know is missing of nobody
            "is_decider_known": SQL(
                "(COALESCE(knowledge.is_decider_known, FALSE)"
                " OR NOT EXISTS (SELECT FROM (%s) AS fact"
                "                 WHERE fact.name = 'decider'))",
                self._fact_names_sql(scope),
            ),
            "idea_count": SQL("COALESCE(ideas.idea_count, 0)"),
            "last_idea_date": SQL("ideas.last_day"),
        }

    def _people_sql(self, scope: Scope) -> SQL:
        """Return how many people of each customer can be reached.

        The same as ``_contact_person_domain`` of the card, whose list it counts.
        """
        return SQL(
            """
            SELECT commercial_partner_id AS partner_id, COUNT(*) AS person_count
              FROM res_partner
             WHERE commercial_partner_id = ANY(%(partners)s::integer[])
               AND id != commercial_partner_id
               AND active
               AND type = 'contact'
               AND (email != '' OR phone != '')
               AND (company_id IS NULL OR company_id = ANY(%(companies)s))
          GROUP BY commercial_partner_id
            """,
            partners=list(scope.partner_ids),
            companies=scope.company.parent_ids.ids,
        )

    def _known_sql(self, scope: Scope) -> SQL:
        # what is no property any more is still on the cards, and counts no more
        return SQL(
            """
            SELECT card.partner_id,
                   COUNT(*) AS known_count,
                   BOOL_OR(fact.name = 'decider') AS is_decider_known
              FROM customer_lifecycle AS card
              JOIN (%(facts)s) AS fact
                ON %(is_known)s
             WHERE card.properties IS NOT NULL
               AND card.company_id = %(company)s
               AND card.partner_id = ANY(%(partners)s::integer[])
          GROUP BY card.partner_id
            """,
            facts=self._fact_names_sql(scope),
            is_known=self._is_known_sql(
                SQL("(card.properties -> fact.name)"), SQL("fact.type")
            ),
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _fact_names_sql(self, scope: Scope) -> SQL:
        """Return the ``name`` and ``type`` of what the company wants to know."""
        return SQL(
            """
            SELECT fact ->> 'name' AS name, fact ->> 'type' AS type
              FROM res_company AS company,
                   JSONB_ARRAY_ELEMENTS(
                       CASE JSONB_TYPEOF(company.lifecycle_properties_definition)
                            WHEN 'array' THEN company.lifecycle_properties_definition
                       END) AS fact
             WHERE company.id = %s
               AND fact ->> 'type' != 'separator'
            """,
            scope.company.id,
        )

    def _is_known_sql(self, value: SQL, kind: SQL) -> SQL:
        """Return the condition that somebody has written a value down.

        A box that is not ticked and an empty text say nothing.

        :param value: a property as JSON
        :param kind: its type
        """
        return SQL(
            r"""
            CASE JSONB_TYPEOF(%(value)s)
                 WHEN 'string'
                 THEN CASE %(kind)s
                           WHEN 'html'
                           THEN REGEXP_REPLACE(%(value)s #>> '{}',
                                               '<[^>]*>|&nbsp;', '', 'g')
                           ELSE %(value)s #>> '{}'
                      END ~ '\S'
                 WHEN 'array' THEN JSONB_ARRAY_LENGTH(%(value)s) > 0
                 WHEN 'boolean' THEN %(value)s::boolean
                 WHEN 'number' THEN TRUE
                 ELSE FALSE
            END
            """,
            value=value,
            kind=kind,
        )

    def _ideas_sql(self, scope: Scope) -> SQL:
        # an idea leaves the year on its anniversary: next_change_date wakes the card
        return SQL(
            """
            SELECT partner_id,
                   COUNT(*) FILTER (WHERE leaves_year > %(as_of)s) AS idea_count,
                   MAX(date) AS last_day,
                   MIN(leaves_year) FILTER (WHERE leaves_year > %(as_of)s) AS next_day
              FROM (SELECT card.partner_id, idea.date,
                           (idea.date + INTERVAL '1 year')::date AS leaves_year
                      FROM customer_lifecycle_idea AS idea
                      JOIN customer_lifecycle AS card
                        ON card.id = idea.lifecycle_id
                     WHERE card.company_id = %(company)s
                       AND card.partner_id = ANY(%(partners)s::integer[])
                       AND idea.date <= %(as_of)s) AS ideas
          GROUP BY partner_id
            """,
            as_of=scope.as_of,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )
