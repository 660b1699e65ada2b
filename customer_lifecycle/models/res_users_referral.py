from odoo import api, models
from odoo.http import request

#: The cookie that keeps a referral code until somebody signs up.
COOKIE = "lifecycle_referral"


class ResUsers(models.Model):
    """Whoever signs up after a friend's link was brought by that friend."""

    _name = "res.users"
    _inherit = ["res.users"]

    @api.model
    def signup(self, values, token=None):
        login, password = super().signup(values, token)
        code = request and request.httprequest.cookies.get(COOKIE)
        if code:
            self._lifecycle_bring(login, code)
        return login, password

    @api.model
    def _lifecycle_bring(self, login: str, code: str):
        """Note who brought whoever signed up; nothing keeps anybody from doing so."""
        card = self.env["customer.lifecycle"]._of_referral_code(code)
        # sudo: res.users - the account was made in this very request
        user = self.sudo().search([("login", "=", login)], limit=1)
        if card and user.share:
            self.env["customer.lifecycle.referral"]._bring(
                user.partner_id, card.partner_id, card.company_id, "link"
            )
