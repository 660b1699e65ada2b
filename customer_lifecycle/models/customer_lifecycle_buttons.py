from odoo import models
from odoo.fields import Domain


class CustomerLifecycleButtons(models.AbstractModel):
    """What opens from a card: its orders, quotations, opportunities, contact."""

    _name = "customer.lifecycle.buttons"
    _description = "Buttons of a Card"

    def _order_domain(self) -> Domain:
        """Return the domain of the orders and quotations of this customer."""
        self.ensure_one()
        return Domain("partner_id", "child_of", self.partner_id.id) & Domain(
            "company_id", "=", self.company_id.id
        )

    def action_open_orders(self):
        """Open the confirmed orders behind the purchases."""
        return self._open(
            "sale.action_orders", self._order_domain() & Domain("state", "=", "sale")
        )

    def action_open_quotations(self):
        """Open the open quotations."""
        return self._open(
            "sale.action_quotations",
            self._order_domain() & Domain("state", "in", ["draft", "sent"]),
        )

    def action_open_promises(self):
        """Open our open promises to this customer."""
        self.ensure_one()
        action = self._open(
            "customer_lifecycle.customer_lifecycle_commitment_action",
            Domain("lifecycle_id", "=", self.id)
            & Domain("side", "=", "ours")
            & Domain("state", "=", "open"),
        )
        return action | {"context": {"default_lifecycle_id": self.id}}

    def action_promise(self):
        """Make a promise to this customer, or note one of theirs."""
        return self.env["customer.lifecycle.promise"]._open_for(self)

    def action_log_contact(self):
        """Note a call, meeting, visit or message with this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_contact_log_action"
        )
        return action | {"context": {"default_lifecycle_id": self.id}}

    def action_open_opportunities(self):
        """Open the open opportunities."""
        domain = (
            Domain("partner_id", "child_of", self.partner_id.id)
            & Domain("type", "=", "opportunity")
            & Domain("won_status", "=", "pending")
        )
        return self._open("crm.crm_lead_opportunities", domain)

    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_new_quotation(self):
        """Start a quotation for this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "views": [(False, "form")],
            "context": {"default_partner_id": self.partner_id.id},
        }

    def _open(self, xmlid: str, domain: Domain) -> dict:
        """Return Odoo's own action, narrowed to this customer."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        context = {"default_partner_id": self.partner_id.id, "create": False}
        return action | {"domain": list(domain), "context": context}
