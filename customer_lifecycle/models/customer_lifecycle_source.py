from odoo import api, models
from odoo.tools import SQL

#: Columns that say whose facts a record holds; both sides of a change are concerned.
OWNING_COLUMNS = frozenset(
    {"partner_id", "company_id", "commercial_partner_id", "lifecycle_id"}
)


class CustomerLifecycleSource(models.AbstractModel):
    """What a model does whose records are facts about customers.

    It marks its customers as changed when a record appears, disappears, or when one
    of the watched columns is written, computed columns included: they all pass
    through ``_write_multi``.
    """

    _name = "customer.lifecycle.source"
    _description = "Source of Facts about Customers"

    @api.model
    def _lifecycle_columns(self) -> frozenset[str]:
        """Return the columns whose change concerns the lifecycle."""
        return frozenset()

    def _lifecycle_customers_sql(self) -> SQL:
        """Return the customers of these records.

        :return: subquery with columns ``partner_id, company_id, is_silent``
        """
        raise NotImplementedError

    def _mark_customers(self):
        """Queue the customers of these records."""
        if self:
            self.env["customer.lifecycle.change"]._mark(self._lifecycle_customers_sql())

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._mark_customers()
        return records

    def _write_multi(self, vals_list):  # pylint: disable=missing-return
        columns = self._lifecycle_columns()
        changed = self.browse(
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if not columns.isdisjoint(vals)
        )
        leaving = self.browse(
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if not (OWNING_COLUMNS & columns).isdisjoint(vals)
        )
        leaving._mark_customers()  # whom the record belonged to until now
        super()._write_multi(vals_list)
        changed._mark_customers()

    def unlink(self):
        self._mark_customers()
        return super().unlink()
