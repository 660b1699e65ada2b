from odoo import models
from odoo.tools import SQL

#: The worst of five that is no complaint is three.
BAD_RATING = 2
#: Days after which an unanswered rating or a late order is the past, not a problem.
PROBLEM_DAYS = 60


class CustomerLifecycleEvidenceRating(models.AbstractModel):
    """What customers think of us: their ratings, and which of them are complaints.

    The one place that says what an open complaint is, for the facts and for the gate.
    """

    _name = "customer.lifecycle.evidence.rating"
    _description = "Evidence of Ratings"

    def _rating_query(self, company, partner_ids) -> SQL:
        """Return the ratings that customers gave to what is a company's, or nobody's.

        Grain: one row per rating that was given. Columns: ``id``, ``partner_id``
        (commercial partner), ``rating`` (1 to 5), ``rated_on`` (UTC), ``res_model``,
        ``res_id``, ``is_commented``.

        To build it costs a query: which kinds of record these customers rated.

        :param partner_ids: commercial partners
        """
        # first the few ratings of the customers, by the index of rating.rating: with
        # what each is about in the same condition, PostgreSQL reads all there are
        return SQL(
            """
              WITH given AS MATERIALIZED (
                   SELECT rating.id, customer.commercial_partner_id AS partner_id,
                          rating.rating, rating.rated_on, rating.res_model,
                          rating.res_id, %(is_commented)s AS is_commented
                     FROM res_partner AS customer
                     JOIN rating_rating AS rating
                       ON rating.partner_id = customer.id
                    WHERE customer.commercial_partner_id
                          = ANY(%(partners)s::integer[])
                      AND rating.consumed IS TRUE
                      AND rating.rated_on IS NOT NULL
                      -- zero is not rated
                      AND rating.rating > 0)
            SELECT rating.*
              FROM given AS rating
             WHERE %(is_ours)s
            """,
            partners=list(partner_ids),
            is_commented=self._is_commented_sql(),
            is_ours=self._is_rating_of_sql(company, partner_ids),
        )

    def _is_commented_sql(self) -> SQL:
        """Say whether ``rating`` was answered on the portal, if that is installed."""
        if "publisher_comment" not in self.env["rating.rating"]._fields:
            return SQL("FALSE")
        return SQL("COALESCE(rating.publisher_comment, '') != ''")

    def _is_rating_of_sql(self, company, partner_ids) -> SQL:
        """Say whether what ``rating`` is about exists, and is of a company or none.

        Runs a query, against the rule for what returns SQL: the tables to look into
        are those of the models that were rated, which only the ratings tell. A
        condition on every model there is would be planned with some hundred tables.

        :param partner_ids: commercial partners, whose ratings the condition is for
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT rating.res_model
                  FROM rating_rating AS rating
                  JOIN res_partner AS customer
                    ON customer.id = rating.partner_id
                 WHERE customer.commercial_partner_id = ANY(%s::integer[])
                   AND rating.consumed IS TRUE
                """,
                list(partner_ids),
            )
        )
        whens = [
            SQL("WHEN %s THEN EXISTS (%s)", name, self._rated_query(name, company))
            for (name,) in rows
            if name in self.env and self.env[name]._auto
        ]
        if not whens:
            return SQL("FALSE")
        return SQL("CASE rating.res_model %s END", SQL(" ").join(whens))

    def _rated_query(self, name: str, company) -> SQL:
        """Return the record of a model that ``rating`` is about."""
        model = self.env[name]
        field = model._fields.get("company_id")
        is_ours = SQL("TRUE")
        if field is not None and field.store and field.column_type:
            is_ours = SQL("COALESCE(rated.company_id, %(id)s) = %(id)s", id=company.id)
        return SQL(
            "SELECT FROM %s AS rated WHERE rated.id = rating.res_id AND %s",
            SQL.identifier(model._table),
            is_ours,
        )

    def _complaint_query(self, ratings: SQL) -> SQL:
        """Return the bad ratings that nobody answered and no better one followed.

        :param ratings: of ``_rating_query``
        :return: query with ``id, partner_id`` (commercial partner), ``rating`` and
            ``rated_on`` (UTC); how old they are is for whoever asks
        """
        return SQL(
            """
              WITH ratings AS (%(ratings)s)
            SELECT rating.id, rating.partner_id, rating.rating, rating.rated_on
              FROM ratings AS rating
             WHERE rating.rating <= %(bad)s
               AND NOT rating.is_commented
               AND NOT EXISTS (%(answer)s)
               AND NOT EXISTS (SELECT
                                 FROM ratings AS later
                                WHERE later.partner_id = rating.partner_id
                                  AND later.rated_on > rating.rated_on
                                  AND later.rating > %(bad)s)
            """,
            ratings=ratings,
            bad=BAD_RATING,
            answer=self._rating_answer_sql(),
        )

    def _rating_answer_sql(self) -> SQL:
        """Return the messages by which one of us answered ``rating``.

        A message that the customer sees, or an activity that was done, such as a
        call. A note is none.
        """
        return SQL(
            """
            SELECT
              FROM mail_message AS message
              JOIN res_partner AS author
                ON author.id = message.author_id
         LEFT JOIN mail_message_subtype AS subtype
                ON subtype.id = message.subtype_id
             WHERE message.model = rating.res_model
               AND message.res_id = rating.res_id
               AND message.date > rating.rated_on
               AND author.partner_share IS NOT TRUE
               AND (message.mail_activity_type_id IS NOT NULL
                    OR message.message_type IN ('email', 'comment')
                       AND message.is_internal IS NOT TRUE
                       AND subtype.internal IS NOT TRUE)
            """
        )
