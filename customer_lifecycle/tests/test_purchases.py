from odoo.tests import tagged

from .common import CustomerLifecycleCommon


@tagged("post_install", "-at_install")
class TestPurchases(CustomerLifecycleCommon):
    """What counts as a purchase, and what it was worth."""

    def test_two_orders_of_one_day_are_one_purchase(self):
        customer = self._customer()
        self._purchase(customer, 10, amount=30)
        self._purchase(customer, 10, amount=70)
        card = self.refresh(customer)
        self.assertRecordValues(
            card, [{"purchase_count": 1, "amount_total": 100, "amount_average": 100}]
        )
