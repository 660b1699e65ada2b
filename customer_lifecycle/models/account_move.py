from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    """Credit notes as facts about customers, the invoices that correct them, and
    whether invoices are paid in time.
    """

    _name = "account.move"
    _inherit = ["account.move", "customer.lifecycle.source"]

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "invoice_date_due",
            "partner_id",
            "payment_state",
            "state",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT sale.partner_id, sale.company_id, %(silent)s AS is_silent
              FROM account_move AS move
              JOIN account_move_line AS line
                ON line.move_id = move.id
              JOIN sale_order_line_invoice_rel AS link
                ON link.invoice_line_id = line.id
              JOIN sale_order_line AS sale_line
                ON sale_line.id = link.order_line_id
              JOIN sale_order AS sale
                ON sale.id = sale_line.order_id
             WHERE move.id IN %(moves)s
               AND (move.move_type = 'out_refund'
                    -- an invoice counts where it corrects a credit note
                    OR move.move_type = 'out_invoice' AND EXISTS (
                       SELECT
                         FROM sale_order_line AS credited
                         JOIN sale_order_line_invoice_rel AS credit
                           ON credit.order_line_id = credited.id
                         JOIN account_move_line AS credit_line
                           ON credit_line.id = credit.invoice_line_id
                         JOIN account_move AS credit_note
                           ON credit_note.id = credit_line.move_id
                        WHERE credited.order_id = sale.id
                          AND credit_note.move_type = 'out_refund'))
             UNION ALL
            -- what is due, and whether it is paid
            SELECT move.partner_id, move.company_id, %(silent)s
              FROM account_move AS move
             WHERE move.id IN %(moves)s
               AND move.move_type = 'out_invoice'
               AND move.partner_id IS NOT NULL
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            moves=self._ids,
        )
