from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

#: Columns that say who brought whom.
BRINGING = frozenset({"partner_id", "lifecycle_referred_by_id"})


def digits(phone: str | bool) -> str:
    """Return a telephone number as it is dialled, however it is written."""
    return "".join(letter for letter in phone or "" if letter.isdigit())


class CrmLead(models.Model):
    """Leads say who brought them, and hand it on to the customer they become."""

    _name = "crm.lead"
    _inherit = ["crm.lead"]

    lifecycle_referred_by_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The customer who brought this one.",
    )
    lifecycle_referral_code = fields.Char(
        string="Referral Code",
        readonly=True,
        copy=False,
        help="The code with which the customer came.",
    )

    @api.constrains("lifecycle_referred_by_id")
    def _check_lifecycle_referred_by_id(self):
        if self.env.context.get("lifecycle_merging"):
            return  # nobody says anything new; a note says what speaks against it
        for lead in self.filtered("lifecycle_referred_by_id"):
            refusal = lead._lifecycle_refusal()
            if refusal:
                raise ValidationError(refusal)

    def _lifecycle_refusal(self) -> str | None:
        """Return why it does not count that this lead was brought, or None."""
        self.ensure_one()
        referrals = self.env["customer.lifecycle.referral"]
        return referrals._refusal(
            self.lifecycle_referred_by_id,
            self.partner_id,
            self.company_id or self.env.company,
            without=referrals._passed_over(),
            email=self.email_normalized or "",
            phone=self.phone_sanitized or self.phone or "",
            name=self.contact_name or self.partner_name or self.name or "",
        )

    @api.model
    def _lifecycle_from_link(self, card, given: dict, lang: str):
        """Make a lead of whoever came by a customer's link and left an address.

        Where it does not count as brought, a note says why; a second one with the same
        address and code is the first one.

        :param card: of whoever recommends
        :param given: ``name``, ``email``, ``phone``, as they were typed
        :return: the lead
        """
        company = card.company_id
        known = self._lifecycle_known(card, given)
        if known:
            return known
        # the salesperson reads it, not the visitor
        here = self.with_company(company).with_context(
            lang=card.user_id.lang or company.partner_id.lang
        )
        refusal = here.env["customer.lifecycle.referral"]._refusal(
            card.partner_id, company=company, **given
        )
        lead = here.create(
            {
                "name": here.env._(
                    "%(name)s, recommended by %(referrer)s",
                    name=given["name"],
                    referrer=card.partner_id.display_name,
                ),
                "type": self._lifecycle_lead_type(),
                "contact_name": given["name"],
                "email_from": given["email"],
                "phone": given["phone"],
                "company_id": company.id,
                "team_id": card.team_id.id,
                "user_id": card.user_id.filtered("active").id,
                "lang_id": self.env["res.lang"]._get_data(code=lang).id,
                "lifecycle_referral_code": card.referral_code,
                "lifecycle_referred_by_id": False if refusal else card.partner_id.id,
            }
        )
        if refusal:
            lead.message_post(body=refusal, subtype_xmlid="mail.mt_note")
        return lead

    @api.model
    def _lifecycle_known(self, card, given: dict):
        """Return the lead of whoever came by this card's link before, if any.

        By the address; without one by the number, however it is written.
        """
        came = Domain("lifecycle_referral_code", "in", card._every_referral_code())
        if given["email"]:
            address = email_normalize(given["email"])
            return self.search(came & Domain("email_normalized", "=", address), limit=1)
        number = digits(given["phone"])
        with_number = self.search_fetch(came & Domain("phone", "!=", False), ["phone"])
        return with_number.filtered(lambda lead: digits(lead.phone) == number)[:1]

    @api.model
    def _lifecycle_lead_type(self) -> str:
        """Return where Odoo puts what comes in: with the leads, if they are used."""
        employees = self.env.ref("base.group_user")
        leads = self.env.ref("crm.group_use_lead")
        return "lead" if leads in employees.all_implied_ids else "opportunity"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._hand_referrer_on()
        return leads

    def write(self, vals):
        if BRINGING.isdisjoint(vals):
            return super().write(vals)
        before = {
            lead: (lead.partner_id, lead.lifecycle_referred_by_id) for lead in self
        }
        result = super().write(vals)
        self.filtered(
            lambda lead: (
                (lead.partner_id, lead.lifecycle_referred_by_id) != before[lead]
            )
        )._hand_referrer_on()
        return result

    def _hand_referrer_on(self):
        """Say on the customers of these leads who brought them.

        Where something speaks against it, a note on the lead says what: nobody is
        kept from working on it.
        """
        referrals = self.env["customer.lifecycle.referral"]
        for lead in self.filtered("partner_id").filtered("lifecycle_referred_by_id"):
            refusal = referrals._bring(
                lead.partner_id,
                lead.lifecycle_referred_by_id,
                lead.company_id or self.env.company,
                "link" if lead.lifecycle_referral_code else "hand",
            )
            if refusal:
                # sudo: crm.lead - a note of the addon, whoever assigns the contact
                lead.sudo().message_post(body=refusal, subtype_xmlid="mail.mt_note")

    def _prepare_opportunity_quotation_context(self):
        context = super()._prepare_opportunity_quotation_context()
        referrer = self.lifecycle_referred_by_id
        if referrer and not self._lifecycle_refusal():
            context["default_lifecycle_referred_by_id"] = referrer.id
        return context

    def _merge_opportunity(self, *args, **kwargs):
        merging = self.with_context(lifecycle_merging=True)
        merged = super(CrmLead, merging)._merge_opportunity(*args, **kwargs)
        return merged.with_env(self.env)

    def _merge_get_fields(self):
        return [
            *super()._merge_get_fields(),
            "lifecycle_referred_by_id",
            "lifecycle_referral_code",
        ]
