from odoo import api, fields, models
from odoo.tools import SQL

#: What is proposed to a company that has not chosen yet, and of which kind it is.
PROPOSED = {
    "cares": "text",
    "decider": "char",
    "birthday": "date",
    "preferred_time": "char",
    "preferred_channel": "selection",
    "hobbies": "text",
}


class CustomerLifecycleKnowing(models.AbstractModel):
    """What a company wants to know of its customers: the part of its settings.

    Each company chooses; it begins with proposals in its own language. The name
    ``decider`` is one that the levels ask for: nobody lacks it in a company that does
    not want to know it.
    """

    _name = "customer.lifecycle.knowing"
    _description = "What a Company Wants to Know"

    lifecycle_properties_definition = fields.PropertiesDefinition(
        string="What We Know of Customers", copy=True, groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._propose_lifecycle_properties()
        return companies

    def write(self, vals):
        before = self._lifecycle_property_names()
        result = super().write(vals)
        if "lifecycle_properties_definition" in vals:
            after = self._lifecycle_property_names()
            changed = self.filtered(lambda company: before[company] != after[company])
            # whether anybody lacks it depends on whether it is asked for at all
            everybody = changed.filtered(
                lambda company: (
                    _asks_who_decides(before[company])
                    != _asks_who_decides(after[company])
                )
            )
            if everybody:
                self.env["customer.lifecycle.change"]._mark_cards("rule", everybody)
            (changed - everybody)._mark_known()
        return result

    def _lifecycle_property_names(self) -> dict:
        """Return what can be known of customers: ``{company: {(name, type)}}``."""
        return {
            company: {
                (fact.get("name"), fact.get("type"))
                for fact in company.lifecycle_properties_definition or []
                if fact.get("type") != "separator"
            }
            for company in self
        }

    def _mark_known(self):
        """Queue the customers of whom something is known, silently."""
        if not self:
            return
        self.env["customer.lifecycle"].flush_model(["properties"])
        self.env["customer.lifecycle.change"]._mark(
            SQL(
                """
                SELECT partner_id, company_id, TRUE AS is_silent
                  FROM customer_lifecycle
                 WHERE properties IS NOT NULL
                   AND company_id IN %s
                """,
                tuple(self.ids),
            ),
            "rule",
        )

    def _propose_lifecycle_properties(self):
        """Give companies that have not chosen yet something to begin with."""
        for company in self.filtered(
            lambda company: not company.lifecycle_properties_definition
        ):
            # sudo: res.company - proposed once, to whoever makes a company
            company.sudo().lifecycle_properties_definition = company.with_context(
                lang=company.partner_id.lang or self.env.lang
            )._lifecycle_properties_proposal()

    def _lifecycle_properties_proposal(self) -> list[dict]:
        """Return what is worth knowing of a customer, in the language at hand."""
        labels = {
            "cares": self.env._("What They Care About"),
            "decider": self.env._("Who Decides"),
            "birthday": self.env._("Birthday or Anniversary"),
            "preferred_time": self.env._("Best Time to Call"),
            "preferred_channel": self.env._("Preferred Channel"),
            "hobbies": self.env._("Hobbies and Family, in Their Own Words"),
        }
        channels = {
            "phone": self.env._("Phone"),
            "email": self.env._("E-mail"),
            "message": self.env._("Text Message or Chat"),
            "visit": self.env._("Visit"),
        }
        proposal = [
            {"name": name, "type": PROPOSED[name], "string": label}
            for name, label in labels.items()
        ]
        for fact in proposal:
            if fact["type"] == "selection":
                fact["selection"] = [list(channel) for channel in channels.items()]
        return proposal


def _asks_who_decides(names) -> bool:
    """Say whether that is one of the facts: ``{(name, type)}``."""
    return any(name == "decider" for name, _kind in names)
