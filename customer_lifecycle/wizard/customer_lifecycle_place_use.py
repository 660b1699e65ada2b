from odoo import api, fields, models


class CustomerLifecyclePlaceUse(models.TransientModel):
    """Take stages or levels out of use, or into it, seeing first who would move."""

    _name = "customer.lifecycle.place.use"
    _description = "Archive or Unarchive Stages and Levels"

    is_used = fields.Boolean(readonly=True)
    place_field = fields.Char(required=True, readonly=True)
    place_ids = fields.Json(readonly=True)
    preview = fields.Json(compute="_compute_preview")

    @api.depends("is_used", "place_field", "place_ids")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_preview(self):
        previews = self.env["customer.lifecycle.preview"]
        for wizard in self:
            wizard.preview = previews._of_places(
                wizard.place_field,
                [place._as_change(active=wizard.is_used) for place in wizard._places()],
            )

    def _places(self):
        """Return the stages or levels."""
        model = self.env["customer.lifecycle.preview"]._saved(self.place_field)
        return model.browse(self.place_ids)

    def _form_action(self) -> dict:
        """Return the action that opens this dialog."""
        names = ", ".join(self._places().mapped("name"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Unarchive %s", names)
            if self.is_used
            else self.env._("Archive %s", names),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_apply(self):
        """Do it; the customers move silently."""
        self.ensure_one()
        self._places().write({"active": self.is_used})
        return {"type": "ir.actions.act_window_close"}
