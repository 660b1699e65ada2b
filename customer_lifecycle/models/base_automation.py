from odoo import models


class BaseAutomation(models.Model):
    """Automation rules, which do not hear the silent moves of a card."""

    _inherit = "base.automation"

    def _get_actions(self, records, triggers):
        """Start nothing for a silent move: installing, importing, refitting."""
        automations = super()._get_actions(records, triggers)
        context = self.env.context
        silent = context.get("lifecycle_silent") or context.get("import_file")
        if silent and records._name == "customer.lifecycle":
            return automations.browse()
        return automations
