from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    """Invoices whose payment is what the reward of a recommendation waits for."""

    _name = "account.move"
    _inherit = ["account.move"]

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {"payment_state"}

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            %(customers)s
             UNION ALL
            SELECT referral.friend_id, referral.company_id, %(silent)s
              FROM account_move_line AS line
              JOIN sale_order_line_invoice_rel AS link
                ON link.invoice_line_id = line.id
              JOIN sale_order_line AS sale_line
                ON sale_line.id = link.order_line_id
              JOIN customer_lifecycle_referral AS referral
                ON referral.order_id = sale_line.order_id
             WHERE line.move_id IN %(moves)s
               AND referral.state = 'pending'
            """,
            customers=super()._lifecycle_customers_sql(),
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            moves=self._ids,
        )
