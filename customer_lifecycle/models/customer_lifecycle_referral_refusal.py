from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, email_normalize

#: Digits of a phone number that tell two numbers apart, whatever stands before them.
PHONE_DIGITS = 9
#: Shorter than this it is no number that two people could share by chance only.
PHONE_MINIMUM = 6


class Claim(NamedTuple):
    """Somebody is said to have brought somebody to a company.

    The friend is a contact, or not yet one and known by address, phone or tax number.
    """

    referrer: models.BaseModel
    friend: models.BaseModel | None = None
    company: models.BaseModel | None = None
    email: str = ""
    phone: str = ""
    vat: str = ""
    name: str = ""


class CustomerLifecycleReferralRefusal(models.AbstractModel):
    """Why a recommendation does not count: the one place for the reasons.

    Each is a code of ``_reason_sql`` with its sentence, ``_say_<code>``.
    """

    _name = "customer.lifecycle.referral.refusal"
    _description = "Why a Recommendation Does Not Count"

    @api.model
    def _refusal(
        self, referrer, friend=None, company=None, without=(), **known
    ) -> str | None:
        """Return why it does not count that a contact brought another, or None.

        :param friend: the contact who was brought, if there is one already
        :param without: codes of reasons to pass over
        :param known: ``email``, ``phone``, ``vat`` and ``name`` of the friend
        """
        [refusal] = self._refusals([Claim(referrer, friend, company, **known)], without)
        return refusal and self._refusal_sentence(*refusal)

    @api.model
    def _refusals(self, claims: list[Claim], without=()) -> list:
        """Return why claims do not count, in their order: ``(code, values)`` or None.

        One query for any number of them.

        :param without: codes of reasons to pass over
        """
        if not claims:
            return []
        self.env.flush_all()  # it reads contacts, and orders of the same transaction
        columns = [
            list(range(len(claims))),
            [claim.referrer.id for claim in claims],
            [(claim.friend and claim.friend.id) or None for claim in claims],
            [(claim.company or self.env.company).id for claim in claims],
            [email_normalize(claim.email or "") or None for claim in claims],
            [claim.phone or None for claim in claims],
            [claim.vat or None for claim in claims],
        ]
        rows = self.env.execute_query(self._reason_sql(columns, without))
        found = {
            number: (code, self._refusal_values(claims[number], code, brought_by))
            for number, code, brought_by in rows
        }
        return [found.get(number) for number in range(len(claims))]

    @api.model
    def _passed_over(self) -> tuple[str, ...]:
        """Return the reasons that do not count where history is entered.

        It comes in any order: somebody may have been brought who has bought long ago.
        """
        is_silent = self.env["customer.lifecycle.change"]._is_silent()
        return ("customer",) if is_silent else ()

    def _refusal_values(self, claim: Claim, code: str, brought_by: int | None) -> dict:
        """Return the figures of the sentence, JSON-safe."""
        # sudo: res.partner - names, told to whoever is refused by them
        friend = claim.friend.sudo() if claim.friend else None
        values = {
            "referrer": claim.referrer.sudo().commercial_partner_id.display_name,
            "friend": friend.commercial_partner_id.display_name
            if friend
            else claim.name or claim.email or claim.phone or "",
        }
        if code == "already":
            referrer = self.env["res.partner"].sudo().browse(brought_by)
            values["brought_by"] = referrer.display_name
        return values

    # --------------------------------------------------------------------------- query

    def _reason_sql(self, columns: list[list], without=()) -> SQL:
        """Return the first reason against each claim that has one.

        Columns: ``number, code, brought_by_id``.

        :param columns: number, referrer, friend, company, e-mail, phone, tax number
        """
        return SQL(
            """
            WITH RECURSIVE claims AS (
                   SELECT claim.*, referrer.commercial_partner_id AS giver_id,
                          friend.commercial_partner_id AS taker_id
                     FROM UNNEST(%(numbers)s::integer[], %(referrers)s::integer[],
                                 %(friends)s::integer[], %(companies)s::integer[],
                                 %(emails)s::varchar[], %(phones)s::varchar[],
                                 %(vats)s::varchar[])
                       AS claim (number, referrer_id, friend_id, company_id,
                                 email, phone, vat)
                     JOIN res_partner AS referrer
                       ON referrer.id = claim.referrer_id
                LEFT JOIN res_partner AS friend
                       ON friend.id = claim.friend_id),
                   keys AS (%(keys)s),
                   takers AS (%(takers)s),
                   shared AS (
                   SELECT DISTINCT given.number, given.kind
                     FROM keys AS given
                     JOIN keys AS taken
                    USING (number, kind, value)
                    WHERE given.is_giver AND NOT taken.is_giver),
                   -- whoever brought whoever brought the referrer, and so on
                   ancestors AS (
                   SELECT number, giver_id AS partner_id
                     FROM claims
                    UNION
                   SELECT ancestors.number, above.commercial_partner_id
                     FROM ancestors
                     JOIN res_partner AS person
                       ON person.commercial_partner_id = ancestors.partner_id
                     JOIN res_partner AS above
                       ON above.id = person.lifecycle_referred_by_id),
                   reasons AS (%(reasons)s)
            SELECT DISTINCT ON (number) number, code, brought_by_id
              FROM reasons
             WHERE code != ALL(%(without)s)
          ORDER BY number, rank
            """,
            **dict(
                zip(
                    (
                        "numbers",
                        "referrers",
                        "friends",
                        "companies",
                        "emails",
                        "phones",
                        "vats",
                    ),
                    columns,
                    strict=True,
                )
            ),
            keys=self._key_sql(),
            takers=self._taker_sql(),
            reasons=self._every_reason_sql(),
            without=list(without) or [""],
        )

    def _key_sql(self) -> SQL:
        """Return what tells people of both sides of ``claims`` apart.

        All persons of both customers count. Columns: ``number, is_giver, kind, value``.
        """
        kinds = SQL(
            """
            (VALUES ('email', %(email)s),
                    ('phone', CASE WHEN LENGTH(%(digits)s) >= %(minimum)s
                                   THEN RIGHT(%(digits)s, %(length)s) END),
                    ('vat', UPPER(REGEXP_REPLACE(%(vat)s, '[^[:alnum:]]', '', 'g'))))
                AS key (kind, value)
            """,
            email=SQL("person.email"),
            digits=SQL(r"REGEXP_REPLACE(person.phone, '\D', '', 'g')"),
            vat=SQL("person.vat"),
            minimum=PHONE_MINIMUM,
            length=PHONE_DIGITS,
        )
        return SQL(
            """
            SELECT person.number, person.is_giver, key.kind, key.value
              FROM (SELECT claims.number, side.is_giver,
                           partner.email_normalized AS email,
                           COALESCE(partner.phone_sanitized, partner.phone) AS phone,
                           partner.vat
                      FROM claims
        CROSS JOIN LATERAL (VALUES (TRUE, claims.giver_id), (FALSE, claims.taker_id))
                        AS side (is_giver, partner_id)
                      JOIN res_partner AS partner
                        ON partner.commercial_partner_id = side.partner_id
                     UNION ALL
                    SELECT number, FALSE, email, phone, vat
                      FROM claims) AS person
CROSS JOIN LATERAL %s
             WHERE key.value != ''
            """,
            kinds,
        )

    def _every_reason_sql(self) -> SQL:
        """Return all reasons against ``claims``: ``number, code, rank, brought_by_id``.

        Codes: oneself, company, vat, email, phone, circle, customer, already.
        """
        return SQL(
            """
            SELECT number,
                   CASE WHEN friend_id = referrer_id OR taker_id = friend_id
                        THEN 'oneself' ELSE 'company' END AS code,
                   1 AS rank, NULL::integer AS brought_by_id
              FROM claims
             WHERE taker_id = giver_id
             UNION ALL
            SELECT number, kind, 2, NULL
              FROM shared
             UNION ALL
            SELECT claims.number, 'circle', 3, NULL
              FROM claims
              JOIN ancestors
                ON ancestors.number = claims.number
               AND ancestors.partner_id = claims.taker_id
             WHERE claims.taker_id != claims.giver_id
             UNION ALL
            SELECT claims.number, 'customer', 4, NULL
              FROM claims
              JOIN takers
                ON takers.number = claims.number
               AND takers.partner_id != claims.giver_id
              JOIN res_partner AS buyer
                ON buyer.commercial_partner_id = takers.partner_id
              JOIN sale_order AS sale
                ON sale.partner_id = buyer.id
             WHERE sale.company_id = claims.company_id
               AND sale.state = 'sale'
               AND sale.amount_untaxed > 0
             UNION ALL
            -- the first one wins
            SELECT claims.number, 'already', 5, earlier.commercial_partner_id
              FROM claims
              JOIN res_partner AS person
                ON person.commercial_partner_id = claims.taker_id
              JOIN res_partner AS earlier
                ON earlier.id = person.lifecycle_referred_by_id
             WHERE earlier.commercial_partner_id != claims.giver_id
            """
        )

    def _taker_sql(self) -> SQL:
        """Return who the friends of ``claims`` are, under any contact.

        The same address or tax number is the same customer: many have two contacts.
        Columns: ``number, partner_id``.
        """
        return SQL(
            """
            SELECT number, taker_id AS partner_id
              FROM claims
             UNION
            SELECT keys.number, namesake.commercial_partner_id
              FROM keys
              JOIN res_partner AS namesake
                ON namesake.email_normalized = keys.value
             WHERE keys.kind = 'email' AND NOT keys.is_giver
             UNION
            SELECT claims.number, namesake.commercial_partner_id
              FROM claims
              JOIN res_partner AS person
                ON person.commercial_partner_id = claims.taker_id
              JOIN res_partner AS namesake
                ON namesake.vat = person.vat
             WHERE person.vat ~ '[[:alnum:]]'
             UNION
            SELECT claims.number, namesake.commercial_partner_id
              FROM claims
              JOIN res_partner AS namesake
                ON namesake.vat = claims.vat
            """
        )

    # ----------------------------------------------------------------------- sentences

    @api.model
    def _refusal_sentence(self, code: str | bool, values: dict | None) -> str:
        """Return a reason in the reader's words; empty without a reason."""
        return getattr(self, f"_say_{code}")(values or {}) if code else ""

    def _say_unknown(self, values):
        return self.env._(
            "No customer has the referral code “%(code)s”.", code=values.get("code")
        )

    def _say_oneself(self, values):
        return self.env._("%s cannot have referred itself.", values.get("friend"))

    def _say_company(self, values):
        return self.env._(
            "%(friend)s cannot have been brought by its own people.",
            friend=values.get("friend"),
        )

    def _say_vat(self, values):
        return self.env._(
            "%(friend)s has the same tax number as %(referrer)s: nobody brings itself.",
            friend=values.get("friend"),
            referrer=values.get("referrer"),
        )

    def _say_email(self, values):
        return self.env._(
            "%(friend)s has the same e-mail address as %(referrer)s: nobody brings "
            "itself.",
            friend=values.get("friend"),
            referrer=values.get("referrer"),
        )

    def _say_phone(self, values):
        return self.env._(
            "%(friend)s has the same phone number as %(referrer)s: nobody brings "
            "itself.",
            friend=values.get("friend"),
            referrer=values.get("referrer"),
        )

    def _say_circle(self, values):
        return self.env._(
            "%(referrer)s came through %(friend)s, and cannot have brought it.",
            friend=values.get("friend"),
            referrer=values.get("referrer"),
        )

    def _say_customer(self, values):
        return self.env._(
            "%(friend)s is a customer already: only who has not bought yet can be "
            "brought.",
            friend=values.get("friend"),
        )

    def _say_already(self, values):
        return self.env._(
            "%(friend)s was brought by %(brought_by)s already.",
            friend=values.get("friend"),
            brought_by=values.get("brought_by"),
        )
