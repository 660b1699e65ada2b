from ast import literal_eval

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class CustomerLifecycleMembership(models.AbstractModel):
    """Who is a customer: by what happened, by the company's rule, or by hand."""

    _name = "customer.lifecycle.membership"
    _description = "Who Is a Customer"

    def _lead_query(self) -> SQL:
        """Return leads and opportunities with a contact.

        Columns: ``partner_id`` (commercial partner), ``company_id``, the lead's own
        ``id, active, type, won_status, expected_revenue, user_id, team_id,
        source_id, medium_id, campaign_id, create_date``. A lead of no company
        belongs to its team's, its salesperson's or its contact's, else to the first.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   COALESCE(lead.company_id, team.company_id, users.company_id,
                            partner.company_id,
                            (SELECT id FROM res_company
                           ORDER BY sequence, id LIMIT 1)) AS company_id,
                   lead.id, lead.active, lead.type, lead.won_status,
                   lead.expected_revenue, lead.user_id, lead.team_id,
                   lead.source_id, lead.medium_id, lead.campaign_id, lead.create_date
              FROM crm_lead AS lead
              JOIN res_partner AS partner
                ON partner.id = lead.partner_id
         LEFT JOIN crm_team AS team
                ON team.id = lead.team_id
         LEFT JOIN res_users AS users
                ON users.id = lead.user_id
            """
        )

    def _candidate_query(self) -> SQL:
        """Return who may be a customer by what happened, whatever the rule says.

        Columns: ``partner_id`` (commercial partner), ``company_id``.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, sale.company_id
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
             UNION
            SELECT partner_id, company_id
              FROM (%(leads)s) AS leads
             UNION
            SELECT partner.commercial_partner_id, tags.company_id
              FROM lifecycle_company_customer_tag_rel AS tags
              JOIN res_partner_res_partner_category_rel AS tagged
                ON tagged.category_id = tags.category_id
              JOIN res_partner AS partner
                ON partner.id = tagged.partner_id
             UNION
            SELECT partner_id, company_id
              FROM customer_lifecycle
            """,
            leads=self._lead_query(),
        )

    def _customer_rule_sql(self, scope: Scope) -> SQL:
        """Return the contacts of the scope that the company's rule accepts."""
        company = scope.company
        rule = Domain(literal_eval(company.lifecycle_customer_domain or "[]"))
        # without the scope every contact of the database is read for one customer
        rule &= Domain("id", "in", scope.partner_ids)
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.with_company(company)._search(rule).select()

    def _is_customer_sql(self, scope: Scope) -> SQL:
        """Return the condition under which a partner has an active card.

        By what happened and the company's rule, unless a person has said otherwise.
        """
        return SQL(
            """
            COALESCE(partner.active, FALSE) AND
            CASE COALESCE(card.inclusion, 'rule')
                 WHEN 'added' THEN TRUE
                 WHEN 'excluded' THEN FALSE
                 ELSE (touches.partner_id IS NOT NULL
                       OR EXISTS (SELECT
                                    FROM lifecycle_company_customer_tag_rel AS tags
                                    JOIN res_partner_res_partner_category_rel AS tagged
                                      ON tagged.category_id = tags.category_id
                                    JOIN res_partner AS person
                                      ON person.id = tagged.partner_id
                                   WHERE tags.company_id = %(company)s
                                     AND person.commercial_partner_id = partner.id))
                      AND partner.id IN (%(rule)s)
             END
            """,
            company=scope.company.id,
            rule=self._customer_rule_sql(scope),
        )
